"""Which values occur in a corpus as identifiers: keyed hashes of them, so that the list gives nobody away."""

from __future__ import annotations

import hmac
from collections.abc import Iterable

from medgo.deid.keys import Key
from medgo.deid.replacing.draws import normal


class SeenIdentifiers:
    """A set of identifiers that answers whether a value is one of them, in any spelling; 8 bytes are kept of each.

    Args:
        key: For the hashes.
        values: Identifiers.
    """

    def __init__(self, key: Key, values: Iterable[str] = ()) -> None:
        self._secret = key.derive("seen identifiers")
        self._hashes: set[int] = set()
        for value in values:
            self.add(value)

    def add(self, value: str) -> None:
        """Take note of an identifier."""
        if normal(value):
            self._hashes.add(self._hash(value))

    def __call__(self, value: str) -> bool:
        """Whether a value is one of them."""
        return self._hash(value) in self._hashes

    def __len__(self) -> int:
        return len(self._hashes)

    def _hash(self, value: str) -> int:
        return int.from_bytes(hmac.digest(self._secret, normal(value).encode("utf-8", "surrogatepass"), "sha256")[:8])
