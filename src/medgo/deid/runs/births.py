"""Births in narratives that make somebody over 89 by the dates of the whole record, which no text alone can tell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from medgo.deid.ages import OLDEST
from medgo.deid.classes import IdentifierClass
from medgo.deid.formats import Part
from medgo.deid.formats.values import latest_year
from medgo.deid.protocol import CERTAIN, Finding

_CUE = re.compile(
    r"(?:(?<![A-Za-z])(?:born(?:\s(?:in|on|around|about|circa))?|b\.|n[ée]e?\s(?:in|on)|d\.?o\.?b\.?|"
    r"birth\s?(?:date|day|year)|(?:date|year)\sof\sbirth)(?:\s(?:is|was))?"
    r"|出生(?:日期|年月日?|年份|时间)?|生于|生日|生年)\s{0,2}[:：=为是于在]?\s{0,3}\(?$",
    re.IGNORECASE,
)
_BEHIND = re.compile(r"\s?年?\s?(?:出生|生(?=[人,，。；;、）)\s]|$)|[- ]?born\b)")
_YEAR = re.compile(r"(?<!\d)(?:18|19|20)\d\d(?!\d)")
_SHORT_YEAR = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-](\d\d)$")
_STEMS = re.compile(r"(?<![A-Za-z])(?:born|b\.|n[ée]e?\s|d\.?o\.?b|birth)|出生|生[于日年人]|[年\d]\s?生", re.IGNORECASE)
_BEFORE, _AFTER = 24, 8


def old_births_told(parts: Sequence[Part], findings: Sequence[Sequence[Finding]]) -> list[Sequence[Finding]]:
    """Findings in which births of people over 89 are ages over 89, years alone among them.

    Args:
        parts: Of a record.
        findings: For each part.
    """
    if not any(part.label is None and _STEMS.search(part.text) for part in parts):
        return list(findings)
    stated = any(part.label == "age_over_89" for part in parts)
    year = 0 if stated else latest_year(parts)
    year = year or latest_year(())
    return [
        found if part.label is not None else _told(part.text, found, year)
        for part, found in zip(parts, findings, strict=True)
    ]


def _told(text: str, findings: Sequence[Finding], year: int) -> Sequence[Finding]:
    if not _STEMS.search(text):
        return findings
    new = [
        replace(one, label=_label(text, one, year))
        if one.label == "date" and _is_birth(text, one.start, one.end)
        else one
        for one in findings
    ]
    covered = [(one.start, one.end) for one in new]
    alone = [one for one in _years_alone(text, year) if not _meets(one, covered)]
    return sorted([*new, *alone], key=lambda one: one.start) if alone else new


def _label(text: str, finding: Finding, year: int) -> IdentifierClass:
    value = text[finding.start : finding.end]
    if found := _YEAR.search(value):
        born = int(found[0])
    elif short := _SHORT_YEAR.search(value):
        born = 1900 + int(short[1]) if int(short[1]) > year % 100 else year
    else:
        return "date"
    return "age_over_89" if year - born >= OLDEST else "date"


def _years_alone(text: str, year: int) -> Iterator[Finding]:
    for found in _YEAR.finditer(text):
        if year - int(found[0]) >= OLDEST and _is_birth(text, *found.span()):
            yield Finding(*found.span(), "age_over_89", CERTAIN, "births")


def _is_birth(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - _BEFORE) : start]
    return _CUE.search(before) is not None or _BEHIND.match(text[end : end + _AFTER]) is not None


def _meets(finding: Finding, covered: Sequence[tuple[int, int]]) -> bool:
    return any(start < finding.end and finding.start < end for start, end in covered)
