from __future__ import annotations

import stat
import tempfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from hypothesis import given
from hypothesis import strategies as st

from medgo.deid.keys import Key, KeyFileError, create_key, public_pem, read_key, signing_key
from medgo.errors import StorageError


def test_a_new_key_is_read_back_and_nobody_elses(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "deid.key"
    key = create_key(path)
    assert read_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["deid.key"]
    assert create_key(tmp_path / "other").secret != key.secret


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "deid.key"
    key = create_key(path)
    with pytest.raises(KeyFileError, match="exists already"):
        create_key(path)
    assert read_key(path) == key
    assert [one.name for one in tmp_path.iterdir()] == ["deid.key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666, 0o601])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "deid.key"
    create_key(path)
    path.chmod(mode)
    with pytest.raises(KeyFileError, match="by others"):
        read_key(path)


@pytest.mark.parametrize("content", [b"", b"00" * 31, b"00" * 33, b"zz" * 32, b"\xff" * 64, bytes(32)])
def test_what_is_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "deid.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyFileError) as error:
        read_key(path)
    assert error.value.hint


@pytest.mark.parametrize(
    "secret",
    [
        bytes(32),
        b"\xff" * 32,
        (bytes([1, 2, 3, 4, 5, 6, 7]) * 5)[:32],
        bytes(range(100, 116)) * 2,
        bytes(range(32)),
        bytes(range(250, 186, -2)),
        b"the ward's key, which nobody can",
    ],
)
def test_a_key_that_can_be_guessed_is_refused(tmp_path: Path, secret: bytes) -> None:
    path = tmp_path / "deid.key"
    path.write_text(secret.hex() + "\n")
    path.chmod(0o600)
    with pytest.raises(KeyFileError, match="can be guessed") as error:
        read_key(path)
    assert "medgo deid key new" in str(error.value.hint)
    assert secret.hex() not in str(error.value)


@given(st.binary(min_size=32, max_size=32))
def test_a_key_with_eight_different_bytes_in_no_order_is_read(secret: bytes) -> None:
    # Two bytes no text has, one step that no other two have: neither words, nor counting, nor a stretch twice.
    secret = b"\x00\xff\x03\xf7\x11\x29\x83\xd5" + secret[8:16] + b"\x01\x80" + secret[18:]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "deid.key"
        path.write_text(secret.hex())
        path.chmod(0o600)
        assert read_key(path).secret == secret


def test_a_missing_key_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="medgo deid key new"):
        read_key(tmp_path / "no.key")


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        create_key(tmp_path / "file" / "deid.key")


def test_purposes_get_keys_of_their_own() -> None:
    key = Key(bytes(range(32)))
    derived = {key.derive(purpose) for purpose in ("surrogates", "vault", "signing")}
    assert len(derived) == 3
    assert key.secret not in derived
    assert key.derive("vault") == Key(bytes(range(32))).derive("vault") != Key(bytes(32)).derive("vault")


def test_no_repr_shows_the_secret() -> None:
    key = Key(bytes(range(32)))
    assert key.secret.hex() not in repr(key)
    assert repr(key.secret)[2:-1] not in repr(key)
    assert key.fingerprint not in (key.secret.hex(), key.secret.hex()[:16])


def test_signatures_are_checked_with_the_public_half() -> None:
    key = Key(bytes(range(32)))
    signature = signing_key(key).sign(b"certificate")
    public = load_pem_public_key(public_pem(key))
    public.verify(signature, b"certificate")
    assert b"PRIVATE" not in public_pem(key)
