"""The time a search takes grows with the text, not with its square, whatever the text."""

from __future__ import annotations

import time

import pytest

from medgo.deid.numbers import NumberDetector
from medgo.deid.protocol import Note

_DETECTOR = NumberDetector()


def _seconds(text: str) -> float:
    note = Note(text, "zh")
    start = time.process_time()
    list(_DETECTOR.find(note))
    return time.process_time() - start


@pytest.mark.parametrize(
    "piece",
    [
        *[
            "1",
            "12 ",
            "1-",
            "1.",
            "-12.12345,",
            "a",
            "a1",
            "@",
            "a.b@",
            "(1)",
            "+1 ",
            "0-",
            "编号:",
            "MRN: 12345, ",
            "一",
            "*1",
        ],
        *[
            "one two ",
            "1:",
            "a:",
            "::",
            "http://",
            "a.com ",
            "13800\n",
            "a点com",
            " at a dot com",
            "lot 12345678, 87654321 ",
        ],
        *["12床", "a\t", "MRN | a\n12345 | 2\n", "last four of ", "GB82 WEST ", "a1b2c3d4e", "IMG_1-", "姓 名 "],
    ],
)
def test_no_layout_blows_up(piece: str) -> None:
    short, long = (piece * (size // len(piece)) for size in (8_000, 64_000))
    _seconds(short)
    # Eight times the text: at most twenty-four times the time, where the square would be sixty-four.
    assert _seconds(long) < 24 * max(_seconds(short), 0.001)
