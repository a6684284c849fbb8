"""Readers of published data sets that rows may be made from, one file each."""

from __future__ import annotations

import difflib

from medgo.errors import RecipeError
from medgo.synthesis.datasets.dataset import Dataset

DATASETS: tuple[Dataset, ...] = ()


def find_dataset(name: str) -> Dataset:
    """The data set of that name.

    Raises:
        RecipeError: No reader has it.
    """
    known = {dataset.name: dataset for dataset in DATASETS}
    if name not in known:
        close = difflib.get_close_matches(name, known, n=2)
        hint = f"did you mean {' or '.join(close)}?" if close else "medgo synthesize datasets lists them"
        raise RecipeError(f"there is no reader for the data set {name!r}", hint=hint)
    return known[name]


__all__ = ["DATASETS", "Dataset", "find_dataset"]
