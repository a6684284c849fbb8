"""What the values of fields are: dates with and without a time of day, ages, and values that say nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from medgo.deid.classes import NAMES, IdentifierClass
from medgo.deid.formats.protocol import Part
from medgo.deid.protocol import KnownIdentifier
from medgo.deid.replacing.protocol import Replaced
from medgo.schema import Lang

# Year with month and perhaps day; what follows it (a time of day, a time zone) is no date.
_DATE = re.compile(
    r"\s*((?:19|20)\d\d(?:-\d\d?(?:-\d\d?)?|/\d\d?(?:/\d\d?)?|\.\d\d?\.\d\d?|年\d\d?月(?:\d\d?日)?|(?:0[1-9]|1[0-2])(?:[0-3]\d)?))"
    r"(?![\d./-])|\s*((?:19|20)\d\d(?:0[1-9]|1[0-2])[0-3]\d)(?=[0-2]\d)|\s*(\d\d?[/-]\d\d?[/-](?:19|20)\d\d)(?!\d)"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
# In a narrative: a number beside a unit is none.
_YEAR_TOLD = re.compile(
    r"(?<!\d)((?:19|20)\d\d)(?=\s?年|[-/.]\d)|(?<=\d[/-])((?:19|20)\d\d)(?!\d)|"
    r"(?<=[a-z.,] )((?:19|20)\d\d)(?![\d.]|\s?(?:m?[lg]|k?cal|mcg|units?|IU|U|steps)\b)"
)
_BORN_BEFORE = re.compile(r"出生|生于|生日|born|birth|DOB|D\.O\.B|\bb\.", re.IGNORECASE)
_BORN_BEHIND = re.compile(r"[\d年月日/.-]{0,8}\s?(?:出生|生人|生\b)")
_YEAR_ALONE = re.compile(r"\s*(?:19|20)\d\d\s*")
# As types of dates are written: FHIR's and that of HL7 v2 and CDA, from the year on.
_TYPED = re.compile(r"(?:19|20)\d\d(?:-\d\d(?:-\d\d)?|\d\d(?:\d\d)?)?")
# Behind a date; anything else there has to be searched with it.
_TIME = re.compile(
    r"[\s\d:.+\-TZ]*|\s*[\d:.]+\s*[ap]\.?m\.?\s*|\s*\d\d?[时時点點](?:\d\d?分)?(?:\d\d?秒)?\s*", re.IGNORECASE
)
_DAY = re.compile(r".*\d\D+\d+\D+\d.*|\d{8}", re.DOTALL)
_OVER_89 = 90
PICTURE = "[photo]"
# Base64, alone or in a ``data:`` URI, with or without line breaks, those of HL7 v2 among them.
_ENCODED = re.compile(
    r"(?:data:[\w/+.-]{1,80};base64,)?\s*[A-Za-z0-9+/]{60}[A-Za-z0-9+/=\s]*(?:\\\.br\\[A-Za-z0-9+/=\s]*)*"
)
_ENCODED_SAMPLE = 120
# Of a record that tells no other date: a later year masks more births than an earlier one.
YEAR_OF_NO_RECORD = 2030
_LATEST_YEAR = 2060
_NOTHING = frozenset({
    "unknown", "none", "null", "nil", "n/a", "na", "test", "self", "same", "anonymous", "unspecified",
    "other", "yes", "no", "true", "false", "patient", "不详", "未知", "无", "暂无", "没有", "本人", "同上",
    "其他", "患者", "病人", "家属", "父亲", "母亲", "配偶", "测试", "保密",
})  # fmt: skip
# Cities, dates and employers are ordinary words often enough that only their own detectors may find them in a text.
_SOUGHT: frozenset[IdentifierClass] = NAMES | {
    "address", "hospital", "phone", "fax", "email", "url", "social_account", "id_card", "ssn", "passport", "licence",
    "bank_account", "insurance_number", "medical_record_number", "vehicle", "device", "other_id",
}  # fmt: skip
_HAN = re.compile("[\u3400-\u9fff]")


def date_part(
    text: str,
    put: Callable[[str], None],
    name: str,
    patient: str | None = None,
    *,
    typed: bool = False,
    to_the_day: bool = False,
) -> Part | None:
    """The date of a value as a part; None where there is none.

    The time of day stays where it is as long as the day does. A year alone is a part without a label: it may stay.

    Args:
        text: The whole value.
        put: Takes the whole new value.
        name: Of the part.
        patient: See :class:`medgo.deid.formats.protocol.Part`.
        typed: Whether nothing but a date may stand there: for anything else, the year of the original does.
        to_the_day: Whether a month or a year is too little for the type; their first day stands for them.
    """
    if _YEAR_ALONE.fullmatch(text):
        return Part(text, lambda new: put(new.text), None, name, patient)
    match = _DATE.match(text)
    if match is None:
        return None
    start, end = match.span(match.lastindex or 0)
    if not _TIME.fullmatch(text, end):
        return None
    typed = typed and _TYPED.fullmatch(text, start, end) is not None

    def put_date(new: Replaced) -> None:
        put(text[:start] + new.text + (text[end:] if _DAY.fullmatch(new.text) else ""))

    def fits(new: str) -> str:
        date = new if _TYPED.fullmatch(new) else text[start : start + 4]
        return date + "-01-01"[len(date) - 4 :] if to_the_day else date

    return Part(text[start:end], put_date, "date", name, patient, fits if typed else None)


def field_part(text: str, put: Callable[[str], None], label: IdentifierClass | None, name: str) -> Part:
    """A value as a part: of its field's class, or to be searched where it says that there is none.

    Args:
        text: The whole value.
        put: Takes the whole new value.
        label: What the field holds; None for text.
        name: Of the part.
    """
    return Part(text, lambda new: put(new.text), None if is_nothing(text) else label, name)


def picture_part(name: str, *, is_there: bool) -> Part:
    """What stands for a picture, a scanned page or another thing that nobody can search, and that has been taken out.

    It is counted where there was one, and is an empty part where an earlier run has left it out, so that the output
    has as many parts.

    Args:
        name: Of the part.
        is_there: Whether there was one.
    """
    return Part(PICTURE if is_there else "", put_nothing, "photo" if is_there else None, name, fits=lambda _: "")


def language_said(text: str) -> Lang | None:
    """The language of a tag (``zh-CN``, ``en``); None where it is neither."""
    said: dict[str, Lang] = {"zh": "zh", "en": "en"}
    return said.get(text.strip()[:2].lower())


def has_han(text: str) -> bool:
    """Whether there is a Chinese character in it."""
    return _HAN.search(text) is not None


def birth_part(text: str, put: Callable[[str], None], mask: Callable[[], None], name: str) -> Part:
    """A birth in a field where nothing but a date may stand. There is always a part, so that the output has as many.

    Args:
        text: The value; empty where it is masked.
        put: Takes the new value.
        mask: Takes the value out.
        name: Of the part.
    """
    date = date_part(text, put, name, typed=True)
    if date is None:
        date = Part(text, lambda new: put(new.text), "date" if text else None, name)

    def put_or_mask(new: Replaced) -> None:
        if new.text:
            date.put(new)
        elif text:
            mask()

    return replace(date, put=put_or_mask, fits=date.fits or str)


def old_births(parts: Iterable[Part], is_birth: Callable[[str], bool]) -> list[Part]:
    """Parts in which the births of people over 89, the year with them, are no dates but ages over 89.

    Where nothing but a date may stand (:attr:`Part.fits`), nothing is left of them.

    Source: 45 CFR 164.514(b)(2)(i)(C). How old somebody was is told by the latest other date of the record; where it
    tells none, or a field states an age over 89, by a year that masks too many rather than too few.

    Args:
        parts: Of one record.
        is_birth: Whether a part of that name is a birth.
    """
    found = list(parts)
    if not any(is_birth(one.name) and one.text for one in found):
        return found
    stated = any(one.label == "age_over_89" for one in found)
    latest = YEAR_OF_NO_RECORD if stated else latest_year(one for one in found if not is_birth(one.name))
    return [
        _old(one) if is_birth(one.name) and (year := _birth_year(one)) and latest - year >= _OVER_89 else one
        for one in found
    ]


def latest_year(parts: Iterable[Part]) -> int:
    """The latest year that dates in fields and in narratives tell; :data:`YEAR_OF_NO_RECORD` where none does."""
    years = [0]
    for one in parts:
        if one.label == "date":
            match = _YEAR.search(one.text)
            years.append(int(match[0]) if match else 0)
        elif one.label is None:
            years += _years_told(one.text)
    return max((year for year in years if year <= _LATEST_YEAR), default=0) or YEAR_OF_NO_RECORD


def _years_told(text: str) -> list[int]:
    """Years of a narrative but for those of births."""
    return [
        int(match[match.lastindex or 0])
        for match in _YEAR_TOLD.finditer(text)
        if not _BORN_BEFORE.search(text, max(0, match.start() - 20), match.start())
        and not _BORN_BEHIND.match(text, match.end())
    ]


def _birth_year(part: Part) -> int:
    """Of the date, or of anything else that stands there; 0 where it tells none."""
    match = _YEAR.search(part.text) if part.label in ("date", None) else None
    return int(match[0]) if match else 0


def is_encoded(text: str) -> bool:
    """Whether a text is a picture or a document in base64, which nobody can search."""
    sample = text[:_ENCODED_SAMPLE]
    return (
        len(text) >= _ENCODED_SAMPLE
        and not sample.isupper()
        and not sample.islower()
        and any(map(str.isdigit, sample))
        and _ENCODED.fullmatch(text) is not None
    )


def put_nothing(_new: Replaced) -> None:
    """The text is gone with what it was a part of."""


def _old(birth: Part) -> Part:
    if birth.fits is None:
        return replace(birth, label="age_over_89")
    return replace(birth, label="age_over_89", put=lambda _: birth.put(Replaced("", ())), fits=lambda _: "")


def is_nothing(value: str) -> bool:
    """Whether a value says that there is none, or is too short to be looked for anywhere."""
    bare = value.strip().casefold()
    return not any(letter.isalnum() for letter in bare) or bare in _NOTHING


def known_of(parts: Iterable[Part]) -> tuple[KnownIdentifier, ...]:
    """What labelled parts say of a record's people, each once, in order."""
    found = {(part.label, part.text.strip()): None for part in parts if part.label in _SOUGHT and _is_sought(part)}
    return tuple(KnownIdentifier(label, value) for label, value in found if label is not None)


def _is_sought(part: Part) -> bool:
    value = part.text.strip()
    if is_nothing(value):
        return False
    if has_han(value):
        return len(value) >= 2
    # Senders call themselves by abbreviations (LAB, ADT1) that mean other things in a text.
    return len(value) >= (3 if part.label in NAMES else 6 if part.label == "hospital" else 4)
