"""How far a run has come, on disk: what a killed run goes on from, to the output that one run would have written."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from medgo.errors import ResumeMismatchError, StorageError
from medgo.store import replacing


@dataclass(slots=True)
class Totals:
    """Counts of a run. No word of any record is among them.

    Args:
        records: Written.
        held_back: Not written, by reason.
        labels: Replaced stretches by class.
        found_by: The same by detector.
        protected: Findings that the gate kept from being redacted.
        rare: Records whose quasi-identifiers were made coarse because of a rare disease.
        masked: Pictures and documents that were left out of records, since nobody looks into them.
        encodings: Records by the encoding in which they were read.
        characters: Of all texts that were searched or replaced.
        seconds: Working time of all processes that took part one after another.
        starts: Times the run was started.
    """

    records: int = 0
    held_back: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    found_by: Counter[str] = field(default_factory=Counter)
    protected: int = 0
    rare: int = 0
    masked: int = 0
    encodings: Counter[str] = field(default_factory=Counter)
    characters: int = 0
    seconds: float = 0.0
    starts: int = 0

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        value = {name: getattr(self, name) for name in self.__slots__}
        return {name: dict(sorted(one.items())) if isinstance(one, Counter) else one for name, one in value.items()}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Totals:
        """Read :meth:`to_dict`'s."""
        read: dict[str, Any] = {name: Counter(one) if isinstance(one, dict) else one for name, one in value.items()}
        return cls(**read)


@dataclass(slots=True)
class Checkpoint:
    """Everything up to here is on disk, and nothing after it counts.

    Args:
        mark: See :func:`medgo.deid.runs.config.run_mark`.
        salt: What ids are replaced with where there is no key, as hexadecimal digits; empty once the run is finished.
        file: Which file of the run, from 0.
        unit: Last unit of it that is done; 0 for none.
        sizes: Bytes of each growing file by its path, as they have to be cut to.
        totals: Counts so far.
        finished: Whether the run is.
    """

    mark: dict[str, str]
    salt: str
    file: int = 0
    unit: int = 0
    sizes: dict[str, int] = field(default_factory=dict)
    totals: Totals = field(default_factory=Totals)
    finished: bool = False

    def write(self, path: Path) -> None:
        """Put it in the place of the one before, whole.

        Raises:
            StorageError: The disk did not take it; the old one still stands.
        """
        value = {name: getattr(self, name) for name in self.__slots__} | {"totals": self.totals.to_dict()}
        with replacing(path) as file:
            os.fchmod(file.fileno(), 0o600)  # the salt is a secret
            file.write(json.dumps(value, indent=1).encode())

    @classmethod
    def read(cls, path: Path) -> Checkpoint | None:
        """The checkpoint of a run; None where there is none.

        Raises:
            ResumeMismatchError: It cannot be read.
        """
        try:
            value = json.loads(path.read_bytes())
            return cls(**{**value, "totals": Totals.from_dict(value["totals"])})
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise ResumeMismatchError(
                f"{path} is damaged, so that nobody can tell how far the run came", hint="choose another output"
            ) from error


class GrowingFile:
    """A file that is appended to, and cut to where a checkpoint says it ended.

    Args:
        path: Created with its folders when it is not there.
        size: Bytes that count; what stands behind them came after the last checkpoint.
        secret: Whether only its owner may read it.

    Raises:
        StorageError: It cannot be opened.
        ResumeMismatchError: It is shorter than it was.
    """

    def __init__(self, path: Path, size: int, *, secret: bool = False) -> None:
        self.path, self.size = path, size
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: BinaryIO = path.open("ab")
            if secret:
                os.fchmod(self._file.fileno(), 0o600)
            if self._file.seek(0, os.SEEK_END) < size:
                raise ResumeMismatchError(
                    f"{path} is shorter than the run had written it", hint="choose another output, and start anew"
                )
            self._file.truncate(size)
        except OSError as error:
            raise _storage_error(path, error) from error

    def write(self, data: bytes) -> None:
        """Append.

        Raises:
            StorageError: The disk did not take it.
        """
        try:
            self._file.write(data)
        except OSError as error:
            raise _storage_error(self.path, error) from error
        self.size += len(data)

    def sync(self) -> None:
        """Make sure that all that was appended survives a power cut.

        Raises:
            StorageError: The disk did not take it.
        """
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise _storage_error(self.path, error) from error

    def close(self) -> None:
        """Close it; rows that were not synced may be lost."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _storage_error(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"{path} cannot be written: {error.strerror or error}",
        hint="make room, then run the same command again: it continues where it stopped",
    )
