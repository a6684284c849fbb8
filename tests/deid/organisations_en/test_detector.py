"""Firms and other bodies: by their forms, by what is said of them, and never what medicine is made of."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgo.deid.names_en.lexicon import lexicon
from medgo.deid.organisations_en import EnglishOrganisationDetector
from medgo.deid.protocol import Note

# In no list.
HOUSES = ("Orvane", "Zelkotech", "Brindlemoor", "Quorvex", "Thornavale")
FORMS = (
    "{} Inc.",
    "{} GmbH",
    "{} Holdings",
    "{} Pty Ltd",
    "{} and Sons",
    "{} & Daughters",
    "{} Airlines",
    "{}, Vosk and Pelz LLP",
    "3 {} Stones LLC",
    "{} Freight Group, Inc.",
)
SAID = (
    "He works for {} at night.",
    "CEO of {}, married.",
    "She spent a year at {} as an analyst.",
    "The {} office is closed.",
    "{} is a German multinational firm.",
    "Recently laid off from {}.",
    "She joined {} in 2019.",
)


def found(text: str) -> list[str]:
    return [text[one.start : one.end] for one in EnglishOrganisationDetector().find(Note(text, "en"))]


def test_the_houses_of_these_tests_stand_in_no_list() -> None:
    assert not [house for house in HOUSES if lexicon().flags(house.lower())]


@given(
    st.sampled_from(HOUSES), st.sampled_from(FORMS), st.sampled_from(("Paid by {}", "At {} he drives.", "{}\n12 Elm"))
)
def test_forms_of_firms_are_found_whole(house: str, form: str, template: str) -> None:
    firm = form.format(house)
    assert any(firm.rstrip(".") in one for one in found(template.format(firm)))


@given(st.sampled_from(HOUSES), st.sampled_from(SAID))
def test_what_is_said_of_a_firm_finds_it(house: str, template: str) -> None:
    assert house in found(template.format(house))


def test_the_line_between_a_name_and_a_street_is_a_firm() -> None:
    assert found("Rosa Lindqvist\nQuorvex Orva\n12 Elm Street") == ["Quorvex Orva"]


@pytest.mark.parametrize(
    "text",
    [
        "Health Insurance: none",
        "Support Group weekly",
        "Control Group received placebo",
        "Blood Bank was called.",
        "Mental Health Services",
        "Works with pain. Worked for years at night.",
        "Head of Pancreas is bulky; Director of Nursing informed.",
        "Past Medical History\nDiabetes Mellitus\n2 units",
        "Muscle Energy techniques",
        "The Cardiology office will call.",
        "Years of Tobacco use, months of Metformin",
        "seen by Hale, Osei and Kim",
    ],
)
def test_words_of_a_clinic_are_no_firm(text: str) -> None:
    assert found(text) == []


@settings(deadline=None, max_examples=20)
@given(
    st.sampled_from(
        ("Group ", "A Inc ", "works for ", "The Of And ", "Xa, Yb and Zc\n", "is a ", "Sons & ", "Aa Bb\nCc\n1")
    )
)
def test_time_is_linear_in_the_length(piece: str) -> None:
    def seconds(times: int) -> float:
        note = Note(piece * times, "en")
        begun = time.perf_counter()
        list(EnglishOrganisationDetector().find(note))
        return time.perf_counter() - begun

    seconds(100)
    assert seconds(10_000) < 40 * (seconds(1_000) + 0.01)
