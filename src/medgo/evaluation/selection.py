"""Which benchmarks a run can have: what was asked for, what is here, and why the rest is not. Knows no engine."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from medgo.errors import BenchmarkDataError, DownloadError, InputError
from medgo.evaluation.benchmarks.load import DataSources, LoadedBenchmark, load_benchmark
from medgo.evaluation.benchmarks.registry import find, note_for, select

_GROUPS = ("card", "all")


def parse_sources(values: Sequence[str] | None, *, download: bool) -> DataSources:
    """Read ``--data``: folders, and ``NAME=PATH`` for one benchmark; without any, the folder in ``MEDGO_DATA``.

    Raises:
        InputError: A path is not there, or a name is no benchmark's.
    """
    folders: list[Path] = []
    named: dict[str, Path] = {}
    for value in values or ([os.environ["MEDGO_DATA"]] if os.environ.get("MEDGO_DATA") else []):
        name, equals, path = value.partition("=")
        if equals and not path:
            raise InputError(f"--data {value}: there is no path after the =", hint="give NAME=PATH, or a folder")
        if equals and not Path(value).exists():
            named[find(name).name] = _existing(Path(path))
        else:
            folders.append(_existing(Path(value)))
    return DataSources(tuple(folders), named, download)


@dataclass(frozen=True, slots=True)
class Selection:
    """What a run can have of what was asked for.

    Args:
        loaded: Benchmarks with their items.
        missing: Name → why it is not here, and how to get it.
        named: Names that were asked for one by one: what cannot be done for them is an error, not a remark.
        notes: Remarks on names that are no data set's.
    """

    loaded: tuple[LoadedBenchmark, ...]
    missing: Mapping[str, str]
    named: frozenset[str]
    notes: tuple[str, ...] = ()


def load_selected(names: str, sources: DataSources) -> Selection:
    """Load benchmarks.

    Args:
        names: ``card``, ``all``, names, or any of these with commas between them.
        sources: Where to look.

    Raises:
        BenchmarkDataError: A benchmark asked for by its name is not here or is damaged.
        DownloadError: The Hub did not deliver a benchmark asked for by its name.
        InputError: There is no such benchmark.
    """
    words = [word.strip() for word in names.split(",") if word.strip()]
    own = [word for word in words if word.lower() not in _GROUPS]
    named = frozenset(find(word).name for word in own)
    loaded: list[LoadedBenchmark] = []
    missing: dict[str, str] = {}
    for benchmark in select(names):
        try:
            loaded.append(load_benchmark(benchmark, sources))
        except (BenchmarkDataError, DownloadError) as error:
            if benchmark.name in named:
                raise
            missing[benchmark.name] = _without_paths(str(error), sources).removeprefix(f"{benchmark.name}: ")
    notes = tuple(note for word in own if (note := note_for(word)))
    return Selection(tuple(loaded), missing, named, notes)


def _without_paths(text: str, sources: DataSources) -> str:
    """The text goes into manifests and reports, which travel; where a folder lies on this machine does not."""
    for folder in sources.folders:
        text = text.replace(str(folder), folder.name or "the data folder")
    return text


def _existing(path: Path) -> Path:
    if not path.exists():
        raise InputError(f"--data: {path} is not there", hint="give a folder with benchmark files, or NAME=PATH")
    return path
