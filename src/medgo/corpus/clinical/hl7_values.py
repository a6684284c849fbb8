"""Fields of one HL7 v2 segment as text, by their types. Knows no segment."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from medgo.corpus.clinical.wording import without_tag
from medgo.text.hl7 import HEADERS, Delimiters, Repetition, Segment
from medgo.text.person_names import compose

_TIME = re.compile(r"(\d{4})(\d\d)?(\d\d)?(?:(\d\d)(\d\d)?(\d\d)?(?:\.\d+)?)?([+-]\d{4})?")
_NULL = '""'
_WORD = re.compile(r"\w")
_SNOMED = frozenset(("SCT", "SNM", "SNM3", "SCT2", "SNOMED-CT", "SNOMED"))
_RUNNING = frozenset(("TX", "FT"))
_DEGREES = frozenset(("MD", "DO", "PHD", "DR", "RN", "NP", "PA", "MBBS", "DDS", "PHARMD"))


@dataclass(frozen=True, slots=True)
class Fields:
    """A segment.

    Args:
        segment: Its fields as they stand.
        delimiters: Of its message.
        encoding: Of its message.
    """

    segment: Segment
    delimiters: Delimiters
    encoding: str

    @property
    def name(self) -> str:
        """Three letters."""
        return self.segment[0][0][0].strip()

    def field(self, number: int) -> list[Repetition]:
        """A field; empty where there is none."""
        return self.segment[number] if number < len(self.segment) else []

    def text(self, number: int) -> str:
        """The first repetition, its components with ``^`` between them."""
        field = self.field(number)
        if not field:
            return ""
        if self.segment[0][0][0] in HEADERS and number == 2:
            return field[0][0]
        return self._printed("^".join(field[0])).strip()

    def component(self, number: int, at: int) -> str:
        """A component of the first repetition."""
        field = self.field(number)
        return self._printed(field[0][at]).strip() if field and at < len(field[0]) else ""

    def part(self, number: int, at: int, sub: int) -> str:
        """A subcomponent of the first repetition."""
        field = self.field(number)
        inner = field[0][at].split(self.delimiters.subcomponent) if field and at < len(field[0]) else []
        return self._printed(inner[sub]).strip() if sub < len(inner) else ""

    def coded(self, number: int) -> tuple[str, str]:
        """Code and name of the first repetition; where no code is of LOINC but the alternate one is, that one."""
        field = self.field(number)
        return self._coded(field[0]) if field else ("", "")

    def names(self, number: int) -> str:
        """The names, or codes, of all repetitions; of a time, the time."""
        found = []
        for repetition in self.field(number):
            code, name = self._coded(repetition)
            found.append(name or (when(code) if _TIME.fullmatch(code) and len(code) >= 8 else code))
        return "; ".join(one for one in found if one)

    def repetitions(self, number: int) -> list[str]:
        """First components of all repetitions."""
        return [one for repetition in self.field(number) if (one := self._printed(repetition[0]).strip())]

    def printed(self, number: int, between: str = "\n") -> str:
        """Running text: repetitions are lines; components that a sender did not escape stay where they were."""
        mark = self.delimiters.component
        return between.join(self._printed(mark.join(one).rstrip(mark)) for one in self.field(number)).strip()

    def unit(self, number: int) -> str:
        """A unit: UCUM's code, else its name, else its code."""
        code, name = self.coded(number)
        return code if self.component(number, 2).upper() == "UCUM" else name or code

    def looks_like_a_person(self, number: int) -> bool:
        """Whether a coded field holds an XCN: a given name where a code has its system, a degree where its version."""
        parts = self.field(number)[0] if self.field(number) else []
        return len(parts) > 6 and len(parts[2]) > 1 and parts[6].strip(".").upper() in _DEGREES

    def value(self, number: int, kind: str) -> str:
        """A value of OBX-5 as people write it.

        Args:
            number: 5.
            kind: OBX-2.
        """
        by_type = _VALUES.get(kind)
        if by_type is None:
            return self.printed(number, "\n" if kind in _RUNNING else "; ")
        return "; ".join(filter(None, (by_type([self._printed(c) for c in one]) for one in self.field(number))))

    def _coded(self, repetition: Repetition) -> tuple[str, str]:
        parts = [self._printed(one.split(self.delimiters.subcomponent)[0]).strip() for one in repetition]
        parts += [""] * (9 - len(parts))
        code, name = parts[0], parts[1] or parts[8] or parts[4]
        if parts[5].upper() in ("LN", "LOINC") and parts[2].upper() not in ("LN", "LOINC"):
            code = parts[3] or code
        if parts[2].upper() in _SNOMED:
            name = without_tag(name)
        return (code, name) if code != _NULL else ("", name)

    def _printed(self, text: str) -> str:
        return "" if text == _NULL else self.delimiters.printed(text, self.encoding)


def when(text: str) -> str:
    """A time of HL7 (``20260301090000+0800``) as ``2026-03-01 09:00``, as far as it is given; other text as it is."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return text
    year, month, day, hour, minute, _, _ = match.groups()
    date = "-".join(one for one in (year, month, day) if one)
    return f"{date} {hour}:{minute or '00'}" if hour else date


def person(components: list[str]) -> str:
    """XPN from its first component on: family name, given names."""
    family, *given = [*(one.split("&")[0] for one in components[:3]), ""]
    return compose(family, [one for one in given if one])


def has_words(text: str) -> bool:
    """Whether a value says anything."""
    return _WORD.search(text) is not None or any(sign in text for sign in "+-±<>")


def _numeric(parts: list[str]) -> str:
    """SN: comparator, number, separator, number."""
    return "".join(parts[:4]).strip()


def _coded_value(parts: list[str]) -> str:
    parts = [*parts, *[""] * (9 - len(parts))]
    return (parts[1] or parts[8] or parts[4] or parts[0]).strip()


def _name(parts: list[str]) -> str:
    return person(parts)


def _person(parts: list[str]) -> str:
    return person(parts[1:]) or parts[0]


def _moment(parts: list[str]) -> str:
    return " – ".join(when(one) for one in parts[:2] if one)


def _spoken(parts: list[str]) -> str:
    return " ".join(one for one in parts if one).strip()


_VALUES: Mapping[str, Callable[[list[str]], str]] = {
    "SN": _numeric,
    **dict.fromkeys(("CE", "CWE", "CNE", "CF", "IS"), _coded_value),
    **dict.fromkeys(("XPN", "PN"), _name),
    **dict.fromkeys(("XCN", "CN"), _person),
    **dict.fromkeys(("DT", "DTM", "TS", "DR"), _moment),
    **dict.fromkeys(("CQ", "XAD", "AD", "XTN", "TN", "CX", "EI", "XON", "PL", "MO", "CP"), _spoken),
}
