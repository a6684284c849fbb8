"""Plans: the same items under every limit, reasons for what is left out, failures before anything is loaded."""

from dataclasses import replace
from pathlib import Path

import pytest

from medgo.errors import InputError
from medgo.evaluation.config import RunConfig
from medgo.evaluation.runs import plan_run
from medgo.evaluation.runs.plan import limited
from medgo.evaluation.selection import Selection
from medgo.inference.engines import EngineOptions
from tests.support.exam import ESSAYS, EXAM, exam_items, loaded, select


def config(**changes: object) -> RunConfig:
    return replace(RunConfig(EngineOptions(), Path("run")), **changes)  # type: ignore[arg-type]


def test_a_smaller_limit_takes_part_of_a_larger_one_and_no_subject_first() -> None:
    items = exam_items(40)
    small, large = limited(items, 8, 0), limited(items, 20, 0)
    assert (len(small), len(large)) == (8, 20)
    assert {item.id for item in small} < {item.id for item in large}
    assert small != items[:8]
    assert limited(tuple(reversed(items)), 8, 0) == tuple(reversed(small))
    assert limited(items, 8, 1) != small


def test_variants_of_a_question_stay_together() -> None:
    items = [replace(item, id=f"{item.id}:{v}", cluster=item.id) for item in exam_items(10) for v in "abc"]
    chosen = limited(items, 4, 0)
    assert len(chosen) == 12
    assert all(sum(item.cluster == unit for item in chosen) == 3 for unit in {item.cluster for item in chosen})


def test_scoring_leaves_free_text_out_and_says_so() -> None:
    plan = plan_run(
        config(method="score"), select(loaded(exam_items(4)), loaded(exam_items(4, ESSAYS), ESSAYS), hle="no file")
    )
    assert [part.benchmark.name for part in plan.benchmarks] == ["exam"]
    assert plan.skipped["hle"] == "no file"
    assert "free text" in plan.skipped["essays"]
    with pytest.raises(InputError, match="nothing to ask"):
        plan_run(config(method="score"), select(loaded(exam_items(4, ESSAYS), ESSAYS)))


def test_a_template_that_does_not_fit_every_item_fails_while_planning() -> None:
    official = replace(EXAM.official, prompt={"en": "{question}", "zh": "{meta[exam]} {question}"})  # type: ignore[type-var]
    odd = replace(EXAM, official=official)
    with pytest.raises(InputError, match="the item does not have"):
        plan_run(config(protocol="official"), select(loaded(exam_items(4), odd)))


def test_rotation_asks_each_item_once_for_each_option() -> None:
    plan = plan_run(config(rotate=True, limit=5), select(loaded(exam_items(40))))
    assert len(plan) == 20


def test_few_shot_examples_are_in_the_prompts_and_in_the_hash() -> None:
    dev = exam_items(30, series="d")
    with_shots = plan_run(config(shots=3), select(loaded(exam_items(4), dev=dev)))
    without = plan_run(config(), select(loaded(exam_items(4), dev=dev)))
    assert len(next(with_shots.asks()).messages) == 7
    hashes = {plan.benchmarks[0].describe()["protocol_sha256"] for plan in (with_shots, without)}
    assert len(hashes) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "score", "epochs": 2},
        {"method": "score", "reasoning": True},
        {"labels": "text"},
        {"epochs": 0},
        {"limit": 0},
        {"shots": -1},
    ],
)
def test_contradictions_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(InputError):
        config(**changes)


def test_a_benchmark_asked_for_by_name_must_be_askable() -> None:
    essays = loaded(exam_items(4, ESSAYS), ESSAYS)
    named = Selection((loaded(exam_items(4)), essays), {}, frozenset({"essays"}))
    with pytest.raises(InputError, match="free text"):
        plan_run(config(method="score"), named)


def test_questions_whose_options_refer_to_others_are_not_rotated_and_that_is_said() -> None:
    tied = [
        replace(item, options={**item.options, "D": "none of the above" if item.lang == "en" else "以上都不对"})
        for item in exam_items(2)
    ]
    plan = plan_run(config(rotate=True), select(loaded((*tied, *exam_items(3, series="x")))))
    assert len(plan) == 2 + 3 * 4
    assert plan.benchmarks[0].describe()["notes"] == [
        "2 questions were not rotated: an option of theirs refers to others"
    ]


def test_texts_are_not_compared_where_several_may_be_right() -> None:
    several = [replace(item, multiple=True) for item in exam_items(3)]
    with pytest.raises(InputError, match="one by one"):
        plan_run(config(method="score", labels="text"), select(loaded(several)))
