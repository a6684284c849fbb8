"""Nouns of de-identification: a note, what is known of its patient, what is found in it, and who finds. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from medgo.deid.classes import IdentifierClass
from medgo.deid.view import View, view_of
from medgo.schema import Lang


@dataclass(frozen=True, slots=True)
class Finding:
    """A stretch of text that may identify somebody.

    Args:
        start: First character, in code points.
        end: After the last one.
        label: What it is.
        score: How sure the detector is, 0 to 1. From :data:`CERTAIN` on, the gate for protected terms lets it through.
        detector: Who found it.
    """

    start: int
    end: int
    label: IdentifierClass
    score: float
    detector: str

    def overlaps(self, other: Finding) -> bool:
        """Whether both hold a character."""
        return self.start < other.end and other.start < self.end


# Context alone makes it an identifier ("Dr Parkinson", 患者姓名：帕金), whatever the words may mean elsewhere.
CERTAIN = 0.95


@dataclass(frozen=True, slots=True)
class KnownIdentifier:
    """An identifier that a header or a field states; it is looked for everywhere in the text, in any spelling.

    Args:
        label: What it is.
        value: As the field has it.
    """

    label: IdentifierClass
    value: str


@dataclass(frozen=True)
class Note:
    """One text to de-identify.

    Detectors read ``view.text`` and give positions in it; nothing but :mod:`medgo.deid.deidentifier` translates them.

    Args:
        text: The original.
        lang: Main language; the other may be mixed in.
        known: What is known of its people.
        view: The text as detectors see it: see :class:`medgo.deid.view.View`.
    """

    text: str
    lang: Lang
    known: tuple[KnownIdentifier, ...] = ()
    view: View = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "view", view_of(self.text))


class Detector(Protocol):
    """Finds identifiers. Made once a process, asked for many notes; keeps nothing of a note."""

    name: ClassVar[str]
    version: ClassVar[str]

    def find(self, note: Note) -> Iterable[Finding]:
        """Findings with positions in ``note.view.text``; they may overlap, in any order.

        Raises:
            Exception: Anything it raises holds the record back: nothing is passed through unread.
        """
        ...


class Gate(Protocol):
    """Knows which words are medicine."""

    def protects(self, note: Note, finding: Finding) -> bool:
        """Whether a finding (positions in the view) is a clinical term, or lies in one, and has to stay."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in one note.

    Args:
        findings: Positions in the original, in order, without overlaps.
        protected: Findings that the gate kept from being redacted, for review; positions in the original.
    """

    findings: Sequence[Finding]
    protected: Sequence[Finding] = ()
