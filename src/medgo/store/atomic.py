"""Files that appear whole or not at all, and files that only one process writes. Knows nothing of what is in them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from medgo.errors import StorageError


@contextmanager
def replacing(path: Path, suffix: str = ".partial") -> Iterator[BinaryIO]:
    """Write a new version of a file beside it; it takes the old one's place, synced, when the block ends well.

    Args:
        path: The file to replace or create.
        suffix: Added to the name of the file that is being written; a leftover of a killed process is overwritten.

    Raises:
        StorageError: The disk did not take it; the old version still stands.
    """
    temporary = path.with_name(path.name + suffix)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        fsync_folder(path.parent)
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror or error}", hint="make room and try again"
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def fsync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut, where the system lets a program ask for that."""
    if sys.platform == "win32":
        return
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


@contextmanager
def sole_writer(path: Path) -> Iterator[None]:
    """Hold the lock file ``<path>.lock``; the operating system frees it when the process dies.

    Raises:
        StorageError: Another process holds it, or the folder cannot be written.
    """
    lock = path.with_name(path.name + ".lock")
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        fd = _acquire(lock)
    except BlockingIOError as error:
        raise StorageError(
            f"another process is writing {path}", hint="wait for it, stop it, or choose another output"
        ) from error
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror or error} ({lock.name})",
            hint="choose a place that can be written",
        ) from error
    try:
        yield
    finally:
        with suppress(OSError):
            lock.unlink()
        os.close(fd)


def _acquire(lock: Path) -> int:
    """Lock the file that has this name now: its last holder may have removed the one that was opened."""
    while True:
        fd = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _lock(fd)
            if lock.exists() and lock.stat().st_ino == os.fstat(fd).st_ino:
                return fd
        except OSError:
            os.close(fd)
            raise
        os.close(fd)


def _lock(fd: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError from error
    else:
        import fcntl

        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
