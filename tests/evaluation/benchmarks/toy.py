"""A made-up benchmark whose forms show every way in which forms are told apart. Asserts nothing itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from medgo.evaluation.benchmarks._forms import DEV, NOT_DEV
from medgo.evaluation.benchmarks._ids import stem_id
from medgo.evaluation.benchmarks.definition import Benchmark, Form, Source
from medgo.evaluation.benchmarks.row import Row
from medgo.schema import EvalItem
from tests.support.tables import jsonl, put

COLUMNS = ("stem", "A", "B", "gold")


def item(row: Row, question: str, options: Mapping[str, str], answer: tuple[str, ...], key: str = "") -> EvalItem:
    return EvalItem(key or stem_id(question, options), "toy", "en", question, options, answer)


def official(row: Row) -> EvalItem | None:
    if row.text("kind", default="mcq") != "mcq":
        return None
    options = row.options("options")
    answer = row.labels("answer", options) if row.values.get("answer") else ()
    return item(row, row.text("question"), options, answer, row.text("id"))


def bare(row: Row) -> EvalItem:
    options = {"A": row.text("A"), "B": row.text("B")}
    return item(row, row.text("stem"), options, row.labels("gold", options))


def hashed(row: Row) -> EvalItem:
    options = row.options("choices")
    return item(row, row.text("question"), options, row.labels("answer", options))


FIELDS = frozenset({"id", "question", "options", "answer"})

TOY = Benchmark(
    name="toy",
    title="Toy",
    group="Beyond the card",
    kind="choice",
    langs=("en",),
    source=Source(
        hub="acme/toy-exam",
        files=("data/test-*.parquet", "data/dev-*.parquet"),
        revision="",
        licence="none",
        page="https://example.org/toy",
    ),
    size=3,
    chance=50.0,
    forms=(
        Form("official", FIELDS, official, path=NOT_DEV),
        Form("bare", frozenset(COLUMNS), bare, columns=COLUMNS),
        Form("hashed", frozenset({"question", "choices", "answer"}), hashed),
        Form("official_dev", FIELDS, official, "dev", DEV),
    ),
    paths=("toyexam",),
)


def question(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"q{number}",
        "question": f"Which is number {number}?",
        "options": {"A": f"this, {number}", "B": "that"},
        "answer": "A",
        **more,
    }


def exam(folder: Path, name: str = "toy-exam/test.jsonl", numbers: tuple[int, ...] = (1, 2, 3)) -> Path:
    """Write questions in the official form."""
    return put(folder / name, jsonl([question(number) for number in numbers]))
