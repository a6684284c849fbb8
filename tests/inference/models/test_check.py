"""Damaged model files are recognised by their headers, each with an error that names file and sizes."""

from __future__ import annotations

import json
import shutil
import struct
from pathlib import Path

import pytest

from medgo.errors import CorruptModelError, ModelNotFoundError
from medgo.inference.models.check import check_gguf, check_hf_folder, check_safetensors, verify_sha256, weights_identity
from medgo.inference.models.gguf_header import read_gguf_header
from medgo.store.hashing import sha256_of_file
from tests.support.tiny_gguf import write_tiny_gguf

WEIGHTS = "model.safetensors"


@pytest.fixture
def folder(tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEDGO_CACHE", str(tmp_path / "cache"))
    return Path(shutil.copytree(tiny_folder, tmp_path / "model"))


@pytest.fixture
def gguf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEDGO_CACHE", str(tmp_path / "cache"))
    return write_tiny_gguf(tmp_path / "tiny.gguf")


def test_whole_folder(folder: Path) -> None:
    (file,) = check_hf_folder(folder)
    assert file.size == (folder / WEIGHTS).stat().st_size
    assert file.tensors > 20


@pytest.mark.parametrize("lost", [1, 1000, 370_000])
def test_truncated_safetensors_names_file_and_sizes(folder: Path, lost: int) -> None:
    path = folder / WEIGHTS
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.truncate(size - lost)
    with pytest.raises(CorruptModelError) as caught:
        check_hf_folder(folder)
    assert all(text in str(caught.value) for text in (str(path), f"expected {size} bytes", f"found {size - lost}"))


@pytest.mark.parametrize("size", [0, 5, 8, 100])
def test_safetensors_cut_within_its_header(folder: Path, size: int) -> None:
    path = folder / WEIGHTS
    with path.open("r+b") as file:
        file.truncate(size)
    with pytest.raises(CorruptModelError, match=WEIGHTS):
        check_safetensors(path)


@pytest.mark.parametrize(
    "content", [b"<!DOCTYPE html>" * 100, struct.pack("<Q", 10) + b"not json!!", struct.pack("<Q", 2) + b"[]"]
)
def test_safetensors_that_is_something_else(tmp_path: Path, content: bytes) -> None:
    (tmp_path / WEIGHTS).write_bytes(content)
    with pytest.raises(CorruptModelError):
        check_safetensors(tmp_path / WEIGHTS)


def test_missing_shard(folder: Path) -> None:
    (folder / WEIGHTS).rename(folder / "model-00001-of-00002.safetensors")
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(CorruptModelError, match=r"1 of 2 .*model-00002-of-00002"):
        check_hf_folder(folder)
    (folder / "model.safetensors.index.json").unlink()
    with pytest.raises(CorruptModelError, match=r"no model\.safetensors\.index\.json"):
        check_hf_folder(folder)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"weight_map": {}}'])
def test_broken_index(folder: Path, text: str) -> None:
    (folder / "model.safetensors.index.json").write_text(text)
    with pytest.raises(CorruptModelError, match=r"index\.json"):
        check_hf_folder(folder)


def test_pickles_are_refused(folder: Path) -> None:
    (folder / WEIGHTS).rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelNotFoundError, match="pickles") as caught:
        check_hf_folder(folder)
    assert "safetensors" in caught.value.hint


def test_folder_without_weights_or_configuration(folder: Path) -> None:
    (folder / WEIGHTS).unlink()
    with pytest.raises(CorruptModelError, match=r"no \*\.safetensors"):
        check_hf_folder(folder)
    (folder / "config.json").write_text("{torn")
    with pytest.raises(CorruptModelError, match=r"config\.json is damaged"):
        check_hf_folder(folder)
    (folder / "config.json").unlink()
    with pytest.raises(ModelNotFoundError, match=r"no config\.json"):
        check_hf_folder(folder)


def test_gguf_header_agrees_with_the_gguf_package(gguf: Path) -> None:
    from gguf import GGUFReader

    ours, theirs = read_gguf_header(gguf), GGUFReader(gguf)
    assert ours.tensors == len(theirs.tensors)
    assert ours.data_start == theirs.data_offset
    assert ours.parameters == sum(int(tensor.n_elements) for tensor in theirs.tensors)
    assert ours.metadata["general.architecture"] == "llama"
    assert ours.expected_size <= gguf.stat().st_size < ours.expected_size + 32


@pytest.mark.parametrize("kept", [0, 3, 20, 2000, 60_000])
def test_truncated_gguf(gguf: Path, kept: int) -> None:
    with gguf.open("r+b") as file:
        file.truncate(kept)
    with pytest.raises(CorruptModelError, match=str(kept)) as caught:
        check_gguf(gguf)
    assert str(gguf) in str(caught.value)


def test_any_damaged_byte_of_a_gguf_header_is_an_error_or_harmless(gguf: Path) -> None:
    whole = gguf.read_bytes()
    for position in range(400):
        gguf.write_bytes(whole[:position] + bytes([whole[position] ^ 0xA5]) + whole[position + 1 :])
        try:
            check_gguf(gguf)
        except CorruptModelError:
            continue


def test_gguf_hash_from_sidecar_or_caller(gguf: Path) -> None:
    right = sha256_of_file(gguf)
    sidecar = gguf.with_name("tiny.gguf.sha256")
    sidecar.write_text(f"{right}  tiny.gguf\n")
    check_gguf(gguf)
    sidecar.write_text(f"{'0' * 64}  tiny.gguf\n")
    with pytest.raises(CorruptModelError) as caught:
        check_gguf(gguf)
    assert right in str(caught.value)
    assert "0" * 64 in str(caught.value)
    sidecar.write_text("not a hash")
    with pytest.raises(CorruptModelError, match="64 hexadecimal"):
        check_gguf(gguf)
    sidecar.unlink()
    with pytest.raises(CorruptModelError):
        check_gguf(gguf, expected_sha256="1" * 64)


def test_unchanged_file_is_hashed_once(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right = sha256_of_file(gguf)
    verify_sha256(gguf, right)
    hashed: list[Path] = []
    monkeypatch.setattr("medgo.inference.models.check.sha256_of_file", lambda path: hashed.append(path) or "bad")
    verify_sha256(gguf, right)
    assert hashed == []
    with pytest.raises(CorruptModelError):
        verify_sha256(gguf, right, always=True)
    with pytest.raises(CorruptModelError):  # and the good result is forgotten
        verify_sha256(gguf, right)
    assert len(hashed) == 2


def test_identity_changes_with_weights_and_texts_only(folder: Path) -> None:
    def identity() -> str:
        return weights_identity(check_hf_folder(folder), folder)

    before = identity()
    (folder / "README.md").write_text("more")
    (folder / WEIGHTS).touch()
    assert identity() == before
    template = folder / "chat_template.jinja"
    template.write_text(template.read_text() + " ")
    changed = identity()
    assert changed != before
    with (folder / WEIGHTS).open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\x55")
    assert identity() not in (before, changed)
