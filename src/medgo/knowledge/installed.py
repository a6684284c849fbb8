"""Which sources this machine has: readers whose files are here, files that a user added. Knows no source format."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from medgo.errors import KnowledgeSourceError
from medgo.knowledge.build import Progress, ensure, plan
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
    own = [_reader(item) for item in added()]
    if extra:
        from medgo.knowledge.importers import detect

        own += [detect(path).reader(path.resolve()) for path in extra]
    return _readers(own)


def absent() -> list[Absent]:
    """Sources that MedGo can read and that are not here."""
    here = {reader.source.id for reader in present_readers()}
    return [Absent(entry.id, entry.title, entry.get) for entry in READERS if entry.id not in here]


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


def add(path: Path, type: str | None = None, progress: Progress | None = None) -> Added:  # noqa: A002
    """Put a file or folder on the list, after an index with it was built: a damaged one is refused.

    A file of the same source takes the earlier one's place.

    Args:
        path: The file or folder. It stays where it is.
        type: Name of the importer, where the content is not enough.
        progress: Called with the title of each source before it is read.

    Raises:
        KnowledgeSourceError: It does not exist, has no known format, or is damaged.
        StorageError: The cache cannot be written.
    """
    from medgo.knowledge.importers import detect, importer

    path = path.expanduser().resolve()
    kind = importer(type) if type else detect(path)
    if not path.exists() or not kind.recognises(path):
        raise KnowledgeSourceError(f"{path} is not {kind.title}", hint="leave --as out to have it recognised")
    new = Added(path, kind.name)
    source = kind.reader(path).source.id
    items = [item for item in added() if item.path != path and _reader(item).source.id != source]
    ensure(plan(_readers([_reader(item) for item in (*items, new)])), progress)
    _write([*items, new])
    return new


def remove(path: Path) -> Added:
    """Take a file or folder off the list. The file itself stays.

    Raises:
        KnowledgeSourceError: It is not on the list.
    """
    path = path.expanduser().resolve()
    items = added()
    for item in items:
        if item.path == path:
            _write([other for other in items if other is not item])
            return item
    names = ", ".join(str(item.path) for item in items) or "nothing"
    raise KnowledgeSourceError(f"{path} was not added", hint=f"added is: {names}")


def elsewhere(item: Added) -> tuple[Path, ...]:
    """Files of the same source that are found without having been added: what was removed is still read from there."""
    source = _reader(item).source.id
    return tuple(path for entry in READERS if entry.id == source for path in entry.reader().files())


def _reader(item: Added) -> Reader:
    # The importers bring libraries for spreadsheets and XML, which who added nothing does not wait for.
    from medgo.knowledge.importers import importer

    return importer(item.type).reader(item.path)


def _readers(own: list[Reader]) -> list[Reader]:
    """What is installed, then the user's own. A file that a user names takes the place of one that was found."""
    named = {reader.source.id for reader in own}
    readers = [reader for entry in READERS if entry.id not in named and (reader := entry.reader()).files()]
    if not readers and not own:
        raise KnowledgeSourceError("no vocabulary is here", hint="pip install 'medgo[knowledge]'")
    return readers + own


def _write(items: list[Added]) -> None:
    rows = [{"path": str(item.path), "type": item.type} for item in items]
    with replacing(_list()) as file:
        file.write(json.dumps(rows, ensure_ascii=False, indent=2).encode())


def _list() -> Path:
    return cache_dir() / "knowledge" / "added.json"
