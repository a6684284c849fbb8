"""Moving dates keeps their form, their intervals and their weekdays."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.deid.dates import read_date, shifted
from medgo.deid.dates.words import to_han_digits, to_han_number
from tests.deid.dates.writers import FULL, PARTIAL

DAYS = st.dates(date(1942, 1, 1), date(2038, 12, 31))
WEEKS = st.integers(-52, 52).map(lambda weeks: 7 * weeks)


@given(DAYS, st.integers(-400, 400), st.sampled_from(sorted(FULL)))
def test_a_full_date_is_written_as_that_form_writes_the_later_day(day: date, days: int, name: str) -> None:
    moved = shifted(FULL[name](day), days, around=day, day_first=name == "european")
    expected = FULL[name](day + timedelta(days=days))
    if day.month >= 10 and day.day >= 10:  # the form does not tell whether a single digit has a zero before it
        moved, expected = (re.sub(r"(?<!\d)0", "", text or "") for text in (moved, expected))
    assert moved == expected


@given(DAYS, DAYS, WEEKS, st.sampled_from(sorted(FULL)), st.sampled_from(sorted(FULL)))
def test_intervals_and_weekdays_stay_whatever_the_forms(a: date, b: date, days: int, one: str, other: str) -> None:
    def read(text: str | None, name: str) -> date:
        assert text is not None
        found = read_date(text, day_first=name == "european")
        assert found is not None
        assert found.date is not None
        return found.date

    new_a = read(shifted(FULL[one](a), days, day_first=one == "european"), one)
    new_b = read(shifted(FULL[other](b), days, day_first=other == "european"), other)
    assert new_b - new_a == b - a
    assert new_a.weekday() == a.weekday()


@given(DAYS, WEEKS, st.sampled_from(sorted(PARTIAL)))
def test_a_day_without_a_year_takes_it_from_what_is_around(day: date, days: int, name: str) -> None:
    assert shifted(PARTIAL[name](day), days, around=day) == PARTIAL[name](day + timedelta(days=days))


@given(st.dates(date(2001, 1, 2), date(2001, 12, 30)), st.sampled_from(sorted(PARTIAL)))
def test_a_day_without_a_year_moves_in_a_common_one(day: date, name: str) -> None:
    assert shifted(PARTIAL[name](day), 1) == PARTIAL[name](day + timedelta(days=1))


@pytest.mark.parametrize(
    ("text", "days", "new"),
    [
        ("2024年3月5日10时30分", 7, "2024年3月12日10时30分"),
        ("2024-03-05T10:30:00+08:00", 28, "2024-04-02T10:30:00+08:00"),
        ("20240305123000+0800", -7, "20240227123000+0800"),
        ("April 2nd, 2019 at 3:40 pm", 21, "April 23rd, 2019 at 3:40 pm"),
        ("１２月２５日", 7, "１月１日"),
        ("民國113年12月28號", 7, "民國114年1月4號"),
        ("113年12月28日", 7, "114年1月4日"),
        ("2024年3月", 364, "2025年3月"),
        ("Mar-24", 35, "Apr-24"),
        ("in 2024", 7, None),
        ("202403", 364, "202503"),
        ("2024030510", 7, "2024031210"),
        ("2024年11-12月", 60, "2025年1-2月"),
        ("2024年", 300, "2024年"),
        ("2024年3月30日至31日", 7, "2024年4月6日至7日"),
        ("3月25日至28日", 7, "4月1日至4日"),
        ("3月23日至28日", 7, "3月30日至4月4日"),
        ("March 23-28, 2024", 7, "March 30-April 4, 2024"),
        ("23-28 March 2024", 7, "30 March-4 April 2024"),
        ("2024.3.23-3.28", 7, "2024.3.30-4.4"),
        ("MAY 5, 2024", 28, "JUNE 2, 2024"),
        ("twenty-first of May", 14, "fourth of June"),
        ("Tuesday", 14, "Tuesday"),
        ("Tues", 1, "Wed"),
        ("星期六", 1, "星期日"),
        ("周日", 1, "周一"),
        ("礼拜天", -7, "礼拜天"),
        ("国庆节", 7, "10月8日"),
        ("Christmas Eve", 7, "December 31"),
        ("3/10片", 7, None),
        ("", 7, None),
        ("无日期", 7, None),
    ],
)
def test_forms_are_kept(text: str, days: int, new: str | None) -> None:
    assert shifted(text, days) == new


def test_a_range_over_the_turn_of_a_written_year_is_left_to_the_caller() -> None:
    assert shifted("2024年12月24日至28日", 7) is None


def test_a_day_alone_needs_a_date_around() -> None:
    assert shifted("5日", 7) is None
    assert shifted("28日", 7, around=date(2023, 2, 20)) == "7日"


@pytest.mark.parametrize(
    ("text", "days", "new"),
    [
        ("农历二〇二四年正月初五", 7, "农历二〇二四年正月十二"),
        ("二〇二三年二月廿九", 28, "二〇二三年闰二月廿七"),  # 2023 has a second second month
        ("农历8月15日", 7, "农历8月22日"),
        ("腊月二十三", 14, "正月初七"),
    ],
)
def test_lunar_dates_move_by_the_chinese_calendar(text: str, days: int, new: str) -> None:
    assert shifted(text, days, around=date(2023, 2, 1)) == new


def test_a_lunar_holiday_becomes_a_lunar_day() -> None:
    # New Year's Eve 2024 is the 9th of February; a week later is the 7th of the first month.
    assert shifted("除夕", 7, around=date(2024, 2, 1)) == "农历正月初七"


@given(st.text("0123456789年月日号-/.: 三二十正腊初MarchmayT'〇闰农历", max_size=24), st.integers(-800, 800))
def test_any_text_is_moved_or_refused(text: str, days: int) -> None:
    moved = shifted(text, days)
    assert moved is None or isinstance(moved, str)


@given(DAYS)
def test_zero_days_change_nothing(day: date) -> None:
    written: list[Callable[[date], str]] = [*FULL.values(), *PARTIAL.values()]
    for write in written:
        assert shifted(write(day), 0, around=day, day_first=write is FULL["european"]) == write(day)


def test_chinese_numerals_round_trip() -> None:
    for year in range(1900, 2100):
        found = read_date(f"{to_han_digits(year)}年{to_han_number(12)}月{to_han_number(31)}日")
        assert found is not None
        assert found.date == date(year, 12, 31)
