"""The report counts what an order holds, and shows it."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from rich.console import Console

from medgo.training.ordering.mix_report import MixReport
from medgo.training.ordering.order import Order
from medgo.training.ordering.planning import plan_order
from tests.training.ordering.cases import sizes_of, stage_of


def planned(*, packing: bool = False) -> tuple[Order, MixReport]:
    sizes = sizes_of(
        [10] * 40 + [100] * 20 + [50] * 300, ["terms"] * 40 + ["chat"] * 20 + ["general"] * 300, [0] * 60 + [1] * 300
    )
    stage = stage_of(
        2,
        replay=[1],
        mix={"by": "tokens", "replay": 0.2, "weights": {"terms": 25.0}},
        batch={"rows": 8, "micro_rows": 4},
        lengths={"max_tokens": 200},
    )
    return plan_order(sizes, stage, seed=0, packing=packing)


def test_parts_count_rows_tokens_repeats_and_what_never_comes() -> None:
    order, report = planned()
    chat, general, terms = report.tasks
    assert (chat.name, general.name, terms.name) == ("chat", "general", "terms")
    assert terms.asked == pytest.approx(0.8 * 10_000 / 12_000)
    assert terms.realised == pytest.approx(terms.asked, abs=0.03)
    drawn = np.bincount(order.rows, minlength=360)
    assert terms.rows == drawn[:40].sum()
    assert terms.repeats == pytest.approx(terms.rows / 40)
    assert terms.tokens == 10 * terms.rows
    assert general.loss_tokens == 25 * general.rows
    assert general.never == (drawn[60:] == 0).sum() > 200
    assert report.never == (drawn == 0).sum()
    assert report.replay_realised == pytest.approx(0.2, abs=0.03)
    assert sum(part.realised for part in report.entries) == pytest.approx(1)
    assert sum(part.rows for part in report.langs) == len(order.rows) == report.rows


def test_padding_and_fill_are_those_of_the_micro_batches() -> None:
    order, report = planned()
    tokens = np.array([10] * 40 + [100] * 20 + [50] * 300)
    through = [4 * tokens[rows].max() for rows in order]
    assert report.padding == pytest.approx(1 - tokens[order.rows].sum() / sum(through))
    assert report.micro_batch_tokens == max(through)
    assert report.pack_fill is None
    order, report = planned(packing=True)
    assert report.padding == 0
    assert report.pack_fill == pytest.approx(tokens[order.rows].sum() / (200 * len(order)))
    assert report.micro_batch_tokens <= 200
    fewest, mean, most = report.step_tokens
    assert fewest <= mean <= most <= 8 * 200
    assert mean * report.steps == pytest.approx(tokens[order.rows].sum())


def test_the_report_is_json_and_tables() -> None:
    _, report = planned()
    assert json.loads(json.dumps(report.to_json()))["tasks"][2]["name"] == "terms"
    console = Console(width=160, record=True, file=io.StringIO())
    for table in report.tables():
        console.print(table)
    text = console.export_text()
    for expected in ("Mix by tokens", "general", "replay asked, realised", "20.0%", "repeats"):
        assert expected in text
