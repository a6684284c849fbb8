"""Chooses records for a person to read, and reads what the person says. Knows no page and no file of records."""

from __future__ import annotations

import heapq
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from medgo.deid.classes import CLASSES
from medgo.deid.protocol import Finding
from medgo.deid.scoring import GoldNote
from medgo.errors import InputError
from medgo.schema import Lang
from medgo.store import RowFile

# Characters that usually hold an identifier; a longer text without one is suspicious.
_CHARACTERS_A_FINDING = 200


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """One text of a record with what was found in it.

    Args:
        id: Of the record, with its part (``17``, ``17/note``).
        lang: Main language.
        original: The text before.
        findings: What was replaced, positions in the original.
        protected: What the gate kept from being replaced.
        written: ``(start, end, text)``: what was written in the place of stretches of the original.
    """

    id: str
    lang: Lang
    original: str
    findings: Sequence[Finding]
    protected: Sequence[Finding] = ()
    written: Sequence[tuple[int, int, str]] = ()

    @property
    def risk(self) -> float:
        """How much a look is worth: unsure findings, terms that looked like names, long stretches without a finding."""
        unsure = sum(1 - one.score for one in self.findings)
        edges = [0, *(edge for one in self.findings for edge in (one.start, one.end)), len(self.original)]
        gaps = (end - start for start, end in zip(edges[::2], edges[1::2], strict=True))
        bare = sum(max(0.0, gap / _CHARACTERS_A_FINDING - 1) for gap in gaps)
        return 1 + unsure + 0.5 * len(self.protected) + 0.2 * bare


def sampled(items: Iterable[ReviewItem], size: int, seed: int) -> list[ReviewItem]:
    """A sample without replacement, riskier items more likely; one pass, memory for ``size`` items.

    Args:
        items: All of them.
        size: How many to take.
        seed: Other seeds take others.

    Returns:
        Riskiest first.

    Source: Efraimidis and Spirakis 2006, weighted random sampling with a reservoir.
    """
    rng = np.random.default_rng(seed)
    reservoir: list[tuple[float, int, ReviewItem]] = []
    for number, item in enumerate(items):
        entry = (math.log(1.0 - rng.random()) / item.risk, number, item)
        if len(reservoir) < size:
            heapq.heappush(reservoir, entry)
        elif entry[0] > reservoir[0][0]:
            heapq.heapreplace(reservoir, entry)
    return sorted((item for _, _, item in reservoir), key=lambda item: -item.risk)


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person says of one text.

    Args:
        id: The item's.
        missed: Identifiers that were left: ``(start, end, class)`` in the original.
        wrong: Findings that are none: ``(start, end)`` in the original.
    """

    id: str
    missed: tuple[tuple[int, int, str], ...]
    wrong: tuple[tuple[int, int], ...]


def read_corrections(path: Path) -> list[Correction]:
    """Read ``{id, missed: [{start, end, label}], wrong: [{start, end}]}``, a line for each text that was read.

    Raises:
        InputError: A line does not fit, or an id stands twice.
    """
    corrections: list[Correction] = []
    for raw in RowFile(path):
        if raw.value is None:
            raise InputError(f"{path}, line {raw.number}: {raw.error}")
        corrections.append(_correction(raw.value, f"{path}, line {raw.number}"))
    if len({one.id for one in corrections}) < len(corrections):
        raise InputError(f"{path}: a text is reviewed twice", hint="keep one line of each id")
    return corrections


def gold(items: Iterable[ReviewItem], corrections: Sequence[Correction]) -> Iterator[GoldNote]:
    """Reviewed texts as a development set: what was found, without what is wrong, with what was missed.

    Raises:
        InputError: A correction lies outside its text, or there is no text of that id.
    """
    by_id = {item.id: item for item in items}
    for one in corrections:
        item = by_id.get(one.id)
        if item is None:
            raise InputError(f"no text {one.id} is among those to review", hint="take the sheet of the same run")
        wrong = set(one.wrong)
        spans = {(f.start, f.end, str(f.label)) for f in item.findings if (f.start, f.end) not in wrong}
        value = {"id": item.id, "lang": item.lang, "text": item.original}
        marks = [{"start": start, "end": end, "label": label} for start, end, label in sorted(spans | set(one.missed))]
        yield GoldNote.from_dict(value | {"spans": marks}, f"correction of {one.id}")


def gold_line(note: GoldNote) -> dict[str, Any]:
    """A gold note as ``medgo deid evaluate`` reads it."""
    spans = [{"start": a, "end": b, "label": label, "text": note.text[a:b]} for a, b, label in note.spans]
    return {"id": note.id, "lang": note.lang, "text": note.text, "spans": spans}


def _correction(value: dict[str, Any], where: str) -> Correction:
    try:
        missed = tuple((int(one["start"]), int(one["end"]), str(one["label"])) for one in value["missed"])
        wrong = tuple((int(one["start"]), int(one["end"])) for one in value["wrong"])
        found = Correction(str(value["id"]), missed, wrong)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{where}: no correction ({type(error).__name__})", hint="{id, missed, wrong}") from error
    odd = sorted({label for _, _, label in missed} - set(CLASSES))
    if odd:
        raise InputError(f"{where}: there is no class {', '.join(odd)}", hint=f"classes are {', '.join(CLASSES)}")
    return found


def to_json(item: ReviewItem) -> str:
    """What the review page needs of an item."""
    return json.dumps(
        {"id": item.id, "text": item.original, "findings": [[f.start, f.end, f.label] for f in item.findings]},
        ensure_ascii=False,
    )
