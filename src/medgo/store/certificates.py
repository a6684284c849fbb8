"""Is a file of records covered by a certificate that somebody we trust has signed? Knows no record.

Ed25519 (RFC 8032) through the ``cryptography`` package. Nothing here issues certificates: `medgo.deid.proving` does.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from medgo.errors import CertificateError
from medgo.schema.certificate import Certificate
from medgo.store.hashing import sha256_of_file

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_SUFFIX = ".certificate.json"


def certificate_path(file: Path) -> Path:
    """Where the certificate of a file lies: beside it."""
    return file.with_name(file.name + _SUFFIX)


def verify_certificate(file: Path, trusted: Sequence[Path], *, policies: Collection[str], today: date) -> Certificate:
    """Check the certificate beside a file of records.

    Args:
        file: The records.
        trusted: Public keys (PEM) of issuers that the user trusts.
        policies: Hashes of the policies that the user accepts.
        today: Against which ``expires`` is read.

    Returns:
        The certificate, which is valid.

    Raises:
        CertificateError: There is none, it is of another file or another policy, what it certifies failed the attack on
            it, nobody trusted signed it, or it has expired.
    """
    certificate = genuine_certificate(file, trusted)
    if certificate.policy_sha256 not in policies:
        raise CertificateError(
            f"the certificate {certificate.id} was issued under the policy {certificate.policy}, which is not accepted"
            " here (or has the same name and says something else)",
            hint="add the policy's name or file to the recipe's policies, if you accept it",
        )
    if not certificate.passed:
        raise CertificateError(
            f"the certificate {certificate.id} says that the file is not what its policy asks for",
            hint="its residual, k and leak_rate_upper say what is the matter; de-identify it again",
        )
    if certificate.expires and _day(certificate.expires) < today:
        raise CertificateError(
            f"the certificate {certificate.id} expired on {certificate.expires}", hint="have it renewed by its issuer"
        )
    if _day(certificate.issued) > today:
        raise CertificateError(f"the certificate {certificate.id} was issued on {certificate.issued}, which is to come")
    return certificate


def genuine_certificate(file: Path, trusted: Sequence[Path]) -> Certificate:
    """The certificate beside a file, which is of this file and signed by somebody trusted, whatever it says.

    Raises:
        CertificateError: There is none, it is of another file, or nobody trusted signed it.
    """
    certificate = read_certificate(file)
    if sha256_of_file(file) != certificate.sha256:
        raise CertificateError(
            f"{file} is not the file that {certificate_path(file).name} was issued for: its bytes have another hash",
            hint="de-identify it again, or restore the certified version",
        )
    _check_signature(certificate, trusted)
    return certificate


def has_certificate(file: Path) -> bool:
    """Whether one lies beside the file, valid or not."""
    return certificate_path(file).exists()


def key_id(public_key: bytes) -> str:
    """The name of a raw Ed25519 public key (32 bytes): the first 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def read_certificate(file: Path) -> Certificate:
    """The certificate beside a file, whatever it is worth.

    Raises:
        CertificateError: There is none, or it cannot be read.
    """
    path = certificate_path(file)
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise CertificateError(
            f"{file} holds records and no certificate lies beside it: nothing may be made from them",
            hint=f"de-identification writes {path.name}; records made up by a program say so with synthetic: true",
        ) from None
    except (OSError, ValueError) as error:
        raise CertificateError(f"{path} cannot be read: {error}", hint="have it issued again") from error
    if not isinstance(value, dict):
        raise CertificateError(f"{path} is not a certificate: expected an object")
    return Certificate.from_dict(value)


def _check_signature(certificate: Certificate, trusted: Sequence[Path]) -> None:
    from cryptography.exceptions import InvalidSignature

    keys = {name: key for path in trusted for name, key in [_load_key(path)]}
    key = keys.get(certificate.key_id)
    if key is None:
        raise CertificateError(
            f"the certificate {certificate.id} is signed with the key {certificate.key_id}, which is not trusted here",
            hint="add the issuer's public key (PEM) to trusted_keys in the recipe, if you trust it",
        )
    try:
        key.verify(base64.b64decode(certificate.signature, validate=True), certificate.payload())
    except (InvalidSignature, ValueError):  # ValueError: it is no base64
        raise CertificateError(
            f"the signature of the certificate {certificate.id} does not hold: a field was changed after signing",
            hint="have it issued again",
        ) from None


def _load_key(path: Path) -> tuple[str, Ed25519PublicKey]:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise CertificateError(f"{path} is not a public key in PEM form: {error}") from error
    if not isinstance(key, Ed25519PublicKey):
        raise CertificateError(f"{path} is a {type(key).__name__}; certificates are signed with Ed25519")
    return key_id(key.public_bytes(Encoding.Raw, PublicFormat.Raw)), key


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CertificateError(f"{text!r} in a certificate is not a date: {error}") from error
