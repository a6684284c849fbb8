"""Turns a GGUF file into a float32 folder in Hugging Face format, once, into the cache. Knows no engine.

A conversion is whole or it is not there: it is written into a temporary folder beside its final place, checked, marked
and renamed. Two processes that need it at once convert it once, behind a file lock; the remains of a process that was
killed are removed by the next one.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import re
import shutil
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from medgo.errors import CorruptModelError, MedGoError, ModelNotFoundError, StorageError
from medgo.inference.models.check import check_hf_folder, check_safetensors
from medgo.inference.models.gguf_header import read_gguf_header
from medgo.inference.models.quiet import quiet_transformers
from medgo.store.hashing import sha256_of_file
from medgo.store.paths import cache_dir, existing_parent

MARKER = "medgo-conversion.json"
_CONVERTER = 1  # raise it when the written files change: older conversions are then left alone and made again
_SMALL = 64 << 20  # files up to this size are hashed at every start, larger ones compared by size and header
_OVERHEAD = 64 << 20  # bytes for tokenizer, configuration and the file system, beside the weights

_log = logging.getLogger(__name__)


def converted_folder(gguf: Path, weights: str) -> Path:
    """Return where the conversion of a GGUF with this hash lies, whether it exists or not."""
    stem = re.sub(r"[^\w.-]+", "-", gguf.stem)[:80]
    return cache_dir() / "models" / f"{stem}-{weights[:16]}-float32-v{_CONVERTER}"


def convert_gguf(gguf: Path, weights: str, *, pad_token: str | None = None) -> Path:
    """Return the folder with the dequantised model, converting it first if that has not been done.

    Args:
        gguf: A checked GGUF file.
        weights: The hash of all of it; the conversion is made again when it changes.
        pad_token: The token to pad with; None keeps the file's.

    Raises:
        StorageError: The cache has no room or cannot be written to; nothing half-made is left.
        CorruptModelError: The file cannot be read as a model.
        ModelNotFoundError: transformers does not know this architecture as GGUF.
    """
    from filelock import FileLock

    final = converted_folder(gguf, weights)
    if is_intact(final):
        return final
    needed = needed_bytes(gguf)
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(final.with_name(final.name + ".lock")):
            if not is_intact(final):  # another process may have made it while we waited
                _remove_remains(final)
                _expect_room(final, needed)
                _convert(gguf, final, weights, pad_token)
    except OSError as error:
        raise _storage_error(final, needed, error) from error
    return final


def is_intact(folder: Path, *, full_check: bool = False) -> bool:
    """Tell whether a conversion is there with the files that were written: sizes, headers and hashes of small files.

    Args:
        full_check: Hash the weights too.
    """
    try:
        marker = json.loads((folder / MARKER).read_text(encoding="utf-8"))
        for name, written in marker["files"].items():
            path = folder / name
            if path.stat().st_size != written["size"]:
                return False
            if path.suffix == ".safetensors":
                check_safetensors(path)
            if (full_check or written["size"] <= _SMALL) and sha256_of_file(path) != written["sha256"]:
                return False
    except (OSError, ValueError, KeyError, TypeError, AttributeError, CorruptModelError):
        return False
    return True


def needed_bytes(gguf: Path) -> int:
    """Return the disk space that the conversion of this file takes, in bytes (4 a parameter, and a little)."""
    return read_gguf_header(gguf).parameters * 4 + _OVERHEAD


def _convert(gguf: Path, final: Path, weights: str, pad_token: str | None) -> None:
    _log.info("converting %s once; this takes about half a minute for a small model", gguf.name)
    temporary = final.with_name(f"{final.name}.tmp-{os.getpid()}")
    try:
        temporary.mkdir()
        _write_model(gguf, temporary, pad_token)
        check_hf_folder(temporary)
        _write_marker(temporary, gguf, weights)
        if final.exists():
            shutil.rmtree(final)
        temporary.replace(final)
        _sync(final.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _write_model(gguf: Path, folder: Path, pad_token: str | None) -> None:
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils.quantization_config import GgufConfig

    source: dict[str, Any] = {
        "pretrained_model_name_or_path": str(gguf.parent),
        "gguf_file": gguf.name,
        "trust_remote_code": False,
    }
    with quiet_transformers():
        try:
            tokenizer = AutoTokenizer.from_pretrained(**source)
            # Without dequantize=True the model keeps a quantizer and cannot be saved (transformers 5.23).
            model = AutoModelForCausalLM.from_pretrained(
                **source, dtype=torch.float32, quantization_config=GgufConfig(dequantize=True)
            )
        except (OSError, MemoryError):
            raise
        except Exception as error:  # the tokenizers library raises plain Exception for a vocabulary it cannot use
            raise ModelNotFoundError(
                f"transformers cannot read {gguf.name}: {error}",
                hint="use the same model in Hugging Face format (safetensors)",
            ) from error
        if pad_token is not None:
            tokenizer.pad_token = pad_token
            model.config.pad_token_id = model.generation_config.pad_token_id = tokenizer.pad_token_id
        try:
            model.save_pretrained(folder)
            tokenizer.save_pretrained(folder)
        except SafetensorError as error:  # the library reports a full disk as text
            raise OSError(errno.ENOSPC, str(error)) from error


def _write_marker(folder: Path, gguf: Path, weights: str) -> None:
    written = {}
    for path in sorted(folder.iterdir()):
        written[path.name] = {"size": path.stat().st_size, "sha256": sha256_of_file(path)}
        _sync(path)
    tools = {name: version(name) for name in ("medgo", "torch", "transformers", "gguf")}
    marker = {"source": gguf.name, "weights": weights, "dtype": "float32", "tools": tools, "files": written}
    (folder / MARKER).write_text(json.dumps(marker, indent=2) + "\n", encoding="utf-8")
    _sync(folder / MARKER)
    _sync(folder)


def _remove_remains(final: Path) -> None:
    """Delete what killed processes left; we hold the lock, so nobody is writing there."""
    for remains in final.parent.glob(f"{final.name}.tmp-*"):
        shutil.rmtree(remains)


def _expect_room(final: Path, needed: int) -> None:
    free = shutil.disk_usage(existing_parent(final.parent)).free
    if free < needed:
        raise OSError(errno.ENOSPC, f"{free} bytes are free")


def _storage_error(final: Path, needed: int, error: OSError) -> MedGoError:
    return StorageError(
        f"the converted model needs {needed} bytes in {final.parent}, and they could not be written: {error}",
        hint="free some space, or set MEDGO_CACHE to a folder on another disk",
    )


def _sync(path: Path) -> None:
    if sys.platform == "win32" and path.is_dir():
        return  # Windows opens no folders
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
