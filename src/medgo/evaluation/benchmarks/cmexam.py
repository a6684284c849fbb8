"""CMExam: questions of the Chinese National Medical Licensing Examination, some with several right answers.

Liu et al., NeurIPS 2023. The paper does not mark which questions may have several answers, so every item may.
"""

from __future__ import annotations

from medgo.evaluation.benchmarks._apollo import APOLLO, apollo_item
from medgo.evaluation.benchmarks._ids import stem_id
from medgo.evaluation.benchmarks._inline import inline_options
from medgo.evaluation.benchmarks.definition import Benchmark, CardFigures, Form, Protocol, Source
from medgo.evaluation.benchmarks.row import Row
from medgo.schema import EvalItem

_FIELDS = frozenset({"Question", "Options", "Answer"})
# The Hub's own Parquet has folders for them: default/test/0000.parquet.
_TEST = r"(?:^|/)(?:(?:cmexam[-_])?test[^/]*|test/\d+\.[^/]*)$"
_VAL = r"(?:^|/)(?:cmexam[-_])?(?:val|valid|validation|dev)(?:[-_.][^/]*|/\d+\.[^/]*)?$"
_TRAIN = r"(?:^|/)(?:(?:cmexam[-_])?train[^/]*|train/\d+\.[^/]*)$"
# Names of the five annotations in test_with_annotations.csv → what reports call them.
_ANNOTATIONS = {
    "Disease Group": "disease_group",
    "Clinical Department": "department",
    "Medical Discipline": "discipline",
    "Medical Competency": "competency",
    "Difficulty level": "difficulty",
}


def _official(row: Row) -> EvalItem | None:
    """The official CSV (options in one text), its Excel copies and the Hub's list of key and value."""
    # Copies that went through pandas have the text "nan" where the answer is missing.
    if row.text("Answer", default="nan").lower() in ("nan", "none", "null"):
        return None
    packed = isinstance(row.values["Options"], str) and not row.values["Options"].lstrip().startswith(("[", "{"))
    options = inline_options(row, "Options") if packed else row.options("Options")
    question = row.text("Question")
    notes = {name: row.text(field, default="") for field, name in _ANNOTATIONS.items()}
    return EvalItem(
        id=stem_id(question, options),
        benchmark="cmexam",
        lang="zh",
        question=question,
        options=options,
        answer=row.labels("Answer", options),
        multiple=True,
        category=notes["discipline"],
        meta={name: value for name, value in notes.items() if value},
    )


def _apollo(row: Row) -> EvalItem | None:
    return apollo_item(row, "cmexam", "cmexam", multiple=True)


BENCHMARKS = (
    Benchmark(
        name="cmexam",
        title="CMExam",
        group="Medical Knowledge",
        kind="choice",
        langs=("zh",),
        source=Source(
            hub="fzkuji/CMExam",
            files=("test.json", "train.json"),
            revision="a4aaeb2d9bc021bb358f45803776f5fe6a06ebe9",
            licence="Apache-2.0; its README: academic and research use only",
            page="https://github.com/williamliujl/CMExam",
            paper="2306.03030",
        ),
        size=6811,
        chance=19.6,
        forms=(
            Form("official", _FIELDS, _official, path=_TEST),
            Form("apollo", APOLLO, _apollo, path=r"test[_/]zh\.json"),
            # Asked only where there is no test file; it has as many rows as the test split, and other questions.
            Form("validation", _FIELDS, _official, path=_VAL),
            # Not the validation file: it may be what is asked, and an example must not be.
            Form("official", _FIELDS, _official, split="dev", path=_TRAIN),
        ),
        paths=("cmexam", "apollo", "xmedbench"),
        official=Protocol(
            prompt={"zh": "问题: {question}, \n 选项: {options}"},
            option="{label} {text}",
            shot={"zh": "答案: {label}"},
            note="The publisher fine-tunes and then counts an option as chosen when its letter or its text occurs "
            "anywhere in the reply's first line; replies are read by MedGo's rules here.",
        ),
        card=CardFigures(87.4, 82.0, 57.8),
        aliases=("CME",),
        multiple=True,
        faults=(
            "The card's text also names CME, which exists nowhere as a data set; it most likely is CMExam.",
            "About 3 % of the questions have several right answers (210 of 6,810 in the validation file), and nothing "
            "in the file says which; the card's harness counts only the exact set.",
            "One row of the validation file has no answer; it is left out and counted.",
            "Three rows of it lack an option's line; the letters are kept as printed, since the answer refers to them.",
            "Copies in Excel separate the options by the two characters \\n.",
            "Without a test file the validation file is asked; a run says so in the name of the form.",
        ),
        reads="A licensing question with four or five options in one text, and the letters of all right ones.",
    ),
)
