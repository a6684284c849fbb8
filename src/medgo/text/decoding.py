"""Bytes of a record to text without guessing wrongly: what is damaged is refused, never mended. Knows no format.

Published texts, of which a damaged one is still of use, are decoded by :mod:`medgo.corpus.encoding`.
"""

from __future__ import annotations

import codecs
import re

from medgo.errors import InputError
from medgo.text.encoding import encoding_of, has_utf8_han, is_utf8

# Read by other names than they are sent under: the later standards hold the earlier ones.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "cp936": "gb18030", "big5": "big5hkscs", "cp950": "big5hkscs"}
# Encodings in which nothing but a letter is written as one. Others (UTF-7, EBCDIC) are how attackers hide markup.
_READ = re.compile(r"utf-8(-sig)?|utf-16(-[lb]e)?|ascii|gb18030|big5hkscs|iso8859-\d+|cp125\d|latin-1")


class UndecodableError(InputError):
    """Bytes are no text in the encoding that they are in, or are said to be in."""


def decode_text(data: bytes, where: str) -> tuple[str, str]:
    """Decode UTF-8, UTF-16, Big 5 or GB 18030.

    Damaged UTF-8 is not taken for GB 18030, nor is Latin-1.

    Args:
        data: The bytes.
        where: How to call them in messages.

    Returns:
        Text (without a byte order mark) and the encoding that gives the same bytes back.

    Raises:
        UndecodableError: They are none of these.
    """
    encoding = encoding_of(data)
    try:
        return data.decode(encoding), encoding
    except UnicodeDecodeError as error:
        raise UndecodableError(f"{where} is no valid {encoding} (byte {error.start + 1})") from error


def decode_named(data: bytes, name: str, where: str) -> tuple[str, str]:
    """Decode what says of itself how it is encoded, unless the bytes say clearly that it is UTF-8.

    Args:
        data: The bytes.
        name: The encoding as a header names it; empty where it does not.
        where: How to call them in messages.

    Raises:
        UndecodableError: They are not in that encoding, or it is none that is read.
    """
    try:
        said = codecs.lookup(name or "ascii").name
    except LookupError:
        said = ""
    said = _WIDER.get(said, said)
    if not _READ.fullmatch(said):
        raise UndecodableError(f"{where} names an encoding that is not read")
    if said == "ascii" or _is_utf8_beyond_doubt(data, said):  # ASCII is said by many senders of whatever they send
        return decode_text(data, where)
    try:
        return data.decode(said), said
    except UnicodeDecodeError as error:
        raise UndecodableError(f"{where} is not in the encoding that it names") from error


def _is_utf8_beyond_doubt(data: bytes, said: str) -> bool:
    """Whether bytes that are said to be something else are UTF-8 beyond doubt."""
    if said.startswith("utf-16"):
        return b"\x00" not in data
    if data.isascii():
        return False
    if not is_utf8(data):
        return False
    # Two characters of GB 18030 may be a valid word of UTF-8; in an alphabet of one byte no word is one.
    return said.startswith(("iso8859", "cp125", "latin")) or has_utf8_han(data)
