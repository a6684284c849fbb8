"""How long a stage takes, what it draws and costs: its work over what a device does in a second. Loads nothing."""

from __future__ import annotations

from dataclasses import dataclass

from medgo.inference.devices import Device
from medgo.inference.models.registry import Architecture
from medgo.training.plan.memory import Setting
from medgo.training.plan.tokens import ProbeTokens, StageTokens
from medgo.training.plan.work import forward_work, training_work
from medgo.training.recipe import StageRecipe


@dataclass(frozen=True, slots=True)
class Assumed:
    """What a plan takes for granted; nothing of it was measured on a GPU by us.

    Args:
        use: Executed work over a GPU's peak. NeMo AutoModel publishes 0.41 to 0.43 for 7B and 8B LoRA on one H100.
        cpu_use: Executed work over the measured product, on a CPU (``benchmarks/planning.py``).
        in_node: What is left of it when the devices of a machine share a run.
        across_nodes: The same over several machines.
        four_bits: What unpacking 4-bit weights leaves.
    """

    use: float = 0.40
    cpu_use: float = 0.135
    in_node: float = 0.90
    across_nodes: float = 0.80
    four_bits: float = 0.85


ASSUMED = Assumed()


@dataclass(frozen=True, slots=True)
class StageTime:
    """A stage on its devices.

    Args:
        seconds: Of training; preparation, loading, probing and saving are not in it.
        tokens_per_second: Real tokens (no padding) over all devices.
        mfu: Useful work over peak.
        kilowatt_hours: Of the devices at full load; their hosts' share is not counted.
        dollars: At the assumed price of a device.
    """

    seconds: float
    tokens_per_second: float
    mfu: float
    kilowatt_hours: float
    dollars: float


@dataclass(frozen=True, slots=True)
class ProbeTime:
    """All probes of a stage on its devices.

    Args:
        seconds: Of all of them together; no step is done meanwhile.
        kilowatt_hours: Of the devices at full load; their hosts' share is not counted.
        dollars: At the assumed price of a device.
    """

    seconds: float
    kilowatt_hours: float
    dollars: float


def scaling(setting: Setting, machines: int, assumed: Assumed = ASSUMED) -> float:
    """What many devices reach of so many times one."""
    if setting.devices == 1:
        return 1.0
    return assumed.in_node if machines == 1 else assumed.across_nodes


def time_of(
    shape: Architecture, setting: Setting, tokens: StageTokens, device: Device, machines: int, stage: StageRecipe
) -> StageTime:
    """Work out a stage's time from its work, energy and cost from its time."""
    padding = tokens.computed / tokens.work.total if tokens.work.total else 1.0
    work = training_work(shape, setting.adapter, tokens.work, recompute=setting.recompute)
    passes = (passes_in_steps(setting, stage) + passes_before(setting, stage)) * forward_work(shape, tokens.work)
    peak = setting.devices * device.flops
    seconds = (work.executed * padding + passes * padding) / (peak * _use(setting) * scaling(setting, machines))
    energy, cost = _energy_and_cost(seconds, setting, device)
    return StageTime(
        seconds=seconds,
        tokens_per_second=tokens.work.total / seconds,
        mfu=(work.useful + passes) / (peak * seconds),
        kilowatt_hours=energy,
        dollars=cost,
    )


def probe_time_of(shape: Architecture, setting: Setting, probes: ProbeTokens, device: Device) -> ProbeTime:
    """Work out what a stage's probes take: each option once through the model, without gradients.

    Devices share the options and exchange nothing on the way, so many are so many times one. Options of like length
    are asked together: padding is next to nothing.
    """
    work = probes.times * forward_work(shape, probes.once)
    seconds = work / (setting.devices * device.flops * _use(setting))
    return ProbeTime(seconds, *_energy_and_cost(seconds, setting, device))


def passes_in_steps(setting: Setting, stage: StageRecipe) -> float:
    """Forward passes without gradients at each step, for each pass that learns.

    KTO's KL term scores a mismatched answer for every row; a reference that is not cached scores all of them too.
    """
    mismatched = 1.0 if setting.method == "kto" and stage.kto.loss == "kto" else 0.0
    reference = 0.0 if setting.method == "sft" or setting.cached_reference else 1.0
    return mismatched + reference * (1.0 + mismatched)


def passes_before(setting: Setting, stage: StageRecipe) -> float:
    """The same before training, for the cache: every row once a stage, mismatched answers anew each epoch."""
    if setting.method == "sft" or not setting.cached_reference:
        return 0.0
    mismatched = 1.0 if setting.method == "kto" and stage.kto.loss == "kto" else 0.0
    return 1.0 / max(1.0, stage.epochs) + mismatched


def _use(setting: Setting) -> float:
    """What one device reaches of its peak."""
    use = ASSUMED.use if setting.gpu else ASSUMED.cpu_use
    return use * ASSUMED.four_bits if setting.adapter.kind == "qlora" else use


def _energy_and_cost(seconds: float, setting: Setting, device: Device) -> tuple[float, float]:
    """Kilowatt hours and dollars of all devices for so long: watts x hours x devices.

    The host's share is not counted: its processors, memory, network and fans, and the cooling of the room.
    """
    hours = setting.devices * seconds / 3600
    return hours * device.watts / 1000, hours * device.price
