"""What a draft must be to become a row: supported, in its language, of a length, licensed, and no benchmark's item.

Knows no generator. Duplicates are found when shards are joined, because only there all rows are seen.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from medgo.curation.decontamination import OverlapIndex
from medgo.schema import LabelledRow, Row
from medgo.store.hashing import sha256_of_text
from medgo.synthesis.concepts import ALL_CONCEPTS, Concepts
from medgo.synthesis.protocol import Draft
from medgo.synthesis.recipe import KeepRecipe
from medgo.text import language_of

# Changes whenever drafts are judged otherwise: shards that were made before are then made again.
CHECKS = "1"
# White space and punctuation, but not what tells numbers apart: a decimal point, a sign, a comparator, a per cent.
_NOT_TEXT = re.compile(r"(?<!\d)\.|\.(?!\d)|[^\w.<>≤≥%+±-]+")


class _Violation(Protocol):
    @property
    def kind(self) -> str: ...


class _Verifies(Protocol):
    def verify(self, draft: Draft) -> Sequence[_Violation]: ...


@dataclass(frozen=True)
class Keeper:
    """Decides on drafts.

    Args:
        rules: The recipe's.
        verifier: Compares every sentence with its facts.
        overlap: The benchmarks' items; None where the recipe compares with none.
        concepts: What rows may name.
    """

    rules: KeepRecipe
    verifier: _Verifies
    overlap: OverlapIndex | None = None
    concepts: Concepts = ALL_CONCEPTS

    def refusal(self, draft: Draft) -> str | None:
        """Why the draft is not kept, as a word for the count of reasons; None where it is."""
        row = draft.row
        if any(source.licence not in self.rules.licences for source in row.provenance.sources):
            return "licence"
        texts = list(texts_of(row))
        if sum(map(len, texts)) > self.rules.max_characters:
            return "too long"
        if self.concepts.foreign(draft.evidence.facts):
            return "held-out concept"
        learnt = (text for turn in row.turns().values() for text in (turn.content, turn.reasoning_content) if text)
        if any(_in_another_language(text, row) for text in learnt):
            return "language"
        violations = self.verifier.verify(draft)
        if violations:
            return f"unsupported {violations[0].kind}"
        if self.overlap is not None and self.overlap.find("\n".join(texts)) is not None:
            return "benchmark item"
        return None


def texts_of(row: Row) -> Iterator[str]:
    """Every text of a row: prompt, then reasoning and answer of each turn."""
    yield from (message.content for message in row.prompt)
    for turn in row.turns().values():
        if turn.reasoning_content:
            yield turn.reasoning_content
        yield turn.content


def same_text_key(row: Row) -> str:
    """Equal for rows that differ only in case, width, punctuation or white space (and in their label, not at all)."""
    text = "\x00".join(_NOT_TEXT.sub("", unicodedata.normalize("NFKC", text).casefold()) for text in texts_of(row))
    label = str(row.label) if isinstance(row, LabelledRow) else ""
    return sha256_of_text(f"{label}\x00{text}")[:24]


def _in_another_language(text: str, row: Row) -> bool:
    found = language_of(text)
    return found is not None and found != row.lang
