"""How many replies a second the answer reader reads, on one core.

    python benchmarks/reading.py

Reads the labelled replies of the reader's own tests and, where MEDGO_DATA has them, ExplainCPE's stored replies of five
models; the median of several rounds.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from medgo.evaluation.reading import read_answer

ROOT = Path(__file__).parent.parent
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ROUNDS = 7
console = Console()
Case = tuple[str, dict[str, str]]


def corpus() -> list[Case]:
    """Replies written for the tests."""
    rows = []
    for file in sorted((ROOT / "tests/evaluation/reading/corpus").glob("*.jsonl")):
        rows += [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [(row["reply"], _lettered(row["options"])) for row in rows]


def stored_replies() -> list[Case]:
    """ExplainCPE's replies of GPT-4, ChatGPT, GPT-3, ChatGLM and BELLE, every setting."""
    folder = Path(os.environ.get("MEDGO_DATA", "../shared/data")) / "benchmarks" / "explaincpe" / "results"
    cases: list[Case] = []
    for file in sorted(folder.glob("*.json")):
        for row in json.loads(file.read_text(encoding="utf-8")):
            options = _lettered(row["options"])
            cases += [(str(text), options) for key, text in row.items() if key.endswith("_response")]
    return cases


def _lettered(options: object) -> dict[str, str]:
    if isinstance(options, dict):
        return options
    return dict(zip(LETTERS, options, strict=False)) if isinstance(options, list) else {}


def rate(cases: list[Case]) -> float:
    """Replies a second of processor time, median of the rounds."""
    rates = []
    for _ in range(_ROUNDS):
        began = time.process_time()
        for reply, options in cases:
            read_answer(reply, options)
        rates.append(len(cases) / (time.process_time() - began))
    return statistics.median(rates)


def main() -> None:
    """Measure and print."""
    table = Table(title="read_answer, one core")
    for name in ("replies", "n", "mean characters", "replies/s"):
        table.add_column(name, justify="right")
    for name, cases in (("test corpus", corpus()), ("ExplainCPE, real models", stored_replies())):
        if cases:
            length = statistics.mean(len(reply) for reply, _ in cases)
            table.add_row(name, f"{len(cases):,}", f"{length:.0f}", f"{rate(cases):,.0f}")
    console.print(table)


if __name__ == "__main__":
    main()
