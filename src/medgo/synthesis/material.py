"""What was at hand for rows: documents and records by collection and licence, whether or not rows came of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from medgo.synthesis.shelf import Place


@dataclass(frozen=True, slots=True)
class Material:
    """Documents or records of one collection under one licence.

    Args:
        dataset: Name of the reader, as the recipe has it.
        source: The collection, as documents name it.
        licence: Theirs.
        holds: ``documents`` or ``records``.
        count: How many.
        certificate: Id of the certificate that covers records; empty for synthetic ones and for documents.
    """

    dataset: str
    source: str
    licence: str
    holds: str
    count: int
    certificate: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def material_of(places: Iterable[Place]) -> Iterator[Material]:
    """Count what lies in each place, in the order of the recipe.

    Raises:
        InputError: A file cannot be read.
    """
    for place in places:
        certificate = place.certificate.id if place.certificate else ""
        for (source, licence), count in sorted(_counts(place).items()):
            yield Material(place.dataset.name, source, licence, place.dataset.holds, count, certificate)


def _counts(place: Place) -> Counter[tuple[str, str]]:
    if place.dataset.counted is not None and place.limit is None:
        return place.dataset.counted(place.path)
    items = islice(place.dataset.read(place.path), place.limit)
    return Counter((item.ref.source, item.ref.licence) for item in items)
