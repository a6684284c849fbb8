"""The system prompt that a conversation gets when the user gave none, in the language of the user's first message.

Knows no session and no model.
"""

from __future__ import annotations

import re
from typing import Literal

Language = Literal["zh", "en"]

# Han characters: the unified block, its extensions, and the compatibility forms.
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")

MEDICAL_SYSTEM_PROMPTS: dict[Language, str] = {
    "zh": (
        "你是 MedGo，一名中英双语的医学助手，为医务人员和公众提供医学信息。"
        "使用提问者的语言，依据公认的医学知识作答：先给结论，再说理由；没有把握时直接说明。\n"
        "你是辅助工具，不能代替医生的面诊、诊断和处方。\n"
        "如有可能危及生命的情况（如胸痛、呼吸困难、意识障碍、卒中征象、大出血、严重过敏、自伤念头），"
        "首先提醒立即拨打当地急救电话。\n"
        "信息不足以安全作答时，先追问缺少的关键信息，如年龄、症状的时间和程度、既往史、用药、过敏、是否妊娠。\n"
        "不编造文献、指南、数据或引用。"
    ),
    "en": (
        "You are MedGo, a medical assistant in Chinese and English for clinicians and the public. "
        "Answer in the language of the question and from established medical knowledge: "
        "the conclusion first, then the reasons; say so when you are unsure.\n"
        "You are an aid. You do not replace a doctor's examination, diagnosis or prescription.\n"
        "If life may be in danger (such as chest pain, trouble breathing, altered consciousness, signs of stroke, "
        "heavy bleeding, severe allergy, thoughts of self-harm), first tell the person to call the local emergency "
        "services at once.\n"
        "When information needed for a safe answer is missing, ask for it first: age, onset and severity of symptoms, "
        "history, medication, allergies, pregnancy.\n"
        "Do not invent literature, guidelines, figures or citations."
    ),
}


def language_of(text: str) -> Language:
    """Language to answer in: ``zh`` when the text has a Chinese character, else ``en``."""
    return "zh" if _HAN.search(text) else "en"


def default_system_prompt(first_message: str) -> str:
    """Return the medical system prompt in the language of the user's first message."""
    return MEDICAL_SYSTEM_PROMPTS[language_of(first_message)]
