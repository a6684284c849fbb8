"""AfriMed-QA: exam questions written by clinicians at more than 60 African medical schools, in 32 specialties.

The experts' multiple-choice questions are asked: 3,910 in the published result files. The card's three figures fit
the 174 of them that MedAgentsBench packs, which it calls AfrimedQA.
"""

from __future__ import annotations

import re

from medgo.evaluation.benchmarks._forms import DEV, MEDAGENTSBENCH, NOT_DEV, one_label
from medgo.evaluation.benchmarks.definition import Benchmark, CardFigures, Form, Protocol, Source
from medgo.evaluation.benchmarks.row import LETTERS, Row
from medgo.schema import EvalItem

_FILLERS = {"", "n/a", "nan"}
_LINE = re.compile(r"(?:\A\s*|,\s*\n)([A-I])\.(?:\s|$)")
_FIELDS = frozenset({"sample_id", "question_type", "question", "answer_options", "correct_answer"})


def _given(pairs: list[tuple[str, object]]) -> dict[str, str]:
    """Options without the fillers ("n/a") of questions with fewer than five; letters stay as the file has them."""
    texts = {label: str(text).strip() for label, text in pairs if text is not None}
    return {label: text for label, text in texts.items() if text.lower() not in _FILLERS}


def _item(row: Row, ident: str, question: str, options: dict[str, str], gold: list[str]) -> EvalItem | None:
    """None for the broken rows: an essay among the choices, no gold, or one whose option is empty."""
    if len(options) < 2 or not gold or gold[0] not in options:
        return None
    return EvalItem(
        id=ident,
        benchmark="afrimedqa",
        lang="en",
        question=question,
        options=options,
        answer=(gold[0],),
        category=row.text("specialty", default="").replace("_", " "),
        meta={"country": row.text("country", default=""), "also_right": gold[1:]},
    )


def _official(row: Row) -> EvalItem | None:
    """``correct_answer`` is "option3" or "C", or several with commas: the publisher counts the first, so do we."""
    if row.text("question_type").lower() != "mcq" or row.text("tier", default="expert").lower() != "expert":
        return None
    names = [name.strip().lower() for name in row.text("correct_answer", default="").split(",") if name.strip()]
    if not all(re.fullmatch(r"option[1-9]|[a-i]", name) for name in names):
        expected = "option1, option2 … or A, B … (several with commas)"
        raise row.error("correct_answer", expected, row.values.get("correct_answer"))
    gold = [name.upper() if len(name) == 1 else LETTERS[int(name[-1]) - 1] for name in names]
    question = row.text("question_clean", default="") or row.text("question")
    return _item(row, row.text("sample_id"), question, _offered(row), gold)


def _offered(row: Row) -> dict[str, str]:
    """Options of an object (the Hub's file), or of a text with ``A. one, `` on lines (the repository's).

    The latter file has columns A to E as well, in which an option that reads "None" is empty.
    """
    text = row.text("answer_options", default="{}")
    if cuts := list(_LINE.finditer(text)):
        ends = [*(cut.start() for cut in cuts[1:]), len(text)]
        return _given([(cut[1], text[cut.end() : end]) for cut, end in zip(cuts, ends, strict=True)])
    cells = row.mapping("answer_options")
    if "option1" not in cells:
        raise row.error("answer_options", "an object with option1, option2 …", row.values.get("answer_options"))
    return _given([(LETTERS[n - 1], cells.get(f"option{n}")) for n in range(1, 10)])


def _results(row: Row) -> EvalItem | None:
    """Files of published answers hold the questions too; their gold is already the first letter."""
    options = _given([(letter, row.values.get(letter)) for letter in "ABCDE"])
    gold = row.text("answer").upper()
    if len(gold) != 1 or gold not in "ABCDE":
        raise row.error("answer", "a letter from A to E", row.values.get("answer"))
    return _item(row, row.text("sample_id"), row.text("question"), options, [gold])


def _medagentsbench(row: Row) -> EvalItem | None:
    options = row.options("options")
    given = _given([(label, text) for label, text in options.items()])
    return _item(row, row.text("realidx"), row.text("question"), given, list(one_label(row, "answer_idx", options)))


AFRIMEDQA = Benchmark(
    name="afrimedqa",
    title="AfriMed-QA",
    group="Medical Knowledge",
    kind="choice",
    langs=("en",),
    source=Source(
        hub="afrimedqa/afrimedqa_v2",
        files=("afri_med_qa_15k_v2.4_phase_2_15275.csv",),
        revision="3b4382fa0bb51bfc026f5813021ab0ec7be9de8f",
        licence="CC BY-NC-SA 4.0",
        page="https://github.com/intron-innovation/AfriMed-QA",
        paper="2411.15640",
        get="or take the same file from intronhealth/afrimedqa_v2, where the Hub asks for an agreement, or "
        "data/expert_questions.csv from its repository",
    ),
    size=3910,
    chance=21.2,
    forms=(
        # The repository has samples of its questions beside them, and the same models' answers to MedQA.
        Form("repository", _FIELDS, _official, path=r"expert_questions"),
        Form("official", _FIELDS, _official),
        Form(
            "results",
            frozenset({"sample_id", "question", "answer", "A", "B", "C"}),
            _results,
            path=r"^(?!.*(?:^|[/_\-])medqa[_\-])",
        ),
        Form("medagentsbench", MEDAGENTSBENCH, _medagentsbench, path=NOT_DEV),
        Form("medagentsbench train", MEDAGENTSBENCH, _medagentsbench, "dev", DEV),
    ),
    paths=("afrimedqa",),
    official=Protocol(
        prompt={
            "en": "###Instruction: You should directly answer the question by choosing ONLY the correct option from "
            "the list of options that will be provided to you. You must only return one character between A,B,C,D,E. "
            "You MUST NOT provide any additional text or explanation.\n###Question: {question}\n"
            "###Options: \n{options}\n###Answer:"
        },
        option="{label}.  {text}",
        max_new_tokens=16,
        note="The publisher compares the reply with the letter; here the letter is read from it.",
    ),
    card=CardFigures(74.7, 74.7, 69.5),
    aliases=(),
    faults=(
        "Some questions have several right options ('option1,option3'); the publisher counts the first only, and so "
        "do we: the others are in meta['also_right'].",
        "Three rows are broken (an empty gold option, an essay among the choices); they are left out and counted.",
        "'n/a' stands for options that do not exist.",
        "Two editions circulate: version 2 (3,910 experts' questions) and the 289 of version 2.5's second phase.",
    ),
    reads="A short question with up to five options. Category: specialty. 'AIMedQA', which the card's text names and "
    "its table does not, exists nowhere as a data set: most likely this one is meant.",
)

BENCHMARKS = (AFRIMEDQA,)
