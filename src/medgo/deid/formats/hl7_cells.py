"""The components of one repetition of an HL7 v2 field, and the parts that they give. Knows no field."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from medgo.deid.classes import IdentifierClass
from medgo.deid.formats.protocol import Part
from medgo.deid.formats.values import date_part, field_part, is_nothing
from medgo.deid.replacing.protocol import Replaced
from medgo.text.hl7 import Delimiters
from medgo.text.person_names import compose, decompose

# What is no text to be searched. A year or a month is none either, yet is all that may be left of a date.
SHORT_CODE = re.compile(r"(?!(?:19|20)\d\d(?:0[1-9]|1[0-2])?\Z)(?:[A-Z0-9_.+-]{0,4}|[\d.+-]{0,7}|\d+\.[\d.]*)")
# What stands behind an authority's name in an HD or EI (table 0301), and no name itself.
_NO_NAME = re.compile(r"ISO|UUID|GUID|DNS|URI|OID|HL7|HCD|L-CL|L|M|N|Random|x[45]00|CLIA|CAP|[\d.]+", re.IGNORECASE)
_UNIVERSAL = re.compile(r"(?:[\d.]*|[0-9a-fA-F-]{32,36})(?:.[A-Za-z]{0,6})?")


@dataclass(frozen=True)
class Cells:
    """The components of one repetition, read and written without escapes."""

    repetition: list[str]
    delimiters: Delimiters
    where: str

    def text(self, at: int) -> str:
        """A component; empty behind the last one."""
        return self.delimiters.decoded(self.repetition[at]) if at < len(self.repetition) else ""

    def put(self, at: int) -> Callable[[str], None]:
        """What a component's new text is handed to."""
        split = self.delimiters.subcomponent in self.repetition[at]

        def put(text: str) -> None:
            self.repetition[at] = self.delimiters.encoded(text, subcomponents=split)

        return put

    def value(self, at: int, label: IdentifierClass) -> list[Part]:
        """The whole of a component as an identifier."""
        text = self.text(at)
        if not text.strip():
            return []
        return [field_part(text, self.put(at), label, self.where)]

    def date(self, at: int) -> list[Part]:
        """A date; whatever else stands there is searched, where it is more than a code."""
        part = date_part(self.text(at), self.put(at), self.where, typed=True)
        if part is None:
            return [] if SHORT_CODE.fullmatch(self.text(at)) else self.text_part(at)
        return [part]

    def free(self, at: int) -> list[Part]:
        """A component of any kind: a date, or a text."""
        text = self.text(at)
        if not text.strip():
            return []
        return self.text_part(at) if date_part(text, self.put(at), self.where) is None else self.date(at)

    def text_part(self, at: int) -> list[Part]:
        """A component that is searched."""
        text = self.text(at)
        part = field_part(text, self.put(at), None, self.where)
        return [replace(part, fits=_no_code)] if text.strip() else []

    def namespace(self, at: int) -> list[Part]:
        """The name of an authority (HD), which is the hospital's mostly; its OID says nothing to a reader and stays."""
        whole = self.text(at)
        if at < len(self.repetition) and not _UNIVERSAL.fullmatch(whole.partition(self.delimiters.subcomponent)[2]):
            self.repetition[at] = self.repetition[at].partition(self.delimiters.subcomponent)[0]  # names, for an OID
            whole = self.text(at)
        name, mark, rest = whole.partition(self.delimiters.subcomponent)
        if not name.strip() or is_nothing(name) or _NO_NAME.fullmatch(name.strip()):
            return []
        put = self.put(at)
        return [Part(name, lambda new: put(new.text + mark + rest), "hospital", self.where)]

    def others(self, *seen: int) -> list[Part]:
        """Components that a field's shape has no rule for, where they are more than a code: senders err by a place."""
        rest = (at for at in range(len(self.repetition)) if at not in seen and not SHORT_CODE.fullmatch(self.text(at)))
        return [part for at in rest for part in self.free(at)]

    def name(self, first: int, label: IdentifierClass) -> list[Part]:
        """Family name and two given names from ``first`` on; further subcomponents of the family name one by one.

        These are its prefix and the partner's name.
        """
        inner = self.repetition[first].split(self.delimiters.subcomponent) if first < len(self.repetition) else [""]
        family, *further = map(self.delimiters.decoded, inner)
        given = [self.text(at) for at in (first + 1, first + 2)]
        whole = compose(family, given)
        if not whole or is_nothing(whole):
            return []

        def put_inner(at: int, text: str) -> None:
            inner[at] = self.delimiters.encoded(text)
            self.repetition[first] = self.delimiters.subcomponent.join(inner)

        def put(new: Replaced) -> None:
            if new.text == whole:
                return
            new_family, new_given = decompose(new.text, sum(1 for one in given if one))
            put_inner(0, new_family)
            places = [first + offset for offset, old in enumerate(given, 1) if old]
            for place, text in zip(places, new_given, strict=True):
                self.put(place)(text)

        others = [
            field_part(one, partial(put_inner, at), label, self.where)
            for at, one in enumerate(further, 1)
            if one.strip() and not is_nothing(one)
        ]
        return [Part(whole, put, label, self.where), *others]


def _no_code(new: str) -> str:
    """A text that is still one to whoever reads the output: a name of three letters would be taken for a code."""
    return new + " " if SHORT_CODE.fullmatch(new) else new
