"""Trainers of prepared stages, and a program that trains one: what tests kill, starve and resume.

``python -m tests.training.running.trainers FOLDER`` trains a stage from its last good checkpoint and writes the
learnt weights to ``learnt.safetensors``. Run it from the repository's root.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from medgo.training.job import Job
from medgo.training.methods.sft import OrderedSFTTrainer
from medgo.training.ordering.order import Order
from medgo.training.running.checkpoints import find_resume
from medgo.training.running.curves import Curves
from medgo.training.running.faults import GuardedTrainer
from medgo.training.running.step_tokens import StepTokens


class SafeSft(GuardedTrainer, OrderedSFTTrainer):  # type: ignore[misc]
    """SFT with all of this room's safety."""


def make(job: Job) -> Any:
    """A trainer of an SFT stage that writes curves."""
    from medgo.training.running import worker

    warnings.simplefilter("ignore", FutureWarning)
    order = Order.load(job.order_file)
    with _safe(job):
        trainer = worker.make_trainer(job, order)
    tokens = StepTokens.of(trainer.train_dataset, order)
    trainer.add_callback(Curves(job.folder / "curves.jsonl", tokens, lambda: trainer.last_tasks))
    return trainer


@contextmanager
def _safe(job: Job) -> Iterator[None]:
    from medgo.training.methods import sft

    with mock.patch.object(sft, "OrderedSFTTrainer", lambda **given: SafeSft(job=job, **given)):
        yield


def learnt_state(trainer: Any) -> dict[str, Any]:
    """Weights that learn, on the CPU."""
    model = trainer.accelerator.unwrap_model(trainer.model)
    return {name: weight.detach().clone() for name, weight in model.named_parameters() if weight.requires_grad}


def main() -> None:
    """Train the stage in the folder that was given."""
    from safetensors.torch import save_file

    job = Job.load(Path(sys.argv[1]))
    trainer = make(job)
    trainer.train(resume_from_checkpoint=find_resume(job))
    if trainer.is_world_process_zero():
        save_file(learnt_state(trainer), job.folder / "learnt.safetensors")


if __name__ == "__main__":
    main()
