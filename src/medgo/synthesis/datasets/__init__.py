"""Readers of published data sets that rows may be made from, one file each."""

from __future__ import annotations

import difflib

from medgo.errors import RecipeError
from medgo.synthesis.datasets.aci_bench import ACI_BENCH
from medgo.synthesis.datasets.cmtmedqa import CMTMEDQA
from medgo.synthesis.datasets.curated import CURATED
from medgo.synthesis.datasets.dataset import Dataset
from medgo.synthesis.datasets.disc_med import DISC_MED
from medgo.synthesis.datasets.med_safety import MED_SAFETY
from medgo.synthesis.datasets.medicalgpt import MEDICALGPT_PAIRS, MEDICALGPT_SFT
from medgo.synthesis.datasets.medquad import MEDQUAD
from medgo.synthesis.datasets.meqsum import MEQSUM
from medgo.synthesis.datasets.mts_dialog import MTS_DIALOG
from medgo.synthesis.datasets.own_records import OWN_RECORDS
from medgo.synthesis.datasets.toyhom import TOYHOM

DATASETS: tuple[Dataset, ...] = (
    ACI_BENCH,
    CMTMEDQA,
    CURATED,
    DISC_MED,
    MED_SAFETY,
    MEDICALGPT_PAIRS,
    MEDICALGPT_SFT,
    MEDQUAD,
    MEQSUM,
    MTS_DIALOG,
    OWN_RECORDS,
    TOYHOM,
)


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
