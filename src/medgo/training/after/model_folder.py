"""A model folder around weights: staged beside its place, with the base's own tokenizer, template and configuration.

Knows which files a model folder has; knows nothing of how its weights were made.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from medgo.errors import CorruptModelError, StorageError
from medgo.inference.models.check import read_json_object
from medgo.inference.prompt import ChatRenderer
from medgo.store.atomic import fsync_folder
from medgo.store.hashing import sha256_of_file

TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.json",
    "merges.txt",
    "tokenizer.model",
    "special_tokens_map.json",
    "added_tokens.json",
)
TEMPLATE_FILES = ("chat_template.jinja", "chat_template.json")
# Without any of these vLLM and transformers cannot serve a folder; the template may stand in tokenizer_config.json.
REQUIRED_FILES = ("config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json")
_LICENCES = ("LICENSE*", "LICENCE*", "NOTICE*")
_INDEX = "model.safetensors.index.json"
# Base and chat models of Qwen end a text with this token besides the one that ends a turn.
_END_OF_TEXT = "<|endoftext|>"
_CONFIG_DTYPES = {"F32": "float32", "BF16": "bfloat16", "F16": "float16"}


@contextmanager
def staged_folder(out: Path) -> Iterator[Path]:
    """A new folder that takes the place of ``out`` when the block ends well; a failed one leaves nothing behind.

    The remains of a process that was killed are removed first. Hold :func:`medgo.store.sole_writer` around it.

    Raises:
        StorageError: The disk did not take it.
    """
    staging, old = out.with_name(f".{out.name}.partial"), out.with_name(f".{out.name}.old")
    try:
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True)
        yield staging
        fsync_folder(staging)
        shutil.rmtree(old, ignore_errors=True)
        if out.exists():
            out.rename(old)
        staging.rename(out)
        fsync_folder(out.parent)
    except OSError as error:
        raise StorageError(
            f"{out} cannot be written: {error.strerror or error}", hint="make room and run the same command again"
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        if out.exists():
            shutil.rmtree(old, ignore_errors=True)


def expect_room(out: Path, needed: int) -> None:
    """Stop before the work when the disk has no room for it.

    Args:
        out: What will be written.
        needed: Bytes.

    Raises:
        StorageError: There is none, or the folder cannot be made.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{out.parent} cannot be made: {error.strerror or error}") from error
    free = shutil.disk_usage(out.parent).free
    if free < needed:
        raise StorageError(
            f"{out} needs {needed / 1e9:,.1f} GB and the disk has {free / 1e9:,.1f} GB free",
            hint="make room, or choose a folder on another disk",
        )


def text_files(folder: Path) -> list[str]:
    """Names of the tokenizer's, the template's and the licence files that a folder has."""
    named = [name for name in (*TOKENIZER_FILES, *TEMPLATE_FILES) if (folder / name).is_file()]
    named += [str(path.relative_to(folder)) for path in sorted(folder.glob("additional_chat_templates/*.jinja"))]
    return named + sorted({path.name for pattern in _LICENCES for path in folder.glob(pattern) if path.is_file()})


def copy_text_files(base_dir: Path, into: Path) -> dict[str, str]:
    """Copy tokenizer, template and licence byte for byte.

    Returns:
        Name → sha256.

    Raises:
        CorruptModelError: The base lacks the tokenizer's files.
    """
    for name in ("tokenizer.json", "tokenizer_config.json"):
        if not (base_dir / name).is_file():
            raise CorruptModelError(
                f"{base_dir} has no {name}, so a model made from it could not be served", hint="get the base again"
            )
    hashes = {}
    for name in text_files(base_dir):
        (into / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(base_dir / name, into / name)
        hashes[name] = sha256_of_file(into / name)
    return hashes


def write_settings(base_dir: Path, into: Path, dtype: str | None) -> dict[str, str]:
    """Write ``config.json`` and ``generation_config.json``: the base's bytes wherever nothing has to change.

    Args:
        base_dir: Where they come from.
        into: Where they go.
        dtype: As safetensors spells it, when weights have another type than in the base; else None.

    Returns:
        Name → sha256.
    """
    config = read_json_object(base_dir / "config.json")
    if dtype is None:
        shutil.copyfile(base_dir / "config.json", into / "config.json")
    else:
        config.pop("torch_dtype", None)  # its name before transformers 5
        _write_json(into / "config.json", config | {"dtype": _CONFIG_DTYPES[dtype]})
    path, ends = base_dir / "generation_config.json", end_ids(base_dir, ChatRenderer.load(base_dir))
    settings = read_json_object(path) if path.is_file() else {}
    if set(as_ids(settings.get("eos_token_id"))) >= set(ends):
        shutil.copyfile(path, into / path.name)
    else:
        _write_json(into / path.name, settings | {"eos_token_id": ends})
    return {name: sha256_of_file(into / name) for name in ("config.json", "generation_config.json")}


def write_index(into: Path, shards: dict[str, str], total: int) -> dict[str, str]:
    """Write the index of sharded weights; a single file has none.

    Args:
        into: Where.
        shards: Tensor → file.
        total: Bytes of all tensors.

    Returns:
        Name → sha256.
    """
    if set(shards.values()) == {"model.safetensors"}:
        return {}
    _write_json(into / _INDEX, {"metadata": {"total_size": total}, "weight_map": dict(sorted(shards.items()))})
    return {_INDEX: sha256_of_file(into / _INDEX)}


def end_ids(folder: Path, renderer: ChatRenderer) -> list[int]:
    """Tokens that end a reply: those of the folder's own settings, the template's end of turn, and the end of text.

    A base model's settings name the end of text only: after chat training it would never stop.
    """
    path = folder / "generation_config.json"
    ids = as_ids(read_json_object(path).get("eos_token_id")) if path.is_file() else []
    wanted = [renderer.end_of_turn_id, *ids]
    if (end_of_text := renderer.tokenizer.get_added_vocab().get(_END_OF_TEXT)) is not None:
        wanted.append(end_of_text)
    return list(dict.fromkeys(wanted))


def as_ids(value: Any) -> list[int]:
    """``eos_token_id`` as a list: files have a number, a list or nothing."""
    if value is None:
        return []
    return [value] if isinstance(value, int) else [int(one) for one in value]


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
