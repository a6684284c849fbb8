"""A judge without a model: answers from a function, with garbage or failures, and remembers what it was asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from medgo.errors import EndpointError, MedGoError
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

Answer = str | MedGoError


def met(value: bool, why: str = "because") -> str:
    """A verdict on a criterion."""
    return json.dumps({"explanation": why, "criteria_met": value})


def by_words(**verdicts: bool) -> Callable[[GenerationRequest], Answer]:
    """Meets the criteria in which one of these words stands; of a rubric question only the criterion is looked at."""

    def answer(request: GenerationRequest) -> Answer:
        criterion = request.messages[-1].content.rpartition("<criterion>")[2].partition("</criterion>")[0]
        return met(next((value for word, value in verdicts.items() if word in criterion), False))

    return answer


@dataclass
class JudgeEngine:
    """Holds ``slots`` requests at once and answers the newest first."""

    answer: Callable[[GenerationRequest], Answer] = lambda request: met(True)
    model: str = "judge-1"
    weights: str = ""
    slots: int = 4
    asked: list[GenerationRequest] = field(default_factory=list)
    batches: int = 0
    closed: int = 0

    @property
    def info(self) -> EngineInfo:
        return EngineInfo("fake", self.model, "float32", "cpu", None, True, self.weights)

    def generate(self, requests: Iterable[GenerationRequest]) -> Iterator[Completion]:
        self.batches += 1
        feed = iter(requests)
        held: list[GenerationRequest] = []
        while True:
            new = list(islice(feed, self.slots - len(held)))
            self.asked += new
            held += new
            if not held:
                return
            yield self._complete(held.pop())

    def _complete(self, request: GenerationRequest) -> Completion:
        answer = self.answer(request)
        if isinstance(answer, MedGoError):
            return Completion.failed(request.id, answer)
        return Completion(request.id, answer, "stop", usage=Usage(completion=len(answer)))

    def stream(self, request: GenerationRequest) -> Iterator[Delta]:
        yield Delta("", completion=self._complete(request))

    def score(self, requests: Iterable[ScoringRequest]) -> Iterator[LabelScores]:
        yield from (LabelScores(request.id) for request in requests)

    def count_tokens(self, messages: tuple[Message, ...], thinking: Thinking = Thinking()) -> int | None:
        return None

    def close(self) -> None:
        self.closed += 1


def down(request: GenerationRequest) -> Answer:
    """An endpoint that is not there."""
    return EndpointError("connection refused")
