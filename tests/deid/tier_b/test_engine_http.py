"""The detector that asks a language model, over HTTP: a stand-in answers well, badly, with inventions, or never."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from medgo.deid.deidentifier import Deidentifier, DetectorError
from medgo.deid.protection import ProtectedTerms
from medgo.deid.protocol import Note
from medgo.deid.tier_b import tier_b
from medgo.deid.tier_b.engine import EngineDetector
from medgo.errors import InputError
from medgo.inference.engines import EngineOptions, open_engine
from tests.support.openai_server import MODEL, Backend, Fault, OpenAIServer, ending, event, says

TEXT = "患者冼霁岚，女，45岁，帕金森病，住榆林路88号，今晨诉头痛。由逄予安医师查房。"
ROWS = [
    {"text": "冼霁岚", "label": "name"},
    {"text": "榆林路88号", "label": "address"},
    {"text": "逄予安", "label": "name_clinician"},
]


def finder(server: OpenAIServer, **options: Any) -> Deidentifier:
    engine = open_engine(EngineOptions(MODEL, base_url=server.url, api_key="k", **options))
    return Deidentifier([EngineDetector(engine)], ProtectedTerms())


def found(deidentifier: Deidentifier, text: str) -> set[str]:
    return {text[one.start : one.end] for one in deidentifier.find(Note(text, "zh")).findings}


def answers(*rows: dict[str, str]) -> Backend:
    text = json.dumps(rows, ensure_ascii=False)
    return says(*(text[at : at + 7] for at in range(0, len(text), 7)))


def test_what_the_model_names_is_found() -> None:
    with OpenAIServer(answers(*ROWS)) as server:
        assert found(finder(server), TEXT) == {"冼霁岚", "榆林路88号", "逄予安"}
        (asked,) = server.bodies
    assert TEXT.replace("，", ",") in asked["messages"][-1]["content"].replace("，", ",")
    assert "json_schema" in json.dumps(asked) or "response_format" in asked


def test_it_is_chosen_by_model_and_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    with OpenAIServer(answers(*ROWS), key="k") as server:
        chosen = Deidentifier(tier_b((f"engine:{MODEL}@{server.url}",)), ProtectedTerms())
        assert "冼霁岚" in found(chosen, TEXT)
    with pytest.raises(InputError):
        tier_b(("engine:@http://127.0.0.1:1/v1",))


def test_inventions_redact_nothing_and_are_counted() -> None:
    invented = [
        {"text": "冼霁", "label": "name"},  # half of it, and the weighing finds the rest
        {"text": "宓听雨", "label": "name"},
        {"text": "榆林路89号", "label": "address"},
        {"text": "患者", "label": "name"},
        {"text": "帕金森病", "label": "other_id"},
        {"text": "帕金森", "label": "name"},
        {"text": "头痛", "label": "passport"},
        {"text": "，", "label": "name"},
        {"text": TEXT * 8, "label": "name"},
    ]
    with OpenAIServer(answers(*invented)) as server:
        finding = finder(server)
        assert found(finding, TEXT) == {"冼霁岚"}
        (detector,) = finding.detectors
    assert isinstance(detector, EngineDetector)
    assert detector.not_verbatim == 2


def test_a_copy_that_lost_its_line_ends_is_found() -> None:
    text = "住址为榆林路88号\n  听雨苑3栋，邻居代诉。"
    with OpenAIServer(answers({"text": "榆林路88号 听雨苑3栋", "label": "address"})) as server:
        assert found(finder(server), text) == {"榆林路88号\n  听雨苑3栋"}


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "冼霁岚",
        "```json\n[]\n```",
        '{"text": "冼霁岚"}',
        '[{"label": "name"}]',
        '["冼霁岚"]',
        '[{"text": "冼霁岚", "lab',
        "[[[[" * 400,
        "NaN",
    ],
)
def test_a_malformed_answer_holds_the_note_back(answer: str) -> None:
    with OpenAIServer(says(answer)) as server, pytest.raises(DetectorError) as error:
        found(finder(server, max_retries=0), TEXT)
    assert "冼" not in str(error.value)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=500, body=b'{"error": {"message": "' + "冼霁岚".encode() + b'"}}'),
        Fault(status=400),
        Fault(hang_first=60.0),
        Fault(hang_after=1),
        Fault(close_after=1),
        Fault(raw=(b"data: {broken", b"\n\n")),
        Fault(raw=(b"\x00\xff\xfe",)),
    ],
)
def test_a_server_that_fails_or_hangs_holds_the_note_back(fault: Fault) -> None:
    with OpenAIServer(answers(*ROWS)) as server:
        server.fault_of = lambda body: fault
        with pytest.raises(DetectorError) as error:
            found(finder(server, timeout=0.3, max_retries=0), TEXT)
    assert "冼" not in str(error.value)


def test_a_reply_that_is_cut_off_holds_the_note_back() -> None:
    def cut(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield event(content=json.dumps(ROWS, ensure_ascii=False))
        yield from ending("length")

    with OpenAIServer(cut) as server, pytest.raises(DetectorError):
        found(finder(server), TEXT)


def test_one_failed_piece_of_a_long_note_holds_all_of_it_back() -> None:
    text = "今日查房，患者无不适。" * 300 + "冼霁岚签字。" + "今日查房，患者无不适。" * 300

    def read(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        note = re.search("<note>(.*)</note>", body["messages"][-1]["content"], re.DOTALL)
        assert note is not None
        rows = [{"text": "冼霁岚", "label": "name"}] if "冼霁岚" in note[1] else []
        yield event(content=json.dumps(rows, ensure_ascii=False))
        yield from ending()

    with OpenAIServer(read) as server:
        assert found(finder(server), text) == {"冼霁岚"}
        assert len(server.bodies) > 3
        server.faults.extend([None, None, Fault(status=400)])
        with pytest.raises(DetectorError):
            found(finder(server), text)
