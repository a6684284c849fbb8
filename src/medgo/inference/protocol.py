"""What an engine is: the requests it takes, the completions it gives, and nothing about how.

Every engine (``transformers``, ``openvino``, ``vllm``, ``openai``) implements :class:`Engine`; one contract suite
(``tests/inference/engines/contract.py``) runs against all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from medgo.errors import InputError, MedGoError
from medgo.schema import Message

FinishReason = Literal["stop", "length", "error"]
DeltaKind = Literal["answer", "reasoning"]


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are chosen.

    Args:
        max_new_tokens: Upper bound on generated tokens, reasoning included.
        temperature: 0 is greedy.
        top_p: Nucleus mass in (0, 1]; 1 is off.
        top_k: Number of candidates; 0 is off.
        seed: Seed of this request alone. The same request with the same seed gives the same text at any batch size or
            order on engines whose ``info.batch_invariant`` is true.
        stop: Strings that end the reply; they are not part of it.
        ignore_eos: Generate exactly ``max_new_tokens`` tokens (for measurements).
    """

    max_new_tokens: int = 512
    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    seed: int = 0
    stop: tuple[str, ...] = ()
    ignore_eos: bool = False

    def __post_init__(self) -> None:
        if self.max_new_tokens < 1:
            raise InputError(f"max_new_tokens must be at least 1, found {self.max_new_tokens}")
        if not 0.0 <= self.temperature <= 100.0:
            raise InputError(f"temperature must be between 0 (greedy) and 100, found {self.temperature}")
        if not 0.0 < self.top_p <= 1.0:
            raise InputError(f"top_p must be in (0, 1], found {self.top_p}")
        if self.top_k < 0:
            raise InputError(f"top_k must be 0 (off) or more, found {self.top_k}")
        if any(not text for text in self.stop):
            raise InputError("a stop string must not be empty")


@dataclass(frozen=True, slots=True)
class Thinking:
    """Whether a thinking model may reason before it answers.

    Args:
        enabled: False asks the chat template for an answer without reasoning.
        budget: At most this many reasoning tokens; then ``</think>`` is forced and the answer still comes.
            None is unlimited (up to ``max_new_tokens``).
    """

    enabled: bool = False
    budget: int | None = None

    @classmethod
    def parse(cls, text: str) -> Thinking:
        """Read ``off``, ``on``, ``N`` or ``budget:N``.

        Raises:
            InputError: The text is none of these.
        """
        if text in ("off", "on"):
            return cls(enabled=text == "on")
        if match := re.fullmatch(r"(?:budget:)?(\d+)", text):
            return cls(enabled=True, budget=int(match[1]))
        raise InputError(f"thinking must be off, on or a number of tokens, found {text!r}")

    def __str__(self) -> str:
        if not self.enabled:
            return "off"
        return "on" if self.budget is None else str(self.budget)


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """One reply to be generated.

    Args:
        id: Unique among the requests of one ``generate`` call.
        messages: The conversation so far; the model writes the next assistant turn.
        logprobs: None for none; N returns the log-probability of each generated token and of the N most likely ones.
        answer_prefix: Text that the assistant's turn already begins with (a forced beginning); not part of the reply.
        json_schema: JSON Schema, as JSON text, that the answer (after any reasoning) is constrained to; None is free.
            A reply cut off by ``max_new_tokens`` is a beginning of such a document. Contradicts ``stop`` and
            ``ignore_eos``.
    """

    id: str
    messages: tuple[Message, ...]
    sampling: Sampling = Sampling()
    thinking: Thinking = Thinking()
    logprobs: int | None = None
    answer_prefix: str = ""
    json_schema: str | None = None

    def __post_init__(self) -> None:
        budget = self.thinking.budget
        if budget is not None and budget >= self.sampling.max_new_tokens:
            raise InputError(
                f"a thinking budget of {budget} leaves no room to answer in {self.sampling.max_new_tokens} new tokens",
                hint="raise max_new_tokens above the thinking budget",
            )
        if self.json_schema is not None and (self.sampling.stop or self.sampling.ignore_eos):
            raise InputError(
                "a reply with a JSON schema ends where its JSON ends, so it takes neither stop strings nor ignore_eos",
                hint="leave them out of requests with a JSON schema",
            )


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts of one request. ``cached`` prompt tokens were not computed again."""

    prompt: int = 0
    completion: int = 0
    cached: int = 0
    reasoning: int = 0


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """A generated token with its natural-log probability under the model (before temperature and nucleus)."""

    token_id: int
    token: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class RequestError:
    """Why a request failed; ``code`` is that of the :class:`~medgo.errors.MedGoError` behind it."""

    code: str
    message: str

    @classmethod
    def of(cls, error: Exception) -> RequestError:
        """Describe an exception as it goes into an output line."""
        if isinstance(error, MedGoError):
            return cls(error.code, str(error))
        return cls("engine_failure", f"{type(error).__name__}: {error}")


@dataclass(frozen=True, slots=True)
class Completion:
    """A finished request: a reply, or the error that it ended with.

    Args:
        text: The answer, without reasoning, stop string or end-of-turn token.
        reasoning: The reasoning before it; None when the model did not think.
        finish_reason: ``stop`` (end of turn or stop string), ``length`` or ``error``.
        logprobs: One entry for each generated token; None unless asked for. On ``vllm`` the tokens that a spent
            thinking budget forces (``</think>``) have none.
        thinking_forced: The thinking budget ran out and ``</think>`` was forced.
        latency: Seconds from the moment the engine began on the request.
    """

    request_id: str
    text: str
    finish_reason: FinishReason
    reasoning: str | None = None
    usage: Usage = Usage()
    logprobs: tuple[TokenLogprob, ...] | None = None
    thinking_forced: bool = False
    latency: float = 0.0
    error: RequestError | None = None

    @classmethod
    def failed(cls, request_id: str, error: Exception) -> Completion:
        """Make the completion of a request that could not be answered."""
        return cls(request_id, "", "error", error=RequestError.of(error))


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of a streamed reply; whole characters only. The last one carries the completion and no text."""

    text: str
    kind: DeltaKind = "answer"
    completion: Completion | None = None


@dataclass(frozen=True, slots=True)
class ScoringRequest:
    """Which of these labels would the model say next?

    Args:
        labels: Continuations to compare, at least one; scored exactly as written, directly after the prompt.
        answer_prefix: Text that the assistant's turn already begins with, such as ``"Answer: "``.
        thinking: Asks the chat template for its thinking mode: a prefix may then hold ``<think>…</think>`` itself.
        ends_turn: Each label must be the whole reply: the probability of the end-of-turn token after it is included,
            so that labels of which one begins another ("A", "AC") can be compared.
    """

    id: str
    messages: tuple[Message, ...]
    labels: tuple[str, ...]
    answer_prefix: str = ""
    thinking: Thinking = Thinking()
    ends_turn: bool = False


@dataclass(frozen=True, slots=True)
class LabelScores:
    """Log-probability of each label.

    Args:
        logprobs: Label → natural-log probability, summed over the label's tokens. ``-inf`` where the engine could not
            see it (an endpoint returns only its 20 most likely tokens).
        label_mass: Probability that the next token begins one of the labels, in [0, 1].
        prompt_tokens: Length of the rendered prompt.
        forwarded_tokens: Tokens that went through the model for this request: its prompt and labels less what it
            shares with requests before it. 0 where the engine cannot know.
        head_rows: Positions that went through the output layer for this request; 0 where the engine cannot know.
    """

    request_id: str
    logprobs: dict[str, float] = field(default_factory=dict)
    label_mass: float = 0.0
    prompt_tokens: int = 0
    forwarded_tokens: int = 0
    head_rows: int = 0
    error: RequestError | None = None


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What is running.

    Args:
        engine: Name of the engine.
        model: What the user asked for.
        dtype: How numbers are held and multiplied, such as ``float32`` or ``float32/bfloat16`` (held/multiplied).
        device: ``cpu``, ``cuda:0``, an endpoint's address …
        context_length: Prompt and reply together, in tokens; None when unknown.
        batch_invariant: What ``generate`` gives for a request does not depend on what else is in the batch.
        weights: Identity of the weights (a hash), empty when unknown.
    """

    engine: str
    model: str
    dtype: str
    device: str
    context_length: int | None
    batch_invariant: bool
    weights: str = ""


@runtime_checkable
class Engine(Protocol):
    """A loaded model that answers.

    A request that fails costs its own completion (``finish_reason == "error"``) and nothing else; an exception from
    ``generate`` means that the engine itself is gone. ``generate`` pulls requests only as it has room for them, and
    stops work on the rest when the returned iterator is closed.
    """

    @property
    def info(self) -> EngineInfo:
        """What is running."""
        ...

    def generate(self, requests: Iterable[GenerationRequest]) -> Iterator[Completion]:
        """Answer all requests; completions come as they finish, in any order."""
        ...

    def stream(self, request: GenerationRequest) -> Iterator[Delta]:
        """Answer one request piece by piece; closing the iterator stops the reply.

        Raises:
            MedGoError: The request cannot be answered (where ``generate`` returns a failed completion).
        """
        ...

    def score(self, requests: Iterable[ScoringRequest]) -> Iterator[LabelScores]:
        """Score the labels of all requests; results come as they finish, in any order.

        Requests are pulled in large groups, so that what they share is found and computed once. A request's scores
        agree within 1e-4 whatever it is asked together with (float32), but not to the last bit.
        """
        ...

    def count_tokens(self, messages: tuple[Message, ...], thinking: Thinking = Thinking()) -> int | None:
        """Length in tokens of the prompt that this conversation renders to, without generating anything.

        A conversation that grows asks this to know what still fits into ``info.context_length``. Engines with a
        renderer return ``len(renderer.render(messages, thinking).token_ids)``. May be called from another thread
        than the one that generates.

        Returns:
            None when the engine cannot know (``openai``: the tokenizer is at the other end).

        Raises:
            UnsupportedRequestError: The chat template refuses this conversation.
        """
        ...

    def close(self) -> None:
        """Free the model. Closing twice does nothing."""
        ...
