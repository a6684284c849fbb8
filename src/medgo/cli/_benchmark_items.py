"""The benchmarks' questions as an index that synthesis compares rows with: the one place where both rooms meet."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from medgo.errors import InputError
from medgo.evaluation.selection import Selection, load_selected, parse_sources
from medgo.schema import EvalItem
from medgo.synthesis.overlap import ItemIndex, has_long_runs
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
    folder = os.environ.get("MEDGO_DATA", "")
    if folders is None and folder and not Path(folder).is_dir():
        raise InputError(
            f"MEDGO_DATA names {folder}, which is no folder", hint="unset it, or set it to the data folder"
        )
    selection = load_selected("all", parse_sources(folders, download=False))
    absent = tuple(sorted(selection.missing))
    items = list(_items(selection))
    if not items:
        if recipe.keep.overlap == "required":
            raise InputError(
                "the recipe requires rows to be compared with benchmark items, and none are here",
                hint="--benchmarks FOLDER, or MEDGO_DATA; keep.overlap=if_present goes on without",
            )
        return Overlap(None, absent=absent), ""
    index = ItemIndex.build((item.key, _text(item)) for item in items)
    # Named after what it holds: another run in this folder, which is refused only later, must not change this one's.
    path = cache / f"overlap-{index.fingerprint[:16]}.npz"
    if not path.exists():
        index.save(path)
    names = tuple(sorted({item.benchmark for item in items}))
    return Overlap(path, len(items), names, index.too_short, absent), index.fingerprint


def _items(selection: Selection) -> Iterator[EvalItem]:
    for loaded in selection.loaded:
        yield from loaded.items


def _text(item: EvalItem) -> str:
    """What a row must not hold: the question with what it is about, and the options where it is short.

    Options of a question that is long enough are left out: with them, a row with the bare question would hold less than
    half of the item.
    """
    turns = "\n".join(message.content for message in item.conversation)
    asked = "\n".join(part for part in (item.context, item.question, turns) if part)
    return asked if has_long_runs(asked) else "\n".join((asked, *item.options.values()))
