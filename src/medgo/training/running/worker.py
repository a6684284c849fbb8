"""Trains one prepared stage: ``python -m medgo.training.running.worker FOLDER``, alone or under a launcher.

Reads nothing but the stage's folder and its base model. Everything slow or faulty about data is behind it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch

from medgo.errors import UnsupportedRequestError
from medgo.inference.prompt import ChatRenderer
from medgo.training.job import Job
from medgo.training.methods.arguments import common_arguments
from medgo.training.methods.collate import SftCollator
from medgo.training.methods.ordered import OrderedTrainer, accumulation
from medgo.training.methods.tally import TaskTally
from medgo.training.ordering.order import Order
from medgo.training.rows.token_file import read_token_file
from medgo.training.running.model import numbers_for, open_model, save_learnt


def train(job: Job) -> None:
    """Train a stage, from its last good checkpoint where there is one, and write what was learnt.

    Raises:
        MedGoError: The stage cannot be trained here, its files changed, or training failed; what failed and which
            checkpoint is good is said.
    """
    order = Order.load(job.order_file)
    trainer = make_trainer(job, order)
    trainer.train()
    if trainer.is_world_process_zero():
        save_learnt(trainer.accelerator.unwrap_model(trainer.model), job.learnt)


def make_trainer(job: Job, order: Order) -> OrderedTrainer:
    """The trainer of a stage's method, with model, data and order."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    _check_devices(job, device)
    dataset = read_token_file(job.rows_file)
    model = open_model(job, device)
    processes = job.devices.processes * job.devices.machines
    arguments = common_arguments(
        job,
        order.steps,
        accumulation(order, processes),
        cpu=device == "cpu",
        autocast=numbers_for(job, device).autocast,
    )
    tasks = sorted(dataset.unique("task"))
    trainer = _sft(job, model, dataset, tasks, arguments)
    trainer.follow(order, TaskTally(tasks))
    return trainer


def _sft(job: Job, model: Any, dataset: Any, tasks: list[str], arguments: dict[str, Any]) -> OrderedTrainer:
    from trl import SFTConfig

    from medgo.training.methods.sft import OrderedSFTTrainer

    tokenizer = ChatRenderer.load(job.model_dir).tokenizer
    codes = {task: code for code, task in enumerate(tasks)}
    return OrderedSFTTrainer(
        model=model,
        args=SFTConfig(**arguments, dataset_kwargs={"skip_prepare_dataset": True}, completion_only_loss=False),
        data_collator=SftCollator(tokenizer.pad_token_id, codes, packed=job.packed),
        train_dataset=dataset,
        processing_class=tokenizer,
    )


def _check_devices(job: Job, device: str) -> None:
    if device == "cpu" and job.devices.sharding != "none":
        raise UnsupportedRequestError(
            f"{job.devices.sharding} shards a model over GPUs, and there is none here",
            hint="set devices.sharding=none; accelerate would silently train without it",
        )


def main() -> None:
    """Train the stage in the folder that was given."""
    train(Job.load(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
