"""MedSafetyBench's training split: harmful requests with safe answers, by AMA principle (Han et al., NeurIPS 2024)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from medgo.errors import InputError
from medgo.schema import Document, SourceRef
from medgo.synthesis.datasets.dataset import Dataset
from medgo.synthesis.datasets.reading import answered, table

_NAME, _LICENCE = "med_safety", "MIT"


def _read(path: Path) -> Iterator[Document]:
    files = sorted((path / "train").glob("*/*.csv"))
    if not files:
        raise InputError(f"{path} holds no train/*/*.csv")
    for file in files:
        for number, row in table(file, ("harmful_medical_request", "safe_response")):
            ref = SourceRef(f"{file.parent.name}-{file.stem}-{number}", _NAME, _LICENCE)
            yield from answered(ref, "en", row["harmful_medical_request"], row["safe_response"], safety=True)


MED_SAFETY = Dataset(
    name=_NAME,
    title="MedSafetyBench, harmful requests with safe answers (training split)",
    licence=_LICENCE,
    url="https://github.com/AI4LIFE-GROUP/med-safety-bench",
    langs=("en",),
    holds="documents",
    read=_read,
    about="Han et al., NeurIPS 2024; published for research. Its test split is left for evaluation.",
)
