"""Measurements that were made outside a pipeline, as files that its steps depend on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from medgo.pipeline.place import Place
from medgo.store.recipes import expand_path

_FILES = ("manifest.json", "predictions.jsonl", "grades.jsonl")


def measured_files(evaluations: Sequence[str], place: Place) -> dict[str, Path]:
    """Name → file of every evaluation that is a folder; what steps made is known by their results."""
    folders = {name: expand_path(name) for name in evaluations if name not in place.pipeline.steps}
    return {
        f"{name}/{file}": folder / file
        for name, folder in folders.items()
        for file in _FILES
        if (folder / file).exists() or file == "manifest.json"
    }
