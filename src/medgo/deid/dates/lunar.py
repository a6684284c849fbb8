"""The Chinese calendar, reckoned from new moons and solar terms at Beijing, so that lunar dates can be moved by days.

Sources: J. Meeus, Astronomical Algorithms (2nd ed.), chapters 25 (sun) and 49 (new moons); the rules of months and
leap months are those of GB/T 33661-2017. Compared with published calendars, 1930 to 2080 agree.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from math import floor, radians, sin

FIRST_YEAR, LAST_YEAR = 1930, 2080
_LUNATION = 29.530588861
_J2000 = 2451545.0
# Julian day of the day before date.fromordinal(1), at midnight.
_ORDINAL = 1721424.5
_BEIJING = 8 / 24


@dataclass(frozen=True, slots=True)
class LunarDate:
    """A day of the Chinese calendar.

    Args:
        year: The common year in which its new year falls.
        month: 1 to 12.
        day: 1 to 30.
        leap: Whether the month is a leap month.
    """

    year: int
    month: int
    day: int
    leap: bool = False


@dataclass(frozen=True, slots=True)
class _Month:
    start: int
    year: int
    month: int
    leap: bool


def lunar_of(day: date) -> LunarDate | None:
    """A day in the Chinese calendar; None outside of 1930 to 2080."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        return None
    months = _months_around(day.year)
    month = months[bisect_right(months, day.toordinal(), key=lambda one: one.start) - 1]
    return LunarDate(month.year, month.month, day.toordinal() - month.start + 1, month.leap)


def common_of(day: LunarDate) -> date | None:
    """The common date of a lunar one.

    The 30th of a month of 29 days is read as its last; a leap month in a year that has none, as the plain month.

    Returns:
        None outside of 1930 to 2080.
    """
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        return None
    months = _months_around(day.year)
    places = [at for at, one in enumerate(months) if (one.year, one.month) == (day.year, day.month)]
    if not places:
        return None
    at = next((place for place in places if months[place].leap == day.leap), places[0])
    length = months[at + 1].start - months[at].start if at + 1 < len(months) else 30
    return date.fromordinal(months[at].start + min(day.day, length) - 1)


@lru_cache(maxsize=256)
def _months_around(year: int) -> tuple[_Month, ...]:
    """Every month from the winter solstice before a year to the one after its end."""
    return _months_of(year) + _months_of(year + 1)


@lru_cache(maxsize=512)
def _months_of(year: int) -> tuple[_Month, ...]:
    """Months from the one with the winter solstice before a year up to the one with its own, which is left out."""
    first, last = _solstice_month(year - 1), _solstice_month(year)
    starts = [_new_moon_day(k) for k in range(first, last + 1)]
    leap_year = last - first == 13
    months: list[_Month] = []
    number, leapt = 10, False
    for at in range(last - first):
        # The leap month is the first in which the sun enters no new sign.
        leap = leap_year and not leapt and at > 0 and _sign(starts[at]) == _sign(starts[at + 1])
        leapt = leapt or leap
        number += not leap
        months.append(_Month(starts[at], year - (number <= 12), (number - 1) % 12 + 1, leap))
    return tuple(months)


def _sign(day: int) -> int:
    """Which twelfth of its path the sun is in as a day begins at Beijing."""
    return floor(_sun(day + _ORDINAL - _BEIJING) / 30) % 12


def _solstice_month(year: int) -> int:
    """Number of the lunation in which the winter solstice of a year falls."""
    noon = date(year, 12, 21).toordinal() + _ORDINAL
    # The sun moves 0.9856 degrees a day; three steps of Newton are exact to seconds.
    for _ in range(4):
        noon += ((270 - _sun(noon) + 180) % 360 - 180) / 0.98565
    solstice = floor(noon + _BEIJING - _ORDINAL)
    k = round((solstice - _new_moon_day(0)) / _LUNATION)
    while _new_moon_day(k) > solstice:
        k -= 1
    while _new_moon_day(k + 1) <= solstice:
        k += 1
    return k


@lru_cache(maxsize=4096)
def _new_moon_day(k: int) -> int:
    """Day (as :meth:`datetime.date.toordinal` counts) of a new moon at Beijing; the lunation 0 is of January 2000."""
    return floor(_new_moon(k) + _BEIJING - _ORDINAL)


def _new_moon(k: int) -> float:
    """Julian day of a new moon, universal time. Source: Meeus (49.1) and the table on page 351."""
    t = k / 1236.85
    e = 1 - 0.002516 * t - 0.0000074 * t * t
    sun = radians(2.5534 + 29.10535670 * k - 0.0000014 * t * t)
    moon = radians(201.5643 + 385.81693528 * k + 0.0107582 * t * t + 0.00001238 * t**3)
    latitude = radians(160.7108 + 390.67050284 * k - 0.0016118 * t * t - 0.00000227 * t**3)
    node = radians(124.7746 - 1.56375588 * k + 0.0020672 * t * t)
    terms = (
        -0.40720 * sin(moon),
        0.17241 * e * sin(sun),
        0.01608 * sin(2 * moon),
        0.01039 * sin(2 * latitude),
        0.00739 * e * sin(moon - sun),
        -0.00514 * e * sin(moon + sun),
        0.00208 * e * e * sin(2 * sun),
        -0.00111 * sin(moon - 2 * latitude),
        -0.00057 * sin(moon + 2 * latitude),
        0.00056 * e * sin(2 * moon + sun),
        -0.00042 * sin(3 * moon),
        0.00042 * e * sin(sun + 2 * latitude),
        0.00038 * e * sin(sun - 2 * latitude),
        -0.00024 * e * sin(2 * moon - sun),
        -0.00017 * sin(node),
        0.000325 * sin(radians(299.77 + 0.107408 * k - 0.009173 * t * t)),
        0.000165 * sin(radians(251.88 + 0.016321 * k)),
        0.000164 * sin(radians(251.83 + 26.651886 * k)),
        0.000126 * sin(radians(349.42 + 36.412478 * k)),
        0.000110 * sin(radians(84.66 + 18.206239 * k)),
    )
    mean = 2451550.09766 + _LUNATION * k + 0.00015437 * t * t - 0.000000150 * t**3 + 0.00000000073 * t**4
    return mean + sum(terms) - _dynamical(2000 + k / 12.3685)


def _sun(day: float) -> float:
    """Apparent longitude of the sun in degrees at a Julian day, universal time. Source: Meeus, chapter 25."""
    t = (day + _dynamical(2000 + (day - _J2000) / 365.25) - _J2000) / 36525
    anomaly = radians(357.52911 + 35999.05029 * t - 0.0001537 * t * t)
    centre = (
        (1.914602 - 0.004817 * t - 0.000014 * t * t) * sin(anomaly)
        + (0.019993 - 0.000101 * t) * sin(2 * anomaly)
        + 0.000289 * sin(3 * anomaly)
    )
    true = 280.46646 + 36000.76983 * t + 0.0003032 * t * t + centre
    return (true - 0.00569 - 0.00478 * sin(radians(125.04 - 1934.136 * t))) % 360


def _dynamical(year: float) -> float:
    """Days by which dynamical time is ahead of universal time; a fit good to a few seconds from 1930 on."""
    seconds = 63.9 + 0.3345 * (year - 2000) if year >= 1990 else 56.9 - 0.95 * (1990 - year) * (1 - (1990 - year) / 130)
    return max(seconds, 24.0) / 86400
