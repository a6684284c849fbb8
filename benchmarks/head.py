"""The head and attention of a training step on a CPU, forth and back: TRL's and PyTorch's beside ours.

    python benchmarks/head.py

The shapes are the embedded model's: 576 wide, 49,152 words, 9 heads of 64. Median of seven runs, in turns.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from rich.console import Console
from rich.table import Table
from torch.nn.functional import scaled_dot_product_attention
from trl.kernels import ChunkedLogProbFunction

from medgo.training.methods.next_token import score_next

_WIDTH, _WORDS, _HEADS = 576, 49_152, 9
_ROUNDS = 7


def main() -> None:
    """Measure and print."""
    table = Table("what", "theirs ms", "ours ms", "theirs ÷ ours")
    for tokens in (100, 250, 1000):
        _row(table, f"head, {tokens} labelled positions", *_heads(tokens))
    for rows, length in ((8, 77), (8, 160), (4, 512)):
        _row(table, f"attention, {rows} rows of {length}", *_attentions(rows, length))
    Console().print(table)


def _row(table: Table, name: str, theirs: Callable[[], Any], ours: Callable[[], Any]) -> None:
    times: dict[int, list[float]] = {0: [], 1: []}
    for turn in range(_ROUNDS + 1):
        for which, run in enumerate((theirs, ours)):
            start = time.perf_counter()
            run()
            if turn:  # the first warms up
                times[which].append((time.perf_counter() - start) * 1e3)
    a, b = (statistics.median(times[which]) for which in (0, 1))
    table.add_row(name, f"{a:.1f}", f"{b:.1f}", f"{a / b:.1f}")


def _heads(tokens: int) -> tuple[Callable[[], Any], Callable[[], Any]]:
    weight = (torch.randn(_WORDS, _WIDTH) * 0.02).bfloat16()
    hidden = torch.randn(tokens, _WIDTH).bfloat16().requires_grad_()
    targets, grad, wanted = torch.randint(0, _WORDS, (tokens,)), torch.randn(tokens), ("is_top1",)

    def theirs() -> None:
        found: Any = ChunkedLogProbFunction.apply(hidden, weight, None, targets, 1.0, 32_768, None, 1.0, wanted)
        found[0].backward(grad)

    def ours() -> None:
        score_next(hidden, weight, None, targets, wanted).log_probs.backward(grad)

    return theirs, ours


def _attentions(rows: int, length: int) -> tuple[Callable[[], Any], Callable[[], Any]]:
    parts = [torch.randn(rows, _HEADS, length, 64).bfloat16().requires_grad_() for _ in range(3)]
    grad = torch.randn(rows, _HEADS, length, 64).bfloat16()
    mask = torch.ones(length, length, dtype=torch.bool).tril().expand(rows, 1, length, length)

    def theirs() -> None:
        scaled_dot_product_attention(*parts, attn_mask=mask).backward(grad)

    def ours() -> None:  # what medgo.training.methods.attention does below 256 tokens
        scaled_dot_product_attention(*(part.float() for part in parts), attn_mask=mask).to(grad.dtype).backward(grad)

    return theirs, ours


if __name__ == "__main__":
    main()
