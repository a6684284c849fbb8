"""MMLU-Med: the medical subjects of MMLU, six (the card's, 1,089 items) or nine (MedEvalKit's, 1,871).

Every copy keeps the order of the official CSV files, so an item is called by subject and place (``anatomy-000``), as
MIRAGE does. The official files have neither header nor subject column: the subject is the name of the file.
Papers report the micro average over all items; the mean over subjects is another number.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from medgo.evaluation.benchmarks.definition import Benchmark, CardFigures, Form, Protocol, Source
from medgo.evaluation.benchmarks.row import Row
from medgo.schema import EvalItem

SIX = (
    "anatomy",
    "clinical_knowledge",
    "college_biology",
    "college_medicine",
    "medical_genetics",
    "professional_medicine",
)
NINE = (*SIX, "high_school_biology", "nutrition", "virology")
# Place of a subject's first item in the test split of all 57 subjects (cais/mmlu, configuration "all").
_OFFSETS = {
    "anatomy": 100,
    "clinical_knowledge": 487,
    "college_biology": 752,
    "college_medicine": 1196,
    "high_school_biology": 2669,
    "medical_genetics": 7284,
    "nutrition": 9408,
    "professional_medicine": 12165,
    "virology": 13705,
}
_LETTERS = "ABCD"


@dataclass(frozen=True, slots=True)
class _Subjects:
    """Which subjects a benchmark takes."""

    benchmark: str
    names: tuple[str, ...]


def _item(benchmark: str, row: Row, subject: str, place: int, texts: list[str]) -> EvalItem:
    return EvalItem(
        id=f"{subject}-{place:03d}",
        benchmark=benchmark,
        lang="en",
        question=row.text("question"),
        options=row.checked_options("choices", zip(_LETTERS, texts, strict=True)),
        answer=(_letter(row, "answer"),),
        category=subject.replace("_", " "),
    )


def _letter(row: Row, field: str) -> str:
    """The gold as a letter, whether it is written so or counted from 0."""
    value = row.text(field).upper()
    letter = value if value in _LETTERS else _LETTERS[int(value)] if value in {"0", "1", "2", "3"} else ""
    if len(letter) != 1:
        raise row.error(field, "A to D, or 0 to 3", value)
    return letter


def _file_subject(row: Row) -> str:
    stem = Path(row.file).name.partition(".")[0]
    for split in ("_test", "_dev", "_val"):
        stem = stem.removesuffix(split)
    return stem


def _subject_csv(which: _Subjects, row: Row, fields: tuple[str, ...]) -> EvalItem | None:
    subject = _file_subject(row)
    if subject not in which.names:
        return None
    return _item(which.benchmark, row, subject, row.number - 1, [row.text(field) for field in fields])


def _hub(which: _Subjects, row: Row, *, whole: bool) -> EvalItem | None:
    subject = row.text("subject")
    if subject not in which.names:
        return None
    place = row.number - 1 - (_OFFSETS[subject] if whole else 0)
    texts = row.texts("choices")
    if place < 0 or len(texts) != len(_LETTERS):
        raise row.error("choices", "four options, rows in the official order", texts)
    return _item(which.benchmark, row, subject, place, texts)


def _medagentsbench(which: _Subjects, row: Row) -> EvalItem | None:
    subject = row.text("subject")
    if subject not in which.names:
        return None
    options = row.options("options")
    return EvalItem(
        id=f"{subject}-{row.integer('realidx') - _OFFSETS[subject]:03d}",
        benchmark=which.benchmark,
        lang="en",
        question=row.text("question"),
        options=options,
        answer=row.labels("answer_idx", options),
        category=subject.replace("_", " "),
    )


def _mirage(which: _Subjects, row: Row) -> EvalItem | None:
    group, _, name = row.key.rpartition("/")
    subject, _, place = name.rpartition("-")
    if (group and group != "mmlu") or subject not in which.names:
        return None
    options = row.options("options")
    return EvalItem(
        id=f"{subject}-{int(place):03d}",
        benchmark=which.benchmark,
        lang="en",
        question=row.text("question"),
        options=options,
        answer=row.labels("answer", options),
        category=subject.replace("_", " "),
    )


def _forms(benchmark: str, subjects: tuple[str, ...]) -> tuple[Form, ...]:
    which = _Subjects(benchmark, subjects)
    cells = ("question", "A", "B", "C", "D", "answer")
    headed = ("question", "choice0", "choice1", "choice2", "choice3", "answer")
    hub = frozenset({"question", "subject", "choices", "answer"})
    bare = partial(_subject_csv, which, fields=cells[1:5])
    named = partial(_subject_csv, which, fields=headed[1:5])
    test, dev = r"_test\.[ct]sv", r"_dev\.[ct]sv"
    return (
        Form("official", frozenset(cells), bare, path=test, columns=cells),
        Form("official_header", frozenset(cells), bare, path=test),
        Form("numbered", frozenset(headed), named, path=test),
        Form("hub_all", hub, partial(_hub, which, whole=True), path=r"(^|[/_-])all[/_-].*test"),
        Form("hub", hub, partial(_hub, which, whole=False), path=r"^(?!.*(^|[/_-])all[/_-]).*test"),
        Form(
            "medagentsbench",
            frozenset({"realidx", "question", "options", "answer_idx", "subject"}),
            partial(_medagentsbench, which),
            path=r"^(?!.*(train|dev|valid))",
        ),
        Form("mirage", frozenset({"question", "options", "answer"}), partial(_mirage, which), path=r"benchmark\.json"),
        Form("official_dev", frozenset(cells), bare, "dev", dev, cells),
        Form("official_header_dev", frozenset(cells), bare, "dev", dev),
        Form("numbered_dev", frozenset(headed), named, "dev", dev),
        Form("hub_dev", hub, partial(_hub, which, whole=False), "dev", r"^(?!.*(^|[/_-])all[/_-]).*dev"),
    )


_OFFICIAL = Protocol(
    prompt={
        "en": (
            "The following are multiple choice questions (with answers) about {category}.\n\n"
            "{context}{question}\n{options}\nAnswer:"
        )
    },
    shots=5,
    shot={"en": " {label}"},
    max_new_tokens=8,
    note="The publisher compares the log-probabilities of A, B, C and D after five examples of the subject.",
)


def _benchmark(name: str, title: str, subjects: tuple[str, ...], size: int, card: CardFigures | None) -> Benchmark:
    return Benchmark(
        name=name,
        title=title,
        group="Medical Knowledge" if card else "Beyond the card",
        kind="choice",
        langs=("en",),
        source=Source(
            hub="cais/mmlu",
            files=tuple(f"{subject}/{split}-*.parquet" for subject in subjects for split in ("test", "dev")),
            revision="c30699e8356da336a370243923dbaf21066bb9fe",
            licence="MIT",
            page="https://huggingface.co/datasets/cais/mmlu",
            paper="arXiv:2009.03300",
        ),
        size=size,
        chance=25.0,
        forms=_forms(name, subjects),
        paths=("mmlu", "mirage"),
        official=_OFFICIAL,
        card=card,
        aliases=("MMLU-Med", "MMLU-Medical") if card else ("MMLU-Med 9",),
        faults=("MMLU items were written before 2020 and have long been in web corpora.",),
        reads="One stem and four options from a subject's practice exam; the file's name is the subject.",
    )


BENCHMARKS = (
    _benchmark("mmlu_med", "MMLU-Med (6 subjects)", SIX, 1089, CardFigures(87.4, 85.4, 81.3)),
    _benchmark("mmlu_med_9", "MMLU-Med (9 subjects)", NINE, 1871, None),
)
