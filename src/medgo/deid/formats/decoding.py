"""Bytes to text without guessing wrongly: a text in the wrong encoding hides its names from every detector."""

from __future__ import annotations

from medgo.deid.formats.protocol import HeldBackError
from medgo.text import decoding


def decode_text(data: bytes, where: str) -> tuple[str, str]:
    """See :func:`medgo.text.decoding.decode_text`.

    Raises:
        HeldBackError: They are no text in any encoding that is read.
    """
    try:
        return decoding.decode_text(data, where)
    except decoding.UndecodableError as error:
        raise HeldBackError("undecodable", error.message) from error


def decode_named(data: bytes, name: str, where: str) -> tuple[str, str]:
    """See :func:`medgo.text.decoding.decode_named`.

    Raises:
        HeldBackError: They are not in that encoding, or it is none that is read.
    """
    try:
        return decoding.decode_named(data, name, where)
    except decoding.UndecodableError as error:
        raise HeldBackError("undecodable", error.message) from error
