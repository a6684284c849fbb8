"""What reading a reply gives. Knows nothing of how it was read, and never the gold answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ReadStatus = Literal["answered", "unparsed", "truncated", "refused"]


@dataclass(frozen=True, slots=True)
class Answer:
    """The labels that a reply names.

    Args:
        labels: Labels in the order of the options; empty unless the status is ``answered``.
        status: ``answered``: labels were read. ``unparsed``: a finished reply from which none could be read.
            ``truncated``: the reply ended before a complete answer. ``refused``: the model declined.
        rule: Which rule read it (see ``docs/reading.md``), or why nothing was read: ``several`` (more labels than the
            exam allows), ``hedged`` ("A or C"), ``empty``, ``none``, ``thinking`` (never closed), ``cut``, ``refusal``.
        span: Characters [start, end) of the original reply that the rule read; None when nothing was found.
    """

    labels: tuple[str, ...]
    status: ReadStatus
    rule: str
    span: tuple[int, int] | None = None
