"""Stages and rows for tests of the order: small recipes, and rows of tasks of unlike length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from medgo.training.ordering.sizes import RowSizes
from medgo.training.recipe import StageRecipe

TASKS = ("diagnosis", "imaging", "terms", "chat")


def stage_of(entries: int = 1, replay: Sequence[int] = (), **changes: Any) -> StageRecipe:
    """A stage with so many entries of data, some of them replay."""
    data = [{"path": f"rows-{at}.jsonl", "replay": at in replay} for at in range(entries)]
    for at, entry in enumerate(changes.pop("entry", [])):
        data[at] |= entry
    value = {"name": "stage", "method": "sft", "data": data, "optimiser": {"learning_rate": 1e-4}, **changes}
    return StageRecipe.model_validate(value)


def sizes_of(
    tokens: Sequence[int],
    tasks: Sequence[str] | None = None,
    entries: Sequence[int] | None = None,
    labels: Sequence[bool] | None = None,
    loss: Sequence[int] | None = None,
) -> RowSizes:
    """Rows with so many tokens, half of them with a loss unless said otherwise."""
    count = len(tokens)
    return RowSizes(
        tokens=np.array(tokens, np.int64),
        loss_tokens=np.array([max(1, size // 2) for size in tokens] if loss is None else loss, np.int64),
        task=["terms"] * count if tasks is None else list(tasks),
        entry=np.array([0] * count if entries is None else entries, np.int64),
        label=np.array([True] * count if labels is None else labels, bool),
        lang=["zh" if at % 2 else "en" for at in range(count)],
    )


def unlike_tasks(count: int, seed: int = 0) -> RowSizes:
    """Terms of some 70 tokens to reasoning of some 1,400, as a medical mix has them."""
    rng = np.random.default_rng(seed)
    codes = rng.choice(4, count, p=[0.15, 0.2, 0.35, 0.3])
    middle, width = np.array([1400, 800, 70, 250])[codes], np.array([0.5, 0.6, 0.35, 0.5])[codes]
    tokens = np.clip(middle * np.exp(width * rng.standard_normal(count)), 20, 4096).astype(int)
    loss = (tokens * np.array([0.7, 0.4, 0.2, 0.3])[codes]).astype(int)
    return sizes_of(tokens.tolist(), [TASKS[code] for code in codes], loss=np.maximum(loss, 1).tolist())


@st.composite
def mixes(draw: st.DrawFn) -> tuple[RowSizes, StageRecipe]:
    """Rows in up to three entries, the last perhaps replay, and a recipe that mixes them somehow."""
    entries = draw(st.integers(1, 3))
    count = draw(st.integers(entries, 60))
    tokens = draw(st.lists(st.integers(1, 300), min_size=count, max_size=count))
    of_entry = [*range(entries), *draw(st.lists(st.integers(0, entries - 1), min_size=count, max_size=count))][:count]
    tasks = draw(st.lists(st.sampled_from(TASKS), min_size=count, max_size=count))
    labels = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    has_replay = entries > 1 and draw(st.booleans())
    micro = draw(st.sampled_from([1, 2, 4]))
    schedule = draw(st.sampled_from(["static", "priority"]))
    priority = st.just(1.0) if schedule == "static" else st.floats(0.2, 9)
    stage = stage_of(
        entries,
        replay=[entries - 1] if has_replay else [],
        entry=[{"weight": draw(st.floats(0.2, 3)), "priority": draw(priority)} for _ in range(entries)],
        mix={
            "by": draw(st.sampled_from(["rows", "tokens", "loss_tokens"])),
            "temperature": draw(st.floats(1, 5)),
            "replay": draw(st.floats(0.05, 0.6)) if has_replay else 0.0,
            "schedule": schedule,
        },
        batch={"micro_rows": micro, "rows": micro * draw(st.integers(1, 6))},
        epochs=draw(st.floats(0.3, 3.2)),
        lengths={"max_tokens": 400},
    )
    return sizes_of(tokens, tasks, of_entry, labels), stage
