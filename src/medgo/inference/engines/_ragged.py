"""Ragged forward passes: tokens of many sequences in one row, each attending to its own cache and nothing else.

There is no padding: a pass holds the chunks of prompts that are being read and one token of every sequence that is
being written. Linear layers see one tall matrix; attention is done per sequence against its slot of the cache.
Plugs into any ``transformers`` model through its attention interface; the model's code is not touched.

    tokens  [ chunk of A | chunk of B | D E F G ]          one pass, ``input_ids`` is [1, tokens]
    slots   [ 4 4 4 4 4  | 7 7 7      | 0 1 2 3 ]          where each token's keys and values go
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional
from transformers import AttentionInterface

from medgo.inference.engines._cascade import attend_with_sums, join, merge
from medgo.inference.engines._numerics import float32_products

ATTENTION_NAME = "medgo_ragged"
# Slots that share one padded attention call. Small enough that a long sequence pads few others.
_GROUP = 16
_CAPACITY_STEP = 256
# A shared beginning shorter than this is attended to together with the rest (benchmarks/scoring.py).
_MIN_SHARED = 128
# Masks of chunks are kept from layer to layer up to this many entries; larger ones would fill the memory.
_KEPT_MASK = 1 << 22


@dataclass(frozen=True, slots=True)
class CacheShape:
    """What one token costs in the cache.

    Args:
        layers: Number of decoder layers.
        kv_heads: Key/value heads per layer.
        head_dim: Width of a head.
    """

    layers: int
    kv_heads: int
    head_dim: int

    def bytes_per_token(self, dtype: torch.dtype) -> int:
        """Keys and values of one token over all layers, in bytes."""
        return 2 * self.layers * self.kv_heads * self.head_dim * dtype.itemsize


class SlotCache:
    """Keys and values of up to ``slots`` sequences, [slots, kv_heads, capacity, head_dim] per layer.

    Memory is claimed from the operating system only as it is written (CPU); ``capacity`` grows in steps.
    """

    def __init__(self, shape: CacheShape, slots: int, dtype: torch.dtype, device: torch.device) -> None:
        self.shape, self.slots, self.dtype, self.device = shape, slots, dtype, device
        self.capacity = 0
        self.keys: list[torch.Tensor] = []
        self.values: list[torch.Tensor] = []

    def reserve(self, tokens: int) -> None:
        """Make room for sequences of this many tokens, keeping what is stored."""
        if tokens <= self.capacity:
            return
        capacity = -(-tokens // _CAPACITY_STEP) * _CAPACITY_STEP
        self.keys = self._grown(self.keys, capacity)
        self.values = self._grown(self.values, capacity)
        self.capacity = capacity

    def _grown(self, old: list[torch.Tensor], capacity: int) -> list[torch.Tensor]:
        size = (self.slots, self.shape.kv_heads, capacity, self.shape.head_dim)
        grown: list[torch.Tensor] = []
        for layer in range(self.shape.layers):
            # Zeros, not empty: a mask cannot hide NaN that memory happened to hold. Large blocks of zeros cost nothing
            # until they are written.
            new = torch.zeros(size, dtype=self.dtype, device=self.device)
            if old:
                new[:, :, : self.capacity] = old[layer]
                # One layer at a time: both copies of the whole cache never exist together.
                old[layer] = new.new_empty(0)
            grown.append(new)
        return grown

    def copy_prefix(self, source: int, target: int, tokens: int) -> None:
        """Copy the first ``tokens`` keys and values of one slot into another."""
        for store in (*self.keys, *self.values):
            store[target, :, :tokens] = store[source, :, :tokens]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Part of a prompt: ``length`` tokens of the sequence in ``slot``, from position ``start``.

    Args:
        pages: Where a paged cache keeps the sequence up to this part's end; empty: in the slot's own pages.
    """

    slot: int
    start: int
    length: int
    pages: tuple[int, ...] = ()


class RaggedBatch:
    """Where the tokens of one pass belong, and how they attend.

    Args:
        cache: Keys and values so far; extended in place.
        chunks: Prompt chunks, in the order of their tokens.
        slots: Slot of each sequence that is written token by token; their tokens come after all chunks.
        positions: Position of each of those tokens.
        exact: Attend to each sequence alone, so that its numbers do not depend on its neighbours' lengths.
        shared: All chunks are of one slot and begin no earlier than here, so they share what stands before. They may
            overlap: each is written over those before it once these have attended, layer by layer.
    """

    def __init__(
        self,
        cache: SlotCache,
        chunks: list[Chunk],
        slots: list[int],
        positions: list[int],
        *,
        exact: bool,
        shared: int = 0,
    ) -> None:
        self.cache, self.chunks, self.exact = cache, chunks, exact
        # Two calls and a merge cost more than they save when little is shared.
        self._shared = shared if shared >= _MIN_SHARED and cache.device.type == "cpu" else 0
        self._masks: dict[int, torch.Tensor] = {}
        self.slots, self.lengths = slots, [position + 1 for position in positions]
        self._rows = torch.tensor(slots, dtype=torch.long, device=cache.device)
        self._positions = torch.tensor(positions, dtype=torch.long, device=cache.device)
        self._dense = slots == list(range(len(slots)))
        self._groups = [] if exact or not slots else self._make_groups()

    def position_ids(self) -> torch.Tensor:
        """[1, tokens] position of every token in its sequence."""
        parts = [torch.arange(c.start, c.start + c.length, device=self.cache.device) for c in self.chunks]
        return torch.cat([*parts, self._positions]).unsqueeze(0)

    def attend(
        self, layer: int, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scaling: float
    ) -> torch.Tensor:
        """Store this pass's keys and values, and attend.

        Args:
            layer: Index of the decoder layer.
            query: [heads, tokens, head_dim].
            key: [kv_heads, tokens, head_dim]; value likewise.
            scaling: Factor on the scores.

        Returns:
            [tokens, heads, head_dim].
        """
        keys, values = self.cache.keys[layer], self.cache.values[layer]
        own: list[tuple[torch.Tensor, torch.Tensor]] = []
        parts: list[torch.Tensor] = []
        at = 0
        for i, chunk in enumerate(self.chunks):
            here, at = slice(at, at + chunk.length), at + chunk.length
            end = chunk.start + chunk.length
            keys[chunk.slot, :, chunk.start : end] = key[:, here]
            values[chunk.slot, :, chunk.start : end] = value[:, here]
            seen = (keys[chunk.slot, :, self._shared : end], values[chunk.slot, :, self._shared : end])
            if self._shared:
                own.append(attend_with_sums(query[:, here], *seen, scaling, self._mask(i)))
            else:
                parts.append(self._attend_chunk(i, query[:, here], *seen, scaling))
        if self._shared:
            slot = self.chunks[0].slot
            beginning = (keys[slot, :, : self._shared], values[slot, :, : self._shared])
            parts.append(merge(attend_with_sums(query, *beginning, scaling), join(own)).transpose(0, 1))
        if self.slots:
            keys[self._rows, :, self._positions] = key[:, at:].transpose(0, 1)
            values[self._rows, :, self._positions] = value[:, at:].transpose(0, 1)
            parts.append(self._attend_rows(query[:, at:], keys, values, scaling))
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def _attend_chunk(
        self, i: int, query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, scaling: float
    ) -> torch.Tensor:
        """Causal attention of the i-th chunk, [length, heads, d]. query [heads, length, d], keys [kv_heads, end, d]."""
        mask = self._mask(i) if self.chunks[i].start else None
        out = functional.scaled_dot_product_attention(
            query[None], keys[None], values[None], mask, is_causal=mask is None, scale=scaling, enable_gqa=True
        )
        return out[0].transpose(0, 1)

    def _mask(self, i: int) -> torch.Tensor:
        """[length, end - shared] to be added to the scores of the i-th chunk; the same in every layer."""
        if i in self._masks:
            return self._masks[i]
        chunk = self.chunks[i]
        before = chunk.start - self._shared
        mask = torch.full((chunk.length, before + chunk.length), -torch.inf, dtype=self.cache.dtype)
        mask = mask.triu(before + 1).to(self.cache.device)
        if mask.numel() <= _KEPT_MASK:
            self._masks[i] = mask
        return mask

    def _attend_rows(
        self, query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, scaling: float
    ) -> torch.Tensor:
        """One query per sequence. Query heads that share a key head stand as its query rows: nothing is repeated."""
        heads, rows, width = query.shape
        kv_heads = keys.shape[1]
        # [rows, kv_heads, heads per kv head, width]
        grouped = query.transpose(0, 1).reshape(rows, kv_heads, heads // kv_heads, width)
        if self.exact:
            out = [
                functional.scaled_dot_product_attention(
                    grouped[i : i + 1], keys[slot, None, :, :length], values[slot, None, :, :length], scale=scaling
                )
                for i, (slot, length) in enumerate(zip(self.slots, self.lengths, strict=True))
            ]
            return torch.cat(out).reshape(rows, heads, width)
        # By slot, so that keys and values are views; empty slots in between attend to nothing that is used.
        by_slot = grouped
        if not self._dense:
            by_slot = grouped.new_zeros((self.cache.slots, *grouped.shape[1:]))
            by_slot[self._rows] = grouped
        result = torch.empty_like(by_slot)
        for first, last, length, mask in self._groups:
            result[first:last] = functional.scaled_dot_product_attention(
                by_slot[first:last], keys[first:last, :, :length], values[first:last, :, :length], mask, scale=scaling
            )
        return (result if self._dense else result[self._rows]).reshape(rows, heads, width)

    def _make_groups(self) -> list[tuple[int, int, int, torch.Tensor]]:
        """(first slot, last slot, longest length, mask [slots, 1, 1, length]) of each group that has work."""
        # An empty slot attends to its first position, so that its softmax has something to divide by.
        lengths = torch.ones(self.cache.slots, dtype=torch.long)
        lengths[self._rows.cpu()] = torch.tensor(self.lengths)
        busy = torch.zeros(self.cache.slots, dtype=torch.bool)
        busy[self._rows.cpu()] = True
        groups = []
        for first in range(0, self.cache.slots, _GROUP):
            last = min(first + _GROUP, self.cache.slots)
            if busy[first:last].any():
                last = first + int(busy[first:last].nonzero().max()) + 1
                longest = int(lengths[first:last].max())
                # Added to the scores; a mask of booleans would be turned into this again in every layer.
                mask = torch.zeros(last - first, longest, dtype=self.cache.dtype)
                mask.masked_fill_(torch.arange(longest)[None, :] >= lengths[first:last, None], -torch.inf)
                groups.append((first, last, longest, mask[:, None, None, :].to(self.cache.device)))
        return groups


def ragged_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,  # noqa: ARG001 - always None: no mask function has our name
    scaling: float,
    ragged: RaggedBatch,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """Attention function in the form that ``transformers`` calls; query [1, heads, tokens, head_dim].

    Returns:
        [1, tokens, heads, head_dim], and no attention weights.
    """
    layer: int = module.layer_idx  # type: ignore[assignment]
    # Attention multiplies many tiny matrices; rounding each through oneDNN takes four times as long and gains nothing.
    with float32_products("ieee"):
        return ragged.attend(layer, query[0], key[0], value[0], scaling).unsqueeze(0), None


# No mask function is registered under this name, so transformers builds no mask: the batch knows who sees whom.
AttentionInterface.register(ATTENTION_NAME, ragged_attention)
