"""Shards into files: interleaved, without duplicates, rows and evidence line by line. Makes no row.

Rows of all components are mixed evenly, so that the head of a file shows what its whole holds.
"""

from __future__ import annotations

import heapq
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from medgo.errors import StorageError
from medgo.schema.rows import row_from_dict
from medgo.store import encode_row, replacing
from medgo.synthesis.keeping import same_text_key
from medgo.synthesis.recipe import SetName
from medgo.synthesis.shards import Job, read_report

# What the parts of each side of a pair are called in its evidence → what they are called in a row with one turn.
_PARTS_OF = {
    "chosen": {"chosen": "completion", "reasoning": "reasoning"},
    "rejected": {"rejected": "completion", "rejected_reasoning": "reasoning"},
}


@dataclass(slots=True)
class SetReport:
    """What came of a set.

    Args:
        rows: Rows written.
        wanted: Rows asked for.
        duplicates: Rows left out because another component or shard gave the same text.
        counts: ``component/task/lang`` → rows written.
        thinking: Rows with reasoning.
    """

    wanted: int
    rows: int = 0
    duplicates: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    thinking: int = 0

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {name: getattr(self, name) for name in self.__slots__} | {"counts": dict(self.counts)}


def join_set(name: SetName, jobs: Sequence[Job], wanted: int, output: Path, seed: int) -> SetReport:
    """Write one set.

    Args:
        name: Of the set; ``labels`` takes pairs apart.
        jobs: Its shards, all finished.
        wanted: Rows that were asked for.
        output: Folder of the run: shards lie in ``shards/``, and the set's files are written here.
        seed: For the order in which the two halves of a pair stand.

    Returns:
        What was written.

    Raises:
        StorageError: The disk did not take it, or a finished shard is not what it was.
    """
    report = SetReport(wanted)
    by_component: dict[str, list[Job]] = {}
    for job in jobs:
        by_component.setdefault(job.component, []).append(job)
    shards = output / "shards"
    streams = [_component(part, shards) for part in by_component.values()]
    rng = np.random.default_rng([seed, len(name)])
    seen: set[str] = set()
    with ExitStack() as files:
        rows = files.enter_context(replacing(output / f"{name}.jsonl"))
        evidence = files.enter_context(replacing(output / f"{name}.evidence.jsonl"))
        for component, row, proof in _interleaved(streams):
            for part, own in _halves(row, proof, rng) if name == "labels" else ((row, proof),):
                value = row_from_dict(part)
                key = same_text_key(value)
                if key in seen:
                    report.duplicates += 1
                    continue
                seen.add(key)
                rows.write(encode_row(value.to_dict()))
                evidence.write(encode_row({**own, "row_id": value.row_id}))
                report.rows += 1
                report.thinking += value.thinking
                report.counts[f"{component}/{value.task}/{value.lang}"] += 1
    return report


def _component(jobs: Sequence[Job], shards: Path) -> Iterator[tuple[float, str, dict[str, Any], dict[str, Any]]]:
    """Rows of a component with their places in the whole (0 to 1), so that components can be merged by place."""
    reports = (read_report(shards / f"{job.name}.done.json") for job in jobs)
    total = max(1, sum(report.kept for report in reports if report is not None))
    pairs = chain.from_iterable(_shard(job, shards) for job in jobs)
    for number, (row, proof) in enumerate(pairs):
        yield (number + 0.5) / total, jobs[0].component, row, proof


def _shard(job: Job, shards: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    rows, evidence, done = (shards / f"{job.name}{end}" for end in (".jsonl", ".evidence.jsonl", ".done.json"))
    report = read_report(done)
    count = 0
    try:
        with rows.open("rb") as row_file, evidence.open("rb") as evidence_file:
            for row, proof in zip(row_file, evidence_file, strict=True):
                count += 1
                yield json.loads(row), json.loads(proof)
    except (OSError, ValueError) as error:
        raise _damaged(job, done, str(error)) from error
    if report is None or report.kept != count:
        raise _damaged(job, done, f"it holds {count} rows instead of {report.kept if report else 'those it reports'}")


def _damaged(job: Job, done: Path, why: str) -> StorageError:
    return StorageError(
        f"the shard {job.name} says that it is finished, and is damaged: {why}",
        hint=f"remove {done} and run again: only this shard is then made",
    )


def _interleaved(
    streams: Sequence[Iterator[tuple[float, str, dict[str, Any], dict[str, Any]]]],
) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for _, component, row, proof in heapq.merge(*streams, key=lambda entry: entry[0]):
        yield component, row, proof


def _halves(
    row: dict[str, Any], proof: dict[str, Any], rng: np.random.Generator
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """A pair as a wanted and an unwanted row, in an order that chance decides; a labelled row as it is."""
    if "chosen" not in row:
        yield row, proof
        return
    rest = {key: value for key, value in row.items() if key not in ("chosen", "rejected")}
    for drawn in rng.permutation(["chosen", "rejected"]):
        side = str(drawn)
        half = {**rest, "completion": row[side], "label": side == "chosen"}
        yield half, {**proof, "sentences": list(_of_half(side, proof["sentences"]))}


def _of_half(side: str, sentences: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Sentences of the prompt and of one side of a pair, under the names that a row with one turn has."""
    renamed = _PARTS_OF[side]
    for sentence in sentences:
        part = sentence["part"]
        if part in renamed:
            yield {**sentence, "part": renamed[part]}
        elif part.startswith("prompt["):
            yield sentence
