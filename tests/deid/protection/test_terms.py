"""The set of protected terms: what gets in, in which spelling, and what happens where its sources are absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from medgo.deid.protection import terms as module
from medgo.deid.protection.curated import chinese_lists, english_lists
from medgo.deid.protection.spelling import key_of
from medgo.errors import KnowledgeSourceError
from medgo.knowledge.installed import Absent
from medgo.schema import Name


def keys(text: str) -> set[str]:
    return set(module.keys_of(Name(text, "en", "preferred", "test")))


@pytest.mark.parametrize(
    ("spelling", "key"),
    [
        ("Crohn's disease", "crohn disease"),
        ("Sjögren  Syndrome", "sjogren syndrome"),
        ("Graves' disease", "graves disease"),
        ("Peutz-Jeghers", "peutz jeghers"),
        ("格林 巴利", "格林巴利"),
    ],
)
def test_spellings_of_one_term_share_a_key(spelling: str, key: str) -> None:
    assert key_of(spelling) == key


def test_a_name_gives_its_key_and_that_of_its_eponym() -> None:
    assert keys("Peutz-Jeghers syndrome") == {"peutz jeghers syndrome", "peutz jeghers"}


def test_an_acronym_keeps_its_case() -> None:
    assert keys("ALI") == {"=ALI"}


@pytest.mark.parametrize("text", ["sob", "病", "一" * 40, "a b c d e f g h i"])
def test_names_that_are_too_short_or_too_long_are_left_out(text: str) -> None:
    assert keys(text) == set()


def test_medical_words_of_the_dictionary_are_terms_and_names_are_not() -> None:
    found = module.terms()
    assert {"parkinson disease", "furosemide"} <= found
    assert {"白细胞", "胆囊炎"} <= found
    assert not found & {"张学良", "孙中山", "石家庄"}


def test_absent_vocabularies_are_an_error_that_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "absent", lambda: [Absent("hpo", "Human Phenotype Ontology", "")])
    module.terms.cache_clear()
    with pytest.raises(KnowledgeSourceError) as error:
        module.terms()
    assert "medgo[knowledge]" in error.value.hint


def test_the_set_is_kept_beside_the_index_and_read_back_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Index:
        path = tmp_path / "index.sqlite"
        fingerprint = "f"
        reads = 0

        def concepts(self) -> list[object]:
            Index.reads += 1
            return []

    monkeypatch.setattr(module, "open_knowledge", Index)
    module.terms.cache_clear()
    first = module.terms()
    module.terms.cache_clear()
    again = module.terms()
    module.terms.cache_clear()
    assert first == again
    assert Index.reads == 1


def test_no_list_of_eponyms_holds_a_common_surname() -> None:
    common = {"smith", "jones", "miller", "wilson", "moore", "thomas", "kelly", "murphy", "graves", "hamilton", "ross"}
    assert not english_lists().terms & common
    assert not chinese_lists().terms & {"张伟", "王芳", "李娜", "林奇", "高敏"}
