"""Knowledge Q&A: what is cited exists and says so, numbers come from the passages, doubt is admitted."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from medgo.tasks.communication.knowledge_qa import KNOWLEDGE_QA, QuestionInput
from tests.tasks.changes import Change, change, change_item, objections, spans

TASK = KNOWLEDGE_QA


@pytest.mark.parametrize(
    ("check", "changed"),
    [
        ("passage_exists", change_item("citations", 1, passage=4)),
        ("quote_in_passage", change_item("citations", 1, quote="无症状者可每5年检测一次")),
        ("quote_in_passage", change_item("citations", 0, passage=2)),
        ("cites_or_unsure", change(citations=(), answer="会减少吸收。", explanation="")),
        ("marks_cited", change(explanation="见资料[3]。")),
        ("numbers_in_passages", change(explanation="约10%的患者会缺乏[1]。")),
        ("no_final_word", change(explanation="你得的就是维生素缺乏。")),
        ("asked_language", lambda output: TASK.examples["en"].output),
    ],
)
def test_each_check_objects(check: str, changed: Change) -> None:
    assert check in objections(TASK, "zh", changed)


def test_an_answer_that_admits_doubt_needs_no_citation() -> None:
    unsure = change(answer="所给资料不足以回答。", explanation="", citations=(), confidence="low")
    assert objections(TASK, "zh", unsure) == set()


def test_without_passages_a_citation_is_invented_and_numbers_are_free() -> None:
    assert "1" in spans(TASK, "en", change(citations=[{"passage": 1, "quote": "CYP2C9"}]))
    assert objections(TASK, "en", change(explanation="The INR rises within 3 to 5 days.")) == set()


def test_passages_are_numbered_in_the_prompt() -> None:
    text = TASK.messages(TASK.examples["zh"].input, "zh")[1].content
    assert text.index("[1] （院内药学简报）") < text.index("[2] （内分泌科讲义）") < text.index("[3]")


@pytest.mark.parametrize("bad", [{}, {"question": ""}, {"question": "为什么？", "passages": [{"text": ""}]}])
def test_bad_input_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        QuestionInput.model_validate(bad)
