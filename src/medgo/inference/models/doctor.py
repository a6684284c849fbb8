"""Examines an installation: what is there, which engines work, which models fit. Loads no model, shows nothing."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec

from medgo.inference.models.inventory import EmbeddedState, InventoryRow, examine_embedded, list_known_models
from medgo.inference.models.machine import Machine, read_machine
from medgo.inference.models.memory import FORMATS, Fit, fit, usable_memory
from medgo.inference.models.registry import KNOWN_MODELS

_IMPORT_TIMEOUT = 180.0  # seconds; a cold vllm takes a minute
# engine → (what it imports, how to get it)
_ENGINES: dict[str, tuple[tuple[str, ...], str]] = {
    "transformers": (("torch", "transformers", "accelerate"), "pip install torch==2.13.0, then pip install medgo"),
    "openvino": (("openvino",), "pip install 'medgo[openvino]'"),
    "vllm": (("vllm",), "make venv-vllm, then use .venv-vllm/bin/medgo"),
    "openai": (("httpx",), "pip install medgo"),
}
# Imported through ours, which keeps it from calling home.
_IMPORTED_AS = {"openvino": "medgo.inference.engines._openvino_library"}


@dataclass(frozen=True, slots=True)
class EngineState:
    """Whether an engine's libraries can be imported; ``detail`` says why not, and the way out."""

    engine: str
    works: bool
    detail: str


@dataclass(frozen=True, slots=True)
class ModelFits:
    """A model with a name, on every device in every number format."""

    alias: str
    parameters: int
    fits: tuple[Fit, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The result of an examination.

    Args:
        context: Tokens a sequence that the fits are for.
        batch: Sequences at once that the fits are for.
    """

    machine: Machine
    engines: tuple[EngineState, ...]
    embedded: EmbeddedState
    models: tuple[InventoryRow, ...]
    context: int
    batch: int
    fits: tuple[ModelFits, ...]

    @property
    def healthy(self) -> bool:
        """At least one engine that runs models here works, and so does the embedded model."""
        return self.embedded.works and any(state.works for state in self.engines if state.engine != "openai")


def examine(*, context: int = 4096, batch: int = 1) -> Report:
    """Look at the machine, the engines and the models.

    Args:
        context: Prompt and reply together, in tokens, for the question which model fits.
        batch: Sequences at once, for the same question.
    """
    with ThreadPoolExecutor(len(_ENGINES)) as pool:
        engines = pool.map(_examine_engine, _ENGINES)
        machine = read_machine()
        return Report(
            machine=machine,
            embedded=examine_embedded(),
            models=list_known_models(),
            context=context,
            batch=batch,
            fits=fits_of(machine, context=context, batch=batch),
            engines=tuple(engines),
        )


def fits_of(machine: Machine, *, context: int, batch: int) -> tuple[ModelFits, ...]:
    """Weigh every known model against the memory of a machine."""
    devices = [("RAM", usable_memory(machine.memory_available, gpu=False))]
    devices += [(f"GPU {index}", usable_memory(gpu.memory_free, gpu=True)) for index, gpu in enumerate(machine.gpus)]
    return tuple(
        ModelFits(
            known.alias,
            known.architecture.parameters,
            tuple(
                fit(known.architecture, number_format, device, usable, context=context, batch=batch)
                for device, usable in devices
                for number_format in FORMATS
                if device == "RAM" or number_format != "q8_0"  # no engine of ours runs Q8_0 on a GPU
            ),
        )
        for known in KNOWN_MODELS
    )


def _examine_engine(engine: str) -> EngineState:
    modules, remedy = _ENGINES[engine]
    if missing := [name for name in modules if find_spec(name) is None]:
        return EngineState(engine, False, f"{', '.join(missing)} not installed: {remedy}")
    # In a process of its own: a library built for another processor dies instead of raising an error.
    command = [sys.executable, "-c", f"import {', '.join(_IMPORTED_AS.get(name, name) for name in modules)}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_IMPORT_TIMEOUT, check=False)
    except subprocess.TimeoutExpired:
        return EngineState(engine, False, f"importing it takes more than {_IMPORT_TIMEOUT:.0f} s")
    if done.returncode < 0:
        return EngineState(engine, False, f"importing it ended with signal {-done.returncode}")
    if done.returncode > 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return EngineState(engine, False, f"importing it failed: {last}")
    return EngineState(engine, True, "works" if engine != "openai" else "works, with an endpoint of yours")
