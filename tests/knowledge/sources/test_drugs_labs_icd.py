"""Readers over the installed packages: counts of the real files, trees without gaps, licences kept apart."""

from __future__ import annotations

import bz2
import pickle
from collections import Counter
from pathlib import Path

import pytest

from medgo.errors import KnowledgeSourceError
from medgo.knowledge.sources import drugs, drugs_wikipedia, faker_healthcare, icd10, icd10cm, labs
from medgo.knowledge.sources.reader import Label, Statement
from medgo.schema import Concept, Relation


@pytest.fixture(scope="module")
def drug_statements() -> list[Statement]:
    return list(drugs.reader().read())


@pytest.fixture(scope="module")
def wiki_statements() -> list[Statement]:
    return list(drugs_wikipedia.reader().read())


@pytest.fixture(scope="module")
def cm() -> list[Statement]:
    return list(icd10cm.reader().read())


def by_id(statements: list[Statement]) -> dict[str, Concept]:
    return {item.id: item for item in statements if isinstance(item, Concept)}


def test_every_ladder_is_a_drug_with_words_in_both_languages(drug_statements: list[Statement]) -> None:
    (ladders,) = faker_healthcare.constants(("prescribing.py",), "DOSE_LADDERS")
    found = by_id(drug_statements)
    for key, ladder in ladders.items():
        drug = found[f"DRUG:{key}"]
        assert drug.attributes["doses"] == list(ladder["doses"])
        assert drug.name("zh") and drug.name("en")
        count = len(ladder["frequencies"])
        assert len(drug.attributes["frequencies_zh"]) == len(drug.attributes["frequencies_en"]) == count
        assert drug.attributes["route_zh"] and drug.attributes["route_en"]


def test_a_name_of_the_dictionary_joins_the_drug_of_the_core(
    drug_statements: list[Statement], wiki_statements: list[Statement]
) -> None:
    labels = {(item.concept, item.name.text) for item in drug_statements if isinstance(item, Label)}
    shared = {(item.concept, item.name.text) for item in wiki_statements if isinstance(item, Label)}
    assert ("DRUG:rifampin", "rifampicin") in labels
    assert ("DRUG:metformin", "glucophage") in shared
    assert not labels & shared


def test_what_may_come_from_wikipedia_is_under_its_licence(
    drug_statements: list[Statement], wiki_statements: list[Statement]
) -> None:
    assert "CC-BY-SA" in drugs_wikipedia.reader().source.licence
    assert "SA" not in drugs.reader().source.licence
    for statements, id_ in ((drug_statements, "drugs"), (wiki_statements, "drugs_wikipedia")):
        names = {item.name.source for item in statements if isinstance(item, Label)}
        assert names == {id_}
    assert {item.source for item in by_id(wiki_statements).values()} == {"drugs_wikipedia"}
    assert not by_id(wiki_statements).keys() & by_id(drug_statements).keys()


def test_receptors_and_misread_letters_are_no_drugs(drug_statements: list[Statement]) -> None:
    found = by_id(drug_statements)
    assert len(found) > 12_000
    assert "DRUG:histidine_kinase" not in found
    texts = [name.text for item in found.values() for name in item.names]
    assert not any("î±" in text or "\x80" in text for text in texts)
    assert all(len(name.text) > 2 for item in found.values() for name in item.names if name.source == "drugs")


def test_a_pickle_that_wants_to_run_something_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "drug_ner_dictionary.pkl.bz2"
    path.write_bytes(bz2.compress(pickle.dumps({"drug_canonical_to_data": Path("x")})))
    with pytest.raises(KnowledgeSourceError, match="import"):
        list(drugs.dictionary(path))


@pytest.mark.parametrize("content", [b"", b"no archive", bz2.compress(b"x" * 100)[:-5], bz2.compress(b"")])
def test_a_damaged_dictionary_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "drug_ner_dictionary.pkl.bz2"
    path.write_bytes(content)
    with pytest.raises(KnowledgeSourceError, match="drug_ner_dictionary"):
        list(drugs.dictionary(path))


def test_ranges_of_all_values_are_in_order_and_named() -> None:
    values = [item for item in by_id(list(labs.reader().read())).values() if item.id[:4] in ("LAB:", "VITA")]
    assert Counter(item.kind for item in values) == {"lab": 24, "vital": 6}
    for item in values:
        numbers = [item.attributes[key] for key in ("min", "low", "high", "max")]
        assert numbers == sorted(numbers)
        assert item.name("zh") and item.name("en")


def test_codes_measure_defined_values_and_bad_factors_are_left_out() -> None:
    statements = list(labs.reader().read())
    found = by_id(statements)
    for item in statements:
        if isinstance(item, Relation):
            assert item.subject in found
            assert item.object in found
    refused = [id_ for id_, item in found.items() if "si_unit" in item.attributes and "factor" not in item.attributes]
    assert refused == ["LOINC:2099-0", "LOINC:2666-6"]
    assert found["LOINC:2160-0"].attributes["factor"] == 88.4
    assert len(found["LOINC:2160-0"].attributes["ranges"]) == 2


def test_the_tree_of_icd10cm_has_98505_nodes_and_no_gap(cm: list[Statement]) -> None:
    ids = [item.id for item in cm if isinstance(item, Concept)]
    assert len(ids) == len(set(ids)) == 98_505
    above = {item.subject: item.object for item in cm if isinstance(item, Relation) and item.predicate == "is_a"}
    known = set(ids)
    assert set(above.values()) <= known
    assert len(known - above.keys()) == 22


def test_parents_of_icd10cm_come_before_their_children(cm: list[Statement]) -> None:
    seen: set[str] = set()
    for item in cm:
        if isinstance(item, Concept):
            seen.add(item.id)
        elif item.predicate == "is_a":
            assert item.object in seen


def test_excludes_lead_to_codes_and_keep_their_text(cm: list[Statement]) -> None:
    found = by_id(cm)
    excludes = [item for item in cm if isinstance(item, Relation) and item.predicate != "is_a"]
    assert {item.predicate for item in excludes} == {"excludes1", "excludes2"}
    for item in excludes:
        assert item.object in found
        assert item.attributes["note"] in found[item.subject].attributes[item.predicate]
    assert Relation("ICD10CM:A05", "excludes1", "ICD10CM:A32", "icd10cm", {"note": "listeriosis (A32.-)"}) in excludes


def test_seventh_characters_are_filled_up(cm: list[Statement]) -> None:
    code = by_id(cm)["ICD10CM:S00.00XA"]
    assert code.attributes["billable"]
    assert code.names[0].text.endswith("initial encounter")
    assert not by_id(cm)["ICD10CM:S00.00"].attributes["billable"]


CODES = icd10cm.Codes(iter(["A04", "A040", "A041", "A042", "A05", "B10", "C00-C14", "C00", "C14", "J09X3"]))


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("colitis (A04.0-A04.2)", ("A04.0", "A04.1", "A04.2")),
        ("any (A04.-)", ("A04",)),
        ("two (A05, B10)", ("A05", "B10")),
        ("section (C00-C14)", ("C00-C14",)),
        ("influenza (J09.X3)", ("J09.X3",)),
        ("no such code (Z99.9)", ()),
        ("code outside A05 of parentheses", ()),
        ("abbreviation (HIV)", ()),
    ],
)
def test_codes_of_a_note(note: str, expected: tuple[str, ...]) -> None:
    assert icd10cm.referenced(note, CODES) == expected


def test_the_tree_of_the_who_has_12542_nodes_and_no_gap() -> None:
    statements = list(icd10.reader().read())
    found = by_id(statements)
    assert len(found) == 12_542
    above = {item.subject: item.object for item in statements if isinstance(item, Relation)}
    assert set(above.values()) <= found.keys()
    assert len(found.keys() - above.keys()) == 22
    assert not icd10.reader().source.share


@pytest.mark.parametrize(
    "text", ["", "<icd", "<r><item type='x'><name>A</name><description>B</description></item></r>"]
)
def test_a_damaged_classification_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "icd_10_v2019.xml"
    path.write_text(text)
    with pytest.raises((KnowledgeSourceError, SyntaxError)):
        list(icd10._statements(path))


@pytest.mark.parametrize("module", [drugs, drugs_wikipedia, labs, icd10cm, icd10])
def test_a_reader_says_what_it_reads(module: object) -> None:
    reader = module.reader()  # type: ignore[attr-defined]
    assert reader.files()
    assert all(path.is_file() for path in reader.files())
    assert reader.source.version
    assert reader.source.licence
    assert reader.source.attribution


def test_what_is_measured_is_no_drug(drug_statements: list[Statement], wiki_statements: list[Statement]) -> None:
    """``creatinine 120 µmol/L`` mentions no drug; DrugBank lists it as one."""
    measured = {
        name.text.lower() for item in labs.reader().read() if isinstance(item, Concept) for name in item.names
        if item.id.startswith(("LAB:", "VITAL:"))
    }  # fmt: skip
    for statements in (drug_statements, wiki_statements):
        names = {name.text.lower() for item in by_id(statements).values() for name in item.names}
        names |= {item.name.text.lower() for item in statements if isinstance(item, Label)}
        assert not names & measured
        assert not names & {"water", "glucose", "thyroid", "gold", "oxygen"}
