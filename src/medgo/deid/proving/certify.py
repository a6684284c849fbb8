"""Issues the certificate of a file of de-identified records. What it says is measured elsewhere; here it is signed."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from medgo.deid.policy import Policy
from medgo.deid.proving.bounds import reviews_needed, upper_bound
from medgo.schema import Certificate
from medgo.store.atomic import replacing
from medgo.store.certificates import certificate_path, key_id
from medgo.store.hashing import sha256_of_file

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

METHOD = "medgo-deid 1"
# What a person has looked at and found to be nobody's: told beside what the attack found, and not held against it.
CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of a finished file.

    Args:
        input_sha256: Hash of what was de-identified.
        records: Records in the file.
        held_back: Records kept out of it.
        mode: ``surrogate`` or ``tag``.
        detectors: Versions by name.
        counts: Replaced stretches by class.
        residual: Findings of the attack by sort.
        k: Least group of records that share their quasi-identifiers.
        reviewed: Records that a person has read.
        leaks: Those with a leak.
    """

    input_sha256: str
    records: int
    held_back: int
    mode: str
    detectors: Mapping[str, str]
    counts: Mapping[str, int]
    residual: Mapping[str, int]
    k: int
    reviewed: int = 0
    leaks: int = 0


def shortcomings(measured: Measured, policy: Policy) -> list[str]:
    """What a file lacks of what its policy asks for; empty where it passes. For people to read."""
    found = []
    leaks = {sort: count for sort, count in measured.residual.items() if count and sort != CLEARED}
    residual = sum(leaks.values())
    if residual > policy.max_residual:
        sorts = ", ".join(f"{count} by {sort}" for sort, count in leaks.items())
        found.append(f"the attack found {residual} ({sorts}), the policy allows {policy.max_residual}")
    if measured.records and measured.k < policy.k:
        found.append(f"k is {measured.k}, the policy asks for {policy.k}")
    if measured.reviewed < policy.min_reviewed:
        found.append(f"a person has reviewed {measured.reviewed} records, the policy asks for {policy.min_reviewed}")
    bound = upper_bound(measured.leaks, measured.reviewed)
    if (measured.leaks or policy.min_reviewed) and bound > policy.leak_rate:
        found.append(
            f"the leak rate may be {bound:.3f}, the policy allows {policy.leak_rate}: {_way_out(measured, policy)}"
        )
    return found


def _way_out(measured: Measured, policy: Policy) -> str:
    """What a review that does not satisfy the policy asks for, in words of a data officer."""
    enough = reviews_needed(measured.leaks, policy.leak_rate)
    if not measured.leaks:
        return f"of {enough:,} texts read none may have a leak"
    return (
        f"{measured.leaks} of {measured.reviewed} texts read had a leak. Take those records out of the input and run "
        f"it again; if they stay, {enough:,} texts have to be read, and no other one may have a leak"
    )


def issue(
    file: Path, measured: Measured, policy: Policy, key: Ed25519PrivateKey, *, issuer: str, today: date
) -> Certificate:
    """Sign what was measured and lay it beside the file.

    A file that is not what its policy asks for gets a certificate too, which says so, and which nobody accepts: see
    :func:`shortcomings`.

    Args:
        file: Finished; its hash stands in the certificate.
        measured: What is known of it.
        policy: Under which it was made.
        key: Signs.
        issuer: Who answers for it.
        today: The day of issue.
    """
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    draft = Certificate(
        id=f"deid-{uuid.uuid4()}",
        sha256=sha256_of_file(file),
        input_sha256=measured.input_sha256,
        records=measured.records,
        held_back=measured.held_back,
        method=METHOD,
        mode=measured.mode,
        policy=f"{policy.name} {policy.version}",
        policy_sha256=policy.sha256,
        detectors=dict(measured.detectors),
        counts=dict(measured.counts),
        residual=dict(measured.residual),
        k=measured.k,
        reviewed=measured.reviewed,
        leaks=measured.leaks,
        leak_rate_upper=upper_bound(measured.leaks, measured.reviewed),
        passed=not shortcomings(measured, policy),
        issuer=issuer,
        issued=today.isoformat(),
        expires=(today + timedelta(days=policy.certificate_days)).isoformat(),
        key_id=key_id(public),
        signature="",
    )
    signed = replace(draft, signature=base64.b64encode(key.sign(draft.payload())).decode())
    with replacing(certificate_path(file)) as out:
        out.write(json.dumps(signed.to_dict(), ensure_ascii=False, indent=2).encode() + b"\n")
    return signed


def measured_of(certificate: Certificate, *, reviewed: int, leaks: int) -> Measured:
    """What a certificate says of its file, with the outcome of a review in it, to be issued again."""
    return Measured(
        input_sha256=certificate.input_sha256,
        records=certificate.records,
        held_back=certificate.held_back,
        mode=certificate.mode,
        detectors=certificate.detectors,
        counts=certificate.counts,
        residual=certificate.residual,
        k=certificate.k,
        reviewed=reviewed,
        leaks=leaks,
    )
