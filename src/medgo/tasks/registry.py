"""Every task that MedGo knows, in the order in which it is listed. Nothing registers itself."""

from __future__ import annotations

import difflib
from typing import Any

from medgo.errors import InputError
from medgo.tasks.coding.record_quality_control import RECORD_QUALITY_CONTROL
from medgo.tasks.coding.terminology_normalisation import TERMINOLOGY_NORMALISATION
from medgo.tasks.communication.knowledge_qa import KNOWLEDGE_QA
from medgo.tasks.communication.patient_education import PATIENT_EDUCATION
from medgo.tasks.definition import Task
from medgo.tasks.documents.admission_record import ADMISSION_RECORD
from medgo.tasks.documents.consultation_opinion import CONSULTATION_OPINION
from medgo.tasks.documents.daily_course_note import DAILY_COURSE_NOTE
from medgo.tasks.documents.discharge_summary import DISCHARGE_SUMMARY
from medgo.tasks.documents.first_course_note import FIRST_COURSE_NOTE
from medgo.tasks.documents.imaging_report import IMAGING_REPORT
from medgo.tasks.documents.laboratory_report import LABORATORY_REPORT
from medgo.tasks.documents.outpatient_record import OUTPATIENT_RECORD
from medgo.tasks.documents.pathology_report import PATHOLOGY_REPORT
from medgo.tasks.documents.record_summary import RECORD_SUMMARY
from medgo.tasks.reasoning.consultation import CONSULTATION
from medgo.tasks.reasoning.differential_diagnosis import DIFFERENTIAL_DIAGNOSIS
from medgo.tasks.reasoning.examination_recommendation import EXAMINATION_RECOMMENDATION
from medgo.tasks.reasoning.medication_review import MEDICATION_REVIEW
from medgo.tasks.reasoning.treatment_suggestion import TREATMENT_SUGGESTION
from medgo.tasks.reasoning.triage import TRIAGE
from medgo.tasks.research.literature_summary import LITERATURE_SUMMARY
from medgo.tasks.research.research_design import RESEARCH_DESIGN
from medgo.tasks.research.research_idea import RESEARCH_IDEA
from medgo.tasks.research.teaching_case import TEACHING_CASE

TASKS: tuple[Task[Any, Any], ...] = (
    KNOWLEDGE_QA,
    PATIENT_EDUCATION,
    OUTPATIENT_RECORD,
    ADMISSION_RECORD,
    FIRST_COURSE_NOTE,
    DAILY_COURSE_NOTE,
    DISCHARGE_SUMMARY,
    RECORD_SUMMARY,
    IMAGING_REPORT,
    LABORATORY_REPORT,
    PATHOLOGY_REPORT,
    CONSULTATION_OPINION,
    DIFFERENTIAL_DIAGNOSIS,
    EXAMINATION_RECOMMENDATION,
    TREATMENT_SUGGESTION,
    MEDICATION_REVIEW,
    TRIAGE,
    CONSULTATION,
    RECORD_QUALITY_CONTROL,
    TERMINOLOGY_NORMALISATION,
    LITERATURE_SUMMARY,
    RESEARCH_IDEA,
    RESEARCH_DESIGN,
    TEACHING_CASE,
)


def all_tasks() -> tuple[Task[Any, Any], ...]:
    """All tasks."""
    return TASKS


def find(name: str) -> Task[Any, Any]:
    """The task of that name.

    Raises:
        InputError: There is none; names the nearest.
    """
    for task in TASKS:
        if task.name == name:
            return task
    near = difflib.get_close_matches(name, [task.name for task in TASKS], n=1)
    hint = f"did you mean {near[0]}?" if near else "medgo task list shows all of them"
    raise InputError(f"there is no task {name!r}", hint=hint)
