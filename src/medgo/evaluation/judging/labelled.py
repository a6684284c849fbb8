"""Verdicts that people gave, read from a file: what a judge is validated on. Knows no judge."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from medgo.errors import InputError
from medgo.evaluation.judging.diagnosis import SAME, RankedDiagnosisTask
from medgo.evaluation.judging.question import Question
from medgo.evaluation.judging.rubric import RubricTask
from medgo.evaluation.judging.templates import conversation_of
from medgo.schema import Criterion, EvalItem, Lang, parse_messages
from medgo.store import RowFile

FORMS = (
    'expected {"conversation" or "question", "reply", "criterion", "human": [true, false, …]} or '
    '{"gold", "proposed", "human": [2, 0, …]}, each perhaps with id, category, lang and points'
)


@dataclass(frozen=True, slots=True)
class LabelledVerdict:
    """A reply and a criterion, or two diagnoses, with what people said.

    Args:
        kind: What was asked.
        lang: Language of it.
        item: Conversation or question; of diagnoses, the gold one as its reference.
        reply: What was judged: the reply, or the proposed diagnosis.
        criterion: Of a rubric; None for diagnoses.
        human: Whether it is met, or the same disease, by each person.
        category: What it is counted under.
    """

    kind: Literal["rubric", "diagnosis"]
    lang: Lang
    item: EvalItem
    reply: str
    criterion: Criterion | None
    human: tuple[bool, ...]
    category: str

    def question(self, template: str) -> Question:
        """What a judge is asked: exactly what it is asked when it grades."""
        if self.criterion is None:
            return RankedDiagnosisTask().question(self.lang, [self.item.reference], self.reply)
        task = RubricTask(template)
        return task.question(self.lang, conversation_of(self.item, self.reply), self.criterion)


def read_labelled(path: Path) -> list[LabelledVerdict]:
    """Read labelled verdicts; HealthBench's own meta-evaluation file is read too.

    Raises:
        InputError: The file or one of its rows does not fit (a validation on part of a file would validate nothing).
    """
    verdicts = []
    for row in RowFile(path):
        where = f"{path}, row {row.number}"
        if row.value is None:
            raise InputError(f"{where}: {row.error}")
        try:
            verdicts.append(_labelled(row.value, f"row {row.number}"))
        except InputError as error:
            raise InputError(f"{where}: {error.message}", hint=error.hint or FORMS) from error
    if not verdicts:
        raise InputError(f"{path} holds no labelled verdicts", hint=FORMS)
    return verdicts


def _labelled(row: Mapping[str, Any], name: str) -> LabelledVerdict:
    human = row.get("human", row.get("binary_labels"))
    if not isinstance(human, list) or not human:
        raise InputError("the field human must be a list with each person's verdict")
    category, name = str(row.get("category", "")), str(row.get("id", name))
    if "gold" in row:
        if not all(type(grade) is int and 0 <= grade <= SAME for grade in human):
            raise InputError("human verdicts on a diagnosis are 0, 1 or 2")
        gold, proposed = _text(row, "gold"), _text(row, "proposed")
        lang = _lang(row, gold + proposed)
        item = EvalItem(name, "labelled", lang, "", reference=gold)
        return LabelledVerdict(
            "diagnosis", lang, item, proposed, None, tuple(grade == SAME for grade in human), category or "diagnosis"
        )
    if not all(isinstance(met, bool) for met in human):
        raise InputError("human verdicts on a criterion are true or false")
    reply, text = _text(row, "reply", "completion"), _text(row, "criterion", "rubric")
    lang = _lang(row, text)
    turns = row.get("conversation", row.get("prompt"))
    if isinstance(turns, list):
        item = EvalItem(name, "labelled", lang, "", conversation=parse_messages(turns))
    else:
        item = EvalItem(name, "labelled", lang, _text(row, "conversation", "question", "prompt"))
    points = row.get("points", 1)
    if isinstance(points, bool) or not isinstance(points, int | float):
        raise InputError("the field points must be a number")
    return LabelledVerdict("rubric", lang, item, reply, Criterion(text, float(points)), tuple(human), category)


def _text(row: Mapping[str, Any], *names: str) -> str:
    for name in names:
        value = row.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
    raise InputError(f"the field {names[0]} is missing or no text")


def _lang(row: Mapping[str, Any], text: str) -> Lang:
    lang = row.get("lang") or ("zh" if re.search(r"[\u3400-\u9fff]", text) else "en")
    if lang not in ("zh", "en"):
        raise InputError(f"the field lang must be zh or en, found {lang!r}")
    return "zh" if lang == "zh" else "en"
