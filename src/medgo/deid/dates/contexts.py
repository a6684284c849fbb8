"""What makes a written form that may be a date a date, and what makes it a score, a dose or a duration. No search."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from medgo.deid.dates import cues
from medgo.deid.dates.parts import Field, Form, Kind, PartialDate
from medgo.deid.protocol import CERTAIN

LIKELY, POSSIBLE, NONE = 0.8, 0.6, 0.0
_BACK, _AHEAD = 24, 12
_LONG_RANGE, _SMALL = 8, 10
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class _Place:
    """A reading in its text, with what stands before and after it."""

    text: str
    found: PartialDate
    before: str
    after: str

    def written(self, field: Field) -> str:
        return self.text[field.start : field.end]

    def of_kind(self, kind: Kind) -> Field:
        return next(one for one in self.found.fields if one.kind == kind)

    @property
    def labelled(self) -> bool:
        return cues.LABEL.search(self.before) is not None

    @property
    def after_preposition(self) -> bool:
        return cues.PREPOSITION_ZH.search(self.before) is not None

    @property
    def in_brackets(self) -> bool:
        return self.before[-1:] in ("(", "（") and self.after[:1] in (")", "）")

    @property
    def inside_another(self) -> bool:
        """Whether it is a piece of a longer number or word: ``v3.2-5``, ``12-3/5``, ``ZY20240305``."""
        form, last, following = self.found.form, self.before[-1:], self.after[:1]
        whole = form in _OPEN or (self.found.year is not None and form in ("triple", "day_mon", "month_year"))
        if last.isascii() and (last.isalpha() or last == "_") and not whole:
            return True
        if cues.RANGE_BEFORE.search(self.before):
            return False
        if last and last in "./-:" and self.before[-2:-1].isdigit() and form not in _CLOSED:
            return not (form == "month_day" and cues.ITEM_BEFORE.search(self.before))
        if last == "-" and self.before[-2:-1].isalnum() and form in _NUMBERS:
            return True
        return following.isascii() and following.isalnum() and (form in _NUMBERS or form == "roc")


# Forms that are dates even where a letter touches them, those that are even after 12- or 3., and those of few digits.
_OPEN: frozenset[Form] = frozenset({"iso", "zh_ymd", "zh_ym", "zh_md", "mon_day", "mon_year", "mon"})
_CLOSED: frozenset[Form] = frozenset({"iso", "zh_ymd", "zh_ym", "zh_md"})
_NUMBERS: frozenset[Form] = frozenset({"month_day", "month_year", "year_month"})


def score(text: str, found: PartialDate) -> float:
    """How sure a reading is a date and no other thing, 0 where it is none."""
    rule = _RULES.get(found.form)
    if rule is None:
        return NONE
    before, after = text[max(0, found.start - _BACK) : found.start], text[found.end : found.end + _AHEAD]
    at = _Place(text, found, before, after)
    return NONE if at.inside_another else rule(at)


def _triple(at: _Place) -> float:
    year = at.of_kind("year")
    if year.style != "short":
        return 0.98
    if at.labelled:
        return CERTAIN
    numbers = at.text[at.found.start : at.found.fields[-1].end]
    first, last = at.found.fields[0], at.found.fields[-1]
    if cues.UNIT_AFTER.match(at.after) or (
        last.end - last.start == 1 and first.value % 100 <= 12 and first.kind == "year"
    ):
        return NONE
    if "." in numbers and first.kind != "year" and not numbers.startswith("0"):
        return NONE  # 1.2.10 is a section, a version
    if _is_counted(at, dashed="-" in numbers):
        return NONE
    return LIKELY


def _is_counted(at: _Place, *, dashed: bool) -> bool:
    """Whether ``8-9-10`` stands without anything of a date: no zero, no number above twelve, no word of time."""
    parts = [at.written(one) for one in at.found.fields]
    if all(len(part) == 2 for part in parts) or any(part[0] == "0" or int(part) > _MONTHS for part in parts):
        return False
    told = at.after_preposition or at.in_brackets or cues.STRONG.search(at.before) or cues.WEAK.search(at.before)
    following = cues.CLOCK_AFTER.match(at.after) or cues.EVENT_AFTER.match(at.after) or cues.VISIT_NEXT.match(at.after)
    if told or following or at.found.timed:
        return False
    if cues.SCORE_BEFORE.search(at.before) or cues.SCORE_AFTER.match(at.after):
        return True
    return dashed and not (cues.IN_MONTH.search(at.before) or cues.DONE_BEFORE.search(at.before))


def _compact(at: _Place) -> float:
    if at.labelled or at.after_preposition:
        return CERTAIN
    if at.found.timed:
        return 0.9 if at.found.end - at.found.start >= 12 else NONE
    return NONE if cues.NUMBER_LABEL.search(at.before) else POSSIBLE


def _year_month(at: _Place) -> float:
    if at.found.fields[-1].style == "short":  # 11/94 is a blood pressure, a fraction, or a month
        return LIKELY if cues.IN_TIME.search(at.before) or at.labelled else NONE
    if cues.UNIT_AFTER.match(at.after) or cues.TITRE_BEFORE.search(at.before):
        return NONE
    if "." in at.text[at.found.start : at.found.end]:
        context = at.labelled or at.after_preposition or at.in_brackets or cues.STRONG.search(at.before)
        return LIKELY if context or cues.RANGE_AFTER.match(at.after) or cues.RANGE_BEFORE.search(at.before) else NONE
    return LIKELY


def _roc(at: _Place) -> float:
    return 0.9 if at.before.rstrip().endswith("民国") or at.labelled else NONE


def _month_day(at: _Place) -> float:
    """``3/5`` and ``03-05``: a date by its label, its preposition, its time, its zeros; else a score or a fraction."""
    month, day = at.found.fields[0], at.found.fields[-1]
    separator = at.text[month.end : month.end + 1]
    if separator == ".":
        if cues.ITEM_WITH_DAY.match(at.text, at.found.start) and cues.ITEM_MAY_BEGIN.search(at.before):
            return NONE  # 2.11-13来我院 is item 2
        return LIKELY if cues.BIRTH_LABEL.search(at.before) and not cues.UNIT_AFTER.match(at.after) else _event(at)
    clock = at.found.timed and (separator == "/" or ":" in at.text[day.end : at.found.end])
    if clock or cues.CLOCK_AFTER.match(at.after):
        return 0.9
    if cues.UNIT_AFTER.match(at.after) or cues.SCORE_AFTER.match(at.after) or cues.SCORE_BEFORE.search(at.before):
        return NONE
    if month.end - month.start == 2 and at.text[month.start] == "0" and day.end - day.start == 2:
        return LIKELY
    if separator == "-":
        return LIKELY if cues.MONTH_DAY_LABEL.search(at.before) else _event(at)
    if at.labelled or cues.STRONG.search(at.before) or cues.POD.search(at.before):
        return LIKELY
    opens = not at.before.strip(" \t") or at.before.rstrip(" \t").endswith("\n")
    if opens and re.match(r"\s?[:)]|\s-\s", at.after):
        return LIKELY
    if cues.RANGE_AFTER.match(at.after):
        return LIKELY
    small = day.value in (2, 3, 4, 5, 10)
    if cues.WEAK.search(at.before) and not small:
        return LIKELY
    chinese = at.after_preposition or (not small and cues.EVENT_AFTER.match(at.after))
    return LIKELY if chinese or re.match(r"\s?[日号](?![内间])", at.after) else NONE


def _event(at: _Place) -> float:
    """``3.5入院``, ``8-15复查``, ``5.21号``: a day where a clause begins and an event or 号 follows."""
    month, day = at.found.fields[0], at.found.fields[-1]
    if _is_day_written(at, month.value, day.value):
        return LIKELY
    begins = not at.before.strip() or at.before[-1] in "，,。;；:：(（\n于自 " or at.after_preposition
    told = cues.WHO_BEFORE.search(at.before) is not None
    if (begins or told) and cues.EVENT_NEXT.match(at.after):
        return LIKELY
    short = day.end - day.start < 2
    if told and not short and cues.DAY_NEXT.match(at.after):
        return LIKELY
    if month.end - month.start < 2 or short:
        return NONE
    if cues.RESULT_NEXT.match(at.after):
        return LIKELY
    if cues.TURN_BEFORE.search(at.before) and not cues.UNIT_AFTER.match(at.after):
        return LIKELY
    begins = begins or told or cues.ITEM_BEFORE.search(at.before) is not None
    return LIKELY if begins and cues.VISIT_NEXT.match(at.after) else NONE


def _is_day_written(at: _Place, month: int, day: int) -> bool:
    """``5.21号``, ``3-18日``, ``1周前(3-18)``, ``3-18至3-25``; ``3-5日`` and ``3.5日`` last so long."""
    if re.match(r"\s?号", at.after):
        return True
    if re.match(r"\s?日(?![内间后左余])", at.after) and day - month >= _LONG_RANGE:
        return True
    if cues.RANGE_OF_DAYS.match(at.after):
        return True
    return day > _SMALL and at.after[:1] == ")" and cues.SINCE_BEFORE.search(at.before) is not None


def _day_mon(at: _Place) -> float:
    month = at.of_kind("month")
    word = at.written(month)
    if at.text[month.start - 2 : month.start] == ". " and not _may_end_in_stop(at):
        return NONE
    if at.found.year is not None:
        return 0.98
    ordinal = any(one.style in ("ordinal", "word") for one in at.found.fields)
    glued = at.text[month.start - 1] in "-/"
    if word.lower() == "may" and not (ordinal or glued) and (word.islower() or cues.MAY_IS_VERB.match(at.after)):
        return NONE
    if word.lower() == "march" and word.islower() and not (ordinal or glued or cues.STRONG.search(at.before)):
        return NONE
    return 0.9 if ordinal else LIKELY


def _may_end_in_stop(at: _Place) -> bool:
    """Whether ``12. March 2021`` is a day: not where a sentence ends (room 12. March was cold)."""
    begins = at.before.rstrip(" ")[-1:] in ("", "\n", ":", ",", "(", "|")
    return (
        begins
        or at.labelled
        or any(cue.search(at.before) is not None for cue in (cues.STRONG, cues.WEAK, cues.IN_MONTH))
    )


def _mon_day(at: _Place) -> float:
    month = at.of_kind("month")
    day = at.of_kind("day")
    word, between = at.written(month), at.text[month.end : day.start]
    if at.found.year is not None:
        return 0.98
    if day.style in ("ordinal", "word"):
        return 0.9 if not (word == "may" and day.style == "word") else NONE
    if word in ("may", "march") and not (cues.STRONG.search(at.before) or at.labelled):
        return NONE
    if (not between.strip(".") or "-" in between) and day.end - day.start == 1:
        return NONE  # OCT4, Oct-4, SEPT9 are genes
    return NONE if word.isupper() and cues.MARKER_AFTER.match(at.after) else LIKELY


def _mon(at: _Place) -> float:
    word = at.written(at.found.fields[0])
    if cues.YEAR_WORDS_AFTER.match(at.after) and len(word) > 3:
        return LIKELY
    if word.lower() in ("may", "march", "april", "june", "july", "august"):
        if not word[0].isupper() or not cues.IN_MONTH.search(at.before):
            return NONE
        return NONE if word.lower() == "may" and cues.MAY_IS_VERB.match(at.after) else POSSIBLE
    if len(word) > 4:
        return POSSIBLE
    abbreviated = word[0].isupper() and not word.isupper()
    context = (
        cues.IN_TIME.search(at.before) or re.search(r"\bof\s$", at.before) or cues.NAMED_MONTH_AFTER.match(at.after)
    )
    return POSSIBLE if abbreviated and context else NONE


def _zh_ym(at: _Place) -> float:
    year = at.found.fields[0]
    if (
        year.style in ("digits", "roc_han")
        or (year.style == "han" and year.end - year.start == 4)
        or "民国" in at.before[-2:]
    ):
        return CERTAIN
    if at.found.start != year.start:  # 民国
        return CERTAIN
    of_month = at.text[at.found.end - 1] == "份" or cues.OF_MONTH_AFTER.match(at.after)
    if of_month or at.text[year.start] == "0" or at.labelled:
        return 0.9
    if cues.DURATION_BEFORE.search(at.before) or cues.DURATION_AFTER.match(at.after):
        return NONE
    return LIKELY if at.after_preposition or cues.EVENT_OF_MONTH.match(at.after) else NONE


def _zh_md(at: _Place) -> float:
    bare = at.text[at.found.fields[-1].end : at.found.fields[-1].end + 3].strip()[:1] not in ("日", "号")
    if bare and not at.found.lunar and (cues.DURATION_BEFORE.search(at.before) or re.match(r"\s?[余个]", at.after)):
        return NONE
    return LIKELY if bare else 0.98


def _zh_m(at: _Place) -> float:
    if re.search(r"(?<!月)[\d一二三四五六七八九十两几数半][-~、至到年岁月余]?\s?$", at.before):
        return NONE
    if re.search(r"每年的?\s?$", at.before):
        return NONE
    if re.search(r"月份?\s?[-~至到]\s?$", at.before):
        return LIKELY
    if at.text[at.found.end - 1] == "份" or cues.OF_MONTH_AFTER.match(at.after):
        return LIKELY
    if cues.MONTHS_AFTER.match(at.after) and not cues.DURATION_BEFORE.search(at.before):
        return LIKELY
    if cues.DURATION_AFTER.match(at.after):
        return NONE
    if at.found.start != at.found.fields[0].start:  # 农历
        return LIKELY
    return LIKELY if cues.RELATIVE_YEAR.search(at.before) or re.search(r"(?:于|自|从|在)\s?$", at.before) else NONE


def _en_d(at: _Place) -> float:
    """``on the 5th``, but not ``on the 5th floor``."""
    if not re.search(r"(?:^|[^A-Za-z])(?:on|until|since|by|from|till)\sthe\s$", at.before, re.IGNORECASE):
        return NONE
    return LIKELY if cues.DAY_ENDS.match(at.after) else NONE


def _zh_d(at: _Place) -> float:
    if re.match(r"\s?[前后内间余龄]", at.after):
        return NONE
    if cues.THIS_MONTH.search(at.before):
        return LIKELY
    if re.match(r"\s?(?:晨|上午|下午|晚|凌晨|早|中午|夜)", at.after):
        return NONE if re.search(r"[第后院共续服余近约满每达\d一二三四五六七八九十]\s?$", at.before) else LIKELY
    if cues.THING_AFTER.match(at.after) or at.found.fields[-1].style == "han":
        return NONE
    begins = cues.CLAUSE_BEGINS.search(at.before) is not None
    if at.text[at.found.end - 1] == "号":  # nothing lasts five 号; 1号Vicryl线 is a suture
        if re.match(r"\s?[A-Za-z]", at.after):
            return NONE
        return POSSIBLE if begins else NONE
    if re.search(r"(?:于|定于|拟)\s?$", at.before):
        return LIKELY
    return POSSIBLE if begins and cues.HAPPENS_AFTER.match(at.after) else NONE


_Rule = Callable[[_Place], float]


def _always(score: float) -> _Rule:
    return lambda _: score


_RULES: dict[Form, _Rule] = {
    "iso": _always(0.98),
    "zh_ymd": _always(0.98),
    "triple": _triple,
    "compact": _compact,
    "year_month": _year_month,
    "month_year": _year_month,
    "roc": _roc,
    "month_day": _month_day,
    "day_mon": _day_mon,
    "mon_day": _mon_day,
    "mon_year": _always(0.9),
    "mon": _mon,
    "zh_ym": _zh_ym,
    "zh_md": _zh_md,
    "zh_m": _zh_m,
    "zh_d": _zh_d,
    "en_d": _en_d,
}
