"""Numbers in words, Chinese and English. Knows no units."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_POWERS = {"十": 10, "百": 100, "千": 1000}
CHINESE = "".join(_DIGITS) + "".join(_POWERS) + "半"

_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
ENGLISH: dict[str, int] = {word: value for value, word in enumerate(_ONES)} | {
    word: 20 + 10 * step for step, word in enumerate(_TENS)
}


def chinese_number(text: str) -> Decimal | None:
    """``十二`` is 12, ``一百零五`` 105, ``半`` a half; None for what is no number.

    Args:
        text: Characters of :data:`CHINESE` only.
    """
    if text == "半":
        return Decimal("0.5")
    if not text or "半" in text:
        return None
    if not any(letter in _POWERS for letter in text):
        return Decimal("".join(str(_DIGITS[letter]) for letter in text))
    total, digit = 0, None
    for letter in text:
        if letter in _DIGITS:
            digit = _DIGITS[letter]
        else:
            total += (1 if digit is None else digit) * _POWERS[letter]
            digit = None
    return Decimal(total + (digit or 0))


def english_number(text: str) -> Decimal | None:
    """``three`` is 3, ``forty-five`` 45; None for what is no number."""
    words = text.lower().replace("-", " ").split()
    if not words or any(word not in ENGLISH for word in words):
        return None
    return Decimal(sum(ENGLISH[word] for word in words))


def decimal_number(text: str) -> Decimal | None:
    """Digits with a point, thousands separated by commas; None for what is no number."""
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None
