"""Each check finds what it is for, and leaves good outputs alone: one task's example, disturbed in one place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from medgo.schema import Lang
from medgo.tasks import checks
from medgo.tasks.checks.timing import moment
from medgo.tasks.definition import Finding, Task, TaskModel
from medgo.tasks.documents.laboratory_report import LabResult, direction, is_critical
from medgo.tasks.registry import find


def _set(model: TaskModel, path: str, change: Callable[[Any], Any] | Any) -> Any:
    """A copy of a model with one dotted place changed; numbers are places in a list."""
    values = model.model_dump()
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place: Any = values
    for step in steps:
        place[step] = list(place[step]) if isinstance(place[step], tuple) else place[step]
        place = place[step]
    place[last] = change(place[last]) if callable(change) else change
    return type(model).model_validate(values)


def _replace(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return change


def _check(task: Task[Any, Any], lang: Lang, output: TaskModel, value: TaskModel | None = None) -> list[Finding]:
    return task.check(value or task.examples[lang].input, output, lang)


# task, language, place in the output, change, the check that finds it
DEFECTS: list[tuple[str, Lang, str, Any, str]] = [
    ("admission_record", "zh", "chief_complaint", "", "filled"),
    ("admission_record", "en", "chief_complaint", "", "filled"),
    ("admission_record", "zh", "examination.vital_signs", "", "filled"),
    ("admission_record", "zh", "diagnoses", (), "filled"),
    ("admission_record", "zh", "chief_complaint", "反复咳嗽咳痰加重伴气促。", "chief_complaint"),
    (
        "admission_record",
        "zh",
        "chief_complaint",
        "反复咳嗽咳痰每年冬季发作已有10年并且加重伴有明显气促5天。",
        "chief_complaint",
    ),
    ("admission_record", "en", "chief_complaint", "Shortness of breath.", "chief_complaint"),
    (
        "admission_record",
        "en",
        "chief_complaint",
        "Short of breath for 4 days " + "and very tired " * 9,
        "chief_complaint",
    ),
    ("admission_record", "zh", "examination.vital_signs", _replace("102次/分", "120次/分"), "numbers_from_input"),
    ("admission_record", "zh", "medications", _replace("5 mg", "5 g"), "numbers_from_input"),
    ("admission_record", "en", "medications", _replace("40 mg", "400 mg"), "numbers_from_input"),
    ("admission_record", "en", "investigations", _replace("118 umol/L", "118 mmol/L"), "numbers_from_input"),
    ("admission_record", "zh", "examination.chest", _replace("右下肺", "左下肺"), "sides_from_input"),
    ("admission_record", "en", "examination.chest", _replace("right base", "left base"), "sides_from_input"),
    ("admission_record", "zh", "present_illness", _replace("患者", "患者女，"), "patient_fits"),
    ("admission_record", "zh", "past_history", "绝经10年。", "patient_fits"),
    ("admission_record", "en", "present_illness", "A 71-year-old man with dyspnea.", "patient_fits"),
    ("admission_record", "en", "present_illness", "A 70-year-old woman with dyspnea.", "patient_fits"),
    ("admission_record", "en", "past_history", "Prostatic hyperplasia.", "patient_fits"),
    ("admission_record", "zh", "diagnoses.0.code", "慢阻肺", "coded"),
    ("discharge_summary", "zh", "discharge_diagnoses.0.code", "", "coded"),
    ("discharge_summary", "zh", "medications.0.dose", "", "medication_lines"),
    ("discharge_summary", "zh", "medications.0.frequency", "遵医嘱", "medication_lines"),
    ("discharge_summary", "en", "medications.1.route", "not provided", "medication_lines"),
    ("discharge_summary", "zh", "medications.1.drug", "氯吡格雷片", "drugs_from_input"),
    ("discharge_summary", "en", "medications.2.drug", "Baloxavir", "drugs_from_input"),
    ("discharge_summary", "zh", "hospital_days", 10, "days_counted"),
    ("discharge_summary", "en", "review", "Electronically signed by Dr. Hale after review.", "not_final"),
    ("discharge_summary", "zh", "review", "本记录为正式报告，医师已审核。", "not_final"),
    ("discharge_summary", "zh", "review", "医师审核。主治医师签名：李明", "not_final"),
    ("discharge_summary", "zh", "review", "谢谢。", "review_asked"),
    ("discharge_summary", "en", "review", "Thank you.", "review_asked"),
    ("record_summary", "zh", "timeline.0.date", "2026-02-10", "events_in_order"),
    ("laboratory_report", "zh", "abnormal", lambda items: items[1:], "abnormal_listed"),
    ("laboratory_report", "zh", "abnormal.0.direction", "降低", "abnormal_listed"),
    ("laboratory_report", "en", "abnormal.0.test", "White cells", "abnormal_listed"),
    ("laboratory_report", "en", "abnormal.0.test", "Albumin", "abnormal_listed"),
    ("laboratory_report", "zh", "critical", "无", "critical_said"),
]


@pytest.mark.parametrize(("name", "lang", "place", "change", "check"), DEFECTS)
def test_a_defect_is_found(name: str, lang: Lang, place: str, change: Any, check: str) -> None:
    task = find(name)
    found = _check(task, lang, _set(task.examples[lang].output, place, change))
    assert check in {finding.check for finding in found}
    assert all(finding.text for finding in found)


# What must not be called a defect.
GOOD: list[tuple[str, Lang, str, Any]] = [
    ("admission_record", "zh", "family_history", "母亲患子宫肌瘤，父亲因肺气肿去世。"),
    ("admission_record", "en", "family_history", "Father had prostate cancer."),
    ("admission_record", "zh", "chief_complaint", "发热5天。"),
    ("admission_record", "en", "chief_complaint", "Dyspnea since this morning."),
    ("admission_record", "zh", "examination.vital_signs", "T 38.1 ℃，P 102次/分，BP 138/82mmHg。"),
    ("admission_record", "en", "review", "Draft; a physician must review and sign it."),
    ("discharge_summary", "zh", "medications.0.drug", "阿司匹林"),
    ("discharge_summary", "zh", "course", "2026年2月3日行冠状动脉造影，左前降支闭塞。"),
    ("record_summary", "en", "overview", "Ulcerative colitis since 2019, thrombosis in January 2025."),
    ("laboratory_report", "en", "abnormal.0.direction", "↓"),
]


@pytest.mark.parametrize(("name", "lang", "place", "change"), GOOD)
def test_what_is_right_is_left_alone(name: str, lang: Lang, place: str, change: Any) -> None:
    task = find(name)
    assert _check(task, lang, _set(task.examples[lang].output, place, change)) == []


@pytest.mark.parametrize(
    "text", ["咳嗽半年余。", "停经3个月。", "头痛2+天。", "体检发现肺结节1周。", "发热十余天。", "左侧肢体无力3h。"]
)
def test_chinese_durations(text: str) -> None:
    example = find("admission_record").examples["zh"]
    output = _set(example.output, "chief_complaint", text)
    assert checks.chief_complaint("chief_complaint")(example.input, output, "zh") == []


def test_the_other_language_is_noticed() -> None:
    task = find("imaging_report")
    for lang, other in (("zh", "en"), ("en", "zh")):
        found = task.check(task.examples[other].input, task.examples[other].output, lang)  # type: ignore[index,arg-type]
        assert "asked_language" in {finding.check for finding in found}


def test_a_copied_note_is_noticed() -> None:
    task = find("daily_course_note")
    for lang in ("zh", "en"):
        example = task.examples[lang]  # type: ignore[index]
        copied = _set(example.output, "subjective", example.input.previous_note)
        assert [f.check for f in checks.not_copied("subjective", "previous_note")(example.input, copied, lang)] == [
            "not_copied"
        ]
        first_day = _set(example.input, "previous_note", "")
        assert checks.not_copied("subjective", "previous_note")(first_day, copied, lang) == []


@pytest.mark.parametrize(
    ("name", "field", "late", "limit"),
    [
        ("first_course_note", "written_at", "2026-04-19 04:31", "8"),
        ("admission_record", "written_at", "2026-03-10 09:21", "24"),
        ("discharge_summary", "written_at", "2026-02-13 10:01", "24"),
        ("consultation_opinion", "written_at", "2026-07-07 09:31", "24"),
        ("daily_course_note", "written_at", "2026-03-12 09:01", "48"),
    ],
)
def test_late_documents(name: str, field: str, late: str, limit: str) -> None:
    task = find(name)
    example = task.examples["zh"]
    found = _check(task, "zh", example.output, _set(example.input, field, late))
    assert [(finding.check, finding.severity) for finding in found] == [("timely", "warning")]
    assert f"限{limit}小时内" in found[0].text


def test_limits_are_the_hospitals() -> None:
    example = find("first_course_note").examples["en"]
    strict = checks.timely(
        "first_course_note", "admitted_at", "written_at", limits={"first_course_note": timedelta(hours=2)}
    )
    assert [finding.check for finding in strict(example.input, example.output, "en")] == ["timely"]


def test_what_condition_and_urgency_allow() -> None:
    task = find("daily_course_note")
    example = task.examples["zh"]
    critical = _set(example.input, "condition", "critical")
    assert "timely" in {finding.check for finding in _check(task, "zh", example.output, critical)}
    urgent = _set(find("consultation_opinion").examples["zh"].input, "kind", "urgent")
    found = _check(find("consultation_opinion"), "zh", find("consultation_opinion").examples["zh"].output, urgent)
    assert [finding.check for finding in found] == ["timely"]


def test_dates_out_of_order() -> None:
    task = find("discharge_summary")
    example = task.examples["zh"]
    earlier = _set(example.input, "admitted_at", "2026-02-13")
    assert "dates_in_order" in {finding.check for finding in _check(task, "zh", example.output, earlier)}
    same_day = _set(_set(example.input, "admitted_at", "2026年2月12日8时"), "discharged_at", "2026-02-12")
    order = checks.dates_in_order("admitted_at", "discharged_at", "written_at")
    assert order(same_day, example.output, "zh") == []


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-03-02 10:20", "2026-03-02T10:20:00"),
        ("2026年3月2日10时20分", "2026-03-02T10:20:00"),
        ("2026-03-02T10:20:59", "2026-03-02T10:20:00"),
        ("2026/3/2", "2026-03-02T00:00:00"),
        ("2026-13-02", None),
        ("昨天", None),
    ],
)
def test_moments(text: str, iso: str | None) -> None:
    at = moment(text)
    assert (at.isoformat() if at else None) == iso


def test_sections_in_order() -> None:
    task = find("imaging_report")
    text = task.render(task.examples["zh"].output, "zh")
    assert checks.sections_in_order(task.output, text, "zh") == []
    lines = text.split("\n")
    swapped = "\n".join([*lines[1:], lines[0]])
    assert [finding.field for finding in checks.sections_in_order(task.output, swapped, "zh")] == ["examination"]
    assert task.read(swapped, "zh") == task.examples["zh"].output  # out of order, but nothing is lost


@pytest.mark.parametrize(
    ("value", "reference", "state"),
    [
        ("6.6", "3.5-5.3", "high"),
        ("3.4", "3.5–5.3", "low"),
        ("3.5", "3.5～5.3", "normal"),
        ("1,200", "0-40", "high"),
        ("2", "<5", "normal"),
        ("5", "<5", "high"),
        ("5", "≤5", "normal"),
        ("90", ">60", "normal"),
        ("60", "≥60", "normal"),
        ("59", "≥60", "low"),
        ("阴性", "阴性", ""),
        ("6.6", "", ""),
    ],
)
def test_direction_of_a_result(value: str, reference: str, state: str) -> None:
    assert direction(LabResult(test="x", value=value, reference=reference)) == state


def test_critical_values() -> None:
    assert is_critical(LabResult(test="血钾", value="6.6", unit="mmol/L"))
    assert is_critical(LabResult(test="Platelets", value="12", unit="×10^9/L"))
    assert not is_critical(LabResult(test="Potassium", value="5.9", unit="mmol/L"))
    assert not is_critical(LabResult(test="Potassium", value="66", unit="mg/dL"))  # another unit says nothing here


def test_texts_and_their_places() -> None:
    output = find("discharge_summary").examples["en"].output
    places = dict(checks.texts_of(output, "course"))
    assert places["medications.2.drug"] == "Insulin aspart"
    assert "course" not in places and "hospital_days" not in places
