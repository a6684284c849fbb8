"""MedQA-USMLE: 1,273 questions in the style of the United States Medical Licensing Examination, steps 1 to 3.

Each is a patient vignette with one best answer among 4 options (the common version) or the original 5. The two have
different letters for the same question, so they are two benchmarks. Test items only; the training part gives examples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from medgo.evaluation.benchmarks._forms import (
    DEV,
    MEDAGENTSBENCH,
    NOT_DEV,
    column_options,
    numbered_label,
    one_label,
    same_text,
)
from medgo.evaluation.benchmarks._ids import stem_id
from medgo.evaluation.benchmarks.definition import Benchmark, CardFigures, Form, Protocol, Source, Split
from medgo.evaluation.benchmarks.row import Row
from medgo.schema import EvalItem

NAMES = {4: "medqa", 5: "medqa_5"}
_ENDINGS = ("ending0", "ending1", "ending2", "ending3")
# The original archive holds the Chinese and Taiwanese exams in the same schema beside the American one; MedAgentsBench
# has AfriMed-QA and PubMedQA in it, too, and people write them in three words.
_AMERICAN = r"^(?!.*(?:mainland|taiwan|mcmle|twmle|(?:afri|pub|fair)[^/a-z]med))"
Reader = Callable[[Row], EvalItem | None]
_FIELDS = frozenset({"question", "answer", "options", "meta_info", "answer_idx"})


def _item(question: str, options: dict[str, str], answer: tuple[str], category: str) -> EvalItem | None:
    """Rows with another number of options belong to the other version."""
    if len(options) not in NAMES:
        return None
    return EvalItem(stem_id(question, options), NAMES[len(options)], "en", question, options, answer, category=category)


def _official(row: Row) -> EvalItem | None:
    options = row.options("options")
    answer = one_label(row, "answer_idx", options)
    same_text(row, "answer", options[answer[0]])
    return _item(row.text("question"), options, answer, row.text("meta_info", default=""))


def _endings(row: Row) -> EvalItem | None:
    options = column_options(row, _ENDINGS)
    question = " ".join(part for part in (row.text("sent1"), row.text("sent2", default="")) if part)
    return _item(question, options, numbered_label(row, "label", options, first=0), "")


def _nested(row: Row) -> EvalItem | None:
    inner = replace(row, values=row.mapping("data"))
    options = inner.options("Options")
    return _item(inner.text("Question"), options, one_label(inner, "Correct Option", options), "")


def _mirage(row: Row) -> EvalItem | None:
    if not row.key.startswith("medqa/"):
        return None
    options = row.options("options")
    return _item(row.text("question"), options, one_label(row, "answer", options), "")


def _forms(options: int) -> tuple[Form, ...]:
    """The forms of one version; rows of the other version are left out."""

    def form(name: str, fields: frozenset[str], read: Reader, path: str, split: Split = "test") -> Form:
        def only(row: Row) -> EvalItem | None:
            item = read(row)
            if item is None or item.benchmark != NAMES[options]:
                return None
            # The training file holds two questions twice, so there an item is named by its place as well.
            return replace(item, id=f"{item.id}-{row.number}") if split == "dev" else item

        return Form(name, fields, only, split, _AMERICAN + path.removeprefix("^"))

    return (
        form("official", _FIELDS, _official, NOT_DEV),  # MedAgentsBench and MedReason keep this schema
        form("medagentsbench", MEDAGENTSBENCH, _official, NOT_DEV),
        form("endings", frozenset({"sent1", "label", *_ENDINGS}), _endings, NOT_DEV),
        form("openlifescienceai", frozenset({"id", "data"}), _nested, NOT_DEV),
        form("mirage", frozenset({"question", "options", "answer"}), _mirage, r".*(?:mirage|benchmark\.json)"),
        form("official train", _FIELDS, _official, ".*" + DEV, "dev"),
        form("endings train", frozenset({"sent1", "label", *_ENDINGS}), _endings, ".*" + DEV, "dev"),
        form("openlifescienceai train", frozenset({"id", "data"}), _nested, ".*" + DEV, "dev"),
    )


MEDQA = Benchmark(
    name="medqa",
    title="MedQA-USMLE",
    group="Medical Knowledge",
    kind="choice",
    langs=("en",),
    source=Source(
        hub="GBaker/MedQA-USMLE-4-options",
        files=("phrases_no_exclude_test.jsonl", "phrases_no_exclude_train.jsonl"),
        revision="0fb93dd23a7339b6dcd27e241cb9b5eca62d4d18",
        licence="MIT (original repository); CC BY 4.0 (Hub)",
        page="https://github.com/jind11/MedQA",
        paper="2009.13081",
    ),
    size=1273,
    chance=25.0,
    forms=_forms(4),
    paths=("medqa", "mirage"),
    official=Protocol(
        prompt={"en": "Question: {question}\n{options}\nAnswer:"},
        max_new_tokens=16,
        note="The publisher names no prompt for language models; this is lm-evaluation-harness's, for letter scoring.",
    ),
    card=CardFigures(76.8, 73.8, 70.6),
    aliases=("MedQA-USMLE", "medqa_4options"),
    faults=(
        "The 4-option version drops one distractor of the original: its scores are higher than 5-option ones.",
        "AMQA is written from these test items, and SuperGPQA holds some: neither may be trained on.",
    ),
    reads="A patient vignette that ends in a question ('most likely diagnosis?', 'next step?') and 4 short options. "
    "The files carry no ids, so an item is named by a hash of its text. Category: step1 or step2&3.",
)

MEDQA_5 = replace(
    MEDQA,
    name="medqa_5",
    title="MedQA-USMLE (5 options)",
    group="Beyond the card",
    source=replace(
        MEDQA.source,
        hub="",
        files=(),
        revision="",
        licence="MIT",
        get="take data_clean/questions/US/test.jsonl from the archive that its repository links",
    ),
    chance=20.0,
    forms=_forms(5),
    card=None,
    aliases=("medqa_5options",),
    reads="As medqa, with the original five options; its letters differ from the 4-option version's.",
)

BENCHMARKS = (MEDQA, MEDQA_5)
