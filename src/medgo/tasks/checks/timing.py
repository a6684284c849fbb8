"""When things happened: dates in order, and documents written in time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise

from medgo.schema import Lang
from medgo.tasks.checks.texts import AnyCheck, say, value_of
from medgo.tasks.definition import Finding, TaskModel

# 病历书写基本规范 (卫医政发〔2010〕11号); hospitals set shorter ones, so every check takes its own table.
LIMITS: Mapping[str, timedelta] = {
    "first_course_note": timedelta(hours=8),
    "admission_record": timedelta(hours=24),
    "attending_round": timedelta(hours=48),
    "course_note_critical": timedelta(days=1),
    "course_note_serious": timedelta(days=2),
    "course_note_stable": timedelta(days=3),
    "rescue_record": timedelta(hours=6),
    "operation_record": timedelta(hours=24),
    "transfer_in_record": timedelta(hours=24),
    "stage_summary": timedelta(days=31),
    "discharge_summary": timedelta(hours=24),
    "death_record": timedelta(hours=24),
    "death_discussion": timedelta(days=7),
    "consultation_routine": timedelta(hours=24),
    "consultation_urgent": timedelta(minutes=10),
}
_TIME = re.compile(
    r"(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})日?"
    r"(?:[ T]*(?P<h>\d{1,2})\s*[:：时]\s*(?P<min>\d{1,2})?)?"
)


def moment(text: str) -> datetime | None:
    """The first date of a text, with its time where there is one; None for none that exists."""
    match = _TIME.search(text)
    if match is None:
        return None
    try:
        return datetime(*(int(match[part] or 0) for part in ("y", "m", "d", "h", "min")))  # type: ignore[misc,arg-type]
    except ValueError:
        return None


def dates_in_order(*names: str) -> AnyCheck:
    """Fields with dates that do not follow each other; fields without a date are passed over.

    Args:
        names: Fields in the order in which things happen.
    """

    def check(value: TaskModel, output: TaskModel, lang: Lang) -> list[Finding]:
        known = [(name, at) for name in names if (at := moment(value_of(value, output, name)))]
        found = []
        for (_, before), (name, after) in pairwise(known):
            # A date without a time is any time of that day.
            whole_day = after.time() == after.min.time()
            if after.date() < before.date() or (not whole_day and after < before):
                words = say(lang, "时间早于前一事件", "lies before what came before it")
                found.append(Finding("dates_in_order", name, words, span=value_of(value, output, name)))
        return found

    return check


def timely(limit: str, since: str, until: str, *, by: str = "", limits: Mapping[str, timedelta] = LIMITS) -> AnyCheck:
    """A document that was written too late.

    Args:
        limit: Name of the limit in the table.
        since: Field with the moment from which it counts.
        until: Field with the moment of writing.
        by: Field whose value is the last word of the limit's name (``course_note`` by ``condition``).
        limits: The hospital's own table, where it has one.
    """

    def check(value: TaskModel, output: TaskModel, lang: Lang) -> list[Finding]:
        start, end = (moment(value_of(value, output, name)) for name in (since, until))
        allowed = limits[f"{limit}_{value_of(value, output, by)}" if by else limit]
        if start is None or end is None or end - start <= allowed:
            return []
        hours, most = (round(span.total_seconds() / 3600, 1) for span in (end - start, allowed))
        words = say(
            lang, f"书写时间超时：{hours:g}小时，限{most:g}小时内", f"written after {hours:g} h, {most:g} h are allowed"
        )
        return [Finding("timely", until, words, "warning", value_of(value, output, until))]

    return check
