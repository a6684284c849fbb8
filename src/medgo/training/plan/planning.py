"""A recipe becomes a plan: for every stage, memory on a device, time, energy, cost; refused where it does not fit.

Knows no terminal.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from medgo.errors import PlanRefusedError
from medgo.inference.devices import Device
from medgo.inference.models.registry import Architecture
from medgo.training.plan.fitting import Change, fits, ways_that_fit
from medgo.training.plan.measured import MEMORY_ERROR, TIME_ERROR
from medgo.training.plan.memory import Memory, Setting, Sharding, memory_of, scoring_memory
from medgo.training.plan.shapes import learnt_weights, model_shape
from medgo.training.plan.time import ProbeTime, StageTime, probe_time_of, time_of
from medgo.training.plan.tokens import ProbeTokens, StageTokens, count_probes, count_tokens, is_packed
from medgo.training.recipe import StageRecipe, TrainingRecipe


@dataclass(frozen=True, slots=True)
class StagePlan:
    """One stage.

    Args:
        learnt: Weights that learn.
        scoring: Bytes on each device before training, while the reference is scored; 0 without one.
        tokens: None where none could be counted and none were stated.
        time: None without tokens.
        probes: None without probes, and without tokens: nobody knows how many steps there are.
        probe_time: What they take besides.
        ways: What would fit, where it does not.
    """

    name: str
    setting: Setting
    learnt: int
    memory: Memory
    scoring: float
    fits: bool
    tokens: StageTokens | None
    time: StageTime | None
    probes: ProbeTokens | None
    probe_time: ProbeTime | None
    ways: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class RunPlan:
    """All stages of a recipe on one kind of device."""

    recipe: TrainingRecipe
    shape: Architecture
    device: Device
    stages: tuple[StagePlan, ...]

    @property
    def fits(self) -> bool:
        """Every stage does."""
        return all(stage.fits for stage in self.stages)

    @property
    def times(self) -> tuple[StageTime | ProbeTime, ...]:
        """Of the stages whose tokens are known, and of their probes."""
        return tuple(time for stage in self.stages for time in (stage.time, stage.probe_time) if time is not None)

    @property
    def seconds(self) -> float:
        """Of all these."""
        return sum(time.seconds for time in self.times)

    def to_dict(self) -> dict[str, Any]:
        """As JSON: bytes, seconds, tokens, kilowatt hours, dollars; errors are shares."""
        return {
            "recipe": self.recipe.name,
            "model": self.recipe.model,
            "parameters": self.shape.parameters,
            "device": asdict(self.device),
            "error": {"memory": MEMORY_ERROR, "time": TIME_ERROR, "measured_on": "cpu"},
            "fits": self.fits,
            "stages": [_stage_dict(stage) for stage in self.stages],
        }


def plan_run(
    recipe: TrainingRecipe, device: Device, stated: dict[str, float] | None = None, *, cached_reference: bool = True
) -> RunPlan:
    """Plan every stage of a recipe.

    Args:
        recipe: With the number of processes and machines, sharding and recomputation that are asked for.
        device: Of each process; one without a bandwidth is a CPU.
        stated: Stage → tokens of one epoch, where the user knows them.
        cached_reference: Reference log-probabilities come from the cache; else the model is held beside.

    Raises:
        InputError: The model's shape is not known, or a file of rows or of probe items cannot be read.
    """
    shape = model_shape(recipe.model)
    plans = []
    for at, stage in enumerate(recipe.stages):
        gpu = device.bandwidth > 0
        tokens = count_tokens(recipe, stage, (stated or {}).get(stage.name), gpu=gpu)
        probes = count_probes(recipe, stage, tokens.steps) if tokens else None
        setting = setting_of(recipe, stage, tokens, gpu=gpu, cached_reference=cached_reference)
        memory = memory_of(shape, setting)
        scoring = scoring_memory(shape, setting)
        room = fits(max(memory.total, scoring), device)
        plans.append(
            StagePlan(
                name=stage.name,
                setting=setting,
                learnt=learnt_weights(shape, stage.adapter),
                memory=memory,
                scoring=scoring,
                fits=room,
                tokens=tokens,
                time=time_of(shape, setting, tokens, device, recipe.devices.machines, stage) if tokens else None,
                probes=probes,
                probe_time=probe_time_of(shape, setting, probes, device) if probes else None,
                ways=() if room else _possible(ways_that_fit(shape, setting, device, f"stages.{at}"), recipe),
            )
        )
    return RunPlan(recipe, shape, device, tuple(plans))


def _possible(ways: tuple[Change, ...], recipe: TrainingRecipe) -> tuple[Change, ...]:
    """Shards leave no room for probes in training: what shards also takes them out."""
    out = tuple(f"stages.{at}.probe=null" for at, stage in enumerate(recipe.stages) if stage.probe is not None)
    shards = [any(word.startswith("devices.sharding=") for word in way.words) for way in ways]
    return tuple(
        replace(way, words=(*way.words, *out)) if sharded else way for way, sharded in zip(ways, shards, strict=True)
    )


def setting_of(
    recipe: TrainingRecipe, stage: StageRecipe, tokens: StageTokens | None, *, gpu: bool, cached_reference: bool = True
) -> Setting:
    """How a stage will be trained; its micro-batches as prepared, else the longest that the recipe allows."""
    packed = is_packed(stage, gpu=gpu)
    rows, row_tokens = 1 if packed else stage.batch.micro_rows, stage.lengths.max_tokens
    if tokens and tokens.micro:
        rows, row_tokens = tokens.micro
    sharding: Sharding = recipe.devices.sharding
    return Setting(
        method=stage.method,
        adapter=stage.adapter,
        sharding=sharding,
        devices=recipe.devices.processes * recipe.devices.machines,
        float32=recipe.precision == "float32",
        recompute=recipe.devices.recompute,
        rows=rows,
        row_tokens=row_tokens,
        packed=packed,
        cached_reference=cached_reference,
        gpu=gpu,
    )


def require_fit(plan: RunPlan) -> None:
    """Refuse a plan that does not fit.

    Raises:
        PlanRefusedError: Names the first stage that does not, by how much, and what would fit.
    """
    for stage in plan.stages:
        if stage.fits:
            continue
        if stage.scoring > stage.memory.total:
            words = f"scoring the reference holds the whole model: {stage.scoring / 1e9:.0f} GB"
            raise _refused(plan, stage, stage.scoring, words)
        parts = sorted(stage.memory.parts().items(), key=lambda item: -item[1])[:3]
        words = ", ".join(f"{name} {size / 1e9:.0f} GB" for name, size in parts)
        raise _refused(plan, stage, stage.memory.total, words)


def _refused(plan: RunPlan, stage: StagePlan, size: float, words: str) -> PlanRefusedError:
    return PlanRefusedError(
        f"{stage.name} takes {size / 1e9:.0f} GB on each {plan.device.name} of {plan.device.memory / 1e9:.0f} GB "
        f"({words})",
        hint="; or ".join(map(str, stage.ways)) or "no change of devices, adapter or batches makes it fit",
    )


def _stage_dict(stage: StagePlan) -> dict[str, Any]:
    return {
        "name": stage.name,
        "method": stage.setting.method,
        "adapter": stage.setting.adapter.kind,
        "sharding": stage.setting.sharding,
        "devices": stage.setting.devices,
        "recompute": stage.setting.recompute,
        "micro_batch": [stage.setting.sequences, stage.setting.row_tokens],
        "learnt_parameters": stage.learnt,
        "memory": {**stage.memory.parts(), "total": stage.memory.total, "scoring": stage.scoring},
        "fits": stage.fits,
        "would_fit": [list(way.words) for way in stage.ways],
        "tokens": asdict(stage.tokens) if stage.tokens else None,
        "time": asdict(stage.time) if stage.time else None,
        "probes": asdict(stage.probes) | asdict(stage.probe_time) if stage.probes and stage.probe_time else None,
    }
