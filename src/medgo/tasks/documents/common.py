"""What several documents share: who the patient is, a diagnosis, a drug, and the rules that all of them follow."""

from __future__ import annotations

from typing import Any, Literal

from medgo.schema import Lang
from medgo.tasks.definition import TaskModel, section

Sex = Literal["male", "female"]


def sex_field() -> Any:
    """The patient's sex."""
    return section("性别", "Sex", de="DE02.01.040", choices={"male": ("男", "male"), "female": ("女", "female")})


def age_field() -> Any:
    """The patient's age with its unit, as it is written: ``52岁``, ``5 months``."""
    return section("年龄", "Age", de="DE02.01.026", min_length=1)


def review_field() -> Any:
    """The last section of every document: that it is a draft."""
    return section("审核说明", "Review", also=("审核提示", "Review note"))


class Diagnosis(TaskModel):
    """A diagnosis with its code where one is known."""

    name: str = section("诊断", "Diagnosis", de="DE05.01.025", min_length=1)
    code: str = section("编码", "Code", de="DE05.01.024", default="")


class Medication(TaskModel):
    """A drug as it stands in a discharge list or in a plan."""

    drug: str = section("药品", "Drug", de="DE08.50.022", min_length=1)
    dose: str = section("剂量", "Dose", de="DE06.00.134")
    route: str = section("途径", "Route", de="DE06.00.179")
    frequency: str = section("频次", "Frequency", de="DE06.00.136")
    duration: str = section("疗程", "Duration", default="")


# Said in the system prompt of every document.
RULES: dict[Lang, str] = {
    "zh": (
        "书写规则：\n"
        "- 只写资料中有的内容；数字、单位、日期、左右侧、药名和剂量与资料一致。资料没有提到的项目写“未提供”，不推测，"
        "不补写。\n"
        "- 用规范的医学术语，文字简练；患者的口语改写为医学用语，意思不变。阳性表现和有鉴别意义的阴性表现都写。\n"
        "- 诊断分清“已明确”和“待查”，不写资料不支持的诊断。\n"
        "- 这是供医师修改的草稿：不写“已签名”“已审签”，“审核说明”写明须经医师核对、签名后生效。"
    ),
    "en": (
        "Rules:\n"
        "- Write only what the material says. Numbers, units, dates, sides, drug names and doses stay as they are. "
        'Where the material says nothing, write "not provided"; do not guess or fill in.\n'
        "- Use medical terms and short sentences; put the patient's words into medical language without changing "
        "what they mean. Give positive findings and the negatives that matter.\n"
        "- Keep what is established apart from what is suspected; no diagnosis without support in the material.\n"
        '- This is a draft for a clinician: never call it signed or final; "Review" says that a clinician has to check '
        "and sign it."
    ),
}
REVIEW: dict[Lang, str] = {
    "zh": "本记录为辅助生成的草稿，须经接诊医师核对、修改并签名后生效。",
    "en": "Computer-assisted draft; it needs review, correction and signature by the responsible clinician.",
}

# Of a record of a stay: on a ward nobody is 接诊医师.
REVIEW_INPATIENT: dict[Lang, str] = {**REVIEW, "zh": "本记录为辅助生成的草稿，须经主管医师核对、修改并签名后生效。"}


def instruct(lang: Lang, who: str) -> str:
    """A system prompt: who is writing what, then the rules of all documents."""
    return f"{who}\n\n{RULES[lang]}"
