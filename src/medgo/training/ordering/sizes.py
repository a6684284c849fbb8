"""What mixing and packing must know of each row: how long it is and what it belongs to. Holds no tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from medgo.errors import InputError

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RowSizes:
    """One entry for each row of a stage's token file, in its order.

    Args:
        tokens: Prompt and longest answer, shape [rows], in tokens.
        loss_tokens: Tokens that carry a loss, over all answers, shape [rows].
        task: Each row's task.
        entry: Position in the stage's ``data`` of the entry that a row was read for, shape [rows].
        label: Whether the answer is wanted; true for rows without a label, shape [rows].
        lang: Each row's language.

    Raises:
        InputError: The columns differ in length, or a row has no tokens or no loss.
    """

    tokens: Ints
    loss_tokens: Ints
    task: Sequence[str]
    entry: Ints
    label: npt.NDArray[np.bool_]
    lang: Sequence[str]

    def __post_init__(self) -> None:
        lengths = {
            len(column) for column in (self.tokens, self.loss_tokens, self.task, self.entry, self.label, self.lang)
        }
        if len(lengths) != 1:
            raise InputError(f"columns of row sizes have {sorted(lengths)} rows")
        if len(self) and min(int(self.tokens.min()), int(self.loss_tokens.min())) <= 0:
            row = int(np.argmin(np.minimum(self.tokens, self.loss_tokens)))
            raise InputError(
                f"row {row} ({self.task[row]}) has {self.tokens[row]} tokens, {self.loss_tokens[row]} with a loss",
                hint="a row that teaches nothing must be dropped and counted before rows are mixed",
            )

    def __len__(self) -> int:
        """Rows."""
        return len(self.tokens)


def codes_of(names: Sequence[str]) -> tuple[Ints, tuple[str, ...]]:
    """Number names in alphabetical order.

    Returns:
        A code for each name, shape [names], and what the codes stand for.
    """
    known = tuple(sorted(set(names)))
    number = {name: code for code, name in enumerate(known)}
    return np.fromiter((number[name] for name in names), np.int64, len(names)), known
