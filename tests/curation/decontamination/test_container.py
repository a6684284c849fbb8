import pickle
from pathlib import Path

import numpy as np
import pytest

from medgo.curation.decontamination import ItemIndex
from medgo.curation.decontamination.container import read_arrays, write_arrays
from medgo.curation.decontamination.injecting import rendered
from medgo.errors import InputError
from tests.curation.decontamination.samples import ITEMS, index


def test_arrays_come_back_as_they_were_and_cannot_be_changed(tmp_path: Path) -> None:
    arrays = {"a": np.arange(7, dtype=np.uint64), "none": np.empty(0, np.int32), "flags": np.array([True, False])}
    write_arrays(tmp_path / "x", {"what": "药"}, arrays)
    meta, again = read_arrays(tmp_path / "x")
    assert meta == {"what": "药"}
    assert all(
        np.array_equal(again[name], array) and again[name].dtype == array.dtype for name, array in arrays.items()
    )
    with pytest.raises(ValueError, match="read-only"):
        again["a"][0] = 1


@pytest.mark.parametrize("damage", ["truncated", "flipped", "empty", "other"])
def test_damage_is_told(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "found.items"
    index().save(path)
    data = path.read_bytes()
    flipped = data[:-100] + bytes([data[-100] ^ 1]) + data[-99:]
    path.write_bytes(
        {"truncated": data[: len(data) // 2], "flipped": flipped, "empty": b"", "other": b"x" * 500}[damage]
    )
    with pytest.raises(InputError, match="not an index"):
        ItemIndex.load(path)
    with pytest.raises(InputError, match="not an index"):
        ItemIndex.load(tmp_path / "nowhere")


def test_an_index_of_another_version_is_refused(tmp_path: Path) -> None:
    write_arrays(tmp_path / "old", {"version": 0}, {})
    with pytest.raises(InputError, match="version"):
        ItemIndex.load(tmp_path / "old")


def test_an_opened_index_finds_what_the_built_one_does(tmp_path: Path) -> None:
    built = index()
    built.save(tmp_path / "found.items")
    opened = ItemIndex.load(tmp_path / "found.items")
    assert opened.fingerprint == built.fingerprint
    assert (opened.items, opened.too_short, opened.benchmarks) == (built.items, built.too_short, built.benchmarks)
    for item in ITEMS:
        assert opened.matches(rendered(item)) == built.matches(rendered(item)) != []


def test_the_order_of_items_and_only_what_they_say_decides_on_the_fingerprint() -> None:
    assert index().fingerprint == index().fingerprint
    assert ItemIndex.build(ITEMS[:-1]).fingerprint != index().fingerprint


def test_a_built_index_can_be_sent_too() -> None:
    built = index()
    assert pickle.loads(pickle.dumps(built)).fingerprint == built.fingerprint
