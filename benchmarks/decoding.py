"""Decode slots per token over a run of five tasks whose replies have a thinking model's lengths.

    python benchmarks/decoding.py                 # about three minutes on two cores
    python benchmarks/decoding.py --slots 16 --items 1280 --engine openvino

A slot is a sequence's place in a decode step, used or not: with B slots, every step costs B. Static batches run each to
its longest reply; continuous refill gives a free slot to the next request. Lengths are log-normal per task with the
median and mean published for DeepSeek-R1 on five medical benchmarks, divided by ``--shrink`` so that a laptop can write
them.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from workloads import medical_prompts

from medgo.inference.engines import EngineOptions, open_engine
from medgo.inference.protocol import GenerationRequest, Sampling
from medgo.schema import Message

# Task → (items, median, mean) of output tokens, gersteinlab/medagents-benchmark, DeepSeek-R1, capped at 8,192.
TASKS = {
    "MedQA": (1273, 592, 925),
    "MedMCQA": (2816, 466, 791),
    "PubMedQA": (500, 354, 499),
    "MMLU-Pro": (818, 628, 1179),
    "Medbullets": (308, 788, 1079),
}
_CAP = 8192
console = Console()


def reply_lengths(items: int, shrink: int) -> list[int]:
    """Reply lengths of a mixed run, task after task as a run asks them, in tokens."""
    rng = np.random.default_rng(5)
    total = sum(count for count, _, _ in TASKS.values())
    lengths: list[int] = []
    for count, median, mean in TASKS.values():
        sigma = math.sqrt(2 * math.log(mean / median))
        drawn = rng.lognormal(math.log(median), sigma, round(items * count / total))
        lengths += [max(1, round(float(length) / shrink)) for length in np.minimum(drawn, _CAP)]
    return lengths


def static_slots(lengths: list[int], slots: int) -> int:
    """Slots that static batches in arrival order need: each batch as many steps as its longest reply."""
    batches = [lengths[at : at + slots] for at in range(0, len(lengths), slots)]
    return sum(slots * max(batch) for batch in batches)


def run(engine_name: Any, lengths: list[int], slots: int) -> tuple[int, int, float]:
    """(decode steps, tokens, seconds) of our engine over all of them in one queue."""
    engine: Any = open_engine(EngineOptions(engine=engine_name, batch_size=slots))
    forward, steps = engine._forward, 0

    def counted(token_ids: Any, batch: Any, rows: Any) -> Any:
        nonlocal steps
        steps += bool(batch.slots)
        return forward(token_ids, batch, rows)

    engine._forward = counted
    began = time.perf_counter()
    tokens = sum(completion.usage.completion for completion in engine.generate(_requests(lengths)))
    seconds = time.perf_counter() - began
    engine.close()
    return steps, tokens, seconds


def _requests(lengths: list[int]) -> Iterator[GenerationRequest]:
    prompts = medical_prompts(64)
    for i, length in enumerate(lengths):
        sampling = Sampling(max_new_tokens=length, ignore_eos=True)
        yield GenerationRequest(str(i), (Message("user", prompts[i % 64]),), sampling)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", default="openvino")
    parser.add_argument("--slots", type=int, default=16)
    parser.add_argument("--items", type=int, default=1280)
    parser.add_argument("--shrink", type=int, default=32)
    arguments = parser.parse_args()
    lengths = reply_lengths(arguments.items, arguments.shrink)
    steps, tokens, seconds = run(arguments.engine, lengths, arguments.slots)
    table = Table(title=f"{len(lengths)} replies, {tokens:,} tokens, {arguments.slots} slots, {arguments.engine}")
    for name in ("batching", "slots", "slots ÷ tokens"):
        table.add_column(name, justify="right")
    static = static_slots(lengths, arguments.slots)
    table.add_row("static (worked out)", f"{static:,}", f"{static / tokens:.2f}")
    table.add_row("continuous (measured)", f"{steps * arguments.slots:,}", f"{steps * arguments.slots / tokens:.3f}")
    console.print(table)
    console.print(f"{tokens / seconds:,.0f} tokens/s")


if __name__ == "__main__":
    main()
