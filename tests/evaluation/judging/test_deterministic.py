"""Checks that decide without a judge, and what they must not mistake."""

from __future__ import annotations

import time

import pytest

from medgo.errors import BenchmarkDataError
from medgo.evaluation.judging import Grader
from medgo.evaluation.judging.deterministic import checks_of, parse_check
from medgo.schema import Criterion
from tests.evaluation.judging.items import judge, rubric_item
from tests.support.judge_engine import JudgeEngine


@pytest.mark.parametrize(
    ("check", "reply", "holds"),
    [
        ("regex:call (911|112)", "Please CALL 112 now", True),
        ("regex:拨打\\s*120", "请立即拨打１２０。", True),  # full-width digits
        ("no-regex:antibiotic", "No antibiotics are needed", False),
        ("term:aspirin|阿司匹林", "口服阿司匹林", True),
        ("term:ASA", "He has asthma and nasal polyps", False),
        ("term:heart failure", "heart\n failure", True),
        ("no-term:ibuprofen", "Avoid Ibuprofen.", False),
        ("code:I21.4", "ICD-10: I21.4.", True),
        ("code:I21.4", "I21.41", False),
        ("code:I21", "I21.4", False),
        ("code:I21.4", "XI21.4", False),
        ("number:300 mg", "Give 300 mg now", True),
        ("number:300 mg", "Give 0.3 g now", True),
        ("number:300 mg", "阿司匹林300毫克嚼服", True),
        ("number:300 mg", "3000 mg", False),
        ("number:300 mg", "1300 mg", False),
        ("number:300 mg", "300 mg/kg", False),
        ("number:300 mg", "300 ml", False),
        ("number:300 mg", "300", False),
        ("number:300 mg", "150-300 mg daily", True),
        ("number:1200 mg", "1,200 mg", True),
        ("number:5 mg/kg", "5 mg/kg iv", True),
        ("number:5 mg/kg", "5000 µg/kg", True),
        ("number:5 mg/kg", "5 mg", False),
        ("number:38.5 °C +-0.2", "38.6 ℃", True),
        ("number:38.5 °C +-0.2", "38.8 °C", False),
        ("number:100 ml +-10%", "0.109 L", True),
        ("number:100 ml +-10%", "111 ml", False),
        ("number:7.5 %", "HbA1c 7.5%", True),
        ("number:42", "The answer is 42.", True),
        ("number:42", "142", False),
        ("number:12", "vitamin B12", False),
        ("number:5 mg", "2.5 mg", False),
        ("number:5 mg", "先服2片，5mg", True),
        ("number:2 h", "每120分钟", True),
        ("length:<=5 words", "one two three four five", True),
        ("length:<=5 words", "one two three four five six", False),
        ("length:<=4 words", "请多喝水。", True),
        ("length:<=3 words", "请多喝水。", False),
        ("length:>=10 characters", "short", False),
    ],
)
def test_checks(check: str, reply: str, holds: bool) -> None:
    assert parse_check(check)(reply) is holds


@pytest.mark.parametrize(
    "check", ["dose:5", "regex:", "regex:(", "number:many mg", "number:5 foo", "length:short", "length:<5 words", ""]
)
def test_a_check_that_cannot_be_read_is_refused(check: str) -> None:
    with pytest.raises(BenchmarkDataError, match="check"):
        parse_check(check)


def test_checked_criteria_never_go_to_a_judge_and_are_counted() -> None:
    rubric = (
        Criterion(
            "States a loading dose of 300 mg aspirin.",
            5,
            ("axis:accuracy", "check:number:300 mg", "check:term:aspirin"),
        ),
        Criterion("Recommends ibuprofen.", -5, ("check:term:ibuprofen",)),
        Criterion("Is kind.", 5),
    )
    engine = JudgeEngine()
    grade = next(Grader("rubric", [judge(engine)]).grade([(rubric_item(rubric=rubric), "Chew aspirin 0.3 g.")]))
    assert [part.verdicts[0].by for part in grade.parts] == ["check", "check", "judge-1"]
    assert (len(engine.asked), grade.checked, grade.scores["score"]) == (1, 2, 1.0)
    assert "number:300 mg" in grade.parts[0].verdicts[0].explanation
    assert not any("check:" in tag for tag in grade.tags)


def test_text_alone_is_never_interpreted() -> None:
    assert checks_of(Criterion("Response is at most 50 words long and says 300 mg.", 5)) == ()


@pytest.mark.parametrize("unit", ["1", "1,", "1,111", "1-", "mg", "1 mg/", " ", "每"])
def test_degenerate_replies_cost_no_time(unit: str) -> None:
    begun = time.monotonic()
    for check in ("number:5 mg/kg", "number:7", "term:a b", "code:I21", "length:<=5 words"):
        parse_check(check)(unit * (50_000 // len(unit)))
    assert time.monotonic() - begun < 2
