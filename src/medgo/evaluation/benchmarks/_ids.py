"""Ids for items whose file has none: a hash of what is asked, so that all copies of a question share it.

Knows no benchmark and no row.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping

DIGITS = 12


def stem_id(question: str, options: Mapping[str, str]) -> str:
    """Name an item by its text.

    The order and the letters of the options do not count (some copies shuffle them), nor do Unicode's compatibility
    forms and the kind and amount of white space (copies went through spreadsheets and web pages).

    Args:
        question: The stem, without options.
        options: Label → text.

    Returns:
        Twelve hexadecimal digits of SHA-256 over the normalised stem and the sorted, normalised option texts.
        With 48 bits, two of 10,000 different questions share an id with probability 2e-7.
    """
    parts = [normalised(question), *sorted(normalised(text) for text in options.values())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:DIGITS]


def normalised(text: str) -> str:
    """A text without what copies of it change: compatibility forms, kind and amount of white space."""
    return " ".join(unicodedata.normalize("NFKC", text).split())
