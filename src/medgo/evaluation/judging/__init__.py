"""Judged tasks: rubrics, diagnoses and answers against a solution, graded by checks first and judges for the rest."""

from medgo.evaluation.judging.cache import VerdictCache
from medgo.evaluation.judging.grader import Grade, GradedPart, Grader, TaskName
from medgo.evaluation.judging.judges import (
    Judge,
    JudgeFailingError,
    JudgeSettings,
    UnusableJudgeError,
    family,
    judges_itself,
)
from medgo.evaluation.judging.labelled import LabelledVerdict, read_labelled
from medgo.evaluation.judging.meta import FLOOR, Headline, MetaEvaluation, headline, meta_evaluate
from medgo.evaluation.judging.summary import JudgedSummary, summarise

__all__ = [
    "FLOOR",
    "Grade",
    "GradedPart",
    "Grader",
    "Headline",
    "Judge",
    "JudgeFailingError",
    "JudgeSettings",
    "JudgedSummary",
    "LabelledVerdict",
    "MetaEvaluation",
    "TaskName",
    "UnusableJudgeError",
    "VerdictCache",
    "family",
    "headline",
    "judges_itself",
    "meta_evaluate",
    "read_labelled",
    "summarise",
]
