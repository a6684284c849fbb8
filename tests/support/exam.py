"""An invented benchmark and an engine that answers it, for tests of runs. Run as a program it is a run to be killed:
``python -m tests.support.exam OUTPUT [--delay SECONDS] [--asked FILE]``.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from medgo.errors import EngineFailureError
from medgo.evaluation.benchmarks.definition import Benchmark, Protocol, Source
from medgo.evaluation.benchmarks.load import LoadedBenchmark
from medgo.evaluation.config import RunConfig
from medgo.evaluation.runs import RunResult, plan_run, run_evaluation
from medgo.evaluation.selection import Selection
from medgo.inference.engines import EngineOptions
from medgo.inference.protocol import (
    Completion,
    Delta,
    EngineInfo,
    GenerationRequest,
    LabelScores,
    RequestError,
    ScoringRequest,
    Thinking,
    Usage,
)
from medgo.schema import EvalItem, Message

EXAM = Benchmark(
    name="exam",
    title="Invented exam",
    group="Beyond the card",
    kind="choice",
    langs=("en", "zh"),
    source=Source("", (), "", "none", "nowhere"),
    size=40,
    chance=25.0,
    forms=(),
    paths=("exam",),
    official=Protocol(prompt={"en": "{question}\n{options}\nAnswer:", "zh": "{question}\n{options}\n答案："}),
)
ESSAYS = replace(EXAM, name="essays", title="Invented essays", kind="reference", chance=None, official=None)
SECRET = replace(EXAM, name="secret", title="Secret exam", confidential=True)


def exam_items(n: int, benchmark: Benchmark = EXAM, series: str = "") -> tuple[EvalItem, ...]:
    """Invented questions, every other one Chinese; the right letter goes round. Another series asks other questions."""
    return tuple(_item(i, benchmark, series) for i in range(n))


def _item(i: int, benchmark: Benchmark, series: str) -> EvalItem:
    options = {letter: f"drug {letter.lower()}{i}" for letter in "ABCD"}
    question = f"第{series}{i}题：首选药物是" if i % 2 else f"Which drug is first in case {series}{i}?"
    if benchmark.kind != "choice":
        return EvalItem(f"e{series}{i}", benchmark.name, "en", question, reference=f"Drug {i}.")
    gold = "ABCD"[i % 4]
    return EvalItem(
        f"q{series}{i}",
        benchmark.name,
        "zh" if i % 2 else "en",
        question,
        options,
        (gold,),
        category="odd" if i % 2 else "even",
    )


def loaded(items: Iterable[EvalItem], benchmark: Benchmark = EXAM, dev: Iterable[EvalItem] = ()) -> LoadedBenchmark:
    """A benchmark as if its files had been read."""
    return LoadedBenchmark(benchmark, tuple(items), tuple(dev), "invented", (), 0, "", ())


def select(*benchmarks: LoadedBenchmark, **missing: str) -> Selection:
    """A selection as if a group had been asked for."""
    return Selection(benchmarks, missing, frozenset())


@dataclass
class ExamEngine:
    """Answers by function. Remembers what it was asked; writes it to a file where one is given."""

    reply: Callable[[GenerationRequest], str | Completion] = lambda _: "Answer: A"
    scores: Callable[[ScoringRequest], Mapping[str, float]] = lambda request: dict.fromkeys(request.labels, -1.0)
    fail_scores: Exception | None = None
    delay: float = 0.0
    asked_file: Path | None = None
    weights: str = "exam-1"
    asked: list[str] = field(default_factory=list)
    scored: list[ScoringRequest] = field(default_factory=list)
    requests: list[GenerationRequest] = field(default_factory=list)
    closed: int = 0

    @property
    def info(self) -> EngineInfo:
        return EngineInfo("exam", "exam", "float32", "cpu", None, True, self.weights)

    def generate(self, requests: Iterable[GenerationRequest]) -> Iterator[Completion]:
        for request in requests:
            self._note(request.id)
            self.requests.append(request)
            answer = self.reply(request)
            if isinstance(answer, Completion):
                yield replace(answer, request_id=request.id)
            else:
                yield Completion(request.id, answer, "stop", usage=Usage(len(str(request.messages)), len(answer)))

    def score(self, requests: Iterable[ScoringRequest]) -> Iterator[LabelScores]:
        for request in requests:
            self._note(request.id)
            self.scored.append(request)
            if self.fail_scores is not None:
                yield LabelScores(request.id, error=RequestError.of(self.fail_scores))
                continue
            yield LabelScores(request.id, dict(self.scores(request)), 0.5, 10)

    def stream(self, request: GenerationRequest) -> Iterator[Delta]:
        raise EngineFailureError("an exam is not streamed")

    def count_tokens(self, messages: tuple[Message, ...], thinking: Thinking = Thinking()) -> int | None:
        return None

    def close(self) -> None:
        self.closed += 1

    def _note(self, request_id: str) -> None:
        time.sleep(self.delay)
        self.asked.append(request_id)
        if self.asked_file is not None:
            with self.asked_file.open("a") as file:
                file.write(request_id + "\n")
                file.flush()
                os.fsync(file.fileno())


def sampled(request: GenerationRequest) -> str:
    """A reply that depends on the request's seed alone, as a sampled one does."""
    return f"Answer: {'ABCD'[request.sampling.seed % 4]}"


def run_exam(config: RunConfig, engine: ExamEngine, *benchmarks: LoadedBenchmark) -> RunResult:
    """Run invented benchmarks with an invented engine."""
    return run_evaluation(plan_run(config, select(*(benchmarks or (loaded(exam_items(40)),)))), opener=lambda _: engine)


def main() -> int:
    """A run of 300 items in two epochs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("output", type=Path)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--asked", type=Path)
    arguments = parser.parse_args()
    engine = ExamEngine(sampled, delay=arguments.delay, asked_file=arguments.asked)
    config = RunConfig(EngineOptions(), arguments.output, epochs=2, temperature=0.7)
    run_exam(config, engine, loaded(exam_items(300)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
