"""What mixing and packing cost and save: rows a second, how full packs are, how much is padded, how fair steps are.

    python benchmarks/ordering.py [--rows 40000] [--scale 1000000]

Lengths are drawn like those of public medical sets, counted with Qwen3's tokenizer: sections of visits as in MTS-Dialog
(median 111 tokens), consultations as in CMtMedQA (423), whole visits as in ACI-Bench (2,111), and between them
terminology and reasoning as the package makes them. Beside TRL's packing (``bfd``, which packs every 1,000 rows by
themselves and copies the tokens) and transformers' ways to batch.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from medgo.training.ordering.order import Order
from medgo.training.ordering.packing import pack
from medgo.training.ordering.planning import plan_order
from medgo.training.ordering.sizes import RowSizes, codes_of
from medgo.training.recipe import StageRecipe

# Task: share of rows, median tokens, spread of their logarithm, share of tokens with a loss.
_TASKS = {
    "terminology": (0.30, 70, 0.35, 0.2),
    "sections": (0.20, 111, 1.00, 0.3),
    "consultations": (0.25, 423, 0.50, 0.4),
    "visits": (0.10, 2111, 0.28, 0.3),
    "reasoning": (0.15, 1400, 0.50, 0.7),
}
_CAPACITY = 4096
_ROWS_A_STEP = 32
Steps = npt.NDArray[np.int64]


def medical_rows(count: int) -> RowSizes:
    """Rows of all tasks, in no order."""
    rng = np.random.default_rng(0)
    share, middle, width, loss = (np.array(column) for column in zip(*_TASKS.values(), strict=True))
    codes = rng.choice(len(_TASKS), count, p=share)
    tokens = np.clip(middle[codes] * np.exp(width[codes] * rng.standard_normal(count)), 20, _CAPACITY).astype(np.int64)
    names = list(_TASKS)
    return RowSizes(
        tokens=tokens,
        loss_tokens=np.maximum(tokens * loss[codes], 1).astype(np.int64),
        task=[names[code] for code in codes],
        entry=np.zeros(count, np.int64),
        label=np.ones(count, np.bool_),
        lang=["zh"] * count,
    )


def packing(console: Console, count: int) -> None:
    """Ours over the whole set, and TRL's."""
    lengths = medical_rows(count).tokens
    began = time.perf_counter()
    _, ends = pack(lengths, _CAPACITY, np.random.default_rng(0))
    ours = time.perf_counter() - began
    theirs, packs = _packed_by_trl(lengths)
    table = Table(title=f"Packing {count:,} rows into {_CAPACITY:,} tokens", title_justify="left")
    for column in ("", "rows/s", "fill", "packs"):
        table.add_column(column, justify="left" if not column else "right")
    for name, seconds, number in (("medgo, whole set", ours, len(ends)), ("TRL bfd, copies tokens", theirs, packs)):
        table.add_row(name, f"{count / seconds:,.0f}", f"{lengths.sum() / number / _CAPACITY:.2%}", f"{number:,}")
    console.print(table)


def _packed_by_trl(lengths: npt.NDArray[np.int64]) -> tuple[float, int]:
    import datasets
    import pyarrow as pa
    from trl import pack_dataset

    offsets = pa.array(np.concatenate(([0], np.cumsum(lengths))), pa.int64())
    values = pa.array(np.zeros(int(lengths.sum()), np.int32))
    rows = datasets.Dataset(pa.table({"input_ids": pa.LargeListArray.from_arrays(offsets, values)}))
    datasets.disable_progress_bars()
    began = time.perf_counter()
    packed = pack_dataset(rows, _CAPACITY, strategy="bfd", map_kwargs={"keep_in_memory": True})
    return time.perf_counter() - began, len(packed)


def batching(console: Console, count: int) -> None:
    """Padding, and how unlike steps are.

    ``share sd`` is the largest standard deviation, over steps, of a task's share of the loss tokens; ``tokens cv`` the
    spread of a step's tokens over their mean, and ``least`` the smallest step over the mean.
    """
    sizes = medical_rows(count)
    for micro_rows in (4, 8):
        table = Table(title=f"{_ROWS_A_STEP} rows a step, {micro_rows} a micro-batch", title_justify="left")
        for column in ("", "padding", "share sd", "tokens cv", "least"):
            table.add_column(column, justify="left" if not column else "right")
        for name, steps in _ways(sizes, micro_rows):
            tokens = sizes.tokens[steps].sum(axis=1)
            figures = (f"{_padding(steps, sizes, micro_rows):.1%}", f"{_strays(steps, sizes):.3f}")
            table.add_row(name, *figures, f"{tokens.std() / tokens.mean():.2f}", f"{tokens.min() / tokens.mean():.2f}")
        console.print(table)


def _ways(sizes: RowSizes, micro_rows: int) -> Iterator[tuple[str, Steps]]:
    """Steps of rows in micro-batches one after the other, shape [steps, rows of a step]."""
    from transformers.trainer_pt_utils import get_length_grouped_indices

    whole = len(sizes) // _ROWS_A_STEP * _ROWS_A_STEP
    shuffled = np.random.default_rng(0).permutation(len(sizes))[:whole].reshape(-1, _ROWS_A_STEP)
    yield "shuffled, as TRL does", shuffled
    by_length = np.argsort(-sizes.tokens[shuffled], axis=1)
    yield "sorted in its step", np.take_along_axis(shuffled, by_length, axis=1)
    grouped = get_length_grouped_indices(sizes.tokens.tolist(), micro_rows)
    yield "group_by_length", np.array(grouped[:whole]).reshape(-1, _ROWS_A_STEP)
    stage = _stage(batch={"rows": _ROWS_A_STEP, "micro_rows": micro_rows})
    order, _ = plan_order(sizes, stage, seed=0, packing=False)
    yield "medgo", order.rows.reshape(-1, _ROWS_A_STEP)


def _padding(steps: Steps, sizes: RowSizes, micro_rows: int) -> float:
    lengths = sizes.tokens[steps].reshape(-1, micro_rows)
    return float(1 - lengths.sum() / (lengths.max(axis=1).sum() * micro_rows))


def _strays(steps: Steps, sizes: RowSizes) -> float:
    codes, names = codes_of(sizes.task)
    loss = sizes.loss_tokens[steps]
    held = np.stack([np.where(codes[steps] == task, loss, 0).sum(axis=1) for task in range(len(names))])
    return float((held / held.sum(axis=0)).std(axis=1).max())


def scale(console: Console, count: int) -> None:
    """The whole order of a large stage."""
    sizes = medical_rows(count)
    for packed in (False, True):
        began = time.perf_counter()
        order, report = plan_order(sizes, _stage(mix={"temperature": 2.0}), seed=0, packing=packed)
        seconds = time.perf_counter() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        _says(console, f"{count:,} rows, {'packed' if packed else 'padded'}", order, seconds, peak, report.padding)


def _says(console: Console, name: str, order: Order, seconds: float, peak: float, padding: float) -> None:
    rate = len(order.rows) / seconds
    console.print(
        f"{name}: {order.steps:,} steps in {seconds:.1f} s ({rate:,.0f} rows/s), padding {padding:.1%}, "
        f"peak memory of the process {peak:.2f} GiB"
    )


def _stage(**changes: Any) -> StageRecipe:
    value = {"name": "stage", "method": "sft", "data": [{"path": "rows"}], "optimiser": {"learning_rate": 1e-4}}
    return StageRecipe.model_validate({**value, "lengths": {"max_tokens": _CAPACITY}, **changes})


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=40_000)
    parser.add_argument("--scale", type=int, default=1_000_000)
    arguments: Any = parser.parse_args()
    console = Console()
    scale(console, arguments.scale)
    packing(console, arguments.rows)
    batching(console, arguments.rows)


if __name__ == "__main__":
    main()
