from __future__ import annotations

import hashlib
import subprocess
import tracemalloc
from pathlib import Path

import pytest

from medgo.store.hashing import fingerprint, git_blob_sha1, sha256_of_file, sha256_of_text


def test_file_hash_equals_the_hash_of_its_bytes(tmp_path: Path) -> None:
    data = bytes(range(256)) * 12_345
    (tmp_path / "a").write_bytes(data)
    read: list[int] = []
    assert sha256_of_file(tmp_path / "a", read.append) == hashlib.sha256(data).hexdigest()
    assert sum(read) == len(data)


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(256 << 20)
    tracemalloc.start()
    sha256_of_file(tmp_path / "sparse")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20


def test_git_id_is_gits(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("血压\n", encoding="utf-8")
    git = subprocess.run(["git", "hash-object", tmp_path / "a"], capture_output=True, text=True, check=True)
    assert git_blob_sha1(tmp_path / "a") == git.stdout.strip()


def test_fingerprint_knows_values_not_their_order() -> None:
    assert fingerprint({"b": [1, 2.5, None], "a": "血压"}) == fingerprint({"a": "血压", "b": [1, 2.5, None]})
    assert fingerprint([1, 2]) != fingerprint([2, 1])
    assert fingerprint({"a": 1}) != fingerprint({"a": "1"})
    assert fingerprint("a") == sha256_of_text('"a"')


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_fingerprint_refuses_what_json_does_not_have(value: float) -> None:
    with pytest.raises(ValueError):
        fingerprint({"a": value})
