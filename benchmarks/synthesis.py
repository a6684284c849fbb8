"""What rows cost that are made without a model, and whether complex cases are what the vocabularies say.

    python benchmarks/synthesis.py [--rows 1500] [--cases 1000] [--quick]

Rows a second are of processor time on one core, after a warm-up and the reading of tables: of making rows, of
verifying rows never seen, and of a whole shard (made, checked, compared with 20,000 invented benchmark items, written).
Then what it takes to begin, the memory of a process that makes a small shard and one of ten times as many rows, what a
second process brings, and complex cases counted again from what the index states. What verifier and guard find is in
``verification.py``, what scripts with a model cost in ``teacher.py``.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import multiprocessing
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from _synthesis_cases import check_cases
from rich.console import Console
from rich.table import Table

from medgo.curation.decontamination import GuardedItem, ItemIndex
from medgo.knowledge import Knowledge, open_knowledge
from medgo.knowledge.lexicon import KINDS, Lexicon
from medgo.synthesis.keeping import Keeper, texts_of
from medgo.synthesis.plan import plan_synthesis
from medgo.synthesis.protocol import Draft, Generator
from medgo.synthesis.recipe import Recipe
from medgo.synthesis.registry import GENERATORS
from medgo.synthesis.runner import Overlap, run_synthesis
from medgo.synthesis.shards import Job, make_shard
from medgo.synthesis.verification import Verifier
from medgo.synthesis.workshop import Bench, open_bench

console = Console(width=132)
_SETS = {"sft": "stage2", "preference": "preference", "labelled": "labels"}
_ITEMS = 20_000
_WARM_UP = 200


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1500, help="rows per generator")
    parser.add_argument("--cases", type=int, default=1000, help="complex cases that are counted again")
    parser.add_argument("--memory-rows", type=int, default=500, help="rows of the small shard")
    parser.add_argument("--quick", action="store_true", help="under a minute: fewer rows, one process")
    options: Any = parser.parse_args()
    if options.quick:
        options.rows, options.cases, options.memory_rows = 150, 150, 40
    knowledge, lexicon = measure_start(make=not options.quick)
    free = [generator for generator in GENERATORS if not generator.needs]
    measure_generators(free, knowledge, lexicon, options.rows)
    measure_memory(free[:1] if options.quick else free, options.memory_rows)
    if not options.quick:  # where starting is most of the time, a second process is no gain
        measure_workers(free, options.rows)
    table = Table(title=f"{options.cases:,} complex cases, counted again from the index")
    table.add_column("what")
    table.add_column("found", justify="right")
    for what, found in check_cases(knowledge, options.cases, seed=11):
        table.add_row(what, found)
    console.print(table)


def measure_start(*, make: bool) -> tuple[Knowledge, Lexicon]:
    """What has to be open before the first row; the index itself is built by ``knowledge.py``."""
    table = Table(title="to begin, one core")
    table.add_column("what")
    table.add_column("seconds", justify="right")
    spent, knowledge = _timed(open_knowledge)
    table.add_row("open the index", f"{spent:.2f}")
    if make:
        spent, _ = _timed(lambda: Lexicon.of([c for c in knowledge.concepts() if c.kind in KINDS]))
        table.add_row("lexicon, made", f"{spent:.2f}")
    Lexicon.build(knowledge)
    spent, lexicon = _timed(lambda: Lexicon.build(knowledge))
    table.add_row("lexicon, read", f"{spent:.2f}")
    console.print(table)
    return knowledge, lexicon


def measure_generators(generators: list[type[Generator]], knowledge: Knowledge, lexicon: Lexicon, rows: int) -> None:
    """Making, verifying and keeping; each generator with a verifier that has seen nothing but the warm-up."""
    with tempfile.TemporaryDirectory() as folder:
        bench = _Bench(knowledge, lexicon, Path(folder) / "items.npz")
        table = Table(title=f"{rows:,} rows of each generator, one core; tables read first")
        for name in (
            "generator",
            "tables, s",
            "made/s",
            "characters",
            "verified/s",
            "per 1,000",
            "shard rows/s",
            "kept",
        ):
            table.add_column(name, justify="left" if name == "generator" else "right")
        for generator in generators:
            table.add_section()
            _measure_generator(generator, bench, rows, table)
        console.print(table)
        rate, share = bench.overlap_cost()
    console.print(f"compared with {_ITEMS:,} benchmark items: {rate:,.0f} rows/s, {share:.0f} MB of index\n")


class _Bench:
    """What every shard is made with; the verifier is new for each generator."""

    def __init__(self, knowledge: Knowledge, lexicon: Lexicon, items: Path) -> None:
        self.knowledge, self.lexicon = knowledge, lexicon
        self.index = invented_items(knowledge)
        self.index.save(items)
        self.drafts: list[Draft] = []

    def shop(self, name: str, stage: str, rows: int) -> Bench:
        """A workshop for a recipe of this generator only."""
        recipe = recipe_of({stage: [(name, 1.0)]}, rows, rows, "unused")
        keeper = Keeper(recipe.keep, Verifier(self.lexicon, self.knowledge), self.index)
        return Bench(recipe, self.knowledge, keeper, ())

    def overlap_cost(self) -> tuple[float, float]:
        """Rows a second, and megabytes."""
        texts = ["\n".join(texts_of(draft.row)) for draft in self.drafts]
        spent, _ = _timed(lambda: [self.index.find(text) for text in texts], time.process_time)
        size = sum(part.nbytes for part in (*self.index.long, *self.index.short))
        return len(texts) / spent, size / 1e6


def _measure_generator(generator: type[Generator], bench: _Bench, rows: int, table: Table) -> None:
    stage = _SETS[generator.makes]
    shop = bench.shop(generator.name, stage, rows)
    job = Job(stage, generator.name, generator.name, {}, 0, 1, rows, 3, "")  # type: ignore[arg-type]
    made = generator().rows(shop.source(job), np.random.default_rng(2))
    tables, _ = _timed(lambda: next(made), time.process_time)
    verifier = Verifier(bench.lexicon, bench.knowledge)
    for draft in islice(made, _WARM_UP):
        verifier.verify(draft)
    spent, drafts = _timed(lambda: list(islice(made, rows)), time.process_time)
    bench.drafts += drafts[:_WARM_UP]
    with tempfile.TemporaryDirectory() as folder:
        shard, report = _timed(lambda: make_shard(job, shop, Path(folder), lambda _: None), time.process_time)
    whole = [f"{report.kept / shard:,.0f}", f"{report.kept / report.tried:.1%}"]
    table.add_row(generator.name, f"{tables:.1f}", f"{rows / spent:,.0f}", "", "", "", *whole)
    for lang in ("zh", "en"):
        mine = [draft for draft in drafts if draft.row.lang == lang]
        if mine:
            _measure_verifier(lang, mine, verifier, table)
    for reason, count in report.refused.most_common(3):
        table.add_row(f"  refused: {reason}", *[""] * 6, str(count))


def _measure_verifier(lang: str, drafts: list[Draft], verifier: Verifier, table: Table) -> None:
    characters = sum(len(text) for draft in drafts for text in texts_of(draft.row))
    spent, found = _timed(lambda: [verifier.verify(draft) for draft in drafts], time.process_time)
    held = f"{sum(not violations for violations in found) / len(drafts):.1%}"
    speed = (f"{len(drafts) / spent:,.0f}", f"{characters / 1000 / spent:,.0f}")
    table.add_row(f"  {lang}", "", "", f"{characters / len(drafts):,.0f}", *speed, "", held)


def measure_memory(generators: list[type[Generator]], rows: int) -> None:
    """Peak resident memory of a process that makes one shard, and one of ten times as many rows."""
    table = Table(title="peak memory of a process that makes one shard")
    for name in ("generator", f"{rows:,} rows", f"{10 * rows:,} rows", "ratio"):
        table.add_column(name, justify="left" if name == "generator" else "right")
    for generator in generators:
        few, many = (_elsewhere(shard_peak, generator.name, _SETS[generator.makes], n) for n in (rows, 10 * rows))
        table.add_row(generator.name, f"{few:.0f} MB", f"{many:.0f} MB", f"{many / few:.2f}")
    console.print(table)


def shard_peak(name: str, stage: str, rows: int) -> float:
    """Make a shard and tell the process's peak resident memory in megabytes."""
    recipe = recipe_of({stage: [(name, 1.0)]}, rows, rows, "unused")
    bench = open_bench(recipe, (), (), None)
    job = Job(stage, name, name, {}, 0, 1, rows, 3, "")  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory() as folder:
        make_shard(job, bench, Path(folder), lambda _: None)
    # ru_maxrss would hold the parent's memory too: it is taken over at exec.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1000


def measure_workers(generators: list[type[Generator]], rows: int) -> None:
    """The same recipe in one process and in two, from start to joined files. Only the ratio means something here."""
    sets: dict[str, list[str]] = {}
    for generator in generators:
        sets.setdefault(_SETS[generator.makes], []).append(generator.name)
    mix = {stage: [(name, 1 / len(names)) for name in names] for stage, names in sets.items()}
    spent = {}
    for workers in (1, 2):
        with tempfile.TemporaryDirectory() as folder:
            recipe = recipe_of(mix, rows * 4, rows // 2, folder)
            plan = plan_synthesis(recipe, today=date.today(), overlap="")
            spent[workers] = _elsewhere(_run, plan.recipe.model_dump_json(), workers)
    console.print(
        f"the same recipe, one process {spent[1]:.0f} s, two {spent[2]:.0f} s: {spent[1] / spent[2]:.2f} times as fast,"
        f" on {len(os.sched_getaffinity(0))} cores\n"
    )


def _run(recipe: str, workers: int) -> float:
    plan = plan_synthesis(Recipe.model_validate_json(recipe), today=date.today(), overlap="")
    return _timed(lambda: run_synthesis(plan, Overlap(None), workers=workers, watch=_Silent(), open_models=_none))[0]


class _Silent:
    """Watches nothing."""

    def start(self, total: int) -> None:
        """So many rows."""

    def made(self, rows: int) -> None:
        """Rows were kept."""

    def note(self, text: str) -> None:
        """Something begins."""


def _none(folder: Path) -> Any:
    raise AssertionError(f"nobody writes here: {folder}")


def recipe_of(sets: dict[str, list[tuple[str, float]]], rows: int, shard_rows: int, output: str) -> Recipe:
    """A recipe of sets: name → generators with their weights."""
    value = {
        name: {"rows": rows, "mix": [{"generator": one, "weight": weight} for one, weight in mix]}
        for name, mix in sets.items()
    }
    return Recipe.model_validate({"name": "bench", "output": output, "shard_rows": shard_rows, "sets": value})


def invented_items(knowledge: Knowledge) -> ItemIndex:
    """Benchmark items of twenty names each, drawn from the index."""
    names = [name.text for concept in knowledge.concepts("sign") for name in concept.names]
    chosen = np.random.default_rng(0).integers(len(names), size=(_ITEMS, 20))
    return ItemIndex.build(
        GuardedItem("invented", str(at), " ".join(names[i] for i in row)) for at, row in enumerate(chosen.tolist())
    )


def _elsewhere(work: Callable[..., float], *arguments: Any) -> float:
    """The result of a call in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def _timed(work: Callable[[], Any], clock: Callable[[], float] = time.perf_counter) -> tuple[float, Any]:
    """Seconds by this clock, and what came of it."""
    begun = clock()
    result = work()
    return clock() - begun, result


if __name__ == "__main__":
    main()
