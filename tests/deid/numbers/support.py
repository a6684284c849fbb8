"""Values of every class, made from digits that hypothesis draws; checksums are worked out here on their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from hypothesis import strategies as st

from medgo.deid.merging import merged
from medgo.deid.numbers import NumberDetector
from medgo.deid.protocol import Note
from medgo.schema import Lang

_DETECTOR = NumberDetector()


def found(text: str, lang: Lang = "zh") -> list[tuple[str, str]]:
    """What the detector covers in the original text, with its labels, in order."""
    note = Note(text, lang)
    view = note.view
    return [(text[view.start(one.start) : view.end(one.end)], one.label) for one in merged(_DETECTOR.find(note))]


def covered(text: str, value: str, lang: Lang = "zh") -> bool:
    """Whether every letter and digit of a value, at its first place in a text, is covered."""
    note = Note(text, lang)
    places = {at for one in _DETECTOR.find(note) for at in range(note.view.start(one.start), note.view.end(one.end))}
    first = text.index(value)
    return all(at in places for at in range(first, first + len(value)) if text[at].isalnum())


def digits(least: int, most: int | None = None) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=least, max_size=most or least)


@st.composite
def resident_ids(draw: st.DrawFn) -> str:
    """A resident identity number with the right check character."""
    region = draw(st.sampled_from(["11", "31", "44", "62", "65"])) + draw(digits(4))
    born = date(1925, 1, 1) + timedelta(days=draw(st.integers(0, 36_000)))
    body = f"{region}{born:%Y%m%d}{draw(digits(3))}"
    # GB 11643: the weight of place i is 2 to the power 17 - i, modulo 11.
    total = sum(int(digit) * (2 ** (17 - at) % 11) for at, digit in enumerate(body))
    return body + "10X98765432"[total % 11]


@st.composite
def cards(draw: st.DrawFn) -> str:
    """A bank card number with the right Luhn digit, 16 or 19 long."""
    body = "6228" + draw(digits(draw(st.sampled_from([11, 14]))))
    total = sum(sum(divmod(int(digit) * (2 - at % 2), 10)) for at, digit in enumerate(reversed(body)))
    return body + str(-total % 10)


mobiles = st.builds(lambda second, rest: f"1{second}{rest}", st.sampled_from("3456789"), digits(9))

GROUPINGS: tuple[Callable[[str], str], ...] = (
    lambda number: number,
    lambda number: f"{number[:3]} {number[3:7]} {number[7:]}",
    lambda number: f"{number[:3]}-{number[3:7]}-{number[7:]}",
    lambda number: f"{number[:3]}.{number[3:7]}.{number[7:]}",
    lambda number: f"+86 {number}",
    lambda number: f"+86-{number[:3]}-{number[3:7]}-{number[7:]}",
    lambda number: f"(86){number}",
    lambda number: f"0086{number}",
    lambda number: " ".join(number),
    lambda number: number[:5] + "\u200b" + number[5:],
    lambda number: number.translate({48 + digit: 0xFF10 + digit for digit in range(10)}),
    lambda number: number.translate({48 + digit: "零一二三四五六七八九"[digit] for digit in range(10)}),
    lambda number: number.translate({48 + digit: 0x1D7CE + digit for digit in range(10)}),
)
# Around a value: running text, a table, a form, nothing at all.
LAYOUTS = (
    "患者家属联系{}，已告知。",
    "{}",
    "门诊随访\t{}\t已登记",
    "备注：{}；余无特殊",
    "【{}】",
    "The contact on file is {}. Thanks.",
    "血压120/80mmHg\n{}\n心率80次/分",
    "|李某|{}|男|",
)
