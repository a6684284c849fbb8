"""Surrogates of Chinese names, in characters and in Latin letters.

A surname becomes another surname and each syllable of a given name another syllable, each by a keyed permutation of
the patient. So nothing has to be remembered: 张伟, 張偉, Zhang Wei, 老张 and Mr Zhang lead to one person, brothers go
on sharing a surname, in whatever order, record or process they come. Characters are those of the original's sex.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product
from typing import Literal

from medgo.deid.replacing.draws import Draws
from medgo.deid.replacing.ordinary import ordinary_words
from medgo.deid.replacing.pinyin import reading_of_surname, single_surnames, surname_readings, syllables_of
from medgo.deid.replacing.pools import pool

_TITLE = (
    "副?主任(?:医师|护师|医生)?|主治(?:医师|医生)?|副?教授|副?院长|护士长?|医[师生]|大夫|药师|技师|老师|先生|女士|小姐|同志|师傅|"
    "大爷|大妈|大娘|大叔|大哥|大姐|阿姨|叔叔|伯伯|爷爷|奶奶|婆婆|老伯|老太太?|太太|夫人|[爷叔姨姐哥嫂婶伯总工老氏]"
)
_PLACEHOLDER = r"某某?某?|[xX×*＊○〇□_]{1,3}"
_FORM = re.compile(rf"^([老小大阿])?(.*?)({_PLACEHOLDER})?((?:{_TITLE})?)$", re.DOTALL)
_DOTS = re.compile("[·•・‧∙．.]")

# The sex that a name shows.
Shown = Literal["man", "woman", "both"]

# Readings of surnames that nine in ten people have.
_COMMON_READINGS = 100
# So many of the most common surnames are hardly given names.
_COMMON = 150
# Ways to write one reading of a name that are tried.
_MOST_SPELLINGS = 256


@dataclass(frozen=True, slots=True)
class ChineseName:
    """A name in characters, in its parts.

    Args:
        surnames: One, or two of a double surname; none where the name is a given name alone.
        given: Given name; empty in 张先生.
        before: 老, 小, 阿 or nothing.
        after: What stands for the given name (某, ××) and the title.
    """

    surnames: tuple[str, ...]
    given: str
    before: str = ""
    after: str = ""

    @property
    def full(self) -> bool:
        """Whether surname and given name are there."""
        return bool(self.surnames and self.given)

    @property
    def key(self) -> tuple[str, ...]:
        """Equal for the same given name in any script."""
        return syllables_of(self.given)


def parse(value: str, givens: frozenset[str] = frozenset()) -> ChineseName:
    """Take a name apart; spaces and hidden characters have been removed.

    Args:
        value: The name, with or without a title.
        givens: Given names that stand elsewhere in the note beside their surnames.
    """
    found = _FORM.match(value)
    before, core, placeholder, title = found.groups("") if found else ("", value, "", "")
    if not core:  # 老总, 小姐: what looks like a form is the name
        before, core = "", value.removesuffix(title) or value
        title = "" if core == value else title
    elif before and (len(core) > 2 or (len(core) == 2 and core[0] not in single_surnames())):
        before, core = "", before + core  # 小 in a given name of two
    after = placeholder + title
    if core in givens and not after and not before:
        return ChineseName((), core)
    surnames, given = _divided(core, alone=bool(before or after))
    return ChineseName(surnames, given, before, after)


def _divided(core: str, *, alone: bool) -> tuple[tuple[str, ...], str]:
    known = single_surnames() + pool("chinese_names")["rare_surnames"]
    if core[:2] in _compound():
        return (core[:2],), core[2:]
    if len(core) == 1:  # a field of its own for the surname, or a given name among relatives
        return ((core,), "") if alone or core in known[:_COMMON] else ((), core)
    if len(core) == 4 and core[0] in known and core[1] in known:
        return (core[0], core[1]), core[2:]
    if core[0] in known or len(core) > 2:
        return (core[0],), core[1:]
    return (), core


@dataclass(frozen=True)
class ChineseNames:
    """Surrogates of one patient's note.

    Args:
        draws: Of the patient.
    """

    draws: Draws

    def written(self, name: ChineseName, attempt: int, family: tuple[str, ...] = (), sex: Shown | None = None) -> str:
        """A name's surrogate in characters, in the same form.

        Args:
            name: The name.
            attempt: Of the given name.
            family: Surnames of whoever bears a given name that stands alone.
            sex: Of whoever bears it; None for what its characters show.
        """
        surnames = "".join(self.surname(one) for one in name.surnames)
        behind = surnames or "".join(self.surname(one) for one in family)
        return name.before + surnames + self.given(name.given, attempt, behind, sex) + name.after

    def surname(self, surname: str) -> str:
        """Another surname of as many characters."""
        reading = reading_of_surname(surname)
        same = surname_readings().get(reading, ())
        new = surname_readings()[self.surname_syllables(reading)]
        rank = same.index(surname) if surname in same else self.draws.number(len(new), "surname", surname)
        return new[rank % len(new)]

    def surname_syllables(self, reading: str) -> str:
        """The reading of another surname, as common or as rare."""
        readings = _readings(reading.count(" ") + 1)
        common, rare = readings[:_COMMON_READINGS], readings[_COMMON_READINGS:]
        group = rare if reading in rare else common
        return group[self._other(reading, group, "surname")]

    def given(self, given: str, attempt: int, surname: str = "", sex: Shown | None = None) -> str:
        """Another given name of as many characters, of the same sex where it is told, or the characters show one.

        Where it is an ordinary word, alone or behind the new surname (云云, 全家), other characters are drawn that are
        read the same, so that the name in Latin letters stays what it is.
        """
        words, shown = ordinary_words(), sex or sex_of(given)
        columns = [
            pool("chinese_names")["given"][self.given_syllable(syllable, attempt)] for syllable in syllables_of(given)
        ]
        drawn = "".join(
            self.draws.pick(column[_SEX_COLUMN[shown]], "character", character)
            for character, column in zip(given, columns, strict=False)
        )
        for new in (drawn, *self._spelt(given, columns, shown)):
            if new not in words and surname + new not in words:
                return new
        return drawn

    def _spelt(self, given: str, columns: Sequence[Sequence[str]], sex: Shown) -> Iterator[str]:
        """Ways to write the syllables of a given name: for one sex, for either, those that show the other last."""
        of_sex, of_both = _SEX_COLUMN[sex], _SEX_COLUMN["both"]
        last: list[str] = []
        for allowed in ((of_sex,), (of_sex, of_both), tuple(_SEX_COLUMN.values())):
            choices = [
                self._mixed("".join(column[at] for at in allowed), character)
                for character, column in zip(given, columns, strict=False)
            ]
            for new in map("".join, islice(product(*choices), _MOST_SPELLINGS)):
                if sex == "both" or sex_of(new) in (sex, "both"):
                    yield new
                else:
                    last.append(new)
        yield from last

    def _mixed(self, characters: str, character: str) -> list[str]:
        several = list(dict.fromkeys(characters))
        first = self.draws.number(len(several), "character", character, 1)
        return several[first:] + several[:first]

    def given_syllable(self, syllable: str, attempt: int) -> str:
        """Another syllable of given names."""
        syllables = _given_syllables()
        return syllables[self._other(syllable, syllables, "given", attempt)]

    def transliterated(self, value: str, sex: Shown = "both") -> str:
        """A name of another people in characters, part by part (玛丽·史密斯, 阿卜杜拉·买买提).

        Args:
            value: The name.
            sex: As it is told; ``both`` for what the characters show.
        """
        parts = _DOTS.split(value)
        marks = pool("chinese_names")["turkic_marks"]
        turkic = 2 * sum(letter in marks for letter in value) >= len(value) - len(parts) + 1
        names = pool("chinese_names")["turkic" if turkic else "western"]
        shown = "woman" if re.search("古丽|[娜丽莎莉娅妮莲琳罕汗芙蒂]", parts[0]) else "man"
        firsts = names["women" if (shown if sex == "both" else sex) == "woman" else "men"]
        new = [self._part(part, firsts if at == 0 else names["last"]) for at, part in enumerate(parts)]
        dots = _DOTS.findall(value)
        return "".join(part + dot for part, dot in zip(new, [*dots, ""], strict=True))

    def _part(self, part: str, names: list[str]) -> str:
        if part.isascii():
            return part  # an initial: A·史密斯
        return names[self._other(part, tuple(names), "transliterated")]

    def _other(self, value: str, values: tuple[str, ...], *what: str | int) -> int:
        if value not in values:
            return self.draws.number(len(values), *what, value)
        return self.draws.cycle(len(values), *what, len(values))[values.index(value)]


def sex_of(given: str) -> Shown:
    """``man`` or ``woman`` where the characters of a given name say it, else ``both``."""
    men, women = _sexed()
    score = sum((letter in men) - (letter in women) for letter in given)
    return "both" if not score else "man" if score > 0 else "woman"


_SEX_COLUMN: dict[Shown, int] = {"man": 0, "woman": 1, "both": 2}


@lru_cache
def _compound() -> frozenset[str]:
    return frozenset(pool("chinese_names")["compound_surnames"])


@lru_cache
def _readings(syllables: int) -> tuple[str, ...]:
    wanted = min(syllables, 2) - 1
    return tuple(reading for reading in surname_readings() if reading.count(" ") == wanted)


@lru_cache
def _given_syllables() -> tuple[str, ...]:
    return tuple(pool("chinese_names")["given"])


@lru_cache
def _sexed() -> tuple[frozenset[str], frozenset[str]]:
    names = pool("chinese_names")
    men, women = set(names["men"]), set(names["women"])
    for of_men, of_women, of_both in names["given"].values():
        men |= set(of_men) - set(of_women + of_both)
        women |= set(of_women) - set(of_men + of_both)
    return frozenset(men - women), frozenset(women - men)
