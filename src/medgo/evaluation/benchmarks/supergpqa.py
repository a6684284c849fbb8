"""SuperGPQA, discipline Medicine: 2,755 of 26,529 graduate-level questions with up to ten options.

One file holds all disciplines; rows of the others are left out and counted. The card's baselines (41.1 and 36.7) are
the numbers that MedEvalKit prints for Medicine, with short direct answers.
"""

from __future__ import annotations

from medgo.evaluation.benchmarks.definition import Benchmark, CardFigures, Form, Protocol, Source
from medgo.evaluation.benchmarks.row import Row
from medgo.schema import EvalItem

DISCIPLINE = "Medicine"
_FIELDS = frozenset({"uuid", "question", "options", "answer_letter", "discipline", "field"})


def _read(row: Row) -> EvalItem | None:
    if row.text("discipline") != DISCIPLINE:
        return None
    options = row.options("options")
    answer = row.labels("answer_letter", options)
    text = row.text("answer", default=options[answer[0]])
    if text != options[answer[0]]:
        raise row.error("answer", f"the text of option {answer[0]} ({options[answer[0]][:40]!r})", text)
    return EvalItem(
        id=row.text("uuid"),
        benchmark="supergpqa",
        lang="en",
        question=row.text("question"),
        options=options,
        answer=answer,
        category=row.text("field"),
        meta={
            "subfield": row.text("subfield", default=""),
            "difficulty": row.text("difficulty", default=""),
            "is_calculation": str(row.values.get("is_calculation")).lower() == "true",  # a text in a CSV twin
        },
    )


BENCHMARKS = (
    Benchmark(
        name="supergpqa",
        title="SuperGPQA (Medicine)",
        group="Medical Knowledge",
        kind="choice",
        langs=("en",),
        source=Source(
            hub="m-a-p/SuperGPQA",
            files=("SuperGPQA-all.jsonl",),
            revision="4430d4458112c7d4497fdcf94d7cc223313d6acf",
            licence="ODC-BY",
            page="https://huggingface.co/datasets/m-a-p/SuperGPQA",
            paper="arXiv:2502.14739",
        ),
        size=2755,
        chance=10.5,
        forms=(Form("official", _FIELDS, _read),),
        paths=("supergpqa",),
        official=Protocol(
            prompt={
                "en": "Answer the following multiple choice question. There is only one correct answer. The last line "
                "of your response should be in the format 'Answer: $LETTER' (without quotes), where LETTER is one of "
                "A, B, C, D, E, F, G, H, I, or J.\n\n{question}\n{options}"
            },
            option="{label}) {text}",
            direct=False,
            max_new_tokens=4096,
            note="The publisher searches the last line, then the whole reply, then for an option's text; one reader "
            "for all benchmarks does that here.",
        ),
        card=CardFigures(37.2, 41.1, 36.7),
        aliases=("SuperGPQA-Medicine", "SuperGPQA-Med"),
        faults=(
            "Some questions come from MedMCQA, MedQA and MMLU-Pro, so it is not independent of those.",
            "Chance is an estimate from the mean number of options.",
        ),
        reads="A graduate-level question with mostly ten options, from six fields of medicine in three difficulties.",
    ),
)
