"""Rows that tests invent, and files of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from medgo.schema import LabelledRow, Message, PreferenceRow, Provenance, Row, SftRow, SourceRef

LICENCE = "Apache-2.0"


def provenance(licence: str = LICENCE, certificate: str = "") -> Provenance:
    return Provenance((SourceRef("medgo:1", "medgo", licence),), "tests", "1", "7/0", certificate=certificate)


def sft(question: str, answer: str, reasoning: str = "", *, task: str = "questions", **origin: str) -> SftRow:
    return SftRow(
        prompt=(Message("user", question),),
        completion=Message("assistant", answer, reasoning or None),
        thinking=bool(reasoning),
        task=task,
        stage="stage1",
        lang="en",
        provenance=provenance(**origin),
    )


def dialogue(turns: Iterable[tuple[str, str]], answer: str) -> SftRow:
    row = sft("?", answer)
    return SftRow(
        prompt=tuple(Message(role, text) for role, text in turns),  # type: ignore[arg-type]
        completion=row.completion,
        thinking=False,
        task="dialogue",
        stage="stage2",
        lang="en",
        provenance=row.provenance,
    )


def pair(question: str, chosen: str, rejected: str) -> PreferenceRow:
    return PreferenceRow(
        prompt=(Message("user", question),),
        chosen=Message("assistant", chosen),
        rejected=Message("assistant", rejected),
        thinking=False,
        task="preference",
        stage="preference",
        lang="en",
        provenance=provenance(),
    )


def labelled(question: str, answer: str, label: bool) -> LabelledRow:
    return LabelledRow(
        prompt=(Message("user", question),),
        completion=Message("assistant", answer),
        label=label,
        thinking=False,
        task="labels",
        stage="preference",
        lang="en",
        provenance=provenance(),
    )


def write_rows(path: Path, rows: Iterable[Row | dict[str, Any]]) -> Path:
    lines = (row if isinstance(row, dict) else row.to_dict() for row in rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return path
