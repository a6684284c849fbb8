"""Choosing and opening an engine. Each library is imported only when its engine is opened."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec

from medgo.errors import EngineUnavailableError
from medgo.inference.engines.options import EngineName, EngineOptions
from medgo.inference.protocol import Engine

# engine → (the module that must be importable, how to get it)
_NEEDS: dict[str, tuple[str, str]] = {
    "transformers": ("torch", "pip install torch==2.13.0 medgo"),
    "openvino": ("openvino", "pip install 'medgo[openvino]'"),
    "vllm": ("vllm", "make venv-vllm, then use .venv-vllm/bin/medgo"),
    "openai": ("httpx", "pip install medgo"),
}


def open_engine(options: EngineOptions) -> Engine:
    """Load the model into the engine that the options name.

    Raises:
        EngineUnavailableError: The engine's library is not installed.
        ModelNotFoundError: There is no such model.
        CorruptModelError: The model's files are damaged.
    """
    name = choose_engine(options)
    module, remedy = _NEEDS[name]
    if find_spec(module) is None:
        raise EngineUnavailableError(
            f"the engine {name!r} needs the package {module!r}, which is not installed", hint=remedy
        )
    engine: Engine = import_module(f"medgo.inference.engines._{name}").open_engine(replace(options, engine=name))
    return engine


def choose_engine(options: EngineOptions) -> EngineName:
    """Resolve ``auto``."""
    if options.engine != "auto":
        return options.engine
    if options.base_url:
        return "openai"
    if options.device in ("auto", "cpu") and find_spec("openvino") is not None and not _has_gpu():
        return "openvino"
    return "transformers"


def _has_gpu() -> bool:
    import torch

    return bool(torch.cuda.is_available())
