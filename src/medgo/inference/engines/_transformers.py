"""The ``transformers`` engine: any causal model of the library, on CPU or GPU, with continuous batching.

The model's code is the library's own; only its attention goes through the ragged cache (``_ragged``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import psutil
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from medgo.errors import CorruptModelError, EngineFailureError, EngineUnavailableError
from medgo.inference.engines._numerics import (
    Numerics,
    ask_for_exact_products,
    choose_numerics,
    pick_device,
    use_tiles,
)
from medgo.inference.engines._ragged import ATTENTION_NAME, CacheShape, Chunk, RaggedBatch, SlotCache
from medgo.inference.engines._scheduler import Limits, Scheduler
from medgo.inference.engines._scoring import LabelScorer
from medgo.inference.engines.options import EngineOptions
from medgo.inference.models import ResolvedModel, ensure_hf_folder, quiet_transformers, resolve_model
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

# More slots keep the matrix products tall; past these the cache's memory grows and throughput no longer does
# (benchmarks/generation.py).
_DEFAULT_SLOTS = {"cpu": 64, "cuda": 256}
_PASS_TOKENS = {"cpu": 2048, "cuda": 8192}
# Share of the memory that is free after loading which the cache may take.
_CACHE_SHARE = {"cpu": 0.5, "cuda": 0.85}


def open_engine(options: EngineOptions) -> TransformersEngine:
    """Load the model that the options name.

    Raises:
        ModelNotFoundError: There is no such model on this machine.
        CorruptModelError: Its files are damaged.
        EngineUnavailableError: The model is not of a kind that this engine runs, or memory does not suffice.
    """
    model = resolve_model(options.model)
    folder = ensure_hf_folder(model)
    device = pick_device(options.device)
    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    shape = _cache_shape(config)
    numerics = choose_numerics(options.dtype, device, _count_parameters(folder))
    if numerics.exact and device.type == "cpu":
        ask_for_exact_products()
    loaded = _load(folder, numerics, device)
    return TransformersEngine(loaded, ChatRenderer.load(folder), shape, numerics, options, model)


class TransformersEngine:
    """A loaded model with its cache; see :class:`~medgo.inference.protocol.Engine`."""

    def __init__(
        self,
        model: Any,
        renderer: ChatRenderer,
        shape: CacheShape,
        numerics: Numerics,
        options: EngineOptions,
        resolved: ResolvedModel,
    ) -> None:
        self._model, self._renderer, self._shape, self._numerics = model, renderer, shape, numerics
        self._device: torch.device = model.device
        slots = options.batch_size or _DEFAULT_SLOTS[self._device.type]
        per_token = shape.bytes_per_token(numerics.storage)
        self._limits = Limits(
            slots=slots,
            pass_tokens=_PASS_TOKENS[self._device.type],
            cache_tokens=int(_free_memory(self._device) * _CACHE_SHARE[self._device.type] / per_token),
            exact=numerics.exact,
        )
        # Caches of finished calls, each with the prompts it holds: the next call begins with what is still there.
        self._idle: list[tuple[SlotCache, list[tuple[int, ...]]]] = []
        self._info = EngineInfo(
            engine="transformers",
            model=options.model,
            dtype=str(numerics),
            device=str(self._device),
            context_length=renderer.context_length,
            batch_invariant=numerics.exact and self._make_exact(),
            weights=resolved.weights,
        )

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
        limits = Limits(1, self._limits.pass_tokens, self._limits.cache_tokens, self._limits.exact)
        for event in self._run(iter([request]), limits, live=True):
            if not isinstance(event, Completion):
                yield from event[1]
            else:
                yield Delta("", completion=event)

    def score(self, requests: Iterable[ScoringRequest]) -> Iterator[LabelScores]:
        """Score labels with one reading of each prompt."""
        cache, _ = self._borrow_cache(self._limits.slots)
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

    def _borrow_cache(self, slots: int) -> tuple[SlotCache, list[tuple[int, ...]]]:
        """A cache with this many slots that nobody is using; kept ones of another size are dropped."""
        while self._idle:
            cache, resident = self._idle.pop()
            if cache.slots == slots:
                return cache, resident
        cache = SlotCache(self._shape, slots, self._numerics.storage, self._device)
        return cache, [() for _ in range(slots)]

    def _forward(self, token_ids: torch.Tensor, batch: RaggedBatch, rows: torch.Tensor) -> torch.Tensor:
        if self._model is None:
            raise EngineFailureError("the engine is closed", hint="open it again")
        try:
            with self._numerics.applied(len(token_ids)):
                output = self._model(
                    input_ids=token_ids.unsqueeze(0),
                    position_ids=batch.position_ids(),
                    use_cache=False,
                    logits_to_keep=rows,
                    ragged=batch,
                )
                logits: torch.Tensor = output.logits[0].float()
                return logits
        except (RuntimeError, MemoryError) as error:
            raise EngineFailureError(
                f"the model failed on {len(token_ids)} tokens: {error}", hint="lower --batch-size if memory ran out"
            ) from error

    def _make_exact(self) -> bool:
        """Find out by trying whether a row's numbers depend on its neighbours; use tiles where they do."""
        if self._rows_are_independent():
            return True
        use_tiles(self._model)
        return self._rows_are_independent()

    def _rows_are_independent(self) -> bool:
        """Whether a token has the same logits, bit for bit, alone and beside others; as a row alone takes other paths
        through a matrix library than one of many, a prompt of one token is the hardest case.
        """
        prompt, other = [2], list(range(3, 12))
        alone = self._probe([prompt])
        return all(torch.equal(alone, self._probe([prompt] + [other] * others)) for others in (1, 3, 7, 20))

    def _probe(self, prompts: list[list[int]]) -> torch.Tensor:
        """Logits after the first of these prompts, all read in one pass."""
        cache = SlotCache(self._shape, len(prompts), self._numerics.storage, self._device)
        cache.reserve(max(map(len, prompts)))
        chunks = [Chunk(slot, 0, len(prompt)) for slot, prompt in enumerate(prompts)]
        ids = torch.tensor([token for prompt in prompts for token in prompt], device=self._device)
        ends = torch.tensor([len(prompt) for prompt in prompts], device=self._device).cumsum(0) - 1
        return self._forward(ids, RaggedBatch(cache, chunks, [], [], exact=True), ends)[0]


def _load(folder: Path, numerics: Numerics, device: torch.device) -> Any:
    try:
        with quiet_transformers():
            model = AutoModelForCausalLM.from_pretrained(
                folder, dtype=numerics.storage, attn_implementation=ATTENTION_NAME, local_files_only=True
            )
    except (OSError, ValueError, RuntimeError) as error:
        raise CorruptModelError(f"the weights in {folder} cannot be loaded: {error}") from error
    return model.to(device).eval()


def _cache_shape(config: Any) -> CacheShape:
    """Read the cache's shape off a model's configuration.

    Raises:
        EngineUnavailableError: The model attends in a way that the ragged cache does not do.
    """
    kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
    if kinds != {"full_attention"} or getattr(config, "is_encoder_decoder", False):
        raise EngineUnavailableError(
            f"the transformers engine runs decoder models with full attention; {config.model_type} has "
            f"{', '.join(sorted(kinds))}",
            hint="use --engine vllm for this model",
        )
    heads = config.num_attention_heads
    return CacheShape(
        layers=config.num_hidden_layers,
        kv_heads=getattr(config, "num_key_value_heads", None) or heads,
        head_dim=getattr(config, "head_dim", None) or config.hidden_size // heads,
    )


def _count_parameters(folder: Path) -> int:
    """Number of weights, from the size of the files: two bytes each at least."""
    return sum(file.stat().st_size for file in folder.glob("*.safetensors")) // 2


def _free_memory(device: torch.device) -> int:
    """Free memory of the device in bytes."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return int(free)
    return int(psutil.virtual_memory().available)
