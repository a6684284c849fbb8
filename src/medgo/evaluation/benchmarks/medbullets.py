"""Medbullets: 308 USMLE Step 2 and 3 style vignettes, with five options (the card's most likely) or four of them.

The five-option file asks the same questions with one distractor more, so the gold letter can differ. The official CSV
files have JSON twins by columns; rows without an id are called by a hash of what they ask, so that all copies agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from medgo.evaluation.benchmarks._forms import NOT_DEV
from medgo.evaluation.benchmarks._ids import stem_id
from medgo.evaluation.benchmarks.definition import Benchmark, CardFigures, Form, Protocol, Source
from medgo.evaluation.benchmarks.row import LETTERS, Row
from medgo.schema import EvalItem

_COLUMNS = ("opa", "opb", "opc", "opd", "ope")


def _item(row: Row, options: Mapping[str, str], gold: str, benchmark: str, count: int) -> EvalItem | None:
    """The item, or None where the row is of the other version (files of both have the same fields)."""
    if len(options) != count:
        return None
    question = row.text("question")
    return EvalItem(
        id=stem_id(question, options),
        benchmark=benchmark,
        lang="en",
        question=question,
        options=options,
        answer=row.labels(gold, options),
        meta={"link": row.text("link", default="")},
    )


def _columns(row: Row, *, benchmark: str, count: int) -> EvalItem | None:
    pairs = [(letter, row.values.get(column)) for letter, column in zip(LETTERS, _COLUMNS, strict=False)]
    return _item(row, row.checked_options("opa", pairs), "answer_idx", benchmark, count)


def _options(row: Row, *, benchmark: str, count: int, gold: str) -> EvalItem | None:
    return _item(row, row.options("options"), gold, benchmark, count)


def _forms(benchmark: str, count: int) -> tuple[Form, ...]:
    columns = frozenset({"question", *_COLUMNS[:count], "answer_idx"})
    columns_reader = partial(_columns, benchmark=benchmark, count=count)
    lettered = partial(_options, benchmark=benchmark, count=count, gold="answer_idx")
    return (
        Form("official", columns, columns_reader),
        Form("medagentsbench", frozenset({"question", "options", "answer_idx"}), lettered, path=NOT_DEV),
        Form("medical_eval", frozenset({"question", "options", "answer_idx"}), lettered),
        Form(
            "hub",
            frozenset({"idx", "question", "options", "answer"}),
            partial(_options, benchmark=benchmark, count=count, gold="answer"),
        ),
    )


_OFFICIAL = Protocol(
    prompt={
        "en": "The following is a multiple-choice question about medical knowledge.\nQUESTION: {question}\n"
        "ANSWER CHOICES: {options}\n"
        "Please choose an answer, strictly following the output format 'Answer:(fill in the letter of the answer)'"
    },
    system={"en": "You are a helpful assistant that good at answering multiple-choice medical questions."},
    option="({label}) {text}",
    separator=" ",
    shot={"en": "Answer:({label})"},
    note="The publisher begins the reply of chat models with 'Answer:('; the instruction is the one it gives others.",
)


def _benchmark(name: str, count: int, chance: float, card: CardFigures | None, aliases: tuple[str, ...]) -> Benchmark:
    return Benchmark(
        name=name,
        title=f"Medbullets ({count} options)",
        group="Medical Knowledge" if card else "Beyond the card",
        kind="choice",
        langs=("en",),
        source=Source(
            hub="mkieffer/Medbullets",
            files=(f"data/op{count}_*.parquet",),  # one "test" part now, "train" and "eval" in older commits
            revision="",
            licence="none stated",
            page="https://github.com/HanjieChen/ChallengeClinicalQA",
            paper="arXiv:2402.18060",
        ),
        size=308,
        chance=chance,
        forms=_forms(name, count),
        paths=("medbullets",),
        official=_OFFICIAL,
        card=card,
        aliases=aliases,
        faults=(
            "Some vignettes speak of a figure that is not there.",
            "308 items: the 95 % interval of 57.8 is about 5.5 points to either side.",
            "Which version the card used is not said; MedAgentsBench, whose sizes fit the card, uses five options.",
        ),
        reads=f"A clinical vignette with {count} options, from a question bank for Step 2 and Step 3 of the USMLE.",
    )


BENCHMARKS = (
    _benchmark("medbullets", 5, 20.0, CardFigures(57.8, 59.1, 51.6), ("Medbullets-5", "medbullets_op5")),
    _benchmark("medbullets_op4", 4, 25.0, None, ("Medbullets-4",)),
)
