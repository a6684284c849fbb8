"""The ``transformers`` engine: any causal model of the library, on CPU or GPU, with continuous batching.

The model's code is the library's own; only its attention goes through the ragged cache (``_ragged``).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM

from medgo.errors import CorruptModelError, EngineFailureError, EngineUnavailableError
from medgo.inference.engines._continuous import ContinuousEngine
from medgo.inference.engines._numerics import (
    Numerics,
    ask_for_exact_products,
    choose_numerics,
    pick_device,
    use_tiles,
)
from medgo.inference.engines._ragged import ATTENTION_NAME, CacheShape, Chunk, RaggedBatch, SlotCache
from medgo.inference.engines._scheduler import Limits
from medgo.inference.engines.options import EngineOptions
from medgo.inference.models import ensure_hf_folder, quiet_transformers, resolve_model
from medgo.inference.models.config import read_config
from medgo.inference.models.machine import available_memory
from medgo.inference.prompt import ChatRenderer
from medgo.inference.protocol import EngineInfo

# More slots keep the matrix products tall; past these the cache's memory grows and throughput no longer does
# (benchmarks/generation.py).
_DEFAULT_SLOTS = {"cpu": 64, "cuda": 256}
_PASS_TOKENS = {"cpu": 2048, "cuda": 8192}
# Room that each slot gets by default where memory is taken at once.
_TOKENS_PER_SLOT = 4096
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
    config = read_config(folder)
    shape = _cache_shape(config)
    numerics = choose_numerics(options.dtype, device, _count_parameters(folder))
    if numerics.exact and device.type == "cpu":
        ask_for_exact_products()
    if options.threads is not None:
        torch.set_num_threads(options.threads)
    loaded = _load(folder, numerics, device)
    renderer = ChatRenderer.load(folder, options.template)
    info = EngineInfo(
        engine="transformers",
        model=options.model,
        dtype=str(numerics),
        device=str(loaded.device),
        context_length=renderer.context_length,
        batch_invariant=False,  # found out by trying, once the engine stands
        weights=model.weights,
    )
    return TransformersEngine(loaded, renderer, shape, numerics, info, options.batch_size)


class TransformersEngine(ContinuousEngine):
    """A model of ``transformers``; see :class:`~medgo.inference.protocol.Engine`."""

    def __init__(
        self,
        model: Any,
        renderer: ChatRenderer,
        shape: CacheShape,
        numerics: Numerics,
        info: EngineInfo,
        slots: int | None,
    ) -> None:
        self._model, self._shape, self._numerics = model, shape, numerics
        self._device: torch.device = model.device
        kind = self._device.type
        free = _free_memory(self._device) * _CACHE_SHARE[kind]
        cache_tokens = int(free / shape.bytes_per_token(numerics.storage))
        # A GPU's memory is taken for all slots at once: no more of them than have room for an ordinary conversation.
        fitting = _DEFAULT_SLOTS[kind] if kind == "cpu" else max(1, cache_tokens // _TOKENS_PER_SLOT)
        limits = Limits(
            slots=slots or min(_DEFAULT_SLOTS[kind], fitting),
            pass_tokens=_PASS_TOKENS[kind],
            cache_tokens=cache_tokens,
            exact=numerics.exact,
            claimed=kind != "cpu",
        )
        super().__init__(renderer, limits, info)
        self._info = replace(info, batch_invariant=numerics.exact and self._make_exact())

    def close(self) -> None:
        """Free the model."""
        self._idle.clear()
        self._model = None

    def _new_cache(self, slots: int) -> SlotCache:
        return SlotCache(self._shape, slots, self._numerics.storage, self._device)

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
        cache = self._new_cache(len(prompts))
        cache.reserve(max(map(len, prompts)))
        chunks = [Chunk(slot, 0, len(prompt)) for slot, prompt in enumerate(prompts)]
        ids = torch.tensor([token for prompt in prompts for token in prompt], device=self._device)
        ends = torch.tensor([len(prompt) for prompt in prompts], device=self._device).cumsum(0) - 1
        return self._forward(ids, RaggedBatch(cache, chunks, [], [], exact=True), ends)[0]


def _load(folder: Path, numerics: Numerics, device: torch.device) -> Any:
    try:
        with quiet_transformers():
            model = AutoModelForCausalLM.from_pretrained(
                folder,
                dtype=numerics.storage,
                attn_implementation=ATTENTION_NAME,
                local_files_only=True,
                trust_remote_code=False,
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
    return available_memory()
