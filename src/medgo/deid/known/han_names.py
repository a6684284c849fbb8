"""Chinese names in all spellings: characters, given name, surname with a title, pinyin in any order. Knows no text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from medgo.deid.classes import IdentifierClass
from medgo.deid.known.spelling import LATIN_END, LATIN_START, Spelling, spaced
from medgo.deid.protection.spelling import HAN
from medgo.errors import InputError

_COMPOUND_SURNAMES = """
    欧阳 司马 上官 诸葛 东方 夏侯 皇甫 尉迟 公孙 慕容 令狐 长孙 宇文 司徒 司空 端木 百里 东郭 南宫
    呼延 西门 独孤 轩辕 澹台 公冶 宗政 濮阳 淳于 单于 太叔 申屠 仲孙 钟离 鲜于 闾丘
    第五 拓跋 赫连 万俟 闻人 公羊 完颜 纳兰 叶赫
"""
_COMPOUND = frozenset(_COMPOUND_SURNAMES.split())
# Surnames that are read otherwise than the character is elsewhere, or spelt in more ways.
_SURNAMES = {
    "单": "shan", "仇": "qiu", "解": "xie", "曾": "zeng tsang", "区": "ou au", "查": "zha cha", "任": "ren yam",
    "朴": "piao park", "盖": "ge gai", "缪": "miao", "乐": "yue le", "折": "she", "覃": "qin tan", "翟": "zhai di",
    "吕": "lv lu lyu lui", "员": "yun", "种": "chong", "冼": "xian sin", "繁": "po", "隗": "wei kui", "黑": "he",
    "尉迟": "yuchi", "万俟": "moqi", "长孙": "zhangsun", "宿": "su", "句": "gou", "谌": "chen shen", "逄": "pang",
    "牟": "mou mu", "褚": "chu", "卜": "bu", "柏": "bai bo", "洗": "xian", "哈": "ha", "那": "na", "訾": "zi",
    "陈": "chen chan tan", "黄": "huang wong ng", "王": "wang wong", "李": "li lee", "张": "zhang chang cheung",
    "刘": "liu lau", "林": "lin lam", "吴": "wu ng", "郑": "zheng cheng", "何": "he ho", "梁": "liang leung",
    "谢": "xie hsieh tse", "许": "xu hsu hui", "蔡": "cai tsai choi", "周": "zhou chou chow", "徐": "xu hsu tsui",
    "杨": "yang yeung", "赵": "zhao chao chiu", "曹": "cao tsao", "江": "jiang chiang kong", "蒋": "jiang chiang",
}  # fmt: skip
_TITLES = (
    "先生|女士|小姐|太太|夫人|同志|同学|老师|师傅|医生|大夫|医师|主任|教授|护士长|护士|某某|某|大爷|大叔|大伯|大妈|大娘|大姐|大哥|阿姨|叔叔|伯伯|爷爷"
    "|奶奶|婆婆|老伯|老太|老师|总|工|姐|哥|叔|姨|氏|老|[xX×*＊○〇]{1,2}"
)
_BEFORE = "老|小|大|阿"
# After a short title: somebody does something.
_SPEAKS = "说诉称讲问答让叫请来去到在是和与及的"
_JOIN = r"[ ,·.\-\n]{0,2}"
# As short as this and in lower case, pinyin is an English word as well: "he an".
_LONG_PINYIN = 8


def spellings(name: str, label: IdentifierClass) -> Iterator[Spelling]:
    """All spellings of a Chinese name of two to four characters, or of a foreign one with dots.

    Args:
        name: Characters of the name, folded, without spaces.
        label: Whose name it is.
    """
    if "·" in name or len(name) > 4:
        parts = [part for part in re.split("[·.]", name) if len(part) > 1]
        yield Spelling(re.compile("|".join([r"[·. •-]?".join(map(spaced, re.split("[·.]", name))), *parts])), label)
        return
    surname = name[:2] if len(name) > 2 and name[:2] in _COMPOUND else name[:1]
    given = name[len(surname) :]
    forms = [spaced(name), f"{surname} ?(?:{_TITLES})", f"(?:{_BEFORE}){surname}(?![\u3400-\u9fff]*[{surname}])"]
    yield Spelling(re.compile("|".join(forms)), label, _is_no_word)
    if len(given) == 2:
        yield Spelling(re.compile(given), label, None if not _is_word(given) else _is_addressed)
    yield from _pinyin(surname, given, label)


def _is_no_word(match: re.Match[str]) -> bool:
    """Not 小白鼠 for the patient 白; not 高总胆红素 or 李工作 for 高总 and 李工; not 老高 in 居高不下."""
    text = match.string
    found, after = match[0], text[match.end() : match.end() + 1]
    if len(found) == 2 and found[1] in "总工氏老":
        return not HAN.match(after) or after in _SPEAKS
    if len(found) == 2 and (found[0] in "老小大阿" or found[1] in "姐哥叔姨"):
        return not _is_word(found) and not (after.isalpha() and _begins_word(found[1] + after))
    return True


def _is_addressed(match: re.Match[str]) -> bool:
    """A given name that is a word too (建国, 健康) counts where something is said of a person."""
    text = match.string
    return (
        re.match(
            "说|诉|的?(?:妻|夫|母|父|儿|女|姐|妹|哥|弟)|先生|女士|同志|同学|，(?:男|女)",
            text[match.end() : match.end() + 4],
        )
        is not None
    )


def _pinyin(surname: str, given: str, label: IdentifierClass) -> Iterator[Spelling]:
    family = _one_of(_surname_readings(surname))
    syllables = [_one_of(_readings(character)) for character in given]
    if not syllables:
        return
    first = r"[ '\-]?".join(syllables)
    initials = r"\.?[ \-]?".join(_one_of(sorted({one[:1] for one in _readings(c)})) for c in given) + r"\.?"
    forms = [
        f"{family}{_JOIN}{first}",
        f"{first}{_JOIN}{family}",
        f"{initials} ?{family}",
        f"{family},? {initials}",
        rf"(?:mrs?|ms|miss|dr|prof)\.? ?{family}",
    ]
    pattern = re.compile(f"{LATIN_START}(?:{'|'.join(forms)}){LATIN_END}", re.I)
    yield Spelling(pattern, label, _is_written_as_name)
    if len(given) == 2:
        yield Spelling(re.compile(f"{LATIN_START}{first}{LATIN_END}", re.I), label, _is_written_as_name)


def _is_written_as_name(match: re.Match[str]) -> bool:
    return len(match[0]) >= _LONG_PINYIN or match[0][0].isupper()


def _one_of(readings: list[str]) -> str:
    return f"(?:{'|'.join(readings)})"


def _surname_readings(surname: str) -> list[str]:
    if surname in _SURNAMES:
        return _SURNAMES[surname].split()
    return ["".join(_readings(character)[0] for character in surname)]


@lru_cache(maxsize=4096)
def _readings(character: str) -> list[str]:
    """Pinyin of a character, the commonest first; ü in all spellings of passports.

    Raises:
        InputError: pypinyin is not installed.
    """
    try:
        from pypinyin import Style, pinyin
    except ImportError as error:
        raise InputError("Chinese names cannot be looked for in pinyin", hint="pip install 'medgo[deid]'") from error
    found = pinyin(character, style=Style.NORMAL, heteronym=True)[0]
    spelt = [
        form for one in found for form in ([one.replace("ü", x) for x in ("v", "u", "yu")] if "ü" in one else [one])
    ]
    if any("v" in one for one in found):
        spelt += [one.replace("v", x) for one in found for x in ("u", "yu")]
    return list(dict.fromkeys(one for one in spelt if one.isascii() and one.isalpha())) or [character]


@lru_cache(maxsize=8192)
def _is_word(characters: str) -> bool:
    """Whether a general dictionary has these characters as something else than a name."""
    at = _dictionary().find(f"\n{characters} ")
    if at < 0:
        return False
    return not _dictionary()[at + 1 : _dictionary().index("\n", at + 1)].split(" ")[2].startswith(("nr", "ns", "nt"))


@lru_cache(maxsize=8192)
def _begins_word(characters: str) -> bool:
    """Whether a word of a general dictionary begins with these characters."""
    return f"\n{characters}" in _dictionary()


@lru_cache(maxsize=1)
def _dictionary() -> str:
    """jieba's dictionary, lines ``word frequency tag``; read as a file."""
    spec = find_spec("jieba")
    if spec is None or spec.origin is None:
        raise InputError("Chinese given names cannot be told from words", hint="pip install 'medgo[deid]'")
    return "\n" + Path(spec.origin).with_name("dict.txt").read_text("utf-8") + "\n"
