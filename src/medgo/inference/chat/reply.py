"""A finished reply as the Python façade and a session hand it out.

Knows completions; knows no engine.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from medgo.inference.protocol import Completion, FinishReason, RequestError, Usage


@dataclass(frozen=True, slots=True)
class ChatReply:
    """What the model answered; ``str(reply)`` is the answer.

    Args:
        text: The answer, without reasoning.
        reasoning: The reasoning before it; None when the model did not think.
        finish_reason: ``stop``, ``length`` (``max_new_tokens`` was reached) or ``error``.
        usage: Token counts.
        error: Why there is no answer; only in the results of a batch, everywhere else it is raised.
    """

    text: str
    reasoning: str | None = None
    finish_reason: FinishReason = "stop"
    usage: Usage = field(default_factory=Usage)
    error: RequestError | None = None

    @classmethod
    def of(cls, completion: Completion) -> ChatReply:
        """Take what a conversation needs from an engine's completion."""
        return cls(
            completion.text, completion.reasoning, completion.finish_reason, completion.usage, error=completion.error
        )

    def __str__(self) -> str:
        return self.text
