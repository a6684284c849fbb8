"""Text sources on the published files under $MEDGO_DATA."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from medgo.corpus.dialogues import DialoguesReader
from medgo.corpus.ledger import Ledger
from medgo.corpus.medquad import MedquadReader
from medgo.corpus.protocol import Reader, Source
from medgo.schema import Document

REAL = Path(os.environ.get("MEDGO_DATA", "")) / "training"
pytestmark = pytest.mark.data


@pytest.mark.parametrize(
    ("reader", "name", "count"),
    [
        (MedquadReader(), "medquad/medquad_answered.jsonl", 16_407),
        (DialoguesReader(), "disc-medllm/train_test_examples.jsonl", 163),
    ],
)
def test_every_row_is_one_document_of_its_own(reader: Reader, name: str, count: int) -> None:
    path = REAL / name
    if not path.is_file():
        pytest.skip(f"{name} is not there")
    with path.open("rb") as stream:
        assert reader.recognises(path.name, stream.read(65536))
    ledger = Ledger()
    documents = [item for item in reader.read(Source(path), ledger) if isinstance(item, Document)]
    assert len({document.ref.id for document in documents}) == len(documents) == count
    assert not ledger.omitted
