"""Any language model as a detector: asks it for what identifies somebody, and finds that back word for word."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, ClassVar

from medgo.deid.classes import CLASSES, IdentifierClass
from medgo.deid.protocol import Finding, Note
from medgo.deid.tier_b.pieces import Piece, pieces
from medgo.deid.tier_b.weighing import ModelDetector
from medgo.errors import EngineFailureError
from medgo.inference.protocol import Completion, Engine, GenerationRequest, Sampling
from medgo.schema import Message

_SCORE = 0.6
_LONGEST = 1_500  # characters of a note in one question
_MOST_TOKENS = 1_024
_LONGEST_STRETCH = 200  # characters: a model that copies a whole note back names nothing in it
_SHORTEST = 2  # letters and digits: a model that says "3" would redact every dose
_SCHEMA = json.dumps(
    {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"text": {"type": "string"}, "label": {"enum": list(CLASSES)}},
            "required": ["text", "label"],
            "additionalProperties": False,
        },
    }
)
_QUESTION = (
    "List every stretch of the clinical note below that could identify a person: names of patients, relatives and"
    " staff, addresses, places below a province or state, hospitals, employers, dates, telephone numbers, accounts,"
    " record numbers and other identifiers. Copy each stretch exactly as it stands. Diseases, drugs, tests and body"
    ' parts are no identifiers. Reply with a JSON array of {{"text", "label"}} and nothing else; labels: {labels}.'
    " An empty array if there is nothing.\n\n<note>\n{note}\n</note>"
)


class EngineDetector(ModelDetector):
    """Finds what a language model names.

    Args:
        engine: Answers; it is not closed here.

    Attributes:
        not_verbatim: How many stretches it named so far that stand nowhere in the note.
    """

    name: ClassVar[str] = "engine"
    version: ClassVar[str] = "1"

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.not_verbatim = 0

    def read(self, note: Note) -> Iterator[Finding]:
        """Findings in a note of any length, asked about in pieces.

        Raises:
            EngineFailureError: A reply failed, was cut off or is no such JSON: what it would have named is not known.
        """
        asked = {str(n): piece for n, piece in enumerate(pieces(note.view.text, _LONGEST)) if piece.text.strip()}
        for completion in self._engine.generate([_request(*one) for one in asked.items()]):
            yield from self._found(asked.pop(completion.request_id), completion)
        if asked:
            raise EngineFailureError(f"{len(asked)} questions about a note were not answered")

    def _found(self, piece: Piece, completion: Completion) -> Iterator[Finding]:
        for text, label in dict.fromkeys(_named(completion)):
            places = list(_places(piece.text, text))
            self.not_verbatim += not places
            for start, end in places:
                yield Finding(piece.start + start, piece.start + end, label, _SCORE, self.name)


def _request(number: str, piece: Piece) -> GenerationRequest:
    question = _QUESTION.format(labels=", ".join(CLASSES), note=piece.text)
    return GenerationRequest(
        number, (Message("user", question),), Sampling(max_new_tokens=_MOST_TOKENS), json_schema=_SCHEMA
    )


def _named(completion: Completion) -> Iterator[tuple[str, IdentifierClass]]:
    """Stretches and classes of a reply. No error holds a word of it."""
    if completion.error is not None:
        raise EngineFailureError(f"the model did not answer: {completion.error.code}")
    if completion.finish_reason != "stop":
        raise EngineFailureError("the model's reply was cut off", hint="shorter notes, or a model that repeats less")
    try:
        rows: Any = json.loads(completion.text)
    except ValueError:
        raise EngineFailureError("the model's reply is no JSON") from None
    if not isinstance(rows, list):
        raise EngineFailureError("the model's reply is no JSON array")
    for row in rows:
        if not isinstance(row, dict) or not isinstance(row.get("text"), str):
            raise EngineFailureError("an entry of the model's reply has no text")
        text = row["text"].strip()
        if sum(map(str.isalnum, text)) >= _SHORTEST and len(text) <= _LONGEST_STRETCH:
            yield text, row["label"] if row.get("label") in CLASSES else "other_id"


def _places(text: str, wanted: str) -> Iterator[tuple[int, int]]:
    """Where a stretch stands, whatever became of its line ends and spaces; not inside a longer Latin word or number."""
    before = r"(?<![A-Za-z0-9])" if wanted[0].isascii() and wanted[0].isalnum() else ""
    after = r"(?![A-Za-z0-9])" if wanted[-1].isascii() and wanted[-1].isalnum() else ""
    words = [re.escape(word) for word in wanted.split()]
    return (match.span() for match in re.finditer(before + r"\s{1,8}".join(words) + after, text))
