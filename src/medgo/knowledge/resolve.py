"""What a person typed for a concept: an id in any case, a bare code, a whole name. Knows the index, no terminal."""

from __future__ import annotations

from dataclasses import dataclass

from medgo.errors import InputError, UnknownConceptError
from medgo.knowledge.knowledge import Hit, Knowledge
from medgo.schema import Concept

_LONGEST = 60  # characters of what was typed that a message repeats
_FOUND = 20
_CODES_FIRST = ("ICD10CM:", "ICD10:")  # of a bare code; then all other vocabularies


@dataclass(frozen=True, slots=True)
class Resolved:
    """The concept that is meant, and others that have the same code in another vocabulary."""

    concept: Concept
    others: tuple[str, ...] = ()


def resolve(knowledge: Knowledge, text: str) -> Resolved:
    """The one concept with this id, code or name.

    Args:
        knowledge: Where to look.
        text: ``HP:0001250`` in any case, ``E11.9`` without its vocabulary, or a name as a whole.

    Raises:
        InputError: The text is blank.
        UnknownConceptError: No concept is called so, or several are; the hint names ids.
    """
    text = text.strip()
    if not text:
        raise InputError("no id, code or name was given", hint="such as HP:0001250, E11.9 or 心悸")
    for curie in _spellings(text):
        try:
            return Resolved(knowledge.lookup(curie))
        except UnknownConceptError:
            continue
    hits = knowledge.search(text, limit=_FOUND)
    same = [hit for hit in hits if hit.score == 1]
    coded = sorted((hit.id for hit in same if _is_code(hit, text)), key=_rank)
    if coded:
        return Resolved(knowledge.lookup(coded[0]), tuple(coded[1:]))
    if len(same) == 1:
        return Resolved(knowledge.lookup(same[0].id))
    said = shortened(text)
    if same:
        raise UnknownConceptError(f"several concepts are called {said!r}", hint=f"did you mean {_listed(same)}?")
    if hits and ":" not in text:
        raise UnknownConceptError(f"no concept is called {said!r}", hint=f"did you mean {_listed(hits[:3])}?")
    if len(text) > _LONGEST:
        raise UnknownConceptError(f"no concept is called {said!r}", hint="medgo knowledge search finds ids by name")
    return Resolved(knowledge.lookup(text))  # says which ids are near


def shortened(text: str) -> str:
    """What was typed as a message repeats it: the beginning of a long one."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters)"


def _spellings(text: str) -> list[str]:
    """An id with its vocabulary in capitals, and what follows as typed, in capitals, in small letters."""
    prefix, colon, local = (part.strip() for part in text.replace("：", ":").partition(":"))
    if not colon:
        return []
    return list(dict.fromkeys([text, *(f"{prefix.upper()}:{part}" for part in (local, local.upper(), local.lower()))]))


def _is_code(hit: Hit, text: str) -> bool:
    return hit.id.partition(":")[2].upper() == text.upper()


def _rank(curie: str) -> tuple[int, str]:
    first = (place for place, prefix in enumerate(_CODES_FIRST) if curie.startswith(prefix))
    return next(first, len(_CODES_FIRST)), curie


def _listed(hits: list[Hit]) -> str:
    return ", ".join(f"{hit.id} ({hit.name.text})" for hit in hits[:6])
