"""Whether an answer is the one that is known to be right, decided by names. Pure; asks no model.

Not shared with the judges of evaluation: what trains a model and what examines it may not lean on each other's code.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from medgo.errors import UnknownConceptError
from medgo.knowledge import Knowledge
from medgo.schema import Evidence, Lang, Row, SftRow

_OPTION = re.compile(r"^([A-H])[.．、]\s*(.+)$", re.MULTILINE)
_LETTER = re.compile(
    r"\W*(?:(?:正确)?(?:答案|选项)|选择?|(?i:(?:the )?(?:correct )?answer))?(?:是|为|is|[:：]|\s)*([A-H])(?![A-Za-z])"
)
_CLAUSE_END = re.compile(r"[.;\n!?,。，；！？、]|\bbut\b|而是|但是?")
_NOISE = re.compile(r"[\W_]+")
# What a physician may add to a diagnosis without changing it.
_AROUND = re.compile(
    r"^(?:the |an? |(?:most likely |probable |likely |final |working )?diagnosis(?: is|:)? |answer(?: is|:)? |"
    r"(?:最可能的?|初步|临床|最终)?诊断(?:为|是|考虑)?[:：]?|考虑为?|答案(?:是|为)?[:：]?)|(?:[.。,，;；]|可能性?大?|待查)$",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"\bnot\b|n't\b|\bno\b|\bwithout\b|rule[sd]? out|unlikely|exclude[sd]?|less likely|"
    r"不是|不像|不符|不支持|排除|不考虑|除外|并非|可能性小|依据不足"
)


def same_answer(answer: str, accepted: Iterable[str]) -> bool:
    """Whether an answer is one of the accepted ones, but for spelling and courtesy."""
    said = _plain(_bare(answer))
    return bool(said) and said in {_plain(name) for name in accepted}


def names_one(text: str, accepted: Iterable[str]) -> bool:
    """Whether a text names an accepted answer without denying it in the same clause."""
    # The letter of an option is a word of its own in English ("a"): it names nothing.
    names = [_width(name).strip() for name in accepted if len(_plain(name)) > 1]
    return any(_affirms(clause, name) for clause in _CLAUSE_END.split(_width(text)) for name in names)


def _affirms(clause: str, name: str) -> bool:
    # Whole words: "gout" does not stand in "goutte". Chinese has no such ends.
    pattern = rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])" if name.isascii() else re.escape(name)
    rest, times = re.subn(pattern, " ", clause)
    # The name itself may hold a negation (非小细胞肺癌, non-Hodgkin lymphoma).
    return bool(times) and not _NEGATED.search(rest)


def names_of(knowledge: Knowledge, concept: str, lang: Lang) -> tuple[str, ...]:
    """All names of a concept in a language; none for one that the index does not know."""
    try:
        return tuple(dict.fromkeys(name.text for name in knowledge.synonyms(concept, lang)))
    except UnknownConceptError:
        return ()


def gold_answers(evidence: Evidence, knowledge: Knowledge, lang: Lang) -> tuple[str, ...]:
    """What a draft's generator knows to be right: its label ``answer`` if it has one, else the names of its diagnosis.

    Returns:
        Every accepted way to say it; empty where the draft has no single answer, or where another disease than the
        patient's fits what is told as well or better (label ``truth_rank``).
    """
    stated = evidence.labels.get("answer")
    if isinstance(stated, str) and stated.strip():
        return (stated,)
    if isinstance(stated, Sequence) and stated and all(isinstance(part, str) for part in stated):
        return tuple(stated)
    truth = evidence.labels.get("truth")
    if isinstance(truth, str):
        return names_of(knowledge, truth, lang) if evidence.labels.get("truth_rank", 1) == 1 else ()
    found = [fact for fact in evidence.facts if fact.kind == "diagnosis" and fact.polarity == "present"]
    return names_of(knowledge, found[0].concept, lang) if len(found) == 1 else ()


def chosen_option(row: Row) -> tuple[str, ...]:
    """The right option of a multiple-choice row, as its letter and as its text.

    Returns:
        (``B``, the option's text); empty where the row has no options or its answer begins with no letter of them.
    """
    options = dict(_OPTION.findall(row.prompt[-1].content))
    found = _LETTER.match(row.completion.content) if isinstance(row, SftRow) else None
    if found is None or len(options) < 2 or found[1] not in options:
        return ()
    return found[1], options[found[1]].strip()


def _width(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def _plain(text: str) -> str:
    return _NOISE.sub("", _width(text))


def _bare(text: str) -> str:
    """Without the words around a diagnosis."""
    text = unicodedata.normalize("NFKC", text).strip()
    while (shorter := _AROUND.sub("", text).strip()) != text:
        text = shorter
    return text
