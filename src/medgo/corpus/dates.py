"""Dates of publication as far as a source gives them. Knows no format."""

from __future__ import annotations

import re

_DATE = re.compile(r"((?:19|20)\d\d)(?:\s*[-/.年]\s*(\d{1,2})(?:\s*[-/.月]\s*(\d{1,2}))?)?")


def iso_date(text: str) -> str:
    """The first date in a text as far as it is given; empty for none."""
    match = _DATE.search(text)
    if match is None:
        return ""
    year, month, day = match.groups()
    if not month or not 1 <= int(month) <= 12:
        return str(year)
    return f"{year}-{int(month):02}" + (f"-{int(day):02}" if day and 1 <= int(day) <= 31 else "")
