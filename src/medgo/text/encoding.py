"""Which encoding bytes are in: UTF-8, UTF-16, GB 18030, Big5. Knows no format, and nothing to do about a doubt."""

from __future__ import annotations

import codecs
import re

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_HIGH = re.compile(rb"[\x80-\xff]")
# Chinese in UTF-8: three bytes, the first of which begins no frequent character of GB 18030.
_UTF8_HAN = re.compile(rb"[\xe3-\xef][\x80-\xbf]{2}")
# Chinese in GB 18030: mostly two bytes of the old GB 2312.
_GB_HAN = re.compile(rb"[\xa1-\xf7][\xa1-\xfe]")
_UTF8_SHARE, _GB_SHARE = 0.3, 0.8
# Chinese in Big 5: punctuation and the 5,401 frequent characters; a third of the second bytes are letters of ASCII.
_BIG5_PAIR = re.compile(rb"[\x81-\xfe][\x40-\x7e\xa1-\xfe]")
_BIG5_COMMON = re.compile(rb"[\xa1-\xa3\xa4-\xc6].", re.DOTALL)
_BIG5 = "big5hkscs"
_BIG5_PAIRS, _BIG5_SHARE, _BIG5_LOW = 8, 0.95, 0.15
# Upper bytes of UTF-16 in Chinese and English texts: Latin, punctuation, signs, Greek, Han, full width.
_UPPER = bytes((0x00, 0x03, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x30, 0xFE, 0xFF, *range(0x4E, 0xA0)))
_UPPER_SHARE, _LATIN_SHARE = 0.98, 0.7
_HEAD = 1 << 16
# The commonest characters of Chinese prose and of medicine, in both scripts: a fifth of any text or more.
COMMON_HAN = frozenset(
    "的一是在不了有和人这中大为上个国以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学"
    "法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前"
    "外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系"
    "病患者治疗药医检查症状血压心肺肝肾炎癌临床诊断用"
    "這為個國時來們產種後學發動會過說經進著電裡現實體機當點從業應開還間樣與關線數氣變條沒結問無系療藥醫檢壓腎臨診斷"
)
# Separators and frames of messages (\x0b, \x1c to \x1f) stand in texts.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b]")
_COMMON_SHARE = 0.12
_SAMPLE = 16_384


def marked_encoding(data: bytes) -> str:
    """The encoding that a byte order mark tells; empty for none."""
    return next((encoding for mark, encoding in _MARKS if data.startswith(mark)), "")


def is_utf8(data: bytes, *, whole: bool = True) -> bool:
    """Whether bytes are valid UTF-8.

    Args:
        data: Bytes, or the first of them.
        whole: Whether they end where a character ends.
    """
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data, final=whole)
    except UnicodeDecodeError:
        return False
    return True


def has_utf8_han(data: bytes) -> bool:
    """Whether much of what is beyond ASCII is Chinese in UTF-8, whole or damaged."""
    return 3 * len(_UTF8_HAN.findall(data)) > _UTF8_SHARE * len(_HIGH.findall(data))


def encoding_of(data: bytes, *, whole: bool = True) -> str:
    """The encoding that bytes are most likely in; UTF-8 where nothing speaks for another.

    Damaged UTF-8 is not taken for GB 18030, nor is Latin-1.

    Args:
        data: Bytes, or the first of them.
        whole: Whether they end where a character ends.
    """
    if marked := marked_encoding(data):
        return marked
    if b"\x00" in data and (encoding := utf16_without_mark(data)):
        return encoding
    if is_utf8(data, whole=whole) or has_utf8_han(data):
        return "utf-8"
    return _BIG5 if _is_big5(data) else "gb18030" if _is_gb18030(data) else "utf-8"


def chinese_encoding_of(data: bytes) -> str:
    """GB 18030 or Big5 by what the bytes would say: the one in which common characters are common.

    Args:
        data: Bytes that are no valid UTF-8; the first 16 KiB decide.

    Returns:
        ``gb18030``, ``big5hkscs``, or empty where neither reads as Chinese.
    """
    shares = {encoding: _common_share(data[:_SAMPLE], encoding) for encoding in ("gb18030", "big5hkscs")}
    best = max(shares, key=lambda encoding: shares[encoding])
    return best if shares[best] >= _COMMON_SHARE else ""


def utf16_without_mark(data: bytes) -> str:
    """``utf-16-le`` or ``utf-16-be``, told by where zeros stand in the first 64 KiB; empty where it is neither.

    English has a zero in nearly every character. Chinese has some, in line ends and digits, and its lower bytes are
    spread over all values, which those of no text in another encoding are.
    """
    size = min(len(data), _HEAD) // 2 * 2
    even, odd = data[0:size:2], data[1:size:2]
    for upper, lower, name in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if lower.count(0) <= 1 + 0.01 * len(lower) and _is_utf16(upper, lower):
            # Numbers of two bytes look the same.
            return "" if _CONTROL.search(data[:size].decode(name, errors="replace")) else name
    return ""


def _is_utf16(upper: bytes, lower: bytes) -> bool:
    if not upper.count(0):
        return False
    if upper.count(0) >= _LATIN_SHARE * len(upper):
        return True
    if len(upper.translate(None, _UPPER)) > (1 - _UPPER_SHARE) * len(upper):
        return False
    beside = [low for high, low in zip(upper, lower, strict=True) if 0x4E <= high < 0xA0]
    return 0.2 * len(beside) <= sum(1 for low in beside if low >= 0x80) <= 0.8 * len(beside)


def _is_gb18030(data: bytes) -> bool:
    return 2 * len(_GB_HAN.findall(data)) >= _GB_SHARE * len(_HIGH.findall(data))


def _is_big5(data: bytes) -> bool:
    pairs = _BIG5_PAIR.findall(data)
    if len(pairs) < _BIG5_PAIRS:
        return False
    common = sum(1 for pair in pairs if _BIG5_COMMON.fullmatch(pair))
    low = sum(1 for pair in pairs if pair[1] < 0x80)
    return common >= _BIG5_SHARE * len(pairs) and low >= _BIG5_LOW * len(pairs)


def _common_share(data: bytes, encoding: str) -> float:
    """Common characters in all that would be beyond ASCII; 0 where a hundredth of it is no such text."""
    text = data.decode(encoding, errors="replace")
    beyond = [letter for letter in text if letter > "\x7f"]
    # Markup may cut the sample inside a character.
    if not beyond or beyond.count("\ufffd") > 1 + len(beyond) / 100:
        return 0.0
    return sum(letter in COMMON_HAN for letter in beyond) / len(beyond)
