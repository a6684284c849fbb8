"""A language model names stretches; only what stands in the note counts, and a bad reply holds the note back."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from medgo.deid.deidentifier import Deidentifier, DetectorError
from medgo.deid.protocol import CERTAIN, Finding, Note
from medgo.deid.tier_b.engine import EngineDetector
from medgo.errors import EndpointError, EngineFailureError
from tests.support.scripted_engine import Answer, ScriptedEngine

TEXT = "覃雅楠，女，住榆林路88号。覃雅楠诉头痛。Yanan Qin; Qinling is a mountain."
BAD: list[Answer] = [
    "",
    "I found 覃雅楠",
    '{"text": "覃雅楠"}',
    '[{"label": "name"}]',
    '["覃雅楠"]',
    '[{"text": "覃雅楠"',
]
BAD.append(EndpointError("覃雅楠"))


def detector(answer: Callable[[str], Answer]) -> EngineDetector:
    return EngineDetector(ScriptedEngine(lambda request: answer(request.messages[-1].content)))


def says(*rows: tuple[str, str]) -> EngineDetector:
    return detector(lambda _: json.dumps([{"text": text, "label": label} for text, label in rows]))


def test_every_place_of_a_stretch_is_found() -> None:
    found = list(says(("覃雅楠", "name"), ("榆林路88号", "address")).find(Note(TEXT, "zh")))
    assert [(TEXT[one.start : one.end], one.label) for one in found] == [
        ("覃雅楠", "name"),
        ("覃雅楠", "name"),
        ("榆林路88号", "address"),
    ]
    assert all(one.score < CERTAIN for one in found)


def test_what_is_not_in_the_note_is_counted() -> None:
    model = says(("谭钰莹", "name"), ("Qin", "name"))
    found = list(model.find(Note(TEXT, "zh")))
    assert [TEXT[one.start : one.end] for one in found] == ["Qin"]  # not the beginning of Qinling
    assert model.not_verbatim == 1


def test_a_label_of_its_own_is_another_identifier() -> None:
    (found,) = says(("榆林路88号", "street")).find(Note(TEXT, "zh"))
    assert found.label == "other_id"


def test_single_characters_are_not_redacted_everywhere() -> None:
    assert list(says(("女", "other_id"), ("8", "other_id")).find(Note(TEXT, "zh"))) == []


@pytest.mark.parametrize("answer", BAD)
def test_a_bad_reply_raises_and_its_error_holds_no_text(answer: Answer) -> None:
    with pytest.raises(EngineFailureError) as error:
        list(detector(lambda _: answer).find(Note(TEXT, "zh")))
    assert "覃" not in str(error.value)


def test_a_reply_that_was_cut_off_raises() -> None:
    with pytest.raises(EngineFailureError, match="cut off"):
        list(detector(lambda _: json.dumps([{"text": "覃雅楠", "label": "name"}] * 200)).find(Note(TEXT, "zh")))


def test_a_bad_reply_holds_the_note_back() -> None:
    class Open:
        def protects(self, note: Note, finding: Finding) -> bool:
            return False

    with pytest.raises(DetectorError):
        Deidentifier([detector(lambda _: "no")], Open()).find(Note(TEXT, "zh"))


def test_a_long_note_is_asked_about_in_pieces() -> None:
    text = "今日查房，患者无不适。" * 400 + "覃雅楠签字。"

    def answer(question: str) -> str:
        rows = [{"text": "覃雅楠", "label": "name"}] if "覃雅楠" in question else []
        return json.dumps(rows)

    (found,) = detector(answer).find(Note(text, "zh"))
    assert text[found.start : found.end] == "覃雅楠"


def test_braces_in_a_note_are_text() -> None:
    assert list(says().find(Note("{note} {labels} {} %s", "en"))) == []
