"""A spaCy pipeline as a detector of English names, places, organisations and days."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from medgo.deid.classes import IdentifierClass
from medgo.deid.protocol import Finding, Note
from medgo.deid.tier_b.labels import date_span, organisation_class, place_class
from medgo.deid.tier_b.pieces import pieces
from medgo.deid.tier_b.weighing import ModelDetector
from medgo.errors import EngineUnavailableError

# A stretch without Chinese, of a few words at least: single Latin words in a Chinese note are left to the rules.
_LATIN = re.compile(r"[^\u3400-\u9fff]+")
_WORDS = re.compile(r"[A-Za-z]{2,}[,.;:)]?\s+[(A-Za-z]+[,.;:)]?\s+[(A-Za-z]{2}")
_LONGEST = 4_000  # characters; its memory grows with the length of a text
_SCORES = {"PERSON": 0.6, "GPE": 0.55, "LOC": 0.5, "FAC": 0.5, "ORG": 0.5, "DATE": 0.5}
# Everything but what the recogniser of entities needs.
_UNUSED = ("tagger", "parser", "attribute_ruler", "lemmatizer", "senter")
_NAME = re.compile(
    r"[A-Z\u00c0-\u00de][A-Za-z\u00c0-\u024f'.\-]*[a-z\u00df-\u024f](?:[ ,'.\-]+[A-Za-z\u00c0-\u024f'.\-]+){0,4}"
)
_CAPITAL = re.compile(r"[A-Z][a-z]{2}")


class SpacyDetector(ModelDetector):
    """Finds names, places, organisations and days in English text.

    Args:
        pipeline: An installed package, or a folder, with a recogniser of entities in OntoNotes labels.

    Raises:
        EngineUnavailableError: spaCy or the pipeline is not installed.
    """

    name: ClassVar[str] = "spacy"
    version: ClassVar[str] = "1"

    def __init__(self, pipeline: str) -> None:
        try:
            import spacy

            self._pipeline: Any = spacy.load(pipeline, exclude=_UNUSED)
        except (ImportError, OSError) as error:
            raise EngineUnavailableError(
                f"the detector spacy needs spaCy and the pipeline {pipeline}",
                hint="pip install 'medgo[deid-ner]', or name an installed pipeline: spacy:PIPELINE",
            ) from error

    def read(self, note: Note) -> Iterator[Finding]:
        """Findings in the stretches of a note that have Latin words."""
        text = note.view.text
        read = [
            (piece.text, match.start() + piece.start)
            for match in _LATIN.finditer(text)
            if _WORDS.search(match[0])
            for piece in pieces(match[0], _LONGEST)
        ]
        if not read:
            return
        for document, start in self._pipeline.pipe(read, as_tuples=True):
            for entity in document.ents:
                meant = _meant(entity.label_, entity.text)
                if meant is not None:
                    first = start + entity.start_char
                    score = _SCORES[entity.label_]
                    yield Finding(first + meant[0], first + meant[1], meant[2], score, self.name)


def _meant(tag: str, text: str) -> tuple[int, int, IdentifierClass] | None:
    """Which stretch of an entity counts, and as what."""
    if tag == "DATE":
        day = date_span(text)
        return None if day is None else (*day, "date")
    label: IdentifierClass | None = None
    if tag == "PERSON":
        # An abbreviation, a number or a word in small letters is none.
        label = "name" if _NAME.fullmatch(text) else None
    elif tag in ("GPE", "LOC", "FAC"):
        label = place_class(text) if _CAPITAL.search(text) else None
    elif tag == "ORG":
        label = organisation_class(text)
    return None if label is None else (0, len(text), label)
