"""MedPAIR: 1,300 questions from four sources in which physicians marked the sentences that matter.

The question and its options stand in one text, the patient's profile in another, as numbered sentences. The card's
figures (27.6 to 32.9 %, where published models with the profile reach 61 to 73 %) fit asking without the profile:
``medpair`` does that, ``medpair_full`` asks with the profile, and with only the sentences that physicians marked.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from medgo.evaluation.benchmarks._forms import one_label
from medgo.evaluation.benchmarks.definition import Benchmark, CardFigures, Form, Protocol, Source
from medgo.evaluation.benchmarks.row import LETTERS, Row
from medgo.schema import EvalItem


class _Columns(NamedTuple):
    """What a file calls an item's parts; ``question_options`` is called so in all of them."""

    ident: str
    gold: str
    source: str


_RESULTS = _Columns("Origin", "answer_df3", "data_source_df3")
_TABLE = _Columns("ID_corr", "answer_corr", "data_source_corr")  # 1300_QA.csv, which has no marks
_PROFILE = "step1_excerpts"
_FIELDS = frozenset({"question_options", *_RESULTS})
_ALL_FIELDS = _FIELDS | {_PROFILE, "human_sentence_ids"}
_TABLE_FIELDS = frozenset({"question_options", *_TABLE})
# The repository holds files of predictions with the same fields, of parts of the items.
_OFFICIAL = r"concordance_result"
_FIRST = re.compile(r"^[ \t]*\(?A([:.)])[ \t]", re.MULTILINE)


def split_question(row: Row) -> tuple[str, dict[str, str]]:
    """Cut a text into its question and its options, ``A: …`` or ``A. …`` on lines of their own.

    The options begin at the last line that starts with A; the letters follow each other, with the same sign behind
    them; a line that starts with none of this belongs to the option above it.

    Raises:
        BenchmarkDataError: There are fewer than two options, or no question.
    """
    text = row.text("question_options").replace("\r\n", "\n") + "\n"
    starts = list(_FIRST.finditer(text))
    if not starts:
        raise row.error("question_options", "a question and lines that start with 'A:' or 'A.'", "no such line")
    sign, cuts = re.escape(starts[-1][1]), [(starts[-1].start(), starts[-1].end())]
    for letter in LETTERS[1:]:
        found = re.compile(rf"^[ \t]*\(?{letter}{sign}\s", re.MULTILINE).search(text, cuts[-1][1])
        if found is None:
            break
        cuts.append(found.span())
    ends = [start for start, _ in cuts[1:]] + [len(text)]
    pairs = [
        (letter, " ".join(text[begin:end].split()))
        for letter, (_, begin), end in zip(LETTERS, cuts, ends, strict=False)
    ]
    question = text[: cuts[0][0]].strip()
    if not question:
        raise row.error("question_options", "a question before the options", "none")
    return question, row.checked_options("question_options", pairs)


def sentences(text: str) -> dict[int, str]:
    """Sentences of a profile by their number: ``1. …``, ``2. …`` on lines, or else one after another.

    Returns:
        Nothing where the text does not begin with 1.
    """
    for before in (r"^[ \t]*", r"(?:^|(?<=\s))"):
        cuts: list[tuple[int, int]] = []
        while match := re.compile(rf"{before}(?:Sentence )?\(?{len(cuts) + 1}[.:)]\s+", re.MULTILINE).search(
            text, cuts[-1][1] if cuts else 0
        ):
            cuts.append(match.span())
        if len(cuts) > 1 and cuts[0][0] == 0:
            ends = [start for start, _ in cuts[1:]] + [len(text)]
            return {n: text[begin:end].strip() for n, ((_, begin), end) in enumerate(zip(cuts, ends, strict=True), 1)}
    return {}


def _marked(row: Row) -> list[int]:
    """Numbers of the marked sentences; a spreadsheet may have made "1,3" into 1.3."""
    return sorted({int(number) for number in re.findall(r"\d+", row.text("human_sentence_ids", default=""))} - {0})


def _base(row: Row, columns: _Columns = _RESULTS) -> EvalItem:
    question, options = split_question(row)
    return EvalItem(
        id=row.text(columns.ident),
        benchmark="medpair",
        lang="en",
        question=question,
        options=options,
        answer=one_label(row, columns.gold, options),
        category=row.text(columns.source),
    )


def _full(row: Row) -> tuple[EvalItem, ...]:
    """The item with the whole profile, and with the marked sentences where all marks name a sentence of it."""
    base, marked = _base(row), _marked(row)
    profile = row.text(_PROFILE)
    base = replace(base, benchmark="medpair_full", cluster=base.id, meta={"marked": marked})
    full = replace(base, id=f"{base.id}:full", context=profile, variant="full")
    by_number = sentences(profile)
    if not marked or not by_number.keys() >= set(marked):
        return (full,)
    kept = "\n".join(f"{number}. {by_number[number]}" for number in marked)
    return full, replace(base, id=f"{base.id}:relevant", context=kept, variant="relevant")


MEDPAIR = Benchmark(
    name="medpair",
    title="MedPAIR (without the profile)",
    group="Medical Standard",
    kind="choice",
    langs=("en",),
    source=Source(
        hub="",
        files=(),
        revision="",
        licence="MIT (repository), CC BY-SA 4.0 (README); the 582 JAMA cases are the journal's",
        page="https://github.com/YuexingHao/MedPAIR",
        paper="2505.24040",
        get="take After_PT_Removal/GPT4o/data/sr_concordance/GPT4o_SR_Concordance_Result.csv from its repository",
    ),
    size=1300,
    chance=21.4,
    forms=(
        Form("official", _FIELDS, _base, path=_OFFICIAL),
        Form("table", _TABLE_FIELDS, partial(_base, columns=_TABLE)),
        Form("other", _FIELDS, _base),
    ),
    paths=("medpair", "gpt4osrconcordance", "centaur1300", "1300qacsv"),
    card=CardFigures(32.3, 32.9, 27.6),
    confidential=True,
    faults=(
        "How the card asked is not known; that the profile was left out is the reading that fits its figures.",
        "The columns 'Round 1' of Llama-70B and Qwen-14B in the published results are at chance: misaligned rows.",
        "318 items are MedXpertQA's, 207 Medbullets', 193 MMLU's (professional medicine), 582 from JAMA.",
    ),
    reads="A question such as 'What would you do next?' with 3 to 10 options, and no patient. Category: source.",
)

MEDPAIR_FULL = replace(
    MEDPAIR,
    name="medpair_full",
    title="MedPAIR (with the profile)",
    group="Beyond the card",
    size=2600,
    forms=(
        Form("official", _ALL_FIELDS, _full, path=_OFFICIAL),
        Form("other", _ALL_FIELDS, _full),
    ),
    official=Protocol(
        prompt={"en": "{context}Question: {question}\n{options}\nAnswer with the letter of the right option only."},
        max_new_tokens=16,
        note="The paper compares accuracy with the whole profile and without the sentences of low relevance, and how "
        "well models mark the relevant ones; the first comparison is the gap reported here.",
    ),
    card=None,
    aliases=(),
    headline=("full",),
    gaps=(("relevant", "full"),),
    reads="As medpair, with the numbered sentences of the profile as context: all of them (full), or those that "
    "physicians marked (relevant; 2,600 items at most: a row without marks, or with marks that name no sentence of its "
    "profile, has none).",
)

BENCHMARKS = (MEDPAIR, MEDPAIR_FULL)
