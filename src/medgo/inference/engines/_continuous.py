"""An engine over a forward pass: what engines share that run the scheduler themselves.

Knows requests, caches and the scheduler; knows no library. A subclass brings the model.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace

import torch

from medgo.inference.engines._path_store import PathStore, TreeStore
from medgo.inference.engines._ragged import RaggedBatch, SlotCache
from medgo.inference.engines._scheduler import Limits, Scheduler, Sequence
from medgo.inference.engines._scoring import LabelScorer
from medgo.inference.grammar import Grammar
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

# The token ids that each slot of a cache holds from its beginning.
Resident = list[tuple[int, ...]]


class ContinuousEngine(ABC):
    """Continuous batching over one model; see :class:`~medgo.inference.protocol.Engine`.

    Several calls may be at work at once, each with a cache of its own; their forward passes take turns.

    Args:
        renderer: Tokenizer and template of the model.
        limits: Bounds of the scheduler.
        info: What is running.
    """

    def __init__(self, renderer: ChatRenderer, limits: Limits, info: EngineInfo) -> None:
        self._renderer, self._limits, self._info = renderer, limits, info
        self._grammar = Grammar(renderer.tokenizer, renderer.eos_ids)
        # Caches of finished calls, with the prompts they hold: the next call begins with what is still there.
        self._idle: list[tuple[SlotCache, Resident]] = []

    @abstractmethod
    def _forward(self, token_ids: torch.Tensor, batch: RaggedBatch, rows: torch.Tensor) -> torch.Tensor:
        """One pass over token ids [tokens]; logits [rows, vocabulary] in float32 of the rows asked for.

        Raises:
            EngineFailureError: The model failed, or the engine is closed.
        """

    @abstractmethod
    def _new_cache(self, slots: int) -> SlotCache:
        """An empty cache."""

    def _tree_store(self, cache: SlotCache) -> TreeStore:
        """What scoring keeps in an empty cache of one slot."""
        return PathStore(cache, exact=self._limits.exact)

    @abstractmethod
    def close(self) -> None:
        """Free the model and the caches."""

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
        for event in self._run(iter([request]), replace(self._limits, slots=1), live=True):
            if isinstance(event, Completion):
                yield Delta("", completion=event)
            else:
                yield from event[1]

    def score(self, requests: Iterable[ScoringRequest]) -> Iterator[LabelScores]:
        """Score labels; what prompts and labels share is read once."""
        cache, _ = self._borrow_cache(1)
        try:
            store = self._tree_store(cache)
            yield from LabelScorer(self._forward, self._renderer, store, self._limits).run(iter(requests))
        finally:
            self._idle.append((cache, _nothing(cache.slots)))

    def _run(
        self, requests: Iterator[GenerationRequest], limits: Limits, *, live: bool
    ) -> Iterator[Completion | tuple[Sequence, list[Delta]]]:
        cache, resident = self._borrow_cache(limits.slots)
        try:
            scheduler = Scheduler(
                self._forward, self._renderer, cache, resident, limits, grammar=self._grammar, live=live
            )
            yield from scheduler.run(requests)
        finally:
            self._idle.append((cache, resident))

    def _borrow_cache(self, slots: int) -> tuple[SlotCache, Resident]:
        """A cache with this many slots that nobody is using; idle ones of another size are dropped."""
        with suppress(IndexError):  # empty; asking first would race with other threads
            while True:
                cache, resident = self._idle.pop()
                if cache.slots == slots:
                    return cache, resident
        return self._new_cache(slots), _nothing(slots)


def _nothing(slots: int) -> Resident:
    return [() for _ in range(slots)]
