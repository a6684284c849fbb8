"""Small files in a benchmark's schema, written for a test, and the folder of the real ones. Asserts nothing itself."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from medgo.evaluation.benchmarks.definition import Benchmark
from medgo.evaluation.benchmarks.load import DataSources, LoadedBenchmark, load_benchmark
from medgo.evaluation.prompting import choose_protocol, render

# Resolved: links to these files are made from other folders, where a relative MEDGO_DATA would point nowhere.
REAL = Path(os.environ.get("MEDGO_DATA", Path(__file__).parents[3] / "../shared/data")).resolve() / "benchmarks"


def write(path: Path, rows: object) -> Path:
    """Write rows as the suffix of the path says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".csv":
        assert isinstance(rows, Sequence)
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    elif path.suffix == ".jsonl":
        assert isinstance(rows, Sequence)
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    else:
        path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return path


def load(benchmark: Benchmark, folder: Path) -> LoadedBenchmark:
    """Load a benchmark from a folder in which other benchmarks may lie too."""
    return load_benchmark(benchmark, DataSources(folders=(folder,)))


def load_real(benchmark: Benchmark, folder: str) -> LoadedBenchmark:
    """Load the real files of a folder of MEDGO_DATA/benchmarks, or skip the test."""
    if not (REAL / folder).is_dir():
        pytest.skip(f"no {REAL / folder}: set MEDGO_DATA to the folder with benchmarks/{folder}")
    return load_benchmark(benchmark, DataSources(named={benchmark.name: REAL / folder}))


def prompts(loaded: LoadedBenchmark, protocol: str = "official") -> list[str]:
    """What the user's last message says for each item; an item that cannot be asked raises."""
    _, chosen = choose_protocol(loaded.benchmark, protocol, reasoning=None, cloze=False)
    return [render(item, chosen)[-1].content for item in loaded.items]


def without(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The row without some fields."""
    return {name: value for name, value in row.items() if name not in names}
