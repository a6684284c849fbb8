"""Hashes of files and of plain values. Knows nothing of what they identify."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

_CHUNK = 1 << 20


def sha256_of_file(path: Path, progress: Callable[[int], None] | None = None) -> str:
    """Hash a file of any size in constant memory.

    Args:
        path: The file.
        progress: Called with the number of bytes of each piece that was read.

    Returns:
        64 hexadecimal digits.

    Raises:
        OSError: The file cannot be read.
    """
    return _digest_file(path, hashlib.sha256(), progress)


def git_blob_sha1(path: Path) -> str:
    """Return the id that git gives to the file's content (``git hash-object``), as the hub lists small files.

    Raises:
        OSError: The file cannot be read.
    """
    header = f"blob {path.stat().st_size}\0".encode()
    return _digest_file(path, hashlib.sha1(header, usedforsecurity=False), None)


def sha256_of_text(text: str) -> str:
    """Hash the UTF-8 bytes of a text: 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def fingerprint(value: Any) -> str:
    """Hash a JSON-like value so that equal values have equal fingerprints, whatever the order of their keys.

    Args:
        value: Dicts with string keys, lists, tuples, strings, finite numbers, booleans and None.

    Returns:
        64 hexadecimal digits.

    Raises:
        TypeError: A part of it is not JSON.
        ValueError: A number is NaN or infinite, which JSON does not have.
    """
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return sha256_of_text(text)


def _digest_file(path: Path, digest: Any, progress: Callable[[int], None] | None) -> str:
    with path.open("rb", buffering=0) as file:
        buffer = memoryview(bytearray(_CHUNK))
        while count := file.readinto(buffer):
            digest.update(buffer[:count])
            if progress is not None:
                progress(count)
    return str(digest.hexdigest())
