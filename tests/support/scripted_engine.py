"""An engine that says what a test tells it to, and remembers what it was asked. A token is a character here."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from medgo.errors import MedGoError
from medgo.inference.protocol import (
    Completion,
    Delta,
    EngineInfo,
    GenerationRequest,
    LabelScores,
    ScoringRequest,
    Thinking,
    Usage,
)
from medgo.schema import Message

Answer = str | tuple[str, str] | MedGoError


class ScriptedEngine:
    """Streams a given answer, one character a piece.

    Args:
        answer: What to say to a request: the answer, or (reasoning, answer), or an error to raise.
        context_length: In characters.
        counts: Whether it can count tokens.
        delay: Seconds before each piece.
        fails_after: Raise this error after so many pieces.
    """

    def __init__(
        self,
        answer: Callable[[GenerationRequest], Answer] = lambda request: f"re: {request.messages[-1].content}",
        *,
        context_length: int | None = None,
        counts: bool = True,
        delay: float = 0.0,
        fails_after: tuple[int, MedGoError] | None = None,
    ) -> None:
        self.info = EngineInfo("scripted", "script", "float32", "cpu", context_length, True, weights="w")
        self.requests: list[GenerationRequest] = []
        self.closed = 0
        self.running = 0
        self.most_running = 0
        self.stopped_early = threading.Event()
        self._answer, self._counts, self._delay, self._fails_after = answer, counts, delay, fails_after
        self._lock = threading.Lock()

    def stream(self, request: GenerationRequest) -> Iterator[Delta]:
        self._begin(request)
        done = False
        try:
            reasoning, answer = self._say(request)
            for n, (kind, character) in enumerate(
                [("reasoning", c) for c in reasoning or ""] + [("answer", c) for c in answer]
            ):
                if self._fails_after and n == self._fails_after[0]:
                    raise self._fails_after[1]
                time.sleep(self._delay)
                yield Delta(character, kind)  # type: ignore[arg-type]
            done = True
            yield Delta("", completion=self._completion(request, reasoning, answer))
        finally:
            if not done:
                self.stopped_early.set()
            with self._lock:
                self.running -= 1

    def generate(self, requests: Iterable[GenerationRequest]) -> Iterator[Completion]:
        taken = list(requests)
        for request in reversed(taken):  # in any order, says the protocol
            try:
                *_, last = self.stream(request)
            except MedGoError as error:
                yield Completion.failed(request.id, error)
            else:
                assert last.completion is not None
                yield last.completion

    def score(self, requests: Iterable[ScoringRequest]) -> Iterator[LabelScores]:
        for request in requests:
            yield LabelScores(request.id)

    def count_tokens(self, messages: tuple[Message, ...], thinking: Thinking = Thinking()) -> int | None:
        return sum(len(message.content) for message in messages) if self._counts else None

    def close(self) -> None:
        self.closed += 1

    def _begin(self, request: GenerationRequest) -> None:
        with self._lock:
            self.requests.append(request)
            self.running += 1
            self.most_running = max(self.most_running, self.running)

    def _say(self, request: GenerationRequest) -> tuple[str | None, str]:
        answer = self._answer(request)
        if isinstance(answer, MedGoError):
            raise answer
        return (None, answer) if isinstance(answer, str) else answer

    def _completion(self, request: GenerationRequest, reasoning: str | None, answer: str) -> Completion:
        prompt = sum(len(message.content) for message in request.messages)
        usage = Usage(prompt, len(answer) + len(reasoning or ""), reasoning=len(reasoning or ""))
        whole = Completion(request.id, answer, "stop", reasoning, usage)
        too_long = usage.completion > request.sampling.max_new_tokens
        return replace(whole, finish_reason="length") if too_long else whole
