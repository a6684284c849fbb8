"""JSONL and JSON: every string is reachable, nothing else changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.deid.formats import CORPUS, HeldBackError, Unit
from medgo.deid.formats.json_tree import read_tree, write_tree
from tests.deid.formats.texts import changed, format_of, labelled, record_of, unchanged

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
encodable = json_values.filter(lambda value: _encodable(json.dumps(value, ensure_ascii=False)))


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@given(encodable, st.sampled_from([0, 2]))
def test_a_tree_is_written_as_it_was_read(value: object, indent: int) -> None:
    text = json.dumps(value, ensure_ascii=False)
    assert json.loads(write_tree(read_tree(text, "here"), indent)) == value


@given(
    st.dictionaries(st.text(max_size=6), encodable, max_size=4).filter(
        lambda v: _encodable(json.dumps(v, ensure_ascii=False))
    )
)
def test_no_string_of_a_line_is_out_of_reach(value: dict[str, object]) -> None:
    line = json.dumps(value, ensure_ascii=False).encode() + b"\n"
    record = format_of("jsonl").record(Unit(1, line))
    reached = {part.text for part in record.parts}
    skipped = {"id", "lang", "language", "noteid", "documentid", "recordid", "rowid", "label", "序号", "语言"}
    for path, text in _strings(value, ()):
        if text.strip() and not any(key.casefold() in skipped for key in path):
            assert any(one in text for one in reached), path
    assert json.loads(unchanged(record)) == value


def _strings(value: object, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], str]]:
    if isinstance(value, str):
        return [(path, value)]
    inner = (
        value.items() if isinstance(value, dict) else (("", one) for one in value) if isinstance(value, list) else ()
    )
    return [found for key, one in inner for found in _strings(one, (*path, key))]


def test_keys_say_what_values_are(tmp_path: Path) -> None:
    line = {
        "id": "7",
        "patientName": "申屠寒江",
        "patient": {"id": "A-1", "phone": 13900001111, "birth_date": "1950-01-02 08:00"},
        "年龄": 92,
        "doctor": "本人",
        "dose": 1.10,
        "note": "Seen on ward 3",
    }
    record = record_of("jsonl", json.dumps(line, ensure_ascii=False).encode(), tmp_path)
    assert labelled(record) == {
        "申屠寒江": "name",
        "A-1": "medical_record_number",
        "13900001111": "phone",
        "1950-01-02": "date",
        "92": "age_over_89",
        "本人": None,
        "Seen on ward 3": None,
    }
    assert {(one.label, one.value) for one in record.known} == {("name", "申屠寒江"), ("phone", "13900001111")}
    assert record.patient == "A-1"
    assert [part.patient for part in record.parts if part.text == "A-1"] == [CORPUS]


def test_digits_of_numbers_and_types_stay(tmp_path: Path) -> None:
    line = b'{"id": "1", "dose": 1.10, "phone": 13900001111, "n": 1e-7, "text": "x"}\n'
    record = record_of("jsonl", line, tmp_path)
    assert changed(record, lambda part: "19900002222" if part.label == "phone" else part.text) == line.replace(
        b"13900001111", b"19900002222"
    )
    record = record_of("jsonl", line, tmp_path)
    assert b'"phone": "[PHONE]"' in changed(record, lambda part: "[PHONE]" if part.label == "phone" else part.text)


def test_a_record_called_by_its_patients_number_is_renamed(tmp_path: Path) -> None:
    record = record_of("jsonl", b'{"id": "ZY00123456", "patient_id": "ZY00123456", "text": "x"}', tmp_path)
    assert [part.patient for part in record.parts if part.text == "ZY00123456"] == [CORPUS, CORPUS]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"text": "Ysolde', "malformed"),
        (b'["Ysolde"]', "malformed"),
        (b'{"text": "Ysolde", "text": ""}', "malformed"),
        (b'{"text": "\\ud83d Ysolde"}', "malformed"),
        (b'{"text": NaN}', "malformed"),
        (b'{"text": "Ysolde \xe9t\xe9 "}', "undecodable"),
        (b"[" * 100_000, "malformed"),
    ],
)
def test_bad_lines_are_held_back_without_a_word_of_theirs(line: bytes, reason: str) -> None:
    with pytest.raises(HeldBackError) as held:
        format_of("jsonl").record(Unit(3, line))
    assert held.value.reason == reason
    assert "Ysolde" not in str(held.value)


def test_keys_that_name_people_are_parts_and_change_with_their_values_kept(tmp_path: Path) -> None:
    line = (
        '{"谭雨澄": {"text": "咳嗽", "Maria Gonzalez": [1.10]}, "note_text": "x", "住院号": "ZY1", "T1": 2}\n'.encode()
    )
    record = record_of("jsonl", line, tmp_path)
    assert [part.text for part in record.parts if part.name == "key"] == ["谭雨澄", "Maria Gonzalez"]
    assert not any("谭雨澄" in part.name or "Maria" in part.name for part in record.parts)
    new = {"谭雨澄": "申屠寒江", "Maria Gonzalez": "note_text", "咳嗽": "发热"}
    out = changed(record, lambda part: new.get(part.text, part.text)).decode()
    assert out == '{"申屠寒江": {"text": "发热", "note_text": [1.10]}, "note_text": "x", "住院号": "ZY1", "T1": 2}\n'


@given(st.dictionaries(st.sampled_from(["谭雨澄", "申屠寒江", "[NAME]", "Tan Wei", "id"]), st.integers(), min_size=1))
def test_keys_that_become_one_stay_apart(value: dict[str, int]) -> None:
    record = format_of("jsonl").record(Unit(1, json.dumps(value).encode()))
    out = json.loads(changed(record, lambda part: "[NAME]" if part.name == "key" else part.text))
    assert list(out.values()) == list(value.values())
    assert all(key.startswith("[NAME]") or key == "id" for key in out)
