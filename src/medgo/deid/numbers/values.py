"""How the values behind labels are written: codes, telephones, user names, beds, postal codes."""

from __future__ import annotations

import re

from medgo.deid.numbers.checks import is_date
from medgo.deid.numbers.labels import Meaning
from medgo.deid.numbers.phones import phone_behind

# Letters and digits; a full stop or slash only between digits, a hyphen not in front of a word: `123-male`.
_CODE = re.compile(
    r"[A-Z]{1,5}[ ](?=\d{3})[0-9A-Za-z]++(?:[-_/][0-9A-Za-z]++)*+"
    r"|[*A-Za-z0-9](?:[A-Za-z0-9*]|[-_](?=[0-9*A-Z]|[a-z]\d)|(?<=\d)[./](?=\d\d)|[-_/](?=\d))*+"
)
# `123 456 789` and `00 77 34 56` behind a label are one number; `12 May` and `45 years` are none of it.
_GROUP_END = (
    r"(?![0-9A-Za-z/%]|[.,:-]\d| ?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|y/?o|ye?a?rs?|m|f|male|female|"
    r"mg|ml|cm|mm|kg|days?|weeks?|months?|hours?)\b)"
)
_GROUPS = re.compile(
    r"(?: [0-9]{3,4}(?![0-9A-Za-z/%]|[.,]\d)){1,5}+(?! [0-9]{2,4} [0-9])"
    rf"|(?i:(?: [0-9]{{2,4}}{_GROUP_END}){{2,5}}+)"
)
_MBI = re.compile(r"[1-9][A-Z][A-Z0-9]\d[- ]?[A-Z][A-Z0-9]\d[- ]?[A-Z]{2}\d\d(?![A-Z0-9])")
_SOCIAL = re.compile(r"\d{3} \d{2} \d{4}(?!\d)")
_UDI = re.compile(r"(?:\(\d{2,4}\)[A-Za-z0-9\-./]{1,30}){1,6}+")
_HANDLE = re.compile(r"@?[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?=[A-Za-z0-9])){2,39}+")
_PLACE = re.compile(
    r"\d{1,2}[A-Z]{1,2}-?\d{2,4}(?![A-Za-z\d])|[+加]?[A-Za-z]?-?\d{1,4}(?:-?[A-Za-z](?![a-z])|-\d{1,3})?"
    r"(?![\d%]|[.:/]\d|\s?(?:min|hour|hr|day|degree|°|度|分|x(?![a-z])|ml|mg|times|张|位|周|天))"
)
_ZIP = re.compile(
    r"\d{3,6}(?:[- ]\d{2,4})?(?!\d)|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}(?![A-Z])|[A-Z]\d[A-Z] ?\d[A-Z]\d(?!\d)"
)
_DATE = re.compile(r"(?:19|20)\d\d([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2(?:\d\d){1,2}")
_YEAR = re.compile(r"(?:19|20)\d\d")
_UNIT = re.compile(
    r"[ ]?(?:mg|g|kg|ug|μg|ml|l|mm|cm|iu|u|mmhg|kcal|hz|bpm|copies|cells|patients|years?|days?|weeks?|hours?|people"
    r"|steps)(?![A-Za-z0-9])|[ ]?[%×℃°~]"
)
_COUNTER = re.compile("[ ]?(?:元|万|例|次|人|份|个|名|岁|天|年|周|月|小时|拷贝|美元)")


def value_end(text: str, start: int, meaning: Meaning, marked: bool) -> int | None:
    """Where the value that begins at a position ends; None where none begins.

    Args:
        text: The text.
        start: Behind a label and what joins it to its value.
        meaning: The label's.
        marked: Whether a colon, a number sign or a word such as "is" stands between them.
    """
    if meaning.value == "phone":
        return phone_behind(text, start, meaning.digits)
    if meaning.value == "place":
        place = _PLACE.match(text, start)
        return place.end() if place and sum(map(str.isdigit, place[0])) >= meaning.digits else None
    if meaning.value == "zip":
        code = _ZIP.match(text, start)
        return code.end() if code else None
    if meaning.value == "handle":
        handle = _HANDLE.match(text, start)
        # "Her handle. Definitely …": a name of letters alone needs more than a full stop in front.
        named = re.search(r"[:=@是为][\s'\"]*$", text[max(0, start - 4) : start])
        return handle.end() if handle and (named or re.search(r"[\d_]", handle[0])) else None
    return _code_end(text, start, meaning, marked)


def _code_end(text: str, start: int, meaning: Meaning, marked: bool) -> int | None:
    for whole in (_MBI, _UDI, _SOCIAL):
        special = whole.match(text, start)
        if special:
            return special.end()
    code = _CODE.match(text, start)
    if code is None:
        return None
    end, value = code.end(), code[0]
    if value.isdigit() and len(value) <= 4:
        groups = _GROUPS.match(text, end)
        if groups:
            end, value = groups.end(), text[start : groups.end()]
    digits = sum(map(str.isdigit, value))
    # 编码2400个氨基酸: the most general labels are verbs and nouns of everyday language.
    least = meaning.digits + (meaning.class_ == "other_id" and not marked and value.isdigit())
    if digits < least or ("*" in value and digits < 2):
        return None
    # Behind labels such as 患者 or "case" stand dates too; a record number may look like one.
    dated = meaning.digits > 2 and len(value) == 8 and value.isdigit() and is_date(value)
    if _DATE.fullmatch(value) or (not marked and (dated or _YEAR.fullmatch(value))) or _UNIT.match(text, end):
        return None
    # 住院号0012345次日: behind a long number of a record a counting word begins another word.
    if (digits < 5 or meaning.class_ == "other_id") and _COUNTER.match(text, end):
        return None
    return end
