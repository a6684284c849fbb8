"""What a user may choose when an engine is opened."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from medgo.errors import InputError

EngineName = Literal["auto", "transformers", "openvino", "vllm", "openai"]
DtypeName = Literal["auto", "float32", "bfloat16"]
Template = Literal["chat", "plain"]


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
        template: ``chat`` renders with the tokenizer's chat template; ``plain`` gives the model the bare text of the
            messages, for base models.
        threads: Processor cores that a model on a CPU may keep busy; None takes all that this process may run on. For
            ``transformers`` and ``vllm`` it holds for the whole process.

    Raises:
        InputError: A value that no engine could take.
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
    template: Template = "chat"
    threads: int | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"auto|cpu|cuda(:[0-9]+)?", self.device):
            raise InputError(
                f"there is no device {self.device!r}", hint="use auto, cpu, cuda or cuda:N, such as cuda:0"
            )
        if self.batch_size is not None and self.batch_size < 1:
            raise InputError(
                f"batch_size must be at least 1, found {self.batch_size}", hint="leave it out to let the engine choose"
            )
        if self.threads is not None and self.threads < 1:
            raise InputError(f"threads must be at least 1, found {self.threads}", hint="leave it out to take all cores")
        if not 0.0 < self.timeout < math.inf:
            raise InputError(f"timeout must be more than 0 seconds, found {self.timeout}", hint="the default is 120")
        if self.max_retries < 0:
            raise InputError(f"max_retries must be at least 0, found {self.max_retries}", hint="0 tries once")
        if self.base_url is not None:
            _check_url(self.base_url)


def _check_url(url: str) -> None:
    """Refuse what is no address of an endpoint. The message does not repeat it: there may be a password in it."""
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port  # raises if it is no number or out of range
    except ValueError:
        valid = False
    if not valid:
        raise InputError(
            "base_url is not an http or https address", hint="write it with scheme and host: http://localhost:8000/v1"
        )
