"""From readers to an index file in the cache: built once, by one process, whole or not at all. Knows no format."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock, Timeout

from medgo.errors import KnowledgeSourceError, StorageError
from medgo.knowledge.index import FORMAT, KINDS, PREDICATES, ROLES, IndexWriter
from medgo.knowledge.registry import OURS
from medgo.knowledge.sources.reader import Reader
from medgo.store.atomic import fsync_folder
from medgo.store.hashing import fingerprint, sha256_of_file
from medgo.store.paths import cache_dir

_log = logging.getLogger(__name__)
_KEPT = 4  # indexes over different sets of sources; older ones are removed
_PATIENCE = 1800.0  # seconds to wait for another process that builds the same
_SUFFIX, _PARTIAL, _DERIVED = ".sqlite", ".partial", ".lexicon"
_STALE = 600.0  # seconds; a lexicon is written in a few

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What an index is made from.

    Args:
        readers: In the order of precedence; each has files, or needs none.
        key: Tells one set of files and readers from another, by size and time of the files.
    """

    readers: tuple[Reader, ...]
    key: str

    @property
    def path(self) -> Path:
        """Where the index lies."""
        return cache_dir() / "knowledge" / f"{self.key[:20]}{_SUFFIX}"


def plan(readers: Sequence[Reader]) -> Plan:
    """See what an index over these readers has to be called.

    Raises:
        KnowledgeSourceError: A file that a reader named is gone.
    """
    parts = [[_source_of(reader), [_state(path) for path in reader.files()]] for reader in readers]
    key = fingerprint([_code(readers), parts])
    return Plan(tuple(readers), key)


def ensure(wanted: Plan, progress: Progress | None = None) -> Path:
    """The index of a plan; built where there is none, or a damaged one.

    Args:
        wanted: What it is made from.
        progress: Called with the title of each source before it is read.

    Raises:
        KnowledgeSourceError: A source is damaged. Nothing half-built is left.
        StorageError: The cache cannot be written.
    """
    path = wanted.path
    if is_whole(path):
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # One lock for all: two builds at once would be slower than one after the other.
        with FileLock(path.parent / "build.lock", timeout=_PATIENCE):
            if is_whole(path):
                return path
            if path.exists():
                _log.warning("the knowledge index %s is damaged; it is built again", path)
            _build(wanted, path, progress)
            _remove_old(path)
    except Timeout as error:
        raise StorageError(
            f"another process has been building {path} for {_PATIENCE / 60:.0f} minutes", hint="stop it and try again"
        ) from error
    except (OSError, sqlite3.OperationalError) as error:
        raise StorageError(
            f"the knowledge index cannot be written in {path.parent}: {error}",
            hint="make room there, or set MEDGO_CACHE to another folder",
        ) from error
    return path


def is_whole(path: Path) -> bool:
    """Whether an index was finished, and the file has the length it was written with."""
    try:
        size = path.stat().st_size
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            meta = dict(database.execute("SELECT key, value FROM meta WHERE key IN ('complete', 'format')"))
            (pages,) = database.execute("PRAGMA page_count").fetchone()
            (page_size,) = database.execute("PRAGMA page_size").fetchone()
    except (OSError, sqlite3.DatabaseError):
        return False
    return meta == {"complete": "true", "format": json.dumps(FORMAT)} and size == pages * page_size


def _build(wanted: Plan, path: Path, progress: Progress | None) -> None:
    # The lock is ours: what lies there under such a name was left by a process that was killed.
    for left in path.parent.glob(f"*{_PARTIAL}*"):
        left.unlink(missing_ok=True)
    partial = path.with_suffix(_PARTIAL)
    writer = IndexWriter(partial)
    try:
        counts = {}
        for reader in wanted.readers:
            writer.declare(reader.source)
        if all(reader.source.id != OURS.id for reader in wanted.readers):
            writer.declare(OURS)
        for reader in wanted.readers:
            source = reader.source
            if progress is not None:
                progress(source.title)
            counts[source.id] = writer.add(reader.read())
            if counts[source.id] == 0:
                raise KnowledgeSourceError(
                    f"{source.title}: nothing stands in {', '.join(map(str, reader.files()))}",
                    hint="remove or replace the file",
                )
        orphans = writer.finish({"fingerprint": _content(wanted), "key": wanted.key, "counts": counts})
        for source_id, count in orphans.items():
            _log.info("%s: %d names of concepts that no source here defines were left out", source_id, count)
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(path)
        fsync_folder(path.parent)
    finally:
        writer.close()
        partial.unlink(missing_ok=True)


def _content(wanted: Plan) -> str:
    """What answers depend on: the same on every machine with the same files, whatever their names and times."""
    files = [[sha256_of_file(path) for path in reader.files()] for reader in wanted.readers]
    return fingerprint([_code(wanted.readers), [_source_of(reader) for reader in wanted.readers], files])


def _source_of(reader: Reader) -> dict[str, object]:
    source = reader.source
    return {name: getattr(source, name) for name in source.__slots__}


def _code(readers: Sequence[Reader]) -> list[object]:
    """What reads and writes: readers that read otherwise give another index, in a released version or not."""
    here = Path(__file__).parent
    files = [here / "names.py", here / "index.py", *here.glob("sources/**/*.*")]
    if any(".importers." in type(reader).__module__ for reader in readers):
        files += here.glob("importers/*.*")
    code = [sha256_of_file(path) for path in sorted(files) if path.suffix in (".py", ".tsv")]
    return [FORMAT, version("medgo"), PREDICATES, KINDS, ROLES, code]


def _state(path: Path) -> list[object]:
    try:
        stat = path.stat()
    except OSError as error:
        raise KnowledgeSourceError(
            f"{path} cannot be read: {error.strerror or error}",
            hint=f"bring it back, or: medgo knowledge remove {path}",
        ) from error
    return [str(path.absolute()), stat.st_size, stat.st_mtime_ns]


def _remove_old(path: Path) -> None:
    """Indexes beyond the newest, what was read from indexes that are gone, and what killed processes left."""
    indexes = sorted(path.parent.glob(f"*{_SUFFIX}"), key=lambda index: index.stat().st_mtime, reverse=True)
    kept = {index.stem for index in indexes[:_KEPT]}
    derived = path.parent.glob(f"*{_DERIVED}*")
    old = [file for file in derived if file.name.rpartition(_DERIVED)[0].rpartition("-")[0] not in kept]
    left = [file for file in path.parent.glob(f"*{_DERIVED}.*") if file not in old and _is_left(file)]
    for file in (*indexes[_KEPT:], *old, *left):
        # Windows does not remove a file that another process reads; the next build tries again.
        with suppress(PermissionError):
            file.unlink(missing_ok=True)


def _is_left(file: Path) -> bool:
    """Whether nobody has written a file for so long that the process which did is dead."""
    try:
        return time.time() - file.stat().st_mtime > _STALE
    except FileNotFoundError:
        return False
