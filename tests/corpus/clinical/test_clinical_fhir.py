"""FHIR bundles, resources and bulk data as records."""

from __future__ import annotations

import base64
import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgo.corpus.clinical.fhir import FhirReader
from medgo.corpus.clinical.json_stream import members
from medgo.corpus.ledger import Ledger
from medgo.corpus.protocol import Source
from medgo.errors import InputError
from medgo.schema import ClinicalRecord
from tests.corpus.clinical.reading import Records, read_records, written

PATIENT = {
    "resourceType": "Patient", "id": "p1", "birthDate": "1950-03-04", "gender": "female",
    "name": [{"family": "Vance", "given": ["Ottoline"]}], "telecom": [{"system": "phone", "value": "555-010-2233"}],
    "identifier": [
        {"type": {"coding": [{"code": "MR"}]}, "value": "MR445566"},
        {"system": "http://hl7.org/fhir/sid/us-ssn", "value": "123-45-6789"},
    ],
    "address": [{"line": ["7 Quarry Lane"], "city": "Elmswick", "postalCode": "99123"}],
}  # fmt: skip
VISIT = {
    "resourceType": "Encounter", "id": "visit-4711", "class": {"code": "IMP"}, "subject": {"reference": "Patient/p1"},
    "type": [{"text": "Admission to ward"}], "period": {"start": "2026-03-01T08:00:00Z", "end": "2026-03-05T10:00:00Z"},
    "reasonCode": [{"text": "Chest pain"}],
    "participant": [{"individual": {"reference": "Practitioner/d1", "display": "Dr. Holt"}}],
}  # fmt: skip
DOCTOR = {"resourceType": "Practitioner", "id": "d1", "name": [{"family": "Holt", "given": ["Ira"]}]}
BOTH = {"subject": {"reference": "Patient/p1"}, "encounter": {"reference": "Encounter/visit-4711"}}
GLUCOSE = {
    "resourceType": "Observation", "id": "o1", **BOTH, "code": {"text": "Glucose"},
    "valueQuantity": {"value": 1.10, "unit": "mmol/L"}, "interpretation": [{"coding": [{"code": "L"}]}],
    "referenceRange": [{"low": {"value": 3.9, "unit": "mmol/L"}, "high": {"value": 6.1, "unit": "mmol/L"}}],
}  # fmt: skip


def bundle(*resources: dict[str, Any]) -> str:
    entries = [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in resources]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})


def read(tmp_path: Path, *resources: dict[str, Any]) -> Records:
    return read_records(FhirReader(), written(tmp_path / "bundle.json", bundle(*resources)))


def test_a_visit_is_a_record(tmp_path: Path) -> None:
    text = bundle(
        GLUCOSE, PATIENT, VISIT, DOCTOR,
        {"resourceType": "Condition", "id": "c1", **BOTH, "code": {"text": "Angina"},
         "clinicalStatus": {"coding": [{"code": "active"}]}, "onsetDateTime": "2026-02-28"},
        {"resourceType": "MedicationRequest", "id": "m1", **BOTH, "status": "active",
         "medicationReference": {"reference": "Medication/d9"},
         "dosageInstruction": [{"timing": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}},
                                "doseAndRate": [{"doseQuantity": {"value": 25, "unit": "mg"}}]}]},
        {"resourceType": "Medication", "id": "d9", "code": {"text": "Metoprolol"}},
        {"resourceType": "AllergyIntolerance", "id": "a1", "patient": {"reference": "Patient/p1"},
         "code": {"text": "Penicillin"}, "reaction": [{"manifestation": [{"text": "Rash"}], "severity": "mild"}]},
        {"resourceType": "Claim", "id": "x1", "patient": {"reference": "Patient/p1"}},
    ).replace("1.1,", "1.10,")  # fmt: skip
    reading = read_records(FhirReader(), written(tmp_path / "bundle.json", text))
    stay, rest = reading.records
    assert stay.document == "admission_record" and stay.patient == "p1" and not stay.synthetic
    assert stay.sections == {
        "investigations": "Glucose 1.10 mmol/L (3.9–6.1 mmol/L) L",
        "encounters": "Admission to ward (2026-03-01 – 2026-03-05)",
        "chief_complaint": "Chest pain",
        "diagnoses": "Angina (active; 2026-02-28)",
        "medications": "Metoprolol 25 mg 2×/day (active)",
    }
    assert rest.document == "record_summary" and rest.sections == {"allergies": "Penicillin (Rash; mild)"}
    assert stay.meta["patient"] == {
        "name": "Ottoline Vance", "phone": "555-010-2233", "address": "7 Quarry Lane", "city": "Elmswick",
        "zip_code": "99123", "mrn": "MR445566", "ssn": "123-45-6789", "patient_id": "p1", "birth_date": "1950-03-04",
        "sex": "female",
    }  # fmt: skip
    assert stay.meta["encounter"]["clinician"] == ["Dr. Holt", "Ira Holt"]
    assert reading.ledger.omitted == {"administrative resource": 1}


def test_chinese_displays_are_told_in_chinese(tmp_path: Path) -> None:
    found = read(
        tmp_path, PATIENT, VISIT,
        {"resourceType": "Condition", "id": "c1", **BOTH, "clinicalStatus": {"coding": [{"code": "active"}]},
         "code": {"coding": [{"display": "Hypertension"}, {"display": "高血压"}]}},
        {"resourceType": "MedicationRequest", "id": "m1", **BOTH, "status": "stopped",
         "medicationCodeableConcept": {"text": "氨氯地平片"},
         "dosageInstruction": [{"asNeededBoolean": True,
                                "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}}]},
    ).one  # fmt: skip
    assert found.sections["diagnoses"] == "高血压 (活动)"
    assert found.sections["medications"] == "氨氯地平片 每日1次 必要时 (已停用)"


def test_reports_hold_their_results(tmp_path: Path) -> None:
    report = {
        "resourceType": "DiagnosticReport", "id": "r1", **BOTH, "code": {"text": "Basic panel"},
        "conclusion": "Low sugar.",
        "result": [{"reference": "Observation/o1"}, {"reference": "Observation/o7", "display": "Sodium"},
                   {"reference": "Observation/o8"}],
    }  # fmt: skip
    reading = read(tmp_path, PATIENT, VISIT, report, GLUCOSE)
    assert reading.one.sections["investigations"] == (
        "Basic panel:\n- Glucose 1.1 mmol/L (3.9–6.1 mmol/L) L\n- Sodium\nLow sugar."
    )
    assert reading.ledger.noted == {"unresolved reference to a result": 1}


def note(kind: str, data: bytes, **more: Any) -> dict[str, Any]:
    attachment = {"contentType": kind, "data": base64.b64encode(data).decode()}
    return {
        "resourceType": "DocumentReference", "id": "n1", "subject": {"reference": "Patient/p1"}, "date": "2026-03-05",
        "type": {"coding": [{"system": "http://loinc.org", "code": "18842-5"}]},
        "content": [{"attachment": attachment}],
        "author": [{"display": "Dr. Merriweather"}], **more,
    }  # fmt: skip


def test_documents_are_records_with_their_texts(tmp_path: Path) -> None:
    plain, page, pdf = (
        read(tmp_path, PATIENT, note(kind, data))
        for kind, data in (("text/plain", b"Went home.\r\nWell."), ("text/html", b"<p>Went <i>home</i></p>"),
                           ("application/pdf", b"%PDF"))
    )  # fmt: skip
    assert plain.one.document == "discharge_summary" and plain.one.sections == {"text": "Went home.\nWell."}
    assert plain.one.meta["encounter"] == {"clinician": "Dr. Merriweather", "note_date": "2026-03-05"}
    assert page.one.sections == {"text": "Went home"}
    assert not pdf.records and pdf.ledger.omitted == {"attachment is no text": 1, "no clinical text": 1}


def test_attachments_that_lie_in_binaries_or_elsewhere(tmp_path: Path) -> None:
    binary = {
        "resourceType": "Binary",
        "id": "b1",
        "contentType": "text/plain",
        "data": base64.b64encode(b"Seen.").decode(),
    }
    linked = note("text/plain", b"")
    linked["content"] = [{"attachment": {"contentType": "text/plain", "url": "Binary/b1"}}]
    assert read(tmp_path, PATIENT, linked, binary).one.sections == {"text": "Seen."}
    assert read(tmp_path, PATIENT, linked).ledger.omitted["attachment elsewhere"] == 1
    assert read(tmp_path, PATIENT, binary).ledger.omitted["attachment of no document"] == 1
    broken = note("text/plain", b"")
    broken["content"] = [{"attachment": {"contentType": "text/plain", "data": "???"}}]
    assert read(tmp_path, PATIENT, broken).ledger.omitted["unreadable attachment"] == 1


def test_compositions_are_told_by_their_narratives(tmp_path: Path) -> None:
    composition = {
        "resourceType": "Composition", "id": "k1", **BOTH, "type": {"text": "入院记录"}, "language": "zh-CN",
        "section": [
            {"title": "现病史", "text": {"div": "<div xmlns='http://www.w3.org/1999/xhtml'><p>胸痛<b>2小时</b></p></div>"}},
            {"title": "化验", "code": {"coding": [{"system": "http://loinc.org", "code": "30954-2"}]},
             "entry": [{"reference": "Observation/o1"}]},
            {"title": "影像", "text": {"div": "<div>未见异常</div>"}, "entry": [{"reference": "Observation/o2"}]},
        ],
    }  # fmt: skip
    other = {**GLUCOSE, "id": "o2", "code": {"text": "Twice told"}}
    reading = read(tmp_path, composition, PATIENT, {**VISIT, "type": [], "reasonCode": []}, GLUCOSE, other)
    assert reading.one.document == "admission_record" and reading.one.lang == "zh"
    assert reading.one.sections == {
        "present_illness": "胸痛2小时",
        "investigations": "Glucose 1.1 mmol/L (3.9–6.1 mmol/L) L",
        "影像": "未见异常",
    }
    assert reading.ledger.noted["entry told by its section's narrative"] == 1


def test_what_was_entered_in_error_and_what_says_nothing(tmp_path: Path) -> None:
    wrong = {**GLUCOSE, "status": "entered-in-error"}
    empty = {"resourceType": "Observation", "id": "o3", **BOTH, "code": {"text": "Panel"}}
    odd = {"resourceType": "Observation", "id": "o4", "subject": "Patient/p1", "code": {"text": "X"}, "component": [3]}
    reading = read(
        tmp_path, PATIENT, wrong, empty, odd, {"resourceType": "Patient", "id": "p2", "name": [{"given": 3}]}
    )
    assert not reading.records
    assert reading.ledger.omitted == {"entered in error": 1, "resource without text": 2, "malformed resource": 1}


def test_bulk_data_is_joined_with_the_patients_beside_it(tmp_path: Path) -> None:
    written(tmp_path / "Patient.000.ndjson", json.dumps(PATIENT) + "\n")
    rows = [{**GLUCOSE, "id": f"o{n}", "encounter": {"reference": f"Encounter/e{n // 3}"}} for n in range(9)]
    lines = "".join(json.dumps(row) + "\n" for row in rows) + "{broken\n[]\n"
    reading = read_records(FhirReader(), written(tmp_path / "Observation.ndjson", lines))
    assert [record.sections["investigations"].count("Glucose") for record in reading.records] == [3, 3, 3]
    assert all(record.meta["patient"]["name"] == "Ottoline Vance" for record in reading.records)
    assert reading.ledger.omitted == {"malformed": 1, "no resource": 1}
    assert reading.ledger.noted == {"unresolved reference to an encounter": 3}


def test_a_bundle_that_ends_early_gives_what_came_before(tmp_path: Path) -> None:
    path = written(tmp_path / "bundle.json", bundle(PATIENT, VISIT, GLUCOSE)[:-40])
    items = FhirReader().read(Source(path), Ledger())
    first = next(items)
    assert isinstance(first, ClinicalRecord) and first.document == "admission_record"
    with pytest.raises(InputError, match="ends early"):
        next(items)


def test_half_a_character_costs_its_resource_only(tmp_path: Path) -> None:
    half = {**GLUCOSE, "id": "o9", "code": {"text": "\ud800"}}
    whole = {**GLUCOSE, "code": {"text": "Glucose \U0001f642"}}
    reading = read(tmp_path, PATIENT, VISIT, half, whole)
    assert "Glucose \U0001f642" in reading.one.sections["investigations"]
    assert reading.ledger.omitted == {"undecodable": 1}
    lines = written(tmp_path / "Observation.ndjson", f"{json.dumps(half)}\n{json.dumps(whole)}\n")
    assert read_records(FhirReader(), lines).ledger.omitted == {"undecodable": 1}
    with pytest.raises(InputError, match="half a character"):
        read_records(FhirReader(), written(tmp_path / "one.json", json.dumps(half)))


def test_a_large_bundle_is_never_in_memory(tmp_path: Path) -> None:
    claims = [{"resourceType": "Claim", "id": f"x{n}", "note": "n" * 5000} for n in range(3000)]
    path = written(tmp_path / "bundle.json", bundle(PATIENT, VISIT, GLUCOSE, *claims))
    del claims
    tracemalloc.start()
    reading = read_records(FhirReader(), path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(reading.records) == 1 and path.stat().st_size > 15_000_000
    assert peak < 6_000_000


def test_other_json_is_not_recognised() -> None:
    reader = FhirReader()
    assert reader.recognises("a.json", b'{"resourceType": "Bundle", "entry": [')
    assert reader.recognises("a.json", b'\xef\xbb\xbf {"id": "1", "meta": {}, "resourceType": "Patient"')
    assert reader.recognises("a.ndjson", json.dumps(PATIENT).encode() + b"\n{")
    assert not reader.recognises("a.json", b'{"hook": "x", "context": {"resourceType": "Patient"}}')
    assert not reader.recognises("a.json", b'{"messages": []}')


@settings(max_examples=60)
@given(st.dictionaries(st.text(), st.recursive(st.none() | st.booleans() | st.integers() | st.text(),
                       lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)))  # fmt: skip
def test_members_are_those_of_the_object(value: dict[str, Any]) -> None:
    value["entry"] = [dict(value), 1, "x"]
    text = json.dumps(value, indent=1)
    found = list(members(io.BufferedReader(io.BytesIO(text.encode())), "x", "entry"))  # type: ignore[arg-type]
    assert [one for key, one in found if key == "entry"] == json.loads(text)["entry"]
    assert {key: one for key, one in found if key != "entry"} == {
        k: v for k, v in json.loads(text).items() if k != "entry"
    }


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"a"', '{"a": 1', '{"a": 1 "b": 2}', '{"a": [1, 2', "{1: 2}", "{" * 100_000]
)
def test_broken_json_is_an_error(text: str) -> None:
    with pytest.raises(InputError):
        list(members(io.BufferedReader(io.BytesIO(text.encode())), "x", "entry"))  # type: ignore[arg-type]
