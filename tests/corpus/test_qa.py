"""MedQuAD and dialogues: answers with their questions, turns in turn, the rest named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from medgo.corpus.dialogues import DialoguesReader
from medgo.corpus.medquad import MedquadReader
from medgo.errors import InputError
from tests.corpus.reading import read_file

XML = """<?xml version="1.0" encoding="UTF-8"?><Document id="0000559" source="GHR" url="https://example.org/x">
<Focus>keratoderma</Focus><FocusAnnotations><UMLS><CUIs><CUI>C0343111</CUI></CUIs></UMLS></FocusAnnotations>
<QAPairs><QAPair pid="1"><Question qid="0000559-1" qtype="information">What is (are) keratoderma ?</Question>
<Answer>It is a disorder    of the skin &amp; nails.</Answer></QAPair>
<QAPair pid="2"><Question qid="0000559-2" qtype="frequency">How many ?</Question><Answer></Answer></QAPair>
</QAPairs></Document>"""


def test_medquad_as_published(tmp_path: Path) -> None:
    pytest.importorskip("lxml")
    reading = read_file(MedquadReader(), tmp_path / "0000559.xml", XML.encode())
    (document,) = reading.documents
    assert document.text == "It is a disorder\nof the skin & nails."
    assert document.meta == {"question": "What is keratoderma?", "focus": "keratoderma", "kind": "information"}
    assert document.ref.id == "GHR/0000559-1"
    assert document.ref.licence == "CC-BY-4.0"
    assert [(one.id, one.reason) for one in reading.omissions] == [("GHR/0000559-2", "no answer")]
    assert MedquadReader().recognises("0000559.xml", XML.encode())
    with pytest.raises(InputError):
        read_file(MedquadReader(), tmp_path / "cut.xml", XML.encode()[:-60])


def test_medquad_as_rows(tmp_path: Path) -> None:
    row = {
        "qid": "1-1",
        "qtype": "t",
        "question": "What is (are) Gout ?",
        "answer": "-   A disease.   It hurts.",
        "source": "NIH",
        "focus": "Gout",
        "collection": "4_MPlus",
    }
    lines = [row, {**row, "answer": ""}, {**row, "question": ["x"]}]
    data = ("\n".join(map(json.dumps, lines)) + "\n{broken\n").encode()
    reading = read_file(MedquadReader(), tmp_path / "medquad.jsonl", data)
    (document,) = reading.documents
    assert (document.ref.id, document.text) == ("4_MPlus/1-1/Gout", "- A disease.\nIt hurts.")
    assert [(one.id, one.reason) for one in reading.omissions] == [
        ("4_MPlus/1-1/Gout", "no answer"),
        ("line 3", "broken row"),
        ("line 4", "broken row"),
    ]
    assert MedquadReader().recognises("x.jsonl", data)
    assert not MedquadReader().recognises("x.jsonl", b'{"a": 1}\n')


SAID = [
    ("patient", "What should I do about the cough?"),
    ("doctor", "See the doctor if it lasts for weeks."),
    ("patient", "Thanks"),
]


@pytest.mark.parametrize(
    "row",
    [
        {"messages": [{"role": "system", "content": "Be kind."}, *({"role": r, "content": t} for r, t in SAID)]},
        {"conversations": [{"from": {"patient": "human", "doctor": "gpt"}[r], "value": t} for r, t in SAID]},
        {"turns": [[r, t] for r, t in SAID]},
        {"dialogue": [{"speaker": r, "text": t} for r, t in SAID]},
    ],
)
def test_dialogues_of_many_shapes_are_one(tmp_path: Path, row: dict[str, object]) -> None:
    data = json.dumps({"id": "d1", **row}).encode()
    (document,) = read_file(DialoguesReader(), tmp_path / "d.jsonl", data, licence="MIT").documents
    assert document.meta == {"turns": [["user", SAID[0][1]], ["assistant", SAID[1][1]]]}
    assert (document.ref.id, document.ref.licence, document.lang) == ("d1", "MIT", "en")
    assert DialoguesReader().recognises("d.jsonl", data)


def test_dialogues_that_are_none_are_named(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"id": "a", "turns": [["doctor", "Good morning to you."], ["doctor", "How are you?"]]},
        {"id": "b", "turns": [["patient", "Only the patient speaks in this."]]},
        {"id": "c", "turns": [["patient", ""], ["doctor", "What is it that you have?"]]},
        {"id": "d", "turns": [["nurse", "x"], ["doctor", "y"]]},
    ]
    reading = read_file(DialoguesReader(), tmp_path / "d.jsonl", "\n".join(map(json.dumps, rows)).encode())
    assert not reading.documents
    assert [(one.id, one.reason) for one in reading.omissions] == [
        ("a", "not in turn"),
        ("b", "no dialogue"),
        ("c", "empty turn"),
        ("d", "no dialogue"),
    ]
