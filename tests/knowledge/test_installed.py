"""Adding files, removing them, and what is absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from medgo.errors import KnowledgeSourceError
from medgo.knowledge import installed, open_knowledge
from medgo.knowledge.importers import detect, importer
from medgo.knowledge.registry import READERS, Entry
from medgo.knowledge.sources import hpo_zh
from medgo.knowledge.sources.hpo import HpoTerms
from tests.support.small_vocabulary import OBO, babelon


@pytest.fixture(autouse=True)
def only_small_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with a small ontology and nothing else."""
    obo = tmp_path / "hp.obo"
    obo.write_text(OBO, encoding="utf-8")
    entries = (
        Entry("hpo", "Ontology", lambda: HpoTerms(obo), "get hpo"),
        Entry("hpo_zh", "Labels", hpo_zh.reader, "get the labels"),
    )
    monkeypatch.setattr(installed, "READERS", entries)
    monkeypatch.setattr(hpo_zh.HpoChinese.__init__, "__defaults__", (3,))


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "my labels.tsv"
    path.write_text(babelon(), encoding="utf-8")
    return path


def test_a_source_that_is_absent_is_listed_with_the_way_to_get_it() -> None:
    knowledge = open_knowledge()
    assert knowledge.lookup("HP:9000001").name("zh") is None
    assert installed.absent() == [installed.Absent("hpo_zh", "Labels", "get the labels")]


def test_added_files_are_read_from_then_on(labels: Path) -> None:
    assert installed.add(labels) == installed.Added(labels, "hpo_zh")
    assert open_knowledge().lookup("HP:9000001").name("zh") == "蓝耳0"
    assert installed.absent() == []
    installed.remove(labels)
    assert open_knowledge().lookup("HP:9000001").name("zh") is None


def test_a_damaged_file_is_refused_and_not_added(labels: Path) -> None:
    labels.write_text(babelon(3)[:-9], encoding="utf-8")
    with pytest.raises(KnowledgeSourceError, match="my labels"):
        installed.add(labels)
    assert installed.added() == []
    assert open_knowledge().lookup("HP:9000001").name("zh") is None


def test_a_file_of_the_same_source_takes_the_place_of_the_earlier(labels: Path, tmp_path: Path) -> None:
    installed.add(labels)
    newer = tmp_path / "newer.tsv"
    newer.write_text(babelon().replace("蓝耳", "青耳"), encoding="utf-8")
    installed.add(newer)
    assert [item.path for item in installed.added()] == [newer]
    assert open_knowledge().lookup("HP:9000001").name("zh") == "青耳0"


def test_a_file_for_one_index_only(labels: Path) -> None:
    assert open_knowledge((labels,)).lookup("HP:9000001").name("zh") == "蓝耳0"
    assert installed.added() == []


def test_an_added_file_that_went_away_is_named(labels: Path) -> None:
    installed.add(labels)
    labels.unlink()
    with pytest.raises(KnowledgeSourceError, match="cannot be read") as error:
        open_knowledge()
    assert "medgo knowledge remove" in error.value.hint
    installed.remove(labels)
    assert open_knowledge().lookup("HP:9000001").id == "HP:9000001"


def test_what_cannot_be_added(tmp_path: Path, labels: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("words")
    with pytest.raises(KnowledgeSourceError, match="no vocabulary"):
        installed.add(other)
    with pytest.raises(KnowledgeSourceError, match="is not"):
        installed.add(other, "hpo_zh")
    with pytest.raises(KnowledgeSourceError, match="no importer"):
        installed.add(labels, "rubbish")
    with pytest.raises(KnowledgeSourceError, match="does not exist"):
        installed.add(tmp_path / "absent")
    with pytest.raises(KnowledgeSourceError, match="was not added"):
        installed.remove(labels)


def test_a_damaged_list_is_named(cache: Path, labels: Path) -> None:
    installed.add(labels)
    (cache / "knowledge" / "added.json").write_text("[{")
    with pytest.raises(KnowledgeSourceError, match=r"added\.json"):
        open_knowledge()


def test_nothing_at_all_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "READERS", ())
    with pytest.raises(KnowledgeSourceError, match="no vocabulary"):
        open_knowledge()


def test_importers_are_found_by_name_and_content(labels: Path) -> None:
    assert detect(labels) is importer("hpo_zh")


def test_entries_are_cheap_and_say_how_to_get_them() -> None:
    assert len({entry.id for entry in READERS}) == len(READERS)
    for entry in READERS:
        reader = entry.reader()
        assert reader.source.id == entry.id
        assert entry.get
        assert entry.title
