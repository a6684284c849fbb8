"""DiagnosisArena: 915 case reports of ten leading journals; which diagnosis do they lead to?

Two tasks over the same cases: choosing among four diagnoses (what the card measured), and naming five in order of
likelihood, which a judge compares with the published one.
"""

from __future__ import annotations

from dataclasses import replace

from medgo.evaluation.benchmarks._forms import NOT_DEV, one_label, same_text
from medgo.evaluation.benchmarks.definition import Benchmark, CardFigures, Form, Protocol, Source
from medgo.evaluation.benchmarks.row import Row
from medgo.schema import EvalItem

_SECTIONS = ("Case Information", "Physical Examination", "Diagnostic Tests")
_FIELDS = frozenset({"id", *_SECTIONS, "Final Diagnosis"})


def _sections(row: Row) -> dict[str, str]:
    """The parts of a case, for prompts that name them one by one."""
    return {name: row.text(name, default="") for name in _SECTIONS}


def _case(row: Row) -> str:
    return "\n".join(f"{name}:\n{text}" for name, text in _sections(row).items())


def _choice(row: Row) -> EvalItem:
    options = row.options("Options")
    answer = one_label(row, "Right Option", options)
    same_text(row, "Final Diagnosis", options[answer[0]])
    return EvalItem(
        id=row.text("id"),
        benchmark="diagnosisarena",
        lang="en",
        question="Which of the following is the most appropriate diagnosis?",
        options=options,
        answer=answer,
        context=_case(row),
        meta=_sections(row),
    )


def _open(row: Row) -> EvalItem:
    return EvalItem(
        id=row.text("id"),
        benchmark="diagnosisarena_open",
        lang="en",
        question="What are the five most likely diagnoses, the most likely first?",
        context=_case(row),
        reference=row.text("Final Diagnosis"),
        meta=_sections(row),
    )


CHOICE = Benchmark(
    name="diagnosisarena",
    title="DiagnosisArena (multiple choice)",
    group="Clinical Reasoning",
    kind="choice",
    langs=("en",),
    source=Source(
        hub="SII-SPIRAL-MED/DiagnosisArena",
        files=("data/test-*.parquet",),
        revision="64bb873fe651e1c71cd8b0958104dd911f042872",
        licence="MIT; derived from journals' case reports, for research and model evaluation only",
        page="https://github.com/SPIRAL-MED/DiagnosisArena",
        paper="2505.14107",
    ),
    size=915,
    chance=25.0,
    forms=(Form("official", _FIELDS | {"Options", "Right Option"}, _choice, path=NOT_DEV),),
    paths=("diagnosisarena",),
    official=Protocol(
        prompt={
            "en": "According to the provided medical case and select the most appropriate diagnosis from the following "
            "four options. Put your final answer within \\boxed{{}}.\n\nHere is the medical case: \n"
            "Case Information:\n{meta[Case Information]}\nPhysical Examination:\n{meta[Physical Examination]}\n"
            "Diagnostic Tests:\n{meta[Diagnostic Tests]}\n\nHere are the four options: \n{options}\n\n"
            "Put your final answer letter within \\boxed{{}}.\nFinal answer: \\boxed{{Correct Option Letter}}"
        },
        direct=False,
        max_new_tokens=2048,
        note="The publisher prints the options as a Python dictionary and sets no temperature; here they are lines and "
        "decoding is greedy. Its scorer compares with a method (`.lower` without a call), so that every answer is "
        "wrong, and stops at the first reply without a box; neither is repeated.",
    ),
    card=CardFigures(64.4, 53.4, 46.6),
    aliases=("diagnosisarena_mcq",),
    faults=(
        "The paper has 1,113 cases and the README 1,000; 915 were released (recent and restricted journals removed).",
        "MedPAIR also draws on JAMA case reports.",
    ),
    reads="Case information, physical examination and diagnostic tests (1,400 characters on average) are the context; "
    "the four options are diagnoses.",
)

OPEN = replace(
    CHOICE,
    name="diagnosisarena_open",
    title="DiagnosisArena (open, top 1 and top 5)",
    group="Beyond the card",
    kind="diagnosis",
    chance=None,
    forms=(Form("official", _FIELDS, _open, path=NOT_DEV),),
    official=Protocol(
        prompt={
            "en": "As a medical expert, please make a diagnosis for the patient's disease based on the case "
            "information, \nphysical examination, and diagnostic tests. Please enumerate the top 5 most likely "
            "diagnoses for the \nfollowing patient in order, with the most likely disease listed first.\n\n"
            "Case Information:\n{meta[Case Information]}\n\nPhysical Examination:\n{meta[Physical Examination]}\n\n"
            "Diagnostic tests:\n{meta[Diagnostic Tests]}\n\nOutput the diagnosis in numeric order, one per line. "
            "For example:\n1. Disease A;\n2. Disease B;\n...\n\nDo not output anything else!"
        },
        max_new_tokens=512,
        note="The publisher's judge (GPT-4o) gives 2, 1 or 0 points; top 1 and top 5 count the 2s.",
    ),
    card=None,
    aliases=(),
    faults=(*CHOICE.faults, "Published open top 1 is 51.1 at best: not comparable with the multiple-choice figures."),
    reads="As diagnosisarena, without options; the reference is the published final diagnosis.",
)

BENCHMARKS = (CHOICE, OPEN)
