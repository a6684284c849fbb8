"""Diagnoses against the confirmed one: DiagnosisArena's top-1 and top-5, and lists of diagnoses. Pure.

What is equal but for case, punctuation and a bracketed acronym is settled without a judge.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from medgo.errors import BenchmarkDataError
from medgo.evaluation.judging.question import Part, Question, Scores
from medgo.evaluation.judging.read_diagnoses import Listed, read_diagnoses
from medgo.evaluation.judging.templates import MATCHING_DIAGNOSIS, SAME_DIAGNOSIS, fenced
from medgo.evaluation.judging.verdict import Value, VerdictForm, decided
from medgo.schema import EvalItem, Lang

RANKS = 5
SAME = 2
GRADE = VerdictForm((("grade", (0, 1, 2)),))
# A cap on what a reply may list; beyond it, naming every disease would be a strategy.
LISTED = 20

RANKED_PROMPT: Mapping[Lang, str] = {
    "en": (
        "{context}{question}\n\nName the five most likely diagnoses of this case, the most likely first: one a line, "
        "numbered 1 to 5, each as specific as the findings allow and without explanation."
    ),
    "zh": (
        "{context}{question}\n\n请列出该病例最可能的五个诊断，按可能性从高到低排列：每行一个，编号 1 至 5，"
        "在所给资料允许的范围内尽量具体，不要解释。"
    ),
}

_ACRONYM = re.compile(r"\s*\(\s*[A-Z][A-Za-z0-9/-]{0,9}\s*\)")


def names_of(diagnosis: str) -> frozenset[str]:
    """Spellings of a diagnosis that are certainly the same: as it stands, and without a bracketed acronym.

    An acronym alone is not among them: "Left maxillary granuloma (MG)" is more than "MG".
    """
    text = unicodedata.normalize("NFKC", diagnosis)
    return frozenset(filter(None, (_normal(text), _normal(_ACRONYM.sub("", text)))))


def surely_same(gold: str, proposed: Sequence[str]) -> bool:
    """Whether one of the spellings of the proposed diagnosis certainly names the gold one."""
    golds = names_of(gold)
    return any(golds & names_of(name) for name in proposed)


@dataclass(frozen=True, slots=True)
class RankedCase:
    """A reply's first five diagnoses; a part for each whose grade can matter."""

    parts: tuple[Part, ...]
    listed: int

    def scores(self, values: Mapping[str, Value | None]) -> Scores:
        """``top1`` (also ``score``) and ``top5``, each left out where an unavailable verdict leaves it open.

        ``listed``: how many diagnoses could be read; 0 explains a wrong answer.
        """
        same = {rank: None if value is None else value["grade"] == SAME for rank, value in values.items()}
        first = same.get("rank 1", False)
        some = True if True in same.values() else None if None in same.values() else False
        found = {"listed": float(self.listed)}
        if first is not None:
            found |= {"score": float(first), "top1": float(first)}
        return Scores(found if some is None else {**found, "top5": float(some)})


class RankedDiagnosisTask:
    """Five ranked diagnoses, each graded 2 (same), 1 (broader) or 0; only 2 counts.

    ``top1``: the first is the same. ``top5``: one of the first five is. Listing fewer is no fault of form; listing
    none is wrong. The publisher's grader sees all five at once; here a judge sees one at a time, so that their order
    cannot sway it and a verdict serves every reply that names the same disease. What cannot change top-1 or top-5 any
    more is not asked.

    Source: DiagnosisArena (arXiv:2505.14107).
    """

    name = "diagnosis"
    template = SAME_DIAGNOSIS

    def case(self, item: EvalItem, reply: str) -> RankedCase:
        """Take a reply apart.

        Raises:
            BenchmarkDataError: The item has no gold diagnosis.
        """
        golds = golds_of(item)
        listed = read_diagnoses(reply, RANKS)
        exact = [any(surely_same(gold, diagnosis.spellings) for gold in golds) for diagnosis in listed]
        parts = []
        for rank, (diagnosis, same) in enumerate(zip(listed, exact, strict=True), 1):
            if same:
                parts.append(Part(f"rank {rank}", decided({"grade": SAME}, "the same words")))
            elif rank == 1 or not any(exact):
                parts.append(Part(f"rank {rank}", self.question(item.lang, golds, diagnosis.text)))
        return RankedCase(tuple(parts), len(listed))

    def question(self, lang: Lang, golds: Sequence[str], proposed: str) -> Question:
        """What a judge is asked about one proposed diagnosis."""
        material = {"gold": fenced("confirmed", " / ".join(golds)), "proposed": fenced("proposed", proposed)}
        return Question(self.template, lang, material, GRADE)


@dataclass(frozen=True, slots=True)
class ListCase:
    """A part for each gold diagnosis: which entry of the reply's list it is, 0 for none."""

    parts: tuple[Part, ...]
    listed: int

    def scores(self, values: Mapping[str, Value | None]) -> Scores:
        """Only ``listed`` (entries that could be read) while a verdict is unavailable: it could be any entry."""
        entries = [int(value["match"]) for value in values.values() if value is not None]
        if len(entries) < len(values):
            return Scores({"listed": float(self.listed)})
        matched = len(set(entries) - {0})
        recall, precision = matched / len(entries), matched / self.listed if self.listed else 0.0
        f1 = 2 * recall * precision / (recall + precision) if matched else 0.0
        found = {"score": f1, "f1": f1, "recall": recall, "precision": precision}
        return Scores({"listed": float(self.listed), **found})


class DiagnosisListTask:
    """All diagnoses of a case against the listed ones, each matched once: recall, precision, F1 (``score``)."""

    name = "diagnosis-list"
    template = MATCHING_DIAGNOSIS

    def case(self, item: EvalItem, reply: str) -> ListCase:
        """Take a reply apart.

        Raises:
            BenchmarkDataError: The item has no gold diagnosis.
        """
        listed = dict(enumerate(read_diagnoses(reply, LISTED), 1))
        count, golds, settled = len(listed), golds_of(item), dict[str, int]()
        for gold in golds:  # what is certain first, so that no judge gives its entry away
            same = [entry for entry, diagnosis in listed.items() if surely_same(gold, diagnosis.spellings)]
            if same:
                settled[gold] = same[0]
                del listed[same[0]]
        parts = []
        for number, gold in enumerate(golds, 1):
            if gold in settled or not listed:
                verdict = decided({"match": settled.get(gold, 0)}, "the same words" if gold in settled else "none left")
                parts.append(Part(f"gold {number}", verdict))
            else:
                parts.append(Part(f"gold {number}", self._question(item.lang, gold, listed)))
        return ListCase(tuple(parts), count)

    def _question(self, lang: Lang, gold: str, listed: Mapping[int, Listed]) -> Question:
        lines = "\n".join(f"{entry}. {diagnosis.text}" for entry, diagnosis in listed.items())
        material = {"proposed": fenced("proposed", lines), "gold": fenced("confirmed", gold)}
        return Question(self.template, lang, material, VerdictForm((("match", (0, *listed)),)))


def golds_of(item: EvalItem) -> list[str]:
    """Gold diagnoses, one a line, each once.

    Raises:
        BenchmarkDataError: There is none.
    """
    golds = list(dict.fromkeys(line.strip() for line in item.reference.splitlines() if line.strip()))
    if not golds:
        raise BenchmarkDataError(f"item {item.key} has no reference, which holds the confirmed diagnosis")
    return golds


def _normal(text: str) -> str:
    """Letters, digits and + of each word. A minus inside a word joins; at its end ("HER2-") it is a result."""
    text = re.sub(r"(?<=\w)[-‐‑–](?=\w)", " ", text.casefold())
    return " ".join(re.sub(r"[^\w+\-]", " ", text).split()).replace("_", " ")
