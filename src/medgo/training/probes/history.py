"""``probes.jsonl`` and ``promotion.json``: what probes found while a stage trained. Knows no model and no trainer.

The start's line holds the answers that later steps are compared with, and marks of the items, so that nothing is
compared with answers to others.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from medgo.errors import InputError, RunFolderError
from medgo.evaluation.statistics import Estimate
from medgo.store import AppendLog, RowFile, encode_row, replacing
from medgo.store.hashing import fingerprint
from medgo.training.job import Job
from medgo.training.probes.items import ProbeItem, fingerprint_of
from medgo.training.probes.measures import Answered

PROBES, PROMOTION = "probes.jsonl", "promotion.json"
Answers = dict[str, Answered]


@dataclass(frozen=True, slots=True)
class Probed:
    """What one probe found.

    Args:
        step: Optimiser steps done.
        tokens: Seen by then.
        estimates: Kind → share.
        mean: Over the guarded kinds, each weighing the same; over all kinds where none is guarded.
        fell: Guarded kinds that fell below the start beyond their interval.
        fell_from_base: Those that fell so below the model that the whole run started from.
    """

    step: int
    tokens: int
    estimates: dict[str, Estimate]
    mean: float
    fell: tuple[str, ...]
    fell_from_base: tuple[str, ...] = ()

    @property
    def lost(self) -> tuple[str, ...]:
        """Guarded kinds that fell below either."""
        return tuple(dict.fromkeys((*self.fell, *self.fell_from_base)))


@dataclass(frozen=True, slots=True)
class Start:
    """What was answered before the first step.

    Args:
        items: Fingerprint of the items.
        answers: Item → answer.
    """

    items: str
    answers: Answers


@dataclass(frozen=True, slots=True)
class Promotion:
    """Which step a stage's weights are of.

    Args:
        last_step: Optimiser steps that were done.
        promoted_step: Of them, those whose result was kept; None where nothing may be promoted.
        start_mean: Mean over the guarded kinds (all where none is) before the first step.
        promoted_mean: After the promoted step.
        why: Why nothing is promoted; empty otherwise.
    """

    last_step: int
    promoted_step: int | None
    start_mean: float
    promoted_mean: float | None
    why: str = ""

    def save(self, folder: Path) -> None:
        """Write ``promotion.json`` of a stage, whole or not at all."""
        with replacing(folder / PROMOTION) as file:
            file.write(json.dumps(asdict(self), ensure_ascii=False, indent=1).encode())


class ProbeLog:
    """``probes.jsonl`` of a stage.

    Args:
        folder: Of the stage.
        items: That are asked.
    """

    def __init__(self, folder: Path, items: Sequence[ProbeItem]) -> None:
        self.path = folder / PROBES
        self._marks = [mark_of(item) for item in items]
        self._items = fingerprint_of(items)

    def read(self, until: int) -> tuple[list[Probed], Answers]:
        """Lines of steps that are done, and the answers at the start; nothing where there is no start.

        Raises:
            RunFolderError: The start answered other items.
        """
        start = read_start(self.path)
        if start is None:
            return [], {}
        if start.items != self._items:
            raise RunFolderError(
                f"{self.path} holds answers to other items: what comes cannot be compared with it",
                hint="put the items back that the stage began with, or start the stage anew",
            )
        return [_probed(line) for line in _lines(self.path) if line["step"] <= until], start.answers

    def forget_after(self, step: int) -> None:
        """Leave lines out of steps that are done again.

        Raises:
            StorageError: The disk did not take it; all lines stay, that of the start above all.
        """
        kept = [line for line in _lines(self.path) if line["step"] <= step]
        with replacing(self.path) as file:
            file.writelines(encode_row(line) for line in kept)

    def append(self, found: Probed, answers: Mapping[str, Answered]) -> None:
        """Write a line; the start's has its answers and the items' marks."""
        line = {**asdict(found), "estimates": {name: one.to_row() for name, one in found.estimates.items()}}
        if found.step == 0:
            line["items"], line["item_marks"] = self._items, self._marks
            line["logprobs"] = {key: list(one.logprobs or ()) for key, one in answers.items()}
        with AppendLog(self.path) as log:
            log.append(line)


def mark_of(item: ProbeItem) -> str:
    """Equal for items that ask the same, whatever their file."""
    return fingerprint(item.to_dict())[:16]


def read_start(path: Path) -> Start | None:
    """Read the start's line of a ``probes.jsonl``; None where there is none.

    Raises:
        RunFolderError: The file is damaged.
    """
    if not path.exists():
        return None
    try:
        for line in _lines(path):
            if line["step"] == 0:
                answers = {key: Answered(key, tuple(value)) for key, value in line["logprobs"].items()}
                return Start(line["items"], answers)
    except (KeyError, TypeError, AttributeError) as error:
        raise RunFolderError(f"{path} cannot be read: {error}", hint="start its stage anew") from error
    return None


def answers_of_base(job: Job, items: Sequence[ProbeItem]) -> Answers | None:
    """What the model answered that the run started from, as its earliest stage recorded for the same items.

    Returns:
        None for a first stage, and where no stage before was asked these items.

    Raises:
        RunFolderError: A record of an earlier stage is damaged.
    """
    asked, found = fingerprint_of(items), None
    while job.model_dir.name == job.merged.name and (job.model_dir.parent / "job.json").exists():
        job = Job.load(job.model_dir.parent)
        start = read_start(job.folder / PROBES)
        if start is not None and start.items == asked:
            found = start.answers
    return found


def guarded_mean(estimates: Mapping[str, Estimate], guard: Iterable[str]) -> float:
    """Mean over the guarded kinds, each weighing the same; over all kinds where none is guarded."""
    kinds = list(guard) or [name for name in estimates if "/" not in name]
    return sum(estimates[name].value for name in kinds) / len(kinds)


def _lines(path: Path) -> list[dict[str, Any]]:
    return [raw.value for raw in RowFile(path) if raw.value is not None]


def _probed(line: Mapping[str, Any]) -> Probed:
    try:
        shares = {name: Estimate.from_row(row) for name, row in line["estimates"].items()}
        fell, below_base = tuple(line["fell"]), tuple(line["fell_from_base"])
        return Probed(line["step"], line["tokens"], shares, line["mean"], fell, below_base)
    except (KeyError, TypeError, InputError) as error:
        raise RunFolderError(f"a line of {PROBES} cannot be read: {error}", hint="start the stage anew") from error
