"""Whether what an output states stands in the input: numbers with units, sides, the patient's sex and age."""

from __future__ import annotations

import re
from typing import Any

from medgo.schema import Lang
from medgo.tasks.checks.texts import AnyCheck, input_text, say, texts_of, value_of
from medgo.tasks.definition import Finding, TaskModel
from medgo.text import Quantity, quantities

_SIDES = {
    "zh": re.compile(r"(?P<side>左|右)(?P<of>侧)?(?P<what>[\u3400-\u9fff]{0,2})"),
    "en": re.compile(r"\b(?P<side>left|right)(?P<of>-sided)?\b(?:[ -](?P<what>[a-z]+))?", re.IGNORECASE),
}
# "about", "right away", "left the ward", "on the left": not a side of something that stands behind it.
_NO_SIDE = re.compile(r"左右|右旋|左旋|左氧|左甲|左乙|左卡|左炔")
_NO_NOUN = {
    "away",
    "now",
    "after",
    "the",
    "at",
    "to",
    "and",
    "or",
    "than",
    "side",
    "is",
    "was",
    "with",
    "of",
    "in",
    "for",
}

_OF_ONE_SEX = {
    "male": re.compile(
        r"前列腺|睾丸|阴茎|阴囊|附睾|\b(?:prostat|testic|testis|penis|penile|scrot|epididym)\w*", re.IGNORECASE
    ),
    "female": re.compile(
        r"月经|妊娠|怀孕|已孕|子宫|卵巢|宫颈|阴道|绝经|痛经|孕\d+产\d+|\b(?:pregnan|uter(?:us|ine)|ovar|cervical smear|"
        r"vagin|menstru|menopaus|menses|gravida|LMP\b)\w*",
        re.IGNORECASE,
    ),
}
_SOMEBODY_ELSE = re.compile(
    r"(?:母|姐|妹|妻|女儿|奶奶|外婆|姑|姨|父|兄|弟|儿子|丈夫|配偶|家族|不适用|\b(?:mother|sister|wife|daughter|grandmother|aunt|"
    r"father|brother|son|husband|partner|family|not applicable)\b)[^。；.;\n]{0,24}$",
    re.IGNORECASE,
)
_CALLED = {
    "zh": re.compile(
        r"(?:患者|病人|患儿)[，,：:]?\s*(?P<sex>男|女)(?:性)?(?:[，,、。；\s]|$)(?:\s*(?P<age>\d+)\s*(?P<unit>岁|个?月|天))?"
    ),
    "en": re.compile(
        r"\b(?P<age>\d+)[ -](?P<unit>year|month|week|day)s?[ -]old"
        r"(?:\s+(?P<sex>man|woman|male|female|boy|girl|gentleman|lady))?",
        re.IGNORECASE,
    ),
}
_MALE_WORDS = {"男", "man", "male", "boy", "gentleman"}


def numbers_from_input(*without: str) -> AnyCheck:
    """Numbers of the output that the input does not state, or states with another unit.

    Args:
        without: Fields of the output that may hold numbers of their own (codes).
    """

    def check(value: TaskModel, output: TaskModel, lang: Lang) -> list[Finding]:
        known = [quantity for quantity in quantities(input_text(value)) if quantity.kind != "listing"]
        found = []
        for place, text in texts_of(output, *without):
            for quantity in quantities(text):
                if quantity.kind in ("listing", "ordinal") or _is_known(quantity, known):
                    continue
                words = say(
                    lang, "资料中没有这个数字，或单位不同", "the material does not state this number with this unit"
                )
                found.append(Finding("numbers_from_input", place, words, span=quantity.raw))
        return found

    return check


def _is_known(quantity: Quantity, known: list[Quantity]) -> bool:
    """Stated itself, as one end of a range that is, or as part of a date that is."""
    dates = [str(other.value) for other in known if other.kind == "date"]
    if any(_is_part(quantity, date) for date in dates if len(date) == len("20260309")):
        return True
    if any(quantity.same(other) for other in known):
        return True
    ends = [quantity.value] if quantity.high is None else [quantity.value, quantity.high]
    values = {(other.value, other.unit) for other in known} | {
        (other.high, other.unit) for other in known if other.high
    }
    return all((end, quantity.unit) in values for end in ends)


def _is_part(quantity: Quantity, date: str) -> bool:
    """Whether a year, a year with its month, ``3月`` or ``9日`` is part of a date (``20260309``)."""
    if re.fullmatch(r"\d{1,2}[月日]", quantity.raw):
        return f"{int(quantity.value):02}" == (date[4:6] if quantity.raw.endswith("月") else date[6:8])
    digits = str(quantity.value)
    return (quantity.kind == "date" and digits == f"{date[:6]}00") or (digits == date[:4] and quantity.high is None)


def sides_from_input(*without: str) -> AnyCheck:
    """Left and right: turned round, or not in the input at all."""

    def check(value: TaskModel, output: TaskModel, lang: Lang) -> list[Finding]:
        known = _sides(input_text(value), lang)
        found = []
        for place, text in texts_of(output, *without):
            for side, what, span in sorted(_sides(text, lang)):
                sides_of_it = {known_side for known_side, known_what, _ in known if _same(what, known_what)}
                if what and sides_of_it and side not in sides_of_it:
                    words = say(lang, "左右与资料相反", "left and right are turned round")
                elif side not in {known_side for known_side, _, _ in known}:
                    words = say(lang, "资料中没有这一侧", "the material does not mention this side")
                else:
                    continue
                found.append(Finding("sides_from_input", place, words, span=span))
        return found

    return check


def _same(what: str, other: str) -> bool:
    return bool(what) and (what == other or (len(what) == 1 and other.startswith(what)))


def _sides(text: str, lang: Lang) -> set[tuple[str, str, str]]:
    """(side, what has it, the words) of each mention."""
    found = set()
    for match in _SIDES[lang].finditer(text):
        near = text[max(0, match.start() - 1) : match.end()]
        if _NO_SIDE.search(near) or (lang == "en" and (match["what"] or "").lower() in {"away", "now", "the"}):
            continue
        what = (match["what"] or "").lower()
        found.add((match["side"].lower(), "" if what in _NO_NOUN else what, match[0].strip()))
    return found


def patient_fits(sex: str = "sex", age: str = "age") -> AnyCheck:
    """Another sex or age than the input's, and organs or conditions of the other sex.

    Args:
        sex: Field with ``male`` or ``female``.
        age: Field with the age as text.
    """

    def check(value: TaskModel, output: TaskModel, lang: Lang) -> list[Finding]:
        is_sex: str = value_of(value, output, sex)
        is_age = re.search(r"\d+", value_of(value, output, age))
        found = []
        for place, text in texts_of(output):
            found += [
                Finding(
                    "patient_fits", place, say(lang, "与患者性别矛盾", "contradicts the patient's sex"), span=match[0]
                )
                for match in _OF_ONE_SEX["male" if is_sex == "female" else "female"].finditer(text)
                if not _SOMEBODY_ELSE.search(text[: match.start()])
            ]
            for match in _CALLED[lang].finditer(text):
                found += _misnamed(match, is_sex, is_age[0] if is_age else None, place, lang)
        return found

    return check


def _misnamed(match: re.Match[str], sex: str, age: Any, place: str, lang: Lang) -> list[Finding]:
    found = []
    if match["sex"] and (match["sex"].lower() in _MALE_WORDS) != (sex == "male"):
        words = say(lang, "与患者性别矛盾", "contradicts the patient's sex")
        found.append(Finding("patient_fits", place, words, span=match[0]))
    if match["age"] and age and match["age"] != age:
        words = say(lang, "与患者年龄矛盾", "contradicts the patient's age")
        found.append(Finding("patient_fits", place, words, span=match[0]))
    return found
