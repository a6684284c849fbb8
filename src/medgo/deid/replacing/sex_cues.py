"""Words round a name that say whose it is: 其妻, （儿子）, 先生, 性别：女, his wife, Mrs., 45-year-old man. No keys."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Sex = Literal["man", "woman"]

_ZH = {
    "man": (
        "父亲|爸爸|老爸|父|丈夫|老公|前夫|未婚夫|夫|[儿兒]子|[长長次三四幼独獨养養继繼大二小]子|[继繼养養]父|兄弟|兄|哥哥|哥|弟弟|弟|"
        "[爷爺][爷爺]|祖父|外公|姥[爷爺]|岳父|公公|女婿|[孙孫]子|外[孙孫]|侄子|外甥|叔叔|叔|伯父|伯伯|大伯|舅舅|舅父|舅|姑父|姑丈|姨父|姨丈|"
        "男友|男朋友|父子"
    ),
    "woman": (
        "母亲|母親|妈妈|媽媽|老妈|母|妻子|妻|老婆|前妻|未婚妻|太太|夫人|女[儿兒]|[长長次三四幼独獨养養继繼大二小]女|[继繼养養]母|"
        "姐姐|姐|姊姊|妹妹|妹|姐妹|姊妹|奶奶|祖母|外婆|姥姥|岳母|婆婆|[儿兒]媳[妇婦]?|媳[妇婦]|外?[孙孫]女|侄女|外甥女|[婶嬸][婶嬸]|[婶嬸]|"
        "伯母|舅[妈媽母]|姑[姑妈媽母]|姨[妈媽母]|阿姨|嫂子?|弟媳|女友|女朋友|母女"
    ),
}
_EN = {
    "man": (
        "husband|son|father|dad|daddy|brother|uncle|nephew|boyfriend|fianc[eé]|widower|"
        "(?:step|grand|god|foster |half[- ])?(?:son|father|brother)|grandpa|granddad|grandnephew"
    ),
    "woman": (
        "wife|daughter|mother|mom|mum|mommy|sister|aunt|niece|girlfriend|fianc[eé]e|widow|"
        "(?:step|grand|god|foster |half[- ])?(?:daughter|mother|sister)|grandma|grandmom|grandniece"
    ),
}
_LAW = r"(?:[- ]in[- ]law)?"
# 子, 母 and their like are relations where nothing else is joined to them: 其子, 父：, 之女, not 分子, 酵母.
_JOINED = re.compile(r"(?:^|[^㐀-鿿]|[其之的与和由及患者人妇童儿系为是])$")
_NAMED = (
    r"(?:的?(?:姓名|名字))?\s{0,2}(?:[（(]?(?:联系人|聯繫人|代理人|监护人|陪护人?|家属|签名|签字|签署|代签|代诉|名叫|名为|叫做?|即|系|为|是)"
    r"[)）]?)?[\s:：,，、（(“\"]{0,4}"
)


def _any(group: str, table: dict[str, str], behind: str = "") -> str:
    # The longest first, so that 外孙女 is no 外孙.
    words = [f"(?P<{group}{sex}>(?:{words}){behind})" for sex, words in reversed(table.items())]
    return "|".join(words)


_ZH_BEFORE = re.compile(
    rf"(?:{_any('', {'man': _ZH['man'] + '|子', 'woman': _ZH['woman'] + '|女|产妇|孕妇|產婦|孕婦'})}){_NAMED}$"
)
_ZH_TITLE = re.compile(r"^\s?(?:(?P<man>先生|大爷|大叔|大伯|老汉)|(?P<woman>女士|小姐|太太|夫人|阿姨|大妈|大娘|大姐))")
_ZH_SEX = re.compile(
    r"^(?:\s?[（(][^）)\n]{1,24}[）)])?\s{0,3}[（(,，、|/;；]{0,2}\s{0,3}(?:\d{1,3}\s?岁\s?[,，、]?\s?)?(?:性别\s?[:：]?\s?)?"
    r"(?:(?P<man>男)|(?P<woman>女))性?(?=[\s,，。;；、）)/|\d]|孩|童|婴|$)"
)
_ZH_AFTER = re.compile(
    r"^\s{0,3}[（(,，、;；/]?\s{0,2}(?:[与系为是]{0,2}(?:患者|病人|患儿|产妇|其)?(?:的|之)?)"
    rf"(?:关系\s?[:：为是]{{0,2}}\s{{0,2}})?(?:{_any('', _ZH)}|(?<=[之者其])(?:(?P<子>子)|(?P<女>女)))"
    r"(?=\s{0,3}(?:[）)。；;,，、\n\d/|]|$|电话|手机|联系|签))"
)
_ZH_RELATION = re.compile(
    rf"(?:关系|關係)\s{{0,2}}[:：为是]?\s{{0,3}}(?:患者)?(?:的|之)?(?:{_any('', _ZH)})(?![㐀-鿿])"
)

_POSSESSOR = (
    r"(?:(?:the|his|her|their|a|an|is|was|who|patient|pt|only|(?:old|young|eld)e(?:r|st)|late|ex)(?:['’]s)?[\s-])"
)
_EN_MAN, _EN_WOMAN = r"(?P<man>mr|sir|señor)", r"(?P<woman>mrs|ms|miss|mme|madam|señora)"
_EN_TITLE = re.compile(rf"(?:^|\W)(?:{_EN_MAN}|{_EN_WOMAN})\b\.?\s*$", re.IGNORECASE)
_EN_TITLED = re.compile(rf"^(?:{_EN_MAN}|{_EN_WOMAN})\b\.?\s*(?=[A-Z])", re.IGNORECASE)
_EN_BEFORE = re.compile(
    rf"\b(?:{_any('', _EN, _LAW)})(?:\s\(?(?:named?|called|is|was)\b)?[\s,:(–—-]{{1,4}}(?:(?:mr|mrs|ms|dr)\.?\s)?$",
    re.IGNORECASE,
)
# "John, his wife Mary" says nothing of John.
_EN_AFTER = re.compile(
    rf"^[\s,;(–—:-]{{1,4}}{_POSSESSOR}{{0,4}}(?i:{_any('', _EN, _LAW)})\b(?!\s*[:'’]|,?\s[\"“]?[A-Z][a-z])"
)
_EN_RELATION = re.compile(
    rf"\brelation(?:ship)?(?:\sto\s(?:the\s)?(?:patient|pt))?\s*[:=]?\s*(?:{_any('', _EN, _LAW)})\b", re.IGNORECASE
)
_OLD_WORDS = r"\d{1,3}[\s-]?(?:(?:years?|yrs?|y)[\s/-]?(?:olds?|o)?)?"
_EN_PERSON = r"(?P<man>male|man|boy|gentleman)|(?P<woman>female|woman|girl|lady)"
_EN_SEX = re.compile(
    rf"^[\s,;(|-]{{1,4}}(?:(?:is|was|aged?|an?|the|{_OLD_WORDS})\b[\s,-]{{1,2}}){{1,4}}(?:[a-z-]{{3,16}}\s){{0,2}}"
    rf"(?:{_EN_PERSON})\b",
    re.IGNORECASE,
)
_EN_LETTER = re.compile(
    r"^[\s,;(|]{1,4}(?:(?:(?:is |was )?(?:an? |the )?(?:[a-z-]{3,16} ){0,2})?"
    r"\d{1,3}[\s-]?(?:y/?o|yrs?|year[- ]old)?\s?[,/]?\s?)?(?:(?P<m>M|Male)|(?P<f>F|Female))\b(?!\.)"
)
_PRONOUN = re.compile(
    r"\b(?:(?P<man>he|his|him|himself)|(?P<woman>she|her|hers|herself))\b|(?P<她>她(?!们))", re.IGNORECASE
)

# What a note says of its patient.
_FIELD = re.compile(
    r"(?:性别|性別)[\s:：|]{0,4}(?:(?P<man>男)|(?P<woman>女))"
    r"|\b(?:sex|gender)\b(?:\s?assigned at birth)?[\s:=|]{1,4}(?:(?P<m>male|man|m)|(?P<f>female|woman|f))\b"
    r"|(?:患者|病人|病员|患儿|伤者)[,，:：、\s]{0,2}(?:\d{1,3}岁[,，、]?)?(?:(?P<男>男)|(?P<女>女))性?(?=[\s,，。;；、）)\d])"
    r"|(?P<她>产妇|孕妇|產婦|孕婦|孕\d产\d)",
    re.IGNORECASE,
)
_OLD = re.compile(
    rf"\b\d{{1,3}}[\s-]?(?:years?|yrs?|y)[\s/-]?(?:old|o)?\b[\s-](?:[a-z-]{{3,16}}\s){{0,3}}(?:{_EN_PERSON})\b",
    re.IGNORECASE,
)
_MEN, _WOMEN = ("man", "m", "男", "子"), ("woman", "f", "女", "她")


@dataclass(frozen=True, slots=True)
class Cue:
    """What words say of a person's sex.

    Args:
        sex: Which.
        certain: Whether they say it of this person and no other; a pronoun may be anybody's.
        title: Whether it is a title, which stands with a surname.
    """

    sex: Sex
    certain: bool = True
    title: bool = False


def cue_of(value: str, before: str, after: str, *, clinician: bool) -> Cue | None:
    """What is said of a name's bearer; None where nothing is.

    Args:
        value: The name.
        before: Up to 40 characters in front of it, as far as no other name stands there.
        after: Up to 60 behind it, likewise.
        clinician: Who is nobody's relative in a note.
    """
    for pattern, text in ((_ZH_TITLE, after), (_EN_TITLED, value), (_EN_TITLE, before)):
        if found := _sex(pattern.search(text)):
            return Cue(found, title=True)
    if clinician:
        return None
    if (match := _ZH_BEFORE.search(before)) and _stands_alone(match, before):
        return Cue(_sex(match) or "man")
    for pattern, text in (
        (_EN_BEFORE, before),
        (_ZH_AFTER, after),
        (_ZH_SEX, after),
        (_EN_AFTER, after),
        (_EN_SEX, after),
        (_EN_LETTER, after),
        (_ZH_RELATION, after.partition("。")[0]),
        (_EN_RELATION, after),
    ):
        if found := _sex(pattern.search(text)):
            return Cue(found)
    found = _sex(_PRONOUN.search(after))
    return Cue(found, certain=False) if found else None


def sex_of_patient(text: str) -> Cue | None:
    """What a note says of its patient: in a field of its header, or beside an age."""
    if found := _sex(_FIELD.search(text)):
        return Cue(found)
    found = _sex(_OLD.search(text))
    return Cue(found, certain=False) if found else None


def sex_in_field(value: str) -> Sex | None:
    """The sex that a cell or a field of its own holds (男, F, female)."""
    word = value.strip().casefold()
    if word in ("男", "男性", "m", "male", "man"):
        return "man"
    return "woman" if word in ("女", "女性", "f", "female", "woman") else None


def _stands_alone(match: re.Match[str], before: str) -> bool:
    word = match["man"] or match["woman"]
    return len(word) > 1 or _JOINED.search(before[: match.start()]) is not None


def _sex(match: re.Match[str] | None) -> Sex | None:
    if match is None:
        return None
    groups = match.groupdict()
    if any(groups.get(name) for name in _MEN):
        return "man"
    return "woman" if any(groups.get(name) for name in _WOMEN) else None
