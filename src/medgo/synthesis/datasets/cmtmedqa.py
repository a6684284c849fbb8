"""CMtMedQA: multi-turn consultations in Chinese, and safety prompts with safe answers (Yang et al., AAAI 2024).

The publisher's file holds rows of two shapes: dialogues (``history`` is Python's notation of a list of pairs), and
prompts under ``instruct`` (not ``instruction``) with an answer.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from medgo.errors import InputError
from medgo.schema import Document, SourceRef
from medgo.synthesis.datasets.dataset import Dataset
from medgo.synthesis.datasets.reading import answered, below, cell, dialogue, rows_of

_NAME, _LICENCE = "cmtmedqa", "Apache-2.0"


def _read(path: Path) -> Iterator[Document]:
    file = below(path, "CMtMedQA_test.json")
    for number, row in rows_of(file):
        where = f"{file.name}, row {number}"
        if "instruct" in row:
            ref = SourceRef(f"safety-{number}", _NAME, _LICENCE)
            yield from answered(ref, "zh", cell(row, "instruct", where), cell(row, "output", where), safety=True)
            continue
        last = cell(row, "instruction", where) + cell(row, "input", where)
        pairs = [*_history(row.get("history"), where), (last, cell(row, "output", where))]
        turns = [turn for asked, said in pairs for turn in (("user", asked), ("assistant", said))]
        yield from dialogue(SourceRef(cell(row, "id", where), _NAME, _LICENCE), "zh", turns)


def _history(value: Any, where: str) -> list[tuple[str, str]]:
    try:
        pairs = ast.literal_eval(value) if isinstance(value, str) else value
        return [(str(asked), str(said)) for asked, said in pairs or ()]
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError) as error:  # all of literal_eval's
        raise InputError(f"{where}: history is no list of pairs: {error}") from error


CMTMEDQA = Dataset(
    name=_NAME,
    title="CMtMedQA (Zhongjing), multi-turn consultations in Chinese (the published test split)",
    licence=_LICENCE,
    url="https://github.com/SupritYoung/Zhongjing",
    langs=("zh",),
    holds="documents",
    read=_read,
    about="Yang et al., AAAI 2024; published for research. It is its publisher's test split: do not evaluate on it.",
)
