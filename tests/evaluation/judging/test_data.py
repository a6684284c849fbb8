"""Real items through a scripted judge: nothing of them is written anywhere but in the test's own folder."""

from __future__ import annotations

import itertools
import json
import os
from pathlib import Path

import numpy as np
import pytest

from medgo.evaluation.benchmarks.load import DataSources, load_benchmark
from medgo.evaluation.benchmarks.registry import find
from medgo.evaluation.judging import Grader, VerdictCache, summarise
from medgo.evaluation.judging.diagnosis import golds_of, surely_same
from medgo.evaluation.judging.read_diagnoses import read_diagnoses
from medgo.evaluation.judging.rubric import rubric_score
from medgo.inference.protocol import GenerationRequest
from medgo.schema import EvalItem
from tests.evaluation.judging.items import judge
from tests.support.judge_engine import Answer, JudgeEngine, met

DATA = Path(os.environ.get("MEDGO_DATA", Path(__file__).parents[4] / "shared" / "data")) / "benchmarks"

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not DATA.is_dir(), reason="the benchmark files are not here (MEDGO_DATA)"),
]


def items_of(name: str, folder: str) -> list[EvalItem]:
    return list(load_benchmark(find(name), DataSources((), {name: DATA / folder})).items)


def test_thirty_healthbench_items(tmp_path: Path) -> None:
    items = items_of("healthbench", "healthbench-sample")
    assert len(items) == 30
    criteria = [criterion for item in items for criterion in item.rubric]
    assert (len(criteria), sum(criterion.points < 0 for criterion in criteria)) == (352, 102)

    def grants_every_positive_one(request: GenerationRequest) -> Answer:
        shown = request.messages[-1].content.rpartition("<criterion>")[2].strip()
        return met(not shown.startswith("[-"))

    pairs = [(item, f"A reply to {item.id}.") for item in items]
    for template in ("official-order", "shared-prefix"):
        engine = JudgeEngine(grants_every_positive_one, slots=16)
        with VerdictCache(tmp_path / template) as cache:
            grades = list(Grader("rubric", [judge(engine)], template=template, cache=cache).grade(pairs))
        assert (len(engine.asked), engine.batches) == (352, 1)
        summary = summarise(grades, np.random.default_rng(0))
        assert (summary.items, summary.coverage, summary.scores["score"].value) == (30, 1.0, 1.0)
        assert {grade.scores["score"] for grade in grades} == {1.0}
        assert any(tag.startswith("axis:") for tag in summary.tags)
        assert any(tag.startswith("theme:") for tag in summary.tags)
    # By hand, without the code under test: everything met.
    rng = np.random.default_rng(0)
    for item in items:
        verdicts = rng.random(len(item.rubric)) < 0.5
        points = np.array([criterion.points for criterion in item.rubric])
        assert rubric_score(item.rubric, [bool(v) for v in verdicts]) == pytest.approx(
            points[verdicts].sum() / points[points > 0].sum()
        )


def test_every_gold_diagnosis_is_recognised_in_a_numbered_list_without_a_judge() -> None:
    items = items_of("diagnosisarena_open", "diagnosisarena")
    assert len(items) == 915
    engine = JudgeEngine(lambda request: json.dumps({"explanation": "", "grade": 0}))
    pairs = [(item, f"1. {item.reference.upper()}\n2. Gout") for item in items]
    grades = list(Grader("diagnosis", [judge(engine)]).grade(pairs))
    assert {grade.scores["top1"] for grade in grades} == {1.0}
    assert not engine.asked
    # And no gold is taken for another one.
    golds = [golds_of(item)[0] for item in items]
    confused = [(a, b) for a, b in itertools.pairwise(golds) if a != b and surely_same(a, [b])]
    assert not confused
    assert all(len(read_diagnoses(gold, 5)) == 1 for gold in golds)


def test_cmb_clin_answers_against_their_own_solutions() -> None:
    items = items_of("cmb_clin", "cmb")
    engine = JudgeEngine(
        lambda request: json.dumps(
            {"explanation": "", "fluency": 5, "relevance": 4, "completeness": 3, "proficiency": 2}
        )
    )
    grader = Grader("reference", [judge(engine)])
    summary = summarise(
        grader.grade((item, item.reference) for item in items), np.random.default_rng(0), mean=grader.mean
    )
    assert summary.items == len(items) == 208
    assert summary.scores["score"].value == pytest.approx(0.625)
