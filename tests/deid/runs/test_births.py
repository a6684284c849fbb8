"""Births of people over 89, in fields and in narratives, and a proof that judges by the original."""

from __future__ import annotations

import json
import stat
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from medgo.deid.formats import Part
from medgo.deid.keys import create_key
from medgo.deid.protocol import Finding
from medgo.deid.proving.certifying import certify_run
from medgo.deid.runs import RunConfig, run_deid, run_folder
from medgo.deid.runs.births import old_births_told


def ran(name: str, data: bytes, folder: Path) -> RunConfig:
    source = folder / name
    source.write_bytes(data)
    create_key(folder / "key")
    config = RunConfig(source, folder / f"clean-{name}", key_file=folder / "key")
    run_deid(config)
    return config


def bundle(birth: str, seen: str) -> dict[str, Any]:
    patient = {"resourceType": "Patient", "id": "p1", "birthDate": birth, "gender": "female"}
    visit = {"resourceType": "Encounter", "id": "e1", "status": "finished", "period": {"start": seen}}
    picture = {
        "resourceType": "DocumentReference",
        "id": "d1",
        "content": [{"attachment": {"contentType": "application/pdf", "data": "WXNvbGRl"}}],
    }
    inside = {"resourceType": "Patient", "id": "p2", "birthDate": "1990-02-03"}
    resources = (patient, visit, picture, inside)
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}


def test_a_table_masks_the_birth_of_who_is_93(tmp_path: Path) -> None:
    rows = "姓名,年龄,出生日期,入院日期\n郗若彤,93,1930-05-20,2011-03-05\n郦知许,61,1962-05-20,2023-06-05\n"
    out = ran("t.csv", rows.encode(), tmp_path).output.read_text("utf-8").splitlines()
    assert out[1].split(",")[1:3] == ["90+", "90余年前"]
    assert out[2].split(",")[2][:3] == "196"


def test_the_dates_of_a_record_tell_of_its_narrative(tmp_path: Path) -> None:
    texts = [
        "Pt born 11/02/1934, here for review in 2019.",
        "Retired baker, b. 1934. Stable.",
        "1931年生人，退休工人。",
    ]
    rows = [{"id": str(at), "date": "2025-06-01", "text": text} for at, text in enumerate(texts)]
    source = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    out = [json.loads(line)["text"] for line in ran("n.jsonl", source, tmp_path).output.read_text("utf-8").splitlines()]
    assert out[0].startswith("Pt born 90+ years ago, here")
    assert out[1] == "Retired baker, b. 90+ years ago. Stable."
    assert out[2] in ("90余年前的某年生人，退休工人。", "90余年前生人，退休工人。")


@pytest.mark.parametrize(
    ("text", "found", "expected"),
    [
        ("b. 1934", [], ["age_over_89"]),
        ("Admitted in 1934.", [], []),
        ("born in 1966", [], []),
        ("DOB 11/02/34", [(4, 12)], ["age_over_89"]),
        ("DOB 11/02/74", [(4, 12)], ["date"]),
        ("seen 11/02/1934", [(5, 15)], ["date"]),
        ("1932年出生", [], ["age_over_89"]),
        ("生于1950年", [], []),
        ("1932年生产", [], []),
    ],
)
def test_births_in_a_narrative(text: str, found: list[tuple[int, int]], expected: list[str]) -> None:
    def put(_: object) -> None: ...

    parts = [Part("2025-06-01", put, "date", "date"), Part(text, put)]
    findings = [Finding(*one, "date", 0.9, "test") for one in found]
    _, told = old_births_told(parts, [[], findings])
    assert [one.label for one in told] == expected


@pytest.mark.parametrize(("birth", "masked"), [("1928-05-01", True), ("1935-01-02", False), ("1950-01-01", False)])
def test_the_proof_judges_a_birth_by_the_original(birth: str, masked: bool, tmp_path: Path) -> None:
    config = ran("b.json", json.dumps(bundle(birth, "2024-12-30")).encode(), tmp_path)
    patient = json.loads(config.output.read_text())["entry"][0]["resource"]
    assert ("birthDate" in patient, "_birthDate" in patient) == (not masked, masked)
    assert list(patient)[2] == ("_birthDate" if masked else "birthDate")
    assert certify_run(config, issuer="clinic", today=date(2026, 1, 1)).certificates[0].records == 1


def test_a_patient_alone_is_masked_rather_than_not(tmp_path: Path) -> None:
    line = json.dumps({"resourceType": "Patient", "id": "p", "birthDate": "1931-02-03"}) + "\n"
    config = ran("p.ndjson", line.encode(), tmp_path)
    assert "birthDate" not in json.loads(config.output.read_text())


def test_documents_that_are_left_out_are_counted(tmp_path: Path) -> None:
    config = ran("b.json", json.dumps(bundle("1950-01-01", "2024-12-30")).encode(), tmp_path)
    assert json.loads((run_folder(config.output) / "audit.json").read_bytes())["masked"] == 1


def test_what_stays_in_the_house_is_its_owners_alone(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a.txt", "b.pdf"):
        (tmp_path / "in" / name).write_bytes("患者郗若彤，女，45岁。\n".encode())
    create_key(tmp_path / "key")
    config = RunConfig(tmp_path / "in", tmp_path / "out", key_file=tmp_path / "key")
    run_deid(config)
    certify_run(config, issuer="clinic", today=date(2026, 1, 1))
    for name in ("pieces", "held_back", "suspects", "names"):
        assert stat.S_IMODE((run_folder(config.output) / f"{name}.jsonl").stat().st_mode) == 0o600, name
