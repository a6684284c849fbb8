"""Texts inside records that are written in base64. Knows no standard of records."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from medgo.deid.formats.decoding import decode_text
from medgo.deid.formats.markup import html_parts
from medgo.deid.formats.protocol import HeldBackError, Part
from medgo.deid.formats.values import field_part

# Texts that are what they look like; in others (RTF) escapes hide the letters.
_TEXTS = frozenset({
    "text/plain", "text/html", "text/xml", "text/csv", "text/markdown", "text/tab-separated-values",
})  # fmt: skip


def is_text(kind: str) -> bool:
    """Whether a media type is that of a text that can be searched as it stands."""
    return _bare(kind) in _TEXTS


def encapsulated_parts(data: str, kind: str, put: Callable[[str], None], where: str) -> list[Part]:
    """The parts of a text in base64.

    Args:
        data: Base64.
        kind: Media type, one that :func:`is_text` knows.
        put: Takes the new base64.
        where: How to call it in messages.

    Raises:
        HeldBackError: It is no base64, or no text.
    """
    try:
        raw = base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise HeldBackError("unreadable_attachment", f"{where} is no base64") from error
    text, encoding = decode_text(raw, where)

    def put_text(new: str) -> None:
        put(base64.b64encode(new.encode(encoding)).decode())

    if _bare(kind) == "text/html":
        return html_parts(text, put_text, "attachment", where)
    return [field_part(text, put_text, None, "attachment")]


def _bare(kind: str) -> str:
    return kind.partition(";")[0].strip().lower()
