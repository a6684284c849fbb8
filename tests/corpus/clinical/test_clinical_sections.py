"""Names of sections are those of the tasks' documents, and nothing of a header survives de-identification."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from medgo.cli._app import build_app
from medgo.corpus.clinical.sections import document_of, keys_and_codes, section_of_code, section_of_title
from medgo.tasks.registry import all_tasks
from tests.corpus.clinical.test_clinical_ccda import HEAD, TAIL, section
from tests.corpus.clinical.test_clinical_fhir import PATIENT, VISIT, bundle, note
from tests.corpus.clinical.test_clinical_hl7 import HEADER
from tests.corpus.clinical.test_clinical_tables import EXPORT


def _fields() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for task in all_tasks():
        for key, field in getattr(task.output, "model_fields", {}).items():
            yield task.name, key, dict(field.json_schema_extra or {}) | {"en": field.title}


def test_keys_are_fields_of_the_tasks_documents() -> None:
    fields = {key for _, key, _ in _fields()}
    for key in ("chief_complaint", "present_illness", "past_history", "allergies", "examination", "investigations",
                "diagnoses", "plan", "course", "advice", "discharge_diagnoses", "findings", "impression",
                "microscopy"):  # fmt: skip
        assert key in fields and key in {one for one, _ in keys_and_codes()} | {section_of_title(key)}


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("主诉：", "chief_complaint"), ("【现病史】", "present_illness"), ("既 往 史", "past_history"),
        ("HPI", "present_illness"),
        ("Hospital Course", "course"), ("ＨＰＩ", "present_illness"), ("出院医嘱", "advice"),
        ("镜下所见", "microscopy"),
        ("天气", ""), ("", ""),
    ],
)  # fmt: skip
def test_titles(title: str, key: str) -> None:
    assert section_of_title(title) == key


def test_codes_and_documents() -> None:
    assert section_of_code("10164-2") == "present_illness" and section_of_code("1-1") == ""
    assert document_of("18842-5") == "discharge_summary" and document_of("", "入院记录") == "admission_record"
    codes = [code for _, code in keys_and_codes()]
    assert len(codes) == len(set(codes))
    assert {document_of("", task.name) for task in all_tasks()} >= {"admission_record", "discharge_summary"}


NARRATIVE = (
    "Ms. Ottoline Vance (MRN MR445566, SSN 123-45-6789) of 7 Quarry Lane, Elmswick called from +1(555)010-2233; "
    "Vance was seen by Dr. Ira Holt. BP 150/90 mmHg."
)
NARRATIVE_ZH = (
    "濮阳青，住院号ZY0099887，身份证110101197001011237，电话13900001234，住解放路88号。濮阳青血压150/90mmHg。"
)
SOURCES = {
    "ccda.xml": HEAD.format(lang="en") + section(f"<text>{NARRATIVE}</text>") + TAIL,
    "fhir.json": bundle(PATIENT, VISIT, note("text/plain", NARRATIVE.encode())),
    "hl7.hl7": HEADER.format(charset="UNICODE UTF-8")
    + "PID|1||ZY0099887^^^H^MR~110101197001011237^^^P^NI||濮阳^青||19700101|F|||解放路88号||13900001234\r"
    + f"OBX|1|TX|8648-8^经过^LN||{NARRATIVE_ZH}\r",
    "lis.csv": "姓名,病案号,检验单号,项目名称,结果,单位\n欧阳松,BA0099888,JYD-26-000887,血钾,6.80,mmol/L\n",
    "export.csv": EXPORT.replace("受凉后咳嗽。", "欧阳松受凉后咳嗽，病案号BA0099888。欧阳松无发热。"),
}


def _header(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _header(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _header(inner, key)
    elif key not in ("sex", "class", "性别") and len(value) > 1:
        yield value


@pytest.mark.parametrize("name", SOURCES)
def test_no_value_of_a_header_survives_de_identification(tmp_path: Path, name: str) -> None:
    runner, app = CliRunner(), build_app()
    (tmp_path / name).write_text(SOURCES[name], encoding="utf-8")
    read = runner.invoke(app, ["corpus", "read", str(tmp_path / name), str(tmp_path / "records.jsonl")])
    assert read.exit_code == 0, read.output
    run = ["deid", "run", str(tmp_path / "records.jsonl"), str(tmp_path / "out.jsonl"), "--mode", "tag"]
    done = runner.invoke(app, run)
    assert done.exit_code == 0, done.output
    before = (tmp_path / "records.jsonl").read_text("utf-8").splitlines()
    after = (tmp_path / "out.jsonl").read_text("utf-8").splitlines()
    assert len(before) == len(after) > 0
    for old, new in zip(map(json.loads, before), after, strict=True):
        told = [value for value in _header(old["meta"]) if value in new]
        assert not told, new
        assert old["patient_id"] not in new
    assert name.endswith(".csv") or any("150/90" in new for new in after)
