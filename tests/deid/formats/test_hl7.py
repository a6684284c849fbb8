"""HL7 v2: fields by their place, texts as narratives, everything else byte for byte."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.deid.formats import HeldBackError, detect_format
from medgo.deid.formats.hl7_escapes import Delimiters
from tests.deid.formats.texts import changed, format_of, labelled, record_of, records_of, unchanged

ADT = (
    "MSH|^~\\&|HIS|HOSP^1.2.3^ISO|X|Y|20260301083000+0800||ADT^A01^ADT_A01|7|P|2.5.1|||AL|AL|CHN|UNICODE UTF-8\r"
    "PID|1||ZY2026^^^HOSP^MR~11010119700101001X^^^PSB^NI||申屠^寒江||19700101|M|||青石巷7号^^江州市^^100000||13900001111\r"
    "NK1|1|申屠^婉清|SPO\r"
    "PV1|1|I|心内科^0301^05|||||D001^濮阳^静仪^^^医生\r"
    "OBX|1|FT|1^现病史^LN||申屠寒江3天前\\.br\\咳嗽 A \\T\\ B||||||F\r"
    "OBX|2|NM|6690-2^白细胞^LN||15.2|10*9/L|3.5-9.5|H|||F|||20260301\r"
)


def test_fields_by_their_place(tmp_path: Path) -> None:
    record = record_of("hl7v2", ADT.encode(), tmp_path)
    assert labelled(record) == {
        "HOSP": "hospital",
        "PSB": "hospital",
        "Y": "hospital",
        "20260301": "date",
        "ZY2026": "medical_record_number",
        "11010119700101001X": "id_card",
        "申屠寒江": "name",
        "19700101": "date",
        "青石巷7号": "address",
        "江州市": "location",
        "100000": "zip_code",
        "13900001111": "phone",
        "申屠婉清": "name_relative",
        "心内科": None,
        "0301": "medical_record_number",
        "05": "medical_record_number",
        "D001": "licence",
        "濮阳静仪": "name_clinician",
        "医生": None,
        "申屠寒江3天前\n咳嗽 A & B": None,
    }
    assert record.patient == "ZY2026"
    assert ("name", "申屠寒江") in {(one.label, one.value) for one in record.known}


def test_new_values_go_where_the_old_ones_stood(tmp_path: Path) -> None:
    new = {"申屠寒江": "欧阳松", "20260301": "20260308", "申屠寒江3天前\n咳嗽 A & B": "欧阳松3天前\n咳嗽 A & B|"}
    out = changed(record_of("hl7v2", ADT.encode(), tmp_path), lambda part: new.get(part.text, part.text)).decode()
    assert "||欧阳^松||19700101|" in out
    assert "|20260308083000+0800||ADT^A01" in out
    assert "欧阳松3天前" in out
    assert "\\F\\" in out
    assert "|15.2|10*9/L|3.5-9.5|H|||F|||20260308\r" in out
    assert "申屠寒" not in out


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("frame", [("", ""), ("\x0b", "\x1c\r")])
def test_many_messages_with_any_line_ends_and_frames(tmp_path: Path, end: str, frame: tuple[str, str]) -> None:
    data = "".join(frame[0] + ADT.replace("\r", end) + frame[1] for _ in range(3)).encode()
    records = records_of("hl7v2", data, tmp_path)
    assert len(records) == 3
    assert b"".join(map(unchanged, records)) == data


@pytest.mark.parametrize("declared", ["GB 18030-2000", ""])
def test_gb18030_declared_or_not(tmp_path: Path, declared: str) -> None:
    data = ADT.replace("UNICODE UTF-8", declared).encode("gb18030")
    record = record_of("hl7v2", data, tmp_path)
    assert labelled(record)["申屠寒江"] == "name"
    assert unchanged(record) == data


def test_a_message_in_another_character_set_than_it_names_is_held_back(tmp_path: Path) -> None:
    with pytest.raises(HeldBackError) as held:
        record_of("hl7v2", ADT.encode("gb18030"), tmp_path)
    assert held.value.reason == "undecodable"


def test_own_delimiters(tmp_path: Path) -> None:
    data = b"MSH#*%?$#A#B#C#D#20260301##ADT*A01#1#P#2.5\rPID#1##77*##Treharne*Ysolde%Bell*Ysolde\r"
    record = record_of("hl7v2", data, tmp_path)
    names = [part.text for part in record.parts if part.label == "name"]
    assert names == ["Ysolde Treharne", "Ysolde Bell"]
    assert unchanged(record) == data


def test_documents_inside_are_left_out_and_result_lines_are_one_narrative(tmp_path: Path) -> None:
    data = (
        "MSH|^~\\&|A|B|C|D|20260301||ORU^R01|1|P|2.5\r"
        "OBX|1|TX|a||Seen by Ysolde\r"
        "OBX|2|TX|a||Treharne on the ward\r"
        "OBX|3|ED|a||A^application^pdf^Base64^WXNvbGRl\r"
        "ZPI|1|free text about Ysolde\r"
    )
    record = record_of("hl7v2", data.encode(), tmp_path)
    texts = [part.text for part in record.parts if part.label is None]
    assert "Seen by Ysolde\nTreharne on the ward" in texts
    assert "free text about Ysolde" in texts
    assert b"WXNvbGRl" not in unchanged(record)


@given(st.text(st.sampled_from("ab|^~\\&\n.H张"), max_size=20))
def test_escapes_come_back(text: str) -> None:
    delimiters = Delimiters("|", "^", "~", "\\", "&")
    encoded = delimiters.encoded(text)
    assert delimiters.decoded(encoded) == text
    assert not set("|^~&\n") & set(encoded)


@pytest.mark.data
def test_the_examples_come_back_field_by_field() -> None:
    folder = Path(os.environ["MEDGO_DATA"]) / "clinical" / "hl7v2"
    fields = same = 0
    for file in [*folder.glob("messages/*.hl7"), *folder.glob("zh-synthetic/*.hl7")]:
        assert detect_format(file) == "hl7v2"
        form = format_of("hl7v2")
        for unit in form.units(file):
            assert unit.data is not None
            before, after = (
                one.replace(b"\n", b"\r").split(b"\r") for one in (unit.data, unchanged(form.record(unit)))
            )
            assert [one[:3] for one in before] == [one[:3] for one in after]
            pairs = [pair for old, new in zip(before, after, strict=True) for pair in _fields(old, new)]
            fields += len(pairs)
            same += sum(old == new for old, new in pairs)
    # The others hold documents, births of the very old, and names where an authority's number should be: left out.
    assert same >= 0.98 * fields > 0


def _fields(old: bytes, new: bytes) -> list[tuple[bytes, bytes]]:
    return list(zip(old.split(b"|"), new.split(b"|"), strict=True))


def test_organisations_dates_and_numbers_a_component_off_their_place(tmp_path: Path) -> None:
    message = (
        "MSH|^~\\&|HIS|X|X|Y|20260301||ADT^A01|7|P|2.5.1\r"
        "PID|1||77120^^^AUTHA||Thistlewood^Ada^^^^^^^^19241012||19700101|F|||Elm Way 9^^Duluth^MN^^558050000\r"
        "PID|2||77121^^^AUTHB^QUILLMERE GENERAL HOSPITAL^AUTHC^20190203||||||||||7777^^^^^^5551\r"
        "OBR|1|81230^GHH OE|81231^GHH LAB^1.2.3^ISO|||||||||||||||||||||||||||||"
        "D7&Brackenbury&Ottoline&&&&&&MASTER^20250102^20250103^UNIT^R1^B2^SITE\r"
        "PD1||||||||||||||St Osyth Church|||20150202\r"
        "PV1|1|I|W1^0301^05^QUILLMERE^^^NORTH BLOCK||||||||||||||||X9^^^AUTHD&Master.Quillmere&L\r"
    )
    record = record_of("hl7v2", message.encode(), tmp_path)
    found = labelled(record)
    hospitals = {
        "AUTHA", "AUTHB", "AUTHC", "AUTHD", "QUILLMERE GENERAL HOSPITAL", "QUILLMERE", "NORTH BLOCK", "GHH OE",
        "GHH LAB", "MASTER", "SITE",
    }  # fmt: skip
    assert {text for text in hospitals if found.get(text) != "hospital"} == set()
    dates = {"19241012", "20190203", "20250102", "20250103", "20150202"}
    assert {text for text in dates if found.get(text) != "date"} == set()
    assert found["558050000"] == "zip_code"
    assert found["7777"] == "phone"
    assert found["Ottoline Brackenbury"] == "name_clinician"
    assert found["St Osyth Church"] == "organisation"
    out = changed(record, lambda part: "Z" if part.label else part.text).decode()
    assert "Master.Quillmere" not in out
    assert "^Z^Z^UNIT^" in out


def test_a_text_behind_a_date_is_searched_with_it(tmp_path: Path) -> None:
    message = "MSH|^~\\&|A|B|C|D|20260301||ADT^A01|7|P|2.5\rZZ1|20260301 Ottoline Brackenbury|20260301 0830\r"
    found = labelled(record_of("hl7v2", message.encode(), tmp_path))
    assert found["20260301 Ottoline Brackenbury"] is None


def test_births_of_people_over_89_leave_an_empty_field(tmp_path: Path) -> None:
    message = ADT.replace("19700101", "19300101")
    record = record_of("hl7v2", message.encode(), tmp_path)
    assert labelled(record)["19300101"] == "age_over_89"
    assert "||申屠^寒江|||M|" in unchanged(record).decode()


def test_names_beside_codes_are_known(tmp_path: Path) -> None:
    message = ADT + "DG1|1||E75.22^Gaucher disease^I10\r"
    assert "Gaucher disease" in record_of("hl7v2", message.encode(), tmp_path).coded


def test_a_masked_birth_is_still_a_part(tmp_path: Path) -> None:
    record = record_of("hl7v2", ADT.replace("19700101", "19300101").encode(), tmp_path)
    parts = len(record.parts)
    assert len(record_of("hl7v2", unchanged(record), tmp_path).parts) == parts


def test_a_chinese_province_moves_with_its_city(tmp_path: Path) -> None:
    message = ADT + "NK1|1||||13900001111\rNK1|2|||桂花路12号^^深圳市^广东省^518000\r"
    assert labelled(record_of("hl7v2", message.encode(), tmp_path))["广东省"] == "location"
