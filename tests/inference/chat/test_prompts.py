"""The default system prompt follows the language of the first message and says what it must."""

import pytest

from medgo.inference.chat.prompts import MEDICAL_SYSTEM_PROMPTS, default_system_prompt, language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("What is hypertension?", "en"),
        ("什么是高血压？", "zh"),
        ("What does 高血压 mean?", "zh"),
        ("\U00020bb7野家", "zh"),
        ("¿Qué es la hipertensión?", "en"),
        ("？！", "en"),
        ("", "en"),
    ],
)
def test_language_is_chinese_as_soon_as_there_is_a_chinese_character(text: str, language: str) -> None:
    assert language_of(text) == language
    assert default_system_prompt(text) == MEDICAL_SYSTEM_PROMPTS[language]  # type: ignore[index]


@pytest.mark.parametrize(
    ("language", "duties"),
    [
        ("en", ["do not replace a doctor", "call the local emergency", "ask for it first", "Do not invent"]),
        ("zh", ["不能代替医生", "拨打当地急救电话", "先追问", "不编造"]),
    ],
)
def test_both_languages_state_the_same_duties(language: str, duties: list[str]) -> None:
    prompt = MEDICAL_SYSTEM_PROMPTS[language]  # type: ignore[index]
    assert [duty for duty in duties if duty not in prompt] == []
