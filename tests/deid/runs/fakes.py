"""Small detectors and replacers whose work a test can tell at a glance."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from medgo.deid.deidentifier import Deidentifier
from medgo.deid.formats import read_columns
from medgo.deid.protocol import Finding, Note
from medgo.deid.replacing.protocol import Piece, Replaced
from medgo.deid.runs.config import RunConfig
from medgo.deid.runs.tools import Pseudonyms, Tools
from medgo.schema import Lang

SECRET = re.compile("Ysolde|申屠寒江|[0-9]{11}")
FATAL, WRONG = "the process dies here", "the detector fails here"


class SecretDetector:
    """Finds three secrets, and whatever a header states; fails or dies on two sentences."""

    name: ClassVar[str] = "secrets"
    version: ClassVar[str] = "1"

    def find(self, note: Note) -> Iterable[Finding]:
        if FATAL in note.text:
            os._exit(9)
        if WRONG in note.text:
            raise ValueError(note.text)
        values = [re.escape(one.value) for one in note.known]
        for match in re.finditer("|".join([SECRET.pattern, *values]), note.text):
            yield Finding(match.start(), match.end(), "name", 0.99, self.name)


class Open:
    def protects(self, note: Note, finding: Finding) -> bool:
        return False


class Bracketing:
    """``<label>`` for each finding."""

    def replace(self, text: str, findings: Sequence[Finding], *, patient: str, lang: Lang) -> Replaced:
        pieces: list[Piece] = []
        new, at = "", 0
        for one in findings:
            new += text[at : one.start]
            pieces.append(Piece(one.start, one.end, len(new), len(new) + len(one.label) + 2, one.label, one.detector))
            new += f"<{one.label}>"
            at = one.end
        return Replaced(new + text[at:], pieces)


def open_fakes(config: RunConfig, salt: bytes) -> Tools:
    finder = Deidentifier((SecretDetector(),), Open())
    return Tools(finder, Bracketing(), Pseudonyms(salt), read_columns(config.columns), config.lang)


def config_of(source: Path, output: Path, **changes: object) -> RunConfig:
    return partial(RunConfig, source, output, mode="tag")(**changes)  # type: ignore[arg-type]
