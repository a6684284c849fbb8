"""Finds firms and other bodies in Latin letters. Knows no hospital: those are places."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar

from medgo.deid.names_en.reading import capitalised, flowed
from medgo.deid.organisations_en.cues import told
from medgo.deid.organisations_en.forms import bodies
from medgo.deid.protocol import Finding, Note

_LATIN = re.compile(r"[A-Za-z]{2}")
_FORM, _CUE = 0.75, 0.6


class EnglishOrganisationDetector:
    """Employers and other bodies by their forms ("Hale, Brandt & Sons", "Orvane GmbH") and by what is said of them."""

    name: ClassVar[str] = "organisations_en"
    version: ClassVar[str] = "1"

    def find(self, note: Note) -> Iterable[Finding]:
        """Bodies, with positions in the view. Linear in the length of the note."""
        if not _LATIN.search(note.view.text):
            return
        cased = not note.view.text.islower()
        lines = note.view.text if cased else capitalised(note.view.text)
        for start, end in bodies(flowed(lines), cased=cased):
            yield Finding(start, end, "organisation", _FORM, self.name)
        for start, end in told(lines):
            yield Finding(start, end, "organisation", _CUE, self.name)
