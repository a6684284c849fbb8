"""The benchmarks' questions, saved as an index that the processes which make rows open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from medgo.curation.decontamination import Decontaminator, GuardedItem, ItemIndex, KnowledgeElements, Translations
from medgo.errors import InputError, RecipeError
from medgo.knowledge import open_knowledge
from medgo.store.paths import cache_dir
from medgo.store.recipes import expand_path
from medgo.synthesis.recipe import Recipe
from medgo.synthesis.runner import Overlap
from medgo.training.rows.benchmarks import index_benchmarks, load_benchmarks


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
    path = cache / f"overlap-{index.fingerprint[:16]}.items"
    if not path.exists():
        index.save(path)
    return Overlap(path, found.items, found.benchmarks, index.too_short, found.absent), index.fingerprint


def open_guard(
    folders: Sequence[str] | None,
) -> Callable[[Mapping[str, Any]], tuple[Decontaminator | None, Mapping[str, Any]]]:
    """What makes the step that removes documents with benchmark items.

    Args:
        folders: As ``medgo eval run --data`` takes them; None takes ``$MEDGO_DATA``.

    Returns:
        A function of the step's options: ``translations`` (also finds items in the other language; false), ``names``
        (files of further names of concepts) and ``benchmarks`` (``required``; ``if_present`` goes on without any). It
        gives the step, and what a report has to say of the benchmarks. It raises InputError where none is at hand and
        they are required, because such a step would let everything pass.
    """

    def open_it(options: Mapping[str, Any]) -> tuple[Decontaminator | None, Mapping[str, Any]]:
        unknown = sorted(set(options) - {"translations", "names", "benchmarks"})
        wanted = options.get("benchmarks", "required")
        if unknown or wanted not in ("required", "if_present"):
            raise RecipeError(
                f"decontaminate has no options {', '.join(unknown)}" if unknown else f"benchmarks is no {wanted!r}",
                hint="it has translations, names, and benchmarks: required or if_present",
            )
        items, absent = load_benchmarks(folders)
        if not items and wanted == "if_present":
            said = {"items": 0, "too_short": 0, "benchmarks": [], "absent": list(absent), "translations": False}
            return None, said
        if not items:
            raise InputError(
                "there is no benchmark at hand to compare documents with, and every one of them would pass",
                hint="--benchmarks FOLDER, or MEDGO_DATA; the option benchmarks: if_present goes on, and says so",
            )
        guarded = [GuardedItem.of(item) for item in items]
        index = _shared(ItemIndex.build(guarded))
        translations = _translations(guarded, options.get("names", ())) if options.get("translations", False) else None
        said = {
            "items": index.items,
            "too_short": index.too_short,
            "benchmarks": list(index.benchmarks),
            "absent": list(absent),
            "translations": translations is not None,
        }
        return Decontaminator(index, translations), said

    return open_it


def open_decontaminator(folders: Sequence[str] | None) -> tuple[Decontaminator, Mapping[str, Any]]:
    """The step of :func:`open_guard` with no options.

    Raises:
        InputError: There is no benchmark at hand.
    """
    guard, said = open_guard(folders)({})
    if guard is None:
        raise InputError("there is no benchmark at hand")
    return guard, said


def _shared(built: ItemIndex) -> ItemIndex:
    """The index as a file, which processes that are sent it open instead of copying it."""
    path = cache_dir() / "benchmarks" / f"{built.fingerprint[:16]}.items"
    if not path.exists():
        built.save(path)
    return ItemIndex.load(path)


def _translations(items: Sequence[GuardedItem], names: Sequence[str]) -> Translations:
    knowledge = open_knowledge(tuple(expand_path(name) for name in names))
    return Translations.build(items, KnowledgeElements.of(knowledge), knowledge.fingerprint)
