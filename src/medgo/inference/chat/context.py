"""Which turns of a conversation still fit into the model's context. Pure: counting is passed in."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from medgo.errors import PromptTooLongError
from medgo.schema import Message

TokenCounter = Callable[[tuple[Message, ...]], int | None]


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its answer.

    Args:
        question: What the user said.
        answer: What the assistant said, with its reasoning.
        interrupted: The user stopped the reply; the answer is the part that was shown.
    """

    question: Message
    answer: Message
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class Fit:
    """The prompt for the next reply.

    Args:
        messages: What is sent: system prompt, the turns that fit, the new question.
        first_turn: Index of the oldest turn that is sent.
        prompt_tokens: Length of the prompt in tokens; None when the engine cannot know.
    """

    messages: tuple[Message, ...]
    first_turn: int
    prompt_tokens: int | None


def fit_context(
    system: tuple[Message, ...],
    turns: Sequence[Turn],
    question: Message,
    *,
    count: TokenCounter,
    limit: int | None,
) -> Fit:
    """Drop as few of the oldest turns as needed. The system prompt and the newest question always stay.

    Args:
        system: The system prompt: one message or none.
        turns: Earlier turns, oldest first.
        question: The newest message of the user.
        count: Length in tokens of a rendered conversation; None when it cannot be known.
        limit: Most tokens a prompt may have (context minus the room kept for the reply); None when unknown.

    Raises:
        PromptTooLongError: System prompt and question alone do not fit; states the numbers.
    """

    def cut(first: int) -> Fit:
        messages = flatten(system, turns[first:], question)
        return Fit(messages, first, count(messages))

    def fits(fit: Fit) -> bool:
        return fit.prompt_tokens is None or limit is None or fit.prompt_tokens <= limit

    whole = cut(0)
    if fits(whole) or not turns:
        return _require(whole, limit)
    # A shorter conversation never has more tokens, so the first cut that fits is found by bisection: a conversation
    # of a thousand turns costs ten counts and not a thousand.
    first = bisect_left(range(len(turns)), True, lo=1, key=lambda n: fits(cut(n)))
    return _require(cut(first), limit)


def _require(fit: Fit, limit: int | None) -> Fit:
    if fit.prompt_tokens is not None and limit is not None and fit.prompt_tokens > limit:
        raise PromptTooLongError(
            f"your message and the system prompt have {fit.prompt_tokens} tokens, but only {max(limit, 0)} fit beside "
            "the room that is kept for the reply",
            hint="shorten the message, or lower max_new_tokens",
        )
    return fit


def flatten(system: tuple[Message, ...], turns: Sequence[Turn], question: Message) -> tuple[Message, ...]:
    """Return the conversation as it is sent."""
    out = list(system)
    for turn in turns:
        # Earlier reasoning is not sent again: Qwen3 was trained without it, and it would fill the context.
        out += [turn.question, Message("assistant", turn.answer.content)]
    return (*out, question)
