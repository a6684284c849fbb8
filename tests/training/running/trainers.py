"""Trainers of prepared stages, as the worker makes them, with curves; and what a test compares of them."""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any

from medgo.training.job import Job
from medgo.training.ordering.order import Order
from medgo.training.running import worker
from medgo.training.running.curves import Curves
from medgo.training.running.launch import WORKER
from medgo.training.running.step_tokens import StepTokens


def make(job: Job) -> Any:
    """The trainer of a stage, in this process."""
    warnings.simplefilter("ignore", FutureWarning)
    order = Order.load(job.order_file)
    trainer = worker.make_trainer(job, order)
    tokens = StepTokens.of(trainer.train_dataset, order)
    trainer.add_callback(Curves(job.folder / "curves.jsonl", tokens, lambda: trainer.last_tasks))
    return trainer


def learnt_state(trainer: Any) -> dict[str, Any]:
    """Copies of the weights that learn, by name."""
    model = trainer.accelerator.unwrap_model(trainer.model)
    return {name: weight.detach().clone() for name, weight in model.named_parameters() if weight.requires_grad}


def program(job: Job) -> list[str]:
    """Command that trains a stage from its last good checkpoint."""
    return [sys.executable, "-m", WORKER, str(job.folder)]


def environment() -> dict[str, str]:
    """Variables of such a program: one thread, no network, imports from where this process has them."""
    own = {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    return os.environ | own | {"PYTHONWARNINGS": "ignore"}
