"""The step that leaves out documents with benchmark items in them, and the same search for rows.

By words always; by concepts in the other language where names are given; by meaning where a model is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from medgo.curation.decontamination.concepts import Signatures
from medgo.curation.decontamination.container import read_arrays, write_arrays
from medgo.curation.decontamination.elements import ReadElements
from medgo.curation.decontamination.index import ItemIndex
from medgo.curation.decontamination.items import GuardedItem, Match
from medgo.curation.decontamination.paraphrase import Paraphrases
from medgo.curation.protocol import Removal
from medgo.errors import InputError
from medgo.schema import Document
from medgo.store.hashing import fingerprint


@dataclass(frozen=True)
class Translations:
    """What finds items in the other language.

    Args:
        signatures: Of the items.
        read: Reads elements of texts.
        names: Fingerprint of the names that both were read with.
    """

    signatures: Signatures
    read: ReadElements
    names: str

    @classmethod
    def build(cls, items: Sequence[GuardedItem], read: ReadElements, names: str) -> Translations:
        """Take the signatures of items, in the order of their index."""
        return cls(Signatures.build(items, read), read, names)

    def save(self, path: Path) -> None:
        """Write the signatures for other processes, which share their memory."""
        write_arrays(path, {"names": self.names}, self.signatures.arrays)

    @classmethod
    def load(cls, path: Path, read: ReadElements, names: str) -> Translations:
        """Open them.

        Raises:
            InputError: They are not there, damaged, or were made with other names.
        """
        meta, arrays = read_arrays(path)
        if meta.get("names") != names:
            raise InputError(f"{path} was made with other names of concepts", hint="remove it to build it again")
        return cls(Signatures.of(arrays), read, names)


@dataclass(frozen=True)
class Decontaminator:
    """Finds benchmark items in documents and in rows. Is an ``OverlapIndex`` and a ``Step``.

    Args:
        index: Finds them by their words.
        translations: Finds those in the other language; None does not look for these.
        paraphrases: Finds those in other words; None does not look for these.
    """

    name: ClassVar[str] = "decontamination"
    version: ClassVar[str] = "1"

    index: ItemIndex
    translations: Translations | None = None
    paraphrases: Paraphrases | None = None

    @cached_property
    def fingerprint(self) -> str:
        """Equal for those that find the same."""
        parts = [self.name, self.version, self.index.fingerprint]
        if self.translations is not None:
            parts += ["translations", self.translations.names]
        if self.paraphrases is not None:
            parts += ["paraphrases", self.paraphrases.model, str(self.paraphrases.threshold)]
        return fingerprint(parts)

    def apply(self, document: Document) -> Document | Removal:
        """The document as it is, or what item it holds."""
        found = self.matches(text_of(document))
        if not found:
            return document
        first = found[0]
        return Removal(self.name, f"benchmark item, {first.kind}", f"{first.key}: {first.text}")

    def find(self, text: str) -> str | None:
        """The key of the item that a text holds most of, or None."""
        found = self.matches(text)
        return found[0].key if found else None

    def matches(self, text: str) -> list[Match]:
        """All items that a text holds: those by words first, then translations, then paraphrases; best first."""
        found = list(self.index.matches(text))
        seen = {key for match in found for key in match.keys}
        for match in self._further(text):
            if not seen.issuperset(match.keys):
                found.append(match)
                seen.update(match.keys)
        return found

    def _further(self, text: str) -> Iterator[Match]:
        if self.translations is not None:
            signatures = self.translations.signatures
            for signature, score, place in _best_first(signatures.found(text, self.translations.read)):
                yield Match(self.index.keys_of(signatures.members[signature]), "translation", score, place)
        if self.paraphrases is not None:
            for number, score, place in _best_first(self.paraphrases.found(text)):
                yield Match((self.index.keys.text(number),), "paraphrase", score, place)


def text_of(document: Document) -> str:
    """What of a document is learnt from: title, the question that it answers, and its text."""
    question = document.meta.get("question", "")
    return "\n".join(
        part for part in (document.title, question if isinstance(question, str) else "", document.text) if part
    )


def _best_first(found: Iterator[tuple[int, float, str]]) -> list[tuple[int, float, str]]:
    return sorted(found, key=lambda one: (-one[1], one[0]))
