"""One run of a recipe: clean, compare, write. What an earlier run of the same recipe finished stays."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from medgo.curation.protocol import Comparison, Step
from medgo.curation.runs.cleaning import Cleaned, Cleaner
from medgo.curation.runs.comparing import compare_all
from medgo.curation.runs.profile import Profile
from medgo.curation.runs.shards import Shard, document_files, plan_shards
from medgo.curation.runs.writing import Writer
from medgo.errors import MedGoError
from medgo.execution import Executor
from medgo.execution.protocol import R
from medgo.store import replacing, sole_writer

DOCUMENTS, REMOVED, REPORT, WORK = "documents", "removed", "report.json", ".work"


class ShardsFailedError(MedGoError):
    """Some shards could not be worked on; all others are done, and a further run does these alone."""

    code = "shards_failed"


@dataclass(frozen=True, slots=True)
class CurationPlan:
    """A run, its recipe read and its inputs found.

    Args:
        name: Of the corpus.
        output: Folder.
        inputs: Files or folders of documents, in order.
        steps: In order.
        comparisons: In order.
        shard_bytes: About so many bytes become one shard.
        missing: Optional inputs that are not there.
        notes: What the report has to say of the steps' own material (the benchmarks that were compared with).
    """

    name: str
    output: Path
    inputs: tuple[Path, ...]
    steps: tuple[Step, ...]
    comparisons: tuple[Comparison, ...]
    shard_bytes: int
    missing: tuple[str, ...] = ()
    notes: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class CurationReport:
    """What came of a run.

    Args:
        name: Of the corpus.
        before: The documents that were read.
        after: Those that are left.
        removed: Documents by ``step · reason``.
        changed: Documents that a step changed, by its name.
        steps: Name and version of every step and comparison, in order.
        missing: Optional inputs that were not there.
        notes: See :class:`CurationPlan`.
    """

    name: str
    before: Profile
    after: Profile
    removed: Counter[str]
    changed: Counter[str]
    steps: tuple[str, ...]
    missing: tuple[str, ...]
    notes: tuple[tuple[str, Any], ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "name": self.name,
            "before": self.before.to_dict(),
            "after": self.after.to_dict(),
            "removed": dict(sorted(self.removed.items())),
            "changed": dict(sorted(self.changed.items())),
            "steps": list(self.steps),
            "missing": list(self.missing),
            "notes": dict(self.notes),
        }


class Watch(Protocol):
    """Is told how far a run is."""

    def begin(self, what: str, total: int) -> None:
        """A pass begins."""

    def advance(self) -> None:
        """A shard, or a comparison, is done."""


def run_curation(plan: CurationPlan, executor: Executor, watch: Watch) -> CurationReport:
    """Run a plan.

    Raises:
        InputError: An input holds no documents.
        ShardsFailedError: Shards could not be worked on.
        StorageError: The disk did not take it, or another run writes the same folder.
    """
    shards = plan_shards([file for path in plan.inputs for file in document_files(path)], plan.shard_bytes)
    work = plan.output / WORK
    with sole_writer(plan.output / "run"):
        key = _digest([one.fingerprint for one in plan.steps], [one.name for one in plan.comparisons])
        watch.begin("clean", len(shards))
        cleaner = Cleaner(plan.steps, plan.comparisons, work / "clean", key)
        cleaned = _all(executor, cleaner, shards, watch)
        watch.begin("compare", len(plan.comparisons))
        # A file that has changed has another key, and so have its signatures.
        signed = _digest([key], [shard.key for shard in shards])
        kept = [one.kept for one in cleaned]
        comparisons_removed = compare_all(
            plan.comparisons, work / "clean", work / "compared", kept, signed, lambda _: watch.advance()
        )
        written = _digest([signed], [one.fingerprint for one in plan.comparisons])
        watch.begin("write", len(shards))
        writer = Writer(work / "clean", work / "compared", plan.output / DOCUMENTS, written)
        profiles = _all(executor, writer, shards, watch)
        _remove_others(plan.output, len(shards))
        report = _report(plan, cleaned, profiles, comparisons_removed)
        with replacing(plan.output / REPORT) as file:
            file.write(json.dumps(report.to_dict(), ensure_ascii=False, indent=1).encode() + b"\n")
    return report


def _all(executor: Executor, work: Callable[[Shard], R], shards: Sequence[Shard], watch: Watch) -> list[R]:
    done: dict[int, R] = {}
    failed: list[str] = []
    for outcome in executor.run(work, shards):
        watch.advance()
        if outcome.error is not None:
            shard = shards[outcome.number]
            failed.append(f"{shard.path.name} from byte {shard.start}: {outcome.error.message}")
        elif outcome.value is not None:
            done[outcome.number] = outcome.value
    if failed:
        raise ShardsFailedError(
            f"{len(failed)} of {len(shards)} shards failed: " + "; ".join(sorted(failed)[:5]),
            hint="run the same command again: what is done stays",
        )
    return [done[number] for number in range(len(shards))]


def _remove_others(output: Path, shards: int) -> None:
    """Shards of a run with more of them."""
    for folder in (DOCUMENTS, REMOVED):
        for file in (output / folder).glob("*.jsonl"):
            if file.stem.isdigit() and int(file.stem) >= shards:
                file.unlink()


def _report(
    plan: CurationPlan, cleaned: Sequence[Cleaned], profiles: Sequence[Profile], compared: Counter[str]
) -> CurationReport:
    before, after = Profile(), Profile()
    removed, changed = Counter(compared), Counter[str]()
    for one in cleaned:
        before.merge(one.read)
        removed.update(one.removed)
        changed.update(one.changed)
    for profile in profiles:
        after.merge(profile)
    parts: tuple[Step | Comparison, ...] = (*plan.steps, *plan.comparisons)
    steps = tuple(f"{one.name} {one.version}" for one in parts)
    return CurationReport(plan.name, before, after, removed, changed, steps, plan.missing, plan.notes)


def _digest(*parts: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
