"""What the questions say, in both languages. Braces are filled by the questions; knows no medicine."""

from __future__ import annotations

from collections.abc import Mapping

from medgo.schema import Lang

Phrasings = Mapping[Lang, tuple[str, ...]]

SIGN_OF: Phrasings = {
    "zh": ("下列哪项是{disease}最常见的表现？", "关于{disease}，绝大多数患者具有下列哪一项表现？"),
    "en": (
        "Which of these is found in most patients with {disease}?",
        "Which of the following is most typical of {disease}?",
    ),
}
SIGN_RIGHT: Phrasings = {
    "zh": ("{sign}见于80%以上的{disease}患者。", "80%以上的{disease}患者有{sign}。"),
    "en": ("80% or more of patients with {disease} have {sign}.",),
}
SIGN_WRONG: Phrasings = {
    "zh": ("{sign}是{other}的典型表现，{disease}的表型资料中未收录。",),
    "en": ("{sign}: typical of {other}, not listed for {disease}.",),
}
DISEASE_OF: Phrasings = {
    "zh": ("患者表现为{signs}，最符合下列哪种疾病？", "{signs}同时出现，首先考虑下列哪种疾病？"),
    "en": (
        "A patient has {signs}. Which disease fits best?",
        "Which of these diseases would best explain {signs} together?",
    ),
}
DISEASE_RIGHT: Phrasings = {
    "zh": ("{signs}均见于80%以上的{disease}患者。",),
    "en": ("{disease} comes with each of these in 80% or more of patients: {signs}.",),
}
DISEASE_WRONG: Phrasings = {
    "zh": ("{disease}的表型资料中未收录{sign}。",),
    "en": ("{disease}: {sign} not listed.",),
}
AGAINST: Phrasings = {
    "zh": ("下列哪种情况禁用{drug}？", "{drug}禁用于下列哪种情况？"),
    "en": (
        "In which of these is {drug} contraindicated?",
        "Which of the following is a contraindication to {drug}?",
    ),
}
AGAINST_RIGHT: Phrasings = {
    "zh": ("{drug}禁用于{target}：{reason}。",),
    "en": ("{drug} is contraindicated in {target}: {reason}.",),
}
AGAINST_WRONG: Phrasings = {
    "zh": ("{disease}是{drug}的适应证之一。",),
    "en": ("{disease} is one of the conditions that {drug} is used for.",),
}
AVOID: Phrasings = {
    "zh": ("患者确诊{disease}，下列药物中哪一种禁用？", "{disease}患者禁用下列哪种药物？"),
    "en": (
        "A patient has {disease}. Which of these drugs is contraindicated?",
        "Which drug must not be given to a patient with {disease}?",
    ),
}
AVOID_WRONG: Phrasings = {
    "zh": ("{drug}可用于治疗{disease}。",),
    "en": ("{drug} is used to treat {disease}.",),
}
LAB_OF: Phrasings = {
    "zh": ("{disease}患者的下列检验项目中，哪一项通常{direction}？",),
    "en": ("Which of these laboratory values is typically {direction} in {disease}?",),
}
LAB_RIGHT: Phrasings = {
    "zh": ("{disease}时{lab}通常{direction}。",),
    "en": ("In {disease}, {lab} is typically {direction}.",),
}
LAB_WRONG: Phrasings = {
    "zh": ("{lab}在{disease}时通常{direction}，方向相反。",),
    "en": ("{lab} is typically {direction} in {disease}: the opposite direction.",),
}
DIRECTION: Mapping[Lang, Mapping[str, str]] = {
    "zh": {"raises": "升高", "lowers": "降低"},
    "en": {"raises": "raised", "lowers": "lowered"},
}
OPTION = "{label}. {text}"
ANSWER: Phrasings = {
    "zh": ("答案：{label}。", "正确答案是{label}。"),
    "en": ("Answer: {label}.", "The answer is {label}."),
}
CAUTION: Phrasings = {
    "zh": ("仅供学习；具体用药须由医师结合患者情况决定。",),
    "en": ("For study only; what a patient is given is decided by the physician.",),
}


def listed(names: list[str], lang: Lang) -> str:
    """Names as a list in running text."""
    if lang == "zh":
        link = "以及" if any("和" in name for name in names) else "和"
        return "、".join(names[:-1]) + (link if len(names) > 1 else "") + names[-1]
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]
