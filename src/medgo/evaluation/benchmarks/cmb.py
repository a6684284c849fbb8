"""CMB-Exam: 28 Chinese medical examinations of six professions, 400 questions each (Wang et al., NAACL 2024).

The card's figure counts the questions with one right answer, as MedEvalKit does; ``cmb_all`` counts all of them.
"""

from __future__ import annotations

from collections.abc import Callable

from medgo.evaluation.benchmarks._apollo import APOLLO, apollo_item
from medgo.evaluation.benchmarks._ids import stem_id
from medgo.evaluation.benchmarks.definition import AnswerKey, Benchmark, CardFigures, Form, Protocol, Source
from medgo.evaluation.benchmarks.row import Row
from medgo.schema import EvalItem

SINGLE, MULTIPLE = "单项选择题", "多项选择题"
_FIELDS = frozenset({"question", "option", "question_type"})
_KEY = AnswerKey(frozenset({"id", "exam_class", "question_type", "answer"}), r"(?:^|/)[^/]*answer[^/]*$")
# Only the name of the file tells the splits apart, and the training file must never be read.
# The Hub's own Parquet has folders for them: exam/test/0000.parquet.
_TEST = r"(?:^|/)(?:(?:cmb[-_](?:exam[-_])?)?test[^/]*|test/\d+\.[^/]*)$"
_DEV = r"(?:^|/)(?:(?:cmb[-_](?:exam[-_])?)?val[^/]*|val[a-z]*/\d+\.[^/]*)$"

_SOURCE = Source(
    hub="FreedomIntelligence/CMB",
    files=("CMB-Exam/CMB-test/*merge.json", "CMB-Exam/CMB-val/*merge.json"),
    revision="68fe27d016b5fa2f37ed8a06e8540deb173d3264",
    licence="Apache-2.0",
    page="https://github.com/FreedomIntelligence/CMB",
    paper="2308.08833",
    get="where its test file has no answers, they are in data/CMB-test-choice-answer.json of the repository, by id",
)
_OFFICIAL = Protocol(
    prompt={
        "zh": (
            "以下是中国{meta[exam_type]}中{meta[exam_class]}考试的一道{meta[question_type]}，"
            "不需要做任何分析和解释，直接输出答案选项。\n{question}\n{options}"
        ),
    },
    shot={"zh": "答案是{label}。"},
    note="The publisher's code leaves out options of one character (甲, 8), even right ones; they are kept here.",
)
_FAULTS = (
    "The test file was first published without answers; they are in CMB-test-choice-answer.json of the repository.",
    "25 questions that are announced as having several right answers have one.",
    "The publisher's scorer takes every letter A to G of a reply without 答案 (a word such as CT counts as C).",
    "Apollo's test_zh.json holds 2,000 of the single-answer questions, 122 with an empty fifth option (left out here) "
    "and three of them twice; its dev_zh.json is wholly inside test_zh.json and is not read.",
)


def _exam(benchmark: str, *, single: bool) -> Callable[[Row], EvalItem | None]:
    """Make the reader of the official file and the Hub's: ``option`` is an object or a list of key and value."""

    def read(row: Row) -> EvalItem | None:
        kind = row.text("question_type")
        if kind not in (SINGLE, MULTIPLE):
            raise row.error("question_type", f"{SINGLE} or {MULTIPLE}", kind)
        if single and kind == MULTIPLE:
            return None
        if not row.text("answer", default=""):
            raise row.error("answer", "letters (they are in CMB-test-choice-answer.json, which is not here)", None)
        options = row.options("option")
        question = row.text("question")
        return EvalItem(
            id=stem_id(question, options),  # the numbers of the official file are not in the other forms
            benchmark=benchmark,
            lang="zh",
            question=question,
            options=options,
            answer=row.labels("answer", options),
            multiple=kind == MULTIPLE,
            category=row.text("exam_type", default=""),
            meta={
                "exam_type": row.text("exam_type", default="医学考试"),
                "exam_class": row.text("exam_class", default="医学专业"),
                "exam_subject": row.text("exam_subject", default=""),
                "question_type": kind,
            },
        )

    return read


def _key(row: Row) -> None:
    """Refuse the answer key alone."""
    raise row.error("question", "the questions (this file is their answer key alone)", None)


def _apollo(row: Row) -> EvalItem | None:
    meta = {"exam_type": "医学考试", "exam_class": "医学专业", "exam_subject": "", "question_type": SINGLE}
    return apollo_item(row, "cmb", "cmb-single", meta=meta)


def _forms(benchmark: str, *, single: bool) -> tuple[Form, ...]:
    read = _exam(benchmark, single=single)
    apollo = Form("apollo", APOLLO, _apollo, path=r"test[_/]zh\.json")
    return (
        Form("official", _FIELDS, read, path=_TEST, key=_KEY),
        *((apollo,) if single else ()),
        Form("answer key", _KEY.fields, _key, path=_KEY.path),
        Form("official", _FIELDS, read, split="dev", path=_DEV),
    )


BENCHMARKS = (
    Benchmark(
        name="cmb",
        title="CMB",
        group="Medical Knowledge",
        kind="choice",
        langs=("zh",),
        source=_SOURCE,
        size=10010,
        chance=20.3,
        forms=_forms("cmb", single=True),
        paths=("cmb", "apollo", "xmedbench"),
        official=_OFFICIAL,
        card=CardFigures(92.5, 75.4, 56.8),
        aliases=("cmb_single", "CMB-Exam"),
        faults=_FAULTS,
        reads="A question of a Chinese medical examination with up to five options, of which one is right.",
    ),
    Benchmark(
        name="cmb_all",
        title="CMB (one or several right answers)",
        group="Beyond the card",
        kind="choice",
        langs=("zh",),
        source=_SOURCE,
        size=11200,
        chance=18.5,
        forms=_forms("cmb_all", single=False),
        paths=("cmb",),
        official=_OFFICIAL,
        average="category",
        multiple=True,
        faults=_FAULTS[:3],
        reads="All 11,200 questions; the headline is the mean of six professions, as the publisher's board counts.",
    ),
)
