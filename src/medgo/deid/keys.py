"""The secret that surrogates, date shifts, vaults and signatures come from. Knows no record.

Who holds the file can undo the de-identification, so it is refused when others can read it. A key for each purpose is
derived from the secret with HMAC-SHA256 (RFC 2104); none of them leads back to it or to another.
"""

from __future__ import annotations

import hmac
import os
import secrets
import sys
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from medgo.errors import InputError, StorageError
from medgo.store.atomic import fsync_folder

SECRET_BYTES = 32
# A random key has fewer distinct bytes than this once in 10**32 times; one that somebody typed often does.
_FEWEST_DISTINCT_BYTES = 8
_NEW = "medgo deid key new PATH makes one"


class KeyFileError(InputError):
    """A key file is missing, damaged, too short, easy to guess, or can be read by others."""

    code = "key_file"


@dataclass(frozen=True, slots=True)
class Key:
    """A secret of 32 bytes, which no ``repr`` shows.

    Args:
        secret: The bytes.

    Raises:
        KeyFileError: There are fewer or more of them.
    """

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != SECRET_BYTES:
            raise KeyFileError(f"a key has {SECRET_BYTES} bytes, not {len(self.secret)}", hint=_NEW)

    def derive(self, purpose: str) -> bytes:
        """The key for one purpose, 32 bytes."""
        return hmac.digest(self.secret, b"medgo.deid/1/" + purpose.encode(), "sha256")

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that tell keys apart and say nothing of the secret."""
        return self.derive("fingerprint").hex()[:16]


def read_key(path: Path) -> Key:
    """Read a key file: 64 hexadecimal digits and a line break.

    Raises:
        KeyFileError: It is missing, not a key, easy to guess, or readable by anybody but its owner.
    """
    try:
        with path.open("rb") as file:
            # The open file is asked, not its name, which could be another file by now.
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(4096)
    except FileNotFoundError:
        raise KeyFileError(f"{path}: there is no key file", hint=_NEW) from None
    except OSError as error:
        raise KeyFileError(f"{path} cannot be read: {error.strerror or error}") from error
    if sys.platform != "win32" and mode & 0o077:
        raise KeyFileError(
            f"{path} can be read or written by others than its owner (mode {mode & 0o777:o})",
            hint=f"if nobody has read it: chmod 600 {path}; otherwise make a new key",
        )
    try:
        secret = bytes.fromhex(data.decode("ascii").strip())
    except (UnicodeDecodeError, ValueError):
        raise KeyFileError(f"{path} is not a key: expected {2 * SECRET_BYTES} hexadecimal digits", hint=_NEW) from None
    key = Key(secret)
    if _is_guessable(secret):
        raise KeyFileError(
            f"{path} holds a key that can be guessed: it repeats itself, counts, or spells words",
            hint=f"{_NEW}; what was written with this one can be undone by anybody",
        )
    return key


def _is_guessable(secret: bytes) -> bool:
    """Whether a secret has few different bytes, is a stretch again and again, goes on in equal steps, or is a text."""
    repeats = any(secret == secret[:size] * (len(secret) // size) for size in (1, 2, 4, 8, 16))
    steps = {(after - before) % 256 for before, after in pairwise(secret)}
    spells = all(0x20 <= byte < 0x7F for byte in secret)
    return repeats or spells or len(set(secret)) < _FEWEST_DISTINCT_BYTES or len(steps) == 1


def create_key(path: Path) -> Key:
    """Make a new key file that only its owner can read (mode 0600); it appears whole or not at all.

    Raises:
        KeyFileError: There is a file of that name: a key that was used must not be lost.
        StorageError: It cannot be written.
    """
    key = Key(secrets.token_bytes(SECRET_BYTES))
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(fd, "wb") as file:
                file.write(key.secret.hex().encode("ascii") + b"\n")
                file.flush()
                os.fsync(file.fileno())
            _name(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
        fsync_folder(path.parent)
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror or error}") from error
    return key


def _name(temporary: Path, path: Path) -> None:
    try:
        os.link(temporary, path)  # unlike a rename, this fails where there is a file
    except FileExistsError:
        raise KeyFileError(f"{path} exists already", hint="choose another name; keys are never overwritten") from None


def signing_key(key: Key) -> Ed25519PrivateKey:
    """The private key that signs certificates (Ed25519, RFC 8032)."""
    return Ed25519PrivateKey.from_private_bytes(key.derive("signing"))


def public_pem(key: Key) -> bytes:
    """The public half of :func:`signing_key` as PEM, for those who check certificates; no secret."""
    return signing_key(key).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
