"""Training on one process of one thread, one of all threads, and one process a core: tokens a second, of one run.

    python benchmarks/processes.py [--rows 256] [--rounds 1]

Rows as the nano model's first stage has them (terms, messages of patients), steps of at least 16 rows in micro-batches
of 4, LoRA r16 on all linear layers of the embedded model, ``medgo train run`` from its start to its end. Tokens a
second are those of the training loop, without start and end; the ways take turns.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from medgo.inference.models.machine import usable_cores

console = Console(width=132)
_CORES = usable_cores()
# Name → processes, threads of each.
_WAYS: Mapping[str, tuple[int, int]] = {
    "one process, one thread": (1, 1),
    f"one process, {_CORES} threads": (1, _CORES),
    f"{_CORES} processes, one thread each": (_CORES, 1),
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=1)
    asked = parser.parse_args()
    found: dict[str, list[float]] = {way: [] for way in _WAYS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_rows(folder, asked.rows)
        for turn in range(asked.rounds):
            for way, (processes, threads) in _WAYS.items():
                speed = train(folder, folder / f"{way} {turn}", processes, threads)
                console.print(f"{way}: {speed:.0f} tokens/s")
                found[way].append(speed)
    show(found)


def write_rows(folder: Path, count: int) -> None:
    """Rows of the short generators, and nothing else."""
    mix = [{"generator": name, "weight": 0.5} for name in ("short_terms", "triage")]
    recipe = {
        "name": "rows",
        "output": str(folder / "rows"),
        "sets": {"stage1": {"rows": count, "mix": mix}},
        "keep": {"overlap": "off"},
    }
    _medgo("synthesize", _written(folder / "rows.yaml", recipe))


def train(folder: Path, output: Path, processes: int, threads: int) -> float:
    """Tokens a second of one epoch."""
    stage = {
        "name": "stage1",
        "method": "sft",
        "data": [{"path": str(folder / "rows" / "stage1.jsonl")}],
        "optimiser": {"learning_rate": 1e-3},
        "batch": {"rows": 4 * _CORES * -(-4 // _CORES), "micro_rows": 4},  # as many micro-batches for each process
    }
    recipe = {
        "name": "processes",
        "model": "embedded",
        "output": str(output),
        "trackers": [],
        "gates": {"overlap": "off"},
        "devices": {"processes": processes},
        "stages": [stage],
    }
    _medgo("train", "run", _written(output.with_suffix(".yaml"), recipe), threads=threads)
    lines = (output / "1-stage1" / "curves.jsonl").read_text(encoding="utf-8").splitlines()
    return float(json.loads(lines[-1])["tokens_per_second"])


def _written(path: Path, recipe: Mapping[str, Any]) -> str:
    path.write_text(json.dumps(recipe), encoding="utf-8")  # JSON is YAML
    return str(path)


def _medgo(*words: str, threads: int = 1) -> None:
    command = [sys.executable, "-m", "medgo", *words]
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")


def show(found: Mapping[str, list[float]]) -> None:
    """Best of all rounds, and how many times one process with all threads it is."""
    best = {way: max(speeds) for way, speeds in found.items()}
    table = Table("way", "tokens/s", "of one process with all threads")
    whole = best[f"one process, {_CORES} threads"]
    for way, speed in best.items():
        table.add_row(way, f"{speed:.0f}", f"{speed / whole:.2f} x")
    console.print(table)


if __name__ == "__main__":
    main()
