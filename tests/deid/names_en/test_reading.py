"""Wrapped lines, and words in capitals: what changes, and that no position does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from medgo.deid.names_en.reading import capitalised, flowed, unshouted

words = st.text("AaBbcdE 's.,:\n7-ÉßİŁ", max_size=80)


@given(words)
def test_every_position_stays(text: str) -> None:
    assert len(flowed(text)) == len(unshouted(text)) == len(text)
    lowered = text.casefold()
    assert len(capitalised(lowered)) == len(lowered)


@given(words)
def test_only_line_ends_are_joined(text: str) -> None:
    assert all(old == new or (old, new) == ("\n", " ") for old, new in zip(text, flowed(text), strict=True))


@given(words)
def test_only_case_changes_in_capitals(text: str) -> None:
    assert unshouted(text).lower() == text.lower()


def test_a_sentence_goes_on_in_the_next_line() -> None:
    text = "She was seen last week at Orlavale\nGeneral Hospital for a rash."
    assert flowed(text) == text.replace("\n", " ")


def test_lines_of_forms_and_ends_of_sentences_stay() -> None:
    for text in (
        "Name: Odalys Wrenfield\nMRN: 1234",
        "Patient was told to take the tablets.\nNext visit in May",
        "Metformin\nLisinopril\nAspirin",
        "He will continue to take at home\nPlan: see him in May",
    ):
        assert flowed(text) == text


def test_words_in_capitals_are_written_as_names() -> None:
    assert unshouted("SEEN AT ST. ORLA'S MEDICAL CENTER, MRI DONE") == "Seen at St. Orla's Medical Center, MRI Done"
    assert unshouted("an MRI of the head") == "an MRI of the head"


def test_small_letters_get_capitals_but_for_the_smallest_words() -> None:
    assert capitalised("seen at orlavale women's clinic") == "Seen at Orlavale Women's Clinic"
