"""Reading and curating on one worker and on two, and what PubMed and PMC would take at these rates.

    python benchmarks/corpus_scale.py [--files 8] [--citations 4000] [--articles 600] [--price 0.05] [--quick]

Files are made as ``corpus_xml.py`` makes them. Rates of one worker and of two are of the clock and of one run of
``medgo corpus read`` and ``medgo curate run``, start of all processes included. The second table is arithmetic: rates
of one core, counts that NLM publishes, and a price of a core-hour; the comparison of all signatures is one process,
whatever the number of machines.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import gzip
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from corpus_xml import article, citations
from rich.console import Console
from rich.table import Table

from medgo.curation.comparisons import NearDuplicates
from medgo.curation.protocol import Place

console = Console(width=118)
STEPS = ("normalise", "language", "quality", "licence", "retraction", "residue")
COMPARISONS = ("versions", "exact_duplicates", "near_duplicates")
# PubMed's baseline of 2026 and the articles of PMC's Open Access Subset, rounded (NLM).
PUBMED, PMC = 40_000_000, 6_000_000
# Of PubMed's citations about two thirds have an abstract.
WITH_ABSTRACT = 27_000_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=8)
    parser.add_argument("--citations", type=int, default=4000, help="in a file")
    parser.add_argument("--articles", type=int, default=600, help="of JATS, in all")
    parser.add_argument("--price", type=float, default=0.05, help="of a core-hour, dollars")
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    options: Any = parser.parse_args()
    share = 10 if options.quick else 1
    rng = random.Random(5)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(options.files):
            text = "".join(citations(options.citations // share, rng))
            (folder / f"pubmed25n{number:04}.xml.gz").write_bytes(gzip.compress(text.encode(), 6))
        articles = folder / "articles"
        articles.mkdir()
        for number in range(options.articles // share):
            (articles / f"PMC{number}.xml").write_text(article(number, rng), "utf-8")
        measured = measure(folder, options.files * (options.citations // share), options.articles // share)
    measured["decide"] = deciding(20_000 if options.quick else 400_000)
    show_rates(measured)
    show_costs(measured, options.price)


def measure(folder: Path, count: int, articles: int) -> dict[str, Any]:
    """Items a second by what is done and number of workers."""
    rates: dict[str, Any] = {}
    for workers in (1, 2):
        read = folder / f"read{workers}"
        jats, pattern = folder / f"jats{workers}", folder / "articles" / "*.xml"
        parts: tuple[tuple[str, int, Callable[[], None]], ...] = (
            ("read PubMed", count, partial(reading, folder / "pubmed*.xml.gz", read, workers)),
            ("curate abstracts", count, partial(curating, read, folder / f"out{workers}", workers)),
            ("read JATS", articles, partial(reading, pattern, jats, workers)),
            ("curate articles", articles, partial(curating, jats, folder / f"full{workers}", workers)),
        )
        for what, items, run in parts:
            rates[what, workers] = items / timed(run)
    same = [(folder / f"out{n}" / "documents").glob("*.jsonl") for n in (1, 2)]
    if [file.read_bytes() for file in sorted(same[0])] != [file.read_bytes() for file in sorted(same[1])]:
        raise SystemExit("one worker and two wrote different bytes")
    return rates


def timed(run: Callable[[], None]) -> float:
    """Seconds of the clock."""
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def reading(pattern: Path, output: Path, workers: int) -> None:
    """Read files into a folder of documents."""
    output.mkdir()
    command("corpus", "read", pattern, output / "documents.jsonl", "--licence", "CC0-1.0", "--workers", workers)


def curating(source: Path, output: Path, workers: int) -> None:
    """Clean and compare."""
    size = sum(file.stat().st_size for file in source.glob("*.jsonl"))
    recipe = {
        "name": "scale",
        "output": str(output),
        "inputs": [{"path": str(source)}],
        "steps": [{"use": name} for name in STEPS],
        "comparisons": [{"use": name} for name in COMPARISONS],
        "shard_bytes": max(size // 8, 2**16),
    }
    file = output.with_suffix(".yaml")
    file.write_text(json.dumps(recipe), "utf-8")  # JSON is YAML
    command("curate", "run", file, "--workers", workers)


def command(*arguments: object) -> None:
    """Run ``medgo``; its start is part of what is measured."""
    program = [str(Path(sys.executable).parent / "medgo"), *map(str, arguments)]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)


def deciding(count: int) -> float:
    """Signatures a second that one process compares with each other."""
    rng = np.random.default_rng(1)
    signed = [(Place(0, n), f"pubmed:{n}", rng.integers(0, 2**32, 128, np.uint32).tobytes()) for n in range(count)]
    begun = time.perf_counter()
    list(NearDuplicates(engine="numpy").decide(signed))
    return count / (time.perf_counter() - begun)


def show_rates(rates: dict[Any, Any]) -> None:
    """The first table."""
    table = Table("what", "one worker, items/s", "two workers, items/s", "ratio")
    for what in ("read PubMed", "read JATS", "curate abstracts", "curate articles"):
        one, two = rates[what, 1], rates[what, 2]
        table.add_row(what, f"{one:,.0f}", f"{two:,.0f}", f"{two / one:.2f}")
    table.add_row("compare signatures", f"{rates['decide']:,.0f}", "", "")
    console.print(table)


def show_costs(rates: dict[Any, Any], price: float) -> None:
    """The second table."""
    table = Table(
        "on paper", "items", "core-hours", "32 cores, h", "8 machines of 32, h", f"$ at {price}", title="at these rates"
    )
    every = (
        ("read PubMed", PUBMED, rates["read PubMed", 1]),
        ("curate its abstracts", WITH_ABSTRACT, rates["curate abstracts", 1]),
        ("read PMC Open Access", PMC, rates["read JATS", 1]),
        ("curate its articles", PMC, rates["curate articles", 1]),
    )
    total, alone = 0.0, (WITH_ABSTRACT + PMC) / rates["decide"] / 3600
    for what, count, rate in every:
        hours = count / rate / 3600
        total += hours
        table.add_row(
            what, f"{count:,}", f"{hours:,.1f}", f"{hours / 32:.2f}", f"{hours / 256:.2f}", f"{hours * price:,.2f}"
        )
    table.add_row(
        "compare all",
        f"{WITH_ABSTRACT + PMC:,}",
        f"{alone:.1f}",
        f"{alone:.1f}",
        f"{alone:.1f}",
        f"{alone * price:,.2f}",
    )
    table.add_row(
        "all",
        "",
        f"{total + alone:,.1f}",
        f"{total / 32 + alone:.1f}",
        f"{total / 256 + alone:.1f}",
        f"{(total + alone) * price:,.2f}",
    )
    console.print(table)
    documents = WITH_ABSTRACT + PMC
    console.print(
        f"memory while comparing: {documents * 655 / 2**30:.0f} GiB (655 bytes a document, corpus_dedup.py); "
        f"signatures on disk: {documents * 512 / 2**30:.0f} GiB"
    )


if __name__ == "__main__":
    main()
