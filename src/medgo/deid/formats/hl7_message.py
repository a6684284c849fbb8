"""One HL7 v2 message as segments, fields, repetitions and components; its parts, and its text again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from medgo.deid.formats import hl7_fields as fields
from medgo.deid.formats.hl7_cells import SHORT_CODE, Cells
from medgo.deid.formats.hl7_escapes import Escaped
from medgo.deid.formats.hl7_shapes import SHAPES
from medgo.deid.formats.joined import Joined
from medgo.deid.formats.protocol import HeldBackError, Part
from medgo.deid.formats.values import field_part, is_encoded, picture_part
from medgo.deid.replacing.sex_cues import Sex, sex_in_field
from medgo.text.hl7 import Delimiters, Repetition, read_segment

_LINES = re.compile("([\r\n\x0b\x1c]+)")
_DATA_OF_ED = 4
_CODED = {"DG1": (3, 4), "PRB": (3,), "OBX": (3, 5), "IAM": (3,), "OBR": (31,), "PV2": (3,)}


@dataclass
class Message:
    """A message.

    Args:
        delimiters: Its own.
        lines: Segments (each a list of fields, which are lists of repetitions, which are lists of components) and,
            between them, what separates them, as text.
        where: How to call it in messages.
        joining: Texts of result lines that follow each other, waiting to be one part.
    """

    delimiters: Delimiters
    lines: list[list[list[Repetition]] | str]
    where: str
    joining: list[Escaped] = field(default_factory=list)

    @classmethod
    def read(cls, text: str, where: str) -> Message:
        """Read a message.

        Raises:
            HeldBackError: Its first segment names no delimiters.
        """
        delimiters = Delimiters.of(text)
        if delimiters is None:
            raise HeldBackError("malformed", f"{where} names no delimiters")
        lines: list[list[list[Repetition]] | str] = []
        for number, piece in enumerate(_LINES.split(text)):
            lines.append(piece if number % 2 or not piece.strip("\ufeff") else read_segment(piece, delimiters))
        return cls(delimiters, lines, where)

    def write(self) -> str:
        """The message as text."""
        return "".join(line if isinstance(line, str) else _written(line, self.delimiters) for line in self.lines)

    def name_charset(self, name: str) -> None:
        """Write another character set into MSH-18, where one is named."""
        header = next(self._segments(), [])
        if len(header) > 18 and any(any(one) for one in header[18]):
            header[18] = [[name]]

    def patient(self) -> str:
        """The first id of PID-3, or PID-2; empty where there is none."""
        for segment in self._segments():
            if segment[0][0][0] == "PID":
                return next((segment[n][0][0] for n in (3, 2) if n < len(segment) and segment[n][0][0]), "")
        return ""

    def sex(self) -> Sex | None:
        """The patient's by PID-8 (table 0001); None where it says neither."""
        for segment in self._segments():
            if segment[0][0][0] == "PID":
                return sex_in_field(segment[8][0][0]) if len(segment) > 8 else None
        return None

    def parts(self) -> list[Part]:
        """All parts, in document order; texts of result lines that follow each other are one."""
        found: list[Part] = []
        for segment in self._segments():
            name = segment[0][0][0]
            if name not in ("OBX", "NTE") or not _is_text(segment, name):
                self._close(found)
            # The header's second field lists the delimiters and is no field of this kind.
            for number in range(3 if name in ("MSH", "FHS", "BHS") else 1, len(segment)):
                for repetition in segment[number]:
                    found += self._field(segment, name, number, repetition)
        self._close(found)
        return found

    def coded(self) -> Iterator[str]:
        """Names beside the codes of diagnoses, problems and observations, which are no parts."""
        for segment in self._segments():
            for number in _CODED.get(segment[0][0][0], ()):
                for repetition in segment[number] if number < len(segment) else ():
                    yield from (self.delimiters.decoded(text) for text in repetition if not SHORT_CODE.fullmatch(text))

    def _segments(self) -> Iterator[list[list[Repetition]]]:
        return (line for line in self.lines if not isinstance(line, str))

    def _field(self, segment: list[list[Repetition]], name: str, number: int, repetition: Repetition) -> list[Part]:
        where = f"{name}-{number}"
        if name in ("OBX", "NTE") and _is_text(segment, name) and number == (5 if name == "OBX" else 3):
            self.joining += [Escaped.of(repetition, at, self.delimiters) for at in range(len(repetition))]
            return []
        rule = fields.FIELDS.get(name, {}).get(number)
        if name == "OBX" and number == 5:
            kind = segment[2][0][0]
            if kind in fields.MEASURED:
                return self._searched(repetition, where)
            if kind in ("ED", "RP"):
                return self._encapsulated(repetition, where, 0 if kind == "RP" else _DATA_OF_ED)
            rule = ("date", "date") if kind in fields.DATED else fields.SHAPES.get(kind)
        if rule is None:
            return self._searched(repetition, where)
        shape, label = rule
        return SHAPES[shape](Cells(repetition, self.delimiters, where), label)

    def _searched(self, repetition: Repetition, where: str) -> list[Part]:
        """Components of a field that no table knows: those that are more than a code."""
        cells = Cells(repetition, self.delimiters, where)
        return [part for at, text in enumerate(repetition) if not SHORT_CODE.fullmatch(text) for part in cells.free(at)]

    def _encapsulated(self, repetition: Repetition, where: str, data: int) -> list[Part]:
        """A document inside the message, or where one lies: nobody looks into it, so that it is left out.

        There is a part for every component, so that the output has as many.
        """
        cells, found = Cells(repetition, self.delimiters, where), []
        for at, text in enumerate(repetition):
            if text and at not in (min(data, len(repetition) - 1), data) and not is_encoded(text):
                found.append(field_part(cells.text(at), cells.put(at), None, where))
            else:
                repetition[at] = ""
                found.append(picture_part(where, is_there=bool(text)))
        return found

    def _close(self, found: list[Part]) -> None:
        lines, self.joining = self.joining, []
        stretches = [stretch for line in lines for stretch in line.stretches]
        if not any(text.strip() for text in stretches):
            return
        gaps = [gap for line in lines for gap in ("\n", *line.gaps)][1:]
        joined = Joined.of(stretches, gaps)
        puts = [put for line in lines for put in line.puts()]
        found.append(Part(joined.text, joined.putter(puts), None, "OBX-5"))


def _is_text(segment: list[list[Repetition]], name: str) -> bool:
    return name == "NTE" or (len(segment) > 5 and segment[2][0][0] in fields.TEXTS)


def _written(segment: list[list[Repetition]], delimiters: Delimiters) -> str:
    cells = [
        delimiters.repetition.join(delimiters.component.join(repetition) for repetition in cell) for cell in segment
    ]
    if len(cells) > 1 and cells[1] == delimiters.field and cells[0].strip("\ufeff") in ("MSH", "FHS", "BHS"):
        del cells[1]
    return delimiters.field.join(cells)
