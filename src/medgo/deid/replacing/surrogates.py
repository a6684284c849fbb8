"""Surrogates: another value of the same kind in the place of every identifier, equal for equal patients.

Everything is drawn by HMAC from the key and the patient's id, and nothing is remembered between texts, so that any
number of processes, in any order, today or in a year, write the same surrogates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import zip_longest

from medgo.deid.ages import generalised_age
from medgo.deid.classes import NAMES, IdentifierClass
from medgo.deid.keys import Key
from medgo.deid.policy import Policy
from medgo.deid.protocol import Finding
from medgo.deid.replacing.assembling import assembled
from medgo.deid.replacing.characters import in_script_of
from medgo.deid.replacing.chinese_places import ChinesePlaces
from medgo.deid.replacing.chinese_regions import ChineseRegions
from medgo.deid.replacing.codes import Codes
from medgo.deid.replacing.contacts import MAC, Contacts
from medgo.deid.replacing.draws import Draws, first_attempt, plain
from medgo.deid.replacing.english_places import EnglishPlaces
from medgo.deid.replacing.numbers import Numbers
from medgo.deid.replacing.people import People
from medgo.deid.replacing.postcodes import coarse_postcode
from medgo.deid.replacing.protocol import Replaced
from medgo.deid.replacing.quasi import age_band, age_bands, province
from medgo.deid.replacing.tags import tag
from medgo.deid.replacing.times import Times, first_whole, shift_of, with_cyclic_year
from medgo.deid.replacing.told import Fact, Sexes, Told, told_by
from medgo.deid.view import view_of
from medgo.schema import Lang

_PLACES = frozenset({"address", "location", "hospital", "organisation"})
_NETWORK = frozenset({"email", "url", "ip_address", "social_account"})
# Numbers that a hospital, an insurer or a maker counts up, and that records are joined by.
_CODES = frozenset({"medical_record_number", "insurance_number", "device", "other_id"})
_PICTURES = frozenset({"photo", "biometric"})
# Shorter codes (a bed, a room) are everywhere in a corpus; no surrogate of theirs could be new.
_UNIQUE_LENGTH = 6
_IN_A = re.compile(r"\b(in|on)\s+$", re.IGNORECASE)


def _nobodys(_: str) -> bool:
    return False


class SurrogateReplacer:
    """Replaces identifiers as the policy says: by surrogates, moved dates, coarser values or tags.

    A value for which every surrogate is refused, and a date or a name that cannot be read, becomes a tag.

    Args:
        key: Without it no surrogate can be drawn again.
        policy: What is done with each class.
        avoid: Whether a value occurs in the corpus as an identifier, so that nobody else's becomes a surrogate:
            see :class:`medgo.deid.replacing.seen.SeenIdentifiers`. It has to give the same answers in every process and
            run. Towns, provinces and hospitals are not asked for: many people share them.
        told: Whether any text of a patient tells a fact: see :mod:`medgo.deid.replacing.told`; None where nobody has
            read all of them, so that each text is read by what it tells itself.
        generalise_quasi: For notes on rare diseases, where a diagnosis and some everyday facts point to one person:
            ages of grown-ups become bands of five years, places and hospitals their province or state, dates the
            month that they move to (a birthday, which Safe Harbor would leave the year of, is one of these; the month
            of a moved date is nobody's, and the course of a disease stays readable).
    """

    def __init__(
        self,
        key: Key,
        policy: Policy,
        *,
        avoid: Callable[[str], bool] = _nobodys,
        told: Callable[[str, Fact], bool] | None = None,
        generalise_quasi: bool = False,
    ) -> None:
        secret = key.derive("surrogates")
        self._policy, self._avoid, self._told, self._generalise_quasi = policy, avoid, told, generalise_quasi
        self._codes = Codes(key.derive("codes"))
        self._draws = lru_cache(maxsize=64)(lambda patient: Draws(secret, patient))

    def replace(self, text: str, findings: Sequence[Finding], *, patient: str, lang: Lang) -> Replaced:
        """See :class:`medgo.deid.replacing.protocol.Replacer`."""
        found = [with_cyclic_year(text, one) for one in findings if self._policy.action(one.label) != "keep"]
        told = partial(self._told, patient) if self._told is not None else told_by(text, found).__contains__
        note = self._note(text, found, self._draws(patient), lru_cache(maxsize=1024)(told), lang)
        news = [(one, note.new(one, self._policy)) for one in found]
        if self._generalise_quasi:
            news = sorted([*news, *age_bands(text, found)], key=lambda one: one[0].start)
        return assembled(text, news)

    def _note(self, text: str, findings: Sequence[Finding], draws: Draws, told: Told, lang: Lang) -> _Note:
        values = {one: view_of(text[one.start : one.end]).text for one in findings}
        own = {plain(value) for one, value in values.items() if one.label in NAMES or len(value) >= _UNIQUE_LENGTH}
        own.discard("")
        shift = shift_of(draws, self._policy.max_date_shift_days)
        times = Times(shift, first_whole(value for one, value in values.items() if one.label == "date"))

        def refused(value: str) -> bool:
            return plain(value) in own or self._avoid(value)

        names = [(value, _before(text, one)) for one, value in values.items() if one.label in NAMES]
        regions = ChineseRegions(draws, told)
        return _Note(
            text,
            lang,
            values,
            refused,
            self._generalise_quasi,
            times,
            People(draws, names, refused, Sexes(told)),
            ChinesePlaces(draws, regions),
            EnglishPlaces(draws),
            Numbers(draws, regions, shift),
            Contacts(draws),
            self._codes,
            refused if self._avoid is _nobodys else self._avoid,
        )


def _language_round(before: str, value: str, after: str) -> Lang | None:
    """The nearest letters tell, those of the value first; None where there are none."""
    for letter in [*value, *(one for pair in zip_longest(reversed(before), after, fillvalue="") for one in pair)]:
        if "㐀" <= letter <= "鿿":
            return "zh"
        if letter.isalpha():
            return "en"
    return None


def _before(text: str, finding: Finding) -> str:
    return text[max(0, finding.start - 12) : finding.start]


@dataclass(frozen=True)
class _Note:
    """What stands in the place of each finding of one note."""

    text: str
    lang: Lang
    values: dict[Finding, str] = field(repr=False)
    refused: Callable[[str], bool]
    generalise_quasi: bool
    times: Times
    people: People
    chinese: ChinesePlaces
    english: EnglishPlaces
    numbers: Numbers
    contacts: Contacts
    codes: Codes
    taken: Callable[[str], bool]

    def new(self, finding: Finding, policy: Policy) -> str:
        """The new value of a finding; the spaces around the old one stay."""
        value = self.values[finding]
        core = value.strip()
        if not core:
            return value
        new = self._new(finding, core, policy)
        head, tail = value[: len(value) - len(value.lstrip())], value[len(value.rstrip()) :]
        if new is None:
            return head + tag(finding.label, self.lang) + tail
        return head + in_script_of(new, self.text[finding.start : finding.end]) + tail

    def _new(self, finding: Finding, value: str, policy: Policy) -> str | None:
        action = policy.action(finding.label)
        if action == "tag":
            return None
        if action == "generalise" or (self.generalise_quasi and finding.label in _PLACES | {"date", "zip_code"}):
            return self._coarse(finding, value, to_the_year=action == "generalise")
        if finding.label == "date":
            # The original, since its width and case are to be kept.
            return self.times.moved(self.text[finding.start : finding.end].strip()) or self.times.year(value)
        return self._surrogate(finding, value)

    def _coarse(self, finding: Finding, value: str, *, to_the_year: bool) -> str | None:
        label = finding.label
        if label == "age_over_89":
            return self._age(finding, value)
        if label == "age":
            return age_band(value)
        if label == "zip_code":
            return coarse_postcode(value)
        if label == "date":
            return self.times.year(value) if to_the_year else self.times.month(value)
        return province(value) if label in _PLACES else None

    def _surrogate(self, finding: Finding, value: str) -> str | None:
        label = finding.label
        if label in NAMES:
            return self.people.written(self.values[finding].strip(), _before(self.text, finding))
        if label == "age_over_89":
            return self._age(finding, value)
        if label == "age":
            return age_band(value)
        if label in _PICTURES or label == "origin":
            return None
        if label in _CODES and not MAC.fullmatch(value):
            taken = self.taken if len(plain(value)) >= _UNIQUE_LENGTH else _nobodys
            if code := self.codes.written(value, taken):
                return code
        make = self._maker(label, value)
        personal = label not in _PLACES or label == "address"
        refused = self.refused if personal and len(plain(value)) >= _UNIQUE_LENGTH else _nobodys
        attempt = first_attempt(make, value, refused)
        if attempt is None and label in ("phone", "fax") and any(letter.isdigit() for letter in value):
            make = partial(self.numbers.same_shape, value)  # it rings somewhere, but nobody of the corpus
            attempt = first_attempt(make, value, refused)
        return None if attempt is None else make(attempt)

    def _age(self, finding: Finding, value: str) -> str:
        """In the language of what stands round it, and so that the sentence still reads."""
        before, after = self.text[max(0, finding.start - 8) : finding.start], self.text[finding.end : finding.end + 8]
        new = generalised_age(value, _language_round(before, value, after) or self.lang)
        if not new.endswith(("年前", "ago")):
            return new
        if new.endswith("年前"):
            return new + ("的某" if after.startswith("年") else "")
        article = _IN_A.search(before)
        return f"a {'day' if article[1].lower() == 'on' else 'year'} {new}" if article else new

    def _maker(self, label: IdentifierClass, value: str) -> Callable[[int], str]:
        if label in _PLACES:
            return self._place(label, value)
        if label in _NETWORK or MAC.fullmatch(value):
            return lambda attempt: self.contacts.written(label, value, attempt)
        return lambda attempt: self.numbers.written(label, value, attempt)

    def _place(self, label: IdentifierClass, value: str) -> Callable[[int], str]:
        if any("一" <= letter <= "鿿" for letter in value):
            by_label = {"hospital": self.chinese.hospital, "organisation": self.chinese.organisation}
            make = by_label.get(label, self.chinese.address)
        else:
            english = {"address": self.english.address, "location": self.english.location}
            make = english.get(label, self.english.body)
        return lambda attempt: make(value, attempt)
