"""MinHash signatures and their bands (Broder 1997; Leskovec, Rajaraman & Ullman 2014, ch. 3). Knows no document.

Two signatures agree in a row with the probability of the sets' Jaccard similarity s. They are compared when one of
``bands`` bands of ``rows`` rows is equal, which happens with probability ``1 - (1 - s**rows)**bands``: the S-curve.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from medgo.errors import EngineUnavailableError

Engine = Literal["numpy", "rensa"]
Signature = npt.NDArray[np.uint32]
_EMPTY = np.uint32(0xFFFFFFFF)
# Shingles times rows that are hashed at once: more would leave the processor's cache.
_AT_ONCE = 2**17


def s_curve(similarity: float, bands: int, rows: int) -> float:
    """Probability that two sets are compared at all.

    Args:
        similarity: Their Jaccard similarity, 0 to 1.
        bands: Bands of a signature.
        rows: Rows of a band.
    """
    return float(1 - (1 - similarity**rows) ** bands)


def signature_of(shingles: npt.NDArray[np.uint64], size: int, seed: int, engine: Engine) -> Signature:
    """The MinHash signature of a set.

    Args:
        shingles: Hashes of its members. shape [s].
        size: Rows of the signature.
        seed: Of the hash functions.
        engine: ``rensa`` is faster, and has hash functions of its own: signatures of both cannot be compared.

    Returns:
        shape [size]; all ones for an empty set.
    """
    if not len(shingles):
        return np.full(size, _EMPTY, np.uint32)
    if engine == "rensa":
        flat = rensa().RMinHash.digest_matrix_from_flat_token_hashes(shingles, [0, len(shingles)], size, seed)
        return np.array(flat.to_rows()[0], np.uint32)
    multipliers, addends = _functions(size, seed)
    mixed = _mixed(shingles)
    lowest = np.full(size, _EMPTY, np.uint32)
    step = max(1, _AT_ONCE // size)
    for at in range(0, len(mixed), step):
        # Multiply-shift: the upper half of an odd multiple modulo 2**64.
        hashes = ((mixed[at : at + step, None] * multipliers + addends) >> np.uint64(32)).astype(np.uint32)
        np.minimum(lowest, hashes.min(axis=0), out=lowest)
    return lowest


def band_keys(signatures: npt.NDArray[np.uint32], band: int, rows: int) -> npt.NDArray[np.uint64]:
    """One number for a band of every signature. [n, size] → [n]."""
    keys = np.full(len(signatures), band + 1, np.uint64)
    for row in range(band * rows, (band + 1) * rows):
        keys = _mixed(keys ^ signatures[:, row].astype(np.uint64))
    return keys


def rensa() -> Any:
    """The module.

    Raises:
        EngineUnavailableError: It is not installed.
    """
    try:
        import rensa as library
    except ImportError as error:
        raise EngineUnavailableError("rensa is not installed", hint="pip install 'medgo[minhash]'") from error
    return library


@lru_cache(maxsize=8)
def _functions(size: int, seed: int) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    rng = np.random.default_rng(seed)
    whole = np.iinfo(np.uint64).max
    multipliers = rng.integers(0, whole, size, np.uint64, endpoint=True) | np.uint64(1)
    return multipliers, rng.integers(0, whole, size, np.uint64, endpoint=True)


def _mixed(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Every bit depends on every other (SplitMix64's finaliser, Steele et al. 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
