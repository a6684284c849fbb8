"""UMLS, RxNorm and SNOMED CT: tiny invented samples in the real schemas, and what a damaged copy gives."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from medgo.errors import KnowledgeSourceError
from medgo.knowledge.importers.rxnorm import RxNormImporter, RxNormReader
from medgo.knowledge.importers.snomed import SnomedImporter, SnomedReader
from medgo.knowledge.importers.umls import CHOICE_FILE, UmlsImporter, UmlsReader
from medgo.knowledge.sources.reader import Label, Statement
from medgo.schema import Concept, Name, Relation


def conso(cui: str, lang: str, text: str, sab: str = "MTH", status: str = "PPF", suppress: str = "N") -> str:
    """A row of MRCONSO; ``status`` is TS, then STT."""
    cells = [
        cui,
        lang,
        status[0],
        "L1",
        status[1:],
        "S1",
        "Y",
        "A1",
        "",
        "",
        "",
        sab,
        "PT",
        "1",
        text,
        "0",
        suppress,
        "",
    ]
    return "|".join(cells) + "|\n"


def rel(first: str, rel_: str, second: str, rela: str = "", sab: str = "MTH", suppress: str = "N") -> str:
    cells = [first, "A1", "CUI", rel_, second, "A2", "CUI", rela, "R1", "", sab, sab, "", "", suppress, ""]
    return "|".join(cells) + "|\n"


def sty(cui: str, tui: str) -> str:
    return f"{cui}|{tui}|A1|A Type|AT1||\n"


@pytest.fixture
def umls(tmp_path: Path) -> Path:
    folder = tmp_path / "2026AA" / "META"
    folder.mkdir(parents=True)
    (folder / "MRCONSO.RRF").write_text(
        conso("C0000001", "ENG", "Inventitis")
        + conso("C0000001", "ENG", "Invented inflammation", status="SVO")
        + conso("C0000001", "CHI", "虚构炎", sab="MDRCHI")
        + conso("C0000001", "FRE", "Inventite")
        + conso("C0000001", "ENG", "Licensed name", sab="CPT")
        + conso("C0000001", "ENG", "Old name", suppress="O")
        + conso("C0000002", "ENG", "Inventol", sab="RXNORM")
        + conso("C0000003", "SPA", "Nombre"),
        encoding="utf-8",
    )
    (folder / "MRSTY.RRF").write_text(sty("C0000001", "T047") + sty("C0000002", "T109") + sty("C0000002", "T121"))
    (folder / "MRREL.RRF").write_text(
        rel("C0000001", "PAR", "C0000002")
        + rel("C0000002", "CHD", "C0000001")
        + rel("C0000001", "RO", "C0000002", "may_treat", "MED-RT")
        + rel("C0000001", "RO", "C0000002", "contraindicated_with_disease", "MED-RT")
        + rel("C0000001", "PAR", "C0000003", sab="CPT")
        + rel("C0000001", "PAR", "C0000003", suppress="E")
    )
    return tmp_path


def concepts(statements: list[Statement]) -> dict[str, Concept]:
    return {item.id: item for item in statements if isinstance(item, Concept)}


def relations(statements: list[Statement]) -> list[tuple[str, str, str]]:
    return [(item.subject, item.predicate, item.object) for item in statements if isinstance(item, Relation)]


def test_umls_gives_names_of_both_languages_and_chosen_sources_only(umls: Path) -> None:
    found = concepts(list(UmlsReader(umls).read()))
    assert found.keys() == {"UMLS:C0000001", "UMLS:C0000002"}
    assert found["UMLS:C0000001"].names == (
        Name("Inventitis", "en", "preferred", "umls"),
        Name("虚构炎", "zh", "preferred", "umls"),
        Name("Invented inflammation", "en", "synonym", "umls"),
    )
    assert [item.kind for item in found.values()] == ["disease", "drug"]


def test_relations_of_umls_are_read_in_their_direction(umls: Path) -> None:
    assert relations(list(UmlsReader(umls).read())) == [
        ("UMLS:C0000001", "is_a", "UMLS:C0000002"),
        ("UMLS:C0000001", "treated_by", "UMLS:C0000002"),
        ("UMLS:C0000002", "contraindicated_in", "UMLS:C0000001"),
    ]


def test_the_choice_of_sources_can_be_made_in_a_file(umls: Path) -> None:
    (umls / "2026AA" / "META" / CHOICE_FILE).write_text("CPT\n")
    found = concepts(list(UmlsReader(umls).read()))
    assert [name.text for name in found["UMLS:C0000001"].names] == ["Licensed name"]
    (umls / "2026AA" / "META" / CHOICE_FILE).write_text("\n")
    with pytest.raises(KnowledgeSourceError, match="names no source"):
        list(UmlsReader(umls).read())


def test_what_is_made_from_licensed_sources_stays_in_the_house(umls: Path) -> None:
    source = UmlsReader(umls).source
    assert not source.share
    assert source.version == "2026AA"
    assert UmlsImporter().recognises(umls)
    assert not RxNormImporter().recognises(umls)


def test_names_out_of_order_are_refused(umls: Path) -> None:
    path = umls / "2026AA" / "META" / "MRCONSO.RRF"
    path.write_text(conso("C0000002", "ENG", "b") + conso("C0000001", "ENG", "a"))
    with pytest.raises(KnowledgeSourceError, match="not sorted"):
        list(UmlsReader(umls).read())


@pytest.mark.parametrize("table", ["MRCONSO.RRF", "MRSTY.RRF", "MRREL.RRF"])
def test_a_torn_row_is_named_with_its_line(umls: Path, table: str) -> None:
    path = umls / "2026AA" / "META" / table
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.rindex(b"|", 0, -8)])
    last = whole.count(b"\n")
    with pytest.raises(KnowledgeSourceError, match=rf"{table}:{last}: .*torn"):
        list(UmlsReader(umls).read())


def test_another_encoding_is_named_with_its_line(umls: Path) -> None:
    path = umls / "2026AA" / "META" / "MRCONSO.RRF"
    path.write_bytes(path.read_text(encoding="utf-8").encode("gb18030"))
    with pytest.raises(KnowledgeSourceError, match=r"MRCONSO\.RRF:3: .*not UTF-8"):
        list(UmlsReader(umls).read())


def test_an_empty_or_absent_table_is_no_crash(umls: Path, tmp_path: Path) -> None:
    (umls / "2026AA" / "META" / "MRCONSO.RRF").write_text("")
    assert concepts(list(UmlsReader(umls).read())) == {}
    empty = tmp_path / "empty"
    empty.mkdir()
    assert not UmlsImporter().recognises(empty)
    with pytest.raises(KnowledgeSourceError, match=r"MRCONSO\.RRF"):
        list(UmlsReader(empty).read())


def test_umls_is_read_in_constant_memory(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        with (tmp_path / "MRCONSO.RRF").open("w") as file:
            file.writelines(conso(f"C{number:07}", "ENG", f"Name {number}") for number in range(count))
        tracemalloc.start()
        total = sum(1 for _ in UmlsReader(tmp_path).read())
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert total == count
        return most

    assert peak(20_000) < peak(1_000) * 1.5 + 100_000


def rx(cui: str, text: str, tty: str = "IN", sab: str = "RXNORM", suppress: str = "N") -> str:
    cells = [cui, "ENG", "", "", "", "", "", "1", "", cui, "", sab, tty, cui, text, "", suppress, ""]
    return "|".join(cells) + "|\n"


@pytest.fixture
def rxnorm(tmp_path: Path) -> Path:
    folder = tmp_path / "rrf"
    folder.mkdir()
    (folder / "RXNCONSO.RRF").write_text(
        rx("1", "inventol")
        + rx("1", "INV", "SY")
        + rx("1", "Licensed inventol", sab="MMSL")
        + rx("2", "Bestol", "BN")
        + rx("3", "inventol 5 MG Oral Tablet", "SCD")
        + rx("4", "Gone", suppress="O")
        + rx("1", "inventol anhydrous", "SY")
    )
    (folder / "RXNREL.RRF").write_text(
        rel("1", "RB", "2", "tradename_of", "RXNORM")
        + rel("1", "RB", "4", "isa", "RXNORM")
        + rel("1", "RO", "3", "x", "RXNORM")
    )
    return tmp_path


def test_rxnorm_gives_drugs_brands_and_their_relation(rxnorm: Path) -> None:
    statements = list(RxNormReader(rxnorm).read())
    found = concepts(statements)
    assert [name.text for name in found["RXNORM:1"].names] == ["inventol", "INV"]
    assert found.keys() == {"RXNORM:1", "RXNORM:2", "RXNORM:3"}
    assert Label("RXNORM:1", Name("inventol anhydrous", "en", "synonym", "rxnorm")) in statements
    assert relations(statements) == [("RXNORM:1", "maps_to", "DRUG:inventol"), ("RXNORM:2", "is_a", "RXNORM:1")]
    assert RxNormImporter().recognises(rxnorm)
    assert not UmlsImporter().recognises(rxnorm)


def test_a_torn_row_of_rxnorm_is_named(rxnorm: Path) -> None:
    with (rxnorm / "rrf" / "RXNCONSO.RRF").open("a") as file:
        file.write("5|ENG||")
    with pytest.raises(KnowledgeSourceError, match=r"RXNCONSO\.RRF:8"):
        list(RxNormReader(rxnorm).read())


CONCEPT = "id\teffectiveTime\tactive\tmoduleId\tdefinitionStatusId\n"
DESCRIPTION = "id\teffectiveTime\tactive\tmoduleId\tconceptId\tlanguageCode\ttypeId\tterm\tcaseSignificanceId\n"
RELATIONSHIP = (
    "id\teffectiveTime\tactive\tmoduleId\tsourceId\tdestinationId\trelationshipGroup\ttypeId\tcharacteristicTypeId"
    "\tmodifierId\n"
)
FSN, SYNONYM = "900000000000003001", "900000000000013009"


def description(concept: str, term: str, type_: str = SYNONYM, lang: str = "en", active: str = "1") -> str:
    return f"1\t20260101\t{active}\t9\t{concept}\t{lang}\t{type_}\t{term}\t9\n"


@pytest.fixture
def snomed(tmp_path: Path) -> Path:
    folder = tmp_path / "Snapshot" / "Terminology"
    folder.mkdir(parents=True)
    (folder / "sct2_Concept_Snapshot_INT_20260101.txt").write_text(
        CONCEPT + "".join(f"{id_}\t20260101\t{active}\t9\t9\n" for id_, active in (("300", 1), ("100", 1), ("200", 0)))
    )
    (folder / "sct2_Description_Snapshot-en_INT_20260101.txt").write_text(
        DESCRIPTION
        + description("100", "Inventitis (disorder)", FSN)
        + description("100", '"Quoted" inventitis')
        + description("100", "Old name", active="0")
        + description("200", "Inactive (finding)", FSN)
        + description("300", "Inventitis (qualifier value)", FSN)
    )
    (folder / "sct2_Description_Snapshot-zh_INT_20260101.txt").write_text(
        DESCRIPTION + description("100", "虚构炎 (disorder)", FSN, "zh") + description("100", "Inventite", lang="fr"),
        encoding="utf-8",
    )
    (folder / "sct2_Relationship_Snapshot_INT_20260101.txt").write_text(
        RELATIONSHIP
        + "1\t20260101\t1\t9\t100\t300\t0\t116680003\t9\t9\n"
        + "2\t20260101\t0\t9\t300\t100\t0\t116680003\t9\t9\n"
        + "3\t20260101\t1\t9\t100\t300\t0\t363698007\t9\t9\n"
    )
    return tmp_path


def test_snomed_gives_active_concepts_names_and_parents(snomed: Path) -> None:
    statements = list(SnomedReader(snomed).read())
    found = concepts(statements)
    assert {id_: item.kind for id_, item in found.items()} == {"SNOMED:100": "disease", "SNOMED:300": "class"}
    assert found["SNOMED:100"].name("en") == "Inventitis"
    labels = [item.name for item in statements if isinstance(item, Label)]
    assert labels == [
        Name('"Quoted" inventitis', "en", "synonym", "snomed"),
        Name("虚构炎", "zh", "preferred", "snomed"),
    ]
    assert relations(statements) == [("SNOMED:100", "is_a", "SNOMED:300")]
    assert SnomedReader(snomed).source.version == "20260101"
    assert SnomedImporter().recognises(snomed)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("sct2_Concept_Snapshot_INT_20260101.txt", "id\tactive\n1\t1\n", "columns"),
        ("sct2_Concept_Snapshot_INT_20260101.txt", CONCEPT.replace("active", "aktiv"), "header"),
        ("sct2_Concept_Snapshot_INT_20260101.txt", "", "empty"),
        ("sct2_Concept_Snapshot_INT_20260101.txt", CONCEPT + "x\t20260101\t1\t9\t9\n", "no identifier"),
        ("sct2_Description_Snapshot-en_INT_20260101.txt", DESCRIPTION + "1\t2026", "torn"),
    ],
)
def test_damaged_tables_of_snomed_are_named(snomed: Path, name: str, content: str, message: str) -> None:
    (snomed / "Snapshot" / "Terminology" / name).write_text(content)
    with pytest.raises(KnowledgeSourceError, match=message) as caught:
        list(SnomedReader(snomed).read())
    assert name in str(caught.value)


def test_a_byte_order_mark_is_no_part_of_the_header(snomed: Path) -> None:
    path = snomed / "Snapshot" / "Terminology" / "sct2_Concept_Snapshot_INT_20260101.txt"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(concepts(list(SnomedReader(snomed).read()))) == 2
