"""What a written date consists of: fields, each with how it is written. Knows no text but the one it was read from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Kind = Literal["year", "month", "day"]
Style = Literal[
    "digits", "padded", "short", "han", "roc", "roc_han", "lunar", "name", "abbreviation", "ordinal", "word"
]  # fmt: skip
Form = Literal[
    "iso", "year_month", "triple", "month_year", "month_day", "compact", "compact_month", "roc",
    "day_mon", "mon_day", "mon_year", "mon", "zh_ymd", "zh_ym", "zh_md", "zh_m", "zh_d", "en_d", "year",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """A year, a month or a day as written.

    Args:
        kind: Which.
        start: First character.
        end: After the last one.
        value: The year of the common era, the month 1 to 12, or the day 1 to 31.
        style: How it is written.
    """

    kind: Kind
    start: int
    end: int
    value: int
    style: Style


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date, or what a text gives of one; positions are those of the text as :func:`medgo.deid.view.view_of` shows it.

    Args:
        start: First character.
        end: After the last one, a time of day and a range included.
        form: Which written form it is.
        fields: Year, month and day in the order of the text; days after the first belong to a range or a list.
        lunar: Whether it counts by the Chinese calendar.
        leap: Whether its month is a leap month of that calendar.
        timed: Whether a time of day belongs to it.
    """

    start: int
    end: int
    form: Form
    fields: tuple[Field, ...]
    lunar: bool = False
    leap: bool = False
    timed: bool = False

    def _first(self, kind: Kind) -> int | None:
        return next((one.value for one in self.fields if one.kind == kind), None)

    @property
    def year(self) -> int | None:
        """The year of the common era."""
        return self._first("year")

    @property
    def month(self) -> int | None:
        """1 to 12."""
        return self._first("month")

    @property
    def day(self) -> int | None:
        """1 to 31; of a range, its first day."""
        return self._first("day")

    @property
    def date(self) -> date | None:
        """The day, where all of it is given and counts by the common calendar."""
        if self.lunar or self.year is None or self.month is None or self.day is None:
            return None
        return date(self.year, self.month, self.day)
