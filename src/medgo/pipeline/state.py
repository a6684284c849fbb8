"""``pipeline.json``: what each step was made from and what it left. Written whole or not at all; runs nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from medgo.errors import RunFolderError
from medgo.store import replacing
from medgo.store.hashing import fingerprint, sha256_of_file

Status = Literal["running", "done", "failed"]


@dataclass(frozen=True, slots=True)
class FileMark:
    """A file as it was: size and time tell whether it must be read again, the hash whether it changed.

    Args:
        sha256: Of its bytes, 64 hexadecimal digits.
        size: Bytes.
        mtime_ns: Time of its last change, nanoseconds.
    """

    sha256: str
    size: int
    mtime_ns: int


@dataclass(slots=True)
class StepState:
    """What is known of a step.

    Args:
        status: ``running`` stands also where a run was killed.
        inputs: What it depended on: name → value; files and needed steps as hashes.
        outputs: File, relative to the step's folder → its mark.
        seconds: Wall time of the run that finished it; what interrupted runs took is not in it.
        runs: How often it was begun with these inputs.
        finished: UTC time in ISO form.
        error: Why it failed; ``hint`` says the way out.
    """

    status: Status
    inputs: dict[str, Any]
    outputs: dict[str, FileMark] = field(default_factory=dict)
    seconds: float = 0.0
    runs: int = 0
    finished: str = ""
    error: str = ""
    hint: str = ""

    @property
    def results(self) -> str:
        """Hash of what it left."""
        return fingerprint({name: mark.sha256 for name, mark in self.outputs.items()})


class State:
    """The file, and what it says.

    Args:
        path: ``pipeline.json``.

    Raises:
        RunFolderError: It is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.steps: dict[str, StepState] = {}
        self.known_files: dict[str, FileMark] = {}
        if not path.exists():
            return
        try:
            value = json.loads(path.read_bytes())
            self.steps = {name: _step(part) for name, part in value["steps"].items()}
            self.known_files = _marks(value["files"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise RunFolderError(
                f"{path} cannot be read: {error}",
                hint="remove it: every step is then looked at again, and goes on from what its folder holds",
            ) from error

    def save(self) -> None:
        """Write the file.

        Raises:
            StorageError: The disk did not take it.
        """
        value = {
            "steps": {name: asdict(step) for name, step in self.steps.items()},
            "files": {name: asdict(mark) for name, mark in sorted(self.known_files.items())},
        }
        with replacing(self.path) as file:
            file.write(json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n")

    def hash_of(self, path: Path) -> str:
        """Hash of an input file; it is read only where size or time are not what they were.

        Raises:
            RunFolderError: It cannot be read.
        """
        mark = mark_of(path, self.known_files.get(str(path)))
        self.known_files[str(path)] = mark
        return mark.sha256


def mark_of(path: Path, before: FileMark | None) -> FileMark:
    """Mark a file; its bytes are not read where ``before`` has its size and time.

    Raises:
        RunFolderError: It cannot be read.
    """
    try:
        found = path.stat()
        if before is not None and (before.size, before.mtime_ns) == (found.st_size, found.st_mtime_ns):
            return before
        return FileMark(sha256_of_file(path), found.st_size, found.st_mtime_ns)
    except OSError as error:
        raise RunFolderError(f"{path} cannot be read: {error.strerror or error}", hint="put it there") from error


def marks_of(files: Iterable[Path], folder: Path, before: Mapping[str, FileMark]) -> dict[str, FileMark]:
    """Mark files by their names relative to a folder; see :func:`mark_of`."""
    named = {path.relative_to(folder).as_posix(): path for path in files}
    return {name: mark_of(path, before.get(name)) for name, path in named.items()}


def _marks(value: Mapping[str, Any]) -> dict[str, FileMark]:
    return {name: FileMark(**mark) for name, mark in value.items()}


def _step(value: Mapping[str, Any]) -> StepState:
    return StepState(**{**value, "outputs": _marks(value["outputs"])})
