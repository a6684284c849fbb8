"""Which sources this machine has: readers whose files are here, files that a user added. Reads none of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from medgo.errors import KnowledgeSourceError
from medgo.knowledge.importers import IMPORTERS, detect, importer
from medgo.knowledge.registry import READERS
from medgo.knowledge.sources.reader import Reader
from medgo.store.atomic import replacing
from medgo.store.paths import cache_dir


@dataclass(frozen=True, slots=True)
class Added:
    """A file or folder that a user added, and the importer that reads it."""

    path: Path
    type: str


@dataclass(frozen=True, slots=True)
class Absent:
    """A source that is not here, and how to get it."""

    id: str
    title: str
    get: str


def present_readers(extra: tuple[Path, ...] = ()) -> list[Reader]:
    """Readers of everything that is here, in the order of precedence; the user's own files come last.

    Args:
        extra: Files or folders for this index only.

    Raises:
        KnowledgeSourceError: An added file is gone, or one of ``extra`` has no known format.
    """
    own = [importer(item.type).reader(item.path) for item in added()]
    own += [detect(path).reader(path.resolve()) for path in extra]
    # A file that a user names takes the place of the one that was found for the same source.
    named = {reader.source.id for reader in own}
    readers = [reader for entry in READERS if entry.id not in named and (reader := entry.reader()).files()]
    if not readers and not own:
        raise KnowledgeSourceError("no vocabulary is here", hint="pip install 'medgo[knowledge]'")
    return readers + own


def absent() -> list[Absent]:
    """Sources that MedGo can read and that are not here."""
    named = {item.type for item in added()}
    return [Absent(e.id, e.title, e.get) for e in READERS if e.id not in named and not e.reader().files()]


def added() -> list[Added]:
    """What was added with ``medgo knowledge add``, in the order of adding.

    Raises:
        KnowledgeSourceError: The list itself is damaged.
    """
    path = _list()
    if not path.exists():
        return []
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return [Added(Path(row["path"]), str(row["type"])) for row in rows]
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise KnowledgeSourceError(
            f"{path}, the list of added files, is damaged: {error}", hint="delete it and add the files again"
        ) from error


def add(path: Path, type: str | None = None) -> Added:  # noqa: A002
    """Put a file or folder on the list; what it is is seen from its content.

    Args:
        path: The file or folder. It stays where it is.
        type: Name of the importer, where the content is not enough.

    Raises:
        KnowledgeSourceError: It does not exist or has no known format.
        StorageError: The list cannot be written.
    """
    path = path.expanduser().resolve()
    kind = importer(type) if type else detect(path)
    if not kind.recognises(path):
        raise KnowledgeSourceError(f"{path} is not {kind.title}", hint="leave --as out to have it recognised")
    new = Added(path, kind.name)
    items = [item for item in added() if item.path != path] + [new]
    rows = [{"path": str(item.path), "type": item.type} for item in items]
    with replacing(_list()) as file:
        file.write(json.dumps(rows, ensure_ascii=False, indent=2).encode())
    return new


def importer_names() -> tuple[str, ...]:
    """Names of all importers, as ``--as`` takes them."""
    return tuple(kind.name for kind in IMPORTERS)


def _list() -> Path:
    return cache_dir() / "knowledge" / "added.json"
