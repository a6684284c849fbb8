"""The 158 common diseases: paired by code and position, signs that are signs, effects as the package has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from medgo.errors import KnowledgeSourceError
from medgo.knowledge.sources import diseases, faker_healthcare, package_data
from medgo.knowledge.sources.reader import Label, Statement
from medgo.schema import Concept, Relation


@pytest.fixture(scope="module")
def statements() -> list[Statement]:
    return list(diseases.reader().read())


def concepts(statements: list[Statement]) -> dict[str, Concept]:
    return {item.id: item for item in statements if isinstance(item, Concept)}


def relations(statements: list[Statement], predicate: str) -> list[Relation]:
    return [item for item in statements if isinstance(item, Relation) and item.predicate == predicate]


def test_every_disease_has_names_in_both_languages_and_a_code(statements: list[Statement]) -> None:
    found = [item for item in concepts(statements).values() if item.kind == "disease"]
    assert len(found) == 158
    assert all(item.name("zh") and item.name("en") and item.attributes["icd10"] for item in found)
    assert all(item.attributes["specialty_zh"] and item.attributes["specialty_en"] for item in found)
    assert len(relations(statements, "maps_to")) == 158


def test_identifiers_are_defined_once(statements: list[Statement]) -> None:
    ids = [item.id for item in statements if isinstance(item, Concept)]
    assert len(ids) == len(set(ids))


def test_effects_are_those_of_the_package(statements: list[Statement]) -> None:
    labs, vitals = faker_healthcare.constants(
        ("clinical_values.py",), "CONDITION_LAB_EFFECTS", "CONDITION_VITAL_EFFECTS"
    )
    assert (len(labs), len(vitals)) == (41, 19)
    moved = relations(statements, "raises") + relations(statements, "lowers")
    assert len(moved) == sum(len(effects) for effects in (*labs.values(), *vitals.values()))
    assert Relation("DISEASE:hypothyroidism", "lowers", "LAB:free_t4", "faker") in moved
    assert Relation("DISEASE:hypothyroidism", "raises", "LAB:tsh", "faker") in moved


def test_a_frequency_of_hpo_is_no_symptom(statements: list[Statement]) -> None:
    """HPO has a term named Frequency that is no phenotype; the package has a symptom of that name."""
    signs = {item.object for item in relations(statements, "has_sign")}
    assert "HP:0040279" not in signs
    assert "HP:0100515" in signs


def test_a_word_means_what_it_means_in_its_disease(statements: list[Statement]) -> None:
    urgency = {
        item.subject: item.object
        for item in relations(statements, "has_sign")
        if item.attributes["name_zh"] in ("便急", "尿急")
    }
    assert urgency["DISEASE:ulcerative_colitis"] == "HP:0012701"
    assert urgency["DISEASE:overactive_bladder"] == "HP:0000012"


def test_a_title_of_a_wider_category_is_no_name(statements: list[Statement]) -> None:
    disease = concepts(statements)["DISEASE:barrett_s_esophagus"]
    assert disease.attributes["icd10_title_zh"] == "食管的其他疾病"
    assert "食管的其他疾病" not in [name.text for name in disease.names]
    assert disease.name("zh") == "巴雷特食管"


def test_every_sign_and_treatment_is_defined_or_belongs_to_another_source(statements: list[Statement]) -> None:
    defined = concepts(statements)
    ladders = {f"DRUG:{key}" for key in faker_healthcare.constants(("prescribing.py",), "DOSE_LADDERS")[0]}
    for item in relations(statements, "has_sign") + relations(statements, "treated_by"):
        assert item.object in defined or item.object.startswith("HP:") or item.object in ladders
    assert not any(item.object.endswith("no_medications") for item in relations(statements, "treated_by"))


def test_no_chinese_name_of_a_sign_is_empty_or_english(statements: list[Statement]) -> None:
    texts = [item.name.text for item in statements if isinstance(item, Label)]
    texts += [item.attributes["name_zh"] for item in relations(statements, "has_sign")]
    assert all(any("\u4e00" <= char <= "\u9fff" for char in text) for text in texts)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Deep Vein Thrombosis", "Deep vein thrombosis"),
        ("Alzheimer's Disease", "Alzheimer's disease"),
        ("Hemophilia A", "Hemophilia A"),
        ("Vitamin B12", "Vitamin B12"),
        ("COVID-19", "COVID-19"),
        ("Post-Traumatic Stress Disorder", "Post-traumatic stress disorder"),
        ("Sjögren's Syndrome", "Sjögren's syndrome"),
    ],
)
def test_titles_become_sentence_case(title: str, expected: str) -> None:
    assert faker_healthcare.sentence_case(title) == expected


def entry(code: str, symptoms: int = 1) -> dict[str, object]:
    return {"icd10": code, "symptoms": ["x"] * symptoms, "medications": [], "medical_specialty": "y"}


@pytest.mark.parametrize(
    "chinese",
    [{"甲": entry("A02")}, {"甲": entry("A01", 2)}, {}, {"甲": entry("A01"), "乙": entry("A02")}],
    ids=["other code", "other number of symptoms", "missing", "surplus"],
)
def test_tables_that_do_not_correspond_are_refused(chinese: dict[str, object]) -> None:
    with pytest.raises(KnowledgeSourceError, match="faker-healthcare-provider"):
        list(faker_healthcare.paired({"A": entry("A01")}, chinese))


def test_without_hpo_every_sign_without_a_row_is_one_of_ours() -> None:
    words = diseases.SignWords({}, frozenset())
    assert words.sign("Sleep Paralysis", "睡眠麻痹", "Narcolepsy").id == "SIGN:sleep_paralysis"


def test_a_computed_table_is_refused(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("TABLE = make()\n")
    with pytest.raises(KnowledgeSourceError, match="not a literal"):
        package_data.literals(module, "TABLE")
    with pytest.raises(KnowledgeSourceError, match="no table OTHER"):
        package_data.literals(module, "OTHER")


def test_an_absent_package_is_named_with_the_way_out() -> None:
    assert package_data.locate("no_such_package_of_medgo") is None
    with pytest.raises(KnowledgeSourceError, match="medgo\\[knowledge\\]"):
        package_data.require(None, "no-such-package")
