"""Pictures, signatures and encapsulated documents: out of every record, counted, and still a part afterwards."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgo.deid.formats import FormatName, Record
from tests.deid.formats.texts import changed, record_of, unchanged

SECRET = base64.b64encode(bytes(range(7, 250)) * 2).decode()
CDA = (
    '<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:sdtc="urn:hl7-org:sdtc">'
    f'<author><sdtc:signatureText mediaType="text/xml" representation="B64">{SECRET}</sdtc:signatureText></author>'
    f'<observationMedia><value mediaType="image/png" representation="B64">{SECRET}</value></observationMedia>'
    f'<act><text mediaType="application/pdf">x<thumbnail>{SECRET}</thumbnail></text><value>{SECRET}</value></act>'
    '<act><text mediaType="text/plain" representation="B64">{}</text><unheardOf saysWhat="Ysolde Treharne"/></act>'
    "</ClinicalDocument>"
).replace("{}", base64.b64encode(b"Ysolde coughs").decode())
FHIR = {
    "resourceType": "Provenance",
    "signature": [{"who": {"reference": "Practitioner/1"}, "sigFormat": "image/png", "data": SECRET}],
    "content": [{"attachment": {"data": SECRET}}, {"attachment": {"contentType": "text/rtf", "data": SECRET}}],
    "extension": [{"url": "http://x/y", "valueBase64Binary": SECRET}],
    "text": {"div": f'<div>a<img src="data:image/png;base64,{SECRET}"/></div>'},
}
HL7 = (
    f"MSH|^~\\&|A|B|C|D|20260301||ORU^R01|7|P|2.5\rOBX|1|ED|1^x^L||H^IM^PNG^Base64^{SECRET}\rOBX|2|ED|1^x^L||{SECRET}\r"
)
RECORDS: list[tuple[FormatName, bytes, int]] = [
    ("ccda", CDA.encode(), 4),
    ("fhir", json.dumps(FHIR).encode(), 5),
    ("hl7v2", HL7.encode(), 2),
    ("jsonl", json.dumps({"id": "1", "scan": SECRET, "other": f"data:image/png;base64,{SECRET}"}).encode(), 2),
]


def secret_of(record: Record) -> bytes:
    return changed(record, lambda part: part.text.replace("Ysolde", "Maud"))


@pytest.mark.parametrize(("name", "data", "count"), RECORDS, ids=[name for name, _, _ in RECORDS])
def test_they_are_out_counted_and_still_parts(name: FormatName, data: bytes, count: int, tmp_path: Path) -> None:
    record = record_of(name, data, tmp_path)
    assert record.masked == count
    parts = len(record.parts)
    out = secret_of(record)
    assert SECRET[:40].encode() not in out
    again = record_of(name, out, tmp_path)
    assert (len(again.parts), again.masked) == (parts, 0)


def test_texts_and_unknown_attributes_of_documents_are_searched(tmp_path: Path) -> None:
    out = secret_of(record_of("ccda", CDA.encode(), tmp_path))
    assert b"Ysolde" not in out
    assert base64.b64encode(b"Maud coughs") in out


@settings(max_examples=50, deadline=None)
@given(st.integers(3, 30), st.integers(0, 4), st.sampled_from(["ZZ9", "PID", "OBX", "NK1", "PV1", "ROL"]))
def test_a_name_in_any_field_of_a_message_is_in_reach(
    tmp_path_factory: pytest.TempPathFactory, field: int, component: int, segment: str
) -> None:
    cell = "^" * component + "Quillfeather Ottoline"
    message = f"MSH|^~\\&|A|B|C|D|20260301||ADT^A01|7|P|2.5\r{segment}{'|' * field}{cell}\r"
    record = record_of("hl7v2", message.encode(), tmp_path_factory.mktemp("m"))
    seen = any("Quillfeather" in part.text for part in record.parts)
    from medgo.deid.formats.hl7_fields import FIELDS

    assert seen or FIELDS.get(segment, {}).get(field, ("",))[0] == "code"


def test_the_partner_s_name_in_a_family_name_stays_a_part(tmp_path: Path) -> None:
    message = "MSH|^~\\&|A|B|C|D|20260301||ADT^A01|7|P|2.5\rPID|1||ZY1||Quill&van&Quill^Ottoline\r"
    record = record_of("hl7v2", message.encode(), tmp_path)
    parts = len(record.parts)
    out = changed(record, lambda part: "Maud Kestle" if part.label == "name" else part.text)
    assert b"Quill" not in out
    assert len(record_of("hl7v2", out, tmp_path).parts) == parts


def test_a_name_that_becomes_short_is_still_a_part(tmp_path: Path) -> None:
    from medgo.deid.formats import rebuild
    from medgo.deid.replacing.protocol import Replaced

    message = "MSH|^~\\&|A|B|C|D|20260301||ADT^A01|7|P|2.5\rZZ9|QUILLFEATHER|20240305\r"
    record = record_of("hl7v2", message.encode(), tmp_path)
    news = ["LEE" if part.text == "QUILLFEATHER" else "202403" if part.text == "20240305" else part.text
            for part in record.parts]  # fmt: skip
    fitted = [part.fits(new) if part.fits else new for part, new in zip(record.parts, news, strict=True)]
    parts = len(record.parts)
    out = rebuild(record, [Replaced(one, ()) for one in fitted])
    assert len(record_of("hl7v2", out, tmp_path).parts) == parts


def test_pictures_stay_out_when_nothing_is_replaced(tmp_path: Path) -> None:
    for name, data, _ in RECORDS[:3]:
        assert SECRET[:40].encode() not in unchanged(record_of(name, data, tmp_path))
