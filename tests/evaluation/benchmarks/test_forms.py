"""What the readers of rows share: which paths are training files, options in columns, gold labels that must fit."""

from __future__ import annotations

import re
from typing import Any

import pytest

from medgo.errors import BenchmarkDataError
from medgo.evaluation.benchmarks._forms import (
    DEV,
    NOT_DEV,
    column_options,
    named,
    numbered_label,
    one_label,
    same_text,
)
from medgo.evaluation.benchmarks.row import Row


def row(**values: Any) -> Row:
    return Row(values, "folder/file.jsonl", 7)


@pytest.mark.parametrize(
    "path",
    [
        "medxpertqa/medagentsbench_dev5.jsonl",
        "medexqa/dev/biomedical_engineer_dev.tsv",
        "dev/x.tsv",
        "medmcqa/data/train-00000-of-00001.parquet",
        "medqa/train/0000.parquet",
        "medqa/us/dev.jsonl",
        "pubmedqa/pqal_fold0/train_set.json",
        "validation.json",
    ],
)
def test_training_files_are_known_by_the_last_two_parts_of_their_path(path: str) -> None:
    assert re.search(DEV, path)
    assert not re.search(NOT_DEV, path)


@pytest.mark.parametrize(
    "path",
    [
        "train/medqa/data/test.jsonl",
        "development/test.json",
        "medqa/phrases_no_exclude_test.jsonl",
        "pubmedqa/ori_pqal.json",
        "medqa/evaluation/trained.json",
    ],
)
def test_a_folder_far_above_and_longer_words_make_no_training_file(path: str) -> None:
    assert not re.search(DEV, path)
    assert re.search(NOT_DEV, path)


def test_named_takes_any_words() -> None:
    assert re.search(named("test"), "data/test-00000-of-00001.parquet")
    assert not re.search(named("test"), "data/latest.json")


def test_options_in_columns_are_lettered_in_order_without_the_empty_ones() -> None:
    assert column_options(row(a="x", b="y", c=None, d=" "), ("a", "b", "c", "d")) == {"A": "x", "B": "y"}
    with pytest.raises(BenchmarkDataError, match=r"file\.jsonl, row 7, field 'a': expected at least two options"):
        column_options(row(a="x", b=""), ("a", "b"))


def test_a_gold_label_is_one_letter_among_the_options() -> None:
    options = {"A": "x", "B": "y"}
    assert one_label(row(gold="b"), "gold", options) == ("B",)
    assert one_label(row(gold=["B"]), "gold", options) == ("B",)
    for wrong in ("AB", "C", "", None, 1):
        with pytest.raises(BenchmarkDataError, match="row 7, field 'gold'"):
            one_label(row(gold=wrong), "gold", options)


def test_numbered_labels_count_from_where_the_file_counts() -> None:
    options = {"A": "x", "B": "y", "C": "z"}
    assert numbered_label(row(gold=0), "gold", options, first=0) == ("A",)
    assert numbered_label(row(gold="3"), "gold", options, first=1) == ("C",)
    with pytest.raises(BenchmarkDataError, match="expected a number from 1 to 3, found int '0'"):
        numbered_label(row(gold=0), "gold", options, first=1)
    with pytest.raises(BenchmarkDataError, match="expected a number from 0 to 2, found int '3'"):
        numbered_label(row(gold=3), "gold", options, first=0)


def test_gold_letter_and_gold_text_must_agree() -> None:
    same_text(row(answer="two  words\n"), "answer", "two words")
    with pytest.raises(BenchmarkDataError, match="field 'answer': expected the text of the gold option"):
        same_text(row(answer="another"), "answer", "two words")
