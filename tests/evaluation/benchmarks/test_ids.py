"""Ids made of an item's text: equal for copies of one question, different for different questions."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from medgo.evaluation.benchmarks._ids import DIGITS, stem_id

OPTIONS = {"A": "5 mg", "B": "10 mg"}


def test_id_ignores_what_copies_change() -> None:
    """White space, full-width forms, letters and order of the options."""
    plain = stem_id("Which dose? (adult)", OPTIONS)
    assert stem_id("  Which\u00a0dose?\n(adult) ", OPTIONS) == plain
    assert stem_id("Ｗｈｉｃｈ dose? （adult）", OPTIONS) == plain
    assert stem_id("Which dose? (adult)", {"A": "10 mg", "B": "5  mg"}) == plain


def test_id_sees_what_makes_another_question() -> None:
    """Another stem, another option, one option more, and texts that only join to the same string."""
    ids = {
        stem_id("Which dose?", OPTIONS),
        stem_id("Which dose is safe?", OPTIONS),
        stem_id("Which dose?", {"A": "5 mg", "B": "20 mg"}),
        stem_id("Which dose?", {**OPTIONS, "C": "20 mg"}),
        stem_id("Which dose? 10 mg", {"A": "5 mg"}),
        stem_id("which dose?", OPTIONS),
    }
    assert len(ids) == 6


@given(st.text(), st.lists(st.text(), max_size=5))
def test_id_is_short_hexadecimal(question: str, texts: list[str]) -> None:
    """Whatever the text, the id is safe in file names and JSON."""
    name = stem_id(question, dict(zip("ABCDE", texts, strict=False)))
    assert len(name) == DIGITS
    assert set(name) <= set("0123456789abcdef")
