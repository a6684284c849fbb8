"""Options in one text: every shape that a file uses, and what must not be taken for an option."""

from __future__ import annotations

import pytest

from medgo.errors import BenchmarkDataError
from medgo.evaluation.benchmarks._inline import inline_options, labelled_options
from medgo.evaluation.benchmarks.row import Row


def row(options: object) -> Row:
    return Row({"options": options}, "exam.json", 7)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A 甲药\nB 乙药\nC 丙药", {"A": "甲药", "B": "乙药", "C": "丙药"}),
        ("A 甲药\\nB 乙药", {"A": "甲药", "B": "乙药"}),
        ("(A) 甲药.\n(B) 乙药.", {"A": "甲药.", "B": "乙药."}),
        ("（A）甲药\n（B）乙药", {"A": "甲药", "B": "乙药"}),
        ("A.甲药\nB、乙药\nC：丙药\nD．丁药", {"A": "甲药", "B": "乙药", "C": "丙药", "D": "丁药"}),
        ("A. fever B. cough C. both of them", {"A": "fever", "B": "cough", "C": "both of them"}),
        ("A. fever B. cough\nC. rash D. pain", {"A": "fever", "B": "cough", "C": "rash", "D": "pain"}),
        ("A. 甲 B. 乙 C. 丙\nD. 丁", {"A": "甲", "B": "乙", "C": "丙", "D": "丁"}),
        ("A.甲药B.乙药C.丙药", {"A": "甲药", "B": "乙药", "C": "丙药"}),
        ("A. yes \n B. no \n C. maybe", {"A": "yes", "B": "no", "C": "maybe"}),
    ],
)
def test_each_shape_gives_letters_and_texts(text: str, expected: dict[str, str]) -> None:
    assert inline_options(row(text), "options") == expected


def test_a_letter_inside_a_text_is_not_a_label() -> None:
    """Each of these has two options; a search for letters alone finds three, or cuts a name in two."""
    assert inline_options(row("A. E. coli B. Klebsiella"), "options") == {"A": "E. coli", "B": "Klebsiella"}
    assert inline_options(row("A B型超声\nB AB型血"), "options") == {"A": "B型超声", "B": "AB型血"}
    assert inline_options(row("A. hepatitis B. is common\nB. it is rare"), "options") == {
        "A": "hepatitis B. is common",
        "B": "it is rare",
    }


def test_empty_options_are_left_out_and_other_letters_stay() -> None:
    assert inline_options(row("(A) 甲\n(B) 乙\n(C) "), "options") == {"A": "甲", "B": "乙"}


def test_missing_letters_stay_missing() -> None:
    """The gold refers to the letters as printed, so that a file without A must not be lettered anew."""
    assert list(inline_options(row("B 乙\nC 丙\nD 丁"), "options")) == ["B", "C", "D"]
    assert list(inline_options(row("A 甲\nB 乙\nD 丁"), "options")) == ["A", "B", "D"]


def test_a_line_without_a_letter_belongs_to_the_option_before() -> None:
    assert inline_options(row("A 甲\n（续）\nB 乙"), "options") == {"A": "甲\n（续）", "B": "乙"}


@pytest.mark.parametrize("text", ["", "甲、乙、丙", "A 只有一个", "1. one 2. two"])
def test_what_holds_no_two_options_names_the_field(text: str) -> None:
    with pytest.raises(BenchmarkDataError, match=r"exam\.json, row 7, field 'options'"):
        inline_options(row(text), "options")


def test_listed_options_lose_their_letters_and_only_these() -> None:
    assert labelled_options(row(None), "options", ["A.甲", "B.C反应蛋白"]) == {"A": "甲", "B": "C反应蛋白"}
    with pytest.raises(BenchmarkDataError, match="begins with B"):
        labelled_options(row(None), "options", ["A.甲", "C.丙"])
