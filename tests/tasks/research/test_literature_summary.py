"""Literature summary: numbers are those of the text, results are quoted, the level of evidence fits the design."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from medgo.tasks.research.literature_summary import LITERATURE_SUMMARY, ArticleInput
from tests.tasks.changes import Change, change, change_item, objections, spans

TASK = LITERATURE_SUMMARY


@pytest.mark.parametrize(
    ("check", "changed"),
    [
        ("quote_in_text", change_item("results", 0, quote="远程管理组达标率为78.1%")),
        ("result_in_quote", change_item("results", 1, finding="平均多下降6.5mmHg")),
        ("result_in_quote", change_item("results", 1, finding="达标率68.1%")),
        ("numbers_in_text", change(population="65岁及以上患者480例。")),
        ("numbers_in_text", change(conclusion="达标率提高15.2个百分点。")),
        ("level_fits_design", change(design="case_series")),
        ("level_fits_design", change(level="5")),
        ("asked_language", lambda output: TASK.examples["en"].output),
    ],
)
def test_each_check_objects(check: str, changed: Change) -> None:
    assert check in objections(TASK, "zh", changed)


def test_results_without_numbers_are_noticed() -> None:
    silent = change(results=[{"outcome": "血压", "finding": "达标率更高", "quote": "失访37例"}])
    assert objections(TASK, "zh", silent) == {"results_with_numbers"}


def test_thousands_may_be_written_either_way() -> None:
    assert objections(TASK, "en", change(population="3412 residents of 61 care homes.")) == set()
    assert "3421" in spans(TASK, "en", change(population="3421 residents of 61 care homes."))


@pytest.mark.parametrize("bad", [{}, {"text": "太短"}, {"text": " " * 80}, {"text": "a" * 60, "year": 2020}])
def test_bad_input_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ArticleInput.model_validate(bad)
