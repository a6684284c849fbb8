"""Micro-batches of rows become tensors. Knows no trainer and no order.

Shapes: b rows, s the longest of them in tokens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

IGNORED = -100  # a label that carries no loss
_Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SftCollator:
    """Rows of a token file → what the model reads; the loss is on answers only.

    Padded: ``input_ids``, ``attention_mask``, ``labels``, ``task_ids``, each [b, s]; padding is on the right.
    Packed: [1, sum of lengths], ``position_ids`` start again at 0 with every row and there is no ``attention_mask``:
    from that transformers builds a mask in which no row sees another (``masking_utils.find_packed_sequence_indices``);
    an ``attention_mask`` of ones would switch that off.

    Args:
        pad_token_id: What padding holds; never a label.
        tasks: Task → its code in ``task_ids``.
        packed: Join the rows of a micro-batch end to end.
    """

    pad_token_id: int
    tasks: Mapping[str, int]
    packed: bool = False

    def __call__(self, rows: Sequence[_Row]) -> dict[str, Tensor]:
        """Make one micro-batch."""
        ids = [[*row["prompt_ids"], *row["answer_ids"]] for row in rows]
        labels = [[IGNORED] * len(row["prompt_ids"]) + list(row["answer_ids"]) for row in rows]
        codes = [[self.tasks[row["task"]]] * len(tokens) for row, tokens in zip(rows, ids, strict=True)]
        if self.packed:
            return _joined(ids, labels, codes)
        return {
            "input_ids": padded(ids, self.pad_token_id),
            "attention_mask": padded([[1] * len(tokens) for tokens in ids], 0),
            "labels": padded(labels, IGNORED),
            "task_ids": padded(codes, 0),
        }


def _joined(ids: list[list[int]], labels: list[list[int]], codes: list[list[int]]) -> dict[str, Tensor]:
    # The first token of a row would be predicted from the row before it; it is prompt, so it has no label.
    return {
        "input_ids": torch.tensor([[token for row in ids for token in row]]),
        "labels": torch.tensor([[label for row in labels for label in row]]),
        "position_ids": torch.tensor([[position for row in ids for position in range(len(row))]]),
        "task_ids": torch.tensor([[code for row in codes for code in row]]),
    }


def padded(rows: Sequence[Sequence[int]], value: int) -> Tensor:
    """Lists of whole numbers → one tensor [b, s], filled up on the right."""
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[value] * (longest - len(row))] for row in rows])
