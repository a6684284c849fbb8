"""Labels of KTO: both are needed, and their weights are held against equation 8."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.errors import RowsRefusedError
from medgo.training.recipe import KtoLoss
from medgo.training.rows.label_balance import label_balance
from medgo.training.rows.tokens import RowTokenizer
from tests.training.rows.made_rows import labelled
from tests.training.rows.naive_trl import labels_in_kto
from tests.training.rows.taking import intake


def test_one_label_alone_is_refused(tmp_path: Path, tokenizer: RowTokenizer) -> None:
    """TRL trains on wanted rows alone without an error (R8)."""
    rows = [labelled(f"{i}?", "a", True) for i in range(4)]
    assert labels_in_kto([row.columns() for row in rows], tmp_path / "naive") == [True] * 4
    with pytest.raises(RowsRefusedError, match="label balance: 4 wanted and 0 unwanted rows"):
        list(intake(tmp_path, tokenizer, rows, "kto").rows())


def test_weights_outside_equation_8_are_noted_with_those_inside(tmp_path: Path, tokenizer: RowTokenizer) -> None:
    rows = [labelled(f"{i}?", "a", i < 8) for i in range(12)]
    balanced = intake(tmp_path, tokenizer, rows, "kto")
    list(balanced.rows())
    assert [line.state for line in balanced.report().gates() if line.name == "label balance"] == ["PASS"]
    even = intake(tmp_path, tokenizer, rows, "kto", kto={"desirable_weight": 1.0})
    list(even.rows())
    (line,) = (line for line in even.report().gates() if line.name == "label balance")
    assert line.state == "NOTE"
    assert "before mixing 8 wanted, 4 unwanted, weighted ratio 2.00" in line.why
    assert "desirable_weight 0.5 to 0.667" in line.why


def test_answers_that_are_labelled_both_ways_are_noted(tmp_path: Path, tokenizer: RowTokenizer) -> None:
    rows = [labelled("a?", "a", True), labelled("a?", "a", False), labelled("b?", "b", False)]
    taking = intake(tmp_path, tokenizer, rows, "kto")
    assert len(list(taking.rows())) == 3
    (line,) = (line for line in taking.report().gates() if line.name == "label balance")
    assert (line.state, "labelled both ways: 1" in line.why) == ("NOTE", True)


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.floats(0.1, 10), st.floats(0.1, 10))
def test_weights_at_the_ends_of_the_ranges_give_the_ratios_of_the_paper(
    wanted: int, unwanted: int, desirable: float, undesirable: float
) -> None:
    found = label_balance(wanted, unwanted, KtoLoss(desirable_weight=desirable, undesirable_weight=undesirable))
    assert found.ratio == pytest.approx(desirable * wanted / (undesirable * unwanted))
    for weight, ratio in zip(found.desirable_range, (1, 4 / 3), strict=True):
        loss = KtoLoss(desirable_weight=weight, undesirable_weight=undesirable)
        assert label_balance(wanted, unwanted, loss).ratio == pytest.approx(ratio)
    for weight, ratio in zip(found.undesirable_range, (4 / 3, 1), strict=True):
        loss = KtoLoss(desirable_weight=desirable, undesirable_weight=weight)
        assert label_balance(wanted, unwanted, loss).ratio == pytest.approx(ratio)
    assert label_balance(wanted, unwanted, KtoLoss(undesirable_weight=undesirable)).holds
