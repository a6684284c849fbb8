"""How often a model reasons when it is asked to, and when it is asked not to. Knows engines by their protocol only.

Training can take a thinking model's reasoning away, or make it reason at random; both show in the first tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from medgo.errors import EngineFailureError
from medgo.inference.protocol import Completion, Engine, GenerationRequest, Sampling, Thinking
from medgo.schema import Message
from medgo.training.after.model_checks import Check, fell_far
from medgo.training.after.prompts import DEFAULT_PROMPTS

_UNSUPPORTED = "unsupported_request"
_SHOWN_TOKENS = 32  # enough to see whether there is anything between the marks


@dataclass(frozen=True, slots=True)
class ThinkingReport:
    """Rates over the same prompts in both modes.

    Args:
        supported: Whether the template has thinking; if not, there are no rates.
        prompts: How many were asked in each mode.
        on: Share of replies with thinking on that open with reasoning which is not empty; None if unsupported.
        off: Share of replies with thinking off that hold no reasoning; None if unsupported.
    """

    supported: bool
    prompts: int
    on: float | None = None
    off: float | None = None


def probe_thinking(
    engine: Engine, prompts: Sequence[str] = DEFAULT_PROMPTS, *, tokens: int = _SHOWN_TOKENS
) -> ThinkingReport:
    """Ask every prompt with thinking on and off, greedily.

    Args:
        engine: Answers.
        prompts: What is asked, at least one.
        tokens: Of each reply; reasoning that is cut off counts as reasoning.

    Raises:
        EngineFailureError: A prompt was not answered.
    """
    on = _ask(engine, prompts, Thinking(enabled=True), tokens)
    if any(reply.error is not None and reply.error.code == _UNSUPPORTED for reply in on):
        return ThinkingReport(supported=False, prompts=len(prompts))
    off = _ask(engine, prompts, Thinking(enabled=False), tokens)
    for reply in (*on, *off):
        if reply.error is not None:
            raise EngineFailureError(f"the thinking probe was not answered: {reply.error.message}")
    reasoned = [sum(bool((reply.reasoning or "").strip()) for reply in replies) for replies in (on, off)]
    return ThinkingReport(True, len(prompts), reasoned[0] / len(prompts), 1 - reasoned[1] / len(prompts))


def judge_thinking(base: ThinkingReport, merged: ThinkingReport) -> list[Check]:
    """Whether training took from a model what its base did well: reasoning where it is asked for, and only there.

    Returns:
        Nothing where the template has no thinking.
    """
    if base.on is None or base.off is None or merged.on is None or merged.off is None:
        return []
    return [
        Check(name, not fell_far(now, before), f"{now:.0%} of {merged.prompts} replies, the base's: {before:.0%}")
        for name, now, before in (
            ("reasons when asked to", merged.on, base.on),
            ("does not reason when asked not to", merged.off, base.off),
        )
    ]


def _ask(engine: Engine, prompts: Sequence[str], thinking: Thinking, tokens: int) -> list[Completion]:
    requests = [
        GenerationRequest(str(index), (Message("user", text),), Sampling(max_new_tokens=tokens), thinking)
        for index, text in enumerate(prompts)
    ]
    return list(engine.generate(requests))
