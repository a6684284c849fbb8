"""A text as the place detectors read it, and where the words stand that their patterns begin with. Knows no place."""

from __future__ import annotations

from dataclasses import dataclass

from medgo.deid.names_en.reading import flowed, unshouted
from medgo.deid.places_en.cues import Cues, Starts
from medgo.deid.view import lowered


@dataclass(frozen=True, slots=True)
class Reading:
    """One text in the forms that places are sought in, all of the same length.

    Args:
        plain: Wrapped lines joined, words in capitals written as names are.
        running: Wrapped lines joined, letters as they are written.
        lines: With all its lines, which end the parts of an address; words in capitals as in ``plain``.
        starts: Where the words of ``cues`` begin.
    """

    plain: str
    running: str
    lines: str
    starts: Starts


def reading_of(text: str, cues: Cues) -> Reading:
    """Read a text.

    Args:
        text: As the view has it.
        cues: Words that are looked for.
    """
    running = flowed(text)
    plain = unshouted(running)
    lines = plain if running == text else unshouted(text)
    return Reading(plain, running, lines, cues.starts(lowered(plain)))
