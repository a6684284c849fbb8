"""Prepared stages with random rows for a 2-layer model, and trainers for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from medgo.training.job import Job
from medgo.training.ordering.order import Order
from medgo.training.recipe import Devices, StageRecipe
from medgo.training.rows.token_file import write_token_file
from medgo.training.rows.tokens import Answer, TokenRow
from tests.support.tiny_models import small_qwen3

_END = 258  # <|im_end|> of the small model
_KINDS = {"sft": "sft", "dpo": "preference", "kto": "labelled"}


def prepare_stage(
    folder: Path,
    *,
    steps: int = 4,
    rows: int = 8,
    micro_rows: int = 1,
    method: str = "sft",
    devices: Devices | None = None,
    **stage: Any,
) -> Job:
    """Write rows and their order as preparation does; each step learns from other rows."""
    recipe = StageRecipe.model_validate(
        {
            "name": "stage",
            "method": method,
            "data": [{"path": "rows.jsonl"}],
            "batch": {"rows": rows, "micro_rows": micro_rows},
            "optimiser": {"learning_rate": 1e-3, "warmup": 0},
            "adapter": {"r": 4},
            "checkpoints": {"every": 1},
        }
        | stage
    )
    folder.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(7)
    write_token_file(folder / "rows.arrow", [_row(number, method, draw) for number in range(steps * rows)])
    numbers = np.arange(steps * rows).reshape(steps, rows // micro_rows, micro_rows)
    Order.of(numbers.tolist()).save(folder / "order.npz")
    job = Job(
        folder=folder,
        model_dir=small_qwen3(),
        model_hash="base",
        template_hash="template",
        stage=recipe,
        seed=3,
        precision="float32",
        devices=devices or Devices(),
        trackers=(),
        inputs="inputs",
    )
    job.save()
    return job


def _row(number: int, method: str, draw: np.random.Generator) -> TokenRow:
    def ids(least: int, most: int) -> tuple[int, ...]:
        return tuple(draw.integers(0, 256, draw.integers(least, most)).tolist())

    names = ("chosen", "rejected") if method == "dpo" else ("completion",)
    return TokenRow(
        row_id=f"row{number:03}",
        kind=_KINDS[method],  # type: ignore[arg-type]
        task=("terms", "questions")[number % 2],
        lang="zh",
        thinking=False,
        prompt=ids(4, 20),
        answers={name: Answer((*ids(3, 12), _END), 0) for name in names},
        label=bool(number % 2) if method == "kto" else None,
    )
