"""One scan for the first words of many patterns finds what each pattern finds on its own."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from medgo.deid.names_en.vocabulary import vocabulary
from medgo.deid.places_en.cues import Cues, Opening

IN = Opening(vocabulary("in near"), re.compile(r"(?:[Ii]n|[Nn]ear) ([A-Z][a-z]+)"))
NEAR = Opening(vocabulary("near"), re.compile(r"[Nn]ear ([A-Z][a-z]+) (?:in|near)"))
CUES = Cues((IN, NEAR))
words = st.sampled_from(("in", "In", "near", "Near", "nearby", "inn", "Orla", "Tam", ".", "x-in", "1in"))


@given(st.lists(words, max_size=24))
def test_matches_are_those_of_a_search_at_the_beginnings_of_words(parts: list[str]) -> None:
    text = " ".join(parts)
    starts = CUES.starts(text.lower())
    for opening in (IN, NEAR):
        alone = re.compile(rf"\b(?:{opening.pattern.pattern})")
        assert [one.span() for one in opening.matches(text, starts)] == [one.span() for one in alone.finditer(text)]


def test_a_longer_word_hides_no_shorter_one() -> None:
    assert CUES.starts("nearby near in-line inn") == {"near": [7], "in": [12]}
