"""What scripts cost an engine: tokens a second through ``Teacher.run``, over the same requests given all at once.

    python benchmarks/teacher.py [--engine openvino] [--scripts 80] [--rounds 3] [--new-tokens 20] [--batch-size 8]

Each script asks ``rounds`` times, each time going on from the reply before. The same requests, replies of the earlier
rounds written into them, then go to ``engine.generate`` at once: that is what the engine can do when nothing depends on
anything. A simulated engine (slots that write one token a step, with a cost per step) shows what the end of a run costs
by the number of scripts.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Console
from workloads import medical_prompts

from medgo.inference.engines import EngineOptions, open_engine
from medgo.inference.protocol import Completion, Engine, EngineInfo, GenerationRequest, Sampling, Usage
from medgo.schema import Message
from medgo.synthesis.teacher import Ask, Item, Script, Teacher

_SYSTEM = Message(
    "system", "You are a careful physician. Answer in short sentences, and name what you are not sure of."
)


class SimulatedEngine:
    """Slots that write one token a step; a step takes as long whatever is in the slots. Counts steps, not seconds."""

    def __init__(self, slots: int) -> None:
        self.info = EngineInfo("simulated", "simulated", "", "", None, True, "w")
        self.slots, self.steps, self.written = slots, 0, 0

    def generate(self, requests: Iterable[GenerationRequest]) -> Iterator[Completion]:
        feed, more = iter(requests), True
        running: dict[str, int] = {}
        while more or running:
            while more and len(running) < self.slots:
                request = next(feed, None)
                if request is None:
                    more = False
                    break
                running[request.id] = request.sampling.max_new_tokens
            if running:
                self.steps += 1
                self.written += len(running)
            running = {name: left - 1 for name, left in running.items()}
            for name in [name for name, left in running.items() if not left]:
                del running[name]
                yield Completion(name, "words", "stop", usage=Usage(completion=1))


def script(prompt: str, lengths: list[int], record: list[GenerationRequest]) -> Script[int]:
    """A conversation; what it asked is noted."""
    messages: tuple[Message, ...] = (_SYSTEM, Message("user", prompt))
    for length in lengths:
        sampling = Sampling(max_new_tokens=length, temperature=0.7, ignore_eos=True)
        record.append(GenerationRequest(str(len(record)), messages, sampling))
        reply = yield Ask(messages, sampling)
        messages = (*messages, Message("assistant", reply.text), Message("user", "Look again: is that right?"))
    return len(lengths)


def items(arguments: Any, count: int, record: list[GenerationRequest]) -> Iterator[Item[int]]:
    """Scripts whose replies differ in length by up to four times."""
    rng = random.Random(3)
    for i, prompt in enumerate(medical_prompts(count)):
        mean = arguments.new_tokens
        lengths = [rng.randint(max(1, mean * 2 // 5), mean * 8 // 5) for _ in range(arguments.rounds)]
        yield Item(str(i), script(prompt, lengths, record))


def measure(engine: Engine, arguments: Any) -> tuple[float, float]:
    """Tokens a second: (through scripts, all at once)."""
    record: list[GenerationRequest] = []
    teacher = Teacher(engine)
    began = time.perf_counter()
    for _ in teacher.run(items(arguments, arguments.scripts, record)):
        pass
    ours = teacher.tokens / (time.perf_counter() - began)
    began = time.perf_counter()
    tokens = sum(completion.usage.completion for completion in engine.generate(record))
    return ours, tokens / (time.perf_counter() - began)


def simulate(arguments: Any, count: int) -> float:
    """Tokens a step through scripts over those all at once."""
    record: list[GenerationRequest] = []
    scripted, raw = SimulatedEngine(arguments.batch_size), SimulatedEngine(arguments.batch_size)
    for _ in Teacher(scripted).run(items(arguments, count, record)):  # type: ignore[arg-type]
        pass
    for _ in raw.generate(record):
        pass
    return (scripted.written / scripted.steps) / (raw.written / raw.steps)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", default="openvino")
    parser.add_argument("--scripts", type=int, default=80)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--new-tokens", type=int, default=20, help="mean length of a reply")
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--simulated-only", action="store_true")
    arguments: Any = parser.parse_args()
    console = Console()
    for times in (2, 4, 8, 16, 64):
        share = simulate(arguments, times * arguments.batch_size)
        console.print(f"simulated, {times} scripts a slot: {share:.3f} of all at once")
    if arguments.simulated_only:
        return
    engine = open_engine(EngineOptions(engine=arguments.engine, batch_size=arguments.batch_size))
    list(engine.generate([GenerationRequest("warm", (Message("user", "Hello"),), Sampling(max_new_tokens=4))]))
    pairs = [measure(engine, arguments) for _ in range(arguments.repeat)]
    engine.close()
    for ours, raw in pairs:
        console.print(f"{arguments.engine}: {ours:.0f} tokens/s through scripts, {raw:.0f} all at once")
    console.print(f"median share {statistics.median(ours / raw for ours, raw in pairs):.3f}")


if __name__ == "__main__":
    main()
