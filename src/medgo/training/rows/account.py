"""What became of the rows of one task. Pure counting: reads and tokenises nothing, and judges nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from medgo.training.rows.gates import Refusal
from medgo.training.rows.tokens import TokenRow

EXAMPLES = 5
"""Row ids that are kept of each reason."""


@dataclass(slots=True)
class Refused:
    """Rows that were refused for one reason.

    Args:
        rows: How many.
        tokens: Of those that had been tokenised.
        row_ids: The first few.
        details: What was the matter, with counts: a licence, a certificate's id, a benchmark item's key.
    """

    rows: int = 0
    tokens: int = 0
    row_ids: list[str] = field(default_factory=list)
    details: Counter[str] = field(default_factory=Counter)

    def add(self, row_id: str, detail: str = "", tokens: int = 0) -> None:
        """Count one."""
        self.rows += 1
        self.tokens += tokens
        if len(self.row_ids) < EXAMPLES:
            self.row_ids.append(row_id)
        if detail:
            self.details[detail] += 1


@dataclass(slots=True)
class TaskAccount:
    """What became of the rows of one task; tokens are of what is learnt from.

    Args:
        read: Rows that came in (for KTO, the halves of a pair count each).
        kept: Rows that are learnt from, whole, shortened or in parts.
        tokens: Tokens of prompts and answers; the prompt of a pair counts once.
        loss_tokens: Tokens that carry a loss.
        reasoning: Of those, reasoning with its marks.
        ends: Of those, tokens that end the turn.
        thinking: Rows with reasoning.
        empty_think: Rows whose prompt ends with the empty think block, which therefore is not learnt.
        split: Rows that were split.
        parts: Parts that they were split into.
        truncated: Rows that lost turns of their prompt.
        turns_dropped: Turns that they lost.
        halves: Rows that are one side of a pair that was taken apart.
        wanted: Labelled rows whose answer is wanted.
        unwanted: Labelled rows whose answer is not.
        contradicting: Labelled rows whose very answer an earlier row labels the other way.
        chosen_tokens: Tokens of better answers of pairs.
        rejected_tokens: Tokens of worse answers of pairs.
        chosen_longer: Pairs whose better answer is the longer one.
        longest: Tokens of the longest row learnt from.
        longest_row: Its id.
        refused: Reason → rows.
    """

    read: int = 0
    kept: int = 0
    tokens: int = 0
    loss_tokens: int = 0
    reasoning: int = 0
    ends: int = 0
    thinking: int = 0
    empty_think: int = 0
    split: int = 0
    parts: int = 0
    truncated: int = 0
    turns_dropped: int = 0
    halves: int = 0
    wanted: int = 0
    unwanted: int = 0
    contradicting: int = 0
    chosen_tokens: int = 0
    rejected_tokens: int = 0
    chosen_longer: int = 0
    longest: int = 0
    longest_row: str = ""
    refused: dict[Refusal, Refused] = field(default_factory=dict)

    @property
    def answer(self) -> int:
        """Loss tokens that are neither reasoning nor an end of turn."""
        return self.loss_tokens - self.reasoning - self.ends

    def refuse(self, reason: Refusal, row_id: str, detail: str = "", tokens: int = 0) -> None:
        """Count a row that is not learnt from."""
        self.refused.setdefault(reason, Refused()).add(row_id, detail, tokens)

    def count_part(self, row: TokenRow, end: int) -> None:
        """Count what is learnt from: a row, or one part of one."""
        lengths = {name: len(answer.ids) for name, answer in row.answers.items()}
        self.tokens += len(row.prompt) + sum(lengths.values())
        self.loss_tokens += row.loss_tokens
        self.reasoning += sum(answer.reasoning for answer in row.answers.values())
        self.ends += sum(answer.ids[-1] == end for answer in row.answers.values())
        if "rejected" in lengths:
            self.chosen_tokens += lengths["chosen"]
            self.rejected_tokens += lengths["rejected"]
            self.chosen_longer += lengths["chosen"] > lengths["rejected"]
        if row.tokens > self.longest:
            self.longest, self.longest_row = row.tokens, row.row_id

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        # asdict makes a Counter of a Counter's pairs: keys would be pairs.
        refused = {
            str(reason): {**asdict(part), "details": dict(part.details)} for reason, part in self.refused.items()
        }
        return {**asdict(self), "answer": self.answer, "refused": refused}
