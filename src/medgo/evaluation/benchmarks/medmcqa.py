"""MedMCQA: 4,183 questions of Indian medical entrance exams (AIIMS, NEET PG) in 21 subjects, four options each.

The validation part is what everybody reports, because the test part's answers are hidden. ``choice_type`` says
whether the exam counted the question as "single" (2,816) or "multi" (1,367); all have exactly one gold label.
"""

from __future__ import annotations

from dataclasses import replace

from medgo.evaluation.benchmarks._forms import (
    MEDAGENTSBENCH,
    NOT_DEV,
    column_options,
    named,
    not_named,
    numbered_label,
    one_label,
    same_text,
)
from medgo.evaluation.benchmarks.definition import Benchmark, CardFigures, Form, Protocol, Source
from medgo.evaluation.benchmarks.row import Row
from medgo.schema import EvalItem

_OPTIONS = ("opa", "opb", "opc", "opd")
_UNLABELLED = frozenset({"question", "id", *_OPTIONS})
_FIELDS = _UNLABELLED | {"cop"}
_NO_META = {"choice_type": "", "topic": ""}


def _read(row: Row, first: int) -> EvalItem:
    """``cop`` counts from 1 in the original JSON and from 0 on the Hub: the kind of file says which."""
    if row.integer("cop") < 0:
        raise _hidden(row)
    options = column_options(row, _OPTIONS)
    return EvalItem(
        id=row.text("id"),
        benchmark="medmcqa",
        lang="en",
        question=row.text("question"),
        options=options,
        answer=numbered_label(row, "cop", options, first=first),
        category=row.text("subject_name", default=""),
        meta={"choice_type": row.text("choice_type", default=""), "topic": row.text("topic_name", default="")},
    )


def _original(row: Row) -> EvalItem:
    return _read(row, 1)


def _hub(row: Row) -> EvalItem:
    return _read(row, 0)


def _medagentsbench(row: Row) -> EvalItem:
    options = row.options("options")
    answer = one_label(row, "answer_idx", options)
    same_text(row, "answer", options[answer[0]])
    return EvalItem(
        row.text("realidx"),
        "medmcqa",
        "en",
        row.text("question"),
        options,
        answer,
        meta=_NO_META | {"choice_type": "single"},
    )


def _mirage(row: Row) -> EvalItem | None:
    """MIRAGE's file holds five benchmarks, rows by id."""
    name, _, ident = row.key.partition("/")
    if name != "medmcqa":
        return None
    options = row.options("options")
    return EvalItem(
        ident, "medmcqa", "en", row.text("question"), options, one_label(row, "answer", options), meta=_NO_META
    )


def _hidden(row: Row) -> Exception:
    return row.error("cop", "a gold option (the test part's are hidden; the validation part is reported)", None)


def _test_part(row: Row) -> EvalItem:
    raise _hidden(row)


def _single(form: Form) -> Form:
    """The form, with the exam's single-choice questions only."""

    def read(row: Row) -> EvalItem | None:
        item = form.read(row)
        single = isinstance(item, EvalItem) and item.meta["choice_type"] == "single"
        return replace(item, benchmark="medmcqa_single") if isinstance(item, EvalItem) and single else None

    return replace(form, read=read)


_FORMS = (
    Form("official", _FIELDS, _original, path=not_named("train", "test") + r".*\.jsonl?(?:\.gz)?$"),
    Form("hub", _FIELDS, _hub, path=not_named("train", "test") + r".*\.parquet$"),
    Form("medagentsbench", MEDAGENTSBENCH, _medagentsbench, path=NOT_DEV),
    Form("mirage", frozenset({"question", "options", "answer"}), _mirage, path=r"mirage|benchmark\.json"),
    Form("official train", _FIELDS, _original, "dev", r"^(?=.*\.jsonl?(?:\.gz)?$).*" + named("train")),
    Form("hub train", _FIELDS, _hub, "dev", r"^(?=.*\.parquet$).*" + named("train")),
    Form("test part", _UNLABELLED, _test_part, path=named("test")),
)

MEDMCQA = Benchmark(
    name="medmcqa",
    title="MedMCQA",
    group="Medical Knowledge",
    kind="choice",
    langs=("en",),
    source=Source(
        hub="openlifescienceai/medmcqa",
        files=("data/validation-*.parquet", "data/train-*.parquet"),
        revision="91c6572c454088bf71b679ad90aa8dffcd0d5868",
        licence="MIT (original repository); Apache-2.0 (Hub)",
        page="https://github.com/medmcqa/medmcqa",
        paper="2203.14371",
    ),
    size=4183,
    chance=25.0,
    forms=_FORMS,
    paths=("medmcqa", "mirage"),
    official=Protocol(
        prompt={"en": "Question: {question}\nChoices:\n{options}\nAnswer:"},
        max_new_tokens=16,
        note="The publisher names no prompt for language models; this is lm-evaluation-harness's, for letter scoring.",
    ),
    card=CardFigures(68.3, 66.3, 64.1),
    aliases=("med_mcqa",),
    faults=(
        "'cop' counts from 1 in the original JSON and from 0 on the Hub; read with the wrong base, a model is at 25 %.",
        "Gold is skewed (A 32.2 %, D 19.7 %): a model that always says A is above chance.",
        "'multi' questions have one gold label too; the repository's README swaps the sizes of validation and test.",
        "MedAgentsBench's file holds the 2,816 single-choice questions only; the card's figures fit either size.",
    ),
    reads="A short exam question, often a fragment ('Most common type of …:'), with 4 options. Category: subject.",
)

MEDMCQA_SINGLE = replace(
    MEDMCQA,
    name="medmcqa_single",
    title="MedMCQA (single choice)",
    group="Beyond the card",
    size=2816,
    forms=tuple(_single(form) for form in _FORMS),
    card=None,
    aliases=("medmcqa-2816",),
    reads="The 2,816 items of medmcqa that MedAgentsBench asks: those that the exam counted as single choice.",
)

BENCHMARKS = (MEDMCQA, MEDMCQA_SINGLE)
