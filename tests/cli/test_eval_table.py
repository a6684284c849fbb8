"""The figures of a run on a terminal: the same as everywhere else, and no wider than a terminal is."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from rich.console import Console

from medgo.cli._eval_table import show_summaries
from medgo.evaluation.benchmarks.registry import BENCHMARKS, CARD, card_average
from medgo.evaluation.results import summaries_of
from medgo.evaluation.table import results_table
from medgo.schema import Prediction, Status
from tests.evaluation.answers import answer, answers, random_answers
from tests.evaluation.run_folders import write_run


def shown(path: Path, predictions: list[Prediction]) -> str:
    run = write_run(path / "run", predictions)
    out = io.StringIO()
    show_summaries(Console(file=out, width=80), run, summaries_of(run))
    return out.getvalue()


def row(text: str, name: str) -> list[str]:
    return next(line.split() for line in text.splitlines() if line.startswith(f"{name} "))


def test_the_means_are_those_of_the_results_table_with_their_interval(tmp_path: Path) -> None:
    names = ("medmcqa", "cmexam", "medbullets", "healthbench")
    predictions = [p for i, name in enumerate(names[:3]) for p in random_answers(50, 0.5, i, name=name)]
    predictions += [answer(f"h{i}", gold=(), labels=(), name="healthbench", scores={"score": i / 9}) for i in range(9)]
    text = shown(tmp_path, predictions)
    overall = results_table(summaries_of(write_run(tmp_path / "again", predictions)), BENCHMARKS).overall
    assert overall is not None
    assert overall.ours is not None
    assert overall.card is not None
    value, low, high = (f"{100 * x:.1f}" for x in (overall.ours.value, overall.ours.low, overall.ours.high))
    assert f"mean of 3 of the card's 20: {value}, 95 % interval {low} to {high}\n" in text
    assert f"the card's own mean: {overall.card.medgo:.1f} on these, {card_average().medgo} on all 20\n" in text
    assert "\nmean of 3 of 13  " in text
    assert "Beyond the card" in text
    assert "Medical Standard" not in text


def test_all_of_the_card_is_compared_with_all_of_the_card(tmp_path: Path) -> None:
    text = shown(tmp_path, [p for b in CARD for p in answers([True, False], name=b.name, variant="".join(b.headline))])
    assert f"the card's own mean: {card_average().medgo} on all 20\n" in text


def test_nothing_but_failures_has_no_mean(tmp_path: Path) -> None:
    text = shown(tmp_path, [answer("x", status="error", name="medmcqa")])
    assert row(text, "medmcqa")[1:3] == ["0", "–"]
    assert "mean" not in text


def test_all_benchmarks_with_all_that_can_go_wrong_fit_a_terminal(tmp_path: Path) -> None:
    predictions = []
    for benchmark in BENCHMARKS:
        judged = benchmark.kind != "choice"
        fields: dict[str, Any] = {"gold": (), "labels": (), "scores": {"score": 1.0}} if judged else {}
        fields |= {"name": benchmark.name, "variant": "".join(benchmark.headline)}
        kinds: list[tuple[Status, int]] = [("unparsed", 4), ("truncated", 4), ("refused", 4), ("error", 1)]
        if benchmark.name in ("medmcqa", "diagnosisarena_open"):
            kinds = [("error", 1000), ("answered", 10_000)]
        statuses = [status for status, count in kinds for _ in range(count)]
        predictions += [answer(f"q{i}", status=status, **fields) for i, status in enumerate(statuses)]
    text = shown(tmp_path, predictions)
    table = text[: text.index("the card's own mean")]
    assert "…" not in table
    assert max(map(len, table.splitlines())) <= 80
    assert row(table, "medmcqa") == ["medmcqa", "10,000", "100.0", "100-100", "25.0", "1000", "68.3"]


def test_what_was_cut_off_is_counted_once(tmp_path: Path) -> None:
    cut = [answer("a", status="truncated", name="medmcqa", rule="unforced", scores={"thinking_forced": 1.0})]
    forced = [answer("b", name="medmcqa", forced=True, rule="forced", scores={"thinking_forced": 1.0})]
    spent = [answer(f"c{i}", name="medmcqa", scores={"thinking_forced": 1.0}) for i in range(2)]
    assert row(shown(tmp_path, cut + forced + spent), "medmcqa")[5:7] == ["50", "%"]
    assert row(shown(tmp_path / "all", cut), "medmcqa")[5:7] == ["100", "%"]


def test_not_judged_is_told_from_judged_and_withheld(tmp_path: Path) -> None:
    waiting = [answer(f"w{i}", gold=(), labels=(), name="cmb_clin") for i in range(3)]
    withheld = [
        answer(f"x{i}", gold=(), labels=(), name="healthbench", scores={"unvalidated_score": 0.77}) for i in range(2)
    ]
    text = shown(tmp_path, waiting + withheld)
    assert "3 free-text answers have no judge's score yet: medgo eval judge" in text
    assert "尚无评分的自由文本回答：3。" in text
    assert "2 free-text answers were judged, but their scores are withheld;" in text
    assert "已评分但得分不予显示的回答：2" in text
    assert "77" not in text.replace(str(tmp_path), "")
    only = shown(tmp_path / "only", withheld)
    assert "no judge's score yet" not in only


def test_a_path_is_no_markup(tmp_path: Path) -> None:
    folder = tmp_path / "a[red]b"
    assert str(folder / "run" / "summary.json") in shown(folder, answers([True], name="medmcqa"))
