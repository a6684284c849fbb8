"""Finds places in Latin letters: street addresses, cities, hospitals, employers. Knows no medicine."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar

from medgo.deid.names_en.gazetteer import gazetteer
from medgo.deid.places_en import boxes, cities, sites, streets
from medgo.deid.places_en.cues import Cues
from medgo.deid.places_en.reading import reading_of
from medgo.deid.protocol import Finding, Note

_LATIN = re.compile(r"[A-Za-z]{2}")
_CUES = Cues((*streets.OPENINGS, *boxes.OPENINGS, *cities.OPENINGS, *sites.OPENINGS))


class EnglishPlaceDetector:
    """Addresses, places, hospitals and organisations in Latin letters, in notes of any language."""

    name: ClassVar[str] = "places_en"
    version: ClassVar[str] = "2"

    def find(self, note: Note) -> Iterable[Finding]:
        """Places, with positions in the view. Linear in the length of the note."""
        text = note.view.text
        if not _LATIN.search(text):
            return []
        names = gazetteer()
        reading = reading_of(text, _CUES)
        return [
            *streets.streets(reading, names, self.name),
            *cities.cities(reading, names, self.name),
            *sites.sites(reading, self.name),
        ]
