"""Records as tests write them, and what a test does with every part of one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from medgo.deid.formats import Format, FormatName, Part, Record, open_format, read_columns, rebuild
from medgo.deid.replacing.protocol import Piece, Replaced


def format_of(name: FormatName) -> Format:
    return open_format(name, read_columns())


def records_of(name: FormatName, data: bytes, folder: Path) -> list[Record]:
    path = folder / "records"
    path.write_bytes(data)
    form = format_of(name)
    return [form.record(unit) for unit in form.units(path)]


def record_of(name: FormatName, data: bytes, folder: Path) -> Record:
    (record,) = records_of(name, data, folder)
    return record


def unchanged(record: Record) -> bytes:
    return rebuild(record, [Replaced(part.text, ()) for part in record.parts])


def changed(record: Record, new: Callable[[Part], str]) -> bytes:
    """The record with other texts; each part is one piece."""
    texts = [new(part) for part in record.parts]
    return rebuild(
        record,
        [
            Replaced(text, (Piece(0, len(part.text), 0, len(text), part.label or "name", "test"),))
            if text != part.text
            else Replaced(text, ())
            for part, text in zip(record.parts, texts, strict=True)
        ],
    )


def labelled(record: Record) -> dict[str, str | None]:
    """Class by text, of every part."""
    return {part.text: part.label for part in record.parts}
