"""The benchmarks themselves, where they are at hand: recall by way, size and time."""

import os
import time
from pathlib import Path

import numpy as np
import pytest

from medgo.curation.decontamination import GuardedItem, ItemIndex
from medgo.curation.decontamination.injecting import WAYS
from medgo.training.rows.benchmarks import index_benchmarks

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif("MEDGO_DATA" not in os.environ, reason="MEDGO_DATA is not set"),
]
LEAST = {"numbers changed": 0.95, "option replaced": 0.95, "stem only": 0.9}


@pytest.fixture(scope="module")
def items() -> list[GuardedItem]:
    from medgo.evaluation.selection import load_selected, parse_sources

    selection = load_selected("all", parse_sources(None, download=False))
    return [GuardedItem.of(item) for loaded in selection.loaded for item in loaded.items]


def test_items_of_all_benchmarks_are_found_in_every_way(items: list[GuardedItem], tmp_path: Path) -> None:
    begun = time.process_time()
    index = ItemIndex.build(items)
    assert time.process_time() - begun < 60
    index.save(tmp_path / "all.items")
    assert (tmp_path / "all.items").stat().st_size < 200e6
    rng = np.random.default_rng(5)
    chosen = [items[at] for at in rng.permutation(len(items))[:600].tolist()]
    for name, way in WAYS.items():
        texts = [(item.key, text) for item in chosen if (text := way(item, rng)) is not None]
        found = [any(key in match.keys for match in index.matches(text)) for key, text in texts]
        assert np.mean(found) >= LEAST.get(name, 0.99), name


def test_the_gate_of_training_has_the_same_index(items: list[GuardedItem]) -> None:
    found = index_benchmarks(None)
    assert found.index is not None
    assert found.items == len(items) == found.index.items
    assert found.index.fingerprint == ItemIndex.build(items).fingerprint
