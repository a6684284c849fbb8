"""A corpus that ``medgo curate run`` made: documents of many collections, each with the licence that it states itself.

``documents/*.jsonl`` below the run's folder, one document a line; ``report.json`` says that the run was finished.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from medgo.errors import InputError
from medgo.schema import Document
from medgo.synthesis.datasets.dataset import Dataset
from medgo.synthesis.datasets.reading import rows_of

_NAME = "curated"
_REPORT = "report.json"


def _read(path: Path) -> Iterator[Document]:
    for file in _files(path):
        for number, row in rows_of(file) if file.stat().st_size else ():
            try:
                yield Document.from_dict(row)
            except InputError as error:
                raise InputError(f"{file.name}, row {number}: {error.message}") from error


def _files(path: Path) -> Sequence[Path]:
    if not (path / _REPORT).is_file():
        raise InputError(f"{path} holds no finished corpus", hint="give the output folder of medgo curate run")
    return sorted((path / "documents").glob("*.jsonl"))


def _counted(path: Path) -> Counter[tuple[str, str]]:
    """Documents by collection and licence, as the run counted them."""
    _files(path)
    try:
        counts = json.loads((path / _REPORT).read_bytes())["after"]["sources"]
        return Counter({_pair(name): int(count) for name, count in counts.items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path / _REPORT} cannot be read: {error}", hint="run medgo curate run again") from error


def _pair(name: str) -> tuple[str, str]:
    source, _, licence = name.rpartition(" · ")
    return source, licence


CURATED = Dataset(
    name=_NAME,
    title="A curated corpus of MedGo's",
    licence="of each document",
    url="",
    langs=("zh", "en"),
    holds="documents",
    read=_read,
    about="Documents keep collection, licence and version of their sources; rows made from them name these.",
    files=_files,
    counted=_counted,
)
