"""C-CDA: header fields by their place, sections as narratives, codes untouched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from medgo.deid.formats import HeldBackError, detect_format
from tests.deid.formats.texts import changed, format_of, labelled, record_of, unchanged

DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <!-- Ysolde in a comment -->
  <id root="1.2.3" extension="DOC-991"/><effectiveTime value="202603010930+0800"/><languageCode code="en-US"/>
  <recordTarget><patientRole>
    <id root="1.2.3.4" extension="MRN-5551"/><id root="2.16.840.1.113883.4.1" extension="111-22-3333"/>
    <addr><streetAddressLine>7 Quarry Bank</streetAddressLine><city>Penhallow</city><state>OR</state>
      <postalCode>97266</postalCode></addr>
    <telecom value="tel:+1(555)555-2003" use="HP"/><telecom value="mailto:y@example.net"/>
    <patient><name><given>Ysolde</given><given>Ann</given><family>Treharne</family></name>
      <birthTime value="19750501"/></patient>
    <providerOrganization><name>Penhallow Infirmary</name></providerOrganization>
  </patientRole></recordTarget>
  <author><assignedAuthor><id root="2.16.840.1.113883.4.6" extension="9999999999"/>
    <assignedPerson><name><prefix>Dr</prefix><given>Corin</given><family>Abernethy</family></name></assignedPerson>
  </assignedAuthor></author>
  <component><structuredBody><component><section><title>History</title>
    <text><paragraph>Ms. <content styleCode="Bold">Tre</content>harne has asthma.</paragraph>
      <table><tr><td>BP</td><td>120/80</td></tr></table></text>
    <entry><observation><code code="195967001" displayName="Asthma"/><value xsi:type="PQ" value="201203" unit="mg"/>
      <effectiveTime value="2012"/></observation></entry>
  </section></component></structuredBody></component>
</ClinicalDocument>
"""


def test_fields_by_their_place(tmp_path: Path) -> None:
    record = record_of("ccda", DOCUMENT.encode(), tmp_path)
    found = labelled(record)
    narrative = next(text for text in found if "asthma" in text)
    assert "Treharne has asthma" in narrative
    assert found.pop(narrative) is None
    assert found.pop("History") is None
    assert (
        found
        == {
            "DOC-991": "other_id",
            "202603": "date",
            "MRN-5551": "medical_record_number",
            "111-22-3333": "ssn",
            "7 Quarry Bank": "address",
            "Penhallow": "location",
            "OR": None,
            "97266": "zip_code",
            "+1(555)555-2003": "phone",
            "y@example.net": "email",
            "Ysolde Ann Treharne": "name",
            "19750501": "date",
            "Penhallow Infirmary": "hospital",
            "9999999999": "licence",
            "Corin Abernethy": "name_clinician",
        }
        or "20260301" in found
    )
    assert record.lang == "en"


def test_names_go_back_into_their_components(tmp_path: Path) -> None:
    record = record_of("ccda", DOCUMENT.encode(), tmp_path)
    out = changed(
        record, lambda part: "Maud Ellen Kestle" if part.text == "Ysolde Ann Treharne" else part.text
    ).decode()
    assert "<given>Maud</given><given>Ellen</given><family>Kestle</family>" in out
    assert 'value="tel:+1(555)555-2003"' in out
    assert 'displayName="Asthma"' in out
    assert "Ysolde" not in out


def test_a_document_type_or_broken_xml_is_held_back(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "Ysolde">]>' + DOCUMENT.partition("\n")[2].replace("History", "&b;")
    for data in (bomb, DOCUMENT[:-40]):
        with pytest.raises(HeldBackError) as held:
            record_of("ccda", data.encode(), tmp_path)
        assert held.value.reason == "malformed"


def test_births_of_people_over_89_are_masked(tmp_path: Path) -> None:
    record = record_of("ccda", DOCUMENT.replace("19750501", "19350501").encode(), tmp_path)
    out = unchanged(record)
    assert b"1935" not in out
    assert b'birthTime nullFlavor="MSK"' in out


@pytest.mark.data
def test_no_name_of_the_examples_is_out_of_reach() -> None:
    folder = Path(os.environ["MEDGO_DATA"]) / "clinical" / "ccda" / "hl7-examples"
    for file in sorted(folder.iterdir()):
        assert detect_format(file) == "ccda"
        form = format_of("ccda")
        (unit,) = form.units(file)
        out = changed(form.record(unit), lambda part: "X" if part.label else part.text).decode()
        assert "<given>X</given>" in out or "<family>X</family>" in out
        assert 'value="tel:X"' in out


def test_entities_that_play_places_and_people(tmp_path: Path) -> None:
    def role(code: str, name: str) -> str:
        return (
            f'<participant><participantRole classCode="{code}"><playingEntity><name>{name}</name></playingEntity>'
            "</participantRole></participant>"
        )

    roles = [
        role("SDLOC", "Quillmere Urgent Care"),
        role("MANU", "Aerosol"),
        role("ECON", "<given>Ottoline</given><family>Brackenbury</family>"),
    ]
    document = (
        '<ClinicalDocument xmlns="urn:hl7-org:v3"><setId root="1.2" extension="TT73001" '
        f'assigningAuthorityName="Quillmere"/>{"".join(roles)}</ClinicalDocument>'
    )
    record = record_of("ccda", document.encode(), tmp_path)
    found = labelled(record)
    assert found["Quillmere Urgent Care"] == "hospital"
    assert found["Ottoline Brackenbury"] == "name"
    assert found["TT73001"] == "other_id"
    assert found["Aerosol"] is None
    assert b"Authority" not in unchanged(record)


def test_a_masked_birth_is_still_a_part(tmp_path: Path) -> None:
    record = record_of("ccda", DOCUMENT.replace("19750501", "19350501").encode(), tmp_path)
    parts = len(record.parts)
    assert len(record_of("ccda", unchanged(record), tmp_path).parts) == parts
