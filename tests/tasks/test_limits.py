"""What only a physician may say is found; what a careful adviser says is not."""

from __future__ import annotations

import pytest

from medgo.schema import Lang
from medgo.tasks.limits import advice_to_wait, calls_for_help, doses, limits, no_final_word


@pytest.mark.parametrize(
    "text",
    [
        "你得的就是肺癌",
        "现确诊为糖尿病",
        "医师签名：王某某",
        "处方已开具",
        "You definitely have lupus.",
        "Electronically signed by Dr Roe",
        "Prescription sent to the pharmacy",
        "Rx: amoxicillin",
    ],
)
def test_a_final_word_is_found(text: str) -> None:
    assert no_final_word({"answer": text}, "zh")


@pytest.mark.parametrize(
    "text",
    [
        "提示可能是糖尿病，需查血糖明确",
        "待病理检查后才能确诊",
        "医师签名：＿＿＿",
        "You may have lupus; a blood test would tell.",
        "This is not a prescription.",
    ],
)
def test_a_suggestion_is_none(text: str) -> None:
    assert no_final_word({"answer": text}, "en") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("口服100mg每12小时一次", ["100mg"]),
        ("每次2片", ["2片"]),
        ("10 units at night", ["10 units"]),
        ("血糖7mmol/L，白蛋白32g/L，尿素6 mg/dL", []),
        ("eGFR 76mL/min/1.73m²", []),
        ("for 5 days", []),
    ],
)
def test_doses_are_told_from_results(text: str, expected: list[str]) -> None:
    assert doses(text) == expected


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("请立即拨打120。", "zh", True),
        ("马上送急诊，路上不要吃东西。", "zh", True),
        ("您的情况比较复杂。请立即拨打120。", "zh", False),
        ("常用法是1200 mg，口服；另一种是120 mg。", "zh", False),
        ("Call 911 now.", "en", True),
        ("This may be serious. Call 911 now.", "en", False),
    ],
)
def test_the_first_sentence_calls_for_help(text: str, lang: Lang, expected: bool) -> None:
    assert calls_for_help(text, lang) is expected


def test_waiting_is_found_unless_it_is_warned_against() -> None:
    assert advice_to_wait("先观察两天", "zh")
    assert not advice_to_wait("不要再观察", "zh")
    assert advice_to_wait("Let us wait and see.", "en")
    assert not advice_to_wait("Do not wait and see.", "en")


def test_limits_stand_one_a_line_in_the_order_asked_for() -> None:
    for lang in ("zh", "en"):
        lines = limits(lang, "rare", "urgent").split("\n")  # type: ignore[arg-type]
        assert len(lines) == 2
        assert lines == [limits(lang, "rare"), limits(lang, "urgent")]  # type: ignore[arg-type]
