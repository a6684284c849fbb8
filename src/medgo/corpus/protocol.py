"""Nouns of reading sources: where one lies, what reads it, and what it yields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, Protocol, TypeAlias

from medgo.corpus.ledger import Ledger
from medgo.schema import ClinicalRecord, Document, Lang, Withdrawal
from medgo.store.compression import uncompressed_name

Holds = Literal["documents", "records"]
Item: TypeAlias = Document | ClinicalRecord | Withdrawal


@dataclass(frozen=True, slots=True)
class Source:
    """One file, with what its user knows of it and the file does not say.

    Args:
        path: The file; ``.gz`` and ``.zst`` are decompressed by :mod:`medgo.corpus.opening`.
        collection: Name of the collection; empty takes the reader's.
        licence: Licence of what states none itself; empty leaves it ``unknown``, which curation removes.
        retrieved: Version or retrieval date; empty takes what the file says.
        lang: Language where the file does not say; None tells it by the text.
        mapping: Which columns mean what, for tables.
        label: Its path from the folder that was given, so that two files of one name are told apart.
    """

    path: Path
    collection: str = ""
    licence: str = ""
    retrieved: str = ""
    lang: Lang | None = None
    mapping: Path | None = None
    label: str = ""

    @property
    def name(self) -> str:
        """What it is called in ids, without ``.gz`` and ``.zst``."""
        name = uncompressed_name(self.path)
        return str(Path(self.label).with_name(name)) if self.label else name


class Reader(Protocol):
    """Reads one format, in constant memory, in the file's order. Everything it leaves out goes to the ledger."""

    name: ClassVar[str]
    holds: ClassVar[Holds]

    def recognises(self, name: str, head: bytes) -> bool:
        """Whether a file seems to be of this format.

        Args:
            name: Its name, without ``.gz`` and ``.zst``.
            head: Its first 64 KiB, decompressed.
        """

    def read(self, source: Source, ledger: Ledger) -> Iterator[Item]:
        """Everything in the file.

        Raises:
            InputError: From here on the file cannot be read (truncated, damaged, not what it seemed). What was yielded
                before stands.
        """
