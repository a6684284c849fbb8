"""All generators by name. A tuple, not import side effects: what is not here does not exist."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from medgo.errors import RecipeError
from medgo.synthesis.generators.cases import ComplexCases
from medgo.synthesis.generators.multiple_choice import MultipleChoice
from medgo.synthesis.generators.published import Published, PublishedPairs
from medgo.synthesis.generators.records import CaseRecords, QualityControl, RecordPairs
from medgo.synthesis.generators.safety import Safety, SafetyPairs
from medgo.synthesis.generators.short import General, RecordQuestions, ShortPairs, ShortTerms, Triage
from medgo.synthesis.generators.teacher.article_tasks import ArticleTasks
from medgo.synthesis.generators.teacher.consultation_simulation import ConsultationSimulation
from medgo.synthesis.generators.teacher.document_qa import DocumentQa
from medgo.synthesis.generators.teacher.judged_preferences import JudgedLabels, JudgedPreferences
from medgo.synthesis.generators.teacher.paraphrase import Paraphrase
from medgo.synthesis.generators.teacher.perspectives import Perspectives
from medgo.synthesis.generators.teacher.record_documents import RecordDocuments
from medgo.synthesis.generators.teacher.verified_cot import ChainPreferences, VerifiedCot
from medgo.synthesis.generators.terminology import Terminology
from medgo.synthesis.protocol import Generator

GENERATORS: tuple[type[Generator], ...] = (
    ArticleTasks,
    CaseRecords,
    ChainPreferences,
    ComplexCases,
    ConsultationSimulation,
    DocumentQa,
    General,
    JudgedLabels,
    JudgedPreferences,
    MultipleChoice,
    Paraphrase,
    Perspectives,
    Published,
    PublishedPairs,
    QualityControl,
    RecordDocuments,
    RecordPairs,
    RecordQuestions,
    Safety,
    SafetyPairs,
    ShortPairs,
    ShortTerms,
    Terminology,
    Triage,
    VerifiedCot,
)


def find_generator(name: str) -> type[Generator]:
    """The generator of that name.

    Raises:
        RecipeError: There is none; the hint names those that are like it.
    """
    known = {generator.name: generator for generator in GENERATORS}
    if name not in known:
        close = difflib.get_close_matches(name, known, n=3)
        hint = f"did you mean {' or '.join(close)}?" if close else "medgo synthesize generators lists them"
        raise RecipeError(f"there is no generator {name!r}", hint=hint)
    return known[name]


def build_generator(name: str, options: Mapping[str, Any]) -> Generator:
    """A generator with its options.

    Raises:
        RecipeError: There is no such generator, or an option does not fit; all are named at once.
    """
    cls = find_generator(name)
    try:
        return cls.model_validate(dict(options))
    except ValidationError as error:
        lines = [
            f"{'.'.join(map(str, e['loc'])) or 'options'}: {e['msg'].removeprefix('Value error, ')}"
            for e in error.errors()
        ]
        raise RecipeError(
            f"options of {name}: {'; '.join(lines)}", hint=f"it has {', '.join(cls.model_fields) or 'no options'}"
        ) from error
