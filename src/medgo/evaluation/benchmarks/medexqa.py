"""MedExQA: 940 questions of five professions that other benchmarks leave out, with two explanations for each answer.

Biomedical engineers, clinical laboratory scientists, clinical psychologists, occupational therapists and speech
pathologists. The explanations are not asked for here: the card measured the answers.
"""

from __future__ import annotations

from medgo.evaluation.benchmarks._forms import DEV, MEDAGENTSBENCH, NOT_DEV, one_label, same_text
from medgo.evaluation.benchmarks.definition import Benchmark, CardFigures, Form, Protocol, Source
from medgo.evaluation.benchmarks.row import Row
from medgo.schema import EvalItem

SPECIALTIES = (
    "biomedical_engineer",
    "clinical_laboratory_scientist",
    "clinical_psychologist",
    "occupational_therapist",
    "speech_pathologist",
)
_COLUMNS = ("question", "A", "B", "C", "D", "exp0", "exp1", "answer")
_NAMED = frozenset({"question", "A", "B", "C", "D", "answer"})


def _item(row: Row, place: int, specialty: str, options: dict[str, str], gold: str) -> EvalItem:
    return EvalItem(
        id=f"{place}_{specialty}",
        benchmark="medexqa",
        lang="en",
        question=row.text("question"),
        options=options,
        answer=one_label(row, gold, options),
        category=specialty.replace("_", " "),
    )


def _official(row: Row) -> EvalItem:
    """The rows say neither id nor specialty: the place in the file and the file's name do."""
    specialty = next((name for name in SPECIALTIES if name in row.file.lower()), None)
    if specialty is None:
        raise row.error("(file name)", f"one of {', '.join(SPECIALTIES)} in it", row.file)
    options = row.checked_options("A", [(letter, row.values.get(letter)) for letter in "ABCD"])
    return _item(row, row.number - 1, specialty, options, "answer")


def _medagentsbench(row: Row) -> EvalItem:
    """This copy took the first row of each of the ten files for a header: its row 0 is the official row 1."""
    place, _, specialty = row.text("realidx").partition("_")
    if not place.isdecimal() or specialty not in SPECIALTIES:
        raise row.error("realidx", "a number, '_' and a specialty", row.values.get("realidx"))
    options = row.options("options")
    item = _item(row, int(place) + 1, specialty, options, "answer_idx")
    same_text(row, "answer", options[item.answer[0]])
    return item


MEDEXQA = Benchmark(
    name="medexqa",
    title="MedExQA",
    group="Medical Knowledge",
    kind="choice",
    langs=("en",),
    source=Source(
        hub="bluesky333/MedExQA",
        files=("test/*.tsv", "dev/*.tsv"),
        revision="3a9f80d6de2c354956d7e86d323214b92d547d6e",
        licence="CC BY-NC-SA 4.0 (Hub); none in the repository",
        page="https://github.com/knowlab/MedExQA",
        paper="2406.06331",
    ),
    size=940,
    chance=25.0,
    forms=(
        Form("official", frozenset(_COLUMNS), _official, path=NOT_DEV + r".*\.tsv", columns=_COLUMNS),
        Form("medagentsbench", MEDAGENTSBENCH, _medagentsbench, path=NOT_DEV),
        Form("with header", _NAMED, _official, path=NOT_DEV),
        Form("official dev", frozenset(_COLUMNS), _official, "dev", r"^(?=.*\.tsv).*" + DEV, _COLUMNS),
        Form("medagentsbench dev", MEDAGENTSBENCH, _medagentsbench, "dev", DEV),
        Form("with header dev", _NAMED, _official, "dev", DEV),
    ),
    paths=("medexqa", *(specialty.replace("_", "") for specialty in SPECIALTIES)),
    official=Protocol(
        prompt={
            "en": "The following is a multiple-choice question. Please choose the most suitable one among A, B, C and "
            "D as the answer to this question. Your answer should be paired with an explanation why you chose that "
            "answer.\n\n{question}\n{options}\n"
        },
        direct=False,
        max_new_tokens=300,
        note="The publisher's figure is the unweighted mean over the five specialties (they are the categories); the "
        "card's 81.5 is plausible as a micro average only. The publisher takes the most similar option where no "
        "letter is found, forbids repeated 3-grams, and grades the explanations too; none of these is done here.",
    ),
    card=CardFigures(81.5, 79.9, 77.5),
    faults=(
        "Every published model is at 21 to 33 % in speech pathology: the keys of these 130 items look shuffled, so a "
        "perfect model would reach about 90 %.",
        "MedAgentsBench's copy (935 items; the size that fits the card) lost the first row of each file to a header "
        "that is not there, and drops the explanations.",
    ),
    reads="A short professional question with options A to D; the files have no header. Category: specialty.",
)

BENCHMARKS = (MEDEXQA,)
