"""What all our trainers share: batches come from an order that was decided before training. Knows no loss."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils.data import DataLoader

from medgo.errors import InputError
from medgo.training.methods.tally import TaskTally
from medgo.training.ordering.order import Order
from medgo.training.running.faults import GuardedTrainer


class OrderedTrainer(GuardedTrainer):
    """Mixin before one of TRL's trainers; takes ``job`` besides their arguments.

    The trainer goes through the order once (``max_steps = order.steps``); epochs are part of the order. Every device
    takes every world-size-th micro-batch, so what a step learns from does not depend on how many devices there are.

    Attributes:
        order: Set with :meth:`follow` before training.
        tally: Loss per task since the last log line.
        last_tasks: What the last log line said of tasks.
    """

    order: Order
    tally: TaskTally
    last_tasks: dict[str, dict[str, float]]

    def follow(self, order: Order, tally: TaskTally) -> None:
        """Say what to learn from, in which order.

        Raises:
            InputError: The order's steps cannot be dealt out evenly to this number of devices.
        """
        world = self.accelerator.num_processes
        if order.per_step != world * self.args.gradient_accumulation_steps:
            raise InputError(
                f"a step has {order.per_step} micro-batches; {world} devices with "
                f"{self.args.gradient_accumulation_steps} each do not make that many"
            )
        self.order, self.tally, self.last_tasks = order, tally, {}

    def get_train_dataloader(self) -> DataLoader[Any]:
        """The order's micro-batches, as tensors."""
        loader = DataLoader(
            self.train_dataset,
            batch_sampler=self.order,
            collate_fn=self.data_collator,
            pin_memory=torch.cuda.is_available(),
        )
        return self.accelerator.prepare(loader)  # type: ignore[no-any-return]

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Add the loss of each task to what is logged."""
        if "loss" in logs:
            self.last_tasks = self.tally.take(self.accelerator)
            logs.update({f"tasks/{task}/loss": sums["loss"] for task, sums in self.last_tasks.items()})
        super().log(logs, start_time)


def accumulation(order: Order, processes: int) -> int:
    """Micro-batches that each of so many processes takes per step.

    Raises:
        InputError: They do not divide evenly.
    """
    each, rest = divmod(order.per_step, processes)
    if rest:
        raise InputError(
            f"a step has {order.per_step} micro-batches, which {processes} processes cannot share evenly",
            hint="choose batch.rows as a multiple of batch.micro_rows times the number of processes",
        )
    return each
