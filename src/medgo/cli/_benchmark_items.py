"""The benchmarks' questions, saved as an index that the processes which make rows open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from medgo.errors import InputError
from medgo.synthesis.recipe import Recipe
from medgo.synthesis.runner import Overlap
from medgo.training.rows.benchmarks import index_benchmarks


def find_overlap(recipe: Recipe, folders: Sequence[str] | None, cache: Path) -> tuple[Overlap, str]:
    """Index every benchmark item that is here.

    Args:
        recipe: Says whether rows are compared, and whether that is a condition.
        folders: As ``medgo eval run --data`` takes them; None takes ``$MEDGO_DATA``.
        cache: Where the index is kept for the processes that make rows.

    Returns:
        The index, and its fingerprint (empty for none).

    Raises:
        InputError: The recipe requires the comparison and no item is here.
    """
    if recipe.keep.overlap == "off":
        return Overlap(None), ""
    found = index_benchmarks(folders)
    index = found.index
    if index is None:
        if recipe.keep.overlap == "required":
            raise InputError(
                "the recipe requires rows to be compared with benchmark items, and none are here",
                hint="--benchmarks FOLDER, or MEDGO_DATA; keep.overlap=if_present goes on without",
            )
        return Overlap(None, absent=found.absent), ""
    # Named after what it holds: another run in this folder, which is refused only later, must not change this one's.
    path = cache / f"overlap-{index.fingerprint[:16]}.npz"
    if not path.exists():
        index.save(path)
    return Overlap(path, found.items, found.benchmarks, index.too_short, found.absent), index.fingerprint
