"""Without what its source has taken back: retracted articles, deleted citations."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from medgo.curation.configured import Configured
from medgo.curation.protocol import Removal
from medgo.errors import InputError
from medgo.schema import Document, Withdrawal
from medgo.store import RowFile

_RETRACTED = re.compile(
    r"retracted publication|retraction of publication|^\s*retracted(?: article)?\b|^\s*(?:已撤稿|撤稿声明)|"
    r"^\s*retraction(?: note| notice)?\s*:",
    re.IGNORECASE,
)
# What a document is called elsewhere: the collection, and the field of ``meta``.
_HOMES = (("pubmed", "pmid"), ("pmc", "pmc"), ("doi", "doi"))
_TYPES = ("publication_types", "article_type")


class Retraction(Configured):
    """Removes what a withdrawal names, and what says of itself that it is retracted."""

    name: ClassVar[str] = "retraction"
    version: ClassVar[str] = "1"
    withdrawn: tuple[str, ...] = Field((), description="files of withdrawals, besides those beside the inputs")

    @property
    def fingerprint(self) -> str:
        """See :class:`medgo.curation.protocol.Step`; the files' content is part of it."""
        digest = hashlib.sha256()
        for path in self.withdrawn:
            digest.update(Path(path).read_bytes())
        return f"{super().fingerprint} {digest.hexdigest()}"

    def apply(self, document: Document) -> Document | Removal:
        """The document, or who took it back."""
        for key in _names(document):
            withdrawal = self._withdrawals.get(key)
            if withdrawal is not None and not _newer(document, withdrawal):
                return Removal(self.name, withdrawal.reason, withdrawal.by)
        types = [str(one) for name in _TYPES for one in _list(document.meta.get(name))]
        said = next((one for one in (*types, document.title) if _RETRACTED.search(one)), None)
        return document if said is None else Removal(self.name, "retracted", said[:80])

    @cached_property
    def _withdrawals(self) -> Mapping[tuple[str, str], Withdrawal]:
        """By source and id; where several speak of one, the one that means most versions."""
        found: dict[tuple[str, str], Withdrawal] = {}
        for path in self.withdrawn:
            for row in RowFile(Path(path)):
                if row.value is None:
                    raise InputError(f"{path}, line {row.number}: {row.error}")
                one = Withdrawal.from_dict(row.value)
                key = (one.source, one.id.lower())
                known = found.get(key)
                if known is None or _reach(one) > _reach(known):
                    found[key] = one
        return found


def _names(document: Document) -> Iterator[tuple[str, str]]:
    """All names that a withdrawal may call it by: its own, that of what it is a part of, those of its other homes."""
    source, name = document.ref.source, document.ref.id.lower()
    yield source, name
    yield source, name.partition("#")[0]
    for home, field in _HOMES:
        if document.meta.get(field):
            yield home, str(document.meta[field]).lower()


def _reach(withdrawal: Withdrawal) -> float:
    return float(_number(withdrawal.version)) if withdrawal.version else float("inf")


def _newer(document: Document, withdrawal: Withdrawal) -> bool:
    return _number(str(document.meta.get("version", ""))) > _reach(withdrawal)


def _number(version: str) -> int:
    return int("".join(filter(str.isdigit, version))[:18] or 0)


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, (list, tuple)) else [] if value is None else [value]
