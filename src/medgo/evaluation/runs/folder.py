"""A run on disk: manifest, items, predictions. Written by the runner, read by reports, comparisons and judges.

RUN/manifest.json       what the predictions depend on, with hashes
RUN/items.jsonl         what was asked; of confidential benchmarks no text
RUN/predictions.jsonl   one line a prediction, in the order they came; a later line of the same key replaces it
RUN/summary.json        the figures
RUN/private/            replies to confidential items: they may quote them, so they stay on this machine
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medgo.errors import InputError, RunFolderError
from medgo.schema import Prediction
from medgo.store import RowFile, encode_row, replacing

FORMAT = 1
_START_OVER = "choose another --output, or remove the folder to start over"


@dataclass(frozen=True, slots=True)
class Run:
    """A run folder, opened.

    Args:
        path: The folder.
        manifest: Content of ``manifest.json``.
    """

    path: Path
    manifest: dict[str, Any]

    def predictions(self) -> list[Prediction]:
        """All predictions, one a key, sorted by benchmark, item and epoch.

        Raises:
            RunFolderError: A line is damaged.
        """
        latest = {prediction.key: prediction for prediction in read_predictions(self.path / "predictions.jsonl")}
        return sorted(latest.values(), key=lambda prediction: prediction.key)

    def items(self) -> dict[tuple[str, str], dict[str, Any]]:
        """What was asked: (benchmark, item) → row.

        Raises:
            RunFolderError: A line is damaged.
        """
        return {(row["benchmark"], row["item"]): row for row in _rows(self.path / "items.jsonl")}

    def grades(self) -> list[dict[str, Any]]:
        """Grades that judges gave; empty before anybody judged.

        Raises:
            RunFolderError: A line is damaged.
        """
        path = self.path / "grades.jsonl"
        return list(_rows(path)) if path.exists() else []


def open_run(path: Path) -> Run:
    """Open a run folder.

    Raises:
        RunFolderError: It is not there, or is none.
    """
    file = path / "manifest.json"
    try:
        manifest = json.loads(file.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise RunFolderError(
            f"{path} holds no run: there is no manifest.json", hint="medgo eval run --output …"
        ) from None
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{file} cannot be read: {error}", hint=_START_OVER) from error
    known = isinstance(manifest, dict) and manifest.get("format") == FORMAT
    if not known or any(not isinstance(manifest.get(field), dict) for field in ("requested", "benchmarks")):
        raise RunFolderError(f"{file} is not a manifest of format {FORMAT}, or not all of one", hint=_START_OVER)
    return Run(path, manifest)


def write_manifest(path: Path, manifest: dict[str, Any]) -> None:
    """Write ``manifest.json``, whole or not at all."""
    with replacing(path / "manifest.json") as file:
        file.write(json.dumps(manifest, ensure_ascii=False, indent=2).encode() + b"\n")


def write_items(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write ``items.jsonl``, whole or not at all."""
    with replacing(path / "items.jsonl") as file:
        for row in rows:
            file.write(encode_row(row))


def has_predictions(path: Path) -> bool:
    """Whether a run folder holds any answer yet; one without may be used for another run."""
    log = path / "predictions.jsonl"
    return (path / "manifest.json").exists() and log.exists() and log.stat().st_size > 0


def refuse_other_run(path: Path, wanted: dict[str, Any]) -> None:
    """Check that a folder may be continued with this manifest.

    What is compared is ``requested``, and ``found`` once both runs have loaded a model.

    Raises:
        RunFolderError: It was made with another configuration; names each setting that differs.
    """
    before = open_run(path).manifest
    changes = _changes(before["requested"], wanted["requested"])
    if before.get("found") and wanted.get("found"):
        changes += _changes(before["found"], wanted["found"])
    if changes:
        lines = "".join(f"\n    {change}" for change in changes)
        raise RunFolderError(f"{path} was made with another configuration:{lines}", hint=_START_OVER)


def read_predictions(path: Path) -> Iterator[Prediction]:
    """All lines of a predictions file; a torn last line, which only a dying machine leaves, is left out.

    Raises:
        RunFolderError: Another line is damaged.
    """
    for number, row in enumerate(_rows(path), 1):
        try:
            yield Prediction.from_row(row)
        except InputError as error:
            raise RunFolderError(f"{path}, row {number}: {error.message}", hint="remove that line") from error


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    try:
        whole = path.read_bytes().endswith(b"\n")
        rows = list(RowFile(path))
    except (OSError, InputError) as error:
        raise RunFolderError(f"{path} cannot be read: {error}") from error
    for position, row in enumerate(rows):
        if row.value is not None:
            yield row.value
        elif whole or position < len(rows) - 1:
            raise RunFolderError(f"{path}, line {row.number} is damaged: {row.error}", hint="remove that line")


def _changes(before: Any, now: Any, name: str = "") -> list[str]:
    if isinstance(before, dict) and isinstance(now, dict):
        # What the version that made the folder did not know yet is no change.
        return [line for key in before for line in _changes(before.get(key), now.get(key), f"{name}.{key}".lstrip("."))]
    return [] if before == now else [f"{name}: {_short(before)} → {_short(now)}"]


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:50]}…"
