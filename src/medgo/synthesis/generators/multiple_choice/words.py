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
    "en": (
        "{sign} is found in 80% or more of patients with {disease}.",
        "80% or more of patients with {disease} have {sign}.",
    ),
}
SIGN_WRONG: Phrasings = {
    "zh": ("{sign}见于与之相似的{other}，不在{disease}的表现之列。",),
    "en": ("{sign} belongs to the similar {other}; it is not among the findings of {disease}.",),
}
DISEASE_OF: Phrasings = {
    "zh": ("患者具有{signs}，最符合下列哪种疾病？", "{signs}同时出现，首先考虑下列哪种疾病？"),
    "en": (
        "A patient has {signs}. Which disease fits best?",
        "Which of these diseases is suggested first by {signs} together?",
    ),
}
DISEASE_RIGHT: Phrasings = {
    "zh": ("{signs}均见于80%以上的{disease}患者。",),
    "en": ("In {disease}, each of {signs} is found in 80% or more of patients.",),
}
DISEASE_WRONG: Phrasings = {
    "zh": ("{disease}没有{sign}的记载。",),
    "en": ("{sign} is not described in {disease}.",),
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
    "zh": ("{disease}是{drug}的用药指征之一。",),
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
    "zh": ("{disease}患者的下列检验项目中，哪一项典型地{direction}？",),
    "en": ("Which of these laboratory values is typically {direction} in {disease}?",),
}
LAB_RIGHT: Phrasings = {
    "zh": ("{disease}时{lab}典型地{direction}。",),
    "en": ("In {disease}, {lab} is typically {direction}.",),
}
LAB_WRONG: Phrasings = {
    "zh": ("{lab}在{disease}时典型地{direction}，方向相反。",),
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
        return "、".join(names[:-1]) + ("和" if len(names) > 1 else "") + names[-1]
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]
