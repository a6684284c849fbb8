"""A run: shards in as many processes as wanted, then files, report and data card. Knows no generator.

OUTPUT/manifest.json            what the rows depend on
OUTPUT/shards/                  finished pieces; a killed run goes on from them
OUTPUT/<set>.jsonl              rows; <set>.evidence.jsonl beside it, line by line
OUTPUT/report.json              yield and reasons
OUTPUT/README.md, README_zh.md  the data card
OUTPUT/log.jsonl                one line per shard as it is finished
"""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from medgo.errors import MedGoError, ResumeMismatchError
from medgo.store import AppendLog, replacing, sole_writer
from medgo.synthesis.datacard import CardFacts, write_data_cards
from medgo.synthesis.joining import SetReport, join_set
from medgo.synthesis.material import material_of
from medgo.synthesis.plan import SynthesisPlan
from medgo.synthesis.recipe import Recipe, SetName
from medgo.synthesis.registry import find_generator
from medgo.synthesis.shards import Job, ShardReport, make_shard
from medgo.synthesis.shelf import find_places
from medgo.synthesis.teaching import Models
from medgo.synthesis.workshop import Bench, open_bench

OpenModels = Callable[[Path], AbstractContextManager[Models]]


class Watcher(Protocol):
    """Is told how a run goes on."""

    def start(self, total: int) -> None:
        """So many rows are wanted."""

    def made(self, rows: int) -> None:
        """Rows were kept (or were finished before)."""

    def note(self, text: str) -> None:
        """Something that takes a while begins."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """The benchmark items that rows are compared with.

    Args:
        path: The saved index; None where rows are compared with none.
        items: How many items it holds.
        benchmarks: Their benchmarks.
        too_short: Items that are too short to be told from chance.
        absent: Benchmarks whose items are not here, or cannot be read: rows are not compared with these.
    """

    path: Path | None
    items: int = 0
    benchmarks: tuple[str, ...] = ()
    too_short: int = 0
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SynthesisReport:
    """What came of a run.

    Args:
        sets: Name → what was written.
        shards: All shards' reports.
        output: The folder.
    """

    sets: dict[SetName, SetReport]
    shards: tuple[ShardReport, ...]
    output: Path

    @property
    def short(self) -> dict[SetName, int]:
        """Sets with fewer rows than were asked for, duplicates aside: name → how many are missing."""
        missing = {name: report.wanted - report.rows - report.duplicates for name, report in self.sets.items()}
        return {name: count for name, count in missing.items() if count > 0}


def run_synthesis(
    plan: SynthesisPlan,
    overlap: Overlap,
    *,
    workers: int,
    watch: Watcher,
    open_models: OpenModels,
) -> SynthesisReport:
    """Make all shards that are not finished, then the files.

    Args:
        plan: What to make.
        overlap: What rows are compared with.
        workers: Processes for what needs no teacher; 1 stays in this one.
        watch: Is told how it goes on.
        open_models: Opens the models that write, given a folder for their replies; called only when one is needed.

    Raises:
        ResumeMismatchError: The folder holds a run of another recipe or other sources.
        StorageError: Another process works in the folder, or the disk did not take a file.
    """
    folder = plan.output
    with sole_writer(folder / "manifest.json"):
        _claim(plan)
        watch.start(sum(job.rows for job in plan.jobs))
        reports: dict[str, ShardReport] = {}
        with AppendLog(folder / "log.jsonl") as log:
            for report in _all_shards(plan, overlap, workers, watch, open_models):
                reports[report.job] = report
                if not report.again:
                    log.append(report.to_dict())
        watch.note("joining shards")
        sets = {
            name: join_set(name, [j for j in plan.jobs if j.set == name], asked.rows, folder, plan.recipe.seed)
            for name, asked in plan.recipe.sets.items()
        }
        result = SynthesisReport(sets, tuple(reports[job.name] for job in plan.jobs), folder)
        _write_results(plan, overlap, result)
    return result


def _claim(plan: SynthesisPlan) -> None:
    path = plan.output / "manifest.json"
    if path.exists():
        try:
            before = json.loads(path.read_bytes())["mark"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ResumeMismatchError(f"{path} cannot be read: {error}", hint="choose another output=") from error
        if before != plan.mark:
            raise ResumeMismatchError(
                f"{plan.output} holds another run: {_difference(path, plan)}",
                hint="choose another output=, or remove the folder to start over",
            )
        return
    value = {"mark": plan.mark, "recipe": plan.recipe.model_dump(mode="json"), "knowledge": plan.knowledge.fingerprint}
    with replacing(path) as file:
        file.write(json.dumps(value, ensure_ascii=False, indent=2).encode())


def _difference(path: Path, plan: SynthesisPlan) -> str:
    """What is not as it was when the folder was begun."""
    before = json.loads(path.read_bytes())
    now = plan.recipe.model_dump(mode="json")
    changed = [name for name, value in now.items() if name != "output" and before["recipe"].get(name) != value]
    if changed:
        return f"the recipe's {', '.join(changed)} changed"
    if before["knowledge"] != plan.knowledge.fingerprint:
        return "the knowledge index changed (a vocabulary was added, removed or updated)"
    return "the documents, the benchmark items or the checks changed"


def _all_shards(
    plan: SynthesisPlan, overlap: Overlap, workers: int, watch: Watcher, open_models: OpenModels
) -> Iterator[ShardReport]:
    taught: list[Job] = []
    free: list[Job] = []
    for job in plan.jobs:
        (taught if "teacher" in find_generator(job.generator).needs else free).append(job)
    shards = plan.output / "shards"
    if free:
        yield from (_in_processes if workers > 1 else _here)(plan, overlap, free, watch, workers)
    if taught:
        watch.note("opening the teacher")
        with open_models(plan.output / "teacher") as models:
            bench = open_bench(plan.recipe, plan.knowledge_files, plan.places, overlap.path, models)
            yield from (make_shard(job, bench, shards, watch.made) for job in taught)


def _here(
    plan: SynthesisPlan, overlap: Overlap, jobs: Sequence[Job], watch: Watcher, _workers: int
) -> Iterator[ShardReport]:
    bench = open_bench(plan.recipe, plan.knowledge_files, plan.places, overlap.path)
    yield from (make_shard(job, bench, plan.output / "shards", watch.made) for job in jobs)


def _in_processes(
    plan: SynthesisPlan, overlap: Overlap, jobs: Sequence[Job], watch: Watcher, workers: int
) -> Iterator[ShardReport]:
    # Spawned, not forked: an open SQLite connection and threads of numeric libraries do not survive a fork.
    context = multiprocessing.get_context("spawn")
    common = (plan.recipe.model_dump_json(), plan.knowledge_files, overlap.path, plan.output / "shards")
    pool = ProcessPoolExecutor(min(workers, len(jobs)), mp_context=context, initializer=_live_with_parent)
    try:
        for future in as_completed([pool.submit(_work, job, *common) for job in jobs]):
            report = future.result()
            watch.made(report.kept)
            yield report
    except BrokenProcessPool as error:
        raise MedGoError(
            "a process that made rows died, of too little memory or by a kill",
            hint="run the same command again: finished shards stay; workers=1 needs least memory",
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _live_with_parent() -> None:
    """End this process when the one that started it is killed: it would go on writing where the next run writes.

    An interrupt from the keyboard reaches the parent too, which then lets shards under way end.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:

        def watch() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=watch, daemon=True).start()


def _work(job: Job, recipe: str, files: tuple[Path, ...], overlap: Path | None, shards: Path) -> ShardReport:
    """One job, in a process of the pool; what it needs is opened once per process."""
    return make_shard(job, _bench(recipe, files, overlap), shards, lambda _rows: None)


@lru_cache(maxsize=1)
def _bench(recipe: str, files: tuple[Path, ...], overlap: Path | None) -> Bench:
    opened = Recipe.model_validate_json(recipe)
    places, _missing = find_places(opened, today=date.today())
    bench = open_bench(opened, files, places, overlap)
    # Some hundred megabytes of names stay for the life of the process: the collector need not look at them again.
    gc.collect()
    gc.freeze()
    return bench


def _write_results(plan: SynthesisPlan, overlap: Overlap, result: SynthesisReport) -> None:
    sets = {str(name): report.to_dict() for name, report in result.sets.items()}
    components = summarise(result.shards)
    material = tuple(material_of(plan.places))
    value = {
        "sets": sets,
        "components": components,
        "material": [one.to_dict() for one in material],
        "missing": list(plan.missing),
        "overlap": {
            "asked": plan.recipe.keep.overlap,
            "items": overlap.items,
            "benchmarks": list(overlap.benchmarks),
            "too_short": overlap.too_short,
            "absent": list(overlap.absent),
        },
    }
    with replacing(plan.output / "report.json") as file:
        file.write(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True).encode())
    used: dict[str, set[str]] = {}
    for shard in result.shards:
        for name, licences in shard.sources.items():
            used.setdefault(name, set()).update(licences)
    facts = CardFacts(
        recipe=plan.recipe,
        knowledge=plan.knowledge,
        places=plan.places,
        material=material,
        missing=plan.missing,
        used=used,
        sets=sets,
        components=components,
        overlap_items=overlap.items,
        overlap_benchmarks=overlap.benchmarks,
        overlap_absent=overlap.absent,
    )
    write_data_cards(facts, plan.output)


def summarise(shards: Iterable[ShardReport]) -> dict[str, dict[str, Any]]:
    """Yield of every component: ``set/component`` → wanted, kept, tried, reasons, rows a second of one process."""
    result: dict[str, ShardReport] = {}
    for shard in shards:
        name = shard.job.rsplit("/", 1)[0]
        total = result.setdefault(name, ShardReport(name, "", 0))
        total.wanted, total.kept, total.tried = (
            total.wanted + shard.wanted,
            total.kept + shard.kept,
            total.tried + shard.tried,
        )
        total.refused.update(shard.refused)
        total.given_up.update(shard.given_up)
        total.seconds += shard.seconds
    return {
        name: {
            "wanted": total.wanted,
            "kept": total.kept,
            "tried": total.tried,
            "refused": _most_first(total.refused),
            "given_up": _most_first(total.given_up),
            "seconds": round(total.seconds, 3),
        }
        for name, total in result.items()
    }


def _most_first(reasons: Counter[str]) -> dict[str, int]:
    """In an order that does not depend on whether a shard was made now or read back: count, then name."""
    return dict(sorted(reasons.items(), key=lambda entry: (-entry[1], entry[0])))
