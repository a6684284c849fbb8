"""HL7 v2 in the pipe form: files of one or many messages, with or without the frames of MLLP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from medgo.deid.formats.hl7_fields import BIRTHS
from medgo.deid.formats.hl7_message import Message
from medgo.deid.formats.protocol import MAX_UNIT_BYTES, Format, HeldBackError, Record, Unit, data_of
from medgo.deid.formats.units import opened, original_encoding
from medgo.deid.formats.values import known_of, old_births
from medgo.text.decoding import UndecodableError
from medgo.text.hl7 import CHARSETS, HEADER, charset_of, decode_message, messages

_UTF8 = "UNICODE UTF-8"


class Hl7V2(Format):
    """Messages one after another; delimiters are those of each message's first segment."""

    name: ClassVar[str] = "hl7v2"

    def units(self, path: Path) -> Iterator[Unit]:
        """A unit for each message (and batch header), with its frame and whatever follows it."""
        original = original_encoding(path)
        with opened(path) as stream:
            for number, data in enumerate(messages(stream.read), 1):
                whole = data if len(data) <= MAX_UNIT_BYTES else None
                yield Unit(number, whole, name=f"{path.name}#{number}", original=original)

    def record(self, unit: Unit) -> Record:
        """Read a message."""
        data, where = data_of(unit), f"message {unit.number}"
        if not HEADER.match(data.removeprefix(b"\xef\xbb\xbf")):
            raise HeldBackError("malformed", f"{where} has no header segment")
        text, encoding = _decoded(data, where)
        message = Message.read(text, where)
        if encoding.startswith("utf-8") and CHARSETS.get(charset_of(data), "utf-8") not in ("utf-8", "ascii"):
            message.name_charset(_UTF8)
        parts = old_births(message.parts(), BIRTHS.__contains__)
        patient, coded = message.patient() or unit.name, tuple(message.coded())

        def write() -> bytes:
            return message.write().encode(encoding)

        read_in = unit.original or encoding
        return Record(unit.name, patient, None, parts, known_of(parts), write, coded, read_in, message.sex())


def _decoded(data: bytes, where: str) -> tuple[str, str]:
    try:
        return decode_message(data, where)
    except UndecodableError as error:
        raise HeldBackError("undecodable", error.message) from error
