"""Pathology report (病理报告): from what the pathologist saw to a structured report. No slide is read."""

from __future__ import annotations

from medgo.schema import Lang
from medgo.tasks import checks
from medgo.tasks.definition import Example, Task, TaskModel, section
from medgo.tasks.documents.common import Sex, age_field, instruct, review_field, sex_field

_REVIEW: dict[Lang, str] = {
    "zh": "本报告为辅助生成的草稿，须经病理医师对照切片核对、修改并签名后生效。",
    "en": "Computer-assisted draft; a pathologist has to review it against the slides, correct and sign it.",
}


class Specimen(TaskModel):
    """What was sent and what the pathologist dictated."""

    sex: Sex = sex_field()
    age: str = age_field()
    specimen: str = section("送检标本", "Specimen", de="DE04.50.134", min_length=1)
    clinical: str = section("临床资料", "Clinical information", default="")
    gross: str = section("大体记录", "Gross dictation", min_length=1)
    microscopy: str = section("镜下口述", "Microscopy dictation", min_length=1)
    special: str = section("免疫组化与特殊染色", "Immunohistochemistry and special stains", default="")


class PathologyReport(TaskModel):
    """Sections in the order of a surgical pathology report."""

    specimen: str = section("标本", "Specimen", loinc="31208-2", also=("送检标本",))
    clinical: str = section("临床资料", "Clinical information", loinc="22636-5")
    gross: str = section("肉眼所见", "Gross description", loinc="22634-0", also=("大体所见",))
    microscopy: str = section("镜下所见", "Microscopic description", loinc="22635-7", also=("光镜所见",))
    special: str = section(
        "免疫组化与特殊染色", "Immunohistochemistry and special stains", loinc="22638-1", also=("免疫组化",), default=""
    )
    diagnosis: tuple[str, ...] = section("病理诊断", "Diagnosis", loinc="22637-3")
    comment: str = section("备注", "Comment", loinc="22638-1", default="")
    review: str = review_field()


_TEMPLATE: dict[Lang, str] = {
    "zh": "请根据下面的资料书写病理报告。\n\n{{ written() }}",
    "en": "Write the pathology report from this material.\n\n{{ written() }}",
}

_EXAMPLE_ZH = Example(
    Specimen(
        sex="female",
        age="54岁",
        specimen="左乳肿物切除标本及左腋窝前哨淋巴结3枚",
        clinical="左乳外上象限肿块2个月，穿刺为浸润性癌。",
        gross="左乳组织一块，7 cm×5 cm×3 cm，切面见灰白肿物，1.8 cm×1.5 cm×1.2 cm，质硬，界不清，距最近切缘0.8 cm。"
        "前哨淋巴结3枚，最大径0.6到1.1 cm。",
        microscopy="浸润性导管癌，腺管形成少于10%，核中度异型，核分裂11个/10HPF，组织学分级3+2+2=7分，Ⅱ级。可见少量"
        "导管原位癌，占5%。没看到脉管癌栓。切缘都是干净的。3枚淋巴结都没有转移。",
        special="ER 90%强阳性，PR 60%中等阳性，HER2 1+，Ki-67 约15%。",
    ),
    PathologyReport(
        specimen="左乳肿物切除标本，左腋窝前哨淋巴结3枚。",
        clinical="左乳外上象限肿块2个月，穿刺活检为浸润性癌。",
        gross="左乳组织一块，大小7 cm×5 cm×3 cm，切面见灰白色肿物，1.8 cm×1.5 cm×1.2 cm，质硬，界不清，距最近切缘"
        "0.8 cm。前哨淋巴结3枚，最大径0.6～1.1 cm。",
        microscopy="浸润性导管癌，腺管形成少于10%，核中度异型，核分裂象11个/10HPF，组织学评分3+2+2=7分。少量导管原"
        "位癌，约占5%。未见脉管癌栓。各切缘未见癌。3枚淋巴结均未见癌转移。",
        special="ER 90%强阳性，PR 60%中等阳性，HER2 1+，Ki-67约15%。",
        diagnosis=(
            "左乳浸润性导管癌，组织学Ⅱ级（7分），最大径1.8 cm，伴少量导管原位癌。",
            "切缘未见癌，最近切缘0.8 cm；未见脉管癌栓。",
            "左腋窝前哨淋巴结3枚，均未见癌转移。",
        ),
        comment="HER2 1+，属免疫组化阴性（低表达）。",
        review=_REVIEW["zh"],
    ),
)

_EXAMPLE_EN = Example(
    Specimen(
        sex="male",
        age="66 years",
        specimen="Colonoscopic polypectomy, sigmoid colon",
        clinical="Positive stool test; 15 mm pedunculated polyp at 28 cm.",
        gross="Polyp 15 x 11 x 9 mm with a stalk of 6 mm, received in one piece, stalk inked.",
        microscopy="Tubulovillous adenoma, mostly low grade with a focus of high-grade dysplasia 2 mm across. No "
        "invasion into the submucosa. Stalk margin clear by 3 mm.",
        special="",
    ),
    PathologyReport(
        specimen="Colonoscopic polypectomy, sigmoid colon.",
        clinical="Positive stool test; 15 mm pedunculated polyp at 28 cm.",
        gross="Polyp of 15 x 11 x 9 mm with a stalk of 6 mm, received in one piece; stalk inked.",
        microscopy="Tubulovillous adenoma, mostly with low-grade dysplasia, with a focus of high-grade dysplasia "
        "of 2 mm. No invasion of the submucosa. Stalk margin clear by 3 mm.",
        diagnosis=(
            "Sigmoid colon, polypectomy: tubulovillous adenoma with focal high-grade dysplasia, 15 mm.",
            "No invasive carcinoma; stalk margin clear (3 mm).",
        ),
        comment="Surveillance interval by the local guideline, as the endoscopist decides.",
        review=_REVIEW["en"],
    ),
)

PATHOLOGY_REPORT = Task(
    name="pathology_report",
    titles={"zh": "病理报告", "en": "Pathology report"},
    about={
        "zh": "把病理医师的大体与镜下口述整理成规范报告；不读切片。",
        "en": "From the pathologist's dictation to a structured draft report; reads no slide.",
    },
    input=Specimen,
    output=PathologyReport,
    instructions={
        "zh": instruct(
            "zh",
            "你是病理报告助手，把病理医师的大体记录和镜下口述整理成规范报告。诊断写部位、标本类型、组织学类型、分级、"
            "大小、切缘、脉管和淋巴结情况，口述没有的不写；良恶性判断以口述为准，不升级也不降级。",
        ),
        "en": instruct(
            "en",
            "You turn a pathologist's dictation into a structured report. The diagnosis gives site, procedure, "
            "type, grade, size, margins, vessels and nodes as dictated and nothing else; never upgrade or "
            "downgrade it.",
        ),
    },
    template=_TEMPLATE,
    examples={"zh": _EXAMPLE_ZH, "en": _EXAMPLE_EN},
    checks=(
        *checks.of_every_document(),
        checks.filled("specimen", "gross", "microscopy", "diagnosis"),
        checks.patient_fits(),
        checks.numbers_from_input(),
        checks.sides_from_input(),
    ),
    meta={"loinc": "60567-5"},
)
