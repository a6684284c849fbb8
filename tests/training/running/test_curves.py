"""Lines of curves, progress and trackers: what is written, shown and refused."""

from __future__ import annotations

import io
import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from datasets import Dataset
from rich.console import Console
from transformers import TrainerControl, TrainerState

from medgo.errors import EngineUnavailableError, InputError
from medgo.training.job import Job
from medgo.training.ordering.order import Order
from medgo.training.plan.shapes import shape_of_config
from medgo.training.plan.work import Tokens, training_work
from medgo.training.recipe import Tracker
from medgo.training.rows.token_file import read_token_file
from medgo.training.running.curves import read_curves, truncate_curves
from medgo.training.running.progress import Speedometer, TrainingProgress, peak_memory
from medgo.training.running.speed import flops_per_token
from medgo.training.running.step_tokens import StepTokens
from medgo.training.running.tracking import check_trackers, set_up_trackers, tracker_settings
from tests.training.running import trainers
from tests.training.running.stages import prepare_stage


@pytest.mark.parametrize("method", ["sft", "dpo", "kto"])
def test_tokens_of_a_step_are_counted_from_rows_and_order(tmp_path: Path, method: str) -> None:
    job = prepare_stage(tmp_path / "stage", steps=3, method=method, micro_rows=4)
    rows = read_token_file(job.rows_file)
    counted = StepTokens.of(rows, Order.load(job.order_file))
    learnt = [len(row["answer_ids"]) + len(row["rejected_ids"]) for row in rows]
    prompts = [len(row["prompt_ids"]) * (2 if method == "dpo" else 1) for row in rows]
    for step in range(3):
        until = (step + 1) * 8
        assert counted.learnt[step] == sum(learnt[:until])
        assert counted.seen[step] == sum(learnt[:until]) + sum(prompts[:until])
    assert counted.between(1, 3) == counted.at(3) - counted.at(1)


def test_lines_say_loss_tokens_and_tasks_of_every_step(tmp_path: Path) -> None:
    job = prepare_stage(tmp_path / "stage", steps=2)
    trainers.make(job).train()
    rows, points = read_token_file(job.rows_file), read_curves(job.folder / "curves.jsonl")
    assert [point["step"] for point in points] == [1, 2]
    for step, point in enumerate(points, 1):
        assert point["loss_tokens"] == sum(len(ids) for ids in rows["answer_ids"][: step * 8])
        tasks = point["tasks"]
        assert set(tasks) == {"questions", "terms"}
        tokens = sum(sums["tokens"] for sums in tasks.values())
        mean = sum(sums["loss"] * sums["tokens"] for sums in tasks.values()) / tokens
        assert mean == pytest.approx(point["loss"], rel=1e-4), "the loss is the token-weighted mean of its tasks"
        assert point["learning_rate"] > 0
        assert point["grad_norm"] > 0


def test_lines_after_a_step_and_torn_ones_are_cut(tmp_path: Path) -> None:
    path = tmp_path / "curves.jsonl"
    path.write_text('{"step": 1}\n{"step": 2}\n{"step": 3}\n{"st')
    truncate_curves(path, 2)
    assert path.read_text() == '{"step": 1}\n{"step": 2}\n'
    path.write_text("no line\n")
    with pytest.raises(InputError, match=r"curves\.jsonl:1 is not a line of curves"):
        read_curves(path)


def _show(console: Console, *, silent: bool = False, first: bool = True) -> None:
    """Ten steps of 100 tokens, one a second."""
    tokens = StepTokens(np.arange(100, 1100, 100), np.arange(10, 110, 10))
    now = [0.0]
    meter = Speedometer(flops_per_token=5e9, peak_flops=1e12)
    shown = TrainingProgress("stage1", tokens, meter, console=console, silent=silent, clock=lambda: now[0])
    state, control, args = TrainerState(), TrainerControl(), None
    state.max_steps, state.is_world_process_zero = 10, first
    shown.on_train_begin(args, state, control)
    for step in range(1, 11):
        now[0], state.global_step = float(step), step
        shown.on_step_end(args, state, control)
        shown.on_log(args, state, control, {"loss": 2.0})
    shown.on_train_end(args, state, control)


@pytest.mark.parametrize("method", ["sft", "dpo"])
def test_operations_of_a_token_are_the_planners(tmp_path: Path, method: str) -> None:
    """Rows of one length give what the planner says of rows of that length."""
    from transformers import AutoConfig

    job = prepare_stage(tmp_path / "stage", steps=1, method=method)
    shape = shape_of_config(AutoConfig.from_pretrained(job.model_dir))
    rows = Dataset.from_list([{"prompt_ids": [0] * 6, "answer_ids": [0] * 4, "rejected_ids": []}] * 8)
    if method == "dpo":
        rows = Dataset.from_list([{"prompt_ids": [0] * 6, "answer_ids": [0] * 4, "rejected_ids": [0] * 4}] * 8)
    found = flops_per_token(job, rows, Order.load(job.order_file))
    whole = training_work(shape, job.stage.adapter, Tokens.alike(8, 10, 0.4), recompute=False).useful
    assert found == pytest.approx(whole / 80)


def test_progress_is_plain_lines_where_there_is_no_terminal() -> None:
    text = io.StringIO()
    _show(Console(file=text, width=60))
    lines = text.getvalue().splitlines()
    assert len(lines) == 10
    assert lines[4].startswith("stage1 5/10 loss 2.000 100 tok/s MFU 50.0% ")
    assert lines[4].endswith(" GiB 0.1 min left")
    assert "\x1b" not in text.getvalue()


def test_progress_is_a_bar_in_a_terminal() -> None:
    text = io.StringIO()
    _show(Console(file=text, force_terminal=True, width=120))
    assert "10/10" in text.getvalue()
    assert "MFU 50.0%" in text.getvalue()


@pytest.mark.parametrize("quiet", [{"silent": True}, {"first": False}])
def test_progress_is_silent_when_asked_and_in_other_processes(quiet: dict[str, Any]) -> None:
    text = io.StringIO()
    _show(Console(file=text), **quiet)
    assert text.getvalue() == ""


def test_memory_is_in_bytes() -> None:
    assert 50 * 2**20 < peak_memory() < 2**40


def test_a_missing_library_is_said_before_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("medgo.training.running.tracking.find_spec", lambda _: None)
    with pytest.raises(EngineUnavailableError, match="tracker wandb, which is not installed") as raised:
        check_trackers(["wandb"])
    assert "pip install wandb" in str(raised.value)


def test_trackers_stay_on_this_machine_unless_the_user_says_where_to(tmp_path: Path) -> None:
    names = ("tensorboard", "wandb", "swanlab", "mlflow")
    settings = tracker_settings(names, tmp_path, {})
    assert settings["WANDB_MODE"] == "offline"
    assert settings["SWANLAB_MODE"] == "local"
    assert settings["MLFLOW_TRACKING_URI"] == f"sqlite:///{tmp_path}/mlflow.db"
    assert settings["TENSORBOARD_LOGGING_DIR"] == f"{tmp_path}/tensorboard"
    user = {"WANDB_API_KEY": "secret", "SWANLAB_MODE": "cloud", "MLFLOW_TRACKING_URI": "http://inside"}
    assert set(tracker_settings(names, tmp_path, user)) == {"TENSORBOARD_LOGGING_DIR"}


def test_tensorboard_writes_into_the_stages_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = replace(prepare_stage(tmp_path / "stage", steps=1), trackers=("tensorboard",))
    environment = dict(os.environ)
    set_up_trackers(job.trackers, job.folder, environment)
    monkeypatch.setenv("TENSORBOARD_LOGGING_DIR", environment["TENSORBOARD_LOGGING_DIR"])
    trainers.make(job).train()
    assert list((job.folder / "tensorboard").glob("events.out.tfevents.*"))


def _train_followed(folder: Path, tracker: Tracker, monkeypatch: pytest.MonkeyPatch) -> Job:
    """Two steps with a tracker that nobody set up to report anywhere."""
    job = replace(prepare_stage(folder, steps=2), trackers=(tracker,))
    for name in [name for name in os.environ if name.startswith(tracker.upper())]:
        monkeypatch.delenv(name)
    for name, value in tracker_settings(job.trackers, job.folder, {}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder.parent)
    trainers.make(job).train()
    return job


def test_mlflow_writes_into_the_stages_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mlflow = pytest.importorskip("mlflow")
    job = _train_followed(tmp_path / "stage", "mlflow", monkeypatch)
    mlflow.flush_async_logging()
    mlflow.end_run()
    with closing(sqlite3.connect(job.folder / "mlflow.db")) as file:
        found = file.execute("select step, value from metrics where key = 'loss' order by step").fetchall()
    wanted = [
        (point["step"], pytest.approx(point["loss"], rel=1e-3)) for point in read_curves(job.folder / "curves.jsonl")
    ]
    assert found == wanted
    assert list(tmp_path.iterdir()) == [job.folder], "nothing is written where the run was started"


def test_wandb_writes_into_the_stages_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wandb = pytest.importorskip("wandb")
    job = _train_followed(tmp_path / "stage", "wandb", monkeypatch)
    assert wandb.run.settings.mode == "offline"
    wandb.finish()
    (run,) = job.folder.glob("wandb/offline-run-*/run-*.wandb")
    assert b"train/loss" in run.read_bytes()
    assert list(tmp_path.iterdir()) == [job.folder], "nothing is written where the run was started"


@pytest.mark.parametrize("method", ["sft", "dpo", "kto"])
def test_no_trainer_calls_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    """TRL reports each start of a trainer to its makers unless it is told not to."""
    from trl.trainer import base_trainer

    calls: list[Any] = []
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(base_trainer, "send_telemetry", lambda *args, **given: calls.append(args))
    trainer = trainers.make(prepare_stage(tmp_path / "stage", steps=1, method=method, micro_rows=4))
    assert calls == []
    base_trainer._BaseTrainer._send_telemetry(trainer)
    assert len(calls) == 1, "without our way it would have called"
