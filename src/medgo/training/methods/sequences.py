"""A prompt with an answer to it, as the preference methods score them. Knows no trainer, no loss and no file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from medgo.training.methods.collate import padded


@dataclass(frozen=True, slots=True)
class Scored:
    """What one log-probability belongs to: an answer after a prompt.

    Args:
        prompt: Token ids, shape [p].
        answer: Token ids, the end of the turn last, shape [a].
    """

    prompt: Sequence[int]
    answer: Sequence[int]

    @property
    def key(self) -> str:
        """Hash of the tokens and of where the answer begins: all that the log-probability depends on but the model."""
        digest = hashlib.sha256(len(self.prompt).to_bytes(4, "little"))
        digest.update(np.asarray(self.prompt, dtype="<i4").tobytes())
        digest.update(np.asarray(self.answer, dtype="<i4").tobytes())
        return digest.hexdigest()[:32]

    def __len__(self) -> int:
        """Tokens of prompt and answer."""
        return len(self.prompt) + len(self.answer)


class Sequences(Protocol):
    """Any number of them, of which each is made when it is asked for: a list, or rows of a file."""

    def __len__(self) -> int:
        """How many."""

    def __getitem__(self, index: int, /) -> Scored:
        """One of them."""


def scored_batch(sequences: Sequence[Scored], pad_id: int) -> dict[str, torch.Tensor]:
    """Pad sequences on the right to the longest of them.

    Returns:
        ``input_ids``, ``attention_mask`` and ``completion_mask`` (1 on the answer's tokens), each int64 of shape
        [b, s]; the names are TRL's.
    """
    return {
        "input_ids": padded([[*item.prompt, *item.answer] for item in sequences], pad_id),
        "attention_mask": padded([[1] * len(item) for item in sequences], 0),
        "completion_mask": padded([[0] * len(item.prompt) + [1] * len(item.answer) for item in sequences], 0),
    }


def batches_of_like_length(lengths: Sequence[int], most_tokens: int) -> Iterator[list[int]]:
    """Cut sequences into batches of like lengths, the longest first, so that memory is short at once or never.

    Args:
        lengths: Tokens of each sequence.
        most_tokens: Most tokens of a padded batch; a longer sequence is a batch of its own.

    Yields:
        Positions of the sequences of a batch.
    """
    batch: list[int] = []
    for position in sorted(range(len(lengths)), key=lambda index: (-lengths[index], index)):
        if batch and (len(batch) + 1) * lengths[batch[0]] > most_tokens:
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch
