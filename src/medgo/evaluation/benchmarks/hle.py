"""Medical-Eval-HLE: 103 multiple-choice items on biology and medicine out of Humanity's Last Exam.

The card's 19.4, 12.6 and 14.6 are 20, 13 and 15 of 103 and fit no other subset in circulation, so the card scored the
letter, without a judge. Guessing gives 16.9: everything between 13 and 28 is within the 95 % interval of 19.4.
The items must not be shared; they carry a canary, and nothing that leaves the machine may quote them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from medgo.evaluation.benchmarks._ids import stem_id
from medgo.evaluation.benchmarks._inline import inline_options
from medgo.evaluation.benchmarks.definition import Benchmark, CardFigures, Form, Protocol, Source
from medgo.evaluation.benchmarks.row import Row
from medgo.schema import EvalItem

_CHOICES = "Answer Choices:"
_FIRST = re.compile(r"^\(?A[.):]\s", re.MULTILINE)


def _item(row: Row, question: str, options: Mapping[str, str], field: str, category: str = "") -> EvalItem:
    return EvalItem(
        id=stem_id(question, options),
        benchmark="hle",
        lang="en",
        question=question,
        options=options,
        answer=row.labels(field, options),
        category=category,
    )


def _subset(row: Row) -> EvalItem:
    return _item(row, row.text("question"), row.options("options"), "answer_idx")


def _parent(row: Row) -> EvalItem | None:
    """A row of the whole exam: only biology and medicine, with options in the question and without an image."""
    wanted = row.text("category") == "Biology/Medicine" and row.text("answer_type") == "multipleChoice"
    if not wanted or row.values.get("image"):
        return None
    stem, heading, choices = row.text("question").partition(_CHOICES)
    if not heading:  # written by many hands: the last line that begins with A is where the options are, then
        starts = list(_FIRST.finditer(stem))
        if not starts or not starts[-1].start():
            raise row.error("question", f"the options after {_CHOICES!r}", stem)
        stem, choices = stem[: starts[-1].start()], stem[starts[-1].start() :]
    options = inline_options(Row({"question": choices}, row.file, row.number), "question")
    return _item(row, stem.strip(), options, "answer", row.text("raw_subject", default=""))


BENCHMARKS = (
    Benchmark(
        name="hle",
        title="Medical-Eval-HLE",
        group="Medical Knowledge",
        kind="choice",
        langs=("en",),
        source=Source(
            hub="tuenguyen/Medical-Eval-HumanityLastExam",
            files=("*.parquet", "*.jsonl", "*.json"),
            revision="",
            licence="MIT; the publisher asks not to share, re-upload or distribute it",
            page="https://huggingface.co/datasets/cais/hle",
            paper="arXiv:2501.14249",
            get="or take the whole exam from cais/hle, which is gated (accept its terms, then `hf auth login`)",
        ),
        size=103,
        chance=16.9,
        forms=(
            Form("subset", frozenset({"question", "options", "answer_idx"}), _subset),
            Form("hub_parent", frozenset({"question", "answer", "answer_type", "category", "image"}), _parent),
        ),
        paths=("hle", "humanitylastexam", "lasthumanity", "humanityslastexam"),
        official=Protocol(
            prompt={"en": "{question}\n\nAnswer Choices:\n{options}"},
            system={
                "en": "Your response should be in the following format:\n"
                "Explanation: {your explanation for your answer choice}\n"
                "Answer: {your chosen answer}\n"
                "Confidence: {your confidence score between 0% and 100% for your answer}"
            },
            direct=False,
            max_new_tokens=8192,
            note="The publisher lets a model judge the reply and reports calibration; here the letter is read.",
        ),
        card=CardFigures(19.4, 12.6, 14.6),
        aliases=("Medical-Eval-HLE", "Medical-HLE", "Medical-Eval-HumanityLastExam"),
        confidential=True,
        faults=(
            "103 items: a difference of one is a point, and the whole range of published scores is near guessing.",
            "Five to 22 options; scorers that look for A to J miss some.",
            "Where only the whole exam (cais/hle) is at hand, its text-only multiple-choice items on biology and "
            "medicine are taken: not the same 103.",
        ),
        reads="A hard question on biology or medicine with 5 to 22 options; the gold repeats the letter and the text.",
    ),
)
