"""What becomes of rows that are too long. An answer and its end-of-turn are never cut; knows no gate and no file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from medgo.errors import InputError
from medgo.schema.chat import Message
from medgo.schema.rows import Row
from medgo.training.recipe import Lengths, Method
from medgo.training.rows.tokens import Answer, RowTokenizer, TokenRow

# The least share of a row that its answer needs for being split: with less, the prompt is paid for over and over.
_LEAST_ROOM = 1 / 4


@dataclass(frozen=True, slots=True)
class Fitted:
    """A row after the policy for long ones.

    Args:
        source: The row as it was tokenised; its oldest turns may be gone.
        parts: What is learnt: the row, the parts of its answer in their order, or nothing where it is too long.
        truncated: Turns that were dropped from the prompt.
    """

    source: Row
    parts: tuple[TokenRow, ...]
    truncated: int = 0


def check_policy(lengths: Lengths, method: Method) -> None:
    """Refuse a policy that the method cannot have.

    Raises:
        InputError: Answers of pairs and labelled rows were to be split: half an answer is neither better nor wanted.
    """
    if lengths.too_long == "split" and method != "sft":
        raise InputError(
            f"lengths.too_long: split learns an answer in parts, which fits sft and not {method}",
            hint="take drop or truncate_prompt",
        )


def fit(row: Row, tokens: TokenRow, lengths: Lengths, tokenizer: RowTokenizer) -> Fitted:
    """Make a row fit into ``max_tokens`` as the policy says.

    Args:
        row: The row.
        tokens: The same, tokenised.
        lengths: The policy; ``error`` and ``drop`` both leave a long row out (the caller counts them).
        tokenizer: For prompts that lost turns.
    """
    if tokens.tokens <= lengths.max_tokens:
        return Fitted(row, (tokens,))
    if lengths.too_long == "truncate_prompt":
        for dropped, prompt in _shorter_prompts(row.prompt):
            shorter = replace(row, prompt=prompt)
            tried = tokenizer(shorter)
            if tried.tokens <= lengths.max_tokens:
                return Fitted(shorter, (tried,), dropped)
    if lengths.too_long == "split":
        return Fitted(row, tuple(_split(tokens, lengths.max_tokens)))
    return Fitted(row, ())


def _shorter_prompts(prompt: tuple[Message, ...]) -> Iterator[tuple[int, tuple[Message, ...]]]:
    """The prompt without its oldest turns, fewest first: system turns stay, and a user speaks first and last."""
    for start in range(1, len(prompt)):
        kept = tuple(turn for turn in prompt[:start] if turn.role == "system") + prompt[start:]
        if len(kept) < len(prompt) and prompt[start].role == "user":
            yield len(prompt) - len(kept), kept


def _split(row: TokenRow, limit: int) -> Iterator[TokenRow]:
    """An answer in parts that are learnt once each, the prompt before every one.

    The first part fills the room that the prompt leaves. Each later one sees the tail of the answer so far in half of
    that room and learns in the other half; only the last one ends the turn. A prompt that leaves too little makes none.
    """
    (name, answer), *others = row.answers.items()
    room = limit - len(row.prompt)
    if others or room < _LEAST_ROOM * limit:
        return
    tail = room // 2
    starts = [0, *range(room, len(answer.ids), room - tail)]
    for number, start in enumerate(starts):
        end = starts[number + 1] if number + 1 < len(starts) else len(answer.ids)
        seen = answer.ids[max(0, start - tail) : start]
        reasoning = max(0, min(end, answer.reasoning) - start)
        yield replace(
            row,
            row_id=f"{row.row_id}-{number + 1}of{len(starts)}",
            prompt=(*row.prompt, *seen),
            answers={name: Answer(answer.ids[start:end], reasoning)},
        )
