"""What the de-identification room says of a file of records, signed. No input or output, and no cryptography."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from medgo.errors import CertificateError


@dataclass(frozen=True, slots=True)
class Certificate:
    """A signed statement that one file holds de-identified records.

    It lies beside the file as ``<file>.certificate.json``. The signature covers every other field, so none can be
    changed; the hash covers the file, so no record can be added afterwards.

    Args:
        id: Unique; ends up in ``Provenance.certificate`` of every row made from the file.
        sha256: Hash of the file's bytes, 64 hexadecimal digits.
        records: How many records it holds.
        method: What de-identified it, with its version (``medgo-deid 1.0``).
        issuer: The organisation that answers for it.
        issued: ISO date.
        expires: ISO date after which nothing new may be made from the file; empty for never.
        key_id: Fingerprint of the public key: the first 16 hexadecimal digits of its SHA-256.
        signature: Ed25519 signature of :meth:`payload`, base64.
    """

    id: str
    sha256: str
    records: int
    method: str
    issuer: str
    issued: str
    expires: str
    key_id: str
    signature: str

    def payload(self) -> bytes:
        """What is signed: all fields but the signature, as JSON with sorted keys and no white space, UTF-8."""
        signed = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "signature"}
        return json.dumps(signed, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Certificate:
        """Read a certificate's JSON.

        Raises:
            CertificateError: A field is missing, unknown, or of another type.
        """
        kinds = {f.name: int if f.name == "records" else str for f in fields(cls)}
        if set(value) != set(kinds):
            odd = sorted(set(value) ^ set(kinds))
            raise CertificateError(f"a certificate has the fields {', '.join(kinds)}; {', '.join(odd)} does not fit")
        wrong = [name for name, kind in kinds.items() if type(value[name]) is not kind]
        if wrong:
            raise CertificateError(f"the certificate's {', '.join(wrong)} is of another type than it should be")
        return cls(**value)
