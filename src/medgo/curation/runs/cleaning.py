"""First pass over a shard: every step on every document, and the signatures that comparisons need."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medgo.curation.protocol import Comparison, Removal, Step
from medgo.curation.runs.profile import Profile
from medgo.curation.runs.shards import BadLine, Shard, documents_of
from medgo.schema import Document
from medgo.store import encode_row, replacing


@dataclass
class Cleaned:
    """What became of a shard's documents.

    Args:
        read: As they came in.
        kept: How many the steps left.
        removed: Documents by ``step · reason``.
        changed: Documents that a step changed, by its name.
    """

    read: Profile = field(default_factory=Profile)
    kept: int = 0
    removed: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "read": self.read.to_dict(),
            "kept": self.kept,
            "removed": dict(sorted(self.removed.items())),
            "changed": dict(sorted(self.changed.items())),
        }

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Cleaned:
        """Read one back."""
        profile = Profile.from_dict(value["read"])
        return cls(profile, value["kept"], Counter(value["removed"]), Counter(value["changed"]))


@dataclass(frozen=True, slots=True)
class Cleaner:
    """Cleans shards, in any process.

    Args:
        steps: In order.
        comparisons: Whose signatures are taken.
        folder: Where ``<shard>.jsonl`` (documents), ``.removed.jsonl``, ``.<comparison>.bin`` and, last, ``.json`` (the
            mark that all are whole) are written.
        key: Equal for runs that do the same to documents.
    """

    steps: tuple[Step, ...]
    comparisons: tuple[Comparison, ...]
    folder: Path
    key: str

    def __call__(self, shard: Shard) -> Cleaned:
        """Clean a shard, unless that is done."""
        done = read_mark(self.mark(shard), self.key + shard.key)
        if done is not None:
            return Cleaned.from_dict(done)
        cleaned = self._clean(shard)
        write_mark(self.mark(shard), self.key + shard.key, cleaned.to_dict())
        return cleaned

    def mark(self, shard: Shard) -> Path:
        """The file that says that a shard is done."""
        return self.folder / f"{shard.number:06d}.json"

    def _clean(self, shard: Shard) -> Cleaned:
        cleaned = Cleaned()
        with ExitStack() as files:
            name = f"{shard.number:06d}"
            kept = files.enter_context(replacing(self.folder / f"{name}.jsonl"))
            removed = files.enter_context(replacing(self.folder / f"{name}.removed.jsonl"))
            signed = [
                files.enter_context(replacing(self.folder / f"{name}.{one.name}.bin")) for one in self.comparisons
            ]
            for document in documents_of(shard):
                if isinstance(document, BadLine):
                    removal = Removal("input", "unreadable line", document.reason)
                    removed.write(removed_row("", document.name, removal))
                    cleaned.removed[f"{removal.step} · {removal.reason}"] += 1
                    continue
                cleaned.read.add(document)
                outcome = self._apply(document, cleaned)
                if isinstance(outcome, Removal):
                    removed.write(removed_row(document.ref.source, document.ref.id, outcome))
                    cleaned.removed[f"{outcome.step} · {outcome.reason}"] += 1
                    continue
                kept.write(encode_row(outcome.to_dict()))
                cleaned.kept += 1
                for comparison, file in zip(self.comparisons, signed, strict=True):
                    file.write(comparison.sign(outcome))
        return cleaned

    def _apply(self, document: Document, cleaned: Cleaned) -> Document | Removal:
        for step in self.steps:
            outcome = step.apply(document)
            if isinstance(outcome, Removal):
                return outcome
            if outcome is not document:
                cleaned.changed[step.name] += 1
                document = outcome
        return document


def removed_row(source: str, name: str, removal: Removal) -> bytes:
    """A line of ``removed.jsonl``."""
    return encode_row(
        {"source": source, "id": name, "step": removal.step, "reason": removal.reason, "evidence": removal.evidence}
    )


def read_mark(path: Path, key: str) -> dict[str, Any] | None:
    """What a mark says; None where there is none, or it is of other work."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return dict(value["report"]) if value.get("key") == key else None


def write_mark(path: Path, key: str, report: dict[str, Any]) -> None:
    """Say that something is done; written after all that it speaks of.

    Raises:
        StorageError: The disk did not take it.
    """
    with replacing(path) as file:
        file.write(encode_row({"key": key, "report": report}))
