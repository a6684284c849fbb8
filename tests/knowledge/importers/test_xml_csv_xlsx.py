"""MeSH, LOINC, Chinese ICD-10, GNU Health, Orphanet, DDXPlus: tiny invented samples in the real schemas."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zipfile
from pathlib import Path

import openpyxl
import pytest

from medgo.errors import KnowledgeSourceError
from medgo.knowledge.importers.ddxplus import DdxPlusImporter, DdxPlusReader
from medgo.knowledge.importers.files import elements
from medgo.knowledge.importers.gnuhealth import GnuHealthImporter, GnuHealthReader
from medgo.knowledge.importers.icd10_cn import ChineseIcd10Importer, ChineseIcd10Reader
from medgo.knowledge.importers.loinc import LoincImporter, LoincReader
from medgo.knowledge.importers.mesh import MeshImporter, MeshReader
from medgo.knowledge.importers.orphanet import OrphanetImporter, OrphanetReader, frequency
from medgo.knowledge.sources.reader import Label, Statement
from medgo.schema import Concept, Name, Relation


def concepts(statements: list[Statement]) -> dict[str, Concept]:
    return {item.id: item for item in statements if isinstance(item, Concept)}


def relations(statements: list[Statement]) -> list[tuple[str, str, str]]:
    return [(item.subject, item.predicate, item.object) for item in statements if isinstance(item, Relation)]


def labels(statements: list[Statement]) -> list[tuple[str, str]]:
    return [(item.concept, item.name.text) for item in statements if isinstance(item, Label)]


def descriptor(ui: str, name: str, tree: str, terms: str = "") -> str:
    return (
        f"<DescriptorRecord DescriptorClass='1'><DescriptorUI>{ui}</DescriptorUI><DescriptorName>"
        f"<String>{name}</String></DescriptorName><TreeNumberList><TreeNumber>{tree}</TreeNumber></TreeNumberList><ConceptList>"
        f"<Concept PreferredConceptYN='Y'><ScopeNote>About {name}.</ScopeNote><TermList>{terms}</TermList></Concept>"
        "</ConceptList></DescriptorRecord>"
    )


MESH = (
    "<?xml version='1.0'?><!DOCTYPE DescriptorRecordSet SYSTEM 'x.dtd'><DescriptorRecordSet LanguageCode='eng'>"
    + descriptor(
        "D2", "Inventitis, Acute", "C01.100.200", "<Term IsPermutedTermYN='Y'><String>Acute Inv</String></Term>"
    )
    + descriptor("D1", "Inventitis", "C01.100", "<Term IsPermutedTermYN='N'><String>Inv &amp; Co</String></Term>")
    + descriptor("D3", "Inventol", "D02.1")
    + descriptor("D4", "Itch", "C23.888.1")
    + "</DescriptorRecordSet>"
)
SUPP = (
    "<SupplementalRecordSet><SupplementalRecord SCRClass='3'><SupplementalRecordUI>C9</SupplementalRecordUI>"
    "<SupplementalRecordName><String>Rare inventitis</String></SupplementalRecordName><HeadingMappedToList>"
    "<HeadingMappedTo><DescriptorReferredTo><DescriptorUI>*D1</DescriptorUI></DescriptorReferredTo></HeadingMappedTo>"
    "</HeadingMappedToList></SupplementalRecord></SupplementalRecordSet>"
)


def test_mesh_gives_descriptors_parents_and_supplement(tmp_path: Path) -> None:
    (tmp_path / "desc2026.xml").write_text(MESH)
    with gzip.open(tmp_path / "supp2026.xml.gz", "wt") as file:
        file.write(SUPP)
    statements = list(MeshReader(tmp_path).read())
    found = concepts(statements)
    kinds = {"MESH:D2": "disease", "MESH:D1": "disease", "MESH:D3": "drug", "MESH:D4": "sign", "MESH:C9": "disease"}
    assert {id_: item.kind for id_, item in found.items()} == kinds
    assert [name.text for name in found["MESH:D1"].names] == ["Inventitis", "Inv & Co"]
    assert [name.text for name in found["MESH:D2"].names] == ["Inventitis, Acute"]
    assert found["MESH:D1"].definition == "About Inventitis."
    assert relations(statements) == [("MESH:D2", "is_a", "MESH:D1"), ("MESH:C9", "maps_to", "MESH:D1")]
    assert MeshReader(tmp_path).source.version == "2026"
    assert MeshImporter().recognises(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (MESH[:-200], "breaks off"),
        ("", "breaks off"),
        (MESH.replace("<DescriptorUI>D2</DescriptorUI>", ""), "no identifier"),
        (MESH.replace("SYSTEM 'x.dtd'", "[<!ENTITY a 'b'>]"), "entities"),
    ],
)
def test_a_damaged_mesh_is_named(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "desc2026.xml").write_text(content)
    with pytest.raises(KnowledgeSourceError, match=message) as caught:
        list(MeshReader(tmp_path).read())
    assert "desc2026.xml" in str(caught.value)


def test_xml_is_read_in_constant_memory(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        path = tmp_path / "x.xml"
        item = "<set><item><name>" + "x" * 200 + "</name></item></set>"
        path.write_text(f"<root><list>{item * count}</list></root>")
        tracemalloc.start()
        total = sum(len(element.findtext("name") or "") for element in elements(path, "item"))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert total == 200 * count
        return most

    assert peak(20_000) < peak(1_000) * 1.5 + 100_000


LOINC = (
    '"LOINC_NUM","COMPONENT","PROPERTY","TIME_ASPCT","SYSTEM","SCALE_TYP","METHOD_TYP","CLASS","STATUS","SHORTNAME",'
    '"LONG_COMMON_NAME","EXAMPLE_UCUM_UNITS"\n'
    '"1-8","Inventate","SCnc","Pt","Ser/Plas","Qn","","CHEM","ACTIVE","Inventate SerPl-sCnc",'
    '"Inventate [Moles/volume] in ""Serum"" or Plasma","mmol/L"\n'
    '"2-6","Old","SCnc","Pt","Ser","Qn","","CHEM","DEPRECATED","Old","Old","mmol/L"\n'
    '"3-4","Pressure","Pres","Pt","Arterial","Qn","","BP.ATOM","ACTIVE","Press","Pressure","mm[Hg]"\n'
)
LOINC_ZH = (
    "LOINC_NUM,COMPONENT,PROPERTY,TIME_ASPCT,SYSTEM,SCALE_TYP,METHOD_TYP,CLASS,SHORTNAME,LONG_COMMON_NAME,RELATEDNAMES2\n"
    "1-8,虚构酸,物质的量浓度,时间点,血清/血浆,定量型,,化学,,,\n"
)


def loinc(folder: Path, chinese: bytes) -> Path:
    (folder / "Loinc_2.82" / "LoincTable").mkdir(parents=True)
    (folder / "Loinc_2.82" / "AccessoryFiles").mkdir()
    (folder / "Loinc_2.82" / "LoincTable" / "Loinc.csv").write_text(LOINC)
    (folder / "Loinc_2.82" / "AccessoryFiles" / "zhCN5LinguisticVariant.csv").write_bytes(chinese)
    return folder / "Loinc_2.82"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_loinc_gives_codes_in_both_languages(tmp_path: Path, encoding: str) -> None:
    folder = loinc(tmp_path, LOINC_ZH.encode(encoding))
    for path in (folder, folder / "LoincTable" / "Loinc.csv"):
        statements = list(LoincReader(path).read())
        found = concepts(statements)
        assert {id_: item.kind for id_, item in found.items()} == {"LOINC:1-8": "lab", "LOINC:3-4": "vital"}
        assert found["LOINC:1-8"].name("en") == 'Inventate [Moles/volume] in "Serum" or Plasma'
        assert labels(statements) == [("LOINC:1-8", "虚构酸（血清/血浆）")]
        assert LoincImporter().recognises(path)
    assert LoincReader(folder).source.version == "2.82"
    assert not LoincReader(folder).source.share


@pytest.mark.parametrize(
    ("content", "message"),
    [("", "missing"), ("A,B\n1,2\n", "missing"), (LOINC[:-40], "Loinc"), (LOINC + '"4-2","x"\n', "2 cells")],
)
def test_a_damaged_loinc_is_named(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "Loinc.csv"
    path.write_text(content)
    with pytest.raises(KnowledgeSourceError, match=message):
        list(LoincReader(path).read())


def workbook(path: Path, *rows: tuple[object, ...]) -> Path:
    book = openpyxl.Workbook()
    book.active.title = "说明"
    sheet = book.create_sheet("疾病")
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


CLINICAL = (
    ("疾病分类代码国家临床版2.0", None, None),
    ("主要编码", "附加编码", "疾病名称"),
    ("A01.000x001", None, "虚构病"),
    ("A17.000+", "G01*", "虚构脑膜炎"),
    ("R50.900", None, "虚构热"),
    ("M80000/3", None, "形态学"),
    ("第一章", None, "章"),
    (None, None, None),
)


def test_a_chinese_edition_gives_codes_below_those_of_the_who(tmp_path: Path) -> None:
    path = workbook(tmp_path / "国家临床版2.0疾病诊断编码.xlsx", *CLINICAL)
    reader = ChineseIcd10Reader(path)
    statements = list(reader.read())
    found = concepts(statements)
    assert {id_: item.names[0].text for id_, item in found.items()} == {
        "ICD10CN:A01.000x001": "虚构病",
        "ICD10CN:A17.000": "虚构脑膜炎",
        "ICD10CN:R50.900": "虚构热",
    }
    assert found["ICD10CN:A17.000"].attributes == {"code": "A17.000+", "additional_code": "G01*"}
    assert found["ICD10CN:R50.900"].kind == "sign"
    assert ("ICD10CN:A01.000x001", "is_a", "ICD10:A01.0") in relations(statements)
    assert (reader.source.id, reader.source.version, reader.source.share) == ("icd10_cn", "2.0", False)
    assert ChineseIcd10Importer().recognises(path)


@pytest.mark.parametrize(
    "header",
    [
        ("章", "诊断代码", "诊断名称"),
        ("序号", "医保版编码（20位）", "医保版名称"),
        ("x", "ICD-10编码", "名称"),
        ("x", " 编码 ", "名称"),
    ],
)
def test_headers_of_other_editions_are_known(tmp_path: Path, header: tuple[str, ...]) -> None:
    path = workbook(tmp_path / "医保版.xlsx", header, (1, "B02.900", "虚构疹"), (2, "B02.900", "虚构疱疹"))
    statements = list(ChineseIcd10Reader(path).read())
    assert ChineseIcd10Reader(path).source.id == "icd10_cn_insurance"
    assert list(concepts(statements)) == ["ICD10CN:B02.900"]
    assert labels(statements) == [("ICD10CN:B02.900", "虚构疱疹")]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_the_same_table_as_csv_in_either_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "icd.csv"
    path.write_bytes("疾病编码,疾病名称\nA01.000,虚构病\n".encode(encoding))
    assert ChineseIcd10Importer().recognises(path)
    assert list(concepts(list(ChineseIcd10Reader(path).read()))) == ["ICD10CN:A01.000"]


def test_a_sheet_that_breaks_off_inside_is_named(tmp_path: Path) -> None:
    path = workbook(tmp_path / "inside.xlsx", *CLINICAL)
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(path, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content[: len(content) // 2] if name.endswith("sheet2.xml") else content)
    with pytest.raises(KnowledgeSourceError, match=r"inside\.xlsx"):
        list(ChineseIcd10Reader(path).read())


def test_damaged_spreadsheets_are_named(tmp_path: Path) -> None:
    torn = workbook(tmp_path / "torn.xlsx", *CLINICAL)
    torn.write_bytes(torn.read_bytes()[:-300])
    headless = workbook(tmp_path / "headless.xlsx", ("A01.000", "虚构病"))
    nameless = workbook(tmp_path / "nameless.xlsx", ("编码", "名称"), ("A01.000", None))
    empty = tmp_path / "empty.xlsx"
    empty.write_bytes(b"")
    codeless = workbook(tmp_path / "codeless.xlsx", ("编码", "名称"), ("x", "y"))
    for path in (torn, headless, nameless, empty, codeless):
        with pytest.raises(KnowledgeSourceError, match=path.name):
            list(ChineseIcd10Reader(path).read())
        assert ChineseIcd10Importer().recognises(path) == (path == nameless)


PO = (
    'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    'msgctxt "model:gnuhealth.pathology,name:A00"\nmsgid "Inventera"\nmsgstr "虚构霍乱"\n\n'
    'msgctxt "model:gnuhealth.pathology,name:A000"\nmsgid "Inventera due to"\nmsgstr ""\n"虚构\\"霍乱\\""\n"弧菌"\n\n'
    '#, fuzzy\nmsgctxt "model:gnuhealth.pathology,name:A001"\nmsgid "x"\nmsgstr "模糊"\n\n'
    'msgctxt "model:gnuhealth.pathology,name:A009"\nmsgid "x"\nmsgstr ""\n\n'
    'msgctxt "field:gnuhealth.other,name:"\nmsgid "x"\nmsgstr "字段"\n'
)
RECORDS = (
    "<tryton><data skiptest='1'><record model='gnuhealth.pathology.category' id='c'>"
    "<field name='name'>C</field></record>"
    '<record model="gnuhealth.pathology" id="A00"><field name="name">Inventera</field>'
    '<field name="code">A00</field></record>'
    '<record model="gnuhealth.pathology" id="A000"><field name="name">Inventera due to</field>'
    '<field name="code">A000</field></record></data></tryton>'
)


def test_gnu_health_gives_names_of_the_whos_codes(tmp_path: Path) -> None:
    (tmp_path / "locale").mkdir()
    (tmp_path / "locale" / "zh_CN.po").write_text(PO, encoding="utf-8")
    (tmp_path / "diseases.xml").write_text(RECORDS)
    (tmp_path / "tryton.cfg").write_text("[tryton]\nversion=5.0.4\n")
    reader = GnuHealthReader(tmp_path)
    statements = list(reader.read())
    assert labels(statements) == [("ICD10:A00", "虚构霍乱"), ("ICD10:A00.0", '虚构"霍乱"弧菌')]
    assert relations(statements) == [("ICD10:A00.0", "is_a", "ICD10:A00")]
    assert (reader.source.licence, reader.source.version, reader.source.share) == ("GPL-3.0-or-later", "5.0.4", False)
    assert GnuHealthImporter().recognises(tmp_path)
    (tmp_path / "locale" / "zh_CN.po").write_bytes(PO.encode("gb18030"))
    with pytest.raises(KnowledgeSourceError, match=r"zh_CN\.po"):
        list(reader.read())
    (tmp_path / "locale" / "zh_CN.po").write_text(PO + 'msgctxt "model:gnuhealth.pathology,name:B"\nmsgstr "torn')
    with pytest.raises(KnowledgeSourceError, match="no gettext file"):
        list(reader.read())


def disorder(code: str, name: str, more: str = "") -> str:
    return f'<Disorder id="1"><OrphaCode>{code}</OrphaCode><Name lang="en">{name}</Name>{more}</Disorder>'


PRODUCT1 = (
    '<?xml version="1.0" encoding="ISO-8859-1"?><JDBOR date="2026-07-01 04:00:00" version="1"><DisorderList count="2">'
    + disorder(
        "901",
        "Inventé disease",
        '<SynonymList count="1"><Synonym lang="en">Invent syndrome</Synonym></SynonymList><ExternalReferenceList>'
        "<ExternalReference><Source>ICD-10</Source><Reference>E75.2</Reference><DisorderMappingRelation>"
        '<Name lang="en">NTBT</Name></DisorderMappingRelation></ExternalReference></ExternalReferenceList>'
        "<SummaryInformationList><SummaryInformation><TextSectionList><TextSection><TextSectionType>"
        '<Name lang="en">Definition</Name></TextSectionType><Contents>An invented disease.</Contents></TextSection>'
        "</TextSectionList></SummaryInformation></SummaryInformationList>",
    )
    + disorder("902", "Other disease")
    + "</DisorderList></JDBOR>"
)
PRODUCT4 = (
    '<JDBOR date="2026-07-01"><HPODisorderSetStatusList><HPODisorderSetStatus>'
    + disorder(
        "901",
        "Invented disease",
        "<HPODisorderAssociationList><HPODisorderAssociation><HPO><HPOId>HP:0000001</HPOId></HPO><HPOFrequency>"
        '<Name lang="en">Very frequent (99-80%)</Name></HPOFrequency></HPODisorderAssociation>'
        "</HPODisorderAssociationList>",
    )
    + "</HPODisorderSetStatus></HPODisorderSetStatusList></JDBOR>"
)


def test_orphanet_gives_names_references_and_frequencies(tmp_path: Path) -> None:
    (tmp_path / "en_product1.xml").write_bytes(PRODUCT1.encode("iso-8859-1"))
    (tmp_path / "en_product4.xml").write_text(PRODUCT4)
    statements = list(OrphanetReader(tmp_path).read())
    found = concepts(statements)
    assert [name.text for name in found["ORPHA:901"].names] == ["Inventé disease", "Invent syndrome"]
    assert found["ORPHA:901"].definition == "An invented disease."
    assert Relation("ORPHA:901", "maps_to", "ICD10:E75.2", "orphanet", {"relation": "NTBT"}) in statements
    sign = {"frequency": "Very frequent (99-80%)", "low": 0.8, "high": 0.99}
    assert Relation("ORPHA:901", "has_sign", "HP:0000001", "orphanet", sign) in statements
    assert OrphanetReader(tmp_path).source.version == "2026-07-01"
    assert OrphanetImporter().recognises(tmp_path)
    alone = concepts(list(OrphanetReader(tmp_path / "en_product4.xml").read()))
    assert alone["ORPHA:901"].names == (Name("Invented disease", "en", "preferred", "orphanet"),)


@pytest.mark.parametrize(
    ("written", "low", "high"),
    [
        ("Obligate (100%)", 1.0, 1.0),
        ("Frequent (79-30%)", 0.3, 0.79),
        ("Occasional (29-5%)", 0.05, 0.29),
        ("Very rare (<4-1%)", 0.01, 0.04),
        ("Excluded (0%)", 0.0, 0.0),
    ],
)
def test_frequencies_of_orphanet(written: str, low: float, high: float) -> None:
    found = frequency(written)
    assert (found["low"], found["high"]) == (low, high)
    assert found.get("negated", False) == (high == 0)


@pytest.mark.parametrize(
    "content", [PRODUCT1[:-30], "", PRODUCT1.replace("<OrphaCode>902</OrphaCode>", ""), PRODUCT1.replace("902", "x")]
)
def test_a_damaged_product_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "en_product1.xml"
    path.write_bytes(content.encode("iso-8859-1"))
    with pytest.raises(KnowledgeSourceError, match=r"en_product1\.xml"):
        list(OrphanetReader(path).read())


EVIDENCES = {
    "E_1": {"name": "E_1", "question_en": "Do you have a cough?", "is_antecedent": False, "data_type": "B"},
    "E_2": {
        "name": "E_2",
        "question_en": "Where?",
        "is_antecedent": True,
        "data_type": "M",
        "value_meaning": {"V_1": {"en": "here", "fr": "ici"}},
    },
}
CONDITIONS = {
    "Inventite": {
        "condition_name": "Inventite",
        "cond-name-eng": "Inventitis",
        "icd10-id": "j20.9",
        "symptoms": {"E_1": {}},
        "antecedents": {"E_2": {}},
        "severity": 3,
    }
}


def ddxplus(folder: Path, conditions: object = CONDITIONS, evidences: object = EVIDENCES) -> Path:
    (folder / "release_conditions.json").write_text(json.dumps(conditions))
    (folder / "release_evidences.json").write_text(json.dumps(evidences))
    return folder


def test_ddxplus_gives_conditions_with_what_is_asked(tmp_path: Path) -> None:
    folder = ddxplus(tmp_path)
    statements = list(DdxPlusReader(folder / "release_conditions.json").read())
    found = concepts(statements)
    assert found["DDXPLUS:inventitis"].attributes == {"severity": 3}
    assert found["DDXPLUS:E_2"].attributes["values"] == {"V_1": "here"}
    assert relations(statements) == [
        ("DDXPLUS:inventitis", "maps_to", "ICD10:J20.9"),
        ("DDXPLUS:inventitis", "has_sign", "DDXPLUS:E_1"),
        ("DDXPLUS:inventitis", "has_sign", "DDXPLUS:E_2"),
    ]
    assert DdxPlusImporter().recognises(folder)


@pytest.mark.parametrize(
    ("conditions", "evidences"),
    [
        ({"a": {"symptoms": {"E_9": {}}}}, EVIDENCES),
        (CONDITIONS, {"E_1": {}}),
        ({}, EVIDENCES),
        ([1], EVIDENCES),
        ({"a": 1}, EVIDENCES),
    ],
)
def test_a_damaged_ddxplus_is_named(tmp_path: Path, conditions: object, evidences: object) -> None:
    with pytest.raises(KnowledgeSourceError, match="release_"):
        list(DdxPlusReader(ddxplus(tmp_path, conditions, evidences)).read())


def test_a_folder_of_something_else_is_nobodys(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "desc.xml").write_text("<other/>")
    every = (
        MeshImporter(),
        LoincImporter(),
        GnuHealthImporter(),
        OrphanetImporter(),
        DdxPlusImporter(),
        ChineseIcd10Importer(),
    )
    for path in (tmp_path, tmp_path / "notes.txt", tmp_path / "desc.xml", tmp_path / "absent"):
        assert not any(importer.recognises(path) for importer in every)
