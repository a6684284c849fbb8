"""What came of reading: counts of each file. Knows no format and no file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class FileReport:
    """What came of one file.

    Args:
        file: Its name, from the folder that was given.
        format: The reader; empty where none recognises it.
        items: Documents or records.
        characters: Of their texts.
        withdrawn: Documents that it takes back.
        omitted: Left out, by reason.
        noted: Done to texts, by name.
        error: From where on it could not be read; empty where it was read whole.
    """

    file: str
    format: str = ""
    items: int = 0
    characters: int = 0
    withdrawn: int = 0
    omitted: Counter[str] = field(default_factory=Counter)
    noted: Counter[str] = field(default_factory=Counter)
    error: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {**vars(self), "omitted": dict(self.omitted), "noted": dict(self.noted)}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> FileReport:
        """Read one back."""
        return cls(**{**value, "omitted": Counter(value["omitted"]), "noted": Counter(value["noted"])})


@dataclass
class ReadReport:
    """What came of all files, in their order.

    Args:
        files: One report each.
        failed: Files that could not be read, or only in part; the message of each.
    """

    files: list[FileReport]
    failed: dict[str, str]

    def total(self, of: str) -> int:
        """Sum of a count over all files (``items``, ``characters``, ``withdrawn``)."""
        return sum(getattr(one, of) for one in self.files)

    def counted(self, of: str) -> Counter[str]:
        """Sum of counters over all files (``omitted``, ``noted``)."""
        return sum((Counter(getattr(one, of)) for one in self.files), Counter())
