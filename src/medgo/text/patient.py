"""Sex and age of the patient as a text states them. Knows no medicine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from medgo.text.folding import fold, latin_words
from medgo.text.quantities import Quantity, quantities

Sex = Literal["male", "female"]


@dataclass(frozen=True, slots=True)
class SexMention:
    """A word that says a person's sex.

    Args:
        start: First character.
        end: After the last one.
        sex: Which.
        pronoun: Whether it is a pronoun, which may stand for somebody else than the patient.
    """

    start: int
    end: int
    sex: Sex
    pronoun: bool = False


# Words that hold 男 or 女 and say nothing on the patient come first and are passed over.
_CHINESE = re.compile(
    r"(?P<none>男女|(?<!患)女儿|子女|(?<!患)儿女|妇女|孙女|侄女|甥女|男友|女友|男朋友|女朋友|男方|女方|处女|男科|女科|美女|育龄女性|其他|他人|他科|他院|他汀|吉他|排他|他莫|他克莫司|他达|氟他|司他|他唑)"
    r"|(?P<male>男性|男孩|男童|男婴|男士|男|先生)|(?P<female>女性|女孩|女童|女婴|女士|女|小姐|产妇|孕妇)|(?P<he>他(?!们))|(?P<she>她(?!们))"
)
_FAMILY_TITLE = re.compile(
    r"(?:王|李|张|刘|陈|杨|赵|黄|周|吴|徐|孙|马|朱|胡|林|郭|何|高|罗)(?:某)?(?:(?P<male>大爷|叔叔|伯伯)|(?P<female>阿姨|大妈|奶奶))"
)
_ENGLISH = re.compile(
    r"\b(?:(?P<male>male|man|boy|gentleman|mr\.?|schoolboy)|(?P<female>female|woman|girl|lady|mrs\.?|ms\.?|schoolgirl)"
    r"|(?P<he>he|his|him|himself)|(?P<she>she|her|hers|herself))(?![a-z])"
    r"|(?<=\d)(?: ?y/?o)? ?(?:(?P<m>m)|(?P<f>f))(?![a-z\d/²^°])"
)
_WORDS = frozenset(
    [
        "male",
        "man",
        "boy",
        "gentleman",
        "mr",
        "schoolboy",
        "female",
        "woman",
        "girl",
        "lady",
        "mrs",
        "ms",
        "schoolgirl",
        "he",
        "his",
        "him",
        "himself",
        "she",
        "her",
        "hers",
        "herself",
        "m",
        "f",
        "yom",
        "yof",
        "yo",
    ]
)
_TITLES = frozenset({"mr", "mrs", "ms"})
_HAN_SEX = re.compile(r"[男女他她]|先生|小姐|产妇|孕妇|大爷|叔叔|伯伯|阿姨|大妈|奶奶")


def sexes(text: str) -> list[SexMention]:
    """Words that say a person's sex, in order; plural and general words (men, women, 妇女) are left out."""
    folded = fold(text)
    found = []
    if _HAN_SEX.search(folded.text):
        for match in _CHINESE.finditer(folded.text):
            if match["none"] is None:
                found.append(_mention(match, folded.start(match.start()), folded.end(match.end())))
        for match in _FAMILY_TITLE.finditer(folded.text):
            sex: Sex = "male" if match["male"] else "female"
            found.append(SexMention(folded.start(match.start()), folded.end(match.end()), sex))
    if not latin_words(folded.text) & _WORDS:
        return found
    for match in _ENGLISH.finditer(folded.text):
        start, end = folded.start(match.start()), folded.end(match.end())
        # "MS", "MR", "MRS" are multiple sclerosis, mitral regurgitation, magnetic resonance: no titles, unless all of
        # the text is in capitals; and a title without a full stop is followed by a name.
        capitals = match[0].rstrip(".") in _TITLES and text[start:end].isupper() and not text.isupper()
        title = capitals or (match[0] in ("ms", "mr") and not re.match(r" [A-Z][A-Za-z]", text[end:]))
        years = match["m"] or match["f"]
        if title or (years and not _after_age(folded.text, match)):
            continue
        found.append(_mention(match, start, end))
    return sorted(found, key=lambda mention: mention.start)


def ages(text: str) -> list[Quantity]:
    """Every age of a text: ``45岁``, ``3月龄``, ``45-year-old``, ``aged 45``, ``6 months old``."""
    return [quantity for quantity in quantities(text) if quantity.kind == "age"]


def _mention(match: re.Match[str], start: int, end: int) -> SexMention:
    groups = match.groupdict()
    male = any(groups.get(name) for name in ("male", "he", "m"))
    return SexMention(start, end, "male" if male else "female", bool(groups.get("he") or groups.get("she")))


def _after_age(text: str, match: re.Match[str]) -> bool:
    """``45M`` and ``45 y/o F`` are ages with a sex, ``0.5 m`` and ``104 F`` are not."""
    number = re.search(r"(?<![\d./])(\d{1,3})$", text[max(0, match.start() - 4) : match.start()])
    plain = match[0] in ("m", "f")
    return (
        number is not None
        and int(number[1]) <= 120
        and (plain or "y" in match[0])
        and (not plain or int(number[1]) < 96)
    )
