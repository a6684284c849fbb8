"""Coarser values for what identifies nobody alone: regions, dates, ages of a note on a rare disease. No keys."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from medgo.deid.protocol import Finding
from medgo.deid.quasi.ages import OLDEST, ages_of_people, band_of, years_of
from medgo.deid.replacing.chinese_regions import province_of, region_of
from medgo.deid.replacing.us_states import STATES
from medgo.deid.view import view_of

# A child's development is read by its years; a rare disease is often read by both.
_GROWN_UP = 18
_ANY_STATE = "|".join(sorted(map(re.escape, STATES), key=len, reverse=True))
_STATE = re.compile(rf"\b({_ANY_STATE})\b(?=[\s,.]*(?:\d{{5}}|$|USA|US))")
_NUMBER = re.compile(r"\d+")
_NOT_YEARS = re.compile(r"月|天|日|周(?!岁)|month|week|day|\d\.\d", re.IGNORECASE)
_SPACED = re.compile(r"(?<=\d)\s+(?=\d)")
# What makes an age more exact than its years: 3岁半, 2岁6个月.
_MONTHS = re.compile("(?<=岁).+$")


def province(value: str) -> str | None:
    """The province or state of a place, a hospital or an address; None where the text does not tell."""
    region, _ = region_of(re.sub(r"\s", "", value)) if re.search("[一-鿿]", value) else (None, "")
    if region:
        return province_of(region) or None
    states = _STATE.findall(value)
    return STATES[states[-1]] if states else None


def age_band(value: str) -> str | None:
    """An age with its five years in the place of its number: ``45岁`` gives ``45-49岁``; None where it has none."""
    view = _MONTHS.sub("", _SPACED.sub("", view_of(value).text))
    years = years_of(view)
    number = _NUMBER.search(view)
    if years is None or years > OLDEST or _NOT_YEARS.search(view):
        return None
    return view[: number.start()] + band_of(years) + view[number.end() :] if number else band_of(years)


def age_bands(text: str, findings: Sequence[Finding]) -> Iterator[tuple[Finding, str]]:
    """Ages of grown-ups, in years, that no finding covers, and the five years they lie in (``45岁`` → ``45-49岁``)."""
    view = view_of(text)
    for age in ages_of_people(view.text):
        finding = Finding(view.start(age.start), view.end(age.end), "age", 1.0, "age_band")
        before = bisect_left(findings, finding.end, key=lambda one: one.start)
        if age.years >= _GROWN_UP and (not before or not finding.overlaps(findings[before - 1])):
            yield finding, band_of(age.years)
