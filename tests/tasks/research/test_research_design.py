"""Research design: the sample size is the formula's, rests on the primary endpoint, and ethics are named."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import proportion_effectsize

from medgo.tasks.research.research_design import RESEARCH_DESIGN, DesignInput, two_proportions
from tests.tasks.changes import Change, change, change_part, objections

TASK = RESEARCH_DESIGN


@pytest.mark.parametrize(
    ("check", "changed"),
    [
        ("sample_size_formula", change_part("sample_size", per_group=100, total=300)),
        ("sample_size_formula", change_part("sample_size", treated=0.35)),
        ("sample_size_formula", change_part("sample_size", treated=0.4)),
        ("total_holds_groups", change_part("sample_size", total=200)),
        ("total_holds_groups", change_part("sample_size", dropout=0.4)),
        ("size_for_primary", change_part("sample_size", endpoint="住院天数")),
        ("endpoint_once", change(secondary_endpoints=("术后24小时内恶心呕吐发生率",))),
        ("ethics_named", change(ethics=("伦理委员会审查", "书面知情同意"))),
        ("ethics_named", change(design="cohort", ethics=("数据去标识",))),
        ("asked_language", lambda output: TASK.examples["en"].output),
    ],
)
def test_each_check_objects(check: str, changed: Change) -> None:
    assert check in objections(TASK, "zh", changed)


def test_a_size_that_rests_on_no_two_rates_is_not_reckoned() -> None:
    assert objections(TASK, "zh", change_part("sample_size", control=None, treated=None)) == set()


@pytest.mark.parametrize(("control", "treated"), [(0.4, 0.25), (0.22, 0.15), (0.5, 0.3), (0.1, 0.2)])
@pytest.mark.parametrize("power", [0.8, 0.9])
def test_the_formula_agrees_with_statsmodels(control: float, treated: float, power: float) -> None:
    """statsmodels uses the arcsine transformation, which lies within a few per cent of Fleiss's formula."""
    other = NormalIndPower().solve_power(proportion_effectsize(control, treated), alpha=0.05, power=power)
    assert two_proportions(control, treated, 0.05, power) == pytest.approx(other, rel=0.03)


def test_more_power_and_a_smaller_difference_need_more_people() -> None:
    assert two_proportions(0.4, 0.25, 0.05, 0.9) > two_proportions(0.4, 0.25, 0.05, 0.8)
    assert two_proportions(0.4, 0.3, 0.05, 0.8) > two_proportions(0.4, 0.25, 0.05, 0.8)
    assert two_proportions(0.4, 0.25, 0.05, 0.8) == two_proportions(0.25, 0.4, 0.05, 0.8)


@pytest.mark.parametrize("bad", [{}, {"question": ""}, {"question": "术后恶心呕吐？", "budget": 1}])
def test_bad_input_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        DesignInput.model_validate(bad)
