"""Places of literals, and texts in lower case whose positions stay true."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from medgo.deid.searching import places, places_of_any
from medgo.deid.view import lowered


@given(st.text("ab", max_size=30), st.sampled_from(("a", "ab", "aa", "bab")))
def test_places_cover_every_occurrence(text: str, stem: str) -> None:
    found = list(places(text, stem))
    assert all(text.startswith(stem, at) for at in found)
    ends = [0, *(at + len(stem) for at in found)]
    gaps = [text[start:at] for start, at in zip(ends, [*found, len(text)], strict=True)]
    assert not any(stem in gap for gap in gaps)


def test_places_of_any_are_in_order_and_single() -> None:
    assert places_of_any("case path case", ("case", "path", "cas")) == [0, 5, 10]


@given(st.text())
def test_lower_case_keeps_positions(text: str) -> None:
    low = lowered(text)
    assert len(low) == len(text)
    assert all(a == b.lower() or (a == b and len(b.lower()) > 1) for a, b in zip(low, text, strict=True) if b != "Σ")


def test_a_letter_that_would_become_two_stays() -> None:
    assert lowered("İSTANBUL A") == "İstanbul a"
