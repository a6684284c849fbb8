"""Research idea: one question, a statement that can fail, nothing known or cited that was not given."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from medgo.tasks.research.research_idea import RESEARCH_IDEA, IdeaInput
from tests.tasks.changes import Change, change, objections

TASK = RESEARCH_IDEA


@pytest.mark.parametrize(
    ("check", "changed"),
    [
        ("one_question", change(question="研究停药时间与酮症的关系。")),
        ("one_question", change(question="停药多久合适？是否需要测血酮？")),
        ("hypothesis_states", change(hypothesis="停药不足3天者是否更易发生酮症？")),
        ("known_given", change(known=("术后酮症发生率为3%",))),
        ("no_invented_references", change(gap="已有研究，doi:10.1000/xyz123，样本量小。")),
        ("no_invented_references", change(novelty="NCT01234567未涉及。")),
        ("asked_language", lambda output: TASK.examples["en"].output),
    ],
)
def test_each_check_objects(check: str, changed: Change) -> None:
    assert check in objections(TASK, "zh", changed)


def test_a_reference_that_was_given_may_be_named() -> None:
    given = change(known=[*TASK.examples["en"].input.known, "PMID:12345 studied moves by day"])
    assert objections(TASK, "en", change(gap="As in PMID:12345 only moves by day were seen."), given) == set()


@pytest.mark.parametrize("bad", [{}, {"topic": ""}, {"topic": "短"}, {"topic": "围手术期酮症研究", "known": "无"}])
def test_bad_input_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        IdeaInput.model_validate(bad)
