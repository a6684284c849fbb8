"""From a checkpoint back to the rows it learnt and to what those were made from. Reads rows again; trains nothing.

A stage's token file names the rows it may learn from, its order those that it did learn from; the row files name each
row's sources. So every step from weights to a source row is a hash that can be looked up.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from medgo.errors import InputError, RecipeError, RunFolderError
from medgo.schema.rows import Row
from medgo.store.hashing import sha256_of_file
from medgo.store.recipes import expand_path
from medgo.training.card.learnt import rows_of, steps_learnt
from medgo.training.card.records import RunRecords, StageRecords
from medgo.training.job import Job
from medgo.training.ordering.order import Order
from medgo.training.rows.reading import read_stage_rows, row_files


@dataclass(frozen=True, slots=True)
class SourceUse:
    """One collection that a stage's rows were made from.

    Args:
        source: Its id.
        licences: Of its rows.
        retrieved: Versions or retrieval dates.
        rows: Rows learnt that name it.
    """

    source: str
    licences: tuple[str, ...]
    retrieved: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class StageLineage:
    """What one stage learnt from.

    Args:
        stage: Its name.
        begins_with: Hash of the weights that it started from.
        inputs: Hash of everything that it was prepared from.
        steps: Optimiser steps whose result was kept; None where the whole order was gone through.
        rows: Distinct rows learnt in them.
        draws: Rows learnt, repeats counted.
        row_ids_sha256: Hash of their ids, sorted, each with a line break: what a listing of them must have.
        files: Row file, as the recipe names it → its SHA-256 now; empty where they are no longer there.
        found: Rows learnt whose provenance was found in those files.
        sources: What those were made from.
        generators: Generator with version → rows.
        teachers: Fingerprint of a model that wrote → rows.
        certificates: Certificate of de-identification → rows.
        weights: File of weights that came of it → SHA-256.
    """

    stage: str
    begins_with: str
    inputs: str
    steps: int | None
    rows: int
    draws: int
    row_ids_sha256: str
    files: dict[str, str]
    found: int
    sources: tuple[SourceUse, ...]
    generators: dict[str, int]
    teachers: dict[str, int]
    certificates: dict[str, int]
    weights: dict[str, str]


def trace(records: RunRecords) -> tuple[StageLineage, ...]:
    """Trace every stage that was begun.

    Raises:
        RunFolderError: A stage's token file or order is damaged.
    """
    return tuple(_trace(stage) for stage in records.stages)


def list_rows(stage: StageRecords) -> Iterator[dict[str, Any]]:
    """The rows that a stage learnt, in the order of its files: id, times learnt, task and sources.

    Raises:
        RunFolderError: The token file or order is damaged.
        InputError: A row file is gone or was changed.
    """
    learnt = _learnt(stage)
    for read in read_stage_rows(stage.job.stage.data, stage.job.stage.method):
        row_id = read.row.row_id
        if row_id in learnt:
            yield {
                "row_id": row_id,
                "times": learnt.pop(row_id),
                "task": read.row.task,
                "place": read.place,
                "provenance": read.row.provenance.to_dict(),
            }


def _trace(stage: StageRecords) -> StageLineage:
    learnt = _learnt(stage)
    digest = hashlib.sha256()
    for row_id in sorted(learnt):
        digest.update(row_id.encode() + b"\n")
    files = _row_files(stage.job)
    tally = _Tally()
    if files:
        left = set(learnt)
        for read in read_stage_rows(stage.job.stage.data, stage.job.stage.method):
            if read.row.row_id in left:
                left.discard(read.row.row_id)
                tally.add(read.row)
    return StageLineage(
        stage=stage.name,
        begins_with=stage.job.model_hash,
        inputs=stage.job.inputs,
        steps=steps_learnt(stage.promotion),
        rows=len(learnt),
        draws=sum(learnt.values()),
        row_ids_sha256=digest.hexdigest(),
        files={name: sha256_of_file(path) for name, path in files.items()},
        found=tally.rows,
        sources=tally.sources(),
        generators=dict(sorted(tally.generators.items())),
        teachers=dict(sorted(tally.teachers.items())),
        certificates=dict(sorted(tally.certificates.items())),
        weights={name: value for name, value in stage.hashes.items() if name.endswith(".safetensors")},
    )


def _learnt(stage: StageRecords) -> dict[str, int]:
    """Row → how often it was learnt, from the stage's own files."""
    job = stage.job
    try:
        with pa.memory_map(str(job.rows_file)) as file:
            ids = pa.ipc.open_stream(file).read_all().column("row_id").to_pylist()
        times = np.bincount(rows_of(Order.load(job.order_file), steps_learnt(stage.promotion)), minlength=len(ids))
    except (OSError, pa.ArrowInvalid, KeyError, InputError) as error:
        raise RunFolderError(f"{job.folder} has no readable rows: {error}", hint="run medgo train prepare") from error
    counts: Counter[str] = Counter()
    for row_id, count in zip(ids, times.tolist(), strict=True):
        if count:
            counts[row_id] += count
    return dict(counts)


def _row_files(job: Job) -> dict[str, Path]:
    """The stage's row files by their names in the recipe, with its variables: a card tells nothing of the machine.

    None where one is no longer there.
    """
    found: dict[str, Path] = {}
    try:
        for entry in job.stage.data:
            whole = expand_path(entry.path).is_file()
            found |= {entry.path if whole else f"{entry.path}/{path.name}": path for path in row_files(entry)}
    except (InputError, RecipeError):
        return {}
    return found


class _Tally:
    """Counts what rows were made from."""

    def __init__(self) -> None:
        self.rows = 0
        self.generators: Counter[str] = Counter()
        self.teachers: Counter[str] = Counter()
        self.certificates: Counter[str] = Counter()
        self._rows: Counter[str] = Counter()
        self._licences: dict[str, set[str]] = {}
        self._retrieved: dict[str, set[str]] = {}

    def add(self, row: Row) -> None:
        """One more row."""
        origin = row.provenance
        self.rows += 1
        self.generators[f"{origin.generator} {origin.version}"] += 1
        if origin.teacher:
            self.teachers[origin.teacher] += 1
        if origin.certificate:
            self.certificates[origin.certificate] += 1
        for source in {each.source for each in origin.sources}:
            self._rows[source] += 1
        for each in origin.sources:
            self._licences.setdefault(each.source, set()).add(each.licence)
            self._retrieved.setdefault(each.source, set()).update({each.retrieved} - {""})

    def sources(self) -> tuple[SourceUse, ...]:
        """By name."""
        return tuple(
            SourceUse(name, tuple(sorted(self._licences[name])), tuple(sorted(self._retrieved[name])), self._rows[name])
            for name in sorted(self._rows)
        )
