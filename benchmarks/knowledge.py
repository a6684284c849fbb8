"""What the knowledge index costs: building it cold, opening it warm, asking it. Prints one table.

Run from the repository root; nothing of the user's cache is touched::

    python benchmarks/knowledge.py
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil

REPEATS = 5
QUERIES = 2_000
TYPOS = 100


def main() -> None:
    """Build in an empty cache, then measure."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MEDGO_CACHE"] = folder
        row("building, cold", f"{seconds(_open_elsewhere):.1f} s")
        opened = [_opening() for _ in range(REPEATS)]
        row("process start to first answer, warm", f"{np.median([seconds(_open_elsewhere) for _ in opened]):.2f} s")
        row("of it, import and open", f"{np.median([value[0] for value in opened]):.2f} s")
        row("resident memory after it", f"{np.median([value[1] for value in opened]):.0f} MB")
        _ask()


def _ask() -> None:
    from medgo.knowledge import open_knowledge
    from medgo.knowledge.similarity import Similarity

    knowledge = open_knowledge()
    row("size on disk", f"{knowledge.path.stat().st_size / 1e6:.0f} MB")
    row("sources", ", ".join(source.id for source in knowledge.sources()))
    spent, concepts = timed(lambda: list(knowledge.concepts()))
    row("concepts()", f"{len(concepts):,} in {spent:.2f} s")
    for source in ("hpo_orpha", None):
        spent, count = timed(lambda source=source: sum(1 for _ in knowledge.statements("has_sign", source)))
        row(f"statements('has_sign', {source!r})", f"{count:,} in {spent:.2f} s")
    rng = np.random.default_rng(0)
    chosen = [concepts[place] for place in rng.integers(len(concepts), size=QUERIES)]
    names = [concept.names[0].text for concept in chosen]
    chinese = [name.text for c in concepts for name in c.names if name.lang == "zh" and len(name.text) >= 2]
    pairs = [text[:2] for text in rng.choice(chinese, QUERIES)] if chinese else []
    misspelt = [text[:3] + text[4:] for text in names if len(text) > 8][:TYPOS]
    rate("lookup", [lambda c=c: knowledge.lookup(c.id) for c in chosen])
    rate("relations", [lambda c=c: knowledge.relations(c.id) for c in chosen])
    rate("ancestors", [lambda c=c: knowledge.ancestors(c.id) for c in chosen])
    rate("search, whole name", [lambda t=t: knowledge.search(t) for t in names])
    rate("search, two Chinese characters", [lambda t=t: knowledge.search(t) for t in pairs])
    rate("search, one letter missing", [lambda t=t: knowledge.search(t) for t in misspelt])
    spent, similarity = timed(lambda: Similarity(knowledge))
    row("Similarity()", f"{len(similarity.diseases):,} diseases in {spent:.2f} s")
    rate("confusable", [lambda d=d: similarity.confusable(d, rng) for d in rng.choice(similarity.diseases, 300)])
    row("resident memory after all", f"{psutil.Process().memory_info().rss / 1e6:.0f} MB")


def _opening() -> tuple[float, float]:
    """Seconds and megabytes of a fresh process that opens the index and looks one concept up."""
    code = (
        "import time; t = time.perf_counter()\n"
        "from medgo.knowledge import open_knowledge\n"
        "open_knowledge().lookup('HP:0001250')\n"
        "s = time.perf_counter() - t\n"
        "import psutil; print(s, psutil.Process().memory_info().rss / 1e6)"
    )
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    spent, memory = map(float, out.split())
    return spent, memory


def _open_elsewhere() -> None:
    subprocess.run(
        [sys.executable, "-c", "from medgo.knowledge import open_knowledge as o; o().lookup('HP:0001250')"],
        check=True,
        cwd=Path.cwd(),
        capture_output=True,
    )


def timed(work: Callable[[], object]) -> tuple[float, object]:
    """Seconds, and what came of it."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def seconds(work: Callable[[], object]) -> float:
    """Seconds that it takes."""
    return timed(work)[0]


def rate(what: str, calls: list[Callable[[], object]]) -> None:
    """Print calls per second, and the slowest of twenty."""
    if not calls:
        return
    spent = np.array([seconds(call) for call in calls])
    row(what, f"{len(calls) / spent.sum():,.0f}/s, 95 % within {np.quantile(spent, 0.95) * 1000:.1f} ms")


def row(what: str, value: str) -> None:
    """Print a line of the table."""
    print(f"{what:38} {value}", flush=True)


if __name__ == "__main__":
    main()
