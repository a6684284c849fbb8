"""The ``openvino`` engine: Llama-like models on a CPU, with continuous batching and OpenVINO's paged attention.

Scheduling, sampling and scoring are those of the ``transformers`` engine; only the forward pass is OpenVINO's. So a
request has the same features on both, and a reply can be steered at every token.
"""

from __future__ import annotations

import torch

from medgo.errors import EngineFailureError, EngineUnavailableError
from medgo.inference.engines._continuous import ContinuousEngine
from medgo.inference.engines._openvino_file import ensure_model_file
from medgo.inference.engines._openvino_graph import check_supported
from medgo.inference.engines._openvino_library import ov
from medgo.inference.engines._openvino_paged import PagedCache, PagedModel
from medgo.inference.engines._openvino_pages import PageTree
from medgo.inference.engines._openvino_precision import choose_precision
from medgo.inference.engines._path_store import TreeStore
from medgo.inference.engines._ragged import RaggedBatch, SlotCache
from medgo.inference.engines._scheduler import Limits
from medgo.inference.engines.options import EngineOptions
from medgo.inference.models import ensure_hf_folder, resolve_model, weights_hash
from medgo.inference.models.config import read_config
from medgo.inference.models.machine import available_memory
from medgo.inference.prompt import ChatRenderer
from medgo.inference.protocol import EngineInfo

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
    config = read_config(folder)
    check_supported(config)
    precision = choose_precision(options.dtype, ov.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"))
    renderer = ChatRenderer.load(folder, options.template)
    file = ensure_model_file(folder, config, weights_hash(model), precision)
    paged = PagedModel(file, precision, options.threads)
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


class OpenVINOEngine(ContinuousEngine):
    """A compiled model; see :class:`~medgo.inference.protocol.Engine`."""

    def __init__(self, model: PagedModel, renderer: ChatRenderer, info: EngineInfo, slots: int) -> None:
        tokens = int(available_memory() * _CACHE_SHARE / model.cache_bytes_per_token)
        super().__init__(renderer, Limits(slots, _PASS_TOKENS, tokens, exact=False), info)
        self._model: PagedModel | None = model

    def close(self) -> None:
        """Free the model."""
        self._idle.clear()
        self._model = None

    def _new_cache(self, slots: int) -> SlotCache:
        return self._open_model().new_cache(slots)

    def _tree_store(self, cache: SlotCache) -> TreeStore:
        assert isinstance(cache, PagedCache)  # noqa: S101 - made by _new_cache
        return PageTree(cache, self._limits.cache_tokens)

    def _forward(self, token_ids: torch.Tensor, batch: RaggedBatch, rows: torch.Tensor) -> torch.Tensor:
        return self._open_model().forward(token_ids, batch, rows)

    def _open_model(self) -> PagedModel:
        if self._model is None:
            raise EngineFailureError("the engine is closed", hint="open it again")
        return self._model
