"""Items by their concepts and amounts, so that a translation of one is found. Knows how elements are compared only.

An item is held by a text where, within a stretch about as long as its translation, stand at least five of its elements,
three of them concepts (one where there are eight), with most of their weight (the rarer an element among items, the
heavier), and where they are most of what is named there.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from medgo.curation.decontamination.elements import Element, ReadElements
from medgo.curation.decontamination.items import GuardedItem
from medgo.curation.decontamination.ragged import Ragged
from medgo.curation.decontamination.tables import HashTable
from medgo.schema import Lang
from medgo.text import language_of

_FEWEST, _FEWEST_CONCEPTS = 5, 3
# So many elements are telling even where most of them are amounts.
_MANY = 8
_SHARE = 0.6
_PURE = 0.6
_WEIGHT = 22.0
# An owner is the signature's number and which of its elements it is.
_MOST = 64
# Characters of a translation per character: English needs about three times as many as Chinese.
_LONGER: Mapping[Lang, float] = {"en": 0.7, "zh": 4.5}
_MARGIN = 120
_EXCERPT = 400


@dataclass(frozen=True, eq=False, slots=True)
class Signatures:
    """Signatures of items, ready to be looked for.

    Args:
        table: Hashes of concepts and amounts; owners are signature and element.
        weights: Weight of each element. Lists, one per signature.
        lengths: Characters that the translation of each may have. shape [signatures].
        chinese: Which are of Chinese items. shape [signatures].
        members: Items of each.
    """

    table: HashTable
    weights: Ragged
    lengths: npt.NDArray[np.int32]
    chinese: npt.NDArray[np.bool_]
    members: Ragged

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """What is kept of them."""
        parts = {"table": self.table.arrays, "weights": self.weights.arrays, "members": self.members.arrays}
        named = {f"{part}.{name}": array for part, arrays in parts.items() for name, array in arrays.items()}
        return {**named, "lengths": self.lengths, "chinese": self.chinese}

    @classmethod
    def of(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Signatures:
        """Read them back."""
        table = HashTable(*(arrays[f"table.{part}"] for part in ("hashes", "owners", "bits")))
        weights, members = (Ragged(arrays[f"{name}.values"], arrays[f"{name}.ends"]) for name in ("weights", "members"))
        return cls(table, weights, arrays["lengths"], arrays["chinese"], members)

    @classmethod
    def build(cls, items: Iterable[GuardedItem], read: ReadElements) -> Signatures:
        """Take the signatures of items; those with too few elements have none.

        Args:
            items: In the order of their numbers.
            read: Reads elements.
        """
        drafts: dict[tuple[Lang, frozenset[tuple[int, ...]]], _Draft] = {}
        for number, item in enumerate(items):
            stem = "\n".join(part for part in (item.context, item.question) if part)
            for text in dict.fromkeys((stem, "\n".join((stem, *item.options)))):
                elements = frozenset(one.ids for one in read(text))
                if _telling(len(elements), sum(ids[0] % 2 == 0 for ids in elements)):
                    draft = drafts.setdefault((item.lang, elements), _Draft(item.lang, len(text), elements))
                    draft.members[number] = None
        return cls._of_drafts(list(drafts.values()))

    @classmethod
    def _of_drafts(cls, drafts: Sequence[_Draft]) -> Signatures:
        frequency = Counter(one for draft in drafts for one in {i for ids in draft.elements for i in ids})
        hashes: list[int] = []
        owners: list[int] = []
        weights: list[npt.NDArray[np.float32]] = []
        for number, draft in enumerate(drafts):
            weighed = sorted(
                ((math.log(len(drafts) / max(frequency[one] for one in ids)), ids) for ids in draft.elements),
                reverse=True,
            )[:_MOST]
            weights.append(np.array([weight for weight, _ in weighed], np.float32))
            for at, (_, ids) in enumerate(weighed):
                hashes.extend(ids)
                owners.extend([number * _MOST + at] * len(ids))
        table = HashTable.build([np.array(hashes, np.uint64)], [np.array(owners, np.int32)])
        members = Ragged.of([np.array(list(draft.members), np.int32) for draft in drafts], np.int32)
        lengths = np.array([draft.length * _LONGER[draft.lang] + _MARGIN for draft in drafts], np.int32)
        chinese = np.array([draft.lang == "zh" for draft in drafts], np.bool_)
        return cls(table, Ragged.of(weights, np.float32), lengths, chinese, members)

    def found(self, text: str, read: ReadElements) -> Iterator[tuple[int, float, str]]:
        """Items of the other language that a text holds: signature, share of its weight, and the place's text."""
        lang = language_of(text)
        elements = read(text) if lang is not None else ()
        if len(elements) < _FEWEST:
            return
        flat = np.array([one for element in elements for one in element.ids], np.uint64)
        whose = np.repeat(np.arange(len(elements)), [len(element.ids) for element in elements])
        places, entries = self.table.lookup(flat)
        owners = self.table.owners[entries]
        # Each element of each signature once: the cheap look.
        distinct = np.unique(owners)
        signatures, counts = np.unique(distinct // _MOST, return_counts=True)
        wanted = signatures[(counts >= _FEWEST) & (self.chinese[signatures] == (lang == "en"))]
        for signature in wanted.tolist():
            mine = owners // _MOST == signature
            held = self._held(signature, elements, whose[places[mine]], owners[mine] % _MOST)
            if held is not None:
                share, start, end = held
                yield signature, share, text[start:end][:_EXCERPT]

    def _held(
        self,
        signature: int,
        elements: Sequence[Element],
        places: npt.NDArray[np.int64],
        parts: npt.NDArray[np.int32],
    ) -> tuple[float, int, int] | None:
        """The stretch that holds most of a signature: share of its weight, first and last character."""
        weights = self.weights[signature]
        total = float(weights.sum())
        if float(weights[np.unique(parts)].sum()) < max(_SHARE * total, _WEIGHT):
            return None
        order = np.argsort(places, kind="stable")
        places, parts = places[order], parts[order]
        starts = np.array([elements[at].start for at in places.tolist()])
        ends = np.searchsorted(starts, starts + int(self.lengths[signature]), "right")
        best = (0.0, 0, 0)
        for first, end in enumerate(ends.tolist()):
            weight = float(weights[np.unique(parts[first:end])].sum())
            best = max(best, (weight, -first, end))
        weight, first, end = best[0], -best[1], best[2]
        if weight < max(_SHARE * total, _WEIGHT):
            return None
        inside = int(places[end - 1]) - int(places[first]) + 1
        matched = {elements[at].ids: elements[at].is_concept for at in places[first:end].tolist()}
        count = min(len(matched), len(np.unique(parts[first:end])))
        if not _telling(count, sum(matched.values())) or len(np.unique(places[first:end])) < _PURE * inside:
            return None
        return weight / total, elements[int(places[first])].start, elements[int(places[end - 1])].end


def _telling(elements: int, concepts: int) -> bool:
    return elements >= _FEWEST and concepts >= (1 if elements >= _MANY else _FEWEST_CONCEPTS)


@dataclass
class _Draft:
    lang: Lang
    length: int
    elements: frozenset[tuple[int, ...]]
    members: dict[int, None] = field(default_factory=dict)
