"""The people of one note: which names are one person's, and who stands in that person's place."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from medgo.deid.replacing.chinese_names import ChineseName, ChineseNames, sex_of
from medgo.deid.replacing.draws import Draws, first_attempt
from medgo.deid.replacing.latin_names import LatinNames, sex_of_first_name
from medgo.deid.replacing.note_names import NameRun, NoteNames, Person, given_key, person_of
from medgo.deid.replacing.told import Sexes


@dataclass
class People:
    """Names of one note, replaced so that every form of a name leads to one person.

    Surname and given name are each replaced by keyed permutations, which need no memory. Only where a whole surrogate
    has to be drawn again, because it is somebody's name, do the other forms of that name in the note follow.

    Args:
        draws: Of the patient.
        names: Every name of the note, and the characters in front of each.
        refused: Whether a value is somebody's identifier.
        sexes: Of the patient's people.
    """

    draws: Draws
    names: Sequence[tuple[str, str]]
    refused: Callable[[str], bool]
    sexes: Sexes = field(default_factory=Sexes)
    _attempts: dict[Person, int | None] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._chinese = ChineseNames(self.draws)
        self._latin = LatinNames(self.draws, self._chinese)
        self._read = NoteNames(self.names)
        for value, before in dict.fromkeys(self.names):
            for run in self._read.parsed(value, before):
                if run.name and run.name.full and person_of(run.name) not in self._attempts:
                    self._attempts[person_of(run.name)] = self._first(run)
        self._bearers = {given: attempt for (_, given), attempt in reversed(self._attempts.items())}

    def written(self, value: str, before: str) -> str | None:
        """The surrogate of a name, in its form; None where there is none that nobody has."""
        new, at = [], 0
        for run in self._read.parsed(value, before):
            surrogate = self._run(run)
            if surrogate is None:
                return None
            new += [value[at : run.start], surrogate]
            at = run.end
        whole = "".join([*new, value[at:]])
        # A title alone is nobody's name, and must not be left as it is either.
        return whole if new and whole != value else None

    def persons(self, value: str, before: str) -> tuple[Person, ...]:
        """Whom a name means: surname and given name as read, either of them empty."""
        return tuple(person_of(run.name) if run.name else (run.value, ()) for run in self._read.parsed(value, before))

    def _run(self, run: NameRun) -> str | None:
        if run.name is None:
            return self._chinese.transliterated(run.value, self.sexes.of(given_key(run), "both"))
        attempt = self._attempt(run)
        return None if attempt is None else self._written(run, attempt)

    def _attempt(self, run: NameRun) -> int | None:
        surname, given = person_of(run.name) if run.name else ("", ())
        if run.name and run.name.full:
            return self._attempts[surname, given]
        if not given:
            return 0
        # A given name alone is that of the first person who bears it in this note.
        return self._bearers[given] if given in self._bearers else self._first(run)

    def _first(self, run: NameRun) -> int | None:
        return first_attempt(lambda attempt: self._written(run, attempt), run.value, self.refused)

    def _written(self, run: NameRun, attempt: int) -> str:
        key, name = given_key(run), run.name
        if isinstance(name, ChineseName):
            family = self._read.families.get(name.key, ())
            sex = self.sexes.of(key, sex_of(name.given))
            return _spaced(self._chinese.written(name, attempt, family, sex), run.value)
        sex = self.sexes.of(key, sex_of_first_name(key))
        return self._latin.written(name, attempt, sex) if name is not None else run.value


def _spaced(new: str, old: str) -> str:
    """``王 军`` for ``张 伟``, where every character stood alone."""
    return " ".join(new) if re.fullmatch(r"\S(?: \S)+", old) else new
