"""Re-reads a generated row and compares every sentence with the facts that it cites. Knows no generator.

Sentence by sentence: each name of a concept, each number with its unit, each side, sex and age found in a sentence must
be backed by a fact that this sentence cites, with the same polarity. Text outside the listed sentences must state nothing.
"""  # noqa: E501

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from medgo.knowledge import Knowledge
from medgo.knowledge.lexicon import Lexicon
from medgo.schema import Fact, Lang, Sentence
from medgo.synthesis.protocol import Draft
from medgo.synthesis.verification.enclosing import enclosing, part_of
from medgo.synthesis.verification.owning import head_of, owners
from medgo.synthesis.verification.parts import checked_parts, needs_cover, texts_by_part
from medgo.synthesis.verification.reading import Reader, Reading, Stated
from medgo.synthesis.verification.row_checks import RowChecks
from medgo.synthesis.verification.support import LOWER, Amount, Backing, Library, direction_of, same, same_number
from medgo.synthesis.verification.violation import Violation, ViolationKind
from medgo.synthesis.verification.wording import UNCLEAR
from medgo.text import Quantity, SexMention, Span, normalise_unit, same_amount

_VALUES = frozenset({"lab", "vital"})
_MEASURED = _VALUES | {"drug"}
# A rejected diagnosis may be named plainly where the sentence says that it is weighed or rejected.
_WEIGHED = re.compile(
    r"鉴别|不支持|不符|不太相符|排除|除外|不考虑|不像|依据不足|可能性(?:较|更|很|偏)?[小低]|可能性.{0,3}(?:降低|下降)|难以解释|无法解释"
    r"|less likely|differential|\bagainst\b|\breject|unlikely|\bexclud|ruled out|hard to reconcile|unexplained by"
    r"|(?:does|do|did|would|could) not (?:fit|explain|account)|not fit|distinguish",
    re.IGNORECASE,
)
# Rejected where these words come before the name; after it they reject something else.
_PREFERRED = re.compile(
    r"不如|而不是|而非|rather than|instead of|(?:likely|ahead) (?:than|of)|versus|compared with", re.IGNORECASE
)
# What makes a diagnosis, also in a passage that weighs some.
_MADE = re.compile(
    r"诊断为|确诊|证实为?|(?:diagnosis is|diagnosed with|confirmed|(?:patient|he|she) (?:has|had|suffers from)).{0,8}$",
    re.IGNORECASE,
)
_SUPPOSED = re.compile(r"是否|如|若|\b(?:if|whether|unless|should)\b", re.IGNORECASE)
_WEIGHING_CLAUSE = re.compile(
    r"[，,；;。：:？?\n](?=[^\x00-\x7f]|$)|[.;:?!\n](?=\s|$)|,? (?:but|whereas|while|because|which)\b"
    r"|, (?:so|(?:and )?(?=(?:he|she|the diagnosis|it|this|there)\b))",
    re.IGNORECASE,
)
_CONTRAINDICATION = re.compile(r"禁忌|contraindicat", re.IGNORECASE)
_LIMITS = re.compile(r"参考|正常|上限|下限|范围|界值|reference|normal|range|limit", re.IGNORECASE)
_ROUTE = re.compile(
    r"口服|静脉|皮下|肌内|吸入|外用|滴眼|注射"
    r"|\b(?:oral(?:ly)?|intravenous(?:ly)?|subcutaneous(?:ly)?|by mouth|inhaled|topical(?:ly)?)\b"
)
# "Over three days" is during, not more than.
_DURING = re.compile(r"\b(?:over|within)\s?$", re.IGNORECASE)
_TIMES = frozenset(map(normalise_unit, ("minutes", "hours", "days", "weeks", "months", "years")))
_DOSE_UNITS = frozenset(
    {"mg", "g", "μg", "U", "tablet", "capsule", "puff", "drop", "mL", "times/day", "times/week", "mg/kg", "mg/kg/day"}
)
_WORD_OR_NUMBER = re.compile(r"[^\W_]")
_REMEMBERED = 50_000
_Key = tuple[str, str, Lang, str, frozenset[str], tuple[Backing, ...]]


class Verifier:
    """Finds what a row states and its evidence does not support.

    Args:
        lexicon: Names to look for.
        knowledge: What names mean, and what is contraindicated.
    """

    def __init__(self, lexicon: Lexicon, knowledge: Knowledge) -> None:
        self._lexicon = lexicon
        self._reader = Reader(lexicon)
        self._library = Library(knowledge, self._reader)
        self._row_checks = RowChecks(knowledge, self._library)
        # Sentences that held, with the facts that they held by: most come back in other rows.
        self._held: set[_Key] = set()

    def verify(self, draft: Draft) -> list[Violation]:
        """Everything that a row states without support.

        Args:
            draft: A row with its evidence.

        Returns:
            Violations in the order of the evidence, those of the row as a whole last; empty for a row that holds.
        """
        row, evidence = draft.row, draft.evidence
        texts = texts_by_part(row)
        checked = checked_parts(row)
        facts = {fact.id: fact for fact in evidence.facts}
        backings: dict[str, Backing] = {}
        sex = frozenset(fact.value for fact in evidence.facts if fact.kind == "sex")
        covered: dict[str, list[Span]] = {}
        found: list[Violation] = []
        for sentence in evidence.sentences:
            place = _place(sentence, texts, covered)
            if place is None:
                found.append(Violation(ViolationKind.MISSING_SENTENCE, sentence.part, sentence.text))
                continue
            if sentence.part not in checked:
                continue
            unknown = [name for name in sentence.facts if name not in facts]
            found += [
                Violation(ViolationKind.MISSING_FACT, sentence.part, sentence.text, place, name) for name in unknown
            ]
            cited = self._backings(sentence, facts, backings)
            text = texts[sentence.part]
            whole = enclosing(text, place)
            around = "" if whole == place else f"{place.start - whole.start} {whole.of(text)}"
            key = (sentence.text, around, row.lang, sentence.section, sex, cited)
            if key in self._held:
                continue
            reading = self._reader.read(whole.of(text), row.lang)
            if around:
                reading = part_of(reading, place.start - whole.start, len(sentence.text))
            check = _SentenceCheck(sentence, reading, cited, sex, self._lexicon)
            violations = [_placed(violation, place) for violation in check.violations()]
            found += violations
            if not violations:
                self._remember(key)
        for part in sorted(checked):
            if needs_cover(row, part):
                found += self._uncovered(part, texts[part], covered.get(part, []), row.lang, sex)
        return found + self._row_checks.violations(evidence, checked)

    def _remember(self, key: _Key) -> None:
        if len(self._held) >= _REMEMBERED:
            self._held.clear()
        self._held.add(key)

    def _backings(
        self, sentence: Sentence, facts: Mapping[str, Fact], known: dict[str, Backing]
    ) -> tuple[Backing, ...]:
        cited = []
        for name in sentence.facts:
            if name not in known and name in facts:
                known[name] = self._library.backing(facts[name])
            if name in known:
                cited.append(known[name])
        return tuple(cited)

    def _uncovered(
        self, part: str, text: str, spans: list[Span], lang: Lang, sex: frozenset[str]
    ) -> Iterator[Violation]:
        for gap in _gaps(text, spans):
            reading = self._reader.read(gap.of(text), lang)
            stated = [(name.mention.start, name.mention.end) for name in reading.names]
            stated += [(quantity.start, quantity.end) for quantity in reading.quantities]
            stated += [(side.start, side.end) for side in reading.sides]
            # A pronoun says nothing new on a patient whose sex is known.
            stated += [(word.start, word.end) for word in reading.sexes if not (word.pronoun and word.sex in sex)]
            for start, end in sorted(stated):
                span = Span(gap.start + start, gap.start + end)
                yield Violation(ViolationKind.UNCOVERED, part, span.of(text), span, "a sentence of the evidence")


class _SentenceCheck:
    """One sentence against the facts that it cites."""

    def __init__(
        self, sentence: Sentence, reading: Reading, cited: Sequence[Backing], sex: frozenset[str], lexicon: Lexicon
    ) -> None:
        self._sentence = sentence
        self._reading = reading
        self._cited = cited
        self._sex = sex
        self._lexicon = lexicon

    def violations(self) -> Iterator[Violation]:
        """What no cited fact supports; spans count from the start of the sentence."""
        for stated in self._reading.names:
            if not self._says_of_it(stated):
                yield from self._name(stated)
        for quantity in self._reading.quantities:
            bound = self._bound(quantity)
            if not self._supports(quantity, bound):
                yield self._unsupported(quantity, bound or self._cited)
        for side in self._reading.sides:
            head = head_of(self._sentence.text, self._reading, side)
            if not any(self._backs_side(backing, side.side, head) for backing in self._cited):
                sided = sorted({backing.fact.side for backing in self._cited if backing.fact.side})
                yield self._violation(ViolationKind.SIDE, side.start, side.end, ", ".join(sided))
        for sex in self._reading.sexes:
            yield from self._sex_word(sex)

    def _violation(self, kind: ViolationKind, start: int, end: int, expected: str = "") -> Violation:
        return Violation(kind, self._sentence.part, self._sentence.text[start:end], Span(start, end), expected)

    def _says_of_it(self, stated: Stated) -> bool:
        """Whether a fact is about the very concept that is named, as nearly always; kin and words cost more."""
        for backing in self._cited:
            if backing.fact.concept in stated.mention.concepts and self._polarity_holds(stated, backing.fact):
                return True
        return False

    def _name(self, stated: Stated) -> Iterator[Violation]:
        named = False
        for backing in self._cited:
            if backing.names(stated, self._sentence.text):
                named = True
                if self._polarity_holds(stated, backing.fact):
                    return
            worded = backing.worded(stated, self._sentence.text)
            if worded:
                named = True
                # A value is neither denied nor affirmed: "no fever, temperature 36.5".
                if self._is(stated, _VALUES) or any(
                    _same_status(stated.status, status, backing.fact.kind == "passage") for status in worded
                ):
                    return
        start, end = stated.mention.start, stated.mention.end
        if named:
            yield self._violation(ViolationKind.POLARITY, start, end, f"stated as {stated.status}")
        else:
            yield self._violation(ViolationKind.CONCEPT, start, end, ", ".join(stated.mention.concepts[:3]))

    def _is(self, stated: Stated, kinds: frozenset[str]) -> bool:
        return any(self._lexicon.kinds.get(curie) in kinds for curie in stated.mention.concepts)

    def _polarity_holds(self, stated: Stated, fact: Fact) -> bool:
        status = stated.status
        rejected = fact.kind == "diagnosis" and fact.polarity == "absent"
        if rejected and status in ("conditional", "uncertain") and self._is_made(stated):
            return False
        if status == "conditional" or fact.kind in ("lab", "vital", "term", "code"):
            return True
        if status == "uncertain":  # of what is there and of a diagnosis that is weighed, not of what is denied
            return fact.polarity == "present" or fact.kind == "diagnosis"
        if status == "absent":
            if fact.kind == "drug" and _CONTRAINDICATION.search(self._sentence.text):
                return True
            return fact.polarity == "absent"
        if status == "family":
            return fact.kind == "history"
        if rejected:
            return self._is_weighed(stated)
        return fact.polarity == "present"

    def _is_made(self, stated: Stated) -> bool:
        """Whether a clause of its own makes a diagnosis that the rest of the sentence supposes."""
        start, _ = self._clause(stated)
        text = self._sentence.text
        return start > 0 and bool(
            _MADE.search(text, start, stated.mention.start) and not _SUPPOSED.search(text, start, stated.mention.start)
        )

    def _is_weighed(self, stated: Stated) -> bool:
        """Whether the clause that names a rejected diagnosis weighs or rejects it."""
        text = self._sentence.text
        start, end = self._clause(stated)
        if _MADE.search(text, start, stated.mention.start):
            return False
        weighed = _WEIGHED.search(text, start, end) or _PREFERRED.search(text, start, stated.mention.start)
        return "differential" in self._sentence.section or weighed is not None

    def _clause(self, stated: Stated) -> tuple[int, int]:
        """Where the clause that holds a name starts and ends."""
        text, start, end = self._sentence.text, 0, len(self._sentence.text)
        for stop in _WEIGHING_CLAUSE.finditer(text):
            if stop.end() <= stated.mention.start:
                start = stop.end()
            elif stop.start() >= stated.mention.end:
                end = stop.start()
                break
        return start, end

    def _bound(self, quantity: Quantity) -> list[Backing]:
        """The facts on what the number is said of; none where that is not a measured thing or a drug."""
        owned = self._owners(quantity)
        return [backing for backing in self._cited if backing.fact.concept in owned] if owned else []

    def _supports(self, quantity: Quantity, bound: list[Backing]) -> bool:
        if quantity.comparator and quantity.unit in _TIMES and _DURING.search(self._sentence.text, 0, quantity.start):
            return self._is_held(quantity, bound) or self._is_held(replace(quantity, comparator=""), bound)
        return self._is_held(quantity, bound)

    def _is_held(self, quantity: Quantity, bound: list[Backing]) -> bool:
        if self._held(quantity, bound or self._cited):
            return True
        others = [b for b in self._cited if b not in bound and b.fact.kind not in ("lab", "vital", "drug")]
        return bool(bound) and self._held(quantity, others)

    def _unsupported(self, quantity: Quantity, backings: Sequence[Backing]) -> Violation:
        held = [amount.quantity for backing in backings for amount in backing.amounts]
        dose = quantity.unit in _DOSE_UNITS and any(backing.fact.kind == "drug" for backing in backings)
        kind = (
            ViolationKind.AGE
            if quantity.kind == "age"
            else ViolationKind.UNIT
            if any(same_number(quantity, one) and not same(quantity, one) for one in held)
            else ViolationKind.DOSE
            if dose
            else ViolationKind.QUANTITY
        )
        expected = ", ".join(sorted({one.raw for one in held})[:6])
        return self._violation(kind, quantity.start, quantity.end, expected)

    def _owners(self, quantity: Quantity) -> frozenset[str]:
        """Measured things and drugs that the number is said of: the nearest one before it in its clause."""
        return owners(self._sentence.text, self._reading, quantity, self._is_measured)

    def _is_measured(self, stated: Stated) -> bool:
        return self._is(stated, _MEASURED)

    def _held(self, quantity: Quantity, backings: Sequence[Backing]) -> bool:
        for backing in backings:
            for amount in backing.amounts:
                if self._is_limit(quantity, backing, amount) if amount.limit else same(quantity, amount.quantity):
                    # A dose belongs to a drug that the sentence names; under another name it is another drug's.
                    return quantity.unit not in _DOSE_UNITS or backing.fact.kind != "drug" or self._mentions(backing)
            if backing.words and backing.tells(quantity, self._owners(quantity)):
                return True
            if not quantity.unit and quantity.value in backing.concept.numbers:
                return True
        return quantity.high is not None and any(backing.spans(quantity) for backing in backings)

    def _is_limit(self, quantity: Quantity, backing: Backing, amount: Amount) -> bool:
        """Whether a number tells a limit, on the side where it lies, and does not pass for a value."""
        if quantity.high is not None or not same_amount(
            quantity.value, quantity.unit, amount.quantity.value, amount.quantity.unit
        ):
            return False
        direction = direction_of(quantity)
        if amount.limit == "threshold":
            return True
        if _LIMITS.search(self._sentence.text) and direction in ("", ">" if amount.limit in LOWER else "<"):
            return True
        return direction != "" and backing.compares(quantity)

    def _mentions(self, backing: Backing) -> bool:
        return any(backing.names(stated) for stated in self._reading.names) or self._is_field()

    def _is_field(self) -> bool:
        """Whether the sentence is one field of a form: a dose or a frequency and nothing else."""
        text = self._sentence.text
        for quantity in reversed(self._reading.quantities):
            text = text[: quantity.start] + " " + text[quantity.end :]
        return not any(letter.isalpha() for letter in _ROUTE.sub("", text))

    def _backs_side(self, backing: Backing, side: str, head: str) -> bool:
        return (
            backing.fact.side == side
            or side in backing.concept.sides
            or any(wording.has_side(side, head) for wording in backing.words)
        )

    def _sex_word(self, word: SexMention) -> Iterator[Violation]:
        if word.pronoun:
            wrong = bool(self._sex) and word.sex not in self._sex and not self._of_a_relative()
        else:
            wrong = not any(self._backs_sex(backing, word) for backing in self._cited)
        if wrong:
            yield self._violation(ViolationKind.SEX, word.start, word.end, ", ".join(sorted(self._sex)))

    def _of_a_relative(self) -> bool:
        """Whether the sentence speaks of a relative, whom its pronouns may stand for."""
        return any(backing.fact.kind == "history" and "relative" in backing.fact.attributes for backing in self._cited)

    def _backs_sex(self, backing: Backing, word: SexMention) -> bool:
        if backing.fact.kind == "sex":
            return backing.fact.value == word.sex
        return word.sex in backing.concept.sexes or any(
            own.sex == word.sex for wording in backing.words for own in wording.reading.sexes
        )


def _same_status(stated: str, own: str, passage: bool) -> bool:
    """Whether words mean a name as the sentence does; a rule speaks of what may be, a passage of a patient."""
    if own == UNCLEAR:
        return False
    if stated == "conditional" or (not passage and (stated == "uncertain" or own in ("conditional", "uncertain"))):
        return True
    if passage and stated == "uncertain":
        return own != "absent"
    if passage and (own in ("conditional", "uncertain") or ("family" in (stated, own) and stated != own)):
        return False
    return (stated == "absent") == (own == "absent")


def _place(sentence: Sentence, texts: Mapping[str, str], covered: dict[str, list[Span]]) -> Span | None:
    """Where a sentence stands: after the one before it, else anywhere in its part."""
    text = texts.get(sentence.part)
    if text is None or not sentence.text:
        return None
    before = covered.setdefault(sentence.part, [])
    start = text.find(sentence.text, before[-1].end if before else 0)
    if start < 0:
        start = text.find(sentence.text)
    if start < 0:
        return None
    span = Span(start, start + len(sentence.text))
    before.append(span)
    return span


def _gaps(text: str, spans: list[Span]) -> Iterator[Span]:
    """Stretches outside of all spans that hold a letter or a digit."""
    reached = 0
    for start, end in (*sorted(spans), (len(text), len(text))):
        if start > reached and _WORD_OR_NUMBER.search(text, reached, start):
            yield Span(reached, start)
        reached = max(reached, end)


def _placed(violation: Violation, place: Span) -> Violation:
    if violation.span is None:
        return violation
    span = Span(place.start + violation.span.start, place.start + violation.span.end)
    return Violation(violation.kind, violation.part, violation.text, span, violation.expected)
