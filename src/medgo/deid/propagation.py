"""A number that was found once is found wherever else it stands in the note, with or without its label."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import ahocorasick

from medgo.deid.classes import IdentifierClass
from medgo.deid.protocol import Finding, Note

# Classes whose values are one person's, and mean nothing else where they stand again.
_OWN: frozenset[IdentifierClass] = frozenset(
    {
        "phone", "fax", "email", "social_account", "id_card", "ssn", "passport", "licence", "bank_account",
        "insurance_number", "medical_record_number", "vehicle", "device", "other_id",
    }
)  # fmt: skip
# A shorter one (a bed's) may be any other number.
_SHORTEST = 5


def repeated(note: Note, findings: Sequence[Finding]) -> Iterator[Finding]:
    """Further places of numbers that were found; positions in the view.

    Args:
        note: The note.
        findings: What was found in it, positions in the view.

    Yields:
        Findings of the same label and score; those that were given are among them.
    """
    text = note.view.text
    values: dict[str, Finding] = {}
    for one in findings:
        value = text[one.start : one.end].strip()
        if one.label in _OWN and sum(map(str.isalnum, value)) >= _SHORTEST and any(map(str.isdigit, value)):
            values.setdefault(value, one)
    if all(text.count(value) == 1 for value in values):
        return
    automaton = ahocorasick.Automaton()
    for value, one in values.items():
        automaton.add_word(value, (len(value), one))
    automaton.make_automaton()
    for last, (size, one) in automaton.iter(text):
        start, end = last - size + 1, last + 1
        if not (_joined(text, start - 1, start) or _joined(text, last, end)):
            yield Finding(start, end, one.label, one.score, one.detector)


def _joined(text: str, left: int, right: int) -> bool:
    """Whether two neighbours are of one word or number."""
    if left < 0 or right >= len(text):
        return False
    a, b = text[left], text[right]
    return a.isascii() and b.isascii() and a.isalnum() and b.isalnum()
