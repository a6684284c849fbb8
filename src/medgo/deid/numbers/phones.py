"""Telephone numbers: Chinese mobiles and land lines, North American, British and international forms, extensions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from medgo.deid.numbers.hits import Hit, Reading

_EXTENSION = r"(?:[ ]{0,2}(?:ext(?![a-z])\.?|extension|x|转|分机号?|#)[ :]{0,2}\d{1,6}(?!\d))?+"
# Each form has digits enough, or a sign (+, leading 0, brackets), that no measurement looks like it.
_PHONE = re.compile(
    # "1." may number a list; two digits and a point are a measurement.
    r"(?<!\d)(?<!\d[-/])(?<!\d\d\.)(?:"
    # China: mobiles in every usual grouping, 400 and 800, land lines.
    r"(?:\(?(?:\+|00)?86\)?[- ]{0,2})?1[3-9](?:\d{9}"
    r"|\d[-. \n]\d{4}[-. \n]\d{4}|\d\d([-. ])\d{3}\1\d{4}|\d([-. ])\d{3}\2\d{5}"
    r"|\d[-. ]\d{8}|\d{5}[-. ]\d{4}|\d{3}[-. ]\d{6}|\d{4}[-. ]\d{5})"
    r"|[48]00[- ]?(?:\d{3}[- ]?\d{4}|\d{4}[- ]?\d{3})"
    r"|(?:(?:\+|00)86[- ]{0,2})?\(?0(?:10|2\d|[3-9]\d\d)\)?[- ]{0,3}[2-9](?:\d{6,7}|\d{2,3}[- ]\d{4})(?:-\d{1,6})?"
    # International, with + or 00.
    r"|(?:\+|(?<![\d.,])00)(?:[17]|[2-9]\d{1,2}+)(?:[-. ]{0,2}\(0?\d{0,5}\))?(?:[-. /]{0,2}\d{1,12}+){1,6}+"
    # With a trunk 0: 0475 4429797, (02) 9374 4000, 02 9374 4000, 06 12 34 56 78.
    r"|(?<!\d\.)(?:\(0\d{1,4}\)|0\d{2,4})(?:[-. /]{1,2}\d{2,8}+){1,5}+|\(0\d{1,4}\)\d{6,8}"
    r"|0[1-9](?: \d{4} \d{4}|-\d{7,8}|([-. ])\d\d(?:\3\d\d){3})"
    # North America.
    r"|(?:1[-. ])?(?:\(\d{3}\) ?-?|\d{3}[-./ ])\d{3}[-. ]\d{4}"
    # Area code in brackets, three groups, pairs.
    r"|\(\d{2,5}\)[- ]{0,2}\d{3,5}[- .]\d{3,5}|\(\d{2,5}\)[- ]{0,2}\d{6,8}"
    r"|\d{2,3}-\d{4}-\d{4}|(?<!\d\.)\d{2}(?:[-.]\d\d){4}"
    r")(?!\d)" + _EXTENSION
)
_ROUND = re.compile(r"\d{1,3}0(?: \d{1,3}0)+")
_FAX = re.compile(r"(?:fax|facsimile|传真)[^\d\n]{0,16}$")
_GROUP = re.compile(r"([+(]{0,2})(\d+)\)?")
_JOINT = re.compile(r"[-. /]{1,2}(?=[\d(])|(?<=\))(?=\d)|(?=\()")
# Behind a whole number, two digits more belong to it where the line or the clause ends; else they are an age.
_LAST_PAIR = re.compile(r"[-./]\d|[ ]\d\d(?=\s*$|\s*\n|[,;.)]| (?:ext|x)|(?: \d\d)+(?:\n|$|[,;.)]))")
_EXTENDED = re.compile(_EXTENSION)
_DATE = re.compile(
    r"(?:19|20)\d\d[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])(?!\d)"
    r"|\d{1,2}([-/.])\d{1,2}\1(?:19|20)\d\d(?!\d)"
)
# Signature blocks put the label behind: `28-64-66-98 office`, `9472 7916 (cell)`.
_NAME_BEHIND = re.compile(r"[ -](?<=\d.)[ -]?\(?(?:office|cell|mobile|fax|direct|pager|voicemail|\([how]\))(?![a-z])")
_NAMED = re.compile(r"(?<![\d./-])(?<!\d )[+(]?\d{1,4}\)?(?:[- ]\d{2,6}){1,4}+\Z")
_NAMED_WINDOW = 36
# A line ends within the number: where it is hyphenated, or behind an area code in brackets.
_LINE_END = r"[ ]?\n[ \t>|*]{0,6}"
_BROKEN_PLACE = re.compile(r"\n(?<=[-)\d ]\n)[ \t>|*]{0,6}-?\d{3}")
_BROKEN = re.compile(
    r"(?<![\d.,/$-])(?:\+?1[-. ]{1,2})?(?:"
    rf"\([2-9]\d\d\)(?:[-. ]{{0,2}}{_LINE_END}\d{{3}}[-. ]\d{{4}}|[-. ]{{0,2}}\d{{3}}[-. ]?{_LINE_END}-?\d{{4}})"
    rf"|[2-9]\d\d([-.])[2-9]\d\d(?:\1{_LINE_END}|{_LINE_END}\1)\d{{4}}"
    rf"|[2-9]\d\d(?:-{_LINE_END}|{_LINE_END}-)[2-9]\d\d[-. ]\d{{4}}"
    r")(?!\d|[,:/%-]\d|\.\d)"
)
_BROKEN_WINDOW = 24
# Behind a label it may break anywhere, if what stands on both lines is as long as whole numbers are.
_JOINT_OVER_LINES = re.compile(rf"[-. /]?{_LINE_END}(?=[\d(])")
_NO_NUMBER = re.compile(r"\d{1,4}(?:[./:]\d|-\d{1,2}-|[.)] |\s?(?:%|[a-z]{1,3}\b|years?|days?|weeks?|hours?|months?))")
_WHOLE = frozenset({10, 11})
_LOCAL = 7
_MASKED = re.compile(r"1[3-9]\d[*xX]{4}\d{4}(?!\d)")


def phones(reading: Reading, start: int, end: int) -> Iterator[Hit]:
    """Telephone numbers of unmistakable form in a stretch of a text."""
    for match in _PHONE.finditer(reading.text, start, end):
        digits = sum(map(str.isdigit, match[0]))
        # "+1 120 80 98" is a finding and three measurements; so are round numbers between blanks.
        least = 11 if match[0].startswith("+1") else 8
        if least <= digits <= 21 and not _DATE.match(match[0]) and not _ROUND.fullmatch(match[0]):
            yield _hit(reading, match.start(), match.end())


def broken_phones(reading: Reading) -> Iterator[Hit]:
    """Telephone numbers that go on in the next line."""
    for place in _BROKEN_PLACE.finditer(reading.text):
        match = _BROKEN.search(reading.text, max(0, place.start() - _BROKEN_WINDOW), place.end() + _BROKEN_WINDOW)
        if match and match.start() < place.start() < match.end():
            yield _hit(reading, match.start(), match.end())


def signed_phones(reading: Reading) -> Iterator[Hit]:
    """Telephone numbers with their label behind."""
    for name in _NAME_BEHIND.finditer(reading.lowered):
        match = _NAMED.search(reading.lowered, max(0, name.start() - _NAMED_WINDOW), name.start())
        if match and 6 <= sum(map(str.isdigit, match[0])) <= 15:
            yield Hit(match.start(), match.end(), "phone", 0.85)


def _hit(reading: Reading, start: int, end: int) -> Hit:
    """A telephone or, by the word in front, a fax number."""
    fax = _FAX.search(reading.before(start, 24)) is not None
    return Hit(start, end, "fax" if fax else "phone", 0.93)


def phone_behind(text: str, start: int, least: int) -> int | None:
    """Where a number in groups that begins at ``start`` ends; None where there is none.

    Args:
        text: The text.
        start: Behind a label such as 电话 or "Tel".
        least: Least number of digits.
    """
    if _DATE.match(text, start):
        return None
    known = _PHONE.match(text, start) or _BROKEN.match(text, start) or _MASKED.match(text, start)
    if known:
        return _over_lines(text, known.end(), sum(map(str.isdigit, known[0]))) or known.end()
    digits, end = _groups(text, start)
    over = _over_lines(text, end, digits) if digits else None
    if over is not None:
        return over
    if digits < least:
        return None
    # 7.35-7.45 is measured.
    if digits < 8 and "." in text[start:end]:
        return None
    if digits < 7 and re.match(r"\s?(?:mg|ml|min|days?|weeks?|hours?|次|天|分钟|小时|%)", text[end : end + 8]):
        return None
    extended = _EXTENDED.match(text, end)
    return extended.end() if extended else end


def _over_lines(text: str, end: int, digits: int) -> int | None:
    """Where a number ends that breaks off here, after so many digits, and goes on in the next line; else None."""
    joint = _JOINT_OVER_LINES.match(text, end)
    if joint is None or digits >= min(_WHOLE) or _DATE.match(text, joint.end()) or _NO_NUMBER.match(text, joint.end()):
        return None
    further, last = _groups(text, joint.end())
    hyphenated = text[end] == "-" and digits + further == _LOCAL
    return last if further and (digits + further in _WHOLE or hyphenated) else None


def _groups(text: str, start: int) -> tuple[int, int]:
    """How many digits stand from here on, in groups as telephone numbers have them, and where they end."""
    digits, position, end = 0, start, start
    while (group := _GROUP.match(text, position)) is not None:
        size = len(group[2])
        if digits + size > 15 or (digits >= 7 and size < 3 and not _LAST_PAIR.match(text, position - 1)):
            break
        digits += size
        end = group.end()
        joint = _JOINT.match(text, end)
        if joint is None:
            break
        position = joint.end()
    return digits, end
