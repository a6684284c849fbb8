"""The Chinese calendar against days that calendars publish."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.deid.dates.lunar import LunarDate, common_of, lunar_of

DAYS = st.dates(date(1931, 3, 1), date(2080, 1, 1))


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [
        (1949, 1, 29),
        (1958, 2, 18),
        (1976, 1, 31),
        (1985, 2, 20),
        (2000, 2, 5),
        (2008, 2, 7),
        (2019, 2, 5),
        (2020, 1, 25),
        (2023, 1, 22),
        (2024, 2, 10),
        (2025, 1, 29),
        (2026, 2, 17),
        (2033, 1, 31),
    ],
)
def test_new_years_days(year: int, month: int, day: int) -> None:
    assert lunar_of(date(year, month, day)) == LunarDate(year, 1, 1)


@pytest.mark.parametrize(
    ("year", "month"), [(2001, 4), (2004, 2), (2006, 7), (2017, 6), (2020, 4), (2023, 2), (2025, 6), (2033, 11)]
)
def test_leap_months(year: int, month: int) -> None:
    leaps = {
        lunar.month
        for days in range(385)
        if (lunar := lunar_of(date(year, 2, 1) + timedelta(days=days))) and lunar.leap and lunar.year == year
    }
    assert leaps == {month}


@given(DAYS)
def test_there_and_back(day: date) -> None:
    lunar = lunar_of(day)
    assert lunar is not None
    assert common_of(lunar) == day


@given(DAYS)
def test_each_day_follows_the_one_before(day: date) -> None:
    one, other = lunar_of(day), lunar_of(day + timedelta(days=1))
    assert one is not None
    assert other is not None
    assert other.day in (one.day + 1, 1)
    assert other.day != 1 or one.day in (29, 30)


def test_outside_of_its_years_it_says_nothing() -> None:
    assert lunar_of(date(1900, 1, 1)) is None
    assert common_of(LunarDate(2200, 1, 1)) is None


def test_a_thirtieth_that_is_none_is_the_last_day() -> None:
    # The twelfth month of the year before 2024 has 30 days, that of the year before 2025 has 29.
    assert common_of(LunarDate(2024, 12, 30)) == date(2025, 1, 28)
    assert lunar_of(date(2025, 1, 28)) == LunarDate(2024, 12, 29)
