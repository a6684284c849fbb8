"""Stages and intakes of rows that tests invent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from medgo.schema import Row
from medgo.training.recipe import Gates, StageRecipe
from medgo.training.rows.intake import RowIntake
from medgo.training.rows.tokens import RowTokenizer
from tests.training.rows.made_rows import write_rows

TODAY = date(2026, 11, 22)


def stage(path: Path, method: str = "sft", **changes: Any) -> StageRecipe:
    value = {"name": "one", "method": method, "data": [{"path": str(path)}], "optimiser": {"learning_rate": 1e-4}}
    return StageRecipe.model_validate({**value, **changes})


def intake(
    tmp_path: Path, tokenizer: RowTokenizer, rows: Sequence[Row | dict[str, Any]], method: str = "sft", **changes: Any
) -> RowIntake:
    gates = changes.pop("gates", Gates())
    overlap = changes.pop("overlap", None)
    compared = changes.pop("compared", None)
    path = write_rows(tmp_path / "rows.jsonl", rows)
    return RowIntake(stage(path, method, **changes), gates, tokenizer, overlap, TODAY, compared)
