"""MedXpertQA (Text): 2,450 expert-level questions with ten options, from specialty board exams and question banks.

Written to be hard for models that have seen the usual exams: options were extended to ten and rewritten. The card
spells it MedXperQA. The multimodal half (MM) needs images and is not part of it.
"""

from __future__ import annotations

from medgo.evaluation.benchmarks._forms import DEV, MEDAGENTSBENCH, NOT_DEV, one_label, same_text
from medgo.evaluation.benchmarks.definition import Benchmark, CardFigures, Form, Protocol, Source
from medgo.evaluation.benchmarks.row import Row
from medgo.schema import EvalItem

_FIELDS = frozenset({"id", "question", "options", "label"})
_CHOICES = "\nAnswer Choices:"


def _stem(row: Row) -> str:
    """The official question repeats the options after the stem; they are printed once, by the prompt."""
    return row.text("question").partition(_CHOICES)[0].strip()


def _official(row: Row) -> EvalItem | None:
    ident = row.text("id")
    if ident.startswith("MM-"):
        return None
    options = row.options("options")
    return EvalItem(
        id=ident,
        benchmark="medxpertqa",
        lang="en",
        question=_stem(row),
        options=options,
        answer=one_label(row, "label", options),
        category=row.text("question_type", default=""),
        meta={name: row.text(name, default="") for name in ("medical_task", "body_system")},
    )


def _medagentsbench(row: Row) -> EvalItem:
    """``medxpertqa-r`` holds the Reasoning questions, ``medxpertqa-u`` those of Understanding."""
    options = row.options("options")
    answer = one_label(row, "answer_idx", options)
    same_text(row, "answer", options[answer[0]])
    place = row.file.lower()
    category = "Understanding" if "medxpertqa-u" in place else "Reasoning" if "medxpertqa-r" in place else ""
    return EvalItem(row.text("realidx"), "medxpertqa", "en", _stem(row), options, answer, category=category)


MEDXPERTQA = Benchmark(
    name="medxpertqa",
    title="MedXpertQA (Text)",
    group="Clinical Reasoning",
    kind="choice",
    langs=("en",),
    source=Source(
        hub="TsinghuaC3I/MedXpertQA",
        files=("Text/*",),
        revision="7e7c465a68eb2b866926bfa59c8c9d17a8daba65",
        licence="MIT",
        page="https://github.com/TsinghuaC3I/MedXpertQA",
        paper="2501.18362",
    ),
    size=2450,
    chance=10.0,
    forms=(
        Form("official", _FIELDS, _official, path=NOT_DEV + r"(?!.*(?:sampled|medreason|/mm/))"),
        Form("medagentsbench", MEDAGENTSBENCH, _medagentsbench, path=NOT_DEV),
        Form("medreason", _FIELDS, _official, path=NOT_DEV + r".*medreason"),
        Form("official sample", _FIELDS, _official, path=NOT_DEV + r".*sampled"),
        Form("official dev", _FIELDS, _official, "dev", DEV),
        Form("medagentsbench dev", MEDAGENTSBENCH, _medagentsbench, "dev", DEV),
    ),
    paths=("medxpertqa", "medxperqa"),
    official=Protocol(
        prompt={"en": "Q: {question}\nAnswer Choices: {options}\nA: Let's think step by step."},
        system={"en": "You are a helpful medical assistant."},
        option="({label}) {text}",
        separator=" ",
        direct=False,
        max_new_tokens=4096,
        note="The publisher asks a second time ('Therefore, among A through J, the answer is') and takes the first "
        "letter of that reply; here the label is read from the first reply, and forced only where it was cut off.",
    ),
    card=CardFigures(20.7, 20.0, 16.9),
    aliases=("MedXperQA", "medxpertqa_text"),
    faults=(
        "The question's text repeats the options; printed again by a harness, the model reads them twice.",
        "In Text-2230 and Text-2270 the options in the question's text are not those of the field; the field is asked.",
        "The official sample (244 items) has options as a list of letter and content, and the label in a list.",
        "MedReason's copy holds 1,449 of the 2,450 and no repeated options.",
    ),
    reads="A vignette or knowledge question with options A to J. Category: Reasoning (1,861) or Understanding (589).",
)

BENCHMARKS = (MEDXPERTQA,)
