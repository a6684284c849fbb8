"""Runs: nothing lost, nothing asked twice, errors are not wrong answers, other configurations are refused."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from medgo.errors import (
    EndpointError,
    EngineFailureError,
    InputError,
    MedGoError,
    PromptTooLongError,
    RunFolderError,
    UnsupportedRequestError,
)
from medgo.evaluation.config import RunConfig
from medgo.evaluation.runs import open_run, plan_run, run_evaluation
from medgo.inference.engines import EngineOptions
from medgo.inference.protocol import Completion, GenerationRequest, Usage
from tests.support.exam import ESSAYS, SECRET, ExamEngine, exam_items, loaded, run_exam, sampled, select


def config(path: Path, **changes: object) -> RunConfig:
    return replace(RunConfig(EngineOptions(), path / "run"), **changes)  # type: ignore[arg-type]


def test_every_item_of_every_benchmark_gets_one_prediction(tmp_path: Path) -> None:
    engine = ExamEngine(lambda request: "答案：B" if "题" in request.messages[-1].content else "Answer: A")
    result = run_exam(config(tmp_path), engine, loaded(exam_items(40)), loaded(exam_items(5, ESSAYS), ESSAYS))
    predictions = open_run(tmp_path / "run").predictions()
    assert (result.total, result.failed, len(predictions), engine.closed) == (45, 0, 45, 1)
    exam = [p for p in predictions if p.benchmark == "exam"]
    assert {p.labels for p in exam if p.lang == "zh"} == {("B",)}
    assert sum(p.correct for p in exam) == 20
    assert all(p.status == "answered" and p.reply for p in predictions)


def test_a_second_run_asks_nothing_and_loads_no_model(tmp_path: Path) -> None:
    run_exam(config(tmp_path), ExamEngine())
    before = (tmp_path / "run" / "predictions.jsonl").read_bytes()
    engine = ExamEngine(lambda _: "Answer: D")
    result = run_exam(config(tmp_path), engine)
    assert (result.resumed, engine.asked, engine.closed) == (40, [], 0)
    assert (tmp_path / "run" / "predictions.jsonl").read_bytes() == before


def test_failed_requests_are_counted_apart_and_asked_again(tmp_path: Path) -> None:
    def reply(request: object) -> Completion | str:
        broken = request.id in ("exam/q3#0", "exam/q7#0")  # type: ignore[attr-defined]
        return Completion.failed("", EndpointError("502 from the endpoint")) if broken else "Answer: A"

    result = run_exam(config(tmp_path), ExamEngine(reply))
    failed = [p for p in open_run(tmp_path / "run").predictions() if p.status == "error"]
    assert (result.failed, [p.item for p in failed]) == (2, ["q3", "q7"])
    assert failed[0].error == "endpoint_error: 502 from the endpoint"
    healed = ExamEngine(lambda _: "Answer: C")
    assert run_exam(config(tmp_path), healed).failed == 0
    assert sorted(healed.asked) == ["exam/q3#0", "exam/q7#0"]
    assert len(open_run(tmp_path / "run").predictions()) == 40


def test_an_engine_that_dies_leaves_what_is_finished(tmp_path: Path) -> None:
    def reply(request: object) -> str:
        if request.id == "exam/q9#0":  # type: ignore[attr-defined]
            raise EngineFailureError("out of memory")
        return "Answer: A"

    with pytest.raises(EngineFailureError, match="9 of 40 answers are finished and safe"):
        run_exam(config(tmp_path), ExamEngine(reply))
    engine = ExamEngine()
    assert run_exam(config(tmp_path), engine).resumed == 9
    assert len(engine.asked) == 31


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"seed": 1}, "seed: 0 → 1"),
        ({"protocol": "official"}, "protocol"),
        ({"method": "score"}, "method"),
        ({"limit": 3}, "limit"),
        ({"engine": EngineOptions(model="medgo")}, "model"),
    ],
)
def test_a_folder_of_another_configuration_is_refused(tmp_path: Path, change: dict[str, object], named: str) -> None:
    run_exam(config(tmp_path), ExamEngine())
    before = (tmp_path / "run" / "predictions.jsonl").read_bytes()
    with pytest.raises(RunFolderError, match="another configuration") as refused:
        run_exam(config(tmp_path, **change), ExamEngine())
    assert named in str(refused.value)
    assert (tmp_path / "run" / "predictions.jsonl").read_bytes() == before


def test_other_data_and_other_weights_are_refused(tmp_path: Path) -> None:
    run_exam(config(tmp_path), ExamEngine(lambda _: Completion.failed("", EndpointError("later"))))
    changed = tuple(replace(item, question=item.question + "!") for item in exam_items(40))
    with pytest.raises(RunFolderError, match="data_sha256"):
        run_exam(config(tmp_path), ExamEngine(), loaded(changed))
    with pytest.raises(RunFolderError, match=r"exam-1.*exam-2"):
        run_exam(config(tmp_path), ExamEngine(weights="exam-2"))


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.txt").write_text("my thesis")
    with pytest.raises(RunFolderError, match="not empty"):
        run_exam(config(tmp_path), ExamEngine())
    assert [file.name for file in (tmp_path / "run").iterdir()] == ["thesis.txt"]


def test_a_torn_last_line_is_asked_again_and_a_damaged_one_is_named(tmp_path: Path) -> None:
    run_exam(config(tmp_path), ExamEngine())
    log = tmp_path / "run" / "predictions.jsonl"
    log.write_bytes(log.read_bytes()[:-30])
    engine = ExamEngine()
    assert run_exam(config(tmp_path), engine).resumed == 39
    assert len(engine.asked) == 1
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(lines[0] + b'{"benchmark": 3}\n' + b"".join(lines[1:]))
    with pytest.raises(RunFolderError, match="row 2"):
        run_exam(config(tmp_path), ExamEngine())


def test_replies_that_are_cut_off_are_asked_for_their_label(tmp_path: Path) -> None:
    cut = Completion("", "Let us consider each", "length", reasoning="it may be B", usage=Usage(5, 9))
    engine = ExamEngine(
        lambda _: cut, lambda request: {label: -float(label.strip() != "B") for label in request.labels}
    )
    run_exam(config(tmp_path), engine)
    predictions = open_run(tmp_path / "run").predictions()
    assert {(p.status, p.labels, p.forced, p.rule) for p in predictions} == {("answered", ("B",), True, "forced")}
    english = next(request for request in engine.scored if request.id.startswith("exam/q0#"))
    assert english.answer_prefix == "<think>\nit may be B\n</think>\n\nLet us consider each\n\nThe answer is"
    assert english.thinking.enabled
    assert english.labels == (" A", " B", " C", " D")


def test_without_force_they_stay_truncated_and_wrong(tmp_path: Path) -> None:
    cut = Completion("", "Let us consider each", "length")
    engine = ExamEngine(lambda _: cut)
    run_exam(config(tmp_path, force=False), engine)
    predictions = open_run(tmp_path / "run").predictions()
    assert {p.status for p in predictions} == {"truncated"}
    assert not any(p.correct for p in predictions)
    assert engine.scored == []


@pytest.mark.parametrize(
    ("error", "ends"), [(EndpointError("502"), "error"), (PromptTooLongError("long"), "truncated")]
)
def test_asking_for_a_label_in_vain_is_an_error_until_it_cannot_succeed(
    tmp_path: Path, error: MedGoError, ends: str
) -> None:
    cut = Completion("", "Let us consider", "length")
    failing = ExamEngine(lambda _: cut, fail_scores=error)
    result = run_exam(config(tmp_path), failing)
    predictions = open_run(tmp_path / "run").predictions()
    assert {p.status for p in predictions} == {ends}
    assert result.failed == (40 if ends == "error" else 0)
    healed = ExamEngine(lambda _: "Answer: A")
    run_exam(config(tmp_path), healed)
    again = 40 if ends == "error" else 0
    assert (len(healed.requests), len(healed.scored), healed.closed) == (0, again, again // 40)
    assert {p.reply for p in open_run(tmp_path / "run").predictions()} == {"Let us consider"}


def test_where_several_may_be_right_sets_of_letters_are_asked_for(tmp_path: Path) -> None:
    several = [replace(item, multiple=True, answer=("A", "C")) for item in exam_items(4)]
    cut = Completion("", "Let us consider", "length")
    engine = ExamEngine(lambda _: cut, lambda request: {each: -float(each.strip() != "AC") for each in request.labels})
    run_exam(config(tmp_path), engine, loaded(several))
    assert all(p.correct and p.forced for p in open_run(tmp_path / "run").predictions())
    assert engine.scored[0].ends_turn


def test_a_signal_ends_the_asking_too(tmp_path: Path) -> None:
    engine = ExamEngine(lambda _: Completion("", "Let us consider", "length"))
    plan = plan_run(config(tmp_path), select(loaded(exam_items(40))))
    result = run_evaluation(plan, opener=lambda _: engine, should_stop=lambda: len(engine.scored) >= 3)
    assert result.interrupted
    assert len(engine.scored) == 3


def test_a_run_that_died_at_its_beginning_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "manifest.json.partial").write_text("{")
    run_exam(config(tmp_path), ExamEngine())
    (folder / "items.jsonl").unlink()
    run_exam(config(tmp_path), ExamEngine())
    assert len(open_run(folder).items()) == 40


def test_half_a_surrogate_pair_does_not_spoil_the_folder(tmp_path: Path) -> None:
    run_exam(config(tmp_path), ExamEngine(lambda _: "Answer: A \ud83d"))
    run = open_run(tmp_path / "run")
    assert {p.labels for p in run.predictions()} == {("A",)}


def test_what_an_endpoint_says_of_a_confidential_item_stays_private(tmp_path: Path) -> None:
    def reply(request: GenerationRequest) -> Completion:
        return Completion.failed("", EndpointError(f"refused: {request.messages[-1].content}"))

    run_exam(config(tmp_path), ExamEngine(reply), loaded(exam_items(8, SECRET), SECRET))
    predictions = open_run(tmp_path / "run").predictions()
    assert {p.error for p in predictions} == {"endpoint_error"}
    assert "Which drug" in (tmp_path / "run" / "private" / "replies.jsonl").read_text()


def test_confidential_items_leave_no_text_outside_private(tmp_path: Path) -> None:
    engine = ExamEngine(lambda request: f"You ask: {request.messages[-1].content}. Answer: A")
    run_exam(config(tmp_path), engine, loaded(exam_items(8, SECRET), SECRET))
    for file in (tmp_path / "run").glob("*.json*"):
        assert "Which drug" not in file.read_text()
        assert "首选" not in file.read_text()
    private = (tmp_path / "run" / "private" / "replies.jsonl").read_text()
    assert "Which drug" in private
    assert all(p.reply is None and p.labels for p in open_run(tmp_path / "run").predictions())


def test_epochs_have_seeds_of_their_own_and_the_same_ones_each_time(tmp_path: Path) -> None:
    run_exam(config(tmp_path / "a", epochs=3, temperature=0.7), ExamEngine(sampled))
    run_exam(config(tmp_path / "b", epochs=3, temperature=0.7), ExamEngine(sampled))
    one, other = (open_run(tmp_path / name / "run").predictions() for name in "ab")
    assert one == other
    assert len(one) == 120
    assert len({p.labels for p in one if p.item == "q0"} | {p.labels for p in one if p.item == "q1"}) > 1


def test_greedy_epochs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="greedy"):
        config(tmp_path, epochs=2)


def test_the_manifest_says_what_everything_depends_on(tmp_path: Path) -> None:
    run_exam(config(tmp_path, limit=10), ExamEngine())
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    entry = manifest["benchmarks"]["exam"]
    assert entry["items"] == 10
    assert len(entry["data_sha256"]) == len(entry["protocol_sha256"]) == len(manifest["fingerprint"]) == 64
    assert manifest["found"]["weights"] == "exam-1"


def test_an_engine_that_refuses_everything_is_not_asked_a_thousand_times(tmp_path: Path) -> None:
    engine = ExamEngine(lambda _: Completion.failed("", UnsupportedRequestError("no thinking mode")))
    with pytest.raises(UnsupportedRequestError, match=r"nothing of this run can be done: no thinking mode"):
        run_exam(config(tmp_path), engine)
    assert len(engine.asked) == 8
    some = ExamEngine(
        lambda request: Completion.failed("", UnsupportedRequestError("too odd")) if "case" in str(request) else "A"
    )
    assert run_exam(config(tmp_path / "other"), some).failed == 20


def test_an_output_that_is_a_file_and_a_manifest_that_is_half_one_are_named(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("my thesis")
    with pytest.raises(RunFolderError, match="is a file"):
        run_exam(config(tmp_path), ExamEngine())
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "manifest.json").write_text('{"format": 1}')
    with pytest.raises(RunFolderError, match="not all of one"):
        open_run(tmp_path / "half")


def test_a_folder_without_answers_may_be_used_for_another_run(tmp_path: Path) -> None:
    def dies(_: object) -> str:
        raise EngineFailureError("at once")

    with pytest.raises(EngineFailureError):
        run_exam(config(tmp_path), ExamEngine(dies))
    run_exam(config(tmp_path, seed=7, limit=3), ExamEngine())
    run = open_run(tmp_path / "run")
    assert (run.manifest["requested"]["seed"], len(run.items()), len(run.predictions())) == (7, 3, 3)


def test_settings_that_an_older_version_did_not_know_are_no_change(tmp_path: Path) -> None:
    run_exam(config(tmp_path), ExamEngine(lambda _: Completion.failed("", EndpointError("later"))))
    file = tmp_path / "run" / "manifest.json"
    manifest = json.loads(file.read_text())
    del manifest["requested"]["template"]
    file.write_text(json.dumps(manifest))
    assert run_exam(config(tmp_path), ExamEngine()).failed == 0
