"""Certificates: what is issued verifies, what fails its policy is issued as failed, a review moves the bound."""

from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from medgo.deid.policy import read_policy
from medgo.deid.proving.bounds import reviews_needed, upper_bound
from medgo.deid.proving.certify import Measured, issue, measured_of, shortcomings
from medgo.errors import CertificateError
from medgo.store.certificates import verify_certificate

TODAY = date(2026, 11, 23)
MEASURED = Measured("0" * 64, 2, 0, "surrogate", {"numbers": "1"}, {"name": 3}, {"known": 0}, k=1)
POLICY = read_policy()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "records.jsonl"
    path.write_text('{"id": 1}\n{"id": 2}\n')
    return path


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def pem(key: Ed25519PrivateKey, folder: Path) -> Path:
    path = folder / "public.pem"
    path.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return path


def test_what_is_issued_is_valid_until_the_policys_day(file: Path, key: Ed25519PrivateKey, tmp_path: Path) -> None:
    issued = issue(file, MEASURED, POLICY, key, issuer="医院", today=TODAY)
    trusted = [pem(key, tmp_path)]
    assert verify_certificate(file, trusted, policies=[POLICY.sha256], today=date(2027, 11, 23)) == issued
    with pytest.raises(CertificateError, match="expired"):
        verify_certificate(file, trusted, policies=[POLICY.sha256], today=date(2027, 11, 24))


def test_a_leak_makes_the_certificate_worthless(file: Path, key: Ed25519PrivateKey, tmp_path: Path) -> None:
    failed = Measured("0" * 64, 2, 0, "surrogate", {}, {}, {"known": 1}, k=1)
    assert "1 by known" in shortcomings(failed, POLICY)[0]
    assert not issue(file, failed, POLICY, key, issuer="h", today=TODAY).passed
    with pytest.raises(CertificateError, match="not what its policy asks for"):
        verify_certificate(file, [pem(key, tmp_path)], policies=[POLICY.sha256], today=TODAY)


def test_the_strict_policy_asks_for_groups_and_for_a_review() -> None:
    strict = read_policy("strict")
    assert len(shortcomings(MEASURED, strict)) == 3
    reviewed = Measured("0" * 64, 900, 0, "surrogate", {}, {}, {}, k=5, reviewed=299)
    assert shortcomings(reviewed, strict) == []
    assert shortcomings(Measured("0" * 64, 900, 0, "surrogate", {}, {}, {}, k=5, reviewed=299, leaks=1), strict)


def test_a_review_is_kept_beside_what_was_measured(file: Path, key: Ed25519PrivateKey) -> None:
    first = issue(file, MEASURED, POLICY, key, issuer="h", today=TODAY)
    again = measured_of(first, reviewed=50, leaks=0)
    assert again == Measured("0" * 64, 2, 0, "surrogate", {"numbers": "1"}, {"name": 3}, {"known": 0}, 1, 50, 0)


@pytest.mark.parametrize(
    ("leaks", "reviewed", "bound"), [(0, 0, 1.0), (0, 299, 0.01), (0, 59, 0.05), (1, 10, 0.394), (10, 10, 1.0)]
)
def test_bounds_are_those_of_the_tables(leaks: int, reviewed: int, bound: float) -> None:
    assert upper_bound(leaks, reviewed) == pytest.approx(bound, abs=5e-4)


def test_more_leaks_than_records_is_nonsense() -> None:
    with pytest.raises(ValueError, match="cannot"):
        upper_bound(3, 2)


@pytest.mark.parametrize(("leaks", "rate", "size"), [(0, 0.01, 299), (1, 0.01, 473), (0, 0.05, 59)])
def test_how_many_texts_a_review_takes(leaks: int, rate: float, size: int) -> None:
    assert reviews_needed(leaks, rate) == size
    assert upper_bound(leaks, size) <= rate < upper_bound(leaks, size - 1)
