"""De-identifies one record: every part is searched or labelled, replaced and put back, or the record is held back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from medgo.deid.deidentifier import DetectorError
from medgo.deid.formats import CORPUS, HeldBackError, Part, Record, rebuild
from medgo.deid.protocol import Finding, Found, Note
from medgo.deid.replacing.protocol import Piece, Replaced, Replacer
from medgo.deid.runs.births import old_births_told
from medgo.deid.runs.tools import Tools
from medgo.schema import Lang
from medgo.text import language_of

if TYPE_CHECKING:
    from medgo.deid.keys import Key

FIELD = "field"
# Enough to tell the language of a record by.
_SAMPLE = 5000


@dataclass(frozen=True, slots=True)
class Searched:
    """What was found in a record.

    Args:
        lang: Main language.
        findings: For each part, with positions in its text.
        spared: For each part, what the gate kept from being redacted.
    """

    lang: Lang
    findings: Sequence[Sequence[Finding]]
    spared: Sequence[Sequence[Finding]]

    @property
    def protected(self) -> int:
        """How many findings the gate kept from being redacted."""
        return sum(map(len, self.spared))


@dataclass(slots=True)
class Cleaned:
    """A record without its identifiers.

    Args:
        data: Its bytes.
        pieces: For each part with a replaced stretch: its place among the parts, its name, the stretches.
        labels: Replaced stretches by class.
        found_by: The same by who found them.
        protected: See :class:`Searched`.
        characters: Of all parts.
        rare: Whether it was made coarse for a rare disease.
        vault: Rows that lead back, encrypted: see :mod:`medgo.deid.reidentify`.
    """

    data: bytes
    pieces: list[tuple[int, str, Sequence[Piece]]]
    labels: Counter[str] = field(default_factory=Counter)
    found_by: Counter[str] = field(default_factory=Counter)
    protected: int = 0
    characters: int = 0
    rare: bool = False
    vault: list[dict[str, Any]] = field(default_factory=list)


def search(record: Record, tools: Tools) -> Searched:
    """Find the identifiers of a record.

    Raises:
        HeldBackError: A detector failed.
    """
    lang = tools.lang if tools.lang != "auto" else record.lang or _language(record)
    # Fields of structured records say the same thing hundreds of times.
    seen: dict[str, Found] = {}
    findings: list[Sequence[Finding]] = []
    spared: list[Sequence[Finding]] = []
    for part in record.parts:
        if part.label is not None:
            findings.append([] if part.label in tools.deidentifier.kept else _whole(part))
            spared.append(())
            continue
        if part.text not in seen:
            try:
                seen[part.text] = tools.deidentifier.find(Note(part.text, lang, record.known))
            except DetectorError as error:
                raise HeldBackError("detector_failed", error.message) from error
        findings.append(seen[part.text].findings)
        spared.append(seen[part.text].protected)
    return Searched(lang, old_births_told(record.parts, findings), spared)


def clean(record: Record, tools: Tools) -> Cleaned:
    """De-identify a record.

    Raises:
        HeldBackError: A detector or the replacer failed, or the new texts cannot be written.
    """
    searched = search(record, tools)
    rare = tools.coarse is not None and (names_rare(record, tools) or tools.rare_patient(record.patient))
    replacer = tools.coarse if rare and tools.coarse is not None else tools.replacer
    replaced = [
        _replaced(part, findings, record, searched.lang, tools, replacer)
        for part, findings in zip(record.parts, searched.findings, strict=True)
    ]
    pieces = [
        (at, part.name, new.pieces)
        for at, (part, new) in enumerate(zip(record.parts, replaced, strict=True))
        if new.pieces
    ]
    characters = sum(len(one.text) for one in record.parts)
    cleaned = Cleaned(b"", pieces, protected=searched.protected, characters=characters, rare=rare)
    for _, _, ones in pieces:
        cleaned.labels.update(one.label for one in ones)
        cleaned.found_by.update(one.detector for one in ones)
    if tools.vault is not None:
        cleaned.vault = list(_sealed(record, replaced, tools.vault))
    cleaned.data = rebuild(record, replaced)
    return cleaned


def names_rare(record: Record, tools: Tools) -> bool:
    """Whether any part of a record, or a name beside a code in it, names a rare disease. Codes alone do not tell."""
    texts = {*(part.text for part in record.parts if part.label is None), *record.coded}
    return any(map(tools.find_rare, texts))


def vault_ids(record: Record) -> list[str]:
    """What the vault calls the parts: a record's text by its id, others by id, name and (from the second) number."""
    seen: Counter[str] = Counter()
    ids = []
    for part in record.parts:
        seen[part.name] += 1
        number = f"#{seen[part.name]}" if seen[part.name] > 1 else ""
        ids.append(record.id if part.name == "text" and not number else f"{record.id}/{part.name}{number}")
    return ids


def _sealed(record: Record, replaced: Sequence[Replaced], key: Key) -> Iterator[dict[str, Any]]:
    from medgo.deid.reidentify import sealed

    for name, part, new in zip(vault_ids(record), record.parts, replaced, strict=True):
        if new.pieces:
            yield sealed(name, part.text, new, key)


def _replaced(
    part: Part, findings: Sequence[Finding], record: Record, lang: Lang, tools: Tools, replacer: Replacer
) -> Replaced:
    if part.patient == CORPUS:
        other = tools.pseudonyms.of(part.text)
        return Replaced(other, (Piece(0, len(part.text), 0, len(other), part.label or "other_id", FIELD),))
    if not findings and replacer is not tools.coarse:
        return Replaced(part.text, ())
    try:
        new = replacer.replace(part.text, findings, patient=part.patient or record.patient, lang=lang)
    except Exception as error:  # its message may hold the text and is left out
        raise HeldBackError("replacer_failed", f"replacing failed: {type(error).__name__}") from error
    return new if part.fits is None else _fitting(part, new)


def _fitting(part: Part, new: Replaced) -> Replaced:
    text = part.fits(new.text) if part.fits is not None else new.text
    if text == new.text:
        return new
    return Replaced(text, (Piece(0, len(part.text), 0, len(text), part.label or "other_id", FIELD),))


def _whole(part: Part) -> list[Finding]:
    """The whole of a labelled part but for white space around it."""
    bare = part.text.strip()
    if not bare or part.label is None:
        return []
    start = part.text.index(bare)
    return [Finding(start, start + len(bare), part.label, 1.0, FIELD)]


def _language(record: Record) -> Lang:
    text = ""
    for part in record.parts:
        text += part.text[: _SAMPLE - len(text)] + "\n"
        if len(text) >= _SAMPLE:
            break
    found = language_of(text)
    if found is not None:
        return found
    return "zh" if any("\u3400" <= letter <= "\u9fff" for letter in text) else "en"
