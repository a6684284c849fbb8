"""Probes while a stage trains: measured every few steps, stopped early, the best step kept, promotion guarded (R19).

The model that a stage starts from is the base it is compared with. A step may be promoted only where no guarded kind
fell below that base beyond its interval; of these steps the one with the highest mean over the kinds is kept. Works
where every process holds the whole model; knows no recipe of data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from medgo.errors import TrainingFailedError
from medgo.evaluation.statistics import Estimate
from medgo.inference.prompt import ChatRenderer
from medgo.store import AppendLog, RowFile
from medgo.store.recipes import expand_path
from medgo.training.job import Job
from medgo.training.probes.comparing import compare_answers
from medgo.training.probes.in_memory import MemoryProbe
from medgo.training.probes.items import read_items
from medgo.training.probes.measures import Answered
from medgo.training.recipe import ProbeRecipe


@dataclass(frozen=True, slots=True)
class Probed:
    """What one probe found.

    Args:
        step: Optimiser steps done.
        tokens: Seen by then.
        estimates: Kind → share.
        fell: Guarded kinds that fell below the start beyond their interval.
    """

    step: int
    tokens: int
    estimates: dict[str, Estimate]
    fell: tuple[str, ...]

    @property
    def mean(self) -> float:
        """Over the kinds, each weighing the same."""
        kinds = [one.value for name, one in self.estimates.items() if "/" not in name]
        return sum(kinds) / len(kinds)


class ProbeCallback(TrainerCallback):  # type: ignore[misc]
    """Probes a model in training.

    At the end of training the weights of the best step that may be promoted are put back into the model.

    Args:
        probe: The items, rendered.
        recipe: How often, how patient, what is guarded.
        folder: Of the stage; gets ``probes.jsonl`` and, while it trains, the best steps' weights.
        tokens: Tokens seen by the end of a step.

    Raises:
        TrainingFailedError: At the end, where no step may be promoted.
    """

    def __init__(self, probe: MemoryProbe, recipe: ProbeRecipe, folder: Path, tokens: Callable[[int], int]) -> None:
        self._probe, self._recipe, self._tokens = probe, recipe, tokens
        self._folder, self._path = folder, folder / "probes.jsonl"
        self._start: dict[str, Answered] | None = None
        self.history: list[Probed] = []

    @property
    def best(self) -> Probed | None:
        """The step that would be promoted now: the highest mean without a guarded fall, the earliest of equals."""
        allowed = [one for one in self.history if one.step and not one.fell]
        return max(allowed, key=lambda one: one.mean, default=None)

    def on_train_begin(
        self,
        args: TrainingArguments,  # noqa: ARG002 - the callback's signature, here and below
        state: TrainerState,
        control: TrainerControl,  # noqa: ARG002
        model: Any = None,
        **_: Any,
    ) -> None:
        """Probe the start, or read what was probed before the step that training goes on from."""
        self.history = [] if state.global_step == 0 else self._read(state.global_step)
        if self.history and self._start is not None:
            self._rewrite(state)
            return
        if state.global_step:
            raise TrainingFailedError(
                f"{self._path} does not hold the probe of the start, without which nothing can be promoted",
                hint="start the stage anew, or take the probe out of its recipe",
            )
        self._path.unlink(missing_ok=True)
        self._forget_kept()
        self._measure(model, state)

    def on_step_end(
        self,
        args: TrainingArguments,  # noqa: ARG002
        state: TrainerState,
        control: TrainerControl,
        model: Any = None,
        **_: Any,
    ) -> TrainerControl:
        """Probe where it is due; stop where patience is at its end."""
        due = self._recipe.every is not None and state.global_step % self._recipe.every == 0
        if not due and state.global_step < state.max_steps:
            return control
        self._measure(model, state)
        patience = self._recipe.patience
        if patience is not None and self._since_best() >= patience:
            control.should_training_stop = True
        return control

    def on_train_end(
        self,
        args: TrainingArguments,  # noqa: ARG002
        state: TrainerState,
        control: TrainerControl,  # noqa: ARG002
        model: Any = None,
        **_: Any,
    ) -> None:
        """Put the best step's weights back.

        Raises:
            TrainingFailedError: Every step fell below the start in something that is guarded.
        """
        if self.history[-1].step != state.global_step:
            self._measure(model, state)
        best = self.best
        if best is None:
            last = self.history[-1]
            raise TrainingFailedError(
                f"nothing is promoted: {', '.join(last.fell)} fell below the model that the stage started from, "
                "beyond the interval, at every step that was probed",
                hint="more replay (mix.replay), a lower learning rate or fewer epochs forget less; "
                f"{self._path} has the figures",
            )
        if best.step != state.global_step:
            kept = load_file(self._kept(best.step))
            with torch.no_grad():
                for name, weight in _learnt(model).items():
                    weight.copy_(kept[name])
        if state.is_world_process_zero:
            self._forget_kept()

    def _measure(self, model: Any, state: TrainerState) -> None:
        answers = self._probe.answers(model)
        if self._start is None:
            self._start = answers
        fell = tuple(
            one.measure
            for one in compare_answers(self._probe.items, self._start, answers)
            if one.measure in self._recipe.guard and one.worse
        )
        before = self.best
        found = Probed(state.global_step, self._tokens(state.global_step), self._probe.measure(answers), fell)
        self.history.append(found)
        if not state.is_world_process_zero:
            return
        with AppendLog(self._path) as log:
            log.append(_line(found, answers))
        if self.best is not before:
            # Those of earlier steps stay until the end: a resumed run may go on from before this one.
            staged = self._kept(found.step).with_suffix(".partial")
            save_file({name: weight.detach().cpu().contiguous() for name, weight in _learnt(model).items()}, staged)
            staged.replace(self._kept(found.step))

    def _kept(self, step: int) -> Path:
        return self._folder / f"best-{step}.safetensors"

    def _forget_kept(self) -> None:
        for path in self._folder.glob("best-*"):
            path.unlink()

    def _since_best(self) -> int:
        best = self.best
        return sum(best is None or one.step > best.step for one in self.history if one.step)

    def _read(self, until: int) -> list[Probed]:
        """Lines of steps that are done, and the answers at the start."""
        found: list[Probed] = []
        if not self._path.exists():
            return found
        for raw in RowFile(self._path):
            if raw.value is None or raw.value["step"] > until:
                continue
            line = raw.value
            if line["step"] == 0:
                self._start = {key: Answered(key, tuple(value)) for key, value in line["logprobs"].items()}
            shares = {name: Estimate.from_row(row) for name, row in line["estimates"].items()}
            found.append(Probed(line["step"], line["tokens"], shares, tuple(line["fell"])))
        return found

    def _rewrite(self, state: TrainerState) -> None:
        """Without lines of steps that are done again."""
        if not state.is_world_process_zero:
            return
        kept = [raw.value for raw in RowFile(self._path) if raw.value and raw.value["step"] <= state.global_step]
        self._path.unlink()
        with AppendLog(self._path) as log:
            for line in kept:
                log.append(line)


def probe_callback(job: Job, tokens: Callable[[int], int]) -> ProbeCallback | None:
    """The callback of a stage whose recipe has a probe; None for others.

    Args:
        job: The stage.
        tokens: Tokens seen by the end of a step.

    Raises:
        InputError: The items cannot be read.
    """
    recipe = job.stage.probe
    if recipe is None:
        return None
    items = read_items(expand_path(recipe.path), limit=recipe.items)
    return ProbeCallback(MemoryProbe(items, ChatRenderer.load(job.model_dir)), recipe, job.folder, tokens)


def _line(found: Probed, answers: dict[str, Answered]) -> dict[str, Any]:
    """A line of ``probes.jsonl``; the start's has the answers that later ones are compared with."""
    line: dict[str, Any] = {
        "step": found.step,
        "tokens": found.tokens,
        "mean": found.mean,
        "fell": list(found.fell),
        "estimates": {name: one.to_row() for name, one in found.estimates.items()},
    }
    if found.step == 0:
        line["logprobs"] = {key: list(one.logprobs or ()) for key, one in answers.items()}
    return line


def _learnt(model: Any) -> dict[str, Any]:
    """Weights that learn, by name."""
    return {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
