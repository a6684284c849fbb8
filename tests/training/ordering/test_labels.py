"""KTO order: every window holds both labels in proportion; nothing is lost or repeated unseen."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.errors import RecipeError
from medgo.training.ordering.labels import interleave, label_steps
from medgo.training.ordering.order import Order


@given(labels=st.lists(st.booleans(), min_size=1, max_size=80), window=st.integers(1, 20), seed=st.integers(0, 99))
def test_every_window_holds_the_labels_in_proportion(labels: list[bool], window: int, seed: int) -> None:
    order = interleave(labels, np.random.default_rng(seed))
    assert sorted(order.tolist()) == list(range(len(labels)))
    mixed = np.asarray(labels)[order]
    expected = window * sum(labels) / len(labels)
    for start in range(len(labels) - window + 1):
        assert abs(int(mixed[start : start + window].sum()) - expected) < 1


def test_pairs_unpaired_block_by_block_have_batches_of_one_label_and_ours_have_none() -> None:
    """TRL's way: 1,500 pairs are mapped a thousand at a time → [1000 True, 1000 False, 500 True, 500 False]."""
    from datasets import Dataset
    from trl import unpair_preference_dataset

    pairs = Dataset.from_dict({"prompt": ["p"] * 1500, "chosen": ["c"] * 1500, "rejected": ["r"] * 1500})
    labels = list(unpair_preference_dataset(pairs)["label"])
    blocks = [i for i, (a, b) in enumerate(pairwise(labels), 1) if a != b]
    assert blocks == [1000, 2000, 2500]  # the naive order: three changes of label in three thousand rows
    naive = [sum(labels[i : i + 8]) for i in range(0, 3000, 8)]
    assert sum(n in (0, 8) for n in naive) >= 373

    steps, dropped = label_steps(labels, 32, 8, 1, np.random.default_rng(0))
    ours = [sum(labels[row] for row in micro) for step in steps for micro in step]
    assert set(ours) == {4}
    assert dropped == 3000 % 32


def test_epochs_are_shuffled_anew_and_only_the_last_step_can_lose_rows() -> None:
    labels = [True] * 9 + [False] * 4
    steps, dropped = label_steps(labels, 4, 4, 3, np.random.default_rng(1))
    seen = Counter(row for step in steps for micro in step for row in micro)
    assert sum(seen.values()) == 36 and dropped == 39 - 36
    assert max(seen.values()) == 3 and min(seen.values()) >= 2
    flat = [row for step in steps for micro in step for row in micro]
    assert flat[:13] != flat[13:26]
    Order.of(steps)  # whole micro-batches only: none of one row


def test_the_same_seed_gives_the_same_steps() -> None:
    labels = [i % 3 == 0 for i in range(50)]
    first, second = (label_steps(labels, 8, 4, 2.5, np.random.default_rng(7)) for _ in range(2))
    assert first == second
    assert sum(len(micro) for step in first[0] for micro in step) + first[1] == 125


def test_too_few_rows_are_refused_with_the_way_out() -> None:
    with pytest.raises(RecipeError, match=r"do not fill one step of 32 rows[\s\S]*lower batch\.rows"):
        label_steps([True, False], 32, 4, 1, np.random.default_rng(0))
    with pytest.raises(RecipeError, match="whole micro-batches"):
        label_steps([True, False] * 20, 10, 4, 1, np.random.default_rng(0))
