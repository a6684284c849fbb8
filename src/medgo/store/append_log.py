"""A JSONL file that grows row by row and survives kill -9, power cuts and a full disk. Knows no row's meaning."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from medgo.errors import StorageError
from medgo.store.atomic import fsync_folder
from medgo.store.jsonl import encode_row

_BLOCK = 1 << 16


class AppendLog:
    """Appends rows to a file; whatever happens, the file holds whole rows.

    Each row goes to the operating system in one write as soon as it comes, so a killed process loses none; the disk
    is told to keep them every ``fsync_rows`` rows or ``fsync_seconds`` seconds, so a power cut loses no more than that.
    A last line without its line break, which only a dying process or machine leaves, is cut off on opening.

    Args:
        path: The file; created with its folders when it is not there.
        fsync_rows: Rows between two fsyncs.
        fsync_seconds: Seconds between two fsyncs, seen when a row is appended.

    Raises:
        StorageError: The file cannot be opened or written.
    """

    def __init__(
        self,
        path: Path,
        *,
        fsync_rows: int = 64,
        fsync_seconds: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.path = path
        self.appended = 0
        self._fsync_rows, self._fsync_seconds, self._clock = fsync_rows, fsync_seconds, clock
        self._unsynced = 0
        self._synced_at = clock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a+b", buffering=0)
            self.torn_bytes = _cut_torn_line(self._file)
            self._end = self._file.seek(0, os.SEEK_END)
            fsync_folder(path.parent)
        except OSError as error:
            raise StorageError(f"{path} cannot be opened for writing: {error.strerror or error}") from error

    def append(self, row: dict[str, Any]) -> None:
        """Write one row.

        Raises:
            StorageError: The row could not be written whole; the file was cut back to the rows before it.
        """
        line = encode_row(row)
        try:
            _write_all(self._file, line)
            self._end += len(line)
            self._unsynced += 1
            now = self._clock()
            if self._unsynced >= self._fsync_rows or now - self._synced_at >= self._fsync_seconds:
                self._sync(now)
        except OSError as error:
            self._cut_back()
            raise self._storage_error(error) from error
        self.appended += 1

    def close(self) -> None:
        """Cut off what an interrupted write may have left, fsync, close. Closing twice does nothing.

        Raises:
            StorageError: The disk did not take the last rows.
        """
        if self._file.closed:
            return
        try:
            if self._file.seek(0, os.SEEK_END) > self._end:
                self._file.truncate(self._end)
            os.fsync(self._file.fileno())
        except OSError as error:
            raise self._storage_error(error) from error
        finally:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _sync(self, now: float) -> None:
        os.fsync(self._file.fileno())
        self._unsynced, self._synced_at = 0, now

    def _cut_back(self) -> None:
        # Cutting needs no free space; should even that fail, the next opening cuts the torn line.
        try:
            self._file.truncate(self._end)
        except OSError as error:
            raise self._storage_error(error) from error

    def _storage_error(self, error: OSError) -> StorageError:
        return StorageError(
            f"{self.path} cannot take another row: {error.strerror or error}; "
            f"the {self.appended} rows of this run are in it, whole",
            hint="make room, then run the same command again: it continues where it stopped",
        )


def _write_all(file: FileIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def _cut_torn_line(file: FileIO) -> int:
    """Cut everything after the last line break; returns the number of bytes cut."""
    size = position = file.seek(0, os.SEEK_END)
    keep = 0
    while position and not keep:
        start = max(0, position - _BLOCK)
        file.seek(start)
        found = file.read(position - start).rfind(b"\n")
        keep = start + found + 1 if found >= 0 else 0
        position = start
    if keep < size:
        file.truncate(keep)
    return size - keep
