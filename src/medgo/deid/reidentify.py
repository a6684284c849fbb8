"""The way back from surrogates: an encrypted vault of what stood where, and an audit log of who opened it.

Surrogates are drawn one way, so that only a vault kept on purpose leads back. Each record's pieces are encrypted with
AES-256-GCM (NIST SP 800-38D) under a key derived from the secret, bound to the record's id.
"""

from __future__ import annotations

import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from medgo.deid.keys import Key
from medgo.deid.replacing.protocol import Replaced
from medgo.errors import InputError
from medgo.store.append_log import AppendLog
from medgo.store.hashing import sha256_of_text

_NONCE_BYTES = 12


class ReidentificationError(InputError):
    """The key is another's, or the vault, the record and the text do not belong together."""

    code = "reidentification"


@dataclass(frozen=True, slots=True)
class Request:
    """Who wants to know, and why; both stand in the audit log.

    Args:
        who: A person's account.
        reason: Why, in words; empty ones are refused.
    """

    who: str
    reason: str

    def __post_init__(self) -> None:
        if not self.who.strip() or not self.reason.strip():
            raise ReidentificationError(
                "re-identification needs a person and a reason", hint="name both; they are kept in the audit log"
            )


def sealed(record: str, original: str, replaced: Replaced, key: Key) -> dict[str, Any]:
    """The vault's row of one text: ``{id, fingerprint, sealed}``, where ``sealed`` only the key opens.

    Args:
        record: The record's id; with several texts in a record, an id for each.
        original: The text before.
        replaced: The text after.
        key: The secret.
    """
    pieces = [[one.new_start, one.new_end, original[one.start : one.end]] for one in replaced.pieces]
    content = {"sha256": sha256_of_text(replaced.text), "pieces": pieces}
    nonce = secrets.token_bytes(_NONCE_BYTES)
    data = json.dumps(content, ensure_ascii=True).encode("ascii")
    closed = nonce + AESGCM(key.derive("vault")).encrypt(nonce, data, _bound(record))
    return {"id": record, "fingerprint": key.fingerprint, "sealed": b64encode(closed).decode("ascii")}


def opened(row: Mapping[str, Any], text: str, key: Key) -> str:
    """The original of a text, from its row in the vault.

    Raises:
        ReidentificationError: The key is not the one it was sealed with, the row is damaged or another record's, or
            the text was changed since.
    """
    try:
        record, closed = str(row["id"]), b64decode(row["sealed"], validate=True)
    except (KeyError, TypeError, ValueError):
        raise ReidentificationError("this is no row of a vault: expected {id, fingerprint, sealed}") from None
    if row.get("fingerprint") != key.fingerprint:
        raise ReidentificationError(
            f"record {record} was sealed with another key ({row.get('fingerprint')}, not {key.fingerprint})",
            hint="name the key file that the run used",
        )
    try:
        data = AESGCM(key.derive("vault")).decrypt(closed[:_NONCE_BYTES], closed[_NONCE_BYTES:], _bound(record))
    except (InvalidTag, ValueError):
        raise ReidentificationError(
            f"the vault's row of record {record} was damaged or is another record's", hint="restore the vault"
        ) from None
    content = json.loads(data)
    if sha256_of_text(text) != content["sha256"]:
        raise ReidentificationError(
            f"the text of record {record} is not the one that the run wrote", hint="give the text as it was written"
        )
    return _restored(text, content["pieces"])


def reidentify(record: str, text: str, vault: Path, key: Key, *, audit_log: Path, request: Request) -> str:
    """The original of one de-identified text; every attempt stands in the audit log before anything is shown.

    Args:
        record: The record's id in the vault.
        text: The de-identified text, unchanged.
        vault: The file that the run wrote.
        key: The run's key.
        audit_log: JSONL of ``{time, who, reason, record, outcome}``; it holds no identifier.
        request: Who asks, and why.

    Raises:
        ReidentificationError: See :func:`opened`; or the vault has no such record.
        StorageError: The audit log cannot be written: then nothing is shown.
    """
    with AppendLog(audit_log, fsync_rows=1) as log:
        entry = {"who": request.who, "reason": request.reason, "record": record, "key": key.fingerprint}
        try:
            original = opened(_row(vault, record), text, key)
        except ReidentificationError:
            log.append({"time": _now(), **entry, "outcome": "refused"})
            raise
        log.append({"time": _now(), **entry, "outcome": "restored"})
    return original


def _row(vault: Path, record: str) -> Mapping[str, Any]:
    found = None
    for row in _rows(vault):
        if row.get("id") == record:  # a resumed run may have sealed a record twice; the last one counts
            found = row
    if found is None:
        raise ReidentificationError(f"{vault} has no record {record}", hint="is it the vault of that run?")
    return found


def _rows(vault: Path) -> Iterator[Mapping[str, Any]]:
    try:
        with vault.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise ReidentificationError(f"{vault}, line {number}: expected an object")
                yield row
    except OSError as error:
        raise ReidentificationError(f"{vault} cannot be read: {error.strerror or error}") from error
    except ValueError:
        raise ReidentificationError(f"{vault} is damaged: a line of it is no JSON", hint="restore the vault") from None


def _restored(text: str, pieces: Sequence[tuple[int, int, str]]) -> str:
    parts, done = [], 0
    for start, end, original in pieces:
        parts += [text[done:start], original]
        done = end
    return "".join([*parts, text[done:]])


def _bound(record: str) -> bytes:
    return b"medgo.deid.vault/1/" + record.encode("utf-8", "surrogatepass")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
