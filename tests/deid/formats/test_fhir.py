"""FHIR: identifiers by datatype, narratives as text, codes and quantities untouched, references still resolve."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest

from medgo.deid.formats import CORPUS, HeldBackError, detect_format
from medgo.deid.formats.fhir_masking import MASKED
from tests.deid.formats.texts import changed, format_of, labelled, record_of, unchanged

DIV = '<div xmlns="http://www.w3.org/1999/xhtml"><b>Ysol</b>de T.</div>'
CODE = {"coding": [{"system": "http://loinc.org", "code": "2339-0", "display": "Glucose"}], "text": "Glucose"}
UUID = "0d9c8f6e-1111-4222-8333-444455556666"
BUNDLE: dict[str, Any] = {
    "resourceType": "Bundle",
    "type": "transaction",
    "entry": [
        {
            "fullUrl": f"urn:uuid:{UUID}",
            "resource": {
                "resourceType": "Patient",
                "id": UUID,
                "text": {"status": "generated", "div": DIV},
                "extension": [{"url": "http://x/patient-mothersMaidenName", "valueString": "Morwenna Pask"}],
                "identifier": [
                    {"type": {"coding": [{"code": "MR"}]}, "value": "MRN-5551"},
                    {"system": "http://hl7.org/fhir/sid/us-ssn", "value": "999-11-2222"},
                ],
                "name": [{"family": "Treharne", "given": ["Ysolde", "Ann"], "prefix": ["Ms."]}],
                "telecom": [
                    {"system": "phone", "value": "555-201-9999"}, {"system": "email", "value": "y@example.net"},
                ],
                "birthDate": "1975-05-01",
                "address": [
                    {
                        "line": ["7 Quarry Bank"], "city": "Penhallow", "state": "MA", "postalCode": "02139",
                        "extension": [
                            {"url": "http://hl7.org/fhir/StructureDefinition/geolocation",
                             "extension": [{"url": "latitude", "valueDecimal": 42.1234567}]}
                        ],
                    }
                ],
                "contact": [{"name": {"family": "Pask", "given": ["Jory"]}}],
                "photo": [{"contentType": "image/png", "data": "WXNvbGRl"}],
            },
        },
        {
            "resource": {
                "resourceType": "Observation",
                "id": "obs-1",
                "status": "final",
                "code": CODE,
                "subject": {"reference": f"urn:uuid:{UUID}", "display": "Ysolde Treharne"},
                "performer": [{"reference": "Practitioner/77", "display": "Corin Abernethy"}],
                "effectiveDateTime": "2020-01-02T10:00:00.123+08:00",
                "valueQuantity": {"value": 0, "unit": "mg/dL", "code": "mg/dL"},
                "note": [{"text": "Ysolde was fasting."}],
            },
        },
    ],
}  # fmt: skip


def data_of(bundle: dict[str, Any]) -> bytes:
    # 1.10 is another number than 1.1 for a reader of doses.
    return json.dumps(bundle).replace('"value": 0', '"value": 1.10').encode()


def test_identifiers_by_datatype(tmp_path: Path) -> None:
    record = record_of("fhir", data_of(BUNDLE), tmp_path)
    assert labelled(record) == {
        UUID: "other_id",
        "obs-1": "other_id",
        "77": "other_id",
        "Ysolde T.": None,
        "Morwenna Pask": "name_relative",
        "MRN-5551": "medical_record_number",
        "999-11-2222": "ssn",
        "Ysolde Ann Treharne": "name",
        "555-201-9999": "phone",
        "y@example.net": "email",
        "7 Quarry Bank": "address",
        "Penhallow": "location",
        "02139": "zip_code",
        "1975-05-01": "date",
        "Jory Pask": "name_relative",
        "Glucose": None,
        "Ysolde Treharne": "name",
        "Corin Abernethy": "name_clinician",
        "2020-01-02": "date",
        "Ysolde was fasting.": None,
        "[photo]": "photo",
    } | ({"Ms.": None} if "Ms." in labelled(record) else {})
    assert record.patient == UUID
    assert [part.text for part in record.parts if part.patient == CORPUS] == [UUID, UUID, "obs-1", UUID, "77"]


def test_everything_else_stays(tmp_path: Path) -> None:
    out = unchanged(record_of("fhir", data_of(BUNDLE), tmp_path)).decode()
    assert '"value": 1.10' in out
    new = json.loads(out)
    patient = new["entry"][0]["resource"]
    (photo,) = patient["photo"]
    assert photo == {"contentType": "image/png", "_data": MASKED}
    assert "42.12" not in out
    assert patient["name"] == BUNDLE["entry"][0]["resource"]["name"]
    assert new["entry"][1]["resource"]["code"] == BUNDLE["entry"][1]["resource"]["code"]
    assert new["entry"][1]["resource"]["effectiveDateTime"] == "2020-01-02T10:00:00.123+08:00"


def test_new_values_go_where_the_old_ones_stood(tmp_path: Path) -> None:
    new = {
        "Ysolde Ann Treharne": "Maud Ellen Kestle",
        "Ysolde T.": "Maud K.",
        "2020-01-02": "2020-01-09",
        UUID: "new-id",
    }
    out = json.loads(changed(record_of("fhir", data_of(BUNDLE), tmp_path), lambda part: new.get(part.text, part.text)))
    patient, observation = (entry["resource"] for entry in out["entry"])
    assert (patient["name"][0]["family"], patient["name"][0]["given"]) == ("Kestle", ["Maud", "Ellen"])
    assert patient["id"] == "new-id"
    assert out["entry"][0]["fullUrl"] == observation["subject"]["reference"] == "urn:uuid:new-id"
    assert observation["effectiveDateTime"] == "2020-01-09T10:00:00.123+08:00"
    assert "Maud K." in patient["text"]["div"].replace("<b>", "").replace("</b>", "")
    assert "Ysol" not in patient["text"]["div"]


def test_births_of_people_over_89_are_masked(tmp_path: Path) -> None:
    bundle = json.loads(json.dumps(BUNDLE))
    bundle["entry"][0]["resource"]["birthDate"] = "1928-05-01"
    assert b"1928" not in unchanged(record_of("fhir", data_of(bundle), tmp_path))


def test_attachments_are_searched_or_left_out(tmp_path: Path) -> None:
    note = base64.b64encode("Ysolde 咳嗽".encode()).decode()
    resource = {
        "resourceType": "DocumentReference",
        "subject": {"reference": "Patient/77"},
        "content": [
            {"attachment": {"contentType": "text/plain; charset=utf-8", "data": note}},
            {"attachment": {"contentType": "text/html", "data": base64.b64encode(b"<p>Y<i>sol</i>de</p>").decode()}},
            {"attachment": {"contentType": "application/pdf", "data": "WXNvbGRl"}},
        ],
    }
    record = record_of("fhir-ndjson", json.dumps(resource).encode(), tmp_path)
    assert record.patient == "77"
    assert "Ysolde 咳嗽" in labelled(record)
    assert "Ysolde" in labelled(record)
    out = json.loads(changed(record, lambda part: part.text.replace("Ysolde", "<name>")))
    contents = [one["attachment"] for one in out["content"]]
    assert base64.b64decode(contents[0]["data"]).decode() == "<name> 咳嗽"
    assert b"Y" not in base64.b64decode(contents[1]["data"])
    assert "data" not in contents[2]


def test_what_is_no_resource_is_held_back(tmp_path: Path) -> None:
    for line in (b'{"id": "1"}', b"[]", b'{"resourceType": "Patient"'):
        with pytest.raises(HeldBackError):
            record_of("fhir-ndjson", line, tmp_path)


@pytest.mark.data
def test_no_name_of_the_examples_survives_its_field() -> None:
    folder = Path(os.environ["MEDGO_DATA"]) / "clinical" / "synthea-r4"
    for file in sorted(folder.glob("*.json"))[:3]:
        assert detect_format(file) == "fhir"
        form = format_of("fhir")
        (unit,) = form.units(file)
        record = form.record(unit)
        out = changed(record, lambda part: "X" if part.label else part.text).decode()
        family = next(part.text for part in record.parts if part.label == "name").split()[-1]
        assert f'"family": "{family}"' not in out
        assert "latitude" not in out


def test_since_when_a_number_is_used(tmp_path: Path) -> None:
    patient = {
        "resourceType": "Patient",
        "telecom": [{"system": "phone", "value": "415 555 2671", "period": {"start": "2001-01-10"}}],
    }
    record = record_of("fhir", json.dumps(patient).encode(), tmp_path)
    assert labelled(record)["2001-01-10"] == "date"
