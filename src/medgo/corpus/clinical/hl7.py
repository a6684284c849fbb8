"""HL7 v2 messages (ORU, MDM, ADT and whatever else tells of a patient) as records, message by message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Literal

from medgo.corpus.clinical.hl7_message import Message
from medgo.corpus.clinical.mapping import says_synthetic
from medgo.corpus.ledger import Ledger
from medgo.corpus.opening import open_source
from medgo.corpus.protocol import Item, Source
from medgo.errors import InputError
from medgo.text.decoding import UndecodableError
from medgo.text.hl7 import HEADER, Delimiters, decode_message, messages, read_segment

MAX_MESSAGE_BYTES = 64 * 2**20
_HEAD = re.compile(rb"(?:\xef\xbb\xbf)?[\s\x0b]*(?:MSH|FHS|BHS)[^A-Za-z0-9\s]")
_LINES = re.compile("[\r\n\x0b\x1c]+")
_BATCH = ("FHS", "BHS")


class Hl7Reader:
    """A record for each patient of each message; a message that cannot be read is named, and the next one is read."""

    name: ClassVar[str] = "hl7v2"
    holds: ClassVar[Literal["records"]] = "records"

    def recognises(self, name: str, head: bytes) -> bool:
        """See :class:`medgo.corpus.protocol.Reader`."""
        del name
        return _HEAD.match(head) is not None

    def read(self, source: Source, ledger: Ledger) -> Iterator[Item]:
        """See :class:`medgo.corpus.protocol.Reader`; one message is in memory."""
        synthetic = says_synthetic(source.mapping)
        with open_source(source.path) as stream:
            for number, data in enumerate(messages(stream.read, MAX_MESSAGE_BYTES), 1):
                place = f"message {number}"
                try:
                    message = _message(data, place, ledger)
                except InputError as error:
                    reason = "undecodable" if isinstance(error, UndecodableError) else "malformed"
                    ledger.omit(source.path.name, place, reason, error.message)
                    continue
                for draft in message.drafts() if message is not None else ():
                    record = draft.record(source, self.name, ledger, synthetic=synthetic)
                    if record is not None:
                        yield record
                if message is not None:
                    for identity, reason, detail in message.omitted:
                        ledger.omit(source.path.name, f"{place} {identity}", reason, detail)


def _message(data: bytes, place: str, ledger: Ledger) -> Message | None:
    """A message; None for the header of a batch.

    Raises:
        InputError: It is none.
    """
    if len(data) > MAX_MESSAGE_BYTES:
        raise InputError(f"{place} is larger than {MAX_MESSAGE_BYTES >> 20} MiB")
    if not HEADER.match(data.removeprefix(b"\xef\xbb\xbf")):
        raise InputError(f"{place} has no header segment")
    text, encoding = decode_message(data, place)
    text = text.lstrip("\ufeff")
    delimiters = Delimiters.of(text)
    if delimiters is None:
        raise InputError(f"{place} names no delimiters")
    segments = [read_segment(line, delimiters) for line in _LINES.split(text) if line.strip()]
    if segments[0][0][0][0] in _BATCH:
        ledger.note("batch header")
        return None
    ledger.note(f"encoding {encoding}")
    return Message(place, segments, delimiters, encoding, ledger)
