"""MMLU-Pro: the 818 health questions (what the card's figures fit) or all 12,032, with three to ten options.

Health is made of eight subjects of MMLU with more distractors. One question, 6047, differs between the revision of
July 2024 and the copy in MedAgentsBench; whose file is read decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from medgo.evaluation.benchmarks._forms import DEV, NOT_DEV
from medgo.evaluation.benchmarks.definition import Benchmark, CardFigures, Form, Protocol, Source
from medgo.evaluation.benchmarks.row import LETTERS, Row
from medgo.schema import EvalItem

_HUB = frozenset({"question_id", "question", "options", "answer", "answer_index", "category"})
_MEDAGENTSBENCH = frozenset({"realidx", "question", "options", "answer_idx", "category"})


def _item(row: Row, key: str, gold: str, options: Mapping[str, str], benchmark: str) -> EvalItem:
    return EvalItem(
        id=str(row.integer(key)),
        benchmark=benchmark,
        lang="en",
        question=row.text("question"),
        options=options,
        answer=row.labels(gold, options),
        category=row.text("category"),
        meta={"src": row.text("src", default="")},
    )


def _hub(row: Row, *, benchmark: str, category: str) -> EvalItem | None:
    if category and row.text("category") != category:
        return None
    # The publisher's scorer drops options "N/A", which fill the list in some revisions.
    pairs = [(letter, text) for letter, text in zip(LETTERS, row.texts("options"), strict=False) if text != "N/A"]
    return _item(row, "question_id", "answer", row.checked_options("options", pairs), benchmark)


def _medagentsbench(row: Row, *, benchmark: str, category: str) -> EvalItem | None:
    if category and row.text("category") != category:
        return None
    return _item(row, "realidx", "answer_idx", row.options("options"), benchmark)


def _forms(benchmark: str, category: str) -> tuple[Form, ...]:
    hub = partial(_hub, benchmark=benchmark, category=category)
    medagentsbench = partial(_medagentsbench, benchmark=benchmark, category=category)
    return (
        Form("hub", _HUB, hub, path=NOT_DEV),
        Form("medagentsbench", _MEDAGENTSBENCH, medagentsbench, path=NOT_DEV),
        Form("hub_validation", _HUB, hub, "dev", DEV),
        Form("medagentsbench_validation", _MEDAGENTSBENCH, medagentsbench, "dev", DEV),
    )


_OFFICIAL = Protocol(
    prompt={
        "en": "The following are multiple choice questions (with answers) about {category}. Think step by step and "
        'then finish your answer with "the answer is (X)" where X is the correct letter choice.\n\n'
        "Question:\n{question}\nOptions:\n{options}\nAnswer: Let's think step by step."
    },
    direct=False,
    shots=5,
    shot={"en": "The answer is ({label})."},
    max_new_tokens=2048,
    note="The publisher shows five worked examples of the category and, where it can read no letter, draws one at "
    "random; here the examples give the answer only and an answer that cannot be read is wrong.",
)


def _benchmark(name: str, title: str, category: str, size: int, chance: float, card: CardFigures | None) -> Benchmark:
    return Benchmark(
        name=name,
        title=title,
        group="Medical Knowledge" if card else "Beyond the card",
        kind="choice",
        langs=("en",),
        source=Source(
            hub="TIGER-Lab/MMLU-Pro",
            files=("data/test-*.parquet", "data/validation-*.parquet"),
            revision="b189ec765aa7ed75c8acfea42df31fdae71f97be",
            licence="MIT",
            page="https://huggingface.co/datasets/TIGER-Lab/MMLU-Pro",
            paper="arXiv:2406.01574",
        ),
        size=size,
        chance=chance,
        forms=_forms(name, category),
        paths=("mmlupro",),
        official=_OFFICIAL,
        card=card,
        aliases=("MMLU-Pro", "MMLU-Pro health") if card else ("MMLU-Pro all",),
        faults=(
            "Question 6047 is another one in MedAgentsBench's copy than in the revision of July 2024.",
            "The distractors beyond the first three were written by a language model.",
        ),
        reads="A question of MMLU or of a textbook with distractors added up to ten; the category is the discipline.",
    )


BENCHMARKS = (
    _benchmark("mmlu_pro", "MMLU-Pro (health)", "health", 818, 11.9, CardFigures(64.3, 64.3, 54.3)),
    _benchmark("mmlu_pro_all", "MMLU-Pro (all)", "", 12032, 11.1, None),
)
