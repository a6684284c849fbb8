"""A finished corpus as a source for rows: what is read, what is counted, and what is no finished corpus."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from medgo.errors import InputError
from medgo.schema import Document, SourceRef
from medgo.store import encode_row
from medgo.synthesis.datasets.curated import CURATED
from medgo.synthesis.material import Material, material_of
from medgo.synthesis.shelf import Place

DOCUMENTS = [
    Document(SourceRef("1", "pubmed", "CC0-1.0"), "en", "One."),
    Document(SourceRef("2", "pubmed", "CC-BY-4.0"), "en", "Two.", "A title", {"year": "2024"}),
    Document(SourceRef("3", "dialogues · old", "Apache-2.0"), "zh", "三。", "", {"turns": [["user", "？"]]}),
    Document(SourceRef("4", "pubmed", "CC0-1.0"), "en", "Four."),
]


def corpus(folder: Path, shards: Sequence[Sequence[Document]] = (DOCUMENTS[:2], (), DOCUMENTS[2:])) -> Path:
    (folder / "documents").mkdir(parents=True)
    for number, shard in enumerate(shards):
        rows = b"".join(encode_row(document.to_dict()) for document in shard)
        (folder / f"documents/{number:05d}.jsonl").write_bytes(rows)
    counted = Counter(f"{one.ref.source} · {one.ref.licence}" for shard in shards for one in shard)
    (folder / "report.json").write_text(json.dumps({"after": {"sources": counted}}), encoding="utf-8")
    return folder


def test_documents_come_as_they_are_and_an_empty_shard_is_none(tmp_path: Path) -> None:
    assert list(CURATED.read(corpus(tmp_path / "c"))) == DOCUMENTS


def test_only_documents_are_read_and_not_what_lies_beside_them(tmp_path: Path) -> None:
    folder = corpus(tmp_path / "c")
    (folder / "removed").mkdir()
    (folder / "removed/00000.jsonl").write_text("{}\n")
    assert CURATED.files is not None
    assert [file.name for file in CURATED.files(folder)] == ["00000.jsonl", "00001.jsonl", "00002.jsonl"]
    assert len(list(CURATED.read(folder))) == 4


def test_counts_are_those_of_the_documents_themselves(tmp_path: Path) -> None:
    folder = corpus(tmp_path / "c")
    whole = list(material_of([Place(CURATED, folder, None)]))
    assert whole == [
        Material("curated", "dialogues · old", "Apache-2.0", "documents", 1),
        Material("curated", "pubmed", "CC-BY-4.0", "documents", 1),
        Material("curated", "pubmed", "CC0-1.0", "documents", 2),
    ]
    read = Counter((one.ref.source, one.ref.licence) for one in CURATED.read(folder))
    assert read == {(one.source, one.licence): one.count for one in whole}
    limited = material_of([Place(CURATED, folder, limit=3)])
    assert sum(one.count for one in limited) == 3


@pytest.mark.parametrize("report", ["", "[]", '{"after": {}}', '{"after": {"sources": {"a · b": "many"}}}'])
def test_a_report_that_cannot_be_read_is_named(tmp_path: Path, report: str) -> None:
    folder = corpus(tmp_path / "c")
    (folder / "report.json").write_text(report)
    with pytest.raises(InputError, match=r"report\.json cannot be read"):
        list(material_of([Place(CURATED, folder, None)]))


def test_a_run_that_was_not_finished_is_no_corpus(tmp_path: Path) -> None:
    folder = corpus(tmp_path / "c")
    (folder / "report.json").unlink()
    with pytest.raises(InputError, match="no finished corpus"):
        list(CURATED.read(folder))


def test_a_broken_document_is_named_with_file_and_row(tmp_path: Path) -> None:
    folder = corpus(tmp_path / "c")
    with (folder / "documents/00002.jsonl").open("ab") as file:
        file.write(encode_row({**DOCUMENTS[0].to_dict(), "lang": "fr"}))
    with pytest.raises(InputError, match=r"00002\.jsonl, row 3: .*lang"):
        list(CURATED.read(folder))
