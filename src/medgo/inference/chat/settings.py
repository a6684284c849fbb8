"""How replies in a conversation are generated: the defaults for talking, in one place for terminal and Python.

Knows no engine and no session.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from medgo.errors import InputError
from medgo.inference.protocol import Sampling, Thinking

REPLY_TOKENS = 1024
REASONING_TOKENS = 4096


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """Settings of a conversation. Temperature and nucleus are those of the model card's example.

    Args:
        max_new_tokens: Upper bound on a reply in tokens, reasoning included. None gives an answer 1024 tokens, and
            reasoning another 4096 or its budget.
        temperature: 0 is greedy.
        top_p: Nucleus mass in (0, 1]; 1 is off.
        seed: Seed of every reply: the same conversation gives the same replies.
        stop: Strings that end a reply; they are not part of it.
        thinking: Whether a thinking model may reason first.
    """

    max_new_tokens: int | None = None
    temperature: float = 0.7
    top_p: float = 0.9
    seed: int = 0
    stop: tuple[str, ...] = ()
    thinking: Thinking = Thinking()

    @property
    def reply_tokens(self) -> int:
        """Upper bound on a reply in tokens, reasoning included."""
        if self.max_new_tokens is not None:
            return self.max_new_tokens
        if not self.thinking.enabled:
            return REPLY_TOKENS
        budget = self.thinking.budget
        return REPLY_TOKENS + (REASONING_TOKENS if budget is None else budget)

    def sampling(self, attempt: int = 0) -> Sampling:
        """Sampling of a reply.

        Args:
            attempt: How often this reply was already given; another attempt gets another seed.

        Raises:
            InputError: A setting is out of its range.
        """
        return Sampling(
            max_new_tokens=self.reply_tokens,
            temperature=self.temperature,
            top_p=self.top_p,
            seed=self.seed + attempt,
            stop=self.stop,
        )

    def with_thinking(self, thinking: Thinking) -> ChatSettings:
        """Return the same settings with another thinking mode.

        Raises:
            InputError: The budget leaves no room for the answer.
        """
        settings = replace(self, thinking=thinking)
        if thinking.budget is not None and thinking.budget >= settings.reply_tokens:
            raise InputError(
                f"a thinking budget of {thinking.budget} leaves no room to answer in {settings.reply_tokens} tokens",
                hint="raise max_new_tokens above the thinking budget",
            )
        return settings
