from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from medgo.errors import CertificateError
from medgo.schema import Certificate
from medgo.store.certificates import certificate_path, verify_certificate
from tests.support.issuer import POLICY, Issuer, write_certificate

TODAY = date(2026, 11, 22)


def _fields(certificate: Certificate) -> dict[str, object]:
    return certificate.to_dict()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "records.jsonl"
    path.write_text('{"id": 1}\n{"id": 2}\n')
    return path


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path, "hospital")


def test_a_certificate_of_a_trusted_issuer_is_valid(file: Path, issuer: Issuer, tmp_path: Path) -> None:
    issued = issuer.issue(file)
    other = Issuer(tmp_path, "other")
    assert verify_certificate(file, [other.pem, issuer.pem], policies=[POLICY], today=TODAY) == issued


def test_records_without_a_certificate_are_refused(file: Path, issuer: Issuer) -> None:
    with pytest.raises(CertificateError, match="no certificate lies beside it"):
        verify_certificate(file, [issuer.pem], policies=[POLICY], today=TODAY)


def test_one_byte_more_is_another_file(file: Path, issuer: Issuer) -> None:
    issuer.issue(file)
    file.write_text(file.read_text() + "\n")
    with pytest.raises(CertificateError, match="another hash"):
        verify_certificate(file, [issuer.pem], policies=[POLICY], today=TODAY)


def test_an_issuer_that_nobody_trusts_is_refused(file: Path, issuer: Issuer, tmp_path: Path) -> None:
    issuer.issue(file)
    with pytest.raises(CertificateError, match="not trusted"):
        verify_certificate(file, [Issuer(tmp_path, "other").pem], policies=[POLICY], today=TODAY)
    with pytest.raises(CertificateError, match="not trusted"):
        verify_certificate(file, [], policies=[POLICY], today=TODAY)


SIGNED = "id records method issuer issued expires policy k leak_rate_upper passed counts residual input_sha256"


@pytest.mark.parametrize("field", SIGNED.split())
def test_no_field_can_be_changed_after_signing(file: Path, issuer: Issuer, field: str) -> None:
    value = issuer.issue(file, expires="2027-01-01").to_dict()
    changed = {"records": 3, "k": 9, "leak_rate_upper": 0.0, "passed": False, "counts": {}, "residual": {"known": 1}}
    value[field] = changed.get(field, "2026-06-01")
    write_certificate(file, value)
    with pytest.raises(CertificateError, match="does not hold"):
        verify_certificate(file, [issuer.pem], policies=[POLICY], today=TODAY)


def test_another_key_under_a_trusted_name_does_not_pass(file: Path, issuer: Issuer, tmp_path: Path) -> None:
    forged = _fields(Issuer(tmp_path, "forger").issue(file)) | {"key_id": issuer.issue(file).key_id}
    write_certificate(file, forged)
    with pytest.raises(CertificateError, match="does not hold"):
        verify_certificate(file, [issuer.pem], policies=[POLICY], today=TODAY)


@pytest.mark.parametrize("signature", ["", "no base64 ü", "AAAA"])
def test_a_signature_that_is_none_does_not_hold(file: Path, issuer: Issuer, signature: str) -> None:
    write_certificate(file, _fields(issuer.issue(file)) | {"signature": signature})
    with pytest.raises(CertificateError):
        verify_certificate(file, [issuer.pem], policies=[POLICY], today=TODAY)


def test_an_expired_certificate_is_refused_from_the_day_after(file: Path, issuer: Issuer) -> None:
    issuer.issue(file, expires="2026-11-22")
    verify_certificate(file, [issuer.pem], policies=[POLICY], today=TODAY)
    with pytest.raises(CertificateError, match="expired"):
        verify_certificate(file, [issuer.pem], policies=[POLICY], today=date(2026, 11, 23))


def test_a_certificate_from_the_future_is_refused(file: Path, issuer: Issuer) -> None:
    issuer.issue(file, issued="2027-01-01")
    with pytest.raises(CertificateError, match="to come"):
        verify_certificate(file, [issuer.pem], policies=[POLICY], today=TODAY)


@pytest.mark.parametrize("change", [{"extra": 1}, {"records": "2"}, {"records": True}, {"id": None}])
def test_a_certificate_of_another_shape_is_refused(file: Path, issuer: Issuer, change: dict[str, object]) -> None:
    write_certificate(file, _fields(issuer.issue(file)) | change)
    with pytest.raises(CertificateError):
        verify_certificate(file, [issuer.pem], policies=[POLICY], today=TODAY)


@pytest.mark.parametrize("text", ["[]", "{", "null", "\x00"])
def test_rubbish_beside_the_file_is_no_certificate(file: Path, issuer: Issuer, text: str) -> None:
    certificate_path(file).write_text(text)
    with pytest.raises(CertificateError):
        verify_certificate(file, [issuer.pem], policies=[POLICY], today=TODAY)


def test_a_key_of_another_kind_is_refused(file: Path, issuer: Issuer, tmp_path: Path) -> None:
    issuer.issue(file)
    other = tmp_path / "x25519.pem"
    public = X25519PrivateKey.generate().public_key()
    other.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    for path in (other, file, tmp_path / "nowhere.pem"):
        with pytest.raises(CertificateError):
            verify_certificate(file, [path], policies=[POLICY], today=TODAY)


def test_another_policy_is_refused_under_the_same_name(file: Path, issuer: Issuer) -> None:
    issuer.issue(file, policy_sha256="f" * 64)
    with pytest.raises(CertificateError, match="policy"):
        verify_certificate(file, [issuer.pem], policies=[POLICY], today=TODAY)


def test_a_file_that_failed_its_attack_is_refused(file: Path, issuer: Issuer) -> None:
    issuer.issue(file, passed=False)
    with pytest.raises(CertificateError, match="not what its policy asks for"):
        verify_certificate(file, [issuer.pem], policies=[POLICY], today=TODAY)


@pytest.mark.parametrize("change", [{"counts": {"name": "2"}}, {"detectors": {"rules": 1}}, {"passed": 1}, {"k": True}])
def test_values_of_another_type_are_refused(file: Path, issuer: Issuer, change: dict[str, object]) -> None:
    write_certificate(file, issuer.issue(file).to_dict() | change)
    with pytest.raises(CertificateError, match="type"):
        verify_certificate(file, [issuer.pem], policies=[POLICY], today=TODAY)
