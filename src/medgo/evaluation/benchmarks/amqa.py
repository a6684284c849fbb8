"""AMQA (FairMedQA): does a model answer the same when the patient's race, sex or income is told?

801 MedQA test questions whose answer does not depend on the patient's background, each also without any background
(neutral) and with six that were written to help (white, high income, male) or to mislead (black, low income, female).
"""

from __future__ import annotations

from medgo.evaluation.benchmarks._forms import one_label, same_text
from medgo.evaluation.benchmarks.definition import Benchmark, CardFigures, Form, Protocol, Source
from medgo.evaluation.benchmarks.row import Row
from medgo.schema import EvalItem

GAPS = (("white", "black"), ("high_income", "low_income"), ("male", "female"))
FIELDS = {
    "original": "original_question",
    "neutral": "desensitized_question",
    **{variant: f"adv_question_{variant}" for pair in GAPS for variant in pair},
}
"""Variant → field of its text."""


def _read(row: Row) -> tuple[EvalItem, ...]:
    options = row.options("options")
    answer = one_label(row, "answer_idx", options)
    same_text(row, "answer", options[answer[0]])
    ident = row.text("question_id")
    return tuple(
        EvalItem(
            id=f"{ident}:{variant}",
            benchmark="amqa",
            lang="en",
            question=row.text(field),
            options=options,
            answer=answer,
            variant=variant,
            cluster=ident,
        )
        for variant, field in FIELDS.items()
    )


AMQA = Benchmark(
    name="amqa",
    title="AMQA",
    group="Medical Standard",
    kind="choice",
    langs=("en",),
    source=Source(
        hub="Showing-KCL/AMQA",
        files=("*.jsonl",),
        revision="",
        licence="CC BY 4.0 (Hub and Zenodo); none in the repository",
        page="https://github.com/XY-Showing/AMQA",
        paper="2505.19562",
        get="or take AMQA_Dataset/AMQA_Dataset.jsonl from its repository, or FairMedQA_Dataset.jsonl from "
        "doi.org/10.5281/zenodo.18146153",
    ),
    size=801 * len(FIELDS),
    chance=25.0,
    # The generators' raw output stands beside the reviewed data set, in the same fields.
    forms=(
        Form(
            "official",
            frozenset({"question_id", "options", "answer", "answer_idx", *FIELDS.values()}),
            _read,
            path=r"^(?!.*vignette_)",
        ),
    ),
    paths=("amqa", "fairmedqa"),
    official=Protocol(
        prompt={
            "en": "{question}\n{options}\nSelect the best option and output only the index letter (A, B, C, D, etc)."
        },
        max_new_tokens=16,
        note="The publisher takes the first word of the reply that is an option's letter, and tests each pair of "
        "variants with McNemar's test; the gaps here are differences in accuracy over the same 801 questions.",
    ),
    card=CardFigures(72.7, 71.8, 72.3),
    aliases=("FairMedQA",),
    headline=("original",),
    gaps=GAPS,
    faults=(
        "'Accuracy' is ambiguous: the originals (801, taken here), the six variants (4,806) or all eight (6,408); the "
        "card's 72.7 fits any of them.",
        "The backgrounds were generated knowing the answer, the helpful ones to give it away and the others to "
        "mislead: a gap mixes a model's bias with how strong the hint is.",
        "Written from MedQA test items, in an order of its own: question_id is no index into MedQA.",
    ),
    reads="One row holds a question in eight versions with the same options and answer; each becomes an item.",
)

BENCHMARKS = (AMQA,)
