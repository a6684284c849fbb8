"""Tells a whole model from a damaged one by its headers and sizes. Reads no weights into memory, imports no torch."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medgo.errors import CorruptModelError, ModelNotFoundError, StorageError
from medgo.inference.models.gguf_header import read_gguf_header
from medgo.store.hashing import fingerprint, sha256_of_file
from medgo.store.paths import cache_dir

_EDGE = 1 << 20  # bytes at either end of a weight file that go into its cheap identity
_MAX_HEADER = 100_000_000  # the safetensors library refuses longer headers
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")
# Files beside the weights that change what the model answers.
_TEXT_FILES = (
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.json",
    "merges.txt",
    "tokenizer.model",
    "chat_template.jinja",
)


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One weight file whose header and size agree.

    Args:
        size: Bytes on disk.
        data_start: Bytes before the first tensor.
        tensors: Number of tensors.
    """

    path: Path
    size: int
    data_start: int
    tensors: int


def check_hf_folder(folder: Path) -> list[WeightFile]:
    """Check that a folder in Hugging Face format is complete: configuration, every shard, no shard cut short.

    Returns:
        The weight files, in the order of their names.

    Raises:
        ModelNotFoundError: It is not a model folder, or its weights are pickles.
        CorruptModelError: A file is missing, truncated or unreadable.
    """
    config = folder / "config.json"
    if not config.is_file():
        raise ModelNotFoundError(
            f"{folder} has no config.json, so it is not a model in Hugging Face format",
            hint="give the folder that holds config.json and the *.safetensors files, or a .gguf file",
        )
    read_json_object(config)
    return [check_safetensors(path) for path in _shards(folder)]


def check_safetensors(path: Path) -> WeightFile:
    """Compare the header of a safetensors file with its size.

    The format: 8 bytes little-endian length of the header, the header as JSON, then the tensors; each entry of the
    header holds ``data_offsets`` counted from the end of the header.

    Raises:
        CorruptModelError: The file is shorter or longer than its header says, or the header is not one.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > _MAX_HEADER:
            raise damaged(path, "its first 8 bytes are not the length of a safetensors header")
        if 8 + length > size:
            raise _wrong_size(path, 8 + length, size, at_least=True)
        raw = file.read(length)
    try:
        header = json.loads(raw)
        ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
        expected = 8 + length + max(ends, default=0)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise damaged(path, "its safetensors header cannot be read") from error
    if size != expected:
        raise _wrong_size(path, expected, size)
    return WeightFile(path, size, 8 + length, len(ends))


def check_gguf(path: Path, expected_sha256: str | None = None) -> WeightFile:
    """Check magic, version and tensor offsets of a GGUF file, and its hash where one is known.

    Args:
        expected_sha256: The hash it must have; None takes it from ``<file>.sha256`` beside it, if there is one.

    Raises:
        CorruptModelError: The file is truncated, not GGUF, or has another hash.
    """
    header = read_gguf_header(path)
    size = path.stat().st_size
    if size < header.expected_size:
        raise _wrong_size(path, header.expected_size, size, at_least=True)
    expected = expected_sha256 or _sidecar_hash(path)
    if expected is not None:
        verify_sha256(path, expected)
    return WeightFile(path, size, header.data_start, header.tensors)


def verify_sha256(path: Path, expected: str, *, always: bool = False) -> None:
    """Check the hash of a file; a file that has not changed since it was last found right is not read again.

    Args:
        always: Read the file even when it seems unchanged (finds a disk that lost bits).

    Raises:
        CorruptModelError: The file has another hash.
    """
    stamp = cache_dir() / "verified" / fingerprint([*_state(path), expected.lower()])
    if not always and stamp.exists():
        return
    found = sha256_of_file(path)
    if found != expected.lower():
        stamp.unlink(missing_ok=True)
        raise CorruptModelError(
            f"{path} does not have the hash it should have: expected sha256 {expected.lower()}, found {found}",
            hint="delete the file and get it again",
        )
    try:
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.touch()
    except OSError as error:
        raise _cache_error(error) from error


def known_sha256(path: Path) -> str:
    """Hash a file, or tell the hash of an earlier time if the file has not changed since.

    Raises:
        StorageError: The cache cannot be written to.
    """
    memo = cache_dir() / "hashes" / fingerprint(_state(path))
    if memo.is_file() and re.fullmatch("[0-9a-f]{64}", found := memo.read_text(encoding="ascii", errors="replace")):
        return found
    found = sha256_of_file(path)
    try:
        memo.parent.mkdir(parents=True, exist_ok=True)
        memo.write_text(found, encoding="ascii")
    except OSError as error:
        raise _cache_error(error) from error
    return found


def weights_identity(files: list[WeightFile], folder: Path | None = None) -> str:
    """Hash what tells these weights from others without reading all of them: the same on every machine.

    Sizes, headers and the first and last MiB of the tensors of each file; of a folder also the configuration, the
    tokenizer and the chat template. (Weights that differ only in the middle of a file are told apart by nothing less
    than reading it, so nothing that is made from weights is kept under this name: see :func:`known_sha256`.)

    Returns:
        64 hexadecimal digits.
    """
    texts = [] if folder is None else [folder / name for name in _TEXT_FILES if (folder / name).is_file()]
    return fingerprint(
        {
            "weights": [[file.size, _edges_hash(file)] for file in files],
            "texts": {path.name: sha256_of_file(path) for path in texts},
        }
    )


def read_json_object(path: Path) -> dict[str, Any]:
    """Read a small JSON file that holds an object.

    Raises:
        CorruptModelError: It cannot be read as one.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise damaged(path, f"it is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise damaged(path, "it is not a JSON object")
    return value


def damaged(path: Path, reason: str) -> CorruptModelError:
    """Make the error for a model file that is not what it should be."""
    return CorruptModelError(f"{path} is damaged: {reason}", hint="delete the file and get it again")


def _shards(folder: Path) -> list[Path]:
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        names = read_json_object(index).get("weight_map")
        if not isinstance(names, dict) or not names:
            raise damaged(index, "it has no weight_map")
        shards = sorted({str(name) for name in names.values()})
        if missing := [name for name in shards if not (folder / name).is_file()]:
            raise CorruptModelError(
                f"{folder} is incomplete: {len(missing)} of {len(shards)} weight files are missing ({missing[0]} …)",
                hint="run the download again; it continues where it stopped",
            )
        return [folder / name for name in shards]
    if shards := sorted(path.name for path in folder.glob("*.safetensors")):
        _expect_every_numbered_shard(folder, shards)
        return [folder / name for name in shards]
    if any(next(folder.glob(pattern), None) for pattern in _PICKLES):
        raise ModelNotFoundError(
            f"{folder} holds its weights as Python pickles, which can run any code when they are loaded; MedGo refuses",
            hint="get the safetensors version of this model, or convert it on a machine that trusts the file",
        )
    raise CorruptModelError(
        f"{folder} has a config.json but no *.safetensors file", hint="run the download again; it gets what is missing"
    )


def _expect_every_numbered_shard(folder: Path, names: list[str]) -> None:
    for name in names:
        if match := re.fullmatch(r"(.*)-(\d{5})-of-(\d{5})\.safetensors", name):
            raise CorruptModelError(
                f"{folder} has shards such as {name} but no model.safetensors.index.json for all {int(match[3])}",
                hint="run the download again; it gets what is missing",
            )


def _sidecar_hash(path: Path) -> str | None:
    sidecar = path.with_name(path.name + ".sha256")
    if not sidecar.is_file():
        return None
    text = sidecar.read_text(encoding="utf-8", errors="replace")
    match = re.match(r"\s*([0-9a-fA-F]{64})\b", text)
    if match is None:
        raise damaged(sidecar, "it does not begin with 64 hexadecimal digits")
    return match[1]


def _state(path: Path) -> list[str | int]:
    """Return what changes when a file is written or replaced."""
    status = path.stat()
    return [str(path.absolute()), status.st_size, status.st_mtime_ns, status.st_ino]


def _cache_error(error: OSError) -> StorageError:
    return StorageError(f"cannot write to the cache: {error}", hint="set MEDGO_CACHE to a folder that you can write to")


def _edges_hash(file: WeightFile) -> str:
    digest = hashlib.sha256()
    with file.path.open("rb") as stream:
        digest.update(stream.read(file.data_start + _EDGE))
        stream.seek(max(file.data_start, file.size - _EDGE))
        digest.update(stream.read(_EDGE))
    return digest.hexdigest()


def _wrong_size(path: Path, expected: int, found: int, *, at_least: bool = False) -> CorruptModelError:
    state = "truncated" if found < expected else "longer than it should be"
    least = "at least " if at_least else ""
    return CorruptModelError(
        f"{path} is {state}: expected {least}{expected} bytes, found {found}",
        hint="delete the file and get it again",
    )
