"""Which drafts make no probes: what training rows say, pairs that are not golden, wrong options that may be right.

Knows rows' text and items; no generator and no model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from medgo.errors import InputError
from medgo.schema import Row
from medgo.schema.rows import row_from_dict
from medgo.store import RowFile
from medgo.training.probes.items import ProbeItem

_ACUTE_CHRONIC = (re.compile(r"\b(?:sub)?acute\b|急性", re.I), re.compile(r"\bchronic\b|慢性", re.I))
# Trade names that a vocabulary takes for preferred terms: the generic name would be as right, or more.
_BRANDS = frozenset({"paxlovid", "botox", "viagra", "humira"})
# An infection is not the disease that it may become, and names of one are no names of the other.
_NOT_THE_SAME = ((re.compile(r"hiv感染|hiv infection|hiv disease", re.I), re.compile(r"艾滋病|\baids\b", re.I)),)
_ENGLISH = re.compile(r"[a-z]{4,}")
_CHINESE = re.compile(r"[\u4e00-\u9fff]+")
_STEM = 5  # letters of a word that tell it from others: hypopnea and hypopnoea, deformity and deformities
# Questions of which one's answer may be another's: an operation or an allergy is past history too.
_PAST = frozenset({"known", "operation", "allergy"})
_PAST_SAID = re.compile(
    r"手术|切除|术后|\d年行|surgery|surgical|operation"
    r"|\w+(?:ectomy|plasty|scopy|otomy|section|repair)\b|\bin (?:19|20)\d\d"
    r"|过敏|allerg|既往|病史|体健|past history|history of|\bknown\b|previously well|no chronic",
    re.I,
)
_LEADS = re.compile(r"^(?:诊断)?考虑|^(?:likely|consider|impression:?|probable|suspected)\s+", re.I)
_PRESSURE = re.compile(r"(\d+)/(\d+)\s?mmHg")
_LEAST_PULSE_PRESSURE = 10
# Values beyond which nobody lives, as (what, least, most); a wrong answer outside them is wrong at sight.
_LIFE: tuple[tuple[re.Pattern[str], float, float], ...] = tuple(
    (re.compile(rf"(?:{names})\D{{0,12}}?(\d+(?:\.\d+)?)", re.I), least, most)
    for names, least, most in (
        (r"(?<![a-z])sodium|血钠|(?<![\u4e00-\u9fff])钠", 105, 180),
        (r"potassium|血钾|(?<![\u4e00-\u9fff])钾", 1.5, 9.5),
        (r"chloride|血氯|(?<![\u4e00-\u9fff])氯", 65, 140),
        (r"(?<![a-z])calcium|血钙|(?<![\u4e00-\u9fff])钙", 1.0, 5.0),
        (r"h(?:a)?emoglobin(?! A1c)|血红蛋白", 20, 230),
        (r"albumin|白蛋白", 10, 65),
        (r"fasting glucose|blood glucose|血糖", 1.0, 80),
        (r"temperature|体温", 30, 43),
        (r"heart rate|pulse|脉搏|心率", 25, 230),
        (r"oxygen saturation|spo2|氧饱和度", 40, 100),
    )
)
_AGE = re.compile(r"^(?:aged )?(\d+)(?:岁| years?\b)", re.I)
_OLDEST = 105
_MOST_DIASTOLIC, _LEAST_SYSTOLIC, _MOST_SYSTOLIC = 150, 55, 280


@dataclass(frozen=True, slots=True)
class Taught:
    """What training rows ask, and all that they say.

    The text is held whole, each turn once: about what the files take.

    Args:
        prompts: Last turns of prompts.
        text: Every turn of every row, folded in case, one a line.
    """

    prompts: frozenset[str]
    text: str

    @classmethod
    def read(cls, paths: tuple[Path, ...]) -> Taught:
        """Read files of rows.

        Raises:
            InputError: A line is no row.
        """
        prompts: set[str] = set()
        said: dict[str, None] = {}
        for path in paths:
            for raw in RowFile(path):
                if raw.value is None:
                    raise InputError(f"{path}, line {raw.number}: {raw.error}")
                row = row_from_dict(raw.value)
                prompts.add(row.prompt[-1].content)
                said.update(dict.fromkeys(turn.casefold() for turn in _turns(row)))
        return cls(frozenset(prompts), "\n".join(said))

    def says(self, term: str) -> bool:
        """Whether a term stands in a row: as whole words in Latin letters, anywhere in Chinese."""
        needle = term.strip().casefold()
        at = self.text.find(needle) if needle else -1
        while at >= 0:
            if not (_runs_on(self.text, at - 1, needle[0]) or _runs_on(self.text, at + len(needle), needle[-1])):
                return True
            at = self.text.find(needle, at + 1)
        return False

    def holds(self, item: ProbeItem, mention: str) -> str:
        """Why an item is no probe of what was not learnt; empty where it is one."""
        if item.prompt[-1].content in self.prompts:
            return "asked in training"
        if mention and self.says(item.options[0] if item.kind == "term" else item.gold):
            return "right term stands in training"
        if mention and self.says(mention):
            return "asked term stands in training"
        return ""


def _turns(row: Row) -> Iterator[str]:
    for turn in (*row.prompt, *row.turns().values()):
        yield turn.content
        if turn.reasoning_content:
            yield turn.reasoning_content


def _runs_on(text: str, at: int, edge: str) -> bool:
    """Whether a Latin word goes on beyond an edge of the term."""
    if not 0 <= at < len(text) or not (edge.isascii() and edge.isalnum()):
        return False
    return text[at].isascii() and text[at].isalnum()


def not_golden(item: ProbeItem, mention: str) -> str:
    """Why an item's right answer is not surely right, or a wrong one not surely wrong; empty where both are sure.

    Args:
        item: The item.
        mention: The term that it asks about; empty where it asks about none.
    """
    if mention:
        return _doubtful_pair(mention, item.gold) or _doubtful_term_options(item, mention)
    return _doubtful_options(item)


def _doubtful_pair(mention: str, gold: str) -> str:
    if any((one.search(mention) is None) != (one.search(gold) is None) for one in _ACUTE_CHRONIC):
        return "acute or chronic on one side only"
    if gold.casefold() in _BRANDS:
        return "a brand as preferred term"
    ways = ((mention, gold), (gold, mention))
    for one, other in _NOT_THE_SAME:
        if any(one.search(a) and other.search(b) and not other.search(a) for a, b in ways):
            return "an infection and its disease"
    return ""


def _doubtful_term_options(item: ProbeItem, mention: str) -> str:
    """A wrong term that has as much of the asked one as the right term has."""
    asked = _parts(mention)
    mine = len(asked & _parts(item.gold))
    shared = [len(asked & _parts(wrong)) for wrong in item.options[1:]]
    return "a wrong option shares the asked term's words" if any(one and one >= mine for one in shared) else ""


def _parts(term: str) -> frozenset[str]:
    """What two names of one language may share: beginnings of words, pairs of Chinese characters."""
    words = (word[:_STEM] for word in _ENGLISH.findall(term.casefold()))
    pairs = (run[at : at + 2] for run in _CHINESE.findall(term) for at in range(len(run) - 1))
    return frozenset((*words, *pairs))


def _doubtful_options(item: ProbeItem) -> str:
    right, wrong = item.options[0], item.options[1:]
    if item.sort in _PAST and any(_PAST_SAID.search(one) for one in wrong if not _is_like(item, one)):
        return "a wrong option answers a related question"
    if any(_bare(one) == _bare(right) for one in wrong):
        return "a wrong option says the same"
    if item.kind in ("grounded", "preference") and any(map(impossible, wrong)):
        return "a value outside life"
    return ""


def _is_like(item: ProbeItem, wrong: str) -> bool:
    """Whether a wrong option is another patient's answer to the same question: the first, as they are made."""
    return item.kind == "grounded" and wrong == item.options[1]


def _bare(text: str) -> str:
    return _LEADS.sub("", text.strip()).rstrip("。.").casefold()


def impossible(text: str) -> bool:
    """Whether a text holds a value that no living person has, or a blood pressure that none can have."""
    for upper, lower in _PRESSURE.findall(text):
        high, low = int(upper), int(lower)
        lives = _LEAST_SYSTOLIC <= high <= _MOST_SYSTOLIC and low <= _MOST_DIASTOLIC
        if not lives or high <= low + _LEAST_PULSE_PRESSURE:
            return True
    age = _AGE.match(text)
    if age and int(age[1]) > _OLDEST:
        return True
    return any(not least <= float(value) <= most for pattern, least, most in _LIFE for value in pattern.findall(text))
