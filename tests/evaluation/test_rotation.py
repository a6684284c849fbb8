"""Rotations: every text under every label once, the gold moves with its text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.evaluation.rotation import rotations
from medgo.schema import EvalItem


@given(st.integers(2, 10), st.data())
def test_every_text_stands_once_under_every_label_and_gold_moves_along(n: int, data: st.DataObject) -> None:
    labels = "ABCDEFGHIJ"[:n]
    gold = tuple(sorted(data.draw(st.sets(st.sampled_from(labels), min_size=1))))
    item = EvalItem("q", "b", "en", "?", {label: f"text {label}" for label in labels}, gold)
    turned = rotations(item)
    assert len(turned) == n
    assert turned[0].options == item.options
    assert len({each.id for each in turned}) == n
    assert {each.unit for each in turned} == {"q"}
    for label in labels:
        assert {each.options[label] for each in turned} == set(item.options.values())
    for each in turned:
        assert list(each.options) == list(labels)
        assert {each.options[label] for label in each.answer} == {item.options[label] for label in gold}


def test_free_text_has_nothing_to_rotate() -> None:
    item = EvalItem("q", "b", "en", "?", reference="rest")
    assert rotations(item) == (item,)


@pytest.mark.parametrize(
    "text",
    [
        "None of the above",
        "Both A and B",
        "a & c",
        "(A) or (C)",
        "All of these",
        "以上都是",
        "A和C",
        "B、D",
        "均不正确",
    ],
)
def test_options_that_speak_of_others_stay_in_their_place(text: str) -> None:
    item = EvalItem("q", "b", "en", "?", {"A": "one", "B": "two", "C": text}, ("C",))
    (only,) = rotations(item)
    assert (only.options, only.answer) == (item.options, ("C",))


@pytest.mark.parametrize("text", ["Vitamin K", "hepatitis", "均衡饮食", "A 型流感", "and rest", "Give both drugs"])
def test_ordinary_options_are_rotated(text: str) -> None:
    item = EvalItem("q", "b", "en", "?", {"A": "one", "B": "two", "C": text}, ("C",))
    assert len(rotations(item)) == 3
