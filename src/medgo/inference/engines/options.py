"""What a user may choose when an engine is opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

EngineName = Literal["auto", "transformers", "openvino", "vllm", "openai"]
DtypeName = Literal["auto", "float32", "bfloat16"]


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How to open an engine.

    Args:
        model: Alias, hub id, local folder, GGUF file or, for ``openai``, the endpoint's model name.
        engine: ``auto`` takes ``openai`` when ``base_url`` is given, ``openvino`` on a machine without GPU where it is
            installed, else ``transformers``.
        dtype: ``auto`` is the fastest choice that keeps at least 99 % top-1 agreement with float32.
        batch_size: Most sequences (or requests, for ``openai``) at once; None lets the engine choose.
        device: ``auto``, ``cpu`` or ``cuda[:N]``.
        base_url: Address of an OpenAI-compatible endpoint, such as ``http://localhost:8000/v1``.
        api_key: Its key; None reads ``OPENAI_API_KEY``.
        timeout: Seconds without any byte from the endpoint before a try counts as failed.
        max_retries: Tries after the first one.
    """

    model: str = "embedded"
    engine: EngineName = "auto"
    dtype: DtypeName = "auto"
    batch_size: int | None = None
    device: str = "auto"
    base_url: str | None = None
    api_key: str | None = None
    timeout: float = 120.0
    max_retries: int = 4
