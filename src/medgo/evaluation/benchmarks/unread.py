"""Files in a data folder that no benchmark can read, and why: a folder's owner should not have to guess.

Knows no engine, and no benchmark but those that it is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from medgo.evaluation.benchmarks.definition import Benchmark
from medgo.evaluation.benchmarks.load import DataSources
from medgo.evaluation.benchmarks.local import Candidate, Recogniser, candidates_in, data_files


@dataclass(frozen=True, slots=True)
class UnreadFile:
    """A file that is of no benchmark's form.

    Args:
        path: The file.
        why: What kept it from being read, in one clause or sentence.
    """

    path: Path
    why: str


def unread_files(sources: DataSources, benchmarks: Sequence[Benchmark], read: Iterable[Path] = ()) -> list[UnreadFile]:
    """Find the files of the data folders that no benchmark could read.

    Training files and other copies of a benchmark that is here are of one of its forms, so they are not among them.

    Args:
        sources: Where to look; files that were named for one benchmark are not looked at again.
        benchmarks: All that a file may belong to.
        read: Files that a benchmark has been read from: they need no second look.

    Raises:
        BenchmarkDataError: A folder is not there.
    """
    known = {path.resolve() for path in read}
    found: dict[Path, UnreadFile] = {}
    for folder in sources.folders:
        names: dict[Path, list[tuple[Benchmark, Candidate]]] = {}
        for benchmark in benchmarks:
            for candidate in candidates_in(folder, benchmark):
                names.setdefault(candidate.path, []).append((benchmark, candidate))
        for path, _ in data_files(folder):
            place = path.resolve()
            if place not in known and place not in found and (why := _why(names.get(path, []))):
                found[place] = UnreadFile(path, why)
    return list(found.values())


def _why(names: Sequence[tuple[Benchmark, Candidate]]) -> str:
    """Say why a file is of none of the benchmarks that its path names; empty where it is of one."""
    if not names:
        return "its path names no benchmark (--data NAME=PATH says which it is)"
    reasons = []
    for benchmark, candidate in names:
        recogniser = Recogniser(benchmark, [candidate])
        if recogniser.has_fields(candidate):
            return ""
        reasons.append(recogniser.closest().removeprefix(candidate.name).lstrip(",: "))
    return reasons[0]
