"""KTO order: every window holds both labels in proportion; nothing is lost or repeated unseen."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from medgo.training.ordering.labels import interleave


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

    order = interleave(labels, np.random.default_rng(0))
    assert {sum(labels[row] for row in order[i : i + 8]) for i in range(0, 3000, 8)} == {4}
