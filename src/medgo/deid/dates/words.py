"""Names and numerals of dates, read and written: months, weekdays, Chinese numerals, ordinals. Knows no sentence."""

from __future__ import annotations

MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
MONTH_STEMS = "|".join(name[:3] for name in MONTHS)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTH_OF: dict[str, int] = {name: at for at, name in enumerate(MONTHS, 1)} | {
    **{name[:3]: at for at, name in enumerate(MONTHS, 1)},
    "sept": 9,
}
WEEKDAY_OF: dict[str, int] = {name: at for at, name in enumerate(WEEKDAYS)} | {
    **{name[:3]: at for at, name in enumerate(WEEKDAYS)},
    "tues": 1,
    "weds": 2,
    "thur": 3,
    "thurs": 3,
}
_ONES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_TEENS = ("eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth")
ORDINALS = (
    *_ONES,
    *_TEENS,
    "nineteenth",
    "twentieth",
    *(f"twenty-{one}" for one in _ONES[:9]),
    "thirtieth",
    "thirty-first",
)
ORDINAL_OF: dict[str, int] = {word: at for at, word in enumerate(ORDINALS, 1)} | {
    word.replace("-", " "): at for at, word in enumerate(ORDINALS, 1)
}

_HAN = "〇一二三四五六七八九"
_HAN_DIGITS = {digit: at for at, digit in enumerate(_HAN)} | {"零": 0, "○": 0, "O": 0, "o": 0, "0": 0, "两": 2}
HAN_DIGIT = "〇零○Oo0一二三四五六七八九"
_LUNAR_MONTHS = {"正": 1, "元": 1, "冬": 11, "腊": 12}


def han_digits(text: str) -> int:
    """``二〇二四`` is 2024."""
    return int("".join(str(_HAN_DIGITS[letter]) for letter in text))


def han_number(text: str) -> int | None:
    """A number below 200 in any Chinese form: ``十五``, ``廿五``, ``卅``, ``一百一十三``, ``三〇``."""
    text = text.replace("廿", "二十").replace("卅", "三十")
    hundreds, _, rest = text.rpartition("百")
    total = 100 * (_HAN_DIGITS.get(hundreds, 1) if hundreds else 1) if "百" in text else 0
    rest = rest.lstrip("零〇") if total else rest
    if "十" in rest:
        tens, _, ones = rest.partition("十")
        if len(tens) > 1 or len(ones) > 1 or any(one not in _HAN_DIGITS for one in tens + ones):
            return None
        return total + 10 * (_HAN_DIGITS[tens] if tens else 1) + (_HAN_DIGITS[ones] if ones else 0)
    if any(one not in _HAN_DIGITS for one in rest):
        return None
    return total + (han_digits(rest) if rest else 0)


def han_month(text: str) -> int | None:
    """``正`` is 1, ``十二`` and ``腊`` are 12."""
    return _LUNAR_MONTHS.get(text) or han_number(text)


def to_han_digits(value: int, zero: str = "〇") -> str:
    """2024 is ``二〇二四``."""
    return "".join(_HAN[int(digit)] if digit != "0" else zero for digit in str(value))


def to_han_number(value: int) -> str:
    """15 is ``十五``, 113 ``一百一十三``; for 1 to 199."""
    if value >= 100:
        rest = value - 100
        if not rest:
            return "一百"
        return "一百" + ("零" + _HAN[rest] if rest < 10 else ("一" if rest < 20 else "") + to_han_number(rest))
    tens, ones = divmod(value, 10)
    return ("" if tens == 0 else "十" if tens == 1 else _HAN[tens] + "十") + (_HAN[ones] if ones else "")


def to_lunar_day(value: int) -> str:
    """5 is ``初五``, 25 ``廿五``."""
    if value <= 10:
        return "初" + to_han_number(value)
    return to_han_number(value) if value in (20, 30) or value < 20 else "廿" + _HAN[value - 20]


def to_lunar_month(value: int) -> str:
    """1 is ``正``, 12 ``腊``, 8 ``八``."""
    return {1: "正", 11: "冬", 12: "腊"}.get(value) or to_han_number(value)


def ordinal(day: int) -> str:
    """``st``, ``nd``, ``rd`` or ``th``."""
    return "th" if 10 < day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def cased(word: str, like: str) -> str:
    """A lower-case word in the case of another: ``MAR``, ``Mar``, ``mar``."""
    if like.isupper():
        return word.upper()
    return word.capitalize() if like[:1].isupper() else word
