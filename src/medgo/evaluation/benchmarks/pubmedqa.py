"""PubMedQA: can the question that a paper's title asks be answered yes, no or maybe from its abstract?

The official test is 500 of the 1,000 expert-labelled questions, in the "reasoning-required" setting: the abstract
without its conclusion is given. The conclusion (LONG_ANSWER) says the answer and is never shown.
"""

from __future__ import annotations

from dataclasses import replace

from medgo.evaluation.benchmarks._forms import DEV, MEDAGENTSBENCH, NOT_DEV, one_label, same_text
from medgo.evaluation.benchmarks._ids import stem_id
from medgo.evaluation.benchmarks.definition import Benchmark, CardFigures, Form, Protocol, Source
from medgo.evaluation.benchmarks.row import Row
from medgo.schema import EvalItem

OPTIONS = {"A": "yes", "B": "no", "C": "maybe"}
_UPPER = frozenset({"QUESTION", "CONTEXTS", "final_decision"})
_LOWER = frozenset({"pubid", "question", "context", "final_decision"})


def _item(row: Row, ident: str, question: str, contexts: list[str], answer: tuple[str, str]) -> EvalItem:
    """``answer`` is a field and the text that was found in it."""
    field, text = answer
    label = {text: label for label, text in OPTIONS.items()}.get(text.strip().lower())
    if label is None:
        raise row.error(field, "yes, no or maybe", text)
    ident = ident or stem_id(question, OPTIONS)  # copies without PubMed ids
    return EvalItem(ident, "pubmedqa", "en", question, OPTIONS, (label,), context="\n".join(contexts))


def _official(row: Row) -> EvalItem:
    answer = ("final_decision", row.text("final_decision"))
    return _item(row, row.key, row.text("QUESTION"), row.texts("CONTEXTS"), answer)


def _hub(row: Row) -> EvalItem:
    contexts = replace(row, values=row.mapping("context")).texts("contexts")
    answer = ("final_decision", row.text("final_decision"))
    return _item(row, row.text("pubid"), row.text("question"), contexts, answer)


def _openlifescienceai(row: Row) -> EvalItem:
    inner = replace(row, values=row.mapping("data"))
    options = inner.options("Options")
    gold = options[one_label(inner, "Correct Option", options)[0]]
    return _item(inner, "", inner.text("Question"), inner.texts("Context"), ("Correct Option", gold))


def _bigbio(row: Row) -> EvalItem:
    """The schema ``bigbio_qa`` joins the abstract's parts with blanks; ``answer`` is a list of one."""
    answer = ("answer", "".join(row.texts("answer")))
    return _item(row, row.text("document_id"), row.text("question"), [row.text("context")], answer)


def _medagentsbench(row: Row) -> EvalItem:
    """Abstract and question stand in one text; no part of them holds a line break, so the last line is the question."""
    *contexts, question = row.text("question").split("\n")
    if not contexts:
        raise row.error("question", "the abstract, a line break and the question", question)
    options = row.options("options")
    answer = options[one_label(row, "answer_idx", options)[0]]
    same_text(row, "answer", answer)
    return _item(row, row.text("realidx"), question.strip(), contexts, ("answer", answer))


# The Hub's artificial part has the same fields.
_LABELLED = r"^(?!.*pqa[-_]?(?:artificial|unlabell?ed))"
_FOLD = r"pqal_fold0/(?:dev|train)_set\.json"
PUBMEDQA = Benchmark(
    name="pubmedqa",
    title="PubMedQA",
    group="Medical Knowledge",
    kind="choice",
    langs=("en",),
    source=Source(
        hub="openlifescienceai/pubmedqa",
        files=("data/test-*.parquet", "data/train-*.parquet"),
        revision="50fc41dcd0bd6eb63c18d436d854c6f9e8f3c7e2",
        licence="MIT",
        page="https://github.com/pubmedqa/pubmedqa",
        paper="1909.06146",
        get="or run preprocess/split_dataset.py pqal in its repository, which writes test_set.json (ori_pqal.json "
        "alone does not say which 500 of its 1,000 are the test; 'pubmedqa_labeled' asks all of them)",
    ),
    size=500,
    chance=100 / 3,
    forms=(
        Form("official", _UPPER, _official, path=NOT_DEV + r".*test"),
        Form("medagentsbench", MEDAGENTSBENCH, _medagentsbench, path=NOT_DEV),
        Form("openlifescienceai", frozenset({"id", "data"}), _openlifescienceai, path=NOT_DEV),
        Form("bigbio", frozenset({"document_id", "question", "choices", "context", "answer"}), _bigbio, path=NOT_DEV),
        Form("official folds", _UPPER, _official, "dev", _FOLD),
        Form("medagentsbench train", MEDAGENTSBENCH, _medagentsbench, "dev", DEV),
        Form("openlifescienceai train", frozenset({"id", "data"}), _openlifescienceai, "dev", DEV),
    ),
    paths=("pubmedqa",),
    official=Protocol(
        prompt={"en": "{context}Question: {question}\nAnswer with yes, no or maybe."},
        shot={"en": "{text}"},
        max_new_tokens=16,
        note="The publisher scores labels (accuracy and macro-F1, both reported here) and names no prompt. Its setting "
        "'reasoning-required' is kept: the abstract without the conclusion. MIRAGE drops the abstract: another task.",
    ),
    card=CardFigures(76.6, 77.0, 77.4),
    aliases=("pubmed_qa",),
    faults=(
        "55.2 % of the gold labels are yes: accuracy alone flatters a model that never says maybe (macro-F1 does not).",
        "Some lists of '1,000 test questions' hold the 500 twice.",
        "Files of openlifescienceai carry no PubMed ids: their items are named by a hash of the question.",
    ),
    reads="The abstract's parts are the context, the title's question the stem; options A yes, B no, C maybe.",
)

LABELED = replace(
    PUBMEDQA,
    name="pubmedqa_labeled",
    title="PubMedQA (all 1,000 labelled)",
    group="Beyond the card",
    source=replace(
        PUBMEDQA.source,
        hub="qiaojin/PubMedQA",
        files=("pqa_labeled/train-*.parquet",),
        revision="9001f2853fb87cab8d220904e0de81ac6973b318",
        get="or take data/ori_pqal.json from its repository",
    ),
    size=1000,
    forms=(Form("official", _UPPER, _official, path=r"ori_pqal"), Form("hub", _LOWER, _hub, path=_LABELLED)),
    card=None,
    aliases=("pqa_labeled",),
    reads="As pubmedqa, with the 500 questions of the official training part too: not comparable with published "
    "figures, but twice the size, and what a download of ori_pqal.json or of qiaojin/PubMedQA holds.",
)

BENCHMARKS = (PUBMEDQA, LABELED)
