"""C-CDA documents as records."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from medgo.corpus.clinical.ccda import CcdaReader
from medgo.errors import InputError
from tests.corpus.clinical.reading import Records, read_records, written

HEAD = """<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<id root="1.2.3" extension="DOC-77812"/><code code="18842-5" displayName="Discharge summary"/>
<title>Summary</title><effectiveTime value="20260301101500"/><languageCode code="{lang}"/>
<recordTarget><patientRole><id root="1.2" extension="MR445566"/>
<id root="2.16.840.1.113883.4.1" extension="123-45-6789"/>
<addr><streetAddressLine>7 Quarry Lane</streetAddressLine><city>Elmswick</city></addr>
<telecom value="tel:+1(555)010-2233"/>
<patient><name><given>Ottoline</given><given>M</given><family>Vance</family></name>
<administrativeGenderCode code="F" displayName="Female"/><birthTime value="19500304"/></patient></patientRole>
</recordTarget>
<author><assignedAuthor><id root="2.16.840.1.113883.4.6" extension="9988776655"/><assignedPerson><name>
<given>Ira</given><family>Holt</family></name></assignedPerson></assignedAuthor></author>
<componentOf><encompassingEncounter><effectiveTime><low value="20260220"/><high value="20260301"/></effectiveTime>
</encompassingEncounter></componentOf><component><structuredBody>"""
TAIL = "</structuredBody></component></ClinicalDocument>"


def section(body: str, code: str = "8648-8", title: str = "COURSE") -> str:
    return f'<component><section><code code="{code}"/><title>{title}</title>{body}</section></component>'


def read(tmp_path: Path, *sections: str, lang: str = "en-US") -> Records:
    data = HEAD.format(lang=lang) + "".join(sections) + TAIL
    return read_records(CcdaReader(), written(tmp_path / "one.xml", data))


def test_narratives_keep_tables_items_and_footnotes(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        section(
            "<text><paragraph>Treated with <content ID='a'>aspirin</content> 81&#160;mg.</paragraph>"
            "<list><item>Day 1</item><item>Day 2<br/>stable</item></list>"
            "<table><thead><tr><th>Test</th><th>Value</th></tr></thead><tbody><tr><td>Na</td><td>140<footnoteRef "
            "IDREF='f'>1</footnoteRef></td></tr></tbody></table><footnote ID='f'>1 haemolysed</footnote></text>"
        ),
    )
    assert reading.one.sections == {
        "course": "Treated with aspirin 81 mg.\n\n- Day 1\n- Day 2\nstable\n\nTest | Value\nNa | 1401\n\n1 haemolysed"
    }
    assert reading.one.document == "discharge_summary" and reading.one.lang == "en"


def test_the_header_is_under_names_that_are_known(tmp_path: Path) -> None:
    record = read(tmp_path, section("<text>Well.</text>")).one
    assert record.patient == "MR445566"
    assert record.meta["patient"] == {
        "mrn": "MR445566", "ssn": "123-45-6789", "address": "7 Quarry Lane", "city": "Elmswick",
        "phone": "+1(555)010-2233", "name": "Ottoline M Vance", "birth_date": "1950-03-04", "sex": "Female",
    }  # fmt: skip
    assert record.meta["encounter"] == {
        "record_number": "DOC-77812", "npi": "9988776655", "clinician": "Ira Holt", "admission_date": "2026-02-20",
        "discharge_date": "2026-03-01", "note_date": "2026-03-01 10:15",
    }  # fmt: skip


def test_nested_sections_and_unknown_ones(tmp_path: Path) -> None:
    inner = section("<text>Pain on the left.</text>", "99999-0", "Abdomen")
    reading = read(
        tmp_path,
        section(f"<text>Alert.</text>{inner}", "29545-1", "PHYSICAL EXAM"),
        section("<text>Dietitian</text>", "18841-7", "HOSPITAL CONSULTATIONS"),
        section("<text>None placed.</text>", "11537-8", "SURGICAL DRAINS"),
        section(ENTRY, "121181", ""),
        section("<text>主诉：胸痛</text>", "", "主诉"),
    )
    assert reading.one.sections == {
        "examination": "Alert.\nAbdomen\nPain on the left.",
        "consultations": "Dietitian",
        "SURGICAL DRAINS": "None placed.",
        "chief_complaint": "主诉：胸痛",
    }
    assert reading.ledger.omitted == {"list of pictures": 1}


ENTRY = """<entry><substanceAdministration negationInd="{negated}">
<effectiveTime><low value="20260301"/></effectiveTime>
<doseQuantity value="2" unit="mg"/><consumable><manufacturedProduct><manufacturedMaterial><code displayName="Warfarin"/>
</manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration></entry>
<entry><observation><code displayName="INR"/><value xsi:type="PQ" value="2.4" unit="1"/></observation></entry>"""


def test_sections_without_a_narrative_are_told_by_their_entries(tmp_path: Path) -> None:
    reading = read(tmp_path, section(ENTRY.format(negated="true"), "10160-0", "MEDS"))
    assert reading.one.sections == {"medications": "not: Warfarin 2 mg (2026-03-01)\nINR 2.4"}
    assert reading.ledger.noted["section rendered from entries"] == 1


def test_the_narrative_counts_where_entries_say_otherwise(tmp_path: Path) -> None:
    reading = read(tmp_path, section("<text>Apixaban 5 mg</text>" + ENTRY.format(negated="false"), "10160-0", "MEDS"))
    assert reading.one.sections == {"medications": "Apixaban 5 mg"}
    assert reading.ledger.noted["name in entries that the narrative lacks"] == 1


@pytest.mark.parametrize(
    ("kind", "data", "text", "omitted"),
    [
        ("text/plain", b"Seen today.", "Seen today.", ""),
        ("text/html", b"<h1>Note</h1><p>Seen</p>", "Note\n\nSeen", ""),
        ("application/pdf", b"%PDF", None, "attachment is no text"),
    ],
)
def test_documents_without_a_structure(tmp_path: Path, kind: str, data: bytes, text: str | None, omitted: str) -> None:
    encoded = base64.b64encode(data).decode()
    body = f'<nonXMLBody><text mediaType="{kind}" representation="B64">{encoded}</text></nonXMLBody>'
    xml = (HEAD.format(lang="en") + TAIL).replace("<structuredBody></structuredBody>", body)
    reading = read_records(CcdaReader(), written(tmp_path / "one.xml", xml))
    assert [record.sections for record in reading.records] == ([{"text": text}] if text else [])
    assert not omitted or reading.ledger.omitted[omitted] == 1


def test_pictures_are_named(tmp_path: Path) -> None:
    picture = "<entry><observationMedia><value mediaType='image/png'>AAAA</value></observationMedia></entry>"
    reading = read(tmp_path, section("<text>See picture.</text>" + picture))
    assert reading.ledger.omitted == {"picture": 1} and "AAAA" not in reading.text


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-8-sig"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    name = encoding.removesuffix("-sig")
    body = HEAD.format(lang="zh-CN") + section("<text>患者胸痛2小时。</text>") + TAIL
    xml = f'<?xml version="1.0" encoding="{name}"?>' + body
    record = read_records(CcdaReader(), written(tmp_path / "one.xml", xml.encode(encoding))).one
    assert record.sections == {"course": "患者胸痛2小时。"} and record.lang == "zh"


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize("prologue", [LAUGHS, OUTSIDE, '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'])
def test_document_types_are_refused(tmp_path: Path, prologue: str) -> None:
    xml = prologue + HEAD.format(lang="en") + section("<text>&a;</text>" if "ENTITY" in prologue else "x") + TAIL
    with pytest.raises(InputError, match="document type"):
        read_records(CcdaReader(), written(tmp_path / "one.xml", xml))


def test_what_ends_early_or_is_something_else_is_an_error(tmp_path: Path) -> None:
    xml = HEAD.format(lang="en") + section("<text>Well.</text>") + TAIL
    for data in (xml[:-60], "<html><body>x</body></html>", ""):
        with pytest.raises(InputError):
            read_records(CcdaReader(), written(tmp_path / "one.xml", data))
    reader = CcdaReader()
    assert reader.recognises(
        "a.xml", b"<?xml version='1.0'?><!-- x --><cda:ClinicalDocument xmlns:cda='urn:hl7-org:v3'>"
    )
    assert not reader.recognises("a.xml", b"<Bundle xmlns='http://hl7.org/fhir'>")
