"""A loss or gradient that is no number stops before weights move and names its rows; a signal stops with a save."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import TrainerCallback

from medgo.errors import TrainingFailedError
from medgo.training.ordering.order import Order
from medgo.training.running.checkpoints import find_resume
from medgo.training.running.curves import Curves
from medgo.training.running.faults import JudgesResult, rows_of
from tests.training.running import trainers
from tests.training.running.stages import prepare_stage


def _spoil(trainer: Any, at: int) -> None:
    """Let the loss of the ``at``-th micro-batch be NaN."""
    proper, calls = trainer.compute_loss, iter(range(10**6))

    def compute_loss(*args: Any, **given: Any) -> torch.Tensor:
        loss: torch.Tensor = proper(*args, **given)
        return loss * float("nan") if next(calls) == at else loss

    trainer.compute_loss = compute_loss


def test_a_loss_that_is_no_number_names_step_rows_and_the_last_good_checkpoint(tmp_path: Path) -> None:
    job = prepare_stage(tmp_path / "stage", micro_rows=2)  # 4 micro-batches a step
    trainer = trainers.make(job)
    _spoil(trainer, at=2 * 4 + 1)
    with pytest.raises(TrainingFailedError) as raised:
        trainer.train()
    order = Order.load(job.order_file)
    rows = [f"row{row:03}" for row in rows_of(order, [9])]
    assert rows == ["row018", "row019"]
    assert f"at step 3, rows {', '.join(rows)};" in str(raised.value)
    assert f"the last good checkpoint is {job.checkpoints / 'checkpoint-2'}" in str(raised.value)
    assert all(bool(weight.isfinite().all()) for weight in trainers.learnt_state(trainer).values())


def test_the_naive_trainer_trains_on_with_ruined_weights(tmp_path: Path) -> None:
    """Without our check the same loss spoils every weight, and training ends as if nothing had happened."""
    from transformers import Trainer
    from transformers.trainer_utils import SaveStrategy

    job = prepare_stage(tmp_path / "stage", micro_rows=2)
    trainer = trainers.make(job)
    _spoil(trainer, at=1)
    trainer.remove_callback(Curves)  # JSON has no NaN
    trainer.args.save_strategy = SaveStrategy.NO
    trainer._clip_grad_norm = lambda model: Trainer._clip_grad_norm(trainer, model)
    trainer.train()
    assert trainer.state.global_step == 4
    assert all(bool(weight.isnan().all()) for weight in trainers.learnt_state(trainer).values())


def test_a_gradient_that_overflows_names_all_rows_of_the_step(tmp_path: Path) -> None:
    job = prepare_stage(tmp_path / "stage", micro_rows=4)
    trainer = trainers.make(job)
    weight = next(weight for weight in trainer.model.parameters() if weight.requires_grad)
    weight.register_hook(lambda gradient: gradient + float("inf"))
    with pytest.raises(
        TrainingFailedError, match=r"norm is (inf|nan) at step 1, rows row000, .*row007; .*no checkpoint"
    ):
        trainer.train()


def test_a_signal_saves_after_the_step_and_the_next_run_goes_on(tmp_path: Path) -> None:
    job = prepare_stage(tmp_path / "stage", checkpoints={"every": 99})
    trainer = trainers.make(job)
    proper, calls = trainer.compute_loss, iter(range(10**6))

    def compute_loss(*args: Any, **given: Any) -> Any:
        if next(calls) == 8 + 2:  # within step 2
            os.kill(os.getpid(), signal.SIGTERM)
        return proper(*args, **given)

    trainer.compute_loss = compute_loss
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(TrainingFailedError, match="stopped after step 2 of 4"):
        trainer.train()
    assert signal.getsignal(signal.SIGTERM) is before
    assert find_resume(job) == job.checkpoints / "checkpoint-2"


def test_a_failure_is_not_judged_and_nothing_replaces_it(tmp_path: Path) -> None:
    """Naive: every callback hears that training ended, and an error of theirs is what is seen."""
    ended: list[str] = []

    class Judge(JudgesResult):
        def on_train_end(self, *_: Any, **__: Any) -> None:
            ended.append("judged")
            raise TrainingFailedError("nothing is promoted")

    class Closes(TrainerCallback):  # type: ignore[misc]
        def on_train_end(self, *_: Any, **__: Any) -> None:
            ended.append("closed")
            raise OSError("the disk is full")

    trainer = trainers.make(prepare_stage(tmp_path / "stage", steps=1))
    trainer.add_callback(Judge())
    trainer.add_callback(Closes())
    _spoil(trainer, at=0)
    with pytest.raises(TrainingFailedError, match="the loss is not a finite number"):
        trainer.train()
    assert ended == ["closed"]


def test_rows_of_micro_batches() -> None:
    order = Order.of([[[4, 5], [0]], [[1], [2, 3]]])
    assert rows_of(order, [0, 3]) == [4, 5, 2, 3]
