"""Memory of `medgo deid run`: how much it takes for longer and longer files, and for more and more identifiers.

    python benchmarks/deid_memory.py [--sizes 20 100 400] [--seconds 600] [--thin] [--identifiers 1 4 16]

Files are made notes again and again, each time of other patients with another record number. Every size is a run of its
own process, with surrogates in two passes. What a run has after ``--seconds`` is printed, and how far it has come by
then. ``--thin`` finds record numbers alone, so that reading, both passes, replacing and writing see 1 GB in minutes.

Peaks are those of the process's own memory (``RssAnon``). Beside them stands what it had of files in memory, which the
system takes back when it needs room: libraries, and the keyed hashes of identifiers that were looked up.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count, cycle
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from rich.console import Console
from rich.table import Table

from medgo.deid.deidentifier import Deidentifier
from medgo.deid.keys import create_key
from medgo.deid.notes import generate_notes
from medgo.deid.protocol import Finding, Note
from medgo.deid.runs import RunConfig, run_deid
from medgo.deid.runs.checkpoint import Totals
from medgo.deid.runs.seen import write_seen
from medgo.deid.runs.tools import Tools, open_tools
from medgo.deid.runs.working import Outcome
from medgo.schema import Lang

_MB = 1_000_000
LANGS: tuple[Lang, ...] = ("zh", "en")
_LABEL = "No. "
_DIGITS = 10


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="*", default=[20, 100, 400], help="files, in MB")
    parser.add_argument("--seconds", type=float, default=600, help="longest run of one file")
    parser.add_argument("--thin", action="store_true", help="find record numbers alone")
    parser.add_argument(
        "--identifiers", type=int, nargs="*", default=[1, 4, 16], help="for the first pass, in millions"
    )
    parser.add_argument("--folder", type=Path, help="where files are made; a temporary folder unless told")
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    options: Any = parser.parse_args()
    if options.child:
        sys.stdout.write(json.dumps(_measured(options.child[0], options.child[1:], options)) + "\n")
        return
    rows = []
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        create_key(Path(folder) / "key")
        for size in options.sizes:
            rows.append((f"{size} MB", _child(options, "run", folder, str(size))))
        rows += [(f"{ones} M identifiers", _child(options, "seen", folder, str(ones))) for ones in options.identifiers]
    table = Table(title="peak memory" + (", record numbers alone" if options.thin else ""))
    for column in ("what", "seconds", "MB read", "first pass, MiB", "second pass, MiB", "of files, MiB", "on disk, MB"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for name, row in rows:
        table.add_row(name, *(f"{row[key]:,.0f}" for key in ("seconds", "read", "first", "second", "files", "disk")))
    Console(width=132).print(table)


def _child(options: Any, *words: str) -> dict[str, float]:
    command = [sys.executable, __file__, "--seconds", str(options.seconds), *(["--thin"] if options.thin else [])]
    done = subprocess.run([*command, "--child", *words], check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _measured(what: str, words: list[str], options: Any) -> dict[str, float]:
    folder, number = Path(words[0]), int(words[1])
    if what == "seen":
        return _first_pass_alone(folder, number)
    return _run(folder, number * _MB, options)


class Sampler:
    """Peaks of the process's memory by pass, asked after each batch."""

    def __init__(self, size: int) -> None:
        self._size = size
        self.read = 0
        self.own = {"first": 0.0, "second": 0.0}
        self.files = 0.0

    def start(self, total: int) -> None:
        """Nothing is read yet."""

    def advance(self, size: int, totals: Totals) -> None:  # noqa: ARG002 - the run tells both
        """Look at the memory; the second pass begins where the file has been read once."""
        which = "first" if self.read < self._size - 2 else "second"
        own, files = resident()
        self.own[which] = max(self.own[which], own)
        self.files = max(self.files, files)
        self.read += size + 1


def resident() -> tuple[float, float]:
    """The process's own memory, and what it has of files, in MiB."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return tuple(int(status[name].split()[0]) / 1024 for name in ("RssAnon", "RssFile"))  # type: ignore[return-value]


def _run(folder: Path, size: int, options: Any) -> dict[str, float]:
    path, output = folder / f"{size}.jsonl", folder / f"{size}.out.jsonl"
    written = _write_notes(path, size)
    sampler, begun = Sampler(written), time.perf_counter()
    seen = output.with_name(output.name + ".run") / "seen.bin"
    disk = 0

    def should_stop() -> bool:
        nonlocal disk
        disk = disk or (seen.stat().st_size if seen.exists() else 0)
        return time.perf_counter() - begun > float(options.seconds)

    run_deid(
        RunConfig(path, output, key_file=folder / "key"),
        watch=sampler,
        should_stop=should_stop,
        open_run_tools=_thin_tools if options.thin else open_tools,
    )
    path.unlink()
    output.unlink(missing_ok=True)
    return {
        "seconds": time.perf_counter() - begun, "read": sampler.read / _MB, **sampler.own,
        "files": sampler.files, "disk": disk / _MB,
    }  # fmt: skip


def _write_notes(path: Path, size: int) -> int:
    """Made notes of both languages until the file is long enough; returns its bytes."""
    notes = [note for lang in LANGS for note in generate_notes(40, 11, "dev", lang)]
    written = 0
    with path.open("w", encoding="utf-8") as file:
        for number, note in zip(count(1), cycle(notes), strict=False):
            text = f"{_LABEL}{number:0{_DIGITS}d}\n{note.text}"
            line = json.dumps({"id": f"r{number}", "patient_id": f"p{number}", "text": text}, ensure_ascii=False) + "\n"
            file.write(line)
            written += len(line.encode())
            if written >= size:
                return written
    return written


class RecordNumbers:
    """Finds the number that every note begins with."""

    name: ClassVar[str] = "record_numbers"
    version: ClassVar[str] = "1"

    def find(self, note: Note) -> Iterator[Finding]:  # noqa: ARG002 - they all begin so
        """One finding."""
        start = len(_LABEL)
        yield Finding(start, start + _DIGITS, "medical_record_number", 1.0, self.name)


def _thin_tools(config: RunConfig, salt: bytes) -> Tools:
    tools = open_tools(config, salt)
    finder = Deidentifier((RecordNumbers(),), tools.deidentifier.gate)
    return replace(tools, deidentifier=finder, coarse=None)


def _first_pass_alone(folder: Path, millions: int) -> dict[str, float]:
    """Only the hashes: so many different identifiers, each in two records."""
    rng, batch, begun = np.random.default_rng(5), 1 << 14, time.perf_counter()
    before, peaks, done = resident()[0], [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(0.005):
            peaks[0] = max(peaks[0], resident()[0])

    def batches() -> Iterator[list[Outcome]]:
        for at in range(millions * _MB // batch):
            hashes = rng.integers(0, 1 << 64, batch, dtype=np.uint64).astype(">u8").tobytes()
            yield [Outcome(0, at, "", batch, None, hashes), Outcome(0, at, "", batch, None, hashes)]

    watcher = threading.Thread(target=watch)
    watcher.start()
    path = folder / "hashes"
    write_seen(path, batches())
    done.set()
    watcher.join()
    disk, took = path.stat().st_size / _MB, time.perf_counter() - begun
    path.unlink()
    return {"seconds": took, "read": 0, "first": peaks[0] - before, "second": 0, "files": resident()[1], "disk": disk}


if __name__ == "__main__":
    main()
