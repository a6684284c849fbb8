"""Third pass over a shard: what steps and comparisons have left, and what they removed, in the order of the input."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from medgo.curation.runs.cleaning import read_mark, removed_row, write_mark
from medgo.curation.runs.comparing import removals_of
from medgo.curation.runs.profile import Profile
from medgo.curation.runs.shards import Shard
from medgo.schema import Document
from medgo.store import replacing


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes shards of the corpus, in any process.

    Args:
        clean: Where the cleaner left its files.
        compared: Where decisions lie.
        output: Where ``<shard>.jsonl`` is written; ``removed/<shard>.jsonl`` lies beside it.
        key: Equal for runs that end in the same bytes.
    """

    clean: Path
    compared: Path
    output: Path
    key: str

    def __call__(self, shard: Shard) -> Profile:
        """Write a shard, unless that is done."""
        mark = self.compared / f"{shard.number:06d}.written.json"
        done = read_mark(mark, self.key + shard.key)
        if done is not None:
            return Profile.from_dict(done)
        profile = self._write(shard.number)
        write_mark(mark, self.key + shard.key, profile.to_dict())
        return profile

    def _write(self, number: int) -> Profile:
        profile, removals = Profile(), removals_of(self.compared, number)
        removed_file = self.output.with_name("removed") / f"{number:06d}.jsonl"
        with replacing(self.output / f"{number:06d}.jsonl") as kept, replacing(removed_file) as removed:
            with (self.clean / f"{number:06d}.removed.jsonl").open("rb") as before:
                shutil.copyfileobj(before, removed)
            with (self.clean / f"{number:06d}.jsonl").open("rb") as documents:
                for index, line in enumerate(documents):
                    document = Document.from_dict(json.loads(line))
                    removal = removals.get(index)
                    if removal is None:
                        kept.write(line)
                        profile.add(document)
                    else:
                        removed.write(removed_row(document.ref.source, document.ref.id, removal))
        return profile
