"""Imaging report (检查报告, WS/T 500 C0006): from a dictation to findings and impression. No image is read."""

from __future__ import annotations

from medgo.schema import Lang
from medgo.tasks import checks
from medgo.tasks.definition import Example, Task, TaskModel, section
from medgo.tasks.documents.common import Sex, age_field, instruct, review_field, sex_field

_REVIEW: dict[Lang, str] = {
    "zh": "本报告为辅助生成的草稿，须经影像科医师对照图像核对、修改并签名后生效。",
    "en": "Computer-assisted draft; a radiologist has to review it against the images, correct and sign it.",
}


class ImagingStudy(TaskModel):
    """What was asked, done and dictated."""

    sex: Sex = sex_field()
    age: str = age_field()
    examination: str = section("检查项目", "Examination", de="DE04.30.020", min_length=1)
    clinical: str = section("临床资料", "Clinical information", default="")
    question: str = section("检查目的", "Question", default="")
    technique: str = section("检查技术", "Technique", default="")
    comparison: str = section("既往影像", "Comparison", default="")
    dictation: str = section("医师口述所见", "Radiologist's dictation", min_length=1)


class ImagingReport(TaskModel):
    """Objective findings (客观所见) apart from what they suggest (主观提示)."""

    examination: str = section("检查项目", "Examination", loinc="55111-9", de="DE04.30.020")
    clinical: str = section("临床资料", "Clinical information", loinc="55752-0", also=("Indication",))
    technique: str = section("检查技术", "Technique", loinc="55111-9")
    comparison: str = section("对比", "Comparison", loinc="18834-2", default="")
    findings: str = section("影像所见", "Findings", loinc="59776-5", de="DE04.50.131", also=("检查所见", "客观所见"))
    impression: tuple[str, ...] = section("影像印象", "Impression", loinc="19005-8", also=("诊断意见", "影像诊断"))
    recommendation: str = section("建议", "Recommendation", loinc="18783-1", default="")
    review: str = review_field()


_TEMPLATE: dict[Lang, str] = {
    "zh": "请根据下面的资料书写影像检查报告。\n\n{{ written() }}",
    "en": "Write the imaging report from this material.\n\n{{ written() }}",
}

_EXAMPLE_ZH = Example(
    ImagingStudy(
        sex="male",
        age="61岁",
        examination="胸部CT平扫",
        clinical="体检胸片发现右肺结节，吸烟35年。",
        question="结节性质",
        technique="层厚1 mm薄层扫描，肺窗及纵隔窗观察。",
        comparison="2025年3月12日胸部CT",
        dictation="右上肺尖段有个实性结节，大小14 mm×12 mm，去年9 mm，边上有毛刺，有浅分叶，牵着胸膜。左下肺一个4 "
        "mm小结节，跟去年一样。两肺有点肺气肿。纵隔淋巴结没看见大的。没有胸水。扫到的肝右叶有个20 mm低密度灶，边界"
        "清楚，像囊肿。骨头没看到破坏。印象考虑右上肺周围型肺癌可能大，建议增强加穿刺或者多学科讨论。",
    ),
    ImagingReport(
        examination="胸部CT平扫",
        clinical="体检胸片发现右肺结节，吸烟35年；检查目的：结节性质。",
        technique="薄层扫描，层厚1 mm，肺窗及纵隔窗观察。",
        comparison="2025年3月12日胸部CT。",
        findings="右上肺尖段见实性结节，大小约14 mm×12 mm（前片约9 mm），边缘见毛刺及浅分叶，牵拉邻近胸膜。左下肺见"
        "4 mm小结节，与前片相仿。两肺轻度肺气肿。纵隔未见肿大淋巴结。未见胸腔积液。扫及肝右叶见20 mm低密度灶，边界"
        "清楚。扫及骨质未见破坏。",
        impression=(
            "右上肺尖段实性结节，较前增大，周围型肺癌可能性大。",
            "左下肺小结节，无明显变化。",
            "两肺轻度肺气肿。",
            "肝右叶低密度灶，囊肿可能。",
        ),
        recommendation="建议胸部增强CT，并结合穿刺活检或多学科讨论。",
        review=_REVIEW["zh"],
    ),
)

_EXAMPLE_EN = Example(
    ImagingStudy(
        sex="female",
        age="45 years",
        examination="Ultrasound of the upper abdomen",
        clinical="Right upper quadrant pain for 2 days, fever 38.3 C.",
        question="Cholecystitis?",
        technique="Curved 1-5 MHz probe, fasting 6 hours.",
        dictation="GB distended, wall 5 mm, stone 18 mm in the neck doesn't move, thin rim of fluid, Murphy "
        "positive. CBD 5 mm. Liver a bit bright, no focal lesion. Pancreas head ok, tail not seen for gas. Right "
        "kidney 10.8 cm, no hydro. Left kidney 11 cm with a simple cyst 2.1 cm. Spleen normal. No free fluid. So "
        "acute calculous cholecystitis, no duct dilatation, fatty liver. Surgeons to be told.",
    ),
    ImagingReport(
        examination="Ultrasound of the upper abdomen",
        clinical="Right upper quadrant pain for 2 days, fever 38.3 C. Question: cholecystitis.",
        technique="Curved 1-5 MHz probe; fasting 6 hours.",
        findings="Gallbladder: distended, wall 5 mm, immobile stone of 18 mm in the neck, thin rim of "
        "pericholecystic fluid, sonographic Murphy sign positive. Common bile duct 5 mm. Liver: mildly increased "
        "echogenicity, no focal lesion. Pancreas: head normal, tail obscured by gas. Right kidney 10.8 cm, no "
        "hydronephrosis. Left kidney 11 cm with a simple cyst of 2.1 cm. Spleen normal. No free fluid.",
        impression=(
            "Acute calculous cholecystitis with an impacted stone in the gallbladder neck.",
            "No dilatation of the bile duct.",
            "Hepatic steatosis.",
            "Simple cyst of the left kidney; pancreatic tail not assessed.",
        ),
        recommendation="Prompt surgical opinion.",
        review=_REVIEW["en"],
    ),
)

IMAGING_REPORT = Task(
    name="imaging_report",
    titles={"zh": "影像检查报告", "en": "Imaging report"},
    about={
        "zh": "把影像科医师口述的所见整理成规范报告；不读图像。",
        "en": "From the radiologist's dictation to a structured draft report; reads no image.",
    },
    input=ImagingStudy,
    output=ImagingReport,
    instructions={
        "zh": instruct(
            "zh",
            "你是影像报告助手，把影像科医师口述的所见整理成规范报告。所见只写客观描述，印象才写判断；所见与印象的部"
            "位、左右侧和大小必须一致；先写最重要的结论；看不清或没看到的写明。",
        ),
        "en": instruct(
            "en",
            "You turn a radiologist's dictation into a structured report. Findings are description only; judgement "
            "belongs to the impression, most important first. Site, side and size agree between the two. Say what "
            "could not be seen.",
        ),
    },
    template=_TEMPLATE,
    examples={"zh": _EXAMPLE_ZH, "en": _EXAMPLE_EN},
    checks=(
        *checks.of_every_document(),
        checks.filled("examination", "findings", "impression"),
        checks.patient_fits(),
        checks.numbers_from_input(),
        checks.sides_from_input(),
    ),
    meta={"document": "C0006", "loinc": "18748-4"},
)
