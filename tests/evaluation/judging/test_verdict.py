"""Reading a judge's reply: what is a verdict, and that nothing else becomes one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.evaluation.judging.diagnosis import GRADE
from medgo.evaluation.judging.reference import GRADES
from medgo.evaluation.judging.rubric import MET
from medgo.evaluation.judging.verdict import InvalidVerdictError, Verdict


@pytest.mark.parametrize(
    "reply",
    [
        '{"explanation": "It says so.", "criteria_met": true}',
        '```json\n{"explanation": "It says so.", "criteria_met": true}\n```',
        'Here you are:\n{"explanation": "It says so.", "criteria_met": true}\nThat is all.',
        '<think>{"criteria_met": false}</think>\n{"explanation": "It says so.", "criteria_met": true}',
        '{"criteria_met": true, "explanation": "It says so."}',
    ],
)
def test_verdicts_are_read_in_the_shapes_that_engines_return_them(reply: str) -> None:
    assert MET.read(reply) == ({"criteria_met": True}, "It says so.")


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "   ",
        "CORRECT",  # a scorer that looks for a letter A finds none here and says "incorrect"
        "ANSWER: B",  # … and an A here, and says "correct"
        "The criterion is met.",
        "I cannot help with that.",
        '{"explanation": "cut off in the mid',
        '{"explanation": "no verdict"}',
        '{"explanation": "", "criteria_met": "true"}',
        '{"explanation": "", "criteria_met": 1}',
        '{"explanation": "", "criteria_met": null}',
        '["criteria_met", true]',
        "{" * 5000,
    ],
)
def test_everything_else_is_no_verdict(reply: str) -> None:
    with pytest.raises(InvalidVerdictError):
        MET.read(reply)


def test_grades_are_whole_numbers_of_the_scale_and_never_truncated() -> None:
    # HELM's jury reads int("4.9") as 4.
    for grade in (4.9, "4", True, 0, 6):
        with pytest.raises(InvalidVerdictError):
            GRADES.read(json.dumps({"fluency": grade, "relevance": 4, "completeness": 4, "proficiency": 4}))
    with pytest.raises(InvalidVerdictError):
        GRADE.read('{"explanation": "", "grade": true}')  # True == 1 in Python


def test_a_reply_is_data_and_never_code() -> None:
    with pytest.raises(InvalidVerdictError):
        MET.read("{'explanation': '', 'criteria_met': __import__('os').getcwd() != ''}")


def test_the_schema_asks_for_the_explanation_first_and_nothing_else() -> None:
    schema = json.loads(GRADES.schema())
    assert list(schema["properties"]) == ["explanation", "fluency", "relevance", "completeness", "proficiency"]
    assert schema["required"] == list(schema["properties"])
    assert schema["additionalProperties"] is False
    assert json.loads(MET.schema())["properties"]["criteria_met"] == {"type": "boolean"}
    assert "maxLength" not in MET.schema(bounded=False)


def test_the_schema_is_one_that_a_constrained_decoder_takes() -> None:
    llguidance = pytest.importorskip("llguidance")
    for form in (MET, GRADE, GRADES):
        grammar = llguidance.LLMatcher.grammar_from_json_schema(form.schema())
        assert not llguidance.LLMatcher.validate_grammar(grammar)


def test_a_verdict_survives_being_written() -> None:
    for verdict in (Verdict({"criteria_met": True}, "so", "j"), Verdict(None, "", "j", 3, "garbage", failed=True)):
        assert Verdict.from_row(json.loads(json.dumps(verdict.to_row()))) == verdict


@given(st.text() | st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_whatever_comes_is_a_verdict_or_says_why_not(reply: str) -> None:
    for form in (MET, GRADE, GRADES):
        try:
            value, _ = form.read(reply)
        except InvalidVerdictError as error:
            assert error.message
        else:
            assert set(value) == {name for name, _ in form.fields}
