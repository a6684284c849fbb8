"""What a reader of a data set is. Knows no data set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from medgo.schema import ClinicalRecord, Document, Lang


@dataclass(frozen=True, slots=True)
class Dataset:
    """A published collection that rows may be made from.

    Args:
        name: As a recipe names it.
        title: What it is, with who published it.
        licence: SPDX id where there is one, else its owner's words in a few.
        url: Where it is published.
        langs: Languages it holds.
        holds: Documents, or patients' records (which need a certificate unless they are synthetic).
        read: Everything below a path, streaming, in a fixed order. Raises InputError naming file and line.
        about: What a user has to know: splits, faults, what its owner asks for.
        share: Whether rows made from it may be passed on; a hospital's records stay in the house.
        files: Files below a path that it reads, where others lie beside them; None for all.
        counted: Items by collection and licence, where that is known without reading them; None where it is not.
    """

    name: str
    title: str
    licence: str
    url: str
    langs: tuple[Lang, ...]
    holds: str
    read: Callable[[Path], Iterator[Document | ClinicalRecord]]
    about: str = ""
    share: bool = True
    files: Callable[[Path], Sequence[Path]] | None = None
    counted: Callable[[Path], Counter[tuple[str, str]]] | None = None
