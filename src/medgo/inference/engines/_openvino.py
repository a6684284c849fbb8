"""The ``openvino`` engine: Llama-like models on a CPU, with continuous batching and OpenVINO's paged attention.

Scheduling, sampling and scoring are those of the ``transformers`` engine; only the forward pass is OpenVINO's. So a
request has the same features on both, and a reply can be steered at every token.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import openvino as ov
import psutil
import torch
from transformers import AutoConfig

from medgo.errors import EngineFailureError, EngineUnavailableError
from medgo.inference.engines._openvino_file import ensure_model_file
from medgo.inference.engines._openvino_graph import check_supported
from medgo.inference.engines._openvino_paged import PagedCache, PagedModel
from medgo.inference.engines._openvino_precision import choose_precision
from medgo.inference.engines._ragged import RaggedBatch
from medgo.inference.engines._scheduler import Limits, Scheduler
from medgo.inference.engines._scoring import LabelScorer
from medgo.inference.engines.options import EngineOptions
from medgo.inference.models import ensure_hf_folder, resolve_model
from medgo.inference.prompt import ChatRenderer
from medgo.inference.protocol import (
    Completion,
    Delta,
    EngineInfo,
    GenerationRequest,
    LabelScores,
    ScoringRequest,
    Thinking,
)
from medgo.schema import Message

_DEFAULT_SLOTS = 64
_PASS_TOKENS = 2048
# Share of the memory that is free after loading which the cache may take.
_CACHE_SHARE = 0.5


def open_engine(options: EngineOptions) -> OpenVINOEngine:
    """Load the model that the options name; its OpenVINO form is built on first use.

    Raises:
        ModelNotFoundError: There is no such model on this machine.
        CorruptModelError: Its files are damaged.
        EngineUnavailableError: The model or the device is not one that this engine runs.
        StorageError: The cache has no room for the model's OpenVINO form.
    """
    if options.device not in ("auto", "cpu"):
        raise EngineUnavailableError(
            f"the openvino engine runs on the CPU, not on {options.device}", hint="use --engine transformers or vllm"
        )
    model = resolve_model(options.model)
    folder = ensure_hf_folder(model)
    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    check_supported(config)
    precision = choose_precision(options.dtype, ov.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"))
    renderer = ChatRenderer.load(folder)
    paged = PagedModel(ensure_model_file(folder, config, model.weights, precision), precision)
    info = EngineInfo(
        engine="openvino",
        model=options.model,
        dtype=precision.name,
        device="cpu",
        context_length=renderer.context_length,
        batch_invariant=False,
        weights=model.weights,
    )
    return OpenVINOEngine(paged, renderer, info, options.batch_size or _DEFAULT_SLOTS)


class OpenVINOEngine:
    """A compiled model with its caches; see :class:`~medgo.inference.protocol.Engine`."""

    def __init__(self, model: PagedModel, renderer: ChatRenderer, info: EngineInfo, slots: int) -> None:
        self._model: PagedModel | None = model
        self._renderer, self._info = renderer, info
        tokens = int(psutil.virtual_memory().available * _CACHE_SHARE / model.cache_bytes_per_token)
        self._limits = Limits(slots, _PASS_TOKENS, tokens, exact=False)
        # Caches of finished calls, each with the prompts it holds: the next call begins with what is still there.
        self._idle: list[tuple[PagedCache, list[tuple[int, ...]]]] = []

    @property
    def info(self) -> EngineInfo:
        """What is running."""
        return self._info

    def count_tokens(self, messages: tuple[Message, ...], thinking: Thinking = Thinking()) -> int | None:
        """Length of the rendered conversation, in tokens."""
        return len(self._renderer.render(messages, thinking).token_ids)

    def generate(self, requests: Iterable[GenerationRequest]) -> Iterator[Completion]:
        """Answer all requests, refilling each slot as it becomes free."""
        for event in self._run(iter(requests), self._limits, live=False):
            if isinstance(event, Completion):
                yield event

    def stream(self, request: GenerationRequest) -> Iterator[Delta]:
        """Answer one request piece by piece."""
        limits = Limits(1, self._limits.pass_tokens, self._limits.cache_tokens, exact=False)
        for event in self._run(iter([request]), limits, live=True):
            if isinstance(event, Completion):
                yield Delta("", completion=event)
            else:
                yield from event[1]

    def score(self, requests: Iterable[ScoringRequest]) -> Iterator[LabelScores]:
        """Score labels with one reading of each prompt."""
        cache = self._open_model().new_cache(self._limits.slots)
        yield from LabelScorer(self._forward, self._renderer, cache, self._limits).run(iter(requests))

    def close(self) -> None:
        """Free the model."""
        self._idle.clear()
        self._model = None

    def _run(self, requests: Iterator[GenerationRequest], limits: Limits, *, live: bool) -> Iterator[Any]:
        cache, resident = self._borrow_cache(limits.slots)
        try:
            yield from Scheduler(self._forward, self._renderer, cache, resident, limits, live=live).run(requests)
        finally:
            self._idle.append((cache, resident))

    def _borrow_cache(self, slots: int) -> tuple[PagedCache, list[tuple[int, ...]]]:
        """A cache with this many slots that nobody is using; kept ones of another size are dropped."""
        while self._idle:
            cache, resident = self._idle.pop()
            if cache.slots == slots:
                return cache, resident
        return self._open_model().new_cache(slots), [() for _ in range(slots)]

    def _open_model(self) -> PagedModel:
        if self._model is None:
            raise EngineFailureError("the engine is closed", hint="open it again")
        return self._model

    def _forward(self, token_ids: torch.Tensor, batch: RaggedBatch, rows: torch.Tensor) -> torch.Tensor:
        return self._open_model().forward(token_ids, batch, rows)
