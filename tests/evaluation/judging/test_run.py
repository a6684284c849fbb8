"""Grading a run folder: what is written, what is withheld, and that a second run asks nothing."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from medgo.errors import InputError, RunFolderError
from medgo.evaluation.judging import Judge, MetaEvaluation, UnusableJudgeError, meta_evaluate, read_labelled
from medgo.evaluation.judging.meta import Concordance, setting_of
from medgo.evaluation.judging.run import grade_run
from medgo.evaluation.results import graded_predictions, write_summaries
from medgo.evaluation.runs import Run, open_run
from medgo.evaluation.runs.folder import write_items, write_manifest
from medgo.inference.protocol import GenerationRequest
from medgo.schema import Prediction, Status
from medgo.store import AppendLog
from tests.evaluation.judging.items import RUBRIC, judge
from tests.evaluation.judging.test_meta import EXAMPLES, oracle
from tests.support.judge_engine import Answer, JudgeEngine, by_words

CASES = "1. Gallstones\n2. Gout"


def make_run(path: Path, *benchmarks: str, model: str = "some/model") -> Run:
    """Invented answers: three to HealthBench, of which the engine failed on one, one to each other benchmark."""
    row = {
        "lang": "en",
        "category": "emergency",
        "confidential": False,
        "options": {},
        "reference": "Gout",
        "rubric": [],
    }
    items, predictions = [], []
    for name in benchmarks:
        replies: list[tuple[str, Status, str | None]] = [("x", "answered", CASES)]
        if name == "healthbench":
            replies = [("a", "answered", "Call."), ("b", "truncated", "Rest and"), ("c", "error", None)]
        for item, status, reply in replies:
            messages = [{"role": "user", "content": f"It hurts ({item})."}]
            rubric = [asdict(criterion) for criterion in RUBRIC] if name == "healthbench" else []
            items.append({**row, "benchmark": name, "item": item, "messages": messages, "rubric": rubric})
            predictions.append(Prediction(name, item, 0, (), (), status, reply=reply))
    write_manifest(
        path,
        {
            "format": 1,
            "model": model,
            "requested": {},
            "engine": {"weights": "w"},
            "benchmarks": {name: {} for name in benchmarks},
        },
    )
    write_items(path, items)
    with AppendLog(path / "predictions.jsonl") as log:
        for prediction in predictions:
            log.append(prediction.to_row())
    return open_run(path)


def validated_engine() -> tuple[JudgeEngine, JudgeEngine]:
    labelled = read_labelled(EXAMPLES)
    known = oracle(labelled).answer

    def answer(request: GenerationRequest) -> Answer:
        try:
            return known(request)
        except KeyError:
            return by_words(calls=True)(request)

    return JudgeEngine(answer), JudgeEngine(answer)


def test_scores_of_a_judge_that_nobody_validated_cannot_be_taken_for_a_headline(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", "healthbench")
    judged = grade_run(run, [judge(JudgeEngine(by_words(calls=True)))])
    (each,) = judged.benchmarks
    assert (each.left_out, each.summary.replies, each.headline.allowed) == (1, 2, False)
    assert "never validated" in each.headline.reason
    scores = [prediction.scores for prediction in graded_predictions(run)["healthbench"]]
    assert scores == [{"unvalidated_score": pytest.approx(10 / 15)}, {"unvalidated_score": pytest.approx(10 / 15)}, {}]
    document = json.loads((run.path / "judging.json").read_text())
    assert document["benchmarks"]["healthbench"]["headline"]["allowed"] is False
    summary = document["benchmarks"]["healthbench"]["summary"]
    assert list(summary["scores"]) == ["unvalidated_score"]
    assert "bounds" not in summary and all(tag.startswith("unvalidated_") for tag in summary["tags"])
    assert document["benchmarks"]["healthbench"]["grader"]["template"] == "official-order"


def test_a_validated_judge_gives_scores_and_nothing_is_asked_twice(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", "healthbench", "medqa", "diagnosisarena_open")
    first, second = validated_engine()
    grade_run(run, [judge(first)])
    meta = meta_evaluate([judge(second)], read_labelled(EXAMPLES))
    asked = len(second.asked)
    judged = grade_run(run, [judge(second)], meta=meta)
    assert len(second.asked) == asked
    assert all(each.headline.allowed for each in judged.benchmarks)
    assert [each.benchmark for each in judged.benchmarks] == ["healthbench", "diagnosisarena_open"]
    graded = graded_predictions(run)
    assert graded["healthbench"][0].scores == {"score": pytest.approx(10 / 15)}
    assert graded["diagnosisarena_open"][0].scores["top5"] == 1.0
    tags = [row["tags"] for row in run.grades() if row["benchmark"] == "healthbench"]
    assert tags[0]["theme:emergency"] == pytest.approx(10 / 15)


def test_a_score_has_one_interval_in_every_file(tmp_path: Path) -> None:
    def answer(request: GenerationRequest) -> Answer:
        calls = "Rest and" not in request.messages[-1].content
        return by_words(calls=calls, aspirin=not calls)(request)

    run = make_run(tmp_path / "run", "healthbench", "diagnosisarena_open", "cmb_clin")
    grade_run(run, [judge(JudgeEngine(answer))], meta=allowing(judge(JudgeEngine(answer))))
    judged = json.loads((run.path / "judging.json").read_text())["benchmarks"]
    summaries = {figures.benchmark: figures for figures in write_summaries(run)}
    for name, figures in summaries.items():
        assert judged[name]["summary"]["scores"] == {name: e.to_row() for name, e in figures.metrics.items()}
    headline = summaries["healthbench"].headline
    assert headline is not None
    assert headline.value == pytest.approx(0.5)
    assert headline.low < headline.value < headline.high
    assert judged["healthbench"]["summary"]["scores"]["score"] == headline.to_row()
    assert judged["healthbench"]["summary"]["bootstrap_std"] > 0
    assert judged["cmb_clin"]["summary"]["bootstrap_std"] is None


def allowing(one: Judge) -> MetaEvaluation:
    """A validation that nothing was wrong with."""
    good = Concordance(90, 0, 90, 0.9, 0.8, 0.0, {}, 0.9, None, both=True)
    return MetaEvaluation((one.name,), setting_of([one], "official-order"), "official-order", 0.6, {"rubric": good}, {})


def test_a_judge_of_the_same_weights_or_family_is_named(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", "healthbench", model="OpenMedZoo/MedGo")
    judged = grade_run(run, [judge(JudgeEngine(model="Qwen/Qwen3-32B")), judge(JudgeEngine(model="gpt-4.1"))])
    assert judged.related == ("Qwen/Qwen3-32B",)
    same = grade_run(run, [judge(JudgeEngine(model="x", weights="w"))])
    assert same.related == ("x",)


def test_a_garbage_judge_leaves_the_grades_as_they_were(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", "healthbench")
    grade_run(run, [judge(JudgeEngine(by_words(calls=True)))])
    before = (run.path / "grades.jsonl").read_bytes()
    with pytest.raises(UnusableJudgeError):
        grade_run(run, [judge(JudgeEngine(lambda request: "hm", model="bad"), window=5)])
    assert (run.path / "grades.jsonl").read_bytes() == before


def test_cases_with_several_diagnoses_are_matched_as_lists(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", "clinbench_cases")
    judged = grade_run(run, [judge(JudgeEngine())])
    assert judged.benchmarks[0].summary.scores["recall"].value == 1.0
    assert judged.benchmarks[0].summary.scores["precision"].value == 0.5


def test_a_run_without_free_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no free-text benchmark"):
        grade_run(make_run(tmp_path / "run", "medqa"), [judge(JudgeEngine())])


def test_items_that_are_damaged_or_missing_are_named(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", "healthbench")
    rows = [json.loads(line) for line in (run.path / "items.jsonl").read_text().splitlines()]
    write_items(run.path, rows[1:])
    with pytest.raises(InputError, match=r"1 predictions .* 'a'"):
        grade_run(run, [judge(JudgeEngine())])
    del rows[0]["rubric"][0]["points"]
    write_items(run.path, rows)
    with pytest.raises(RunFolderError, match="healthbench/a"):
        grade_run(run, [judge(JudgeEngine())])
