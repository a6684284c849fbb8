"""What a run is asked to do, validated before anything is loaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from medgo.errors import InputError
from medgo.inference.engines import EngineOptions
from medgo.inference.protocol import Sampling, Thinking

Method = Literal["score", "generate"]
ProtocolName = Literal["card", "official"]
LabelKind = Literal["letter", "text"]

# What Qwen3's authors sample its thinking mode with; greedy thinking repeats itself without end.
_THINKING_TEMPERATURE, _THINKING_TOP_P, _THINKING_TOP_K = 0.6, 0.95, 20


@dataclass(frozen=True, slots=True)
class RunConfig:
    """A run of the evaluation.

    Args:
        engine: The model.
        output: Run folder.
        method: ``score`` reads label probabilities, ``generate`` reads replies.
        protocol: ``card`` or ``official``.
        labels: What is scored: the option's letter, or its text.
        shots: Few-shot examples; None takes the protocol's number (0 for ``card``).
        reasoning: True asks for reasoning before the answer, False for the answer alone; None keeps the protocol's way.
        thinking: Thinking mode of the model.
        epochs: Repetitions of every item, each with a seed of its own.
        limit: At most this many questions a benchmark, with all their variants: always the same ones, and a smaller
            limit takes part of a larger's.
        rotate: Ask every item once for each rotation of its options.
        force: A reply that is cut off before its answer is asked for the label at that point.
        seed: Of sampling, few-shot draw and limit.
        temperature: None takes the protocol's, or with thinking the one Qwen3's authors advise.
        max_new_tokens: None takes the protocol's; with thinking 8,192 or the budget and room for an answer.

    Raises:
        InputError: Options that contradict each other.
    """

    engine: EngineOptions
    output: Path
    method: Method = "generate"
    protocol: ProtocolName = "card"
    labels: LabelKind = "letter"
    shots: int | None = None
    reasoning: bool | None = None
    thinking: Thinking = field(default_factory=Thinking)
    epochs: int = 1
    limit: int | None = None
    rotate: bool = False
    force: bool = True
    seed: int = 0
    temperature: float | None = None
    max_new_tokens: int | None = None

    def __post_init__(self) -> None:
        for name, value, least in (("epochs", self.epochs, 1), ("limit", self.limit, 1), ("shots", self.shots, 0)):
            if value is not None and value < least:
                raise InputError(f"--{name} must be at least {least}, found {value}")
        temperature, top_p, top_k, length = self.sampling(0.0, 1)
        Sampling(length, temperature, top_p, top_k)  # refuses what no engine could do
        if self.method == "score":
            self._check_score()
        elif self.labels == "text":
            raise InputError("--labels text compares probabilities of option texts", hint="add --method score")
        elif self.epochs > 1 and temperature == 0.0:
            raise InputError(
                f"{self.epochs} epochs of greedy decoding give the same reply each time",
                hint="give --temperature, such as 0.6, or use one epoch",
            )

    def _check_score(self) -> None:
        if self.epochs > 1:
            raise InputError("scores do not vary from epoch to epoch", hint="use --epochs 1 with --method score")
        if self.temperature is not None:
            raise InputError("label probabilities are read, nothing is sampled", hint="leave --temperature out")
        if self.thinking.enabled or self.reasoning:
            raise InputError(
                "label probabilities are read in place of a reply: there is no reasoning before them",
                hint="use --method generate, or --thinking off without --cot",
            )

    def sampling(self, temperature: float, max_new_tokens: int) -> tuple[float, float, int, int]:
        """(temperature, top_p, top_k, max_new_tokens) for a protocol with these two of its own."""
        length = self.max_new_tokens or max_new_tokens
        if not self.thinking.enabled:
            return (temperature if self.temperature is None else self.temperature), 1.0, 0, length
        if self.max_new_tokens is None:
            length = 8192 if self.thinking.budget is None else self.thinking.budget + max(max_new_tokens, 512)
        chosen = _THINKING_TEMPERATURE if self.temperature is None else self.temperature
        return chosen, _THINKING_TOP_P, _THINKING_TOP_K, length
