"""Bytes of a published text to characters: by its mark, by what it declares, by what it reads as. Knows no format."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from medgo.errors import InputError
from medgo.text.encoding import chinese_encoding_of, is_utf8, marked_encoding, utf16_without_mark

# A page that lost a byte somewhere is still a page; one that is wrong throughout is read in the wrong encoding.
MAX_DAMAGED = 0.001
# Names that pages give to encodings of which they use a larger one (as browsers take them).
_LARGER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "big5": "big5hkscs",
    "big5hkscs": "big5hkscs",
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
}
_REPLACEMENT = "\ufffd"


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text and how it was read.

    Args:
        text: Without a byte order mark.
        encoding: Its encoding.
        damaged: Places that could not be decoded; U+FFFD stands there.
    """

    text: str
    encoding: str
    damaged: int = 0


def decode_published(data: bytes, where: str, declared: str = "") -> Decoded:
    """Decode what a publisher wrote.

    A mark decides; then valid UTF-8 (pages that declare GB 2312 and are UTF-8 are common, the reverse is impossible);
    then what is declared; then what reads as Chinese; last Windows-1252, where few bytes are beyond ASCII.

    Args:
        data: The bytes, whole.
        where: How to call them in messages.
        declared: The encoding that the format itself states; empty for none.

    Raises:
        InputError: In no encoding does it read as text.
    """
    for encoding in _candidates(data, declared):
        text = data.decode(encoding, errors="replace")
        damaged = text.count(_REPLACEMENT) - (data.count(b"\xef\xbf\xbd") if encoding.startswith("utf-8") else 0)
        if damaged <= MAX_DAMAGED * len(text):
            return Decoded(text, encoding, max(damaged, 0))
    raise InputError(
        f"{where} is text in no encoding that is read here (UTF-8, UTF-16, GB 18030, Big5, Windows-1252)",
        hint="convert it to UTF-8 with iconv, naming its encoding",
    )


def codec_of(name: str) -> str:
    """Python's name of a declared encoding, of the larger one where pages use that; empty for an unknown one."""
    try:
        found = codecs.lookup(name.strip()).name
    except (LookupError, ValueError):
        return ""
    return _LARGER.get(found, found)


def _candidates(data: bytes, declared: str) -> list[str]:
    if marked := marked_encoding(data):
        return [marked]
    if is_utf8(data):
        return [utf16_without_mark(data) or "utf-8"]
    stated, chinese = codec_of(declared) if declared else "", chinese_encoding_of(data)
    several = [utf16_without_mark(data), chinese if _contradicts(stated, chinese) else stated, chinese, "utf-8"]
    if _few_high(data):
        several.append("cp1252")
    return [one for one in dict.fromkeys(several) if one]


def _contradicts(stated: str, chinese: str) -> bool:
    """Whether bytes read as Chinese although they are said to be Latin letters, every byte of which decodes."""
    return bool(chinese) and (
        not stated or stated.startswith(("cp125", "iso8859", "latin")) or stated in _LARGER.values()
    )


def _few_high(data: bytes) -> bool:
    return sum(byte >= 0x80 for byte in data) <= len(data) * 0.2
