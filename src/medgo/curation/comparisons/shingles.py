"""A text as a set of shingles: five tokens in a row, each Latin word and each Han character one token.

So Chinese, which has no spaces, is compared by characters and English by words, in the same text too. Width, case,
markup, line breaks and traditional characters make no difference.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from medgo.curation.decontamination.folding import Folding
from medgo.curation.decontamination.tokens import runs, tokens_of

SHINGLE = 5
Hashes = npt.NDArray[np.uint64]


def shingles_of(text: str, table: Folding) -> Hashes:
    """Hashes of all shingles of a text, in order, some of them twice; fewer than five tokens are one shingle.

    Returns:
        shape [s]; empty where there is no token.
    """
    tokens = tokens_of(text, table).own
    if not len(tokens):
        return np.empty(0, np.uint64)
    # A text of fewer would otherwise be a copy of nothing.
    return runs(tokens, min(SHINGLE, len(tokens)))
