"""What would fit where a stage does not: nearest changes first. Works on shapes and settings alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from medgo.inference.devices import DEVICES, Device
from medgo.inference.models.registry import Architecture
from medgo.training.plan.memory import Memory, Setting, memory_of, scoring_memory

# The rest of a device's memory goes to fragments between tensors.
USABLE = 0.92
_MOST = 4  # changes that are named
_MACHINE = 8  # devices of a machine


@dataclass(frozen=True, slots=True)
class Change:
    """One way that fits.

    Args:
        words: What to change, in the recipe's own keys.
        cost: How far it is from what was asked; sums over its parts.
        device: On which.
    """

    words: tuple[str, ...]
    cost: float
    setting: Setting
    device: Device
    memory: Memory

    def __str__(self) -> str:
        return f"{' '.join(self.words)} ({self.memory.total / 1e9:.0f} of {self.device.memory / 1e9:.0f} GB)"


def fits(size: float, device: Device) -> bool:
    """Whether a device has room for so many bytes, leaving a part of it for fragments."""
    return size <= USABLE * device.memory


def ways_that_fit(shape: Architecture, setting: Setting, device: Device, stage: str) -> tuple[Change, ...]:
    """Changes that make a stage fit, the nearest first, one of each combination of kinds.

    Args:
        stage: The place of the stage's keys in the recipe, for example ``stages.0``.
    """
    found: list[Change] = []
    options = [
        list(_recompute(setting)),
        list(_micro_rows(setting, stage)),
        list(_sharding(setting)),
        list(_precision(setting)),
        list(_adapter(setting, stage)),
        list(_device(device)),
    ]
    kinds_found: list[frozenset[int]] = []
    for kinds, parts in sorted(_candidates(options), key=lambda one: sum(part[1] for part in one[1])):
        if any(kinds >= less for less in kinds_found):
            continue  # a smaller change of these kinds is enough
        words = tuple(word for part in parts for word in part[0])
        changed, target = setting, device
        for _, _, fields, other in parts:
            changed, target = replace(changed, **fields), other or target
        memory = memory_of(shape, changed)
        if fits(max(memory.total, scoring_memory(shape, changed)), target):
            kinds_found.append(kinds)
            found.append(Change(words, sum(part[1] for part in parts), changed, target, memory))
            if len(found) == _MOST:
                break
    return tuple(found)


# Words, cost, fields of the setting, another device.
_Part = tuple[tuple[str, ...], float, dict[str, Any], Device | None]


def _candidates(options: list[list[_Part]]) -> Iterator[tuple[frozenset[int], tuple[_Part, ...]]]:
    """At most one part of each kind, and at least one in all, with the kinds that they are of."""
    for parts in itertools.product(*[[None, *kind] for kind in options]):
        if chosen := tuple(part for part in parts if part is not None):
            yield frozenset(kind for kind, part in enumerate(parts) if part is not None), chosen


def _recompute(setting: Setting) -> Iterator[_Part]:
    if not setting.recompute:
        yield ("devices.recompute=true",), 1.0, {"recompute": True}, None


def _micro_rows(setting: Setting, stage: str) -> Iterator[_Part]:
    """The same result, more slowly; not below what KTO's estimate needs, which the recipe checks."""
    least = 2 if setting.method == "kto" else 1
    for step, rows in enumerate(size for size in (8, 4, 2, 1) if least <= size < setting.rows):
        if not setting.packed:
            yield (f"{stage}.batch.micro_rows={rows}",), 1.1 + 0.2 * step, {"rows": rows}, None


def _sharding(setting: Setting) -> Iterator[_Part]:
    """The same devices with the state in shards, or more of them."""
    if setting.sharding not in ("fsdp2", "zero3") and setting.devices > 1:
        yield ("devices.sharding=fsdp2",), 1.5, {"sharding": "fsdp2"}, None
    sharding = "zero3" if setting.sharding == "zero3" else "fsdp2"
    for step, count in enumerate(n for n in (2, 4, 8, 16, 32) if n > setting.devices):
        machines = count // _MACHINE
        words = [f"devices.processes={min(count, _MACHINE)}"]
        words += [f"devices.machines={machines}"] if machines > 1 else []
        words += [f"devices.sharding={sharding}"] if setting.sharding != sharding else []
        yield tuple(words), 4.0 + step, {"sharding": sharding, "devices": count}, None


def _precision(setting: Setting) -> Iterator[_Part]:
    if setting.float32:
        yield ("precision=bfloat16",), 2.0, {"float32": False}, None


def _adapter(setting: Setting, stage: str) -> Iterator[_Part]:
    """Fewer weights that learn, then fewer bits in those that do not; 4 bits need CUDA, and no ZeRO-3."""
    kinds = ("full", "lora", "qlora") if setting.gpu and setting.sharding != "zero3" else ("full", "lora")
    later = kinds[kinds.index(setting.adapter.kind) + 1 :] if setting.adapter.kind in kinds else ()
    for step, kind in enumerate(later):
        adapter = setting.adapter.model_copy(update={"kind": kind})
        yield (f"{stage}.adapter.kind={kind}",), 6.0 + 2.0 * step, {"adapter": adapter}, None


def _device(device: Device) -> Iterator[_Part]:
    """A device with more memory, of those that the planner knows."""
    if not device.bandwidth:
        return  # a CPU that was measured: other machines are no change of a recipe
    for name, other in sorted(DEVICES.items(), key=lambda item: item[1].memory):
        if other.memory > device.memory:
            yield (f"--device {name}",), 5.0 + other.memory / 1e12, {}, other
