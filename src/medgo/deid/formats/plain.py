"""A text file, which is one record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from medgo.deid.formats.decoding import decode_text
from medgo.deid.formats.protocol import Format, Part, Record, Unit, data_of
from medgo.deid.formats.units import whole_file
from medgo.deid.replacing.protocol import Replaced


class PlainText(Format):
    """Written in the encoding that it was read in, but for UTF-16 and Big 5, which become UTF-8."""

    name: ClassVar[str] = "text"

    def units(self, path: Path) -> Iterator[Unit]:
        """The file."""
        return whole_file(path)

    def record(self, unit: Unit) -> Record:
        """Read the file."""
        text, encoding = decode_text(data_of(unit), "the file")
        now = [text]

        def put(new: Replaced) -> None:
            now[0] = new.text

        return Record(
            unit.name, unit.name, None, (Part(text, put),), (), lambda: now[0].encode(encoding),
            encoding=unit.original or encoding,
        )  # fmt: skip
