"""MedicalGPT's published files: questions with answers, and pairs of a better and a worse answer. Chinese."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from medgo.errors import InputError
from medgo.schema import Document, SourceRef
from medgo.synthesis.datasets.dataset import Dataset
from medgo.synthesis.datasets.reading import answered, below, cell, dialogue, rows_of

_LICENCE = "Apache-2.0"
_ROLES = {"human": "user", "gpt": "assistant"}
_URL = "https://github.com/shibing624/MedicalGPT"


def _read_sft(path: Path) -> Iterator[Document]:
    file = below(path, "medical_sft_1K_format.jsonl")
    for number, row in rows_of(file):
        where = f"{file.name}, row {number}"
        turns = row.get("conversations")
        if not isinstance(turns, list):
            raise InputError(f"{where}: expected a list in 'conversations'")
        said = [(_ROLES.get(cell(turn, "from", where), ""), cell(turn, "value", where)) for turn in turns]
        yield from dialogue(SourceRef(f"sft-{number}", "medicalgpt_sft", _LICENCE), "zh", said)


def _read_pairs(path: Path) -> Iterator[Document]:
    file = below(path, "reward_test_100.jsonl")
    for number, row in rows_of(file):
        where = f"{file.name}, row {number}"
        ref = SourceRef(f"reward-{number}", "medicalgpt_pairs", _LICENCE)
        rejected = cell(row, "response_rejected", where)
        if rejected:
            better = cell(row, "response_chosen", where)
            yield from answered(ref, "zh", cell(row, "question", where), better, rejected=rejected)


MEDICALGPT_SFT = Dataset(
    name="medicalgpt_sft",
    title="MedicalGPT, questions with answers in Chinese",
    licence=_LICENCE,
    url=_URL,
    langs=("zh",),
    holds="documents",
    read=_read_sft,
    about="Unchecked answers of doctors on a website.",
)
MEDICALGPT_PAIRS = Dataset(
    name="medicalgpt_pairs",
    title="MedicalGPT, pairs of answers in Chinese (the published test split)",
    licence=_LICENCE,
    url=_URL,
    langs=("zh",),
    holds="documents",
    read=_read_pairs,
    about="It is its publisher's test split: do not evaluate on it.",
)
