"""Telephone numbers that a line's end breaks, and numbers of two lines that are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.deid.numbers import NumberDetector
from medgo.deid.protocol import Note


def phones(text: str) -> set[str]:
    note = Note(text, "en")
    return {note.view.text[one.start : one.end] for one in NumberDetector().find(note) if one.label in ("phone", "fax")}


areas = st.integers(200, 999).map(str)
groups = st.tuples(areas, areas, st.integers(0, 9999).map("{:04d}".format))


@given(
    groups, st.sampled_from(("({0}) {1}-\n{2}", "{0}-{1}-\n{2}", "({0})\n{1}-{2}", "{0}-\n{1}-{2}", "+1 {0}-{1}-\n{2}"))
)
def test_forms_that_need_no_label(parts: tuple[str, str, str], form: str) -> None:
    number = form.format(*parts)
    assert number in phones(f"Reached at {number} today.")


@given(
    groups,
    st.sampled_from(("Phone: ", "Tel ", "Cell: ", "Fax: ")),
    st.sampled_from(("{0}\n{1} {2}", "{0} {1}\n{2}", "{0}-{1}\n{2}", "{0}\n{1}-{2}", "{1}-\n{2}")),
)
def test_forms_behind_a_label(parts: tuple[str, str, str], label: str, form: str) -> None:
    number = form.format(*parts)
    assert number in phones(f"{label}{number}\nSigned")


def test_quoted_lines() -> None:
    assert "(415) 867-\n> 2210" in phones("> Phone: (415) 867-\n> 2210")


def test_a_trunk_number_goes_on() -> None:
    assert "020 7946\n0958" in phones("Tel: 020 7946\n0958")


@pytest.mark.parametrize(
    "text",
    [
        "WBC 415\n867\n2210",
        "Platelets 250-400\n1200 ml given",
        "Reference 150-400-\n1200",
        "Potassium 3.5-\n5.1",
        "HR 88\n120 80 16",
    ],
)
def test_columns_and_ranges_are_no_numbers_of_telephones(text: str) -> None:
    assert phones(text) == set()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Phone: 867-2210\n45 year old man", "867-2210"),
        ("Pager 4157\n10:30 seen", "4157"),
        ("Phone: 415 867\n1. Aspirin 81 mg", "415 867"),
    ],
)
def test_what_begins_the_next_line_stays(text: str, number: str) -> None:
    assert phones(text) == {number}
