"""What a note says of its people and places, as facts that other notes of the patient are then read by.

A fact is a few words (``sex, ruo wei, woman``). A first pass over a corpus keeps keyed hashes of all of them, so that a
surrogate is the same in the note that says it and in those that do not; without such a pass a note is read by its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from medgo.deid.classes import NAMES
from medgo.deid.protocol import Finding
from medgo.deid.replacing.chinese_names import Shown
from medgo.deid.replacing.chinese_regions import homes_told
from medgo.deid.replacing.note_names import NoteNames, given_key, person_of
from medgo.deid.replacing.sex_cues import Cue, Sex, cue_of, sex_of_patient
from medgo.deid.view import view_of

Fact = tuple[str, ...]
# Whether a fact was told of a patient.
Told = Callable[[Fact], bool]
_BEFORE, _AFTER = 40, 60
# What parsing needs of the characters in front of a name.
_IN_FRONT = 12
_PLACES = frozenset({"address", "location", "hospital", "organisation"})
_SEX = "sex"
_SEXES: tuple[Sex, Sex] = ("man", "woman")
_CERTAIN: dict[Sex, str] = {"man": "man", "woman": "woman"}
_LIKELY: dict[Sex, str] = {"man": "he", "woman": "she"}
_PATIENT = re.compile(
    r"(?<![人属父母妻夫子女友系])(?:姓\s{0,4}名|患\s{0,2}者|病人|病员|患儿|产妇|孕妇)(?:姓名)?[\s:：|（(,，]{0,4}$"
    r"|\b(?:patient|pt|name)(?:['’]s)?(?:\sname)?[\s:,|]{1,4}(?:(?:mr|mrs|ms|miss)\.?\s)?$",
    re.IGNORECASE,
)


def nothing(_: Fact) -> bool:
    """Nothing was told."""
    return False


@dataclass(frozen=True)
class Sexes:
    """Sexes of a patient's people, by their given names.

    Args:
        told: Whether a fact was told of the patient.
    """

    told: Told = nothing

    def of(self, given: str, shown: Shown) -> Shown:
        """Whose a given name is.

        Args:
            given: Its key: see :func:`medgo.deid.replacing.note_names.given_key`.
            shown: What the name itself shows.

        Returns:
            What titles, relations and fields say; else what the name shows; else what pronouns say.
        """
        certain = self._one(given, _CERTAIN)
        if certain == "both":
            certain = shown
        return certain if certain != "both" else self._one(given, _LIKELY)

    def _one(self, given: str, words: dict[Sex, str]) -> Shown:
        man, woman = (bool(given) and self.told((_SEX, given, words[sex])) for sex in _SEXES)
        return "both" if man == woman else "man" if man else "woman"


def told_by(text: str, findings: Sequence[Finding], patient_sex: Sex | None = None) -> frozenset[Fact]:
    """What a text tells of its people and places.

    Args:
        text: The original.
        findings: In it, in order.
        patient_sex: The patient's, where a field beside the text says it.
    """
    names = [one for one in findings if one.label in NAMES]
    facts = set(_sexes(text, names, patient_sex)) if names else set()
    for one in findings:
        if one.label in _PLACES:
            facts.update(homes_told(view_of(text[one.start : one.end]).text))
    return frozenset(facts)


def name_of(text: str, finding: Finding) -> tuple[str, str]:
    """A name as it is read, and the characters in front of it."""
    return view_of(text[finding.start : finding.end]).text, text[max(0, finding.start - _IN_FRONT) : finding.start]


def _sexes(text: str, names: Sequence[Finding], patient_sex: Sex | None) -> Iterator[Fact]:
    read = NoteNames([name_of(text, one) for one in names])
    patients: dict[str, None] = {}
    all_patients: dict[str, None] = {}
    edges = [0, *(one.end for one in names)], [*(one.start for one in names[1:]), len(text)]
    for one, before_edge, after_edge in zip(names, *edges, strict=False):
        value, front = name_of(text, one)
        before = text[max(before_edge, one.start - _BEFORE) : one.start]
        after = text[one.end : min(after_edge, one.end + _AFTER)]
        cue = cue_of(value, before, after, clinician=one.label == "name_clinician")
        keys = [key for run in read.parsed(value, front) if (key := given_key(run))]
        if cue is not None:
            keys_of_it = keys or (_bearers(read, value, front) if cue.title else [])
            words = _CERTAIN if cue.certain and keys else _LIKELY
            yield from ((_SEX, key, words[cue.sex]) for key in keys_of_it)
        if one.label == "name" and (cue is None or not cue.certain):
            (patients if _PATIENT.search(before) else all_patients).update(dict.fromkeys(keys))
    yield from _of_patient(text, list(patients or all_patients), patient_sex)


def _bearers(read: NoteNames, value: str, front: str) -> list[str]:
    """Whom a title with a surname means: who alone has that surname in the note."""
    families = {person_of(run.name)[0] for run in read.parsed(value, front) if run.name}
    same = {given_key(run) for run in read.fulls if run.name and person_of(run.name)[0] in families}
    return list(same) if len(same) == 1 else []


def _of_patient(text: str, keys: Sequence[str], sex: Sex | None) -> Iterator[Fact]:
    """Facts of who alone can be the patient."""
    if len(keys) != 1:
        return
    cue = Cue(sex) if sex is not None else sex_of_patient(text)
    if cue is not None:
        yield _SEX, keys[0], (_CERTAIN if cue.certain else _LIKELY)[cue.sex]
