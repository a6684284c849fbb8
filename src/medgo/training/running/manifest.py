"""What a checkpoint folder holds and which job it belongs to, written beside its files. Trains and loads no model."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from medgo.errors import CorruptModelError
from medgo.store.hashing import sha256_of_file
from medgo.training.job import Job

MANIFEST_NAME = "manifest.json"
# They say when something is saved, not what is learnt; a job's ``inputs`` leave out the same. How often is probed
# decides which step is kept, so it counts.
_FREE_TO_CHANGE = {"checkpoints"}


@dataclass(frozen=True, slots=True)
class Identity:
    """What a run must share with a checkpoint to go on from it.

    Args:
        inputs: Hash of everything that the stage was prepared from.
        model_hash: Hash of the base model's weights.
        template_hash: Hash of the tokenizer and its chat template.
        rows_hash: Hash of the file of tokenised rows.
        order_hash: Hash of the order of micro-batches.
        seed: Of the stage.
        precision: Asked for.
        sharding: How the state is spread over the devices, and so laid out in files.
        stage: The stage's recipe, without what is free to change.
    """

    inputs: str
    model_hash: str
    template_hash: str
    rows_hash: str
    order_hash: str
    seed: int
    precision: str
    sharding: str
    stage: Mapping[str, Any]

    @classmethod
    def of(cls, job: Job) -> Self:
        """Identity of a prepared stage; reads its rows and order once.

        Raises:
            OSError: One of the two files cannot be read.
        """
        stage = job.stage.model_dump(mode="json", exclude=_FREE_TO_CHANGE)
        return cls(
            inputs=job.inputs,
            model_hash=job.model_hash,
            template_hash=job.template_hash,
            rows_hash=sha256_of_file(job.rows_file),
            order_hash=sha256_of_file(job.order_file),
            seed=job.seed,
            precision=job.precision,
            sharding=job.devices.sharding,
            stage=stage,
        )

    def differences(self, now: Identity) -> list[str]:
        """Say in words what ``now`` has otherwise than this one."""
        named = {
            "the base model": (self.model_hash, now.model_hash),
            "the tokenizer or its chat template": (self.template_hash, now.template_hash),
            "the tokenised rows (rows.arrow)": (self.rows_hash, now.rows_hash),
            "the order of rows (order.npz)": (self.order_hash, now.order_hash),
        }
        found = [
            f"{name} ({_short(before)}, now {_short(after)})"
            for name, (before, after) in named.items()
            if before != after
        ]
        before, after = _settings(self), _settings(now)
        for key in sorted(before.keys() | after.keys()):
            if before.get(key) != after.get(key):
                found.append(f"{key} ({json.dumps(before.get(key))}, now {json.dumps(after.get(key))})")
        if not found and self.inputs != now.inputs:
            found.append("what the stage was prepared from (files of rows, gates or versions)")
        return found


@dataclass(frozen=True, slots=True)
class Manifest:
    """All files of a checkpoint with their hashes.

    Args:
        step: Optimiser steps that were done.
        identity: Of the job.
        world_size: Processes that wrote it.
        files: Path below the folder → [sha256, size in bytes].
    """

    step: int
    identity: Identity
    world_size: int
    files: Mapping[str, tuple[str, int]]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(size for _, size in self.files.values())

    def write(self, folder: Path) -> None:
        """Write it into the folder, synced.

        Raises:
            OSError: The disk did not take it.
        """
        with (folder / MANIFEST_NAME).open("wb") as file:
            file.write(json.dumps(asdict(self), ensure_ascii=False, indent=1).encode())
            file.flush()
            os.fsync(file.fileno())

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read a checkpoint's manifest; the files are not looked at.

        Raises:
            CorruptModelError: It is missing or damaged.
        """
        try:
            value: dict[str, Any] = json.loads((folder / MANIFEST_NAME).read_bytes())
            return cls(
                step=int(value["step"]),
                identity=Identity(**value["identity"]),
                world_size=int(value["world_size"]),
                files={name: (str(digest), int(size)) for name, (digest, size) in value["files"].items()},
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise CorruptModelError(f"{folder} has no readable {MANIFEST_NAME}: {error}") from error

    def verify(self, folder: Path) -> None:
        """Read every file and compare: a file cut short is told without hashing.

        Raises:
            CorruptModelError: Names the first file that is missing, cut short, or not as it was written.
        """
        for name, (digest, size) in self.files.items():
            path = folder / name
            try:
                found = path.stat().st_size
                if found != size:
                    raise CorruptModelError(f"{path} has {found} bytes, not {size}")
                if sha256_of_file(path) != digest:
                    raise CorruptModelError(f"{path} is not as it was written: its hash differs")
            except OSError as error:
                raise CorruptModelError(f"{path} cannot be read: {error.strerror or error}") from error


def files_below(folder: Path) -> Iterator[str]:
    """Paths of all files below a folder, relative to it, sorted; the manifest itself is left out."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != MANIFEST_NAME:
            yield path.relative_to(folder).as_posix()


def hash_and_sync(path: Path) -> tuple[str, int]:
    """Hash a file and have the disk keep it; returns its sha256 and its size in bytes.

    Raises:
        OSError: The file cannot be read or synced.
    """
    fd = os.open(path, os.O_RDWR)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
    return sha256_of_file(path), path.stat().st_size


def _settings(identity: Identity) -> dict[str, Any]:
    own = {"seed": identity.seed, "precision": identity.precision, "devices.sharding": identity.sharding}
    return dict(_flat(identity.stage, "")) | own


def _flat(value: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, part in value.items():
        if isinstance(part, dict) and part:
            yield from _flat(part, f"{prefix}{key}.")
        else:
            yield prefix + key, part


def _short(digest: str) -> str:
    return digest[:12]
