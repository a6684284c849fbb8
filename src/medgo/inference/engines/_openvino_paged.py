"""A compiled OpenVINO model with a paged cache, as the forward function that the scheduler wants.

OpenVINO's own pass turns the attention of the model file into paged attention, the operation behind
``openvino_genai``'s continuous batching. Each slot of our cache owns a run of neighbouring pages.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from medgo.errors import CorruptModelError, EngineFailureError
from medgo.inference.engines._openvino_library import op, ov, paged_attention_transformation
from medgo.inference.engines._openvino_precision import Precision
from medgo.inference.engines._ragged import CacheShape, RaggedBatch, SlotCache

_CPU = torch.device("cpu")
_STEP_PAGES = 8  # capacity grows by this many pages a slot
_ROWS = "medgo_rows"


class PagedModel:
    """A model compiled for the processor.

    Args:
        path: OpenVINO model file.
        precision: How it computes.
        threads: Cores that it may use; None takes all that the process may run on.

    Raises:
        CorruptModelError: OpenVINO cannot read the file.
    """

    def __init__(self, path: Path, precision: Precision, threads: int | None = None) -> None:
        core = ov.Core()
        try:
            model = core.read_model(path)
            paged_attention_transformation(model)
            _take_rows(model)
            self._compiled: Any = core.compile_model(
                model,
                "CPU",
                {
                    "INFERENCE_PRECISION_HINT": precision.hint,
                    "KV_CACHE_PRECISION": precision.cache,
                    "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0,
                    "PERFORMANCE_HINT": "LATENCY",
                }
                | _share(threads),
            )
        except RuntimeError as error:
            raise CorruptModelError(
                f"OpenVINO cannot load {path}: {error}", hint=f"remove {path.parent}; it will be built again"
            ) from error
        self._stores = [port for port in self._compiled.inputs if "cache" in port.get_any_name()]
        _, kv_heads, self._page, head_dim = (
            -1 if size.is_dynamic else size.get_length() for size in self._stores[0].get_partial_shape()
        )
        self.shape = CacheShape(len(self._stores) // 2, kv_heads, head_dim)
        self.cache_bytes_per_token = (
            2 * self.shape.layers * kv_heads * head_dim * self._stores[0].get_element_type().size
        )

    def new_cache(self, slots: int) -> PagedCache:
        """An empty cache, with an inference request of its own: several may be at work in different threads."""
        return PagedCache(self.shape, slots, self._page, self._compiled.create_infer_request(), self._stores)

    def forward(self, token_ids: torch.Tensor, batch: RaggedBatch, rows: torch.Tensor) -> torch.Tensor:
        """One pass.

        Args:
            token_ids: [tokens].
            batch: Where they belong; its cache is one of :meth:`new_cache`.
            rows: Indices of the tokens whose logits are wanted.

        Returns:
            [rows, vocabulary], float32; valid until the next pass with the same cache.

        Raises:
            EngineFailureError: OpenVINO failed, for instance for want of memory.
        """
        cache = batch.cache
        assert isinstance(cache, PagedCache)  # noqa: S101 - made by new_cache
        inputs = cache.page_table(batch) | {
            "input_ids": token_ids.numpy(),
            "position_ids": batch.position_ids()[0].numpy(),
            _ROWS: rows.numpy(),
        }
        try:
            return cache.infer(inputs)
        except RuntimeError as error:
            raise EngineFailureError(
                f"OpenVINO failed on {len(token_ids)} tokens: {error}", hint="lower --batch-size if memory ran out"
            ) from error


def _share(threads: int | None) -> dict[str, Any]:
    """Settings that keep to a share of the cores.

    Threads of a share are not pinned: OpenVINO pins from the first core on, and two processes of one thread each would
    both sit on that one.
    """
    return {} if threads is None else {"INFERENCE_NUM_THREADS": threads, "ENABLE_CPU_PINNING": False}


class PagedCache(SlotCache):
    """Keys and values in OpenVINO's tensors, [slots × pages, kv_heads, page, head_dim] per layer."""

    def __init__(self, shape: CacheShape, slots: int, page: int, request: Any, stores: list[Any]) -> None:
        super().__init__(shape, slots, torch.float32, _CPU)
        self.page, self._request, self._stores = page, request, stores
        self._tensors: dict[str, Any] = {}

    @property
    def pages(self) -> int:
        """Pages of each slot."""
        return self.capacity // self.page

    def reserve(self, tokens: int) -> None:
        """Make room for sequences of this many tokens, keeping what is stored."""
        if tokens <= self.capacity:
            return
        step = self.page * _STEP_PAGES
        capacity = -(-tokens // step) * step
        for port in self._stores:
            name = port.get_any_name()
            size = [self.slots * capacity // self.page, self.shape.kv_heads, self.page, self.shape.head_dim]
            grown = ov.Tensor(port.get_element_type(), ov.Shape(size))
            if name in self._tensors:
                self._by_slot(grown)[:, : self.pages] = self._by_slot(self._tensors[name])
            self._tensors[name] = grown
            self._request.set_tensor(port, grown)
        self.capacity = capacity

    def copy_prefix(self, source: int, target: int, tokens: int) -> None:
        """Copy the pages that hold the first ``tokens`` of one slot into another."""
        pages = -(-tokens // self.page)
        for tensor in self._tensors.values():
            by_slot = self._by_slot(tensor)
            by_slot[target, :pages] = by_slot[source, :pages]

    def copy_pages(self, pairs: list[tuple[int, int]]) -> None:
        """Copy pages of any slot onto others: (from, to)."""
        if not pairs:
            return
        sources, targets = np.array(pairs).T
        for tensor in self._tensors.values():
            by_page = tensor.data.view(np.uint8).reshape(tensor.data.shape[0], -1)
            by_page[targets] = by_page[sources]

    def _by_slot(self, tensor: Any) -> np.ndarray:
        """View as bytes, [slots, pages, bytes of a page]."""
        data = tensor.data
        view: np.ndarray = data.view(np.uint8).reshape(self.slots, data.shape[0] // self.slots, -1)
        return view

    def page_table(self, batch: RaggedBatch) -> dict[str, np.ndarray]:
        """Inputs of paged attention: what each sequence has stored, what is new, and its pages."""
        named = {i: chunk.pages for i, chunk in enumerate(batch.chunks) if chunk.pages}
        parts = [(chunk.slot, chunk.start, chunk.length) for chunk in batch.chunks]
        parts += [(slot, length - 1, 1) for slot, length in zip(batch.slots, batch.lengths, strict=True)]
        slots, starts, lengths = np.array(parts, dtype=np.int32).reshape(-1, 3).T
        ends = starts + lengths
        pages = -(-ends // self.page)
        return {
            "past_lens": starts,
            "subsequence_begins": _begins(lengths),
            "block_indices": np.concatenate(
                [
                    named[i][:count] if i in named else np.arange(count) + slot * self.pages
                    for i, (slot, count) in enumerate(zip(slots, pages, strict=True))
                ]
            ).astype(np.int32),
            "block_indices_begins": _begins(pages),
            "max_context_len": np.array(ends.max(), dtype=np.int32),
        }

    def infer(self, inputs: dict[str, np.ndarray]) -> torch.Tensor:
        """Run the model; logits as a view of its output."""
        for name, values in inputs.items():
            self._request.set_tensor(name, ov.Tensor(np.array(values, order="C")))
        self._request.infer()
        logits = self._request.get_output_tensor(0).data
        return torch.from_numpy(logits).view(-1, logits.shape[-1])


def _begins(lengths: np.ndarray) -> np.ndarray:
    """Where each part begins, and the end of the last."""
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)


def _take_rows(model: ov.Model) -> None:
    """Let only the wanted rows through the output matrix: most tokens of a prompt need no logits."""
    product = model.output("logits").get_node().input_value(0).get_node()
    rows = op.parameter([-1], np.int64, name=_ROWS)
    rows.output(0).set_names({_ROWS})
    hidden = product.input_value(0)  # [tokens, 1, h] after the pass
    product.input(0).replace_source_output(op.gather(hidden, rows, np.int64(0)).output(0))
    model.add_parameters([rows])
    model.validate_nodes_and_infer_types()
