"""An engine that several threads may use: one call at a time.

Knows the engine protocol and locks; knows no library.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import cast

from medgo.errors import InputError
from medgo.inference.protocol import (
    Completion,
    Delta,
    Engine,
    EngineInfo,
    GenerationRequest,
    LabelScores,
    ScoringRequest,
    Thinking,
)
from medgo.schema import Message


class SerializedEngine:
    """Makes calls wait for each other; otherwise the engine itself.

    A call holds the engine from its first result until its iterator is exhausted or closed.

    Args:
        engine: Serves one call at a time.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._holder: int | None = None

    @property
    def info(self) -> EngineInfo:
        """What is running."""
        return self._engine.info

    def generate(self, requests: Iterable[GenerationRequest]) -> Iterator[Completion]:
        """Answer all requests; see :class:`~medgo.inference.protocol.Engine`."""
        with self._held():
            yield from self._engine.generate(requests)

    def stream(self, request: GenerationRequest) -> Iterator[Delta]:
        """Answer one request piece by piece; closing the iterator stops the reply and frees the engine."""
        with self._held():
            yield from self._engine.stream(request)

    def score(self, requests: Iterable[ScoringRequest]) -> Iterator[LabelScores]:
        """Score the labels of all requests."""
        with self._held():
            yield from self._engine.score(requests)

    def count_tokens(self, messages: tuple[Message, ...], thinking: Thinking = Thinking()) -> int | None:
        """Length of the prompt in tokens; needs no turn of the engine."""
        return self._engine.count_tokens(messages, thinking)

    def close(self) -> None:
        """Free the model as soon as no other thread uses it."""
        if self._holder == threading.get_ident():
            # A stream that this very thread left open computes nothing now; waiting for it would wait for ever.
            self._engine.close()
            return
        with self._lock:
            self._engine.close()

    @contextmanager
    def _held(self) -> Generator[None, None, None]:
        if self._holder == threading.get_ident():
            raise InputError(
                "another reply of this model is still being streamed by the same thread",
                hint="read that stream to its end or close() it first",
            )
        with self._lock:
            self._holder = threading.get_ident()
            try:
                yield
            finally:
                self._holder = None


def close_stream(deltas: Iterator[Delta]) -> None:
    """Stop a stream now; waiting for the garbage collector would let the engine compute on."""
    cast("Generator[Delta, None, None]", deltas).close()
