"""What typesetting means must survive it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.corpus.typesetting import Block, joined, lowered, plain_line, raised


@pytest.mark.parametrize(
    ("before", "above", "expected"),
    [
        ("10", "9", "10⁹"),
        ("× 10", "−5", "× 10⁻⁵"),
        ("kg/m", "2", "kg/m²"),
        ("min", "-1", "min⁻¹"),
        ("Na", "+", "Na⁺"),
        ("Ca", "2+", "Ca²⁺"),
        ("mortality", "1,2", "mortality[1,2]"),
        ("outcome.", "3", "outcome.[3]"),
        ("Drug", "TM", "DrugTM"),
        ("the 4", "th", "the 4th"),
        ("patients", "12", "patients[12]"),
    ],
)
def test_raised_characters(before: str, above: str, expected: str) -> None:
    assert before + raised(above, before) == expected


def test_lowered_characters() -> None:
    assert "CO" + lowered("2") == "CO₂"
    assert "V" + lowered("max") == "Vmax"


@given(st.text())
def test_a_plain_line_is_one_line_and_stays_as_it_is(text: str) -> None:
    line = plain_line(text.replace("\n", " "))
    assert line == line.strip()
    assert plain_line(line) == line


def test_letters_set_wide_apart_are_one_word() -> None:
    assert plain_line("指 南 的 目 的") == "指南的目的"
    assert plain_line("第一章 糖尿病") == "第一章 糖尿病"
    assert plain_line("eﬃcient  ﬁne\u00ad") == "efficient fine"


def test_blocks_as_text() -> None:
    blocks = [
        Block("heading", "A", 1),
        Block("item", "b"),
        Block("item", "c"),
        Block("row", "d | e"),
        Block("row", "f | g"),
    ]
    assert joined(blocks) == "A\n\n- b\n- c\n\nd | e\nf | g"
