"""``medgo eval judge`` and ``judge-meta`` as a user sees them, with judges that need no model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from medgo.cli import _eval_judge
from medgo.inference.engines import EngineOptions
from tests.evaluation.judging.test_meta import EXAMPLES
from tests.evaluation.judging.test_run import make_run, validated_engine
from tests.support.judge_engine import JudgeEngine

GRANTED = json.dumps({"explanation": "", "criteria_met": True, "grade": 2})


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> dict[str, JudgeEngine]:
    """Judges by the name that the command line gives them."""
    good, _ = validated_engine()
    found = {
        "good": good,
        "bad": JudgeEngine(lambda request: "I like it.", model="bad\x1b[31m"),
        "generous": JudgeEngine(lambda request: GRANTED, model="generous"),
    }

    def opened(options: EngineOptions) -> JudgeEngine:
        return found[options.model]

    monkeypatch.setattr(_eval_judge, "open_engine", opened)
    return found


def run(*arguments: str) -> Result:
    app = typer.Typer()
    app.command("judge")(_eval_judge.eval_judge_command)
    app.command("judge-meta")(_eval_judge.eval_judge_meta_command)
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "220"})


def test_without_validation_the_headline_is_withheld_and_the_reason_printed(
    engines: dict[str, JudgeEngine], tmp_path: Path
) -> None:
    folder = make_run(tmp_path / "run", "healthbench")
    result = run("judge", str(folder.path), "--judge", "good")
    assert result.exit_code == 0, result.output
    assert "withheld" in result.stdout
    assert "never validated" in result.stdout
    assert "0.667" not in result.stdout
    summary = json.loads((folder.path / "summary.json").read_text())
    assert summary["healthbench"]["headline"] is None
    assert engines["good"].closed == 1
    assert len(folder.grades()) == 2


def test_with_a_validated_judge_the_score_is_printed(engines: dict[str, JudgeEngine], tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", "healthbench", "diagnosisarena_open", model="Qwen/Qwen3-8B")
    engines["good"].model = "Qwen/Qwen3-32B"
    result = run("judge", str(folder.path), "--judge", "good", "--meta", str(EXAMPLES))
    assert result.exit_code == 0, result.output
    assert "0.667" in result.stdout
    assert "top5 1.000" in result.stdout
    assert "balanced F1" in result.stdout
    assert "good judges its own family" in result.stdout
    summary = json.loads((folder.path / "summary.json").read_text())
    assert summary["healthbench"]["headline"]["value"] == pytest.approx(10 / 15)
    asked = len(engines["good"].asked)
    assert run("judge", str(folder.path), "--judge", "good", "--meta", str(EXAMPLES)).exit_code == 0
    assert len(engines["good"].asked) == asked


def test_a_panel_prints_how_far_it_agrees(engines: dict[str, JudgeEngine], tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", "healthbench")
    result = run("judge", str(folder.path), "--judge", "good", "--judge", "generous")
    assert result.exit_code == 0, result.output
    assert "judges agree on good / generous" in result.stdout
    assert engines["generous"].closed == engines["good"].closed == 1


def test_a_garbage_judge_ends_with_a_clear_error(engines: dict[str, JudgeEngine], tmp_path: Path) -> None:
    result = run("judge-meta", "--judge", "bad", "--input", str(EXAMPLES), "--cache", str(tmp_path / "v.jsonl"))
    assert result.exit_code == 2
    assert "were no verdicts" in result.stderr
    assert engines["bad"].closed == 1
    assert len(engines["bad"].asked) < 50


def test_the_exit_code_of_a_validation_says_whether_the_judge_may_be_used(engines: dict[str, JudgeEngine]) -> None:
    good = run("judge-meta", "--judge", "good", "--input", str(EXAMPLES))
    assert (good.exit_code, "headlines may rest on it (floor 0.60)" in good.stdout) == (0, True)
    generous = run("judge-meta", "--judge", "generous", "--input", str(EXAMPLES))
    assert generous.exit_code == 1
    assert "headlines are withheld" in generous.stdout


def test_what_is_not_there_is_said_before_a_model_is_loaded(engines: dict[str, JudgeEngine], tmp_path: Path) -> None:
    for arguments in (
        ("judge", str(tmp_path / "nothing"), "--judge", "good"),
        ("judge-meta", "--judge", "good", "--input", str(tmp_path / "nothing.jsonl")),
    ):
        result = run(*arguments)
        assert result.exit_code == 2
        assert "nothing" in result.stderr
    assert not engines["good"].closed


def test_the_figures_are_on_disk_with_everything_that_they_depend_on(
    engines: dict[str, JudgeEngine], tmp_path: Path
) -> None:
    folder = make_run(tmp_path / "run", "healthbench")
    run("judge", str(folder.path), "--judge", "good", "--meta", str(EXAMPLES), "--template", "shared-prefix")
    document = json.loads((folder.path / "judging.json").read_text())
    grader = document["benchmarks"]["healthbench"]["grader"]
    assert grader["template"] == "shared-prefix"
    assert grader["judges"][0]["sampling"]["temperature"] == 0.0
    assert document["meta_evaluation"]["template"] == "shared-prefix"
