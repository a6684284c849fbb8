"""Training that stops before it does harm and says why: losses that are no numbers, requests to stop. Knows no loss."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

import torch
from accelerate.utils import gather_object
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from medgo.errors import MedGoError, TrainingFailedError
from medgo.training.ordering.order import Order
from medgo.training.running.checkpoints import SafeCheckpoints, say_last_good
from medgo.training.running.heartbeats import Heartbeat

_log = logging.getLogger(__name__)
_SHOWN_ROWS = 12


class GuardedTrainer(SafeCheckpoints):
    """A Trainer that checks loss and gradients before weights move, and saves when it is asked to stop.

    ``order`` and ``train_dataset`` (with a column ``row_id``) are set by who inherits.
    """

    order: Order

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._losses: list[torch.Tensor] = []
        super().__init__(*args, **kwargs)

    def train(self, *args: Any, **kwargs: Any) -> Any:
        """Train; SIGTERM and SIGINT end it after the step they come in, with a checkpoint.

        Raises:
            TrainingFailedError: It was stopped, or a loss or gradient is not finite.
        """
        with _watching_signals() as asked:
            self.add_callback(_StopWhenAsked(asked, self))
            self.add_callback(Heartbeat(self.job.folder / "processes", self.accelerator.process_index))
            try:
                result = super().train(*args, **kwargs)
            except BaseException:
                self._give_back()
                raise
            if asked.agreed:
                raise TrainingFailedError(
                    f"training was stopped after step {self.state.global_step} of {self.state.max_steps}; "
                    f"{self._last_good()}",
                    hint="run the same command again: it goes on from there",
                )
        return result

    def _give_back(self) -> None:
        """The Trainer tells its callbacks of a good end only; files and the terminal are theirs to give back."""
        handler = self.callback_handler
        handler.callbacks = [one for one in handler.callbacks if not isinstance(one, JudgesResult)]
        try:
            handler.on_train_end(self.args, self.state, self.control)
        except (OSError, MedGoError) as error:  # what training failed of is what has to be seen
            _log.warning("after training had failed, a file could not be closed: %s", error)

    def _send_telemetry(self) -> None:
        """Nothing: TRL tells its makers of every start, and no hospital's machine calls out unasked."""

    def training_step(self, *args: Any, **kwargs: Any) -> torch.Tensor:
        """Remember the loss of a micro-batch; looked at once a step, because looking makes a GPU wait."""
        loss: torch.Tensor = super().training_step(*args, **kwargs)
        self._losses.append(loss)
        return loss

    def _clip_grad_norm(self, model: Any) -> Any:
        """Called when a step's gradients are whole and weights have not moved yet.

        Raises:
            TrainingFailedError: The loss or the gradient is not finite; names step, rows and the last good checkpoint.
        """
        norm = super()._clip_grad_norm(model)
        losses = torch.stack([loss.detach().float().reshape(()) for loss in self._losses])
        self._losses = []
        bad = ~losses.isfinite()  # [micro-batches of this process]
        broken = bad.any() | ~torch.as_tensor(norm, device=bad.device).isfinite().all()
        if self.accelerator.num_processes > 1:
            broken = self.accelerator.reduce(broken.to(torch.int32), reduction="sum")
        if bool(broken):
            raise self._diverged(bad.nonzero().flatten().tolist(), norm)
        return norm

    def _diverged(self, bad: Sequence[int], norm: Any) -> TrainingFailedError:
        step, world = self.state.global_step, self.accelerator.num_processes
        micro = [step * self.order.per_step + index * world + self.accelerator.process_index for index in bad]
        every = sorted(gather_object(micro)) if world > 1 else micro
        where = every or range(step * self.order.per_step, (step + 1) * self.order.per_step)
        rows = rows_of(self.order, where)
        ids = self.train_dataset.select(rows[:_SHOWN_ROWS])["row_id"]
        more = f" and {len(rows) - _SHOWN_ROWS} more" if len(rows) > _SHOWN_ROWS else ""
        what = "the loss is not a finite number" if every else f"the gradient's norm is {float(norm)}"
        return TrainingFailedError(
            f"{what} at step {step + 1}, rows {', '.join(ids)}{more}; the weights were not moved by it; "
            f"{self._last_good()}",
            hint="look at these rows with medgo train audit; if they are sound, lower optimiser.learning_rate "
            "or raise optimiser.warmup",
        )

    def _last_good(self) -> str:
        return say_last_good(self.job.checkpoints)


def rows_of(order: Order, micro_batches: Sequence[int]) -> list[int]:
    """Positions of the rows in some micro-batches."""
    rows: list[int] = []
    for number in micro_batches:
        start = int(order.ends[number - 1]) if number else 0
        rows.extend(order.rows[start : int(order.ends[number])].tolist())
    return rows


class JudgesResult(TrainerCallback):  # type: ignore[misc]
    """A callback that judges what was learnt when training ends; it is not asked where training failed."""


class _Asked:
    """Whether a signal came to this process, and whether all processes agreed to stop."""

    def __init__(self) -> None:
        self.here = False
        self.agreed = False


class _StopWhenAsked(TrainerCallback):  # type: ignore[misc]
    """Ends training after a step, in all processes after the same one."""

    def __init__(self, asked: _Asked, trainer: SafeCheckpoints) -> None:
        self._asked, self._trainer = asked, trainer

    def on_step_end(
        self,
        args: TrainingArguments,  # noqa: ARG002 - the callback's signature
        state: TrainerState,
        control: TrainerControl,
        **_: Any,
    ) -> None:
        """Ask all processes whether any was signalled."""
        accelerator = self._trainer.accelerator
        stop = torch.tensor(int(self._asked.here), device=accelerator.device)
        if accelerator.num_processes > 1:
            stop = accelerator.reduce(stop, reduction="sum")
        if bool(stop) and state.global_step < state.max_steps:
            self._asked.agreed = True
            control.should_save = control.should_log = control.should_training_stop = True


@contextmanager
def _watching_signals() -> Iterator[_Asked]:
    """Note the first SIGTERM or SIGINT; a second one acts as it always does."""
    asked = _Asked()
    if threading.current_thread() is not threading.main_thread():  # only there can handlers be set
        yield asked
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def note(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the handler's signature
        asked.here = True
        signal.signal(number, before[signal.Signals(number)])

    for number in before:
        signal.signal(number, note)
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
