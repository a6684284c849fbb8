"""Which benchmarks a run can have: what was asked for, what is here, and why the rest is not. Knows no engine."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from medgo.errors import BenchmarkDataError, DownloadError, InputError
from medgo.evaluation.benchmarks.load import DataSources, LoadedBenchmark, load_benchmark
from medgo.evaluation.benchmarks.registry import find, select


def parse_sources(values: Sequence[str] | None, *, download: bool) -> DataSources:
    """Read ``--data``: folders, and ``NAME=PATH`` for one benchmark; without any, the folder in ``MEDGO_DATA``.

    Raises:
        InputError: A path is not there, or a name is no benchmark's.
    """
    folders: list[Path] = []
    named: dict[str, Path] = {}
    for value in values or ([os.environ["MEDGO_DATA"]] if os.environ.get("MEDGO_DATA") else []):
        name, equals, path = value.partition("=")
        if equals and not Path(value).exists():
            named[find(name).name] = _existing(Path(path))
        else:
            folders.append(_existing(Path(value)))
    return DataSources(tuple(folders), named, download)


def load_selected(names: str, sources: DataSources) -> tuple[tuple[LoadedBenchmark, ...], dict[str, str]]:
    """Load benchmarks.

    Args:
        names: ``card``, ``all``, or names with commas between them.
        sources: Where to look.

    Returns:
        What could be loaded, and name → why not for the rest: only groups may have a rest.

    Raises:
        BenchmarkDataError: A benchmark asked for by its name is not here or is damaged.
        DownloadError: The Hub did not deliver a benchmark asked for by its name.
        InputError: There is no such benchmark.
    """
    loaded: list[LoadedBenchmark] = []
    missing: dict[str, str] = {}
    for benchmark in select(names):
        try:
            loaded.append(load_benchmark(benchmark, sources))
        except (BenchmarkDataError, DownloadError) as error:
            if names.strip().lower() not in ("card", "all"):
                raise
            missing[benchmark.name] = str(error).removeprefix(f"{benchmark.name}: ")
    return tuple(loaded), missing


def _existing(path: Path) -> Path:
    if not path.exists():
        raise InputError(f"--data: {path} is not there", hint="give a folder with benchmark files, or NAME=PATH")
    return path
