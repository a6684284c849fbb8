"""What a run will cost before it starts: tokens counted, time and memory worked out. Loads no weights.

Time is a roofline: reading prompts is bound by arithmetic, writing replies by memory bandwidth. Both assume a share of
the device's published peak that serving engines reach in practice; the estimate is good to about a factor of two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from medgo.errors import InputError
from medgo.evaluation.answering import Ask, scoring_requests
from medgo.evaluation.runs.plan import BenchmarkPlan, RunPlan
from medgo.inference.devices import Device
from medgo.inference.models.registry import Architecture
from medgo.schema import Message

# Conversation → token ids of the rendered prompt.
Tokenize = Callable[[tuple[Message, ...]], Sequence[int]]

_PREFILL_SHARE, _DECODE_SHARE = 0.4, 0.6  # of peak arithmetic and of peak bandwidth
_MEMORY_SHARE = 0.9
_MOST_SEQUENCES = 256
# Tokens of a reply where nothing better is known: a letter and the end of the turn; reasoning in prose; thinking.
# The last is about the mean of DeepSeek-R1 over five medical benchmarks (500 to 1,180).
_DIRECT, _REASONING, _THINKING = 4, 350, 1000


@dataclass(frozen=True, slots=True)
class BenchmarkEstimate:
    """Tokens of one benchmark; ``forwarded`` counts every distinct beginning of a prompt once."""

    name: str
    requests: int
    prompt: int
    forwarded: int
    reply: int


@dataclass(frozen=True, slots=True)
class RunEstimate:
    """A run on a device.

    Args:
        devices: How many of them hold the model.
        seconds: Of work; loading the model is not in it.
        memory: Bytes of weights, and of the cache at the assumed number of sequences.
        exact: Tokens were counted with the model's own tokenizer, not guessed from characters.
    """

    benchmarks: tuple[BenchmarkEstimate, ...]
    device: Device
    devices: int
    seconds: float
    weights: float
    cache: float
    exact: bool

    @property
    def kilowatt_hours(self) -> float:
        """Energy of the devices at full load."""
        return self.seconds / 3600 * self.devices * self.device.watts / 1000


def estimate_run(
    plan: RunPlan,
    shape: Architecture,
    device: Device,
    tokenize: Tokenize,
    *,
    exact: bool,
    reply_tokens: int | None = None,
) -> RunEstimate:
    """Count a run's tokens and work out its time.

    Args:
        plan: What will be asked.
        shape: The model.
        device: Where.
        tokenize: The model's tokenizer, or a stand-in that gives as many ids as there are tokens likely.
        exact: Which of the two it is.
        reply_tokens: Mean length of a reply, where the user knows better.

    Raises:
        InputError: The model's weights do not fit on eight of these devices.
    """
    rows = tuple(_count(plan, part, tokenize, reply_tokens) for part in plan.benchmarks)
    weights = 2.0 * shape.parameters
    room = device.memory * _MEMORY_SHARE
    devices = next((n for n in (1, 2, 4, 8) if weights < 0.85 * n * room), 0)
    if not devices:
        raise InputError(f"{weights / 1e9:.0f} GB of weights do not fit on eight {device.name}")
    requests = max(1, sum(row.requests for row in rows))
    longest = sum(row.prompt + row.reply for row in rows) / requests
    per_token = shape.kv_cache_bytes(1)
    sequences = min(_MOST_SEQUENCES, requests, max(1, int((devices * room - weights) / (longest * per_token))))
    cache = sequences * longest * per_token
    prefill = sum(row.forwarded for row in rows) * 2 * shape.parameters / (devices * device.flops * _PREFILL_SHARE)
    steps = sum(row.reply for row in rows) / sequences
    decode = steps * (weights + cache) / (devices * device.bandwidth * _DECODE_SHARE)
    return RunEstimate(rows, device, devices, prefill + decode, weights, cache, exact)


def guess_tokens(messages: tuple[Message, ...]) -> Sequence[int]:
    """As many distinct ids as Qwen3's tokenizer would likely give tokens, equal for equal beginnings.

    Chinese characters count 0.7 tokens, others 0.25, a turn's frame 8.
    """
    ids: list[int] = []
    for message in messages:
        weight = 8.0
        state = hash(message.role)
        for char in message.content:
            weight += 0.7 if "\u3400" <= char <= "\u9fff" else 0.25
            state = hash((state, char))
            if weight >= 1:
                ids.append(state)
                weight -= 1
    return ids


def _count(run: RunPlan, part: BenchmarkPlan, tokenize: Tokenize, reply_tokens: int | None) -> BenchmarkEstimate:
    asks = [ask for ask in part.asks() if ask.epoch == 0]
    prompts = sorted(tuple(tokenize(messages)) for ask in asks for messages in _conversations(run, ask))
    total = sum(map(len, prompts))
    shared = sum(_common(one, other) for one, other in pairwise(prompts))
    requests = len(prompts) * part.epochs
    reply = 0 if run.config.method == "score" else (reply_tokens or _reply_tokens(run, part)) * requests
    # Further epochs find the prompts in the cache.
    return BenchmarkEstimate(part.benchmark.name, requests, total * part.epochs, total - shared, reply)


def _conversations(run: RunPlan, ask: Ask) -> Iterable[tuple[Message, ...]]:
    if run.config.method == "generate":
        return [ask.messages]
    text, plain = run.config.labels == "text", run.config.engine.template == "plain"
    return [request.messages for request in scoring_requests(ask, text=text, plain=plain)]


def _reply_tokens(run: RunPlan, part: BenchmarkPlan) -> int:
    thinking = run.config.thinking
    if thinking.enabled:
        return min(_THINKING, thinking.budget or _THINKING) + _DIRECT
    return _DIRECT if part.protocol.direct else min(_REASONING, part.protocol.max_new_tokens)


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    length = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        length += 1
    return length
