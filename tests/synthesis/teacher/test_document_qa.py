"""Questions from documents: the quotation stands in the document, and the answer in the quotation."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.errors import RecipeError
from medgo.schema import Document, Lang, SftRow, SourceRef
from medgo.synthesis.generators.teacher.document_qa import DocumentQa
from medgo.synthesis.generators.teacher.passages import passages
from medgo.text import sentences
from tests.synthesis.teacher.support import FakeShelf, Script, run

REF = SourceRef("doc:1", "tests", "CC0-1.0")
DOCUMENTS: dict[Lang, Document] = {
    "zh": Document(
        REF,
        "zh",
        "这种病较少见。成人首剂为 5 mg，每日 1 次，睡前服用。肾功能不全者剂量减半，并监测血钾。用药期间不宜驾驶。",
        "用药指南",
    ),
    "en": Document(
        REF, "en", "The condition is rare. Adults take 5 mg once daily at bedtime. Halve the dose in renal impairment."
    ),
}
PAIRS: dict[Lang, dict[str, str]] = {
    "zh": {
        "question": "成人首剂是多少？",
        "quote": "成人首剂为5mg，每日1次，睡前服用",
        "answer": "首剂 5 mg，每日 1 次，睡前服。",
    },
    "en": {"question": "How much do adults take?", "quote": "Adults take 5 mg once daily", "answer": "5 mg daily."},
}
YES = {"answered": True}


def ask(pair: Any, reading: Any = YES, lang: Lang = "zh", **options: Any) -> tuple[list[Any], dict[str, int]]:
    generator = DocumentQa(**{"shown": 1.0, "shortest": 10} | options)
    script = Script({"quote": pair, "answered": reading})
    return run(generator, script, (lang,), FakeShelf([DOCUMENTS[lang]]))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_row_shows_the_passage_and_quotes_whole_sentences(lang: Lang) -> None:
    (draft,), rejected = ask(PAIRS[lang], lang=lang)
    row = draft.row
    assert isinstance(row, SftRow)
    assert not rejected
    quote = draft.evidence.labels["quote"]
    assert quote in DOCUMENTS[lang].text
    assert quote in row.completion.content
    assert DOCUMENTS[lang].text in row.prompt[0].content
    assert row.provenance.sources == (REF,)
    stated, _, asked = draft.evidence.facts
    assert (stated.value, stated.sources) == (quote, (REF.id,))
    assert (asked.value, asked.sources) == (PAIRS[lang]["question"], ("medgo:asked",)), "no document says a question"


def test_a_row_from_memory_does_not_show_the_passage() -> None:
    (draft,), _ = ask(PAIRS["zh"], shown=0.0)
    assert draft.row.prompt[0].content == "成人首剂是多少？"
    assert draft.row.completion.content == PAIRS["zh"]["answer"]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"quote": "成人首剂为 10 mg"}, "quotation not in the document"),
        ({"quote": "。"}, "quotation not in the document"),
        ({"answer": "首剂 5 mg，最大 20 mg。"}, "number not in the quotation"),
        (
            {"question": "首剂 10 mg 还是 5 mg？", "answer": "不是 10 mg，是 5 mg。"},
            "number not in the quotation",
        ),
        ({"question": "根据本文，成人首剂是多少？"}, "question leans on the passage"),
        ({"question": ""}, "empty"),
        ({"answer": "抱歉，我无法回答这个问题。"}, "refused"),
        ({"answer": "Adults take five milligrams at bedtime."}, "another language"),
    ],
)
def test_what_the_document_does_not_bear_out_is_given_up(changed: dict[str, str], why: str) -> None:
    assert ask(PAIRS["zh"] | changed) == ([], {why: 1})


def test_a_second_reading_may_contradict() -> None:
    assert ask(PAIRS["zh"], {"answered": False}) == ([], {"quotation does not answer": 1})


@pytest.mark.parametrize(("reply", "why"), [("rubbish", "not the JSON asked for"), ("{" + "啊" * 2000, "cut off")])
def test_rubbish_is_counted(reply: str, why: str) -> None:
    assert ask(reply) == ([], {why: 1})


def test_every_passage_is_asked_about_and_short_ones_are_counted() -> None:
    script = Script({"quote": "rubbish"})
    long = Document(REF, "zh", DOCUMENTS["zh"].text * 30)
    _, rejected = run(DocumentQa(passage_characters=200, shortest=10), script, ("zh",), FakeShelf([long]))
    assert rejected["not the JSON asked for"] == len(list(passages(long, 200)))
    _, rejected = run(DocumentQa(shortest=1000), script, ("zh",), FakeShelf([long, DOCUMENTS["zh"]]))
    assert rejected["passage too short"] == 2, "the short document, and the end of the long one"
    _, rejected = run(DocumentQa(), script, ("en",), FakeShelf([long]))
    assert rejected == {"language zh": 1}


def test_documents_are_needed() -> None:
    with pytest.raises(RecipeError, match="needs documents"):
        run(DocumentQa(), Script({}))


@given(
    st.lists(st.sampled_from(["短句。", "这是一个比较长的句子，说了很多话。", "换行\n"]), min_size=1),
    st.integers(5, 60),
)
def test_passages_hold_every_sentence_once(parts: list[str], longest: int) -> None:
    document = Document(REF, "zh", "".join(parts))
    cut = list(passages(document, longest))
    whole = [document.text[span.start : span.end] for span in sentences(document.text, "zh")]
    assert [piece[span.start : span.end] for piece in cut for span in sentences(piece, "zh")] == whole
    assert all(len(piece) <= longest or len(sentences(piece, "zh")) == 1 for piece in cut)
