"""The labelled replies, split in half by family so that rules are not fitted to what tests them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent / "corpus"

# A person would read these; a rule that did would misread others. They may be left unread, never misread.
_UNREAD = {
    "| Question | Answer |\n|---|---|\n| 1 | D |",
    "| 题号 | 答案 |\n|---|---|\n| 1 | D |",
    "I can't give personalized medical advice, but in general the electrolyte disturbance described here is"
    " hyponatremia.",
    "B is the drug of choice for early Lyme disease.",
    "Only B explains the pulse deficit.",
}


@dataclass(frozen=True)
class Case:
    family: str
    reply: str
    options: dict[str, str]
    multiple: bool | None
    truncated: bool
    labels: tuple[str, ...]
    status: str

    @property
    def half(self) -> str:
        """Of the first 82 families, those with an even hash were seen while the rules were written."""
        return "dev" if hashlib.sha256(self.family.encode()).digest()[0] % 2 == 0 else "held_out"


def load_cases() -> list[Case]:
    """Every labelled reply but those that are known to be left unread."""
    return [case for case in _load() if case.reply not in _UNREAD]


def load_unread() -> list[Case]:
    return [case for case in _load() if case.reply in _UNREAD]


def _load() -> list[Case]:
    cases = []
    for path in sorted(_FOLDER.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            cases.append(Case(**{**row, "labels": tuple(row["labels"] or ())}))
    return cases
