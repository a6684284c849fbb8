"""What Safe Harbor leaves of a postcode."""

from __future__ import annotations

import re

# Three-digit areas of at most 20,000 people (Census 2000, guidance on 45 CFR 164.514(b)(2)(i)(B) of 26 Nov 2012).
RESTRICTED = frozenset(
    {
        "036",
        "059",
        "063",
        "102",
        "203",
        "556",
        "692",
        "790",
        "821",
        "823",
        "830",
        "831",
        "878",
        "879",
        "884",
        "890",
        "893",
    }
)


def coarse_postcode(value: str) -> str:
    """The first three digits of a US postcode, ``000`` where few live there; of a Chinese one the province's two.

    Digits left out become asterisks, so that nobody takes the rest for a postcode. Of other forms nothing stays but
    the shape.
    """
    digits = re.sub(r"\D", "", value)
    if len(digits) == 6 and digits == value:
        return digits[:2] + "****"
    if len(digits) in (5, 9) and re.fullmatch(r"\d{5}(?:[-\s]?\d{4})?", value):
        return ("000" if digits[:3] in RESTRICTED else digits[:3]) + "**"
    return re.sub(r"\w", "*", value)
