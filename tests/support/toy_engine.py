"""An engine without a model: its text is a pure function of request and seed, its faults are scripted.

Run as a program it is ``medgo batch`` with this engine, for tests that kill the process:
``python -m tests.support.toy_engine INPUT OUTPUT [--flags]``.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from medgo.errors import EngineFailureError, PromptTooLongError
from medgo.inference.engines import EngineOptions
from medgo.inference.protocol import (
    Completion,
    Delta,
    EngineInfo,
    GenerationRequest,
    LabelScores,
    ScoringRequest,
    Thinking,
    TokenLogprob,
    Usage,
)
from medgo.schema import Message

TOO_LONG, DIES = "TOO LONG", "ENGINE DIES"
_WORDS = ["血压", "discharge", "复诊", "aspirin", "头痛\u2028", "fever", "😀", "mg", "检查"]


@dataclass
class ToyEngine:
    """Answers in a scrambled order, ``slots`` requests at a time.

    Args:
        delay: Seconds a request takes at most; half of it on average.
        slots: Requests held at once.
        computed: File that gets the id of each request when its work begins.
        found: Fields of its ``info`` that differ from the usual.
    """

    delay: float = 0.0
    slots: int = 4
    computed: Path | None = None
    weights: str = "toy-1"
    found: dict[str, Any] = field(default_factory=dict)
    asked: list[GenerationRequest] = field(default_factory=list)
    closed: bool = False

    @property
    def info(self) -> EngineInfo:
        return replace(EngineInfo("toy", "toy", "float32", "cpu", 1000, True, self.weights), **self.found)

    def generate(self, requests: Iterable[GenerationRequest]) -> Iterator[Completion]:
        waiting, feed = deque[GenerationRequest](), iter(requests)
        order = random.Random(0)
        while True:
            waiting.extend(islice(feed, self.slots - len(waiting)))
            if not waiting:
                return
            waiting.rotate(order.randrange(self.slots))
            yield self._answer(waiting.popleft())

    def stream(self, request: GenerationRequest) -> Iterator[Delta]:
        completion = self._answer(request)
        yield Delta(completion.text)
        yield Delta("", completion=completion)

    def score(self, requests: Iterable[ScoringRequest]) -> Iterator[LabelScores]:
        for request in requests:
            yield LabelScores(request.id, dict.fromkeys(request.labels, -1.0))

    def count_tokens(self, messages: tuple[Message, ...], thinking: Thinking = Thinking()) -> int:
        return sum(len(message.content) for message in messages)

    def close(self) -> None:
        self.closed = True

    def _answer(self, request: GenerationRequest) -> Completion:
        self.asked.append(request)
        if self.computed is not None:
            with self.computed.open("a") as file:
                file.write(request.id + "\n")
        prompt = request.messages[-1].content
        if DIES in prompt:
            raise RuntimeError("the device is gone")
        if TOO_LONG in prompt:
            return Completion.failed(request.id, PromptTooLongError("the prompt has 2000 tokens"))
        rng = random.Random(hashlib.sha256(f"{request.messages}{request.sampling}".encode()).digest())
        started = time.perf_counter()
        time.sleep(rng.random() * self.delay)
        n = rng.randrange(1, 40)
        text = "".join(rng.choice(_WORDS) for _ in range(n))
        logprobs = (TokenLogprob(1, "a", -0.5, (("a", -0.5), ("b", float("-inf")))),)
        return Completion(
            request.id,
            text,
            "length" if n == request.sampling.max_new_tokens else "stop",
            usage=Usage(len(prompt), n, cached=os.getpid() % 97),
            logprobs=None if request.logprobs is None else logprobs,
            latency=time.perf_counter() - started,
        )


def _main() -> int:
    from medgo.cli._batch import execute
    from medgo.inference.batch import BatchConfig
    from medgo.inference.protocol import Sampling

    parser = argparse.ArgumentParser()
    parser.add_argument("input")
    parser.add_argument("output")
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--computed", type=Path)
    parser.add_argument("--ordered", action="store_true")
    parser.add_argument("--never", action="store_true", help="fail when opened")
    args = parser.parse_args()

    def opener(options: EngineOptions) -> ToyEngine:
        if args.never:
            raise EngineFailureError("this run should need no engine")
        return ToyEngine(args.delay, computed=args.computed)

    options = EngineOptions(model="toy", engine="transformers")
    return execute(
        lambda: BatchConfig(args.input, args.output, options, Sampling(temperature=0.7, seed=7), ordered=args.ordered),
        opener=opener,
    )


if __name__ == "__main__":
    sys.exit(_main())
