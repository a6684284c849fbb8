"""From a finished run to certificates: attack, measure, sign, and leave a note of what was suspected in the house."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from medgo.deid.assembling import PLUGINS
from medgo.deid.keys import Key, public_pem, read_key, signing_key
from medgo.deid.policy import Policy, read_policy
from medgo.deid.protocol import Detector
from medgo.deid.proving.attack import Attack
from medgo.deid.proving.certify import CLEARED, Measured, issue, measured_of, shortcomings
from medgo.deid.proving.independent import IndependentDetector
from medgo.deid.proving.of_run import Cleared, FileProof, Proof, audit_of, prove_run
from medgo.deid.proving.review import Correction
from medgo.deid.proving.reviews import add_review, reviewed_so_far
from medgo.deid.runs.config import RunConfig, run_folder
from medgo.deid.runs.places import places_of
from medgo.deid.runs.rare import rare_diagnoses
from medgo.errors import InputError
from medgo.schema import Certificate
from medgo.store import RowFile, encode_row, replacing
from medgo.store.certificates import genuine_certificate


@dataclass(frozen=True, slots=True)
class Certified:
    """A run's certificates.

    Args:
        certificates: One for each file of the output.
        shortcomings: What any of them lacks of what the policy asks for.
        linkable: Records whose quasi-identifiers are still those of one original alone.
        below_k: Records in groups smaller than the policy's k.
        suspects: File of places that the attack found; stays in the house.
        public_key: File with the public key that the certificates are checked with.
    """

    certificates: list[Certificate]
    shortcomings: list[str]
    linkable: int
    below_k: int
    suspects: Path
    public_key: Path


def certify_run(
    config: RunConfig,
    *,
    issuer: str,
    today: date,
    models: bool = False,
    cleared: Path | None = None,
    advance: Callable[[int], None] = lambda _: None,
) -> Certified:
    """Attack a finished run and sign what came of it.

    Args:
        config: The run; it needs a key, whose public half is laid beside the output.
        issuer: Who answers for it.
        today: The day of issue.
        models: Whether models that took no part in the run read the output, too.
        cleared: Lines of an earlier ``suspects.jsonl`` that a person has looked at and found to be nobody's.
        advance: Is told the bytes of each unit.

    Raises:
        InputError: There is no key, or input and output are not those of the run.
    """
    if config.key_file is None:
        raise InputError("certificates are signed with a key, and none was named", hint="--key-file FILE")
    key, policy = read_key(config.key_file), read_policy(config.policy)
    attack = Attack.with_detectors(_attackers(config, models))
    proof = prove_run(config, attack, rare_diagnoses(), cleared=_cleared(cleared), advance=advance)
    folder = run_folder(config.output)
    suspects, public = folder / "suspects.jsonl", folder / "public.pem"
    with replacing(suspects) as file:
        os.fchmod(file.fileno(), 0o600)
        for one in proof.files:
            for suspect in one.suspects:
                file.write(encode_row({"file": one.path.name, **suspect._asdict()}))
    with replacing(public) as file:
        file.write(public_pem(key))
    reviewed = reviewed_so_far(folder, proof.audit["output_sha256"])
    measured = [(one, _measured(one, proof, reviewed)) for one in proof.files]
    signed = [issue(one.path, what, policy, signing_key(key), issuer=issuer, today=today) for one, what in measured]
    lacking = sorted({line for _, what in measured for line in shortcomings(what, policy)})
    below = proof.anonymity.below(policy.k)
    return Certified(signed, lacking, proof.anonymity.linkable, below, suspects, public)


def _attackers(config: RunConfig, models: bool) -> list[Detector]:
    attackers: list[Detector] = [IndependentDetector()]
    if models:
        if config.tier == "ab":
            raise InputError(
                "models took part in the run and are no independent readers of it", hint="run it with tier a"
            )
        from medgo.deid.tier_b import tier_b

        attackers += tier_b(PLUGINS)
    return attackers


def _cleared(path: Path | None) -> Cleared:
    if path is None:
        return frozenset()
    places = set()
    for row in RowFile(path):
        try:
            value = row.value or {}
            places.add((str(value["id"]), int(value["at"]), int(value["start"]), int(value["end"])))
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"{path}, line {row.number}: no place", hint="take lines of suspects.jsonl") from error
    return frozenset(places)


def _measured(file: FileProof, proof: Proof, review: tuple[int, int]) -> Measured:
    reviewed, leaks = review
    return Measured(
        input_sha256=proof.audit["input_sha256"],
        records=file.records,
        held_back=sum(proof.audit["held_back"].values()),
        mode=proof.audit["mode"],
        detectors=proof.audit["detectors"],
        counts=dict(sorted(file.counts.items())),
        residual={**file.leaks, CLEARED: file.cleared},
        k=proof.anonymity.k,
        reviewed=reviewed,
        leaks=leaks,
    )


def sign_review(
    config: RunConfig, corrections: Sequence[Correction], *, today: date
) -> tuple[list[Certificate], list[str]]:
    """Keep what a person said of a run's texts, and issue all its certificates again with that in them.

    Args:
        config: The run; it needs a key.
        corrections: What the person said; the sample was drawn from all files of the run, and so counts for each.
        today: The day of issue.

    Returns:
        The new certificates, and what any of them lacks of what the policy asks for.

    Raises:
        CertificateError: There is none to begin with, or it is not of this file and this key.
        InputError: There is no key, or the run is another: see :func:`medgo.deid.proving.of_run.audit_of`.
        StorageError: The review cannot be kept.
    """
    if config.key_file is None:
        raise InputError("certificates are signed with a key, and none was named", hint="--key-file FILE")
    audit, policy = audit_of(config, ()), read_policy(config.policy)
    files = [place.target for place in places_of(config) if place.format is not None and place.target.exists()]
    key = read_key(config.key_file)
    for file in files:
        _own_certificate(file, key)
    reviewed, leaks = add_review(run_folder(config.output), audit["output_sha256"], corrections)
    new = [recertified(one, policy, config.key_file, reviewed=reviewed, leaks=leaks, today=today) for one in files]
    return [one for one, _ in new], sorted({line for _, lacking in new for line in lacking})


def recertified(
    file: Path, policy: Policy, key_file: Path, *, reviewed: int, leaks: int, today: date
) -> tuple[Certificate, list[str]]:
    """Issue a file's certificate again with the outcome of a review in it.

    Returns:
        The new certificate, and what it lacks of what the policy asks for.

    Raises:
        CertificateError: There is none to begin with, or it is not of this file and this key.
        InputError: The key cannot be read, or the policy is another.
    """
    old = _own_certificate(file, read_key(key_file))
    if old.policy_sha256 != policy.sha256:
        raise InputError(f"{file.name} was made under the policy {old.policy}", hint="--policy names it")
    measured = measured_of(old, reviewed=reviewed, leaks=leaks)
    key = signing_key(read_key(key_file))
    new = issue(file, measured, policy, key, issuer=old.issuer, today=today)
    return new, shortcomings(measured, policy)


def _own_certificate(file: Path, key: Key) -> Certificate:
    with tempfile.TemporaryDirectory() as folder:
        public = Path(folder) / "public.pem"
        public.write_bytes(public_pem(key))
        return genuine_certificate(file, [public])
