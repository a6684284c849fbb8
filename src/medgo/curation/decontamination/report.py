"""What decontamination found, by benchmark and one line for each item: what ``medgo eval`` splits its figures by.

{"benchmark": "medqa", "item": "…", "document": "…", "kind": "verbatim", "score": 1.0, "text": "…"}
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medgo.curation.decontamination.items import Match
from medgo.store.atomic import replacing
from medgo.store.jsonl import encode_row


@dataclass
class BenchmarkCount:
    """What became of one benchmark's items.

    Args:
        items: How many are in the index.
        too_short: Of these, those that are not guarded.
        found: Items that some text holds.
        hits: Texts that hold one, summed over its items.
        kinds: Hits by how the text holds the item.
    """

    items: int
    too_short: int
    found: set[str] = field(default_factory=set)
    hits: int = 0
    kinds: Counter[str] = field(default_factory=Counter)

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "items": self.items,
            "too_short": self.too_short,
            "found": len(self.found),
            "hits": self.hits,
            "kinds": dict(sorted(self.kinds.items())),
        }


@dataclass
class ContaminationReport:
    """Collects what is found.

    Args:
        benchmarks: Those that were looked for.
        absent: Benchmarks whose items were not at hand: nothing is known of these.
        texts: Documents or rows that were looked through.
        contaminated: Of these, those that hold an item.
    """

    benchmarks: dict[str, BenchmarkCount]
    absent: tuple[str, ...] = ()
    texts: int = 0
    contaminated: int = 0

    @classmethod
    def of(cls, benchmarks: Mapping[str, tuple[int, int]], absent: Sequence[str] = ()) -> ContaminationReport:
        """An empty one.

        Args:
            benchmarks: As :attr:`ItemIndex.benchmarks` says.
            absent: Benchmarks that are not at hand.
        """
        counts = {name: BenchmarkCount(items, short) for name, (items, short) in benchmarks.items()}
        return cls(counts, tuple(absent))

    def add(self, document: str, matches: Sequence[Match]) -> list[dict[str, Any]]:
        """One more text.

        Args:
            document: Its id.
            matches: What it holds.

        Returns:
            A row for each item in it: every benchmark's, where several have the same question.
        """
        self.texts += 1
        self.contaminated += bool(matches)
        rows = [row for match in matches for row in _rows(document, match)]
        for row in rows:
            count = self.benchmarks[row["benchmark"]]
            count.found.add(row["item"])
            count.hits += 1
            count.kinds[row["kind"]] += 1
        return rows

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "texts": self.texts,
            "contaminated": self.contaminated,
            "benchmarks": {name: count.to_dict() for name, count in self.benchmarks.items()},
            "absent": list(self.absent),
        }


def write_hits(path: Path, rows: Iterator[Mapping[str, Any]]) -> int:
    """Write the list that ``medgo eval`` reads; whole or not at all.

    Returns:
        How many lines.
    """
    count = 0
    with replacing(path) as file:
        for row in rows:
            file.write(encode_row(dict(row)))
            count += 1
    return count


def _rows(document: str, match: Match) -> Iterator[dict[str, Any]]:
    for key in match.keys:
        benchmark, _, item = key.partition("/")
        yield {
            "benchmark": benchmark,
            "item": item,
            "document": document,
            "kind": match.kind,
            "score": round(match.score, 4),
            "text": match.text,
        }
