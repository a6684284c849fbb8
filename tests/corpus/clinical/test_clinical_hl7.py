"""HL7 v2 messages as records."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.corpus.clinical.hl7 import Hl7Reader
from medgo.text.hl7 import Delimiters, messages
from tests.corpus.clinical.reading import Records, read_records, written

HEADER = "MSH|^~\\&|LIS|海滨医院|||20260301093000||ORU^R01|7|P|2.5.1||||||{charset}\r"
PATIENT = (
    "PID|1||ZY0099887^^^H^MR~110101197001011237^^^P^NI||濮阳^青||19700101|F|||解放路88号^^南湖市^^100001||13900001234\r"
)
RESULTS = (
    "OBR|1|P1|F1|58410-2^血常规^LN|||20260301090000\r"
    "OBX|1|NM|6690-2^白细胞计数^LN||15.20|10*9/L|3.5-9.5|H|||F\r"
    "NTE|1||轻度溶血\r"
    "OBX|2|SN|X^滴度^L||^1^:^128|||A|||F\r"
    "OBX|3|CE|Y^血型^L||A^A型^L|||N|||F\r"
)


def read(tmp_path: Path, message: str | bytes, encoding: str = "utf-8") -> Records:
    data = message if isinstance(message, bytes) else message.encode(encoding)
    return read_records(Hl7Reader(), written(tmp_path / "one.hl7", data))


def test_results_are_lines_of_their_order(tmp_path: Path) -> None:
    record = read(tmp_path, HEADER.format(charset="UNICODE UTF-8") + PATIENT + RESULTS).one
    assert record.document == "laboratory_report" and record.lang == "zh"
    assert record.sections == {
        "血常规": "白细胞计数 15.20×10⁹/L (3.5-9.5) H\n轻度溶血\n滴度 1:128 A\n血型：A型",
    }
    assert record.meta["patient"] == {
        "mrn": "ZY0099887", "id_card": "110101197001011237", "name": "濮阳青", "birth_date": "1970-01-01", "sex": "F",
        "address": "解放路88号", "city": "南湖市", "zip_code": "100001", "phone": "13900001234",
    }  # fmt: skip
    assert record.patient == "ZY0099887" and not record.synthetic
    assert record.meta["encounter"]["facility"] == "海滨医院"


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("UNICODE UTF-8", "utf-8"), ("GB 18030-2000", "gb18030"), ("GBK", "gb18030"), ("BIG-5", "big5hkscs"),
        ("", "utf-8"), ("", "gb18030"), ("UNICODE UTF-8", "utf-8-sig"),
    ],
)  # fmt: skip
def test_character_sets(tmp_path: Path, charset: str, encoding: str) -> None:
    text = HEADER.format(charset=charset) + PATIENT + RESULTS
    if encoding == "big5hkscs":
        text = (
            text.replace("濮阳", "歐陽").replace("计", "計").replace("细", "細").replace("医", "醫").replace("轻", "輕")
        )
        text = text.replace("号", "號").replace("规", "規").replace("数", "數").replace("阳", "陽").replace("馆", "館")
    reading = read(tmp_path, text, encoding)
    assert "溶血" in reading.text and "\ufffd" not in reading.text
    assert reading.ledger.noted == {f"encoding {encoding}": 1}


def test_bytes_outside_the_character_set_are_refused_and_the_next_message_is_read(tmp_path: Path) -> None:
    bad = (HEADER.format(charset="UNICODE UTF-8") + PATIENT + RESULTS).encode("gb18030")
    unknown = (HEADER.format(charset="ISO IR87") + PATIENT + RESULTS).encode()
    good = (HEADER.format(charset="UNICODE UTF-8") + PATIENT + RESULTS).encode()
    reading = read(tmp_path, bad + b"\n" + unknown + b"\n" + good)
    assert len(reading.records) == 1
    assert reading.ledger.omitted == {"undecodable": 2}
    assert [one.id for one in reading.omissions] == ["message 1", "message 2"]
    assert not any("濮阳" in one.detail for one in reading.omissions)


def test_batches_frames_and_line_ends(tmp_path: Path) -> None:
    one = HEADER.format(charset="UNICODE UTF-8") + PATIENT + RESULTS
    batch = f"FHS|^~\\&|A\rBHS|^~\\&|A\r{one}{one}BTS|2\rFTS|1\r"
    framed = f"\x0b{one}\x1c\r\x0b{one}\x1c\r"
    for text in (batch, framed, (one + one).replace("\r", "\n"), (one + one).replace("\r", "\r\n")):
        reading = read(tmp_path, text)
        assert len(reading.records) == 2 and not reading.omissions
        assert reading.records[0].sections == reading.records[1].sections
        assert reading.records[0].ref.id != reading.records[1].ref.id


def test_report_text_goes_on_over_lines_and_finds_its_sections(tmp_path: Path) -> None:
    text = (
        HEADER.format(charset="UNICODE UTF-8").replace("ORU^R01", "MDM^T02")
        + PATIENT
        + "TXA|1|HP^History and physical|TX|20260301\r"
        + "OBX|1|TX|10154-3^Chief complaint^LN||Chest pain \\T\\ sweating~for two hours||||||F\r"
        + "OBX|2|FT|10164-2^HPI^LN|1|Began at rest.\\.br\\Radiates \\H\\left\\N\\; BP 160\\S\\90; caf\\XC3A9\\||||||F\r"
        + "OBX|3|FT|10164-2^HPI^LN|1|No fever.||||||F\r"
        + "OBX|4|FT|1^Free remark^L||Seen at night||||||F\r"
    )
    record = read(tmp_path, text).one
    assert record.document == "admission_record"
    assert record.sections == {
        "chief_complaint": "Chest pain & sweating\nfor two hours",
        "present_illness": "Began at rest.\nRadiates left; BP 160^90; café\nNo fever.",
        "text": "Free remark: Seen at night",
    }


def test_attachments(tmp_path: Path) -> None:
    def attached(kind: str, data: bytes) -> str:
        return f"OBX|1|ED|11502-2^Report^LN||^{kind}^Base64^{base64.b64encode(data).decode()}||||||F\r"

    text = HEADER.format(charset="UNICODE UTF-8") + PATIENT + "OBR|1|||R^CT chest^L\r"
    text += attached("TEXT^plain", b"Nodule of 6 mm in the right upper lobe.")
    text += attached("text^html", b"<p>Stable since <b>2024</b></p><script>x()</script>")
    text += attached("application^pdf", b"%PDF-1.4") + "OBX|1|ED|1^R||^TEXT^plain^Base64^?notbase64?||||||F\r"
    text += "OBX|5|RP|1^R||https://pacs/1^^image\r"
    reading = read(tmp_path, text)
    assert "Nodule of 6 mm" in reading.text and "Stable since 2024" in reading.text and "x()" not in reading.text
    assert reading.ledger.omitted == {
        "attachment is no text": 1, "unreadable attachment": 1, "attachment elsewhere": 1,
    }  # fmt: skip


def test_withdrawn_results_and_other_patients(tmp_path: Path) -> None:
    text = HEADER.format(charset="") + PATIENT + "OBR|1|||G^Glucose\rOBX|1|NM|G^Glucose||5.1|mmol/L|||||D\r"
    text += "OBX|2|NM|G^Glucose||5.9|mmol/L|||||C\r"
    text += PATIENT.replace("ZY0099887", "ZY0011111") + "OBR|1|||G^Glucose\rOBX|1|NM|G^Glucose||7.7|mmol/L|||||F\r"
    reading = read(tmp_path, text)
    assert [record.patient for record in reading.records] == ["ZY0099887", "ZY0011111"]
    assert [record.sections["Glucose"] for record in reading.records] == ["Glucose 5.9 mmol/L", "Glucose 7.7 mmol/L"]
    assert reading.ledger.omitted == {"withdrawn result": 1}


def test_admissions_tell_allergies_diagnoses_and_procedures(tmp_path: Path) -> None:
    text = HEADER.format(charset="UNICODE UTF-8").replace("ORU^R01", "ADT^A01") + PATIENT
    text += "PV1|1|I|心内科^03^05||||D1^李^医\rPV2|||^胸痛\rAL1|1|DA|^青霉素|SV|皮疹\r"
    text += "DG1|1||I21.9^急性心肌梗死^ICD10|||A\rPR1|1||Z^冠状动脉造影||20260301\r"
    record = read(tmp_path, text).one
    assert record.sections == {
        "chief_complaint": "胸痛",
        "allergies": "青霉素 (皮疹; 重度)",
        "admission_diagnoses": "急性心肌梗死",
        "procedures": "冠状动脉造影 (2026-03-01)",
    }
    assert record.meta["encounter"]["attending_physician"] == "李医"


def test_results_stay_with_their_order_and_notes_with_what_they_follow(tmp_path: Path) -> None:
    text = HEADER.format(charset="").replace("ORU^R01", "ORM^O01") + PATIENT + "NTE|1||Called twice\r"
    text += "OBX|1|NM|H^Heart rate||72|/min\rDG1|1||I10^Hypertension (disorder)^SCT|||F\rNTE|1||Since 2019\r"
    text += "OBX|2|NM|W^Weight||71.348926017|kg\rPR1|1||P^Angiography\rAIL|1||W1\rNTE|1||Room is free\r"
    record = read(tmp_path, text).one
    assert record.sections == {
        "comment": "Called twice\nRoom is free",
        "results": "Heart rate 72 /min\nWeight 71.35 kg",
        "diagnoses": "Hypertension\nSince 2019",
        "procedures": "Angiography",
    }


def test_medicines_tell_dose_route_and_instructions_and_what_was_refused(tmp_path: Path) -> None:
    header = HEADER.format(charset="")
    order = "RXE||A^Cefalexin 500 mg|2|3|caps^capsule||^1 tablet by mouth~^After meals\rRXR|PO^Oral\r"
    reading = read(tmp_path, header.replace("ORU^R01", "RDE^O11") + PATIENT + order + "RXC|A|N^Saline|100|mL\r")
    assert reading.one.sections == {
        "medications": "Cefalexin 500 mg 2–3 capsule; 1 tablet by mouth; After meals; Oral\nSaline 100 mL"
    }
    shots = "RXA|0|1|20260301||1^Tetanus toxoid|0.5|mL^MilliLiter^UCUM" + "|" * 13 + "CP\rRXR|IM^Intramuscular\r"
    shots += "RXA|0|1|20260302||2^Influenza|999" + "|" * 12 + "P^Patient decision||RE\r"
    shots += "RXA|0|1|||3^流感疫苗" + "|" * 15 + "RE\r"
    reading = read(tmp_path, header.replace("ORU^R01", "VXU^V04") + PATIENT + shots)
    assert reading.one.sections == {
        "immunizations": "Tetanus toxoid (0.5 mL; 2026-03-01); Intramuscular\n"
        "Influenza (2026-03-02; refused; Patient decision)\n流感疫苗 (拒绝)"
    }


def test_a_person_in_the_field_of_reasons_is_no_reason(tmp_path: Path) -> None:
    order = "OBR|1|||G^SUGAR" + "|" * 27 + "88^WINTERBOTTOM^ADA^^^^MD\rOBX|1|NM|G^SUGAR||171|mg/dl\r"
    record = read(tmp_path, HEADER.format(charset="") + PATIENT + order).one
    assert record.sections == {"SUGAR": "SUGAR 171 mg/dl"}
    assert record.meta["encounter"]["clinician"] == "ADA WINTERBOTTOM"
    order = order.replace("WINTERBOTTOM^ADA", "Polyuria^L")
    assert read(tmp_path, HEADER.format(charset="") + PATIENT + order).one.sections["clinical"] == "Polyuria"


def test_no_header_no_delimiters_and_nothing_said(tmp_path: Path) -> None:
    for data in (b"PID|1||X\r", b"MSH|^\r", b"MSH||||\rPID|1\r"):
        reading = read(tmp_path, data)
        assert not reading.records and reading.ledger.omitted["malformed"] == 1, data
    reading = read(tmp_path, HEADER.format(charset="") + PATIENT)
    assert reading.ledger.omitted == {"no clinical text": 1}


def test_titles_that_tell_somebody_do_not_become_keys(tmp_path: Path) -> None:
    text = HEADER.format(charset="") + PATIENT + "OBR|1|||X^濮阳青的血常规\rOBX|1|NM|G^血糖||5.9|mmol/L\r"
    record = read(tmp_path, text).one
    assert record.sections == {"text": "濮阳青的血常规\n血糖 5.9 mmol/L"}


def test_recognised_by_its_header() -> None:
    reader = Hl7Reader()
    assert reader.recognises("a.txt", b"\x0bMSH|^~\\&|A") and reader.recognises("a", b"\xef\xbb\xbfFHS|^~\\&|")
    assert not reader.recognises("a.hl7", b"MSHA|") and not reader.recognises("a.hl7", b"{}")


@given(st.text(st.characters(blacklist_characters="\r", blacklist_categories=("Cs",)), max_size=40))
def test_what_is_escaped_reads_as_it_was(text: str) -> None:
    delimiters = Delimiters("|", "^", "~", "\\", "&")
    assert delimiters.decoded(delimiters.encoded(text)) == text
    assert delimiters.printed(delimiters.encoded(text), "utf-8") == text


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=6), st.integers(1, 700), st.integers(100, 2000))
def test_a_message_that_is_too_large_is_cut_and_the_others_are_whole(lengths: list[int], size: int, most: int) -> None:
    parts = [b"MSH|^~\\&|" + b"x" * length + b"\rPID|1\r" for length in lengths]
    stream = io.BytesIO(b"".join(parts))
    found = list(messages(lambda want: stream.read(min(want, size)), most))
    assert len(found) == len(parts)
    for part, whole in zip(found, parts, strict=True):
        assert part == whole or (len(whole) > most and most < len(part) <= most + size and whole.startswith(part))


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=6), st.integers(1, 4000))
def test_messages_are_cut_alike_however_they_arrive(lengths: list[int], size: int) -> None:
    parts = [b"MSH|^~\\&|" + b"x" * length + b"\rPID|1\r" for length in lengths]
    stream = io.BytesIO(b"".join(parts))
    assert list(messages(lambda most: stream.read(min(most, size)))) == parts
