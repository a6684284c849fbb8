"""Only the two languages, each said to be what it is."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from pydantic import Field

from medgo.curation.configured import Configured
from medgo.curation.protocol import Removal
from medgo.schema import Document, Lang
from medgo.text import language_of

_SAMPLE = 4000


class Language(Configured):
    """Tells the language by the text; where it cannot be told (a list of numbers), what the document says is taken."""

    name: ClassVar[str] = "language"
    version: ClassVar[str] = "1"
    langs: tuple[Lang, ...] = Field(("zh", "en"), min_length=1, description="languages that are kept")
    tell_from: int = Field(40, ge=1, description="characters from which on a text that is neither is removed")

    def apply(self, document: Document) -> Document | Removal:
        """The document in its language, or why it is removed."""
        middle = max(0, (len(document.text) - _SAMPLE) // 2)
        found = language_of(document.text[middle : middle + _SAMPLE])
        if found is None and len(document.text) >= self.tell_from and any(map(str.isalpha, document.text)):
            return Removal(self.name, "another language")
        lang: Lang = found or document.lang
        if lang not in self.langs:
            return Removal(self.name, "language not asked for", lang)
        return document if lang == document.lang else replace(document, lang=lang)
