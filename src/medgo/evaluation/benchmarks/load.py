"""Loads a benchmark from a named file, a data folder or the hub, and says what was found, or what is missing.

Knows no engine and no prompt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from medgo.errors import BenchmarkDataError
from medgo.evaluation.benchmarks._tables import AGAIN
from medgo.evaluation.benchmarks.definition import Benchmark
from medgo.evaluation.benchmarks.hub import HubCopy, cached, fetch
from medgo.evaluation.benchmarks.local import (
    Candidate,
    DataFile,
    Match,
    Reading,
    Recogniser,
    candidates_in,
    candidates_named,
    read_form,
    shown,
    unfinished_in,
)
from medgo.schema import EvalItem


@dataclass(frozen=True, slots=True)
class DataSources:
    """Where to look for benchmarks, in this order.

    Args:
        named: Benchmark → its file, or the folder that holds nothing but its files.
        folders: Folders that are searched with everything below them.
        download: Ask the hub for what is not here; otherwise only an earlier download is used.
    """

    folders: tuple[Path, ...] = ()
    named: Mapping[str, Path] = field(default_factory=dict)
    download: bool = False


@dataclass(frozen=True, slots=True)
class LoadedBenchmark:
    """A benchmark's items and where they came from.

    Args:
        items: What is asked, in the order of the files.
        dev: Items that may only be few-shot examples; empty where their file was not found.
        form: Name of the form that the file has.
        files: All files that were read, with their hashes, those of ``dev`` last.
        left_out: Rows of the test files that belong to something else (another discipline, split or question type).
        revision: Commit of the hub, or empty for local files.
        notes: What a reader of the results should know: another size than published, merged copies, an encoding.
    """

    benchmark: Benchmark
    items: tuple[EvalItem, ...]
    dev: tuple[EvalItem, ...]
    form: str
    files: tuple[DataFile, ...]
    left_out: int
    revision: str
    notes: tuple[str, ...]


def load_benchmark(benchmark: Benchmark, sources: DataSources) -> LoadedBenchmark:
    """Find, recognise, read and check a benchmark.

    Raises:
        BenchmarkDataError: It is not here, half downloaded, in none of its forms, empty, without gold, or an id
            stands for two items. The hint says how to get it.
        DownloadError: The hub was asked and did not deliver.
    """
    try:
        candidates = _candidates(benchmark, sources)
        loaded, recogniser = _load(benchmark, candidates)
        if loaded is None and (copy := _from_hub(benchmark, sources)) is not None:
            notes = _passed_over(benchmark, sources, candidates, recogniser)
            candidates = [Candidate(copy.folder / name, name, named=True) for name in copy.files]
            loaded, recogniser = _load(benchmark, candidates, copy.commit)
            loaded = loaded and replace(loaded, notes=(*loaded.notes, *notes))
        if loaded is None:
            raise _missing(benchmark, sources, candidates, recogniser)
    except BenchmarkDataError as error:
        hint = how_to_get(benchmark) if error.hint in ("", AGAIN) else f"{error.hint}; {how_to_get(benchmark)}"
        raise BenchmarkDataError(f"{benchmark.name}: {error.message}", hint=hint) from error
    return loaded


def how_to_get(benchmark: Benchmark) -> str:
    """Say where the benchmark can be had, as an instruction."""
    source = benchmark.source
    ways = []
    if source.hub:
        gate = f" (accept its terms on {source.page} and log in with `hf auth login` first)" if source.gated else ""
        ways.append(f"`medgo eval run … --download` gets {source.hub} from the Hugging Face Hub{gate}")
    if source.get:
        ways.append(source.get.rstrip("."))
    elif not source.hub:
        ways.append(f"get it from {source.page}")
    ways.append(f"or give a copy with --data {benchmark.name}=PATH")
    return "; ".join(ways)


def _load(
    benchmark: Benchmark, candidates: Sequence[Candidate], revision: str = ""
) -> tuple[LoadedBenchmark | None, Recogniser]:
    recogniser = Recogniser(benchmark, candidates)
    best = _best(benchmark, list(recogniser.matches("test")))
    return (None if best is None else _complete(benchmark, best, recogniser, revision)), recogniser


def _from_hub(benchmark: Benchmark, sources: DataSources) -> HubCopy | None:
    """An earlier download, or a new one where that is allowed; what the user named is never replaced."""
    if not benchmark.source.hub or benchmark.name in sources.named:
        return None
    copy = cached(benchmark.source)
    return fetch(benchmark.source) if copy is None and sources.download else copy


def _best(benchmark: Benchmark, matches: Sequence[Match]) -> tuple[str, Reading] | None:
    """Read the first form that holds as many items as are published, or else the first one that holds any.

    A folder may hold a sample in one form beside the whole in another. A form that cannot be read is an error unless
    an earlier one holds items, or a later one all of them.
    """
    empty: tuple[str, Reading] | None = None
    first: tuple[str, Reading] | BenchmarkDataError | None = None
    for match in matches:
        try:
            outcome = (match.form.name, read_form(match, benchmark))
        except BenchmarkDataError as error:
            first = first or error
            continue
        if len(outcome[1].items) == benchmark.size:
            return outcome
        if outcome[1].items:
            first = first or outcome
        else:
            empty = empty or outcome
    if isinstance(first, BenchmarkDataError):
        raise first
    return first or empty


def _candidates(benchmark: Benchmark, sources: DataSources) -> list[Candidate]:
    if benchmark.name in sources.named:
        return candidates_named(sources.named[benchmark.name])
    found = [candidate for folder in sources.folders for candidate in candidates_in(folder, benchmark)]
    # A folder may have been given twice, or one inside of another.
    return list({candidate.path.resolve(): candidate for candidate in found}.values())


def _missing(
    benchmark: Benchmark, sources: DataSources, candidates: Sequence[Candidate], recogniser: Recogniser
) -> BenchmarkDataError:
    if damaged := recogniser.damaged:
        return damaged[0]
    candidates = [candidate for candidate in candidates if recogniser.may_be(candidate)]
    if damaged := recogniser.damaged:  # looking at the rest has opened it
        return damaged[0]
    if candidates:
        count = "the file" if len(candidates) == 1 else f"none of the {len(candidates)} files"
        verb = "that was found is not in a form" if len(candidates) == 1 else "that were found is in a form"
        return BenchmarkDataError(f"{count} {verb} that is known. Closest: {recogniser.closest()}")
    if unfinished := [path for folder in sources.folders for path in unfinished_in(folder, benchmark)]:
        return BenchmarkDataError(f"only an unfinished download is here: {shown(unfinished)}", hint=AGAIN)
    where = f"in {shown(sources.folders)}" if sources.folders else "here (no data folder was given)"
    return BenchmarkDataError(f"its data is not {where}{recogniser.seen()}")


def _passed_over(
    benchmark: Benchmark, sources: DataSources, candidates: Sequence[Candidate], recogniser: Recogniser
) -> list[str]:
    """Say why files that looked like the benchmark's were not read before a copy of the hub's was."""
    if not any(recogniser.may_be(candidate) for candidate in candidates):
        return []
    return [f"taken from the hub: {_missing(benchmark, sources, candidates, recogniser).message}"]


def _complete(
    benchmark: Benchmark, best: tuple[str, Reading], recogniser: Recogniser, revision: str
) -> LoadedBenchmark:
    form, reading = best
    notes = list(reading.notes)
    if not reading.items:
        why = f"; all {reading.left_out} rows belong to something else" if reading.left_out else ""
        raise BenchmarkDataError(f"{shown([str(file.path) for file in reading.files])}: no items{why}")
    if len(reading.items) != benchmark.size:
        if damaged := recogniser.damaged:  # the items that are missing may be the ones in a file that is broken
            raise damaged[0]
        notes.append(f"{len(reading.items)} items, where {benchmark.size} are published")
    dev = next(recogniser.matches("dev"), None)
    examples = read_form(dev, benchmark) if dev is not None else Reading((), (), 0, ())
    notes += [*examples.notes, *(f"left aside: {error.message}" for error in recogniser.damaged)]
    return LoadedBenchmark(
        benchmark=benchmark,
        items=_named(benchmark, reading.items),
        dev=_named(benchmark, examples.items),
        form=form,
        files=reading.files + examples.files,
        left_out=reading.left_out,
        revision=revision,
        notes=tuple(notes),
    )


def _named(benchmark: Benchmark, items: Sequence[EvalItem]) -> tuple[EvalItem, ...]:
    """Items that say which benchmark they are asked in: two readings of one file share their readers."""
    return tuple(
        item if item.benchmark == benchmark.name else replace(item, benchmark=benchmark.name) for item in items
    )
