"""Nouns of reading files: a unit of bytes, the record in it, its parts, and the format that knows where they lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, Protocol

from medgo.deid.classes import IdentifierClass
from medgo.deid.protocol import KnownIdentifier
from medgo.deid.replacing.protocol import Replaced
from medgo.deid.replacing.sex_cues import Sex
from medgo.errors import InputError
from medgo.schema import Lang

Reason = Literal[
    "undecodable",  # bytes that are no text in any encoding that is read
    "malformed",  # not the JSON, XML, CSV or HL7 that its file should hold
    "too_large",
    "unreadable_attachment",  # the record is a picture, a PDF, or another thing that holds no text
    "unknown_format",
    "detector_failed",
    "replacer_failed",
    "crashed",  # the process that worked on it died
]

# A unit beyond this is held back instead of being read into memory.
MAX_UNIT_BYTES = 256 * 2**20


class HeldBackError(InputError):
    """A record cannot be de-identified and must not be passed on.

    Args:
        reason: Why, as a word that programs may read.
        message: Why, as a sentence without a word of the record.
    """

    code = "held_back"

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason: Reason = reason


@dataclass(frozen=True, slots=True)
class Part:
    """One text of a record.

    Args:
        text: As people read it: without escapes, markup and encodings of its file.
        put: Puts the new text where this one stood.
        label: What the whole text is, where its field says so; None for text that has to be searched.
        name: Where it stands, for people (``text``, ``OBX-5``, ``name``).
        patient: Whose it is, where it is not the record's patient's: see :data:`CORPUS`.
        fits: Makes of a new text one that the field's type allows, and that says no more; None where any may stand.
    """

    text: str
    put: Callable[[Replaced], None]
    label: IdentifierClass | None = None
    name: str = "text"
    patient: str | None = None
    fits: Callable[[str], str] | None = None


# Ids that records refer to each other by: one surrogate in the whole corpus, whosever record they stand in.
CORPUS = "\x00corpus"


@dataclass(frozen=True, slots=True)
class Record:
    """What is de-identified, held back or passed on as a whole.

    Args:
        id: Its name in its file; what held-back lists call it.
        patient: The patient's id, or the record's own where there is none.
        lang: Main language, where the file says so.
        parts: All texts; what is in none of them stays as it is (codes, units, structure).
        known: Identifiers that fields state, to be looked for in narratives.
        write: The record's bytes once every part was put. Parts are put into the record itself, so it is of no use
            afterwards.
        coded: Names that stand beside codes. They are no parts, since the code system says them; they tell a diagnosis.
        encoding: In which it was read.
        sex: The patient's, where a field says it that is no part.
    """

    id: str
    patient: str
    lang: Lang | None
    parts: Sequence[Part]
    known: tuple[KnownIdentifier, ...]
    write: Callable[[], bytes]
    coded: tuple[str, ...] = ()
    encoding: str = "utf-8"
    sex: Sex | None = None

    @property
    def masked(self) -> int:
        """Pictures and documents that are left out of it, since nobody looks into them."""
        return sum(part.label == "photo" for part in self.parts)


@dataclass(frozen=True, slots=True)
class Unit:
    """The bytes of one record, and where they stood.

    Args:
        number: Counted from 1 over the file.
        data: The bytes; None where there are more than :data:`MAX_UNIT_BYTES`.
        head: What every unit of the file shares and needs to be read (the header of a table).
        encoding: Of the bytes, where the whole file has one.
        name: The record's name where its bytes do not hold one (a file's name).
        original: Encoding of the file, where it is another than that of the bytes.
    """

    number: int
    data: bytes | None
    head: tuple[str, ...] = ()
    encoding: str = ""
    name: str = ""
    original: str = ""


class Format(Protocol):
    """Knows how records lie in a file, and where identifiers lie in a record. Made once, used for many files."""

    name: ClassVar[str]

    def preamble(self, path: Path) -> bytes:  # noqa: ARG002 - tables need it
        """Bytes that the output begins with (a byte order mark, the header of a table); nothing for most formats.

        Raises:
            InputError: The file cannot be read.
        """
        return b""

    def units(self, path: Path) -> Iterator[Unit]:
        """Cut the file into units, in order and in constant memory but for the longest unit.

        Raises:
            InputError: The file as a whole cannot be read.
        """
        ...

    def record(self, unit: Unit) -> Record:
        """Read a unit.

        Raises:
            HeldBackError: It cannot be read.
        """
        ...


def rebuild(record: Record, replaced: Sequence[Replaced]) -> bytes:
    """The record's bytes with other texts.

    Args:
        record: It is filled, and of no use afterwards.
        replaced: For each part, in order.

    Raises:
        HeldBackError: A new text cannot be written in the record's encoding.
        ValueError: There are more or fewer texts than parts.
    """
    for part, new in zip(record.parts, replaced, strict=True):
        part.put(new)
    try:
        return record.write()
    except UnicodeEncodeError as error:
        raise HeldBackError("undecodable", "a replacement cannot be written in the record's encoding") from error


def data_of(unit: Unit) -> bytes:
    """The unit's bytes.

    Raises:
        HeldBackError: There are too many.
    """
    if unit.data is None:
        raise HeldBackError("too_large", f"unit {unit.number} has more than {MAX_UNIT_BYTES} bytes")
    return unit.data
