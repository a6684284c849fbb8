"""One shard: a seeded piece of a run that any process can make, again and the same. Knows no other shard.

A shard writes ``shards/<set>/<component>/<number>.jsonl`` with ``.evidence.jsonl`` beside it, and then ``.done.json``:
where that stands and has the shard's fingerprint, it is finished and never made again.
"""

from __future__ import annotations

import json
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from medgo.errors import RecipeError
from medgo.schema import LabelledRow, PreferenceRow, SftRow, Stage
from medgo.store import encode_row, replacing
from medgo.store.hashing import fingerprint
from medgo.synthesis.keeping import Keeper, texts_of
from medgo.synthesis.protocol import Draft, Generator, RowKind, Source
from medgo.synthesis.recipe import SetName
from medgo.synthesis.registry import build_generator

# A generator that fails this often in a row for each row wanted gives the shard up short, and the report says so.
_TRIES_PER_ROW = 20
_TRIES_AT_LEAST = 200
_KINDS: dict[RowKind, type] = {"sft": SftRow, "preference": PreferenceRow, "labelled": LabelledRow}
_STAGES: dict[SetName, Stage] = {
    "stage1": "stage1",
    "stage2": "stage2",
    "preference": "preference",
    "labels": "preference",
}


@dataclass(frozen=True, slots=True)
class Job:
    """One shard's orders.

    Args:
        set: Set of the recipe.
        component: Name of the component in its set, unique there.
        generator: Its generator.
        options: Its options.
        number: Which shard of the component this is, from 0.
        of: How many there are.
        rows: Rows wanted.
        seed: Seed of the whole run.
        depends: Fingerprint of everything else that the rows depend on: knowledge, rules, documents, teacher.
    """

    set: SetName
    component: str
    generator: str
    options: Mapping[str, Any]
    number: int
    of: int
    rows: int
    seed: int
    depends: str

    @property
    def name(self) -> str:
        """Unique in the run, and its path below ``shards/``."""
        return f"{self.set}/{self.component}/{self.number:05d}"

    def fingerprint(self, version: str) -> str:
        """Equal for shards that give the same rows."""
        return fingerprint({name: getattr(self, name) for name in self.__slots__} | {"version": version})

    def rng(self) -> np.random.Generator:
        """Its own stream of chance, whatever other shards do."""
        words = [self.seed, *(zlib.crc32(part.encode()) for part in (self.set, self.component)), self.number]
        return np.random.default_rng(words)


@dataclass(slots=True)
class ShardReport:
    """What came of a shard.

    Args:
        job: Its name.
        fingerprint: Of the job.
        wanted: Rows it was to make.
        kept: Rows it wrote.
        tried: Drafts that the generator gave.
        refused: Why drafts were not kept: reason → count.
        given_up: What the generator began and did not finish: reason → count.
        seconds: Time of making and checking.
        counts: ``task/lang`` → rows kept.
        characters: Characters of the rows kept.
        sources: ``source`` → licences of everything that the rows were made from.
        again: Whether the shard was finished before and only read back.
    """

    job: str
    fingerprint: str
    wanted: int
    kept: int = 0
    tried: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    given_up: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    characters: int = 0
    sources: dict[str, list[str]] = field(default_factory=dict)
    again: bool = False

    def to_dict(self) -> dict[str, Any]:
        """As JSON. (``dataclasses.asdict`` makes nonsense of a Counter: https://bugs.python.org/issue35540.)"""
        value = {name: getattr(self, name) for name in self.__slots__ if name != "again"}
        return {name: dict(part) if isinstance(part, dict) else part for name, part in value.items()}

    def add(self, draft: Draft) -> None:
        """Count a row that is kept."""
        self.kept += 1
        self.counts[f"{draft.row.task}/{draft.row.lang}"] += 1
        self.characters += sum(map(len, texts_of(draft.row)))
        for source in draft.row.provenance.sources:
            licences = self.sources.setdefault(source.source, [])
            if source.licence not in licences:
                licences.append(source.licence)


class Workshop(Protocol):
    """What a process has open while it makes shards."""

    @property
    def keeper(self) -> Keeper:
        """Decides on drafts."""

    def source(self, job: Job) -> Source:
        """What the job's generator draws on."""


def make_shard(job: Job, workshop: Workshop, folder: Path, tell: Callable[[int], None]) -> ShardReport:
    """Make a shard, unless it is finished already.

    Args:
        job: Its orders.
        workshop: What to make it with.
        folder: ``shards/`` of the run.
        tell: Is told of rows as they are kept (1 each), and of all at once where the shard was finished before.

    Raises:
        StorageError: The disk did not take it; nothing of it then counts as finished.
    """
    generator = build_generator(job.generator, job.options)
    mark = job.fingerprint(generator.full_version())
    finished = read_report(folder / f"{job.name}.done.json")
    if finished is not None and finished.fingerprint == mark:
        tell(finished.kept)
        finished.again = True
        return finished
    report = ShardReport(job.name, mark, job.rows)
    begun = time.monotonic()
    source = workshop.source(job)
    rows, evidence = folder / f"{job.name}.jsonl", folder / f"{job.name}.evidence.jsonl"
    with replacing(rows) as row_file, replacing(evidence) as evidence_file:
        for draft, row in _kept(generator, job, source, workshop.keeper, report):
            row_file.write(encode_row(row))
            evidence_file.write(encode_row(draft.evidence.to_dict(row["row_id"])))
            tell(1)
    report.given_up.update(source.rejected)
    report.seconds = time.monotonic() - begun
    _write_report(report, folder / f"{job.name}.done.json")
    return report


def read_report(path: Path) -> ShardReport | None:
    """The report of a finished shard; None where it is not finished or its mark cannot be read."""
    try:
        value = json.loads(path.read_bytes())
        counters = {name: Counter(value[name]) for name in ("refused", "given_up", "counts")}
        return ShardReport(**{**value, **counters})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _kept(
    generator: Generator, job: Job, source: Source, keeper: Keeper, report: ShardReport
) -> Iterator[tuple[Draft, dict[str, Any]]]:
    """Drafts that are kept and their lines, until there are enough or the generator has nothing more."""
    if not job.rows:
        return
    seen: set[str] = set()
    most = max(_TRIES_AT_LEAST, _TRIES_PER_ROW * job.rows)
    for draft in generator.rows(source, job.rng()):
        report.tried += 1
        if not isinstance(draft.row, _KINDS[generator.makes]):
            raise RecipeError(
                f"{generator.name} gave a {type(draft.row).__name__} and says that it makes {generator.makes}"
            )
        row = draft.row.to_dict()
        row_id = row["row_id"]
        reason = "duplicate" if row_id in seen else keeper.refusal(draft)
        if reason is None:
            seen.add(row_id)
            report.add(draft)
            yield draft, row
        else:
            report.refused[reason] += 1
        if report.kept == job.rows or report.tried == most:
            return


def stage_of(name: SetName) -> Stage:
    """Stage that a set's rows are for."""
    return _STAGES[name]


def _write_report(report: ShardReport, path: Path) -> None:
    with replacing(path) as file:
        file.write(json.dumps(report.to_dict(), ensure_ascii=False, sort_keys=True).encode())
