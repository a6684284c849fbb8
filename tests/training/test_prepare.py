"""Preparation is kept while nothing that it was made from changes, and never half replaced."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from medgo.errors import RecipeError, RunFolderError, TrainingFailedError
from medgo.inference.models import resolve_model
from medgo.training.job import Job
from medgo.training.ordering.order import Order
from medgo.training.prepare import Prepared, Surroundings, prepare_stage
from medgo.training.recipe import TrainingRecipe
from medgo.training.rows.token_file import read_token_file
from medgo.training.running import worker
from medgo.training.running.checkpoints import find_resume, list_checkpoints
from tests.support.tiny_models import tiny_qwen3
from tests.training.rows.made_rows import sft, write_rows
from tests.training.running import trainers


@dataclass(frozen=True)
class Run:
    folder: Path

    def recipe(self, **changes: Any) -> TrainingRecipe:
        stage = {
            "name": "one",
            "method": "sft",
            "data": [{"path": str(self.folder / "rows.jsonl")}],
            "optimiser": {"learning_rate": 1e-3},
            "batch": {"rows": 4, "micro_rows": 2, "packing": "off"},
        }
        value = {
            "name": "r",
            "model": str(tiny_qwen3()),
            "output": str(self.folder / "out"),
            "gates": {"overlap": "off"},
        }
        top = {key: changes.pop(key) for key in ("devices", "seed") if key in changes}
        return TrainingRecipe.model_validate({**value, **top, "stages": [{**stage, **changes}]})

    def rows(self, *answers: str) -> None:
        write_rows(self.folder / "rows.jsonl", [sft(f"Question {n}?", answer) for n, answer in enumerate(answers)])

    def prepare(self, **changes: Any) -> Prepared:
        base = resolve_model(str(tiny_qwen3()))
        return prepare_stage(self.recipe(**changes), 0, base, Surroundings(date(2026, 1, 2), None))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    made = Run(tmp_path)
    made.rows(*"abcdefgh")
    return made


def test_a_second_preparation_reads_nothing_again(run: Run) -> None:
    first = run.prepare()
    stamp = first.job.rows_file.stat().st_mtime_ns
    second = run.prepare()
    assert second.intake is None and second.job == first.job
    assert first.job.rows_file.stat().st_mtime_ns == stamp


def test_rows_that_were_replaced_are_not_learnt_in_the_old_order(run: Run) -> None:
    """Rows are written, then planning fails; with the old rows back, the old order must not be taken for theirs."""
    before = run.prepare()
    run.rows(*"abcdefghijkl")
    with pytest.raises(RecipeError):
        run.prepare(mix={"weights": {"no such task": 2.0}})
    run.rows(*"abcdefgh")
    after = run.prepare()
    assert after.intake is not None  # prepared anew
    assert len(read_token_file(after.job.rows_file)) == 8
    assert Order.load(after.job.order_file).rows.tolist() == Order.load(before.job.order_file).rows.tolist()


def test_what_it_is_launched_on_may_change(run: Run) -> None:
    """An out-of-memory stage started again with recompute must be trained with it, not with what job.json said."""
    run.prepare()
    run.prepare(devices={"processes": 2, "recompute": True}, checkpoints={"every": 7})
    job = Job.load(run.folder / "out/1-one")
    assert (job.devices.processes, job.devices.recompute, job.stage.checkpoints.every) == (2, True, 7)


@pytest.mark.parametrize(
    ("change", "named"),
    [({"seed": 2}, "seed or precision"), ({"optimiser": {"learning_rate": 2e-3}}, "the stage's recipe")],
)
def test_a_trained_stage_is_not_thrown_away_and_what_changed_is_named(
    run: Run, change: dict[str, Any], named: str
) -> None:
    job = run.prepare().job
    job.learnt.mkdir()
    with pytest.raises(RunFolderError, match=rf"something changed: {named}\n"):
        run.prepare(**change)
    run.rows("other", *"bcdefgh")
    with pytest.raises(RunFolderError, match=r"something changed: the rows\n"):
        run.prepare()


def test_an_untrained_stage_is_prepared_anew(run: Run) -> None:
    first = run.prepare().job
    first.checkpoints.mkdir()  # the Trainer makes the folder before its first step
    assert run.prepare(optimiser={"learning_rate": 2e-3}).job.inputs != first.inputs


def _diverges(job: Job, at: int) -> None:
    """Train until the loss of a step is no number."""
    trainer = trainers.make(job)
    proper = trainer.compute_loss

    def compute_loss(*args: Any, **given: Any) -> Any:
        return proper(*args, **given) * (float("nan") if trainer.state.global_step == at - 1 else 1.0)

    trainer.compute_loss = compute_loss
    with pytest.raises(TrainingFailedError, match=rf"at step {at}, .*\n.*lower optimiser\.learning_rate"):
        trainer.train(resume_from_checkpoint=find_resume(job))


def test_a_recipe_that_diverges_at_its_second_step_can_be_changed_as_the_error_says(run: Run) -> None:
    """Naive: what was saved to look at the first save holds the recipe fast from then on."""
    first = run.prepare().job
    _diverges(first, at=2)
    assert list_checkpoints(first.checkpoints) == [first.checkpoints / "checkpoint-1"]
    job = run.prepare(optimiser={"learning_rate": 1e-4}).job
    assert list_checkpoints(job.checkpoints) == []
    worker.train(job, silent=True)
    assert json.loads((job.learnt / "medgo.json").read_text())["inputs"] == job.inputs != first.inputs


def test_the_first_steps_checkpoint_stays_while_nothing_changes(run: Run) -> None:
    _diverges(run.prepare().job, at=2)
    job = run.prepare().job
    assert find_resume(job) == job.checkpoints / "checkpoint-1"


def test_a_later_checkpoint_holds_the_recipe_fast(run: Run) -> None:
    run.rows(*"abcdefghijkl")
    job = run.prepare(checkpoints={"every": 1, "keep": 9}).job
    _diverges(job, at=3)
    with pytest.raises(RunFolderError, match="was trained before something changed: the stage's recipe"):
        run.prepare(optimiser={"learning_rate": 1e-4})
    assert [path.name for path in list_checkpoints(job.checkpoints)] == ["checkpoint-2", "checkpoint-1"]


@pytest.mark.parametrize("kept", ["adapter/x", "merged/x", "best-40.safetensors"])
def test_what_more_than_a_step_learnt_stays_beside_the_first_steps_checkpoint(run: Run, kept: str) -> None:
    """Also where the changed recipe would write its result under another name."""
    job = run.prepare().job
    for name in (kept, "checkpoints/checkpoint-1/x"):
        (job.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (job.folder / name).touch()
    with pytest.raises(RunFolderError, match="was trained before something changed"):
        run.prepare(adapter={"kind": "full"})
    assert (job.folder / kept).exists()
    assert len(list_checkpoints(job.checkpoints)) == 1


def test_the_audit_and_the_mix_lie_beside_the_rows(run: Run) -> None:
    folder = run.prepare().job.folder
    assert json.loads((folder / "mix.json").read_text())["rows"] == 8
    assert "tasks" in json.loads((folder / "audit.json").read_text())


def test_steps_that_devices_cannot_share_are_refused_with_the_recipe(run: Run) -> None:
    with pytest.raises(ValueError, match="choose a multiple of 6"):
        run.recipe(devices={"processes": 3})


def test_any_seed_is_one_for_every_library(run: Run) -> None:
    assert 0 <= run.prepare(seed=20_261_122_000).job.seed < 2**32
