"""The names of one note, taken apart together: each tells how the others are to be read. No keys, no draws."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from medgo.deid.replacing.chinese_names import ChineseName, parse
from medgo.deid.replacing.latin_parsing import KnownNames, LatinName, parse_latin
from medgo.deid.replacing.pinyin import reading_of_surname
from medgo.deid.replacing.pools import pool

_HAN = r"[㐀-鿿]"
_RUN = re.compile(
    rf"(?P<han>{_HAN}(?:[\s·•・‧∙]*{_HAN}|[·•・‧∙．.][A-Za-z])*(?:[xX×*＊○〇□]{{1,3}}(?![A-Za-z]))?)|"
    r"(?P<latin>[^\W\d_㐀-鿿](?:[^\W\d_㐀-鿿]|[\s.,'’&^-](?=[^\d_]))*[^\W\d_㐀-鿿]?\.?(?:['’](?=\W|$))?)"
)
_FOREIGN = re.compile("[·•・‧∙]|(?<=[㐀-鿿])[．.](?=[㐀-鿿A-Za-z])")
_FIRST_PART = re.compile(r"[^·•・‧∙．.\s]+")
# A surname's reading and the given name's syllables or words, either of them empty.
Person = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class NameRun:
    """A stretch of one script in a name, taken apart.

    Args:
        start: First character in the name.
        end: After the last one.
        value: The characters.
        name: Its parts; None for a name of another people in Chinese characters.
    """

    start: int
    end: int
    value: str
    name: ChineseName | LatinName | None


@dataclass
class NoteNames:
    """All names of one note.

    Args:
        names: Every name, and the characters in front of each.
    """

    names: Sequence[tuple[str, str]]
    fulls: list[NameRun] = field(default_factory=list, init=False)
    families: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict, init=False)
    _runs: dict[tuple[str, str], list[NameRun]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        """Find the full names, by which the others are read; ``families`` are surnames by given name."""
        runs = [
            run
            for value, before in dict.fromkeys(self.names)
            for run in _runs_of(value, before, frozenset(), KnownNames())
        ]
        self.fulls = [run for run in runs if run.name and run.name.full]
        full = [run.name for run in self.fulls if run.name]
        latin = [name for name in full if isinstance(name, LatinName)]
        self.families = {name.key: name.surnames for name in reversed(full) if isinstance(name, ChineseName)}
        self._givens = frozenset(name.given for name in full if isinstance(name, ChineseName))
        self._known = KnownNames(
            frozenset(word for name in latin for word in name.words("given")),
            frozenset(word for name in latin for word in name.words("surname")),
            frozenset((surname + "".join(given)).replace(" ", "") for surname, given in map(person_of, full)),
        )

    def parsed(self, value: str, before: str) -> list[NameRun]:
        """A name of the note in its parts.

        Args:
            value: The name.
            before: Characters in front of it.
        """
        if (value, before) not in self._runs:
            self._runs[value, before] = _runs_of(value, before, self._givens, self._known)
        return self._runs[value, before]


def person_of(name: ChineseName | LatinName) -> Person:
    """Whom a name means: equal for one person's name in both scripts."""
    if isinstance(name, ChineseName):
        return " ".join(map(reading_of_surname, name.surnames)), name.key
    surnames = [one for one in name.tokens if one.part == "surname"]
    syllables = [" ".join(one.syllables) for one in surnames if one.syllables]
    given = name.given_syllables or name.words("given")[:1]
    return " ".join(syllables or name.words("surname")), given


def given_key(run: NameRun) -> str:
    """What all spellings of a given name share (张若伟, Ruowei Zhang; Robert, Bob); empty where there is none."""
    if run.name is None:
        first = _FIRST_PART.search(run.value)
        return first[0] if first else ""
    if isinstance(run.name, ChineseName):
        return " ".join(run.name.key)
    if run.name.given_syllables:
        return " ".join(run.name.given_syllables)
    word = next(iter(run.name.words("given")), "")
    nickname_of: dict[str, str] = pool("english_names")["nicknames"]
    return nickname_of.get(word, word)


def _runs_of(value: str, before: str, givens: frozenset[str], known: KnownNames) -> list[NameRun]:
    runs = []
    for found in _RUN.finditer(value):
        name: ChineseName | LatinName | None
        if found["han"] is None:
            front = (before + value[: found.start()])[-12:]
            name = parse_latin(found[0], front, known)
        elif _FOREIGN.search(found[0]):
            name = None
        else:
            name = parse("".join(found[0].split()), givens)
        runs.append(NameRun(found.start(), found.end(), found[0], name))
    return runs
