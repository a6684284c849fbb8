"""MedPAIR: question and options in one text, with and without the profile, and only the sentences that matter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.errors import BenchmarkDataError
from medgo.evaluation.benchmarks.medpair import MEDPAIR, MEDPAIR_FULL, sentences, split_question
from medgo.evaluation.benchmarks.row import LETTERS, Row
from tests.evaluation.benchmarks.exam_files import load, prompts, without, write

PROFILE = "1. An invented piper lost 2. 5 kg.\n2. He plays a flute.\n3. His rats are well,\nall of them."


def case(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "Origin": f"ID{number:04d}",
        "step1_excerpts": PROFILE,
        "question_options": "What Would You Do Next?\n\nA: Listen\nB: Dance\nC: Leave the town\nD: Pay him",
        "answer_df3": "D",
        "data_source_df3": "jama",
        "human_sentence_ids": "1,3",
        "GPT4o_high": "2",
        **changes,
    }


def split(text: str) -> tuple[str, dict[str, str]]:
    return split_question(Row({"question_options": text}, "x.csv", 1))


def test_the_cards_reading_asks_without_the_profile(tmp_path: Path) -> None:
    write(tmp_path / "medpair/GPT4o_SR_Concordance_Result.csv", [case(1), case(2)])
    loaded = load(MEDPAIR, tmp_path)
    assert [item.id for item in loaded.items] == ["ID0001", "ID0002"]
    first = loaded.items[0]
    assert (first.question, first.answer, first.category) == ("What Would You Do Next?", ("D",), "jama")
    assert list(first.options.values()) == ["Listen", "Dance", "Leave the town", "Pay him"]
    assert "piper" not in prompts(loaded, "card")[0]


def test_the_full_reading_has_two_variants_of_each_question(tmp_path: Path) -> None:
    rows = [case(1), case(2, human_sentence_ids=""), case(3, human_sentence_ids="4"), case(4, human_sentence_ids="2.3")]
    write(tmp_path / "medpair/data.csv", rows)
    loaded = load(MEDPAIR_FULL, tmp_path)
    assert [item.id.removeprefix("ID000") for item in loaded.items] == [
        "1:full",
        "1:relevant",
        "2:full",  # no marks
        "3:full",  # a mark that names no sentence
        "4:full",
        "4:relevant",
    ]
    full, relevant = loaded.items[:2]
    assert (full.context, full.cluster, full.variant) == (PROFILE, "ID0001", "full")
    assert relevant.context == "1. An invented piper lost 2. 5 kg.\n3. His rats are well,\nall of them."
    assert loaded.items[-1].context.startswith("2. He plays a flute.")
    assert full.question == relevant.question
    assert "piper" in prompts(loaded)[0]


def test_both_are_confidential() -> None:
    assert MEDPAIR.confidential
    assert MEDPAIR_FULL.confidential


@pytest.mark.parametrize("sign", [":", ".", ")"])
def test_options_begin_with_a_letter_and_one_of_three_signs(sign: str) -> None:
    question, options = split(f"Next?\nA{sign} one\nB{sign} two")
    assert (question, options) == ("Next?", {"A": "one", "B": "two"})


def test_an_option_may_be_wrapped_and_hold_letters_of_its_own() -> None:
    text = "Which germ?\r\n\r\nA: Infection by\r\nB. fragilis\r\nB: E. coli\r\nC: Type A.\r\nD: none of these"
    assert split(text)[1] == {"A": "Infection by B. fragilis", "B": "E. coli", "C": "Type A.", "D": "none of these"}


def test_a_line_of_the_question_may_begin_with_a() -> None:
    text = "A. Smith comes in.\nA: was said to be wrong.\nWhat now?\nA: one\nB: two"
    assert split(text) == ("A. Smith comes in.\nA: was said to be wrong.\nWhat now?", {"A": "one", "B": "two"})


@given(
    st.lists(st.text("abc xyz,;-5", min_size=1).map(str.strip).filter(bool), min_size=2, max_size=12, unique=True),
    st.sampled_from([":", ".", ")"]),
)
def test_what_was_joined_is_split_again(texts: list[str], sign: str) -> None:
    lines = [f"{letter}{sign} {text}" for letter, text in zip(LETTERS, texts, strict=False)]
    question, options = split("\n".join(["What would you do next?", *lines]))
    assert question == "What would you do next?"
    assert list(options.values()) == [" ".join(text.split()) for text in texts]


def test_sentences_are_numbered_on_lines_or_one_after_another() -> None:
    assert sentences(PROFILE) == {
        1: "An invented piper lost 2. 5 kg.",
        2: "He plays a flute.",
        3: "His rats are well,\nall of them.",
    }
    assert sentences("1. One thing. 2. Another. 3. A third.") == {1: "One thing.", 2: "Another.", 3: "A third."}
    assert sentences("Sentence 1: One.\nSentence 2: Two.") == {1: "One.", 2: "Two."}
    assert sentences("No numbers here. 1. Or late ones. 2. Two.") == {}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"question_options": "Next? A: one, B: two"}, "'question_options': expected a question and lines"),
        ({"question_options": "Next?\nA: one"}, "'question_options': expected at least two options"),
        ({"question_options": "A: one\nB: two"}, "'question_options': expected a question before the options"),
        ({"answer_df3": "E"}, "'answer_df3': expected letters among A, B, C, D"),
        ({"Origin": ""}, "'Origin': expected text"),
    ],
)
def test_a_row_that_does_not_fit_is_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    write(tmp_path / "medpair/data.csv", [case(1), case(2, **change)])
    with pytest.raises(BenchmarkDataError, match=rf"medpair/data\.csv, row 2, field {message}"):
        load(MEDPAIR, tmp_path)


def test_files_of_predictions_beside_the_official_one_are_not_read(tmp_path: Path) -> None:
    write(tmp_path / "medpair/GPT4o_SR_Concordance_Result.csv", [case(1), case(2)])
    write(tmp_path / "medpair/gpt4o_predictions.csv", [case(1, answer_df3="A")])
    assert [item.answer for item in load(MEDPAIR, tmp_path).items] == [("D",), ("D",)]


def test_the_repositorys_table_calls_the_fields_otherwise(tmp_path: Path) -> None:
    write(tmp_path / "a/GPT4o_SR_Concordance_Result.csv", [case(1)])
    table = {
        "ID_corr": "ID0001",
        "answer_corr": "D",
        "data_source_corr": "jama",
        "original_sentences": PROFILE,
        "question_options": case(1)["question_options"],
    }
    write(tmp_path / "b/1300_QA.csv", [table])
    results, other = load(MEDPAIR, tmp_path / "a"), load(MEDPAIR, tmp_path / "b")
    assert (results.form, other.form) == ("official", "table")
    assert results.items == other.items


def test_a_file_without_marks_has_no_full_reading(tmp_path: Path) -> None:
    write(tmp_path / "medpair/data.csv", [without(case(1), "human_sentence_ids")])
    assert len(load(MEDPAIR, tmp_path).items) == 1
    with pytest.raises(BenchmarkDataError, match="field 'human_sentence_ids': missing"):
        load(MEDPAIR_FULL, tmp_path)
