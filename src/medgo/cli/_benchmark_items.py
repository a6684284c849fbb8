"""The benchmarks' questions as an index that synthesis compares rows with: the one place where both rooms meet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from medgo.errors import InputError
from medgo.evaluation.selection import Selection, load_selected, parse_sources
from medgo.schema import EvalItem
from medgo.synthesis.overlap import ItemIndex
from medgo.synthesis.recipe import Recipe
from medgo.synthesis.runner import Overlap


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
    selection = load_selected("all", parse_sources(folders, download=False))
    items = list(_items(selection))
    if not items:
        if recipe.keep.overlap == "required":
            raise InputError(
                "the recipe requires rows to be compared with benchmark items, and none are here",
                hint="--benchmarks FOLDER, or MEDGO_DATA; keep.overlap=if_present goes on without",
            )
        return Overlap(None), ""
    index = ItemIndex.build((item.key, _text(item)) for item in items)
    path = cache / "overlap.npz"
    index.save(path)
    names = tuple(sorted({item.benchmark for item in items}))
    return Overlap(path, len(items), names, index.too_short), index.fingerprint


def _items(selection: Selection) -> Iterator[EvalItem]:
    for loaded in selection.loaded:
        yield from loaded.items


def _text(item: EvalItem) -> str:
    """What a row must not hold: the question with what it is about, and the options where it is short."""
    turns = "\n".join(message.content for message in item.conversation)
    return "\n".join(part for part in (item.context, item.question, turns, *item.options.values()) if part)
