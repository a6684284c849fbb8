"""Whether a paraphrase, in the same or the other language, still says what its source said. Knows no evidence.

Compared both ways: what must survive is lost as well when it is added.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from medgo.knowledge import Knowledge
from medgo.knowledge.lexicon import Lexicon
from medgo.schema import Lang
from medgo.synthesis.verification._guard_reading import GuardReading, read_for_guard, stems
from medgo.synthesis.verification.reading import Reader, Stated
from medgo.synthesis.verification.support import Library
from medgo.text import Quantity, same_amount


class DifferenceKind(StrEnum):
    """Sorts of differences between a source and its paraphrase."""

    NUMBER = "number"
    UNIT = "unit"
    COMPARATOR = "comparator"
    NEGATION = "negation"
    UNCERTAINTY = "uncertainty"
    DRUG = "drug"
    CONCEPT = "concept"
    SIDE = "side"
    SEX = "sex"
    ORDER = "order"
    OWNER = "owner"  # a value moved to another test or drug
    PERSON = "person"  # a relative's became the patient's, or the other way round
    TIME = "time"  # what was is said to be


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that one text says and the other does not.

    Args:
        kind: What sort.
        source: Words of the source; empty for what was added.
        paraphrase: Words of the paraphrase; empty for what was lost.
    """

    kind: DifferenceKind
    source: str = ""
    paraphrase: str = ""


class ParaphraseGuard:
    """Compares texts with a lexicon.

    Args:
        lexicon: Names of concepts; of ``drug`` kind all must survive.
        knowledge: Tells which names are kinds of one another.
    """

    def __init__(self, lexicon: Lexicon, knowledge: Knowledge) -> None:
        self._lexicon = lexicon
        self._reader = Reader(lexicon)
        self._library = Library(knowledge, self._reader)

    def compare(self, source: str, paraphrase: str, lang: Lang, to_lang: Lang | None = None) -> list[Difference]:
        """What differs in meaning.

        Args:
            source: What was said.
            paraphrase: What it became.
            lang: Language of the source.
            to_lang: Language of the paraphrase, where it is the other one.

        Returns:
            Differences; empty where numbers, units, negation, drugs, sides, sex, doubt and order survive.
        """
        other = to_lang or lang
        first, second = read_for_guard(source, lang, self._reader), read_for_guard(paraphrase, other, self._reader)
        return [
            *_amounts(first.quantities, second.quantities),
            *self._moved(first, second),
            *self._names(first, second),
            *_tokens(first, second, same_language=lang == other),
            *_sides(first, second),
            *_sexes(first, second),
            *_order(first, second),
        ]

    def _moved(self, first: GuardReading, second: GuardReading) -> Iterator[Difference]:
        """Values that are told of another test or drug than before."""
        for quantity, owner in first.owned:
            now = [own for other, own in second.owned if quantity.same(other)]
            if owner and now and not any(not own or self._is_kin(owner, own) for own in now):
                yield Difference(DifferenceKind.OWNER, f"{quantity.raw} of {min(owner)}", f"of {min(now[0])}")

    def _is_kin(self, ours: frozenset[str], theirs: frozenset[str]) -> bool:
        """Whether two names mean the same thing, or one a kind of the other."""
        return (
            not ours.isdisjoint(theirs)
            or any(not self._library.concept(curie).family.isdisjoint(theirs) for curie in ours)
            or any(not self._library.concept(curie).family.isdisjoint(ours) for curie in theirs)
        )

    def _names(self, first: GuardReading, second: GuardReading) -> Iterator[Difference]:
        pairs, lost, added = self._paired(first.names, second.names)
        for ours, theirs in pairs:
            kind = _status_difference(ours.status, theirs.status)
            if kind is DifferenceKind.TIME and (first.lasts or (first.remembers and second.remembers)):
                continue  # "hypertension for ten years" is a history of it
            if kind is not None:
                yield Difference(kind, ours.text, theirs.text)
        for stated in lost:
            if self._is_drug(stated):
                yield Difference(DifferenceKind.DRUG, source=stated.text)
        for stated in added:
            if self._is_drug(stated):
                yield Difference(DifferenceKind.DRUG, paraphrase=stated.text)
        yield from self._swapped(
            [one for one in lost if not self._is_drug(one)],
            [one for one in added if not self._is_drug(one)],
            first if first.lang == second.lang else None,
            second if first.lang == second.lang else None,
        )

    def _swapped(
        self,
        lost: Sequence[Stated],
        added: Sequence[Stated],
        source: GuardReading | None,
        paraphrase: GuardReading | None,
    ) -> Iterator[Difference]:
        """Diseases that took the place of others, and findings beyond those that a lay word may stand for."""
        old, new = [o for o in lost if self._is(o, "disease")], [n for n in added if self._is(n, "disease")]
        for ours, theirs in zip(old, new, strict=False):
            yield Difference(DifferenceKind.CONCEPT, ours.text, theirs.text)
        # One word may be told in two, so a single finding more is no proof; without any finding lost it is an addition.
        if not lost:
            for theirs in added:
                if self._is(theirs, "disease") or self._is_new(theirs, source):
                    yield Difference(DifferenceKind.CONCEPT, paraphrase=theirs.text)
        # A finding may be told in a layman's words; a disease that is named nowhere any more is lost.
        if not added:
            for ours in old:
                yield Difference(DifferenceKind.CONCEPT, source=ours.text)
            yield from self._dropped(
                [one for one in lost if self._is(one, "sign") and one not in old], source, paraphrase
            )

    def _dropped(
        self, lost: Sequence[Stated], source: GuardReading | None, paraphrase: GuardReading | None
    ) -> Iterator[Difference]:
        """Findings that are gone: a layman's words for them would be words that the source does not have."""
        if source is None or paraphrase is None or len(paraphrase.words - source.words) >= len(lost):
            return
        for stated in lost:
            if not any(stem in paraphrase.text for stem in stems(stated.folded)):
                yield Difference(DifferenceKind.CONCEPT, source=stated.text)

    def _is_new(self, stated: Stated, source: GuardReading | None) -> bool:
        """Whether a finding has no word in common with the source, where both are in one language."""
        if source is None or not self._is(stated, "sign"):
            return False
        return not any(stem in source.text for stem in stems(stated.folded))

    def _paired(
        self, ours: Sequence[Stated], theirs: Sequence[Stated]
    ) -> tuple[list[tuple[Stated, Stated]], list[Stated], list[Stated]]:
        """Names of the same thing in both texts; those of the same status first, where one is named twice."""
        pairs: list[tuple[Stated, Stated]] = []
        met: set[int] = set()
        lost: list[Stated] = []
        for stated in ours:
            alike = [n for n, other in enumerate(theirs) if self._same(stated, other)]
            best = next((n for n in alike if theirs[n].status == stated.status), alike[0] if alike else None)
            if best is None:
                lost.append(stated)
            else:
                met.update(alike)
                pairs.append((stated, theirs[best]))
        for other in theirs:
            back = [one for one in ours if self._same(one, other)]
            if back and not any(_status_difference(one.status, other.status) is None for one in back):
                pairs.append((back[0], other))
        return pairs, lost, [other for number, other in enumerate(theirs) if number not in met]

    def _same(self, one: Stated, other: Stated) -> bool:
        if one.folded == other.folded or set(one.mention.concepts) & set(other.mention.concepts):
            return True
        if self._is_drug(one) or self._is_drug(other):
            return False
        return self._under(one, other) or self._under(other, one)

    def _under(self, one: Stated, other: Stated) -> bool:
        """Whether one is a kind of the other, or one's names hold the other's words."""
        for curie in one.mention.concepts:
            concept = self._library.concept(curie)
            if any(broader in concept.family for broader in other.mention.concepts) or concept.hold(other.folded):
                return True
        return False

    def _is_drug(self, stated: Stated) -> bool:
        return self._is(stated, "drug") and not self._is(stated, "lab")

    def _is(self, stated: Stated, kind: str) -> bool:
        return any(self._lexicon.kinds.get(curie) == kind for curie in stated.mention.concepts)


def _status_difference(ours: str, theirs: str) -> DifferenceKind | None:
    if ours == theirs or "conditional" in (ours, theirs):
        return None
    if "absent" in (ours, theirs):
        return DifferenceKind.NEGATION
    if "uncertain" in (ours, theirs):
        return DifferenceKind.UNCERTAINTY
    return DifferenceKind.PERSON if "family" in (ours, theirs) else DifferenceKind.TIME


def _amounts(ours: Sequence[Quantity], theirs: Sequence[Quantity]) -> Iterator[Difference]:
    """Each number once: 5 mg twice is not the same as 5 mg and 10 mg."""
    left = list(theirs)
    lost: list[Quantity] = []
    for quantity in ours:
        match = next((other for other in left if quantity.same(other)), None)
        # Saying a number again is no change.
        again = next((other for other in theirs if quantity.same(other)), None)
        if match is not None:
            left.remove(match)
        met = match or again
        if met is None:
            lost.append(quantity)
        elif _direction(quantity) != _direction(met):
            yield Difference(DifferenceKind.COMPARATOR, quantity.raw, met.raw)
    added = [other for other in left if not any(other.same(quantity) for quantity in ours)]
    added = [other for other in added if not _range_told_apart(other, lost)]
    for quantity in lost:
        twin = next((other for other in added if other.value == quantity.value and other.high == quantity.high), None)
        if twin is not None:
            added.remove(twin)
            yield Difference(DifferenceKind.UNIT, quantity.raw, twin.raw)
        elif not _range_told_apart(quantity, added):
            yield Difference(DifferenceKind.NUMBER, source=quantity.raw)
    for other in added:
        yield Difference(DifferenceKind.NUMBER, paraphrase=other.raw)


def _range_told_apart(quantity: Quantity, added: list[Quantity]) -> bool:
    """``10–20 mg`` may become "between 10 and 20 mg", which reads as two numbers."""
    ends = [
        next(
            (
                other
                for other in added
                if other.high is None and same_amount(value, quantity.unit, other.value, other.unit)
            ),
            None,
        )
        for value in (quantity.value, quantity.high)
        if value is not None
    ]
    if quantity.high is None or None in ends:
        return False
    for end in ends:
        if end is not None:
            added.remove(end)
    return True


def _direction(quantity: Quantity) -> str:
    return {"≥": ">", ">": ">", "≤": "<", "<": "<"}.get(quantity.comparator, "")


def _tokens(first: GuardReading, second: GuardReading, *, same_language: bool) -> Iterator[Difference]:
    """Words that are negated in one text and stand plainly in the other, whether or not they name a concept."""
    if same_language:
        for one, other in ((first, second), (second, first)):
            flipped = next((item for item in one.negated if _stands_plainly(item, one, other)), None)
            if flipped is not None:
                words = ", ".join(sorted(flipped))
                yield Difference(DifferenceKind.NEGATION, words, words)
                return
    # "Not raised" may become "normal": then the text that denies less reassures more.
    instead = first.reassures - second.reassures if second.denies else second.reassures - first.reassures
    if bool(first.denies) != bool(second.denies) and instead <= 0:
        yield Difference(DifferenceKind.NEGATION, first.denies, second.denies)
    if bool(first.doubts) != bool(second.doubts) and not (first.supposes or second.supposes):
        yield Difference(DifferenceKind.UNCERTAINTY, first.doubts, second.doubts)


def _stands_plainly(item: frozenset[str], one: GuardReading, other: GuardReading) -> bool:
    """Whether what one text denies is said outright by the other: most of its words, and only there."""
    denied = frozenset().union(*other.negated)
    most = 0.6 * len(item)
    return len(item & (other.plain - denied)) >= most > len(item & one.plain)


def _sides(first: GuardReading, second: GuardReading) -> Iterator[Difference]:
    ours, theirs = _both({side.side for side in first.sides}), _both({side.side for side in second.sides})
    if ours != theirs:
        yield Difference(DifferenceKind.SIDE, ", ".join(sorted(ours)), ", ".join(sorted(theirs)))
        return
    said = {side.attached[:2]: side.side for side in first.sides if side.attached}
    for side in second.sides:
        mine = said.get(side.attached[:2], side.side)
        if side.attached and mine != side.side and len(said) == len(first.sides):
            yield Difference(DifferenceKind.SIDE, f"{mine} {side.attached}", f"{side.side} {side.attached}")


def _both(sides: set[str]) -> set[str]:
    return {"left", "right"} if "both" in sides or {"left", "right"} <= sides else sides


def _sexes(first: GuardReading, second: GuardReading) -> Iterator[Difference]:
    ours, theirs = {word.sex for word in first.sexes}, {word.sex for word in second.sexes}
    # A pronoun added or left out is style; a plain word for the sex has to survive at least as a pronoun.
    plain = any(not word.pronoun for word in first.sexes)
    lost = plain and not theirs
    added = not ours and any(not word.pronoun for word in second.sexes)
    if lost or added or (ours and theirs and not ours & theirs):
        yield Difference(DifferenceKind.SEX, ", ".join(sorted(ours)), ", ".join(sorted(theirs)))


def _order(first: GuardReading, second: GuardReading) -> Iterator[Difference]:
    for earlier, later in _pairs(first.order):
        if (later, earlier) in set(_pairs(second.order)) and (earlier, later) not in set(_pairs(second.order)):
            yield Difference(DifferenceKind.ORDER, f"{earlier} → {later}", f"{later} → {earlier}")
            return


def _pairs(order: Iterable[tuple[frozenset[str], frozenset[str]]]) -> list[tuple[str, str]]:
    return [(before, after) for earlier, later in order for before in sorted(earlier) for after in sorted(later)]
