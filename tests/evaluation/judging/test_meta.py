"""Judging the judge: the published measure on cases worked out by hand, the floor, and what a headline needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from medgo.errors import InputError
from medgo.evaluation.judging import Grader, LabelledVerdict, MetaEvaluation, headline, meta_evaluate, read_labelled
from medgo.evaluation.judging.meta import concordance
from medgo.inference.protocol import GenerationRequest
from medgo.schema import Criterion, EvalItem
from tests.evaluation.judging.items import judge
from tests.support.judge_engine import Answer, JudgeEngine, down, met

EXAMPLES = Path(__file__).parents[3] / "examples" / "judge_meta.jsonl"


def label(category: str, *human: bool) -> LabelledVerdict:
    return LabelledVerdict("rubric", "en", EvalItem("x", "x", "en", "?"), "reply", Criterion("c", 1), human, category)


def oracle(labelled: list[LabelledVerdict], *, wrong: int = 0) -> JudgeEngine:
    """Says what the first person said; of every ``wrong``-th question the contrary."""
    first: dict[str, tuple[bool, bool]] = {}
    for n, verdict in enumerate(labelled):
        text = verdict.question("official-order").messages()[0].content
        contrary = bool(wrong) and n % wrong == 0
        first[text] = (verdict.human[0] != contrary, verdict.kind == "diagnosis")

    def answer(request: GenerationRequest) -> Answer:
        is_met, diagnosis = first[request.messages[-1].content]
        return json.dumps({"explanation": "", "grade": 2 * is_met}) if diagnosis else met(is_met)

    return JudgeEngine(answer, model=f"oracle-{wrong}")


def test_the_measure_is_over_pairs_of_the_judge_and_each_person() -> None:
    """The published example: judge T, F, T; people TTF | TF | F; categories a, a, b.

    met: precision 2/4, recall 2/3, F1 4/7; not met: precision 1/2, recall 1/3, F1 2/5; balanced 17/35.
    """
    verdicts = [(label("a", True, True, False), True), (label("a", True, False), False), (label("b", False), True)]
    found = concordance(verdicts)  # type: ignore[arg-type]
    assert found.pairs == 6
    assert found.balanced_f1 == pytest.approx(17 / 35)
    # a: met 2·2/(2·2+1+1), not met 2·1/(2·1+1+1); b: met 0, not met 0.
    assert found.categories == {"a": pytest.approx((4 / 6 + 2 / 4) / 2), "b": 0.0}
    assert found.category_mean == pytest.approx(((4 / 6 + 2 / 4) / 2) / 2)
    # Judge grants 2 of 3; people 2/3, 1/2 and 0 of the three: 66.7 − 38.9 points.
    assert found.bias == pytest.approx(100 * (2 / 3 - (2 / 3 + 1 / 2 + 0) / 3))
    # People among each other, ordered pairs: TT TT TF TF FT FT | TF FT: met 2·2/(4+6), not met 0.
    assert found.people_f1 == pytest.approx((4 / 10 + 0) / 2)


def test_unavailable_verdicts_are_left_out_and_counted() -> None:
    found = concordance([(label("a", True), True), (label("a", False), None)])
    assert (found.verdicts, found.unavailable, found.coverage) == (1, 1, 0.5)
    nothing = concordance([(label("a", True), None)])
    assert (nothing.verdicts, nothing.unavailable, nothing.coverage, nothing.pairs) == (0, 1, 0.0, 0)


def test_our_labelled_verdicts_are_read_and_can_tell_judges_apart() -> None:
    labelled = read_labelled(EXAMPLES)
    assert len(labelled) >= 40
    assert {verdict.lang for verdict in labelled} == {"zh", "en"}
    assert {verdict.kind for verdict in labelled} == {"rubric", "diagnosis"}
    good = meta_evaluate([judge(oracle(labelled))], labelled)
    assert good.headline_allowed
    assert good.kinds["rubric"].balanced_f1 > 0.95
    for bad in (
        JudgeEngine(lambda r: met(True) if "criteria_met" in r.json_schema else '{"explanation":"","grade":2}'),
    ):  # type: ignore[operator]
        generous = meta_evaluate([judge(bad)], labelled)
        assert not generous.headline_allowed
        assert "below the floor of 0.60" in generous.reason
        assert generous.kinds["rubric"].bias > 30


def test_the_floor_is_a_choice_that_is_stated() -> None:
    labelled = read_labelled(EXAMPLES)
    one = judge(oracle(labelled, wrong=4))  # right on three quarters
    assert meta_evaluate([one], labelled).headline_allowed
    strict = meta_evaluate([one], labelled, floor=0.9)
    assert not strict.headline_allowed
    assert strict.to_row()["floor"] == 0.9


def test_too_few_or_one_sided_labels_or_too_little_coverage_allow_nothing() -> None:
    labelled = [verdict for verdict in read_labelled(EXAMPLES) if verdict.kind == "rubric"]
    few = meta_evaluate([judge(oracle(labelled))], labelled[:10])
    assert "30 are needed" in few.reason
    sided = [verdict for verdict in labelled if all(verdict.human)] * 2
    assert "measures nothing" in meta_evaluate([judge(oracle(labelled))], sided).reason
    answers = iter(range(10**6))

    def sleepy(request: GenerationRequest) -> Answer:
        return "hm" if next(answers) % 4 == 0 else met(True)

    assert "only" in meta_evaluate([judge(JudgeEngine(sleepy), retries=0)], labelled).reason
    silent = meta_evaluate([judge(JudgeEngine(down), window=1000)], labelled)
    assert (silent.kinds["rubric"].coverage, silent.headline_allowed) == (0.0, False)
    assert "a verdict on only 0%" in silent.reason


def test_a_judge_that_fails_on_every_diagnosis_gets_no_headline_from_its_rubric_verdicts() -> None:
    labelled = read_labelled(EXAMPLES)
    diagnoses = [verdict for verdict in labelled if verdict.kind == "diagnosis"]
    labelled += diagnoses * -(-30 // len(diagnoses))
    able = oracle(labelled).answer

    def half_able(request: GenerationRequest) -> Answer:
        return able(request) if "criteria_met" in (request.json_schema or "") else "hm"

    one = judge(JudgeEngine(half_able), window=1000)
    meta = meta_evaluate([one], labelled)
    assert meta.kinds["diagnosis"].coverage == 0.0
    assert headline(Grader("rubric", [one]), meta).allowed
    found = headline(Grader("diagnosis", [one]), meta)
    assert not found.allowed
    assert "only 0%" in found.reason
    assert not meta.headline_allowed


def test_a_panel_is_measured_together_and_each_judge_alone() -> None:
    labelled = read_labelled(EXAMPLES)
    judges = [judge(oracle(labelled, wrong=n)) for n in (0, 2, 3)]
    found = meta_evaluate(judges, labelled)
    assert set(found.single) == {"oracle-0", "oracle-2", "oracle-3"}
    assert found.single["oracle-0"].balanced_f1 > found.single["oracle-3"].balanced_f1
    assert found.kinds["rubric"].balanced_f1 > found.single["oracle-2"].balanced_f1


def validated() -> tuple[list[LabelledVerdict], JudgeEngine, MetaEvaluation]:
    labelled = read_labelled(EXAMPLES)
    engine = oracle(labelled)
    return labelled, engine, meta_evaluate([judge(engine)], labelled)


def test_without_validation_there_is_no_headline() -> None:
    found = headline(Grader("rubric", [judge(JudgeEngine())]), None)
    assert not found.allowed
    assert "never validated" in found.reason


def test_a_validation_holds_for_its_judges_settings_and_wording() -> None:
    _, engine, meta = validated()
    assert headline(Grader("rubric", [judge(engine)]), meta).allowed
    others = (
        Grader("rubric", [judge(JudgeEngine(model="other"))]),
        Grader("rubric", [judge(engine, retries=5)]),
        Grader("rubric", [judge(engine)], template="shared-prefix"),
        Grader("rubric", [judge(engine), judge(JudgeEngine(model="other"))]),
    )
    for other in others:
        found = headline(other, meta)
        assert not found.allowed
        assert "other judges" in found.reason


def test_another_kind_than_the_labelled_one_is_said_beside_the_number() -> None:
    labelled, engine, meta = validated()
    assert "diagnosis verdicts" in headline(Grader("diagnosis", [judge(engine)]), meta).reason
    found = headline(Grader("reference", [judge(engine)]), meta)
    assert found.allowed
    assert "not validated on reference" in found.reason
    only = meta_evaluate([judge(engine)], [verdict for verdict in labelled if verdict.kind == "rubric"])
    assert "not validated on diagnosis" in headline(Grader("diagnosis", [judge(engine)]), only).reason


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"reply": "r", "criterion": "c", "human": [True]}, "conversation"),
        ({"question": "q", "criterion": "c", "human": [True]}, "reply"),
        ({"question": "q", "reply": "r", "human": [True]}, "criterion"),
        ({"question": "q", "reply": "r", "criterion": "c"}, "human"),
        ({"question": "q", "reply": "r", "criterion": "c", "human": []}, "human"),
        ({"question": "q", "reply": "r", "criterion": "c", "human": [1]}, "true or false"),
        ({"gold": "g", "proposed": "p", "human": [True]}, "0, 1 or 2"),
        ({"gold": "g", "proposed": "p", "human": [3]}, "0, 1 or 2"),
        ({"question": "q", "reply": "r", "criterion": "c", "human": [True], "lang": "fr"}, "lang"),
        ({"question": "q", "reply": "r", "criterion": "c", "human": [True], "points": "5"}, "points"),
    ],
)
def test_a_row_that_does_not_fit_is_named(tmp_path: Path, row: dict[str, Any], message: str) -> None:
    file = tmp_path / "labelled.jsonl"
    good = {"question": "q", "reply": "r", "criterion": "c", "human": [True]}
    file.write_text(f"{json.dumps(good)}\n{json.dumps(row)}\n")
    with pytest.raises(InputError, match=f"row 2.*{message}"):
        read_labelled(file)


def test_an_empty_file_and_a_broken_line_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "labelled.jsonl"
    for content in ("", "{broken\n"):
        file.write_text(content)
        with pytest.raises(InputError, match=r"labelled\.jsonl"):
            read_labelled(file)


def test_healthbenchs_own_file_is_read(tmp_path: Path) -> None:
    """Fields as the publisher has them; content invented."""
    row = {
        "prompt": [{"role": "user", "content": "Is it safe?"}],
        "completion": "Probably.",
        "rubric": "Says that it depends.",
        "category": "cluster:hedging_any",
        "binary_labels": [True, False],
        "anonymized_physician_ids": ["a", "b"],
        "completion_id": "1",
        "prompt_id": "2",
    }
    file = tmp_path / "meta.jsonl"
    file.write_text(json.dumps(row) + "\n")
    (verdict,) = read_labelled(file)
    assert (verdict.human, verdict.category, verdict.reply) == ((True, False), "cluster:hedging_any", "Probably.")
    assert "Is it safe?" in verdict.question("official-order").messages()[0].content
