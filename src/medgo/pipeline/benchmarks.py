"""Which benchmark items are at hand, by a mark that is remembered: telling a step's state reads no benchmark.

The mark is the index's own fingerprint. It is kept under a hash of what the folders list (names, sizes, times) and of
what was downloaded, so it is worked out once for the same files.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from medgo.errors import RunFolderError
from medgo.evaluation.benchmarks.hub import cached
from medgo.evaluation.benchmarks.registry import BENCHMARKS
from medgo.evaluation.selection import parse_sources
from medgo.store import replacing
from medgo.store.hashing import fingerprint

_MARKS = "marks.json"


def benchmark_mark(
    folders: Sequence[str] | None, cache: Path, work_out: Callable[[], str], *, may_index: bool = True
) -> str:
    """Tell which items are at hand.

    Args:
        folders: As ``medgo eval run --data`` takes them; None takes ``$MEDGO_DATA``.
        cache: Folder where marks are remembered.
        work_out: Indexes the items, which takes minutes; returns the index's fingerprint.
        may_index: Whether it may be called; otherwise files that were never indexed get a mark of their own, which no
            step was made from.

    Raises:
        InputError: A folder is not there.
        RunFolderError: The file of marks is damaged.
    """
    path, key = cache / _MARKS, fingerprint(list(_listing(folders)))
    try:
        known: dict[str, str] = json.loads(path.read_bytes()) if path.exists() else {}
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{path} cannot be read: {error}", hint="remove it") from error
    if key in known:
        return known[key]
    if not may_index:
        return f"not indexed yet: {key[:16]}"
    mark = work_out()
    with replacing(path) as file:
        file.write(json.dumps({**known, key: mark}, indent=1).encode())
    return mark


def _listing(folders: Sequence[str] | None) -> Iterator[tuple[str, str, int, int]]:
    sources = parse_sources(folders, download=False)
    for place in (*sources.folders, *sources.named.values()):
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.is_file():
                found = path.stat()
                yield str(place), os.path.relpath(path, place), found.st_size, found.st_mtime_ns
    for benchmark in BENCHMARKS:
        copy = cached(benchmark.source) if benchmark.source.hub else None
        if copy is not None:
            yield benchmark.name, copy.commit, 0, 0
