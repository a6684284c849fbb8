"""What a fact allows a sentence to say: concepts, numbers, sides, words. Knows no row."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from medgo.errors import UnknownConceptError
from medgo.knowledge import Knowledge
from medgo.knowledge.lexicon import LONGEST
from medgo.schema import Concept, Fact
from medgo.synthesis.verification.reading import Reader, Stated, one_spelling
from medgo.synthesis.verification.wording import Wording
from medgo.text import Quantity, fold, language_of, normalise_unit, quantities, same_amount, sexes, sides

# Facts whose value is words: what the words state is supported.
_WORDED = frozenset({"rule", "passage", "code", "term"})
# Attributes that hold words of a fact, in either language.
_WORDS = ("zh", "en", "text", "name", "relative", "reason_zh", "reason_en", "text_zh", "text_en", "name_zh", "name_en")
LOWER = frozenset({"low", "min"})
LIMITS = LOWER | {"high", "max"}
_TAKEN_BACK = re.compile(r"(?:\b(?:non|pseudo|not|no|without|anti)[ ]?|[非不假无])$")
# Facts on a name as such, whose parts may be spoken of.
_NAMED = frozenset({"term", "code", "allergy"})
_REMEMBERED = 50_000
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_ALONE = re.compile(r"\d+(?:\.\d+)?\s?%?")
_LATIN_WORD = re.compile(r"[a-z0-9]")


class ConceptNames:
    """A concept with everything that it is a kind of, and its names; looked up when first asked for.

    Most mentions name the very concept of their fact, and nothing has to be looked up then.
    """

    def __init__(self, curie: str, knowledge: Knowledge | None) -> None:
        self._curie = curie
        self._knowledge = knowledge

    @cached_property
    def family(self) -> frozenset[str]:
        """The concept, what it maps to and what maps to it, and all that these are kinds of."""
        if self._concept is None or self._knowledge is None:
            return frozenset({self._curie} - {""})
        same = {self._curie}
        same.update(relation.object for relation in self._knowledge.relations(self._curie, "maps_to"))
        same.update(relation.subject for relation in self._knowledge.relations(self._curie, "maps_to", inverse=True))
        family = set(same)
        for one in same:
            try:
                family.update(self._knowledge.ancestors(one))
            except UnknownConceptError:  # a mapping may lead to a vocabulary that is not installed
                continue
        return frozenset(family)

    @cached_property
    def names(self) -> str:
        """All names in one spelling; empty for a concept that the index does not know (a code of another house)."""
        if self._concept is None:
            return ""
        names = " | ".join(" ".join(fold(name.text).text.replace("-", " ").split()) for name in self._concept.names)
        spaced = re.sub(r"[,;()\[\]/]", " ", names)
        return f" {names} | {' '.join(spaced.split())} "

    @cached_property
    def _concept(self) -> Concept | None:
        if self._knowledge is None:
            return None
        try:
            return self._knowledge.lookup(self._curie)
        except UnknownConceptError:
            return None

    @property
    def kind(self) -> str:
        """What sort of concept it is; empty for one that the index does not know."""
        return self._concept.kind if self._concept else ""

    @cached_property
    def numbers(self) -> frozenset[Decimal]:
        """Numbers that stand in its names (type 2, factor 8)."""
        return frozenset(Decimal(number) for number in _NUMBER.findall(self.names))

    @cached_property
    def sides(self) -> frozenset[str]:
        """Sides that stand in its names."""
        return frozenset(mention.side for mention in sides(self.names))

    @cached_property
    def sexes(self) -> frozenset[str]:
        """Sexes that stand in its names (fragile X in females)."""
        return frozenset(mention.sex for mention in sexes(self.names))

    def hold(self, folded: str, *, whole: bool = False) -> bool:
        """Whether one of the names holds these words, or is them, and does not take them back (non-small cell)."""
        words = [folded]
        if _LATIN_WORD.match(folded):
            words = [f" {folded} ", f" {folded.removesuffix('s')} "]
        if whole:
            return any(f" | {word.strip()} | " in f" |{self.names}| " for word in words)
        return any(self._holds(word) for word in words)

    def written_out(self, said: str) -> bool:
        """Whether a sentence holds a name that no lexicon has because of its length."""
        spelled = one_spelling(said)
        return any(len(name) > LONGEST and name in spelled for name in self.names.strip().split(" | "))

    def _holds(self, words: str) -> bool:
        place = self.names.find(words)
        while place >= 0:
            if not _TAKEN_BACK.search(self.names, max(0, place - 8), place + (words[0] == " ")):
                return True
            place = self.names.find(words, place + 1)
        return False


NOTHING = ConceptNames("", None)


@dataclass(frozen=True)
class Amount:
    """A number that a fact holds, the concept that it is said of, and the limit that it is (``low``, ``threshold``)."""

    quantity: Quantity
    concept: str
    limit: str = ""


@dataclass(frozen=True, eq=False)
class Backing:
    """A fact, and what it allows, read when first asked for. Equal to itself only, so that it can be looked up fast."""

    fact: Fact
    concept: ConceptNames
    _texts: tuple[str, ...]
    _library: Library

    @cached_property
    def amounts(self) -> tuple[Amount, ...]:
        """Numbers of the fact."""
        return tuple(self._library.amounts(self.fact))

    @cached_property
    def words(self) -> tuple[Wording, ...]:
        """The fact's own words."""
        return tuple(self._library.wording(text) for text in self._texts)

    def names(self, stated: Stated, said: str = "") -> bool:
        """Whether the fact is about what the mention names: the same concept, a broader one, or words of its name."""
        if not self.fact.concept:
            return False
        concepts = stated.mention.concepts
        return (
            self.fact.concept in concepts
            or not self.concept.family.isdisjoint(concepts)
            or self._name_holds(stated, said)
        )

    def _name_holds(self, stated: Stated, said: str) -> bool:
        """Whether the concept's name holds the mention: all of it, or a part that is no other diagnosis or finding, or
        any part where the sentence ``said`` writes the name out, which is too long to be found as one.
        """
        if not self.concept.hold(stated.folded):
            return False
        if self.fact.kind in _NAMED or self.concept.hold(stated.folded, whole=True):
            return True
        return self._library.is_part(stated, self.fact.concept) or self.concept.written_out(said)

    def spans(self, quantity: Quantity) -> bool:
        """Whether the ends of a range are the limits of the fact, or two numbers of its words."""
        ends = (quantity.value, quantity.high)
        pools = [[amount.quantity for amount in self.amounts if amount.limit]]
        pools += [list(wording.reading.quantities) for wording in self.words]
        return any(
            all(
                end is not None and any(same_amount(end, quantity.unit, one.value, one.unit) for one in pool)
                for end in ends
            )
            for pool in pools
        )

    def compares(self, quantity: Quantity) -> bool:
        """Whether the fact's value lies on the side of a number that a comparator says."""
        for amount in self.amounts:
            if not amount.limit and normalise_unit(amount.quantity.unit) == quantity.unit:
                above = amount.quantity.value > quantity.value
                return above == (direction_of(quantity) == ">")
        return False

    def tells(self, quantity: Quantity, owned: Collection[str]) -> bool:
        """Whether the fact's own words say a number of one of these things; of anything, where these are none."""
        return any(same(quantity, own) for wording in self.words for own in wording.numbers(owned))

    def worded(self, stated: Stated, said: str) -> list[str]:
        """How the fact's own words mean what a name of the sentence ``said`` means; empty where they do not name it."""
        passage = said if self.fact.kind == "passage" else ""
        found = [status for wording in self.words for status in wording.statuses(stated, passage)]
        return found or ["present" for wording in self.words if wording.holds(stated)]


class Library:
    """Makes backings; keeps what it looked up of concepts."""

    def __init__(self, knowledge: Knowledge, reader: Reader) -> None:
        self._knowledge = knowledge
        self._reader = reader
        self._backings: dict[tuple[str, ...], Backing] = {}
        self._concepts: dict[str, ConceptNames] = {}
        self._amounts: dict[tuple[str, str], tuple[Quantity, ...]] = {}

    def backing(self, fact: Fact) -> Backing:
        """What a fact allows."""
        said = repr(fact.attributes) if fact.attributes else ""
        key = (fact.kind, fact.concept, fact.polarity, fact.value, fact.unit, fact.side, said)
        known = self._backings.get(key)
        if known is None:
            if len(self._backings) >= _REMEMBERED:
                self._backings.clear()
            known = self._backings[key] = self._make(fact)
        return known

    def _make(self, fact: Fact) -> Backing:
        texts = [fact.value] if fact.kind in _WORDED and fact.value else []
        texts += [text for name in _WORDS if isinstance(text := fact.attributes.get(name), str)]
        return Backing(fact, self.concept(fact.concept) if fact.concept else NOTHING, tuple(texts), self)

    def concept(self, curie: str) -> ConceptNames:
        """A concept's names and kin."""
        known = self._concepts.get(curie)
        if known is None:
            known = self._concepts[curie] = ConceptNames(curie, self._knowledge)
        return known

    def is_part(self, stated: Stated, whole: str) -> bool:
        """Whether a mention may be part of a concept's name: not of its own kind, or narrower."""
        kind = self.concept(whole).kind
        if not any(self.concept(curie).kind == kind for curie in stated.mention.concepts):
            return True
        return any(whole in self.concept(curie).family for curie in stated.mention.concepts)

    def wording(self, text: str) -> Wording:
        """A text of a fact, read."""
        lang = language_of(text) or "en"
        return Wording(text, lang, self._reader.read(text, lang), self._reader.is_measured)

    def amounts(self, fact: Fact) -> Iterator[Amount]:
        """Numbers that a fact holds."""
        # A rule that is a number alone is the threshold of a bin: "80%" is said as "80% or more".
        alone = "threshold" if fact.kind == "rule" and _ALONE.fullmatch(fact.value) else ""
        # What a text says is read with its names, not as bare numbers.
        worded = fact.kind in ("passage", "rule") and not alone
        for quantity in () if worded else self._read_amounts(fact.value, fact.unit):
            yield Amount(quantity, fact.concept, alone)
        for name, value in fact.attributes.items():
            if worded and name in _WORDS:
                continue
            unit = str(fact.attributes.get(f"{name}_unit", "" if isinstance(value, str) else fact.unit))
            for text in _scalars(value):
                for quantity in self._read_amounts(text, unit):
                    yield Amount(quantity, fact.concept, name if name in LIMITS else "")

    def _read_amounts(self, value: str, unit: str) -> tuple[Quantity, ...]:
        if not value:
            return ()
        key = (value, unit)
        known = self._amounts.get(key)
        if known is None:
            if len(self._amounts) > 50_000:
                self._amounts.clear()
            known = self._amounts[key] = tuple(_amounts(value, unit))
        return known


def same(stated: Quantity, held: Quantity) -> bool:
    """Whether a fact's number is the one that a text states: the whole, or one end of a range; "about" may be said."""
    if stated.comparator != "~" and direction_of(stated) != direction_of(held):
        return False
    if stated.unit == "times/day" and held.unit in ("", "times/day"):
        return stated.value == held.value and held.unit == stated.unit
    if same_amount(stated.value, stated.unit, held.value, held.unit):
        if stated.high is None:
            return True
        return held.high is not None and same_amount(stated.high, stated.unit, held.high, held.unit)
    return (
        held.high is not None and stated.high is None and same_amount(stated.value, stated.unit, held.high, held.unit)
    )


def direction_of(quantity: Quantity) -> str:
    """``<`` or ``>``, whether or not the limit is meant as well; empty for none."""
    return {"≥": ">", "≤": "<"}.get(quantity.comparator, quantity.comparator.removeprefix("~"))


def same_number(stated: Quantity, held: Quantity) -> bool:
    """Whether the bare numbers agree, whatever their units."""
    return stated.value in (held.value, held.high)


def _amounts(value: str, unit: str) -> Iterator[Quantity]:
    found = quantities(f"{value} {unit}" if unit else value)
    for quantity in found:
        # "45" with unit "years" is read whole; a value that holds several numbers has the unit at its last one only.
        named = quantity.unit or (normalise_unit(unit) if unit else "")
        yield Quantity(
            quantity.start,
            quantity.end,
            quantity.value,
            named,
            quantity.raw,
            quantity.high,
            quantity.comparator,
            quantity.kind,
        )


def _scalars(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int | float | Decimal):
        yield format(value, "g") if isinstance(value, float) else str(value)
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _scalars(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _scalars(one)
