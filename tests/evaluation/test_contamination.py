"""Items that a corpus holds are counted apart; an empty list is an error and no clean bill."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from medgo.errors import InputError
from medgo.evaluation.contamination import read_marked, split_by_contamination
from medgo.schema import Prediction


def answer(item: str, right: bool, unit: str = "") -> Prediction:
    return Prediction("medqa", item, 0, ("A",), ("A" if right else "B",), "answered", unit=unit or item)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_model_that_only_knows_what_it_saw_is_seen_through(tmp_path: Path) -> None:
    predictions = [answer(f"q{i}", right=i < 30) for i in range(100)]
    listed = "".join(f'{{"benchmark": "MedQA-USMLE", "item": "q{i}", "match": "…"}}\n' for i in range(30))
    marked = read_marked(write(tmp_path / "hits.jsonl", listed + '{"benchmark": "medqa", "item": "elsewhere"}\n'))
    (split,) = split_by_contamination({"medqa": predictions}, marked, np.random.default_rng(0))
    assert split.clean is not None and split.contaminated is not None
    assert (split.clean.value, split.clean.n) == (0.0, 70)
    assert (split.contaminated.value, split.contaminated.n) == (1.0, 30)
    assert split.unknown == 1


def test_variants_of_a_question_go_with_it() -> None:
    predictions = [replace(answer(f"q1:{v}", right=True, unit="q1"), variant=v) for v in "ab"] + [answer("q2", False)]
    (split,) = split_by_contamination({"medqa": predictions}, {"medqa": frozenset({"q1:a"})}, np.random.default_rng(0))
    assert split.contaminated is not None and split.contaminated.n == 1
    assert split.clean is not None and split.clean.value == 0.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "lists no items"),
        ('{"benchmark": "medqa"}\n', "line 1"),
        ('{"benchmark": "no", "item": "1"}\n', "no benchmark"),
    ],
)
def test_lists_that_cannot_be_meant_are_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_marked(write(tmp_path / "hits.jsonl", text))
