"""An organisation that certifies files of records, as the de-identification room does."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from medgo.deid.policy import read_policy
from medgo.schema import Certificate
from medgo.store.certificates import certificate_path, key_id
from medgo.store.hashing import sha256_of_file

# What recipes accept that say nothing.
POLICY = read_policy().sha256


class Issuer:
    """Has a key pair; its public half lies in ``pem``."""

    def __init__(self, folder: Path, name: str) -> None:
        self._key = Ed25519PrivateKey.generate()
        public = self._key.public_key()
        self.pem = folder / f"{name}.pem"
        self.pem.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        self._key_id = key_id(public.public_bytes(Encoding.Raw, PublicFormat.Raw))

    def issue(
        self,
        file: Path,
        *,
        records: int = 2,
        issued: str = "2026-01-01",
        expires: str = "",
        policy_sha256: str = POLICY,
        passed: bool = True,
    ) -> Certificate:
        """Sign a certificate for the file as it is, and lay it beside it."""
        draft = Certificate(
            id=f"cert-{file.stem}",
            sha256=sha256_of_file(file),
            input_sha256="0" * 64,
            records=records,
            held_back=0,
            method="test 1",
            mode="surrogate",
            policy="test 1",
            policy_sha256=policy_sha256,
            detectors={"rules": "1"},
            counts={"name": 2},
            residual={},
            k=0,
            reviewed=0,
            leaks=0,
            leak_rate_upper=1.0,
            passed=passed,
            issuer="医院",
            issued=issued,
            expires=expires,
            key_id=self._key_id,
            signature="",
        )
        signed = replace(draft, signature=base64.b64encode(self._key.sign(draft.payload())).decode())
        write_certificate(file, signed.to_dict())
        return signed


def write_certificate(file: Path, value: object) -> None:
    """Lay anything where the certificate of a file belongs."""
    certificate_path(file).write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
