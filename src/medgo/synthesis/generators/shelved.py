"""Documents and records as generators take them from a shelf: of the recipe's languages, the others counted.

Knows no generator and no row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TypeVar

from medgo.errors import RecipeError
from medgo.schema import ClinicalRecord, Document
from medgo.synthesis.protocol import Shelf, Source

_Item = TypeVar("_Item", Document, ClinicalRecord)


def documents_of(source: Source, generator: str, datasets: Collection[str] = ()) -> Iterator[Document]:
    """Documents in the languages of a source; the others are counted in ``source.rejected``.

    Args:
        source: Has the shelf.
        generator: Name of who asks.
        datasets: Data sets to take from; none takes all, and what another one holds is not counted.

    Raises:
        RecipeError: There is no shelf.
    """
    documents = _shelf(source, generator, "documents").documents()
    return _in_langs(source, (each for each in documents if not datasets or each.ref.source in datasets))


def records_of(source: Source, generator: str) -> Iterator[ClinicalRecord]:
    """Records in the languages of a source; the others are counted in ``source.rejected``.

    Raises:
        RecipeError: There is no shelf.
    """
    return _in_langs(source, _shelf(source, generator, "records").records())


def _shelf(source: Source, generator: str, need: str) -> Shelf:
    if source.shelf is None:
        raise RecipeError(f"{generator} needs {need}", hint=f"name some under {need}: in the recipe")
    return source.shelf


def _in_langs(source: Source, items: Iterable[_Item]) -> Iterator[_Item]:
    for item in items:
        if item.lang in source.langs:
            yield item
        else:
            source.rejected[f"language {item.lang}"] += 1
