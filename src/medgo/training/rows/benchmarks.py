"""The benchmarks' questions as an index that rows are compared with. Knows benchmarks and texts; no row.

Here the rooms that make rows and those that evaluate meet, which do not know each other.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from medgo.curation.decontamination import GuardedItem, ItemIndex
from medgo.errors import InputError
from medgo.evaluation.selection import Selection, load_selected, parse_sources
from medgo.schema import EvalItem
from medgo.training.recipe import Gates


@dataclass(frozen=True, slots=True)
class BenchmarkItems:
    """The benchmark items that are at hand.

    Args:
        index: Finds them in texts; None where there are none.
        items: How many.
        benchmarks: Their benchmarks.
        absent: Benchmarks whose items are not here, or cannot be read: nothing is compared with these.
    """

    index: ItemIndex | None = None
    items: int = 0
    benchmarks: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


def load_benchmarks(folders: Sequence[str] | None) -> tuple[list[EvalItem], tuple[str, ...]]:
    """Read every benchmark item that is here.

    Args:
        folders: As ``medgo eval run --data`` takes them; None takes ``$MEDGO_DATA``.

    Returns:
        The items, and the benchmarks that are not here or cannot be read.

    Raises:
        InputError: A folder is not there.
    """
    folder = os.environ.get("MEDGO_DATA", "")
    if folders is None and folder and not Path(folder).is_dir():
        raise InputError(
            f"MEDGO_DATA names {folder}, which is no folder", hint="unset it, or set it to the data folder"
        )
    selection = load_selected("all", parse_sources(folders, download=False))
    return list(_items(selection)), tuple(sorted(selection.missing))


def index_benchmarks(folders: Sequence[str] | None) -> BenchmarkItems:
    """Index every benchmark item that is here; as :func:`load_benchmarks` finds them."""
    items, absent = load_benchmarks(folders)
    if not items:
        return BenchmarkItems(absent=absent)
    index = ItemIndex.build(map(GuardedItem.of, items))
    return BenchmarkItems(index, len(items), tuple(sorted({item.benchmark for item in items})), absent)


def benchmarks_for(gates: Gates) -> BenchmarkItems:
    """What a training recipe wants rows to be compared with; nothing where it says ``off``.

    Raises:
        InputError: The recipe requires the comparison and no item is here, or a folder is not there.
    """
    if gates.overlap == "off":
        return BenchmarkItems()
    found = index_benchmarks(gates.benchmarks or None)
    if gates.overlap == "required" and found.index is None:
        raise InputError(
            "the recipe requires rows to be compared with benchmark items, and none are here",
            hint="gates.benchmarks=[FOLDER], or MEDGO_DATA; gates.overlap=if_present goes on without",
        )
    return found


def _items(selection: Selection) -> Iterator[EvalItem]:
    for loaded in selection.loaded:
        yield from loaded.items
