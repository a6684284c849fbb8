"""Only texts whose licence the recipe agrees to."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import ClassVar

from pydantic import Field

from medgo.curation.configured import Configured
from medgo.curation.protocol import Removal
from medgo.schema import Document
from medgo.schema.licences import OPEN_LICENCES

UNKNOWN = ("", "unknown", "noassertion", "none")


class Licence(Configured):
    """Removes what may not be used, and what says nothing of it."""

    name: ClassVar[str] = "licence"
    version: ClassVar[str] = "1"
    allow: tuple[str, ...] = Field(
        (
            *OPEN_LICENCES,
            *("CC-BY-*", "CC-BY-SA-*", "CC0-*", "CC-PDM-*"),
            *("LicenseRef-CC-BY", "LicenseRef-CC-BY-SA", "LicenseRef-public-domain"),
        ),
        description="SPDX ids, or the readers' names where a text states no version; * stands for any version",
    )
    deny: tuple[str, ...] = Field(("*-NC*", "*-ND*"), description="even where they are allowed by a pattern")

    def apply(self, document: Document) -> Document | Removal:
        """The document, or why it may not be used."""
        licence = document.ref.licence.strip()
        if licence.lower() in UNKNOWN:
            return Removal(self.name, "no licence stated")
        named = licence in self.allow
        allowed = named or (_matches(licence, self.allow) and not _matches(licence, self.deny))
        return document if allowed else Removal(self.name, "licence not allowed", licence)


def _matches(licence: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(licence.upper(), pattern.upper()) for pattern in patterns)
