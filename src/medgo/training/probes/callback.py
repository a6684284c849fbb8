"""Probes while a stage trains: measured every few steps, stopped early, the best step kept, promotion guarded (R19).

A step may be promoted only where no guarded kind fell, beyond its interval, below the model that the stage started from
or below the one that the whole run did, and where the mean over the guarded kinds is not below the stage's start. So
the start is a candidate itself: a stage that made nothing better is not promoted. Of the steps that may be, the one
with the highest mean is kept. Works where every process holds the whole model; knows no recipe of data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from transformers import TrainerControl, TrainerState, TrainingArguments

from medgo.errors import InputError, TrainingFailedError
from medgo.inference.prompt import ChatRenderer
from medgo.store.recipes import expand_path
from medgo.training.job import Job
from medgo.training.probes.comparing import compare_answers
from medgo.training.probes.history import Answers, Probed, ProbeLog, Promotion, answers_of_base, guarded_mean
from medgo.training.probes.in_memory import MemoryProbe
from medgo.training.probes.items import ProbeItem, read_items
from medgo.training.probes.measures import Answered
from medgo.training.recipe import ProbeRecipe
from medgo.training.running.checkpoints import written_or_storage_error
from medgo.training.running.faults import JudgesResult
from medgo.training.running.processes import first_does, found_by_all


class ProbeCallback(JudgesResult):
    """Probes a model in training.

    When all steps were trained, or patience is at its end, the weights of the best step that may be promoted are put
    back into the model, and ``promotion.json`` says which it is. Training that was stopped or failed leaves all as it
    is: the run that goes on from its checkpoint probes and promotes as an unbroken one.

    Args:
        probe: The items, rendered.
        recipe: How often, how patient, what is guarded.
        folder: Of the stage; gets ``probes.jsonl``, ``promotion.json`` and the best steps' weights, which
            :func:`forget_kept` removes when the stage's own are written.
        tokens: Tokens seen by the end of a step.
        base: Answers of the model that the whole run started from; None where that is the stage's own start.

    Raises:
        TrainingFailedError: At the end, where no step may be promoted.
    """

    def __init__(
        self,
        probe: MemoryProbe,
        recipe: ProbeRecipe,
        folder: Path,
        tokens: Callable[[int], int],
        base: Mapping[str, Answered] | None = None,
    ) -> None:
        self._probe, self._recipe, self._tokens, self._base = probe, recipe, tokens, base
        self._folder, self._log = folder, ProbeLog(folder, probe.items)
        self._guarded = [item for item in probe.items if item.kind in recipe.guard]
        self._start: Answers = {}
        self._over = False
        self.history: list[Probed] = []

    @property
    def best(self) -> Probed | None:
        """The step that would be promoted now: the highest mean that may be, the earliest of equals."""
        allowed = [one for one in self.history if one.step and not one.lost and one.mean >= self.history[0].mean]
        return max(allowed, key=lambda one: one.mean, default=None)

    def on_train_begin(
        self,
        args: TrainingArguments,  # noqa: ARG002 - the callback's signature, here and below
        state: TrainerState,
        control: TrainerControl,
        model: Any = None,
        **_: Any,
    ) -> None:
        """Probe the start, or read what was probed before the step that training goes on from.

        Raises:
            RunFolderError: What was probed before were other items.
            StorageError: The disk took no more.
            TrainingFailedError: The start was not probed.
        """
        if state.global_step:
            # All have read before the first one writes.
            self.history, self._start = found_by_all(lambda: self._log.read(state.global_step))[0]
            if not self.history:
                raise TrainingFailedError(
                    f"{self._log.path} does not hold the probe of the start, without which nothing can be promoted",
                    hint="start the stage anew, or take the probe out of its recipe",
                )
            first_does(lambda: self._log.forget_after(state.global_step))
            # Killed after its patience was at its end, before the weights were written.
            self._over = control.should_training_stop = self._out_of_patience()
            return
        self.history, self._start, self._over = [], {}, False
        first_does(self._begin)
        self._measure(model, state)

    def on_step_end(
        self,
        args: TrainingArguments,  # noqa: ARG002
        state: TrainerState,
        control: TrainerControl,
        model: Any = None,
        **_: Any,
    ) -> TrainerControl:
        """Probe where it is due; stop where patience is at its end.

        Raises:
            StorageError: The disk took no more.
        """
        if self._over:  # the Trainer looks whether to stop after a step only; this one is put back at the end
            control.should_training_stop = True
            return control
        due = self._recipe.every is not None and state.global_step % self._recipe.every == 0
        if not due and state.global_step < state.max_steps:
            return control
        self._measure(model, state)
        self._over = self._out_of_patience()
        control.should_training_stop |= self._over
        return control

    def on_train_end(
        self,
        args: TrainingArguments,  # noqa: ARG002
        state: TrainerState,
        control: TrainerControl,  # noqa: ARG002
        model: Any = None,
        **_: Any,
    ) -> None:
        """Put the best step's weights back, where training came to its own end.

        Raises:
            StorageError: The disk took no more.
            TrainingFailedError: No step may be promoted.
        """
        if not self._over and state.global_step < state.max_steps:
            return
        if not self._over and self.history[-1].step != state.global_step:
            self._measure(model, state)
        best, start = self.best, self.history[0]
        why = "" if best else self._why_nothing()
        promoted, mean = (best.step, best.mean) if best else (None, None)
        first_does(lambda: self._end(Promotion(self.history[-1].step, promoted, start.mean, mean, why)))
        if best is None:
            raise TrainingFailedError(
                f"nothing is promoted: {why}",
                hint="more replay (mix.replay), a lower learning rate or fewer epochs forget less; "
                f"{self._log.path} has the figures",
            )
        if best.step != state.global_step:
            found_by_all(lambda: self._put_back(model, best.step))

    def _begin(self) -> None:
        """Leave nothing of what was probed in a stage that starts anew."""
        self._log.path.unlink(missing_ok=True)
        forget_kept(self._folder)

    def _end(self, promotion: Promotion) -> None:
        promotion.save(self._folder)
        forget_kept(self._folder, but=self._kept(promotion.promoted_step) if promotion.promoted_step else None)

    def _measure(self, model: Any, state: TrainerState) -> None:
        answers = self._probe.answers(model)
        self._start = self._start or answers
        estimates = self._probe.measure(answers)
        before = self.best
        found = Probed(
            step=state.global_step,
            tokens=self._tokens(state.global_step),
            estimates=estimates,
            mean=guarded_mean(estimates, self._recipe.guard),
            fell=self._fallen(self._start, answers),
            fell_from_base=self._fallen(self._base, answers) if self._base else (),
        )
        self.history.append(found)
        better = self.best is not before
        first_does(lambda: self._record(found, answers, model if better else None))

    def _record(self, found: Probed, answers: Answers, better: Any | None) -> None:
        """Write what was found, and the weights of a model that is the best so far."""
        self._log.append(found, answers)
        if better is not None:
            self._keep(better, found.step)

    def _keep(self, model: Any, step: int) -> None:
        """Write a step's weights; those of earlier steps stay: a resumed run may go on from before this one.

        Raises:
            StorageError: The disk did not take them; nothing is left of them.
        """
        path = self._kept(step)
        staged = path.with_suffix(".partial")
        with written_or_storage_error(path, staged, self._folder / "checkpoints", remove=False):
            try:
                save_file({name: weight.detach().cpu().contiguous() for name, weight in _learnt(model).items()}, staged)
                staged.replace(path)
            finally:
                staged.unlink(missing_ok=True)  # a file, and it must not take what room is left

    def _fallen(self, before: Mapping[str, Answered], answers: Answers) -> tuple[str, ...]:
        compared = compare_answers(self._guarded, before, answers)
        return tuple(one.measure for one in compared if one.measure in self._recipe.guard and one.worse)

    def _why_nothing(self) -> str:
        """In words, why no step may be promoted."""
        start, *later = self.history
        if not later:
            return "no step was trained"
        fallen = ", ".join(sorted({kind for one in later for kind in one.lost}))
        fell = f"{fallen} fell below the model that the stage or the run started from, beyond the interval"
        if all(one.lost for one in later):
            return f"{fell}, at every step that was probed"
        highest = max(later, key=lambda one: one.mean)
        kinds = ", ".join(self._recipe.guard) or "all kinds"
        below = (
            f"no step is as good as the start, whose mean over {kinds} is {start.mean:.1%}; "
            f"the best is {highest.mean:.1%}, at step {highest.step}"
        )
        return f"{fell}, or the mean over {kinds} fell, at every step that was probed" if fallen else below

    def _put_back(self, model: Any, step: int) -> None:
        path = self._kept(step)
        if not path.exists():
            raise TrainingFailedError(f"{path}, the best step's weights, is not there", hint="start the stage anew")
        kept = load_file(path)
        with torch.no_grad():
            for name, weight in _learnt(model).items():
                weight.copy_(kept[name])

    def _kept(self, step: int) -> Path:
        return self._folder / f"best-{step}.safetensors"

    def _out_of_patience(self) -> bool:
        patience, best = self._recipe.patience, self.best or self.history[0]
        return patience is not None and sum(one.step > best.step for one in self.history) >= patience


def probe_callback(job: Job, tokens: Callable[[int], int]) -> ProbeCallback | None:
    """The callback of a stage whose recipe has a probe; None for others.

    Args:
        job: The stage.
        tokens: Tokens seen by the end of a step.

    Raises:
        InputError: The items cannot be read, or hold none of a guarded kind.
        RunFolderError: A record of an earlier stage is damaged.
    """
    recipe = job.stage.probe
    if recipe is None:
        return None
    probe = MemoryProbe(guarded_items(recipe), ChatRenderer.load(job.model_dir))
    return ProbeCallback(probe, recipe, job.folder, tokens, answers_of_base(job, probe.items))


def guarded_items(recipe: ProbeRecipe) -> list[ProbeItem]:
    """The items of a probe, all guarded kinds among them.

    Raises:
        InputError: They cannot be read, or a guarded kind has none.
    """
    items = read_items(expand_path(recipe.path), limit=recipe.items)
    if absent := sorted(set(recipe.guard) - {item.kind for item in items}):
        raise InputError(
            f"{recipe.path} holds no item of {', '.join(absent)}, which the probe is to guard",
            hint="medgo train probes writes all kinds; or take it out of probe.guard",
        )
    return items


def kept_steps(folder: Path) -> list[int]:
    """Steps whose weights a stage's folder keeps, as the best that were probed until then."""
    return [int(path.stem.removeprefix("best-")) for path in folder.glob("best-*.safetensors")]


def forget_kept(folder: Path, but: Path | None = None) -> None:
    """Remove the weights of best steps from a stage's folder.

    Args:
        folder: Of the stage.
        but: Stays: a stage that is killed before its own weights are written goes on from a checkpoint, and needs it.
    """
    for path in folder.glob("best-*"):
        if path != but:
            path.unlink()


def _learnt(model: Any) -> dict[str, Any]:
    """Weights that learn, by name."""
    return {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
