"""UTF-16 and Big 5 through every format: read, and written as UTF-8; what is damaged is held back alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.deid.formats import FormatName, HeldBackError, detect_format
from medgo.deid.formats.decoding import decode_named, decode_text
from tests.deid.formats.texts import changed, format_of, labelled, records_of, unchanged

TRADITIONAL = "患者申屠寒江，男，四十五歲，因反覆咳嗽三天入院，無發熱，既往體健，否認藥物過敏史。\n體溫36.5度\n"
UTF16 = ("utf-16", "utf-16-le", "utf-16-be")
MESSAGE = (
    "MSH|^~\\&|A|B|C|D|20260301||ADT^A01|7|P|2.5|||||CHN|{}\r"
    "PID|1||ZY2026||申屠^寒江||19700101\rNTE|1||患者申屠寒江咳嗽三天\r"
)


@pytest.mark.parametrize("encoding", [*UTF16, "big5hkscs"])
def test_every_line_format_is_read_and_written_as_utf8(encoding: str, tmp_path: Path) -> None:
    rows = "".join(json.dumps({"id": str(n), "text": TRADITIONAL}, ensure_ascii=False) + "\n" for n in range(3))
    table = "id,姓名,text\n" + f'1,申屠寒江,"{TRADITIONAL}"\n'
    for name, text in (("jsonl", rows), ("csv", table), ("text", TRADITIONAL)):
        found = records_of(name, text.encode(encoding), tmp_path)  # type: ignore[arg-type]
        assert any(TRADITIONAL.strip() in part.text for part in found[-1].parts), name
        assert TRADITIONAL.split("\n")[0] in unchanged(found[-1]).decode(), name


@pytest.mark.parametrize(("encoding", "said"), [("utf-16", "UNICODE UTF-16"), ("utf-16-be", ""), ("big5", "BIG-5")])
def test_a_message_says_what_it_is_written_in(encoding: str, said: str, tmp_path: Path) -> None:
    (record,) = records_of("hl7v2", MESSAGE.format(said).encode(encoding), tmp_path)
    assert labelled(record)["申屠寒江"] == "name"
    out = unchanged(record).decode(encoding if encoding == "big5" and not said else "utf-8")
    assert "申屠^寒江" in out
    assert ("UNICODE UTF-8" in out) == bool(said)


def test_a_message_in_utf8_that_names_gb18030_is_read_as_what_it_is(tmp_path: Path) -> None:
    (record,) = records_of("hl7v2", MESSAGE.format("GB18030").encode(), tmp_path)
    assert labelled(record)["申屠寒江"] == "name"
    (same,) = records_of("hl7v2", MESSAGE.format("GB18030").encode("gb18030"), tmp_path)
    assert "申屠^寒江" in unchanged(same).decode("gb18030")


@pytest.mark.parametrize("encoding", UTF16)
def test_a_damaged_line_is_held_back_alone(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    good = '{{"id": "{}", "text": "患者咳嗽三天。"}}\n'
    lone = b"\x00\xd8" if encoding != "utf-16-be" else b"\xd8\x00"
    head = good.format(1).encode(encoding)
    rest = encoding.replace("utf-16", "utf-16-le") if encoding == "utf-16" else encoding
    broken = '{"id": "2", "text": "'.encode(rest) + lone + '咳"}\n'.encode(rest)
    path.write_bytes(head + broken + good.format(3).encode(rest))
    form, found = format_of("jsonl"), []
    for unit in form.units(path):
        try:
            found.append(form.record(unit).id)
        except HeldBackError as error:
            found.append(error.reason)
    assert found == ["1", "undecodable", "3"]


def test_a_text_file_in_utf16_has_a_format(tmp_path: Path) -> None:
    for encoding in UTF16:
        path = tmp_path / "note.txt"
        path.write_bytes(TRADITIONAL.encode(encoding))
        assert detect_format(path) == "text"


@given(st.text("abcdefghijklmnopqrstuvwxyz ABC,.\n", min_size=1, max_size=400), st.integers(0, 400))
def test_a_stray_zero_makes_no_utf16_of_english(text: str, at: int) -> None:
    data = text[:at].encode() + b"\x00" + text[at:].encode()
    if len(data) > 8:
        assert decode_text(data, "here") == (data.decode(), "utf-8")


@given(st.sampled_from(["gb18030", "utf-8"]), st.integers(0, 20))
def test_simplified_chinese_is_never_taken_for_big5(encoding: str, start: int) -> None:
    text = "患者申屠寒江，男，四十五岁，因反复咳嗽三天入院，无发热，既往体健。"[start:]
    assert decode_text(text.encode(encoding), "here") == (text, encoding)


@pytest.mark.parametrize("name", ["utf-7", "cp037", "no such thing", "rot13", "hz"])
def test_encodings_that_hide_letters_are_not_read(name: str) -> None:
    with pytest.raises(HeldBackError):
        decode_named(b"abc", name, "here")


def test_a_new_text_stands_in_utf8(tmp_path: Path) -> None:
    (record,) = records_of("text", TRADITIONAL.encode("utf-16"), tmp_path)
    assert changed(record, lambda part: part.text.replace("申屠寒江", "欧阳松")).decode().startswith("患者欧阳松")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16", "big5hkscs"])
def test_a_record_says_in_what_it_was_read(encoding: str, tmp_path: Path) -> None:
    note = TRADITIONAL.replace("\n", " ")
    written = {
        "text": note,
        "jsonl": json.dumps({"id": "1", "text": note}, ensure_ascii=False),
        "csv": f"id,text\n1,{note.replace(',', ' ')}\n",
        "hl7v2": f"MSH|^~\\&|A|B|C|D|20240305||ORU^R01|7|P|2.5.1\rNTE|1||{note}\r",
        "fhir": json.dumps({"resourceType": "Basic", "text": {"div": f"<div>{note}</div>"}}, ensure_ascii=False),
    }
    for name, text in written.items():
        (record,) = records_of(cast("FormatName", name), text.encode(encoding), tmp_path)
        assert record.encoding == encoding, name
