"""What is dropped when a conversation no longer fits: as little as possible, oldest first, never the question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.errors import PromptTooLongError
from medgo.inference.chat.context import Turn, fit_context
from medgo.schema import Message

SYSTEM = (Message("system", "s" * 10),)


def _turns(*sizes: int) -> list[Turn]:
    return [Turn(Message("user", "q" * size), Message("assistant", "a" * size, "thoughts" * 99)) for size in sizes]


def _characters(messages: tuple[Message, ...]) -> int:
    return sum(len(message.content) for message in messages)


def test_a_conversation_that_fits_is_sent_whole_without_old_reasoning_and_counted_once() -> None:
    calls = []

    def count(messages: tuple[Message, ...]) -> int:
        calls.append(messages)
        return _characters(messages)

    fit = fit_context(SYSTEM, _turns(1, 2, 3), Message("user", "new"), count=count, limit=10 + 12 + 3)
    assert (fit.first_turn, fit.prompt_tokens, len(calls)) == (0, 25, 1)
    assert [message.content for message in fit.messages] == ["s" * 10, "q", "a", "qq", "aa", "qqq", "aaa", "new"]
    assert all(message.reasoning_content is None for message in fit.messages)


@given(st.lists(st.integers(1, 30), max_size=12), st.integers(13, 400))
def test_the_cut_is_the_smallest_that_fits(sizes: list[int], limit: int) -> None:
    turns, question = _turns(*sizes), Message("user", "new")
    fit = fit_context(SYSTEM, turns, question, count=_characters, limit=limit)
    assert fit.messages[0] == SYSTEM[0] and fit.messages[-1] == question
    needed = [13 + 2 * sum(sizes[first:]) for first in range(len(sizes) + 1)]
    assert fit.first_turn == next(first for first, tokens in enumerate(needed) if tokens <= limit)
    assert fit.prompt_tokens == needed[fit.first_turn]


def test_a_long_conversation_costs_few_counts() -> None:
    calls = 0

    def count(messages: tuple[Message, ...]) -> int:
        nonlocal calls
        calls += 1
        return _characters(messages)

    fit = fit_context(SYSTEM, _turns(*[5] * 1000), Message("user", "new"), count=count, limit=113)
    assert fit.first_turn == 990
    assert calls <= 13


def test_a_question_that_does_not_fit_alone_is_refused_with_the_numbers() -> None:
    with pytest.raises(PromptTooLongError, match=r"110 tokens.* only 50 fit"):
        fit_context(SYSTEM, _turns(1), Message("user", "n" * 100), count=_characters, limit=50)


def test_no_room_at_all_is_not_reported_as_a_negative_number() -> None:
    with pytest.raises(PromptTooLongError, match="only 0 fit"):
        fit_context((), [], Message("user", "n"), count=_characters, limit=-5)


@pytest.mark.parametrize(("tokens", "limit"), [(None, 5), (10**6, None)])
def test_nothing_is_dropped_when_the_engine_cannot_count_or_the_context_is_unknown(
    tokens: int | None, limit: int | None
) -> None:
    fit = fit_context(SYSTEM, _turns(50, 50), Message("user", "new"), count=lambda _: tokens, limit=limit)
    assert (fit.first_turn, len(fit.messages)) == (0, 6)
