"""One form of a model remembered (its replies and their logits, on disk), so that others can be held against it.

Models are loaded one after another; knows no kind of model.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from medgo.errors import CorruptModelError
from medgo.inference.prompt import ChatRenderer
from medgo.inference.protocol import Thinking
from medgo.schema import Message
from medgo.training.after.drift import Drift, DriftMeter
from medgo.training.after.speaker import Speaker

Tokens = tuple[int, ...]
# (prompt, reply) → what a model expects at each token of the reply: [tokens of the reply, vocabulary], float32.
LogitsOf = Callable[[Tokens, Tokens], torch.Tensor]


@dataclass(frozen=True, slots=True)
class Recording:
    """What the reference said.

    Args:
        prompts: Token ids of what was asked.
        replies: Its greedy replies.
        folder: Where its logits lie.
    """

    prompts: list[Tokens]
    replies: list[Tokens]
    folder: Path

    def compare(self, logits: LogitsOf) -> Drift:
        """Drift from the reference to another model.

        Raises:
            CorruptModelError: The other's logits are no numbers.
        """
        meter = DriftMeter()
        for reference, other in self._pairs(logits):
            meter.add(reference, other)
        return meter.result()

    def compare_back(self, logits: LogitsOf) -> Drift:
        """Drift from another model to the reference, over the reference's replies."""
        meter = DriftMeter()
        for reference, other in self._pairs(logits):
            meter.add(other, reference)
        return meter.result()

    def _pairs(self, logits: LogitsOf) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        for index, (prompt, reply) in enumerate(zip(self.prompts, self.replies, strict=True)):
            other = logits(prompt, reply)
            if not bool(torch.isfinite(other).all()):
                raise CorruptModelError("the model's logits are no numbers", hint="resume from an earlier checkpoint")
            yield torch.from_numpy(np.load(self.folder / f"{index}.npy")), other


@contextmanager
def recording(speaker: Speaker, prompts: list[Tokens], ends: Sequence[int], tokens: int) -> Iterator[Recording]:
    """Let a model reply to all prompts and remember its logits, until the block ends.

    Args:
        speaker: The reference; needed only while this is entered.
        prompts: Token ids.
        ends: Tokens that end a reply.
        tokens: Most tokens of a reply; the disk takes 4 bytes times vocabulary for each.
    """
    with tempfile.TemporaryDirectory(prefix="medgo-compare-") as name:
        replies = speaker.reply(prompts, ends, tokens)
        for index, (prompt, reply) in enumerate(zip(prompts, replies, strict=True)):
            np.save(Path(name) / f"{index}.npy", speaker.logits(prompt, reply).numpy())
        yield Recording(prompts, replies, Path(name))


def render_prompts(renderer: ChatRenderer, prompts: Sequence[str]) -> list[Tokens]:
    """Token ids of the prompts; where the template thinks, every second pair (zh, en) asks for reasoning."""
    return [
        renderer.render(
            (Message("user", text),), Thinking(renderer.supports_thinking and index // 2 % 2 == 1)
        ).token_ids
        for index, text in enumerate(prompts)
    ]
