"""How well findings cover a gold standard. Counts only; knows no detector and no file.

A gold span is found when every letter and digit of it is covered: half a name still names somebody. Punctuation and
spaces do not count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from medgo.deid.protocol import Finding
from medgo.errors import InputError


@dataclass(frozen=True, slots=True)
class GoldNote:
    """A text with every identifier marked.

    Args:
        id: Unique in its file.
        lang: ``zh`` or ``en``.
        text: The text.
        spans: ``(start, end, label)`` in code points; labels are the set's own.
        keep: Clinical terms that must survive, as they stand in the text but for case.
        hard_negative: Whether it holds no identifier, so that every finding is wrong.
    """

    id: str
    lang: str
    text: str
    spans: tuple[tuple[int, int, str], ...]
    keep: tuple[str, ...] = ()
    hard_negative: bool = False

    @classmethod
    def from_dict(cls, value: Mapping[str, Any], where: str = "") -> GoldNote:
        """Read a line ``{id, lang, text, spans: [{start, end, label}], keep?, hard_negative?}``.

        Raises:
            InputError: A field is missing, or a span lies outside the text.
        """
        try:
            spans = tuple((int(one["start"]), int(one["end"]), str(one["label"])) for one in value["spans"])
            note = cls(
                str(value["id"]),
                str(value.get("lang", "")),
                value["text"],
                spans,
                tuple(value.get("keep", ())),
                bool(value.get("hard_negative", False)),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"{where}: no gold note: {error!r}", hint="{id, lang, text, spans, keep?}") from error
        if any(not 0 <= start < end <= len(note.text) for start, end, _ in spans):
            raise InputError(f"{where}: a span of {note.id} lies outside its text")
        return note


@dataclass(slots=True)
class Tally:
    """Counts over many notes; add notes with :meth:`add`.

    Args:
        spans: Gold spans by label.
        found: Those covered whole, by label.
        touched: Those covered in part at least, by label.
        keep: Places where a term to be kept stands.
        intact: Those that no finding touches.
        negatives: Notes without identifiers.
        negatives_touched: Those with a finding all the same.
        characters: Letters and digits outside gold spans.
        redacted: Those that a finding covers.
        findings: All findings; those that touch no gold span are ``spurious``.
        spurious: See there.
    """

    spans: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    touched: Counter[str] = field(default_factory=Counter)
    keep: int = 0
    intact: int = 0
    negatives: int = 0
    negatives_touched: int = 0
    characters: int = 0
    redacted: int = 0
    findings: int = 0
    spurious: int = 0

    def add(self, gold: GoldNote, findings: Sequence[Finding]) -> Mapping[str, list[tuple[int, int, str]]]:
        """Count one note.

        Returns:
            What went wrong: ``missed``, ``spurious`` and ``broken`` stretches with their labels (or the term).
        """
        text = gold.text
        covered = _mask(len(text), ((one.start, one.end) for one in findings))
        golden = _mask(len(text), ((start, end) for start, end, _ in gold.spans))
        missed, broken = [], []
        for start, end, label in gold.spans:
            places = [at for at in range(start, end) if text[at].isalnum()]
            hit = sum(covered[at] for at in places)
            self.spans[label] += 1
            self.touched[label] += hit > 0
            if hit == len(places):
                self.found[label] += 1
            else:
                missed.append((start, end, label))
        for start, end, term in _places(gold):
            self.keep += 1
            # A finding that covers an identifier beside the term, or in it, did not have to spare it.
            if any(covered[at] and not golden[at] for at in range(start, end)):
                broken.append((start, end, term))
            else:
                self.intact += 1
        spurious = [(f.start, f.end, str(f.label)) for f in findings if not any(golden[f.start : f.end])]
        self.findings += len(findings)
        self.spurious += len(spurious)
        if gold.hard_negative or not gold.spans:
            self.negatives += 1
            self.negatives_touched += bool(findings)
        outside = [at for at, letter in enumerate(text) if letter.isalnum() and not golden[at]]
        self.characters += len(outside)
        self.redacted += sum(covered[at] for at in outside)
        return {"missed": missed, "spurious": spurious, "broken": broken}


def _mask(length: int, stretches: Iterable[tuple[int, int]]) -> bytearray:
    mask = bytearray(length)
    for start, end in stretches:
        mask[start:end] = b"\x01" * (end - start)
    return mask


def _places(gold: GoldNote) -> Iterable[tuple[int, int, str]]:
    lowered = gold.text.lower()
    for term in gold.keep:
        wanted = term.lower()
        at = lowered.find(wanted) if wanted else -1
        while at >= 0:
            yield at, at + len(wanted), term
            at = lowered.find(wanted, at + len(wanted))
