"""Numbers of a hospital: no two of a corpus become one, and none becomes another's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.deid.replacing.codes import Codes
from medgo.deid.replacing.draws import plain
from tests.deid.replacing.marked import new, news, surrogates

CODES = Codes(bytes(range(32)))


def nobody(_: str) -> bool:
    return False


@pytest.mark.parametrize(
    ("shape", "numbers"), [("{}", range(1000, 10000)), ("ZY{:03d}", range(1000)), ("{:02d}", range(100))]
)
def test_all_numbers_of_a_shape_stay_apart(shape: str, numbers: range) -> None:
    values = [shape.format(number) for number in numbers]
    new_ones = [CODES.written(value, nobody) for value in values]
    assert len(set(new_ones)) == len(values)
    assert not [value for value, one in zip(values, new_ones, strict=True) if value == one]
    assert all(one is not None and len(one) == len(value) for value, one in zip(values, new_ones, strict=True))


@given(st.sets(st.integers(100_000, 999_999), max_size=60), st.integers(0, 5))
def test_with_values_of_the_corpus_taken_they_still_stay_apart(numbers: set[int], run: int) -> None:
    # A third of a small space is taken, so that many walks are long.
    taken = {f"{number % 90 + 10}" for number in numbers if number % 3 == run % 3} | {"42"}
    new_ones = [Codes(bytes([run] * 32)).written(value, taken.__contains__) for value in sorted(taken)[:40]]
    assert not set(new_ones) & taken
    assert len(set(new_ones)) == len(new_ones)


@given(st.text("ABab019-. ", min_size=1, max_size=10))
def test_shape_stays_and_spellings_lead_to_one(value: str) -> None:
    one = CODES.written(value, nobody)
    if one is None:
        return
    assert plain(one) != plain(value)
    for old, letter in zip(value, one, strict=True):
        assert old.isdigit() == letter.isdigit()
        assert old.isupper() == letter.isupper()


def test_separators_play_no_part() -> None:
    assert plain(CODES.written("77-30418", nobody) or "") == plain(CODES.written("7730418", nobody) or "")


@pytest.mark.parametrize("value", ["", "--", "一二三四", "病历一二三", "A" * 60])
def test_what_has_no_other_number_gives_none(value: str) -> None:
    assert CODES.written(value, nobody) is None


def test_short_numbers_of_many_patients_stay_apart() -> None:
    by = surrogates()
    drawn = [news(f"{{medical_record_number:{number}}}", patient=f"p{number}", by=by)[0] for number in range(100, 1000)]
    assert len(set(drawn)) == 900


def test_numbers_in_characters_are_replaced_as_before() -> None:
    assert new("medical_record_number", "一二三四五六") != "一二三四五六"


@pytest.mark.parametrize("name", ["Ben", "Dr. Ma", "Do", "Van", "Al", "Ben Quillfeather", "Ma, Jun"])
def test_names_that_look_like_particles_or_credentials_do_not_stay(name: str) -> None:
    after = new("name", name, lang="en").split()
    kept = {word for word in name.split() if word != "Dr."} & set(after)
    assert not kept
