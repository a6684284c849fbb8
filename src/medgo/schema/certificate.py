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
        input_sha256: Hash of what was de-identified (of a folder: of its files' names and hashes).
        records: How many records the file holds.
        held_back: How many were kept out of it, because a detector failed or they could not be read.
        method: What de-identified it, with its version (``medgo-deid 1.0``).
        mode: ``surrogate`` or ``tag``.
        policy: Name and version of the policy.
        policy_sha256: Its hash.
        detectors: Versions of the detectors by name.
        counts: Replaced stretches by class of identifier.
        residual: What the attack on the file found, by sort; all of it is counted, nothing of it is quoted.
        k: Least number of records that share their quasi-identifiers; 0 where there are none to share.
        reviewed: Records that a person has read against their originals.
        leaks: Records in which that person found an identifier.
        leak_rate_upper: One-sided 95 % Clopper-Pearson bound of the share of records with a leak; 1 without a review.
        passed: Whether the file is what its policy asks for.
        issuer: The organisation that answers for it.
        issued: ISO date.
        expires: ISO date after which nothing new may be made from the file; empty for never.
        key_id: Fingerprint of the public key: the first 16 hexadecimal digits of its SHA-256.
        signature: Ed25519 signature of :meth:`payload`, base64.
    """

    id: str
    sha256: str
    input_sha256: str
    records: int
    held_back: int
    method: str
    mode: str
    policy: str
    policy_sha256: str
    detectors: Mapping[str, str]
    counts: Mapping[str, int]
    residual: Mapping[str, int]
    k: int
    reviewed: int
    leaks: int
    leak_rate_upper: float
    passed: bool
    issuer: str
    issued: str
    expires: str
    key_id: str
    signature: str

    def payload(self) -> bytes:
        """What is signed: all fields but the signature, as JSON with sorted keys and no white space, UTF-8."""
        signed = {name: value for name, value in self.to_dict().items() if name != "signature"}
        return json.dumps(signed, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: dict(value) if isinstance(value, Mapping) else value for name, value in values.items()}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Certificate:
        """Read a certificate's JSON.

        Raises:
            CertificateError: A field is missing, unknown, or of another type.
        """
        kinds = {f.name: _KINDS.get(str(f.type), str) for f in fields(cls)}
        if set(value) != set(kinds):
            odd = sorted(set(value) ^ set(kinds))
            raise CertificateError(f"a certificate has the fields {', '.join(kinds)}; {', '.join(odd)} does not fit")
        wrong = [name for name, kind in kinds.items() if type(value[name]) is not kind]
        wrong = wrong or [
            name for name, kind in _VALUES.items() if {type(one) for one in value[name].values()} - {kind}
        ]
        if wrong:
            raise CertificateError(f"the certificate's {', '.join(wrong)} is of another type than it should be")
        return cls(**value)


_KINDS: Mapping[str, type] = {
    "int": int,
    "float": float,
    "bool": bool,
    "Mapping[str, str]": dict,
    "Mapping[str, int]": dict,
}
_VALUES: Mapping[str, type] = {"detectors": str, "counts": int, "residual": int}
