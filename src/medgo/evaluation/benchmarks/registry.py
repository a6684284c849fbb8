"""All benchmarks by name, the card's twenty among them, and the average of its published figures.

Knows no file format and no engine.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from medgo.errors import InputError
from medgo.evaluation.benchmarks import (
    afrimedqa,
    amqa,
    anesbench,
    clinbench_hbp,
    cmb,
    cmb_clin,
    cmexam,
    diagnosisarena,
    explaincpe,
    healthbench,
    hle,
    medbullets,
    medethiceval,
    medexqa,
    medmcqa,
    medpair,
    medqa,
    medxpertqa,
    mmlu_med,
    mmlu_pro,
    pubmedqa,
    supergpqa,
)
from medgo.evaluation.benchmarks.definition import Benchmark, CardFigures

# In the order of the card's table, then what it does not list.
BENCHMARKS: tuple[Benchmark, ...] = (
    *hle.BENCHMARKS,
    *supergpqa.BENCHMARKS,
    *medbullets.BENCHMARKS,
    *mmlu_pro.BENCHMARKS,
    *afrimedqa.BENCHMARKS,
    *medmcqa.BENCHMARKS,
    *medqa.BENCHMARKS,
    *cmb.BENCHMARKS,
    *cmexam.BENCHMARKS,
    *pubmedqa.BENCHMARKS,
    *medexqa.BENCHMARKS,
    *explaincpe.BENCHMARKS,
    *mmlu_med.BENCHMARKS,
    *medxpertqa.BENCHMARKS,
    *anesbench.BENCHMARKS,
    *diagnosisarena.BENCHMARKS,
    *clinbench_hbp.BENCHMARKS,
    *medpair.BENCHMARKS,
    *amqa.BENCHMARKS,
    *medethiceval.BENCHMARKS,
    *healthbench.BENCHMARKS,
    *cmb_clin.BENCHMARKS,
)
CARD: tuple[Benchmark, ...] = tuple(benchmark for benchmark in BENCHMARKS if benchmark.card is not None)

# Names in the card's prose that no data set has.
_MISTAKEN = {
    "aimedqa": (
        "afrimedqa",
        "AIMedQA (in the card's text) is no data set's name: most likely AfriMed-QA is meant.",
    ),
    "cme": ("cmexam", "CME (in the card's text) is no data set's name: most likely CMExam is meant."),
}


def find(name: str) -> Benchmark:
    """Return the benchmark of that name or alias; case and punctuation do not count.

    Raises:
        InputError: There is none; the hint names the closest.
    """
    plain = _plain(name)
    wanted = _MISTAKEN.get(plain, (plain, ""))[0]
    names = _names()
    if (found := names.get(_plain(wanted))) is not None:
        return found
    close = difflib.get_close_matches(plain, names, n=3, cutoff=0.6)
    meant = " or ".join(dict.fromkeys(names[key].name for key in close))
    hint = f"did you mean {meant}?" if close else "medgo eval list names all of them"
    raise InputError(f"there is no benchmark {name!r}", hint=hint)


def note_for(name: str) -> str:
    """What to tell somebody who asked for a name that is no data set's; empty for all other names."""
    return _MISTAKEN.get(_plain(name), ("", ""))[1]


def notes_on_names() -> tuple[str, ...]:
    """The remarks on all names of the card that are no data set's."""
    return tuple(note for _, note in _MISTAKEN.values())


def select(names: str) -> tuple[Benchmark, ...]:
    """Return the benchmarks of ``card``, ``all``, or names with commas between them, each once.

    Raises:
        InputError: A name is unknown, or there is none.
    """
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    if not wanted:
        raise InputError("no benchmark was named", hint="use card, all, or names with commas between them")
    groups = {"card": CARD, "all": BENCHMARKS}
    chosen: Iterable[Benchmark] = (
        benchmark for name in wanted for benchmark in groups.get(name.lower()) or (find(name),)
    )
    return tuple({benchmark.name: benchmark for benchmark in chosen}.values())


def card_average() -> CardFigures:
    """Unweighted mean of the card's twenty figures, in percent with one decimal.

    The card's prose says "about 70"; its own table gives 66.5, and that is what this computes.
    """
    figures = [benchmark.card for benchmark in CARD if benchmark.card is not None]

    def mean(values: list[float]) -> float:
        return round(sum(values) / len(values), 1)

    return CardFigures(
        medgo=mean([figure.medgo for figure in figures]),
        lingshu_32b=mean([figure.lingshu_32b for figure in figures]),
        medgemma_27b=mean([figure.medgemma_27b for figure in figures]),
    )


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _names() -> dict[str, Benchmark]:
    names = {_plain(alias): benchmark for benchmark in BENCHMARKS for alias in benchmark.aliases}
    return names | {_plain(benchmark.name): benchmark for benchmark in BENCHMARKS}
