"""PubMed: every abstract whole, every retraction and deletion told, everything left out named."""

from __future__ import annotations

import gzip
import unicodedata
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medgo.corpus.ledger import Ledger, Omission
from medgo.corpus.protocol import Source
from medgo.corpus.pubmed import PubMedReader
from medgo.errors import InputError
from medgo.schema import Document, Withdrawal

pytest.importorskip("lxml")

HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January '
    '2025//EN" "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n'
)
ABSTRACT = "<Abstract><AbstractText>Rest helped.</AbstractText></Abstract>"


def citation(pmid: str, article: str = ABSTRACT, after: str = "", **parts: str) -> str:
    title = parts.get("title", "Bed rest in influenza.")
    date = parts.get("date", "<Year>2021</Year><Month>Jun</Month>")
    types = parts.get("types", "Journal Article")
    return f"""<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM">
      <PMID Version="{parts.get("version", "1")}">{pmid}</PMID>
      <DateRevised><Year>2021</Year><Month>06</Month><Day>5</Day></DateRevised>
      <Article PubModel="Print"><Journal><JournalIssue CitedMedium="Print"><PubDate>{date}</PubDate></JournalIssue>
      <Title>Journal of Rest</Title></Journal><ArticleTitle>{title}</ArticleTitle>
      <ELocationID EIdType="doi" ValidYN="Y">10.1000/rest.{pmid}</ELocationID>{article}
      <Language>{parts.get("language", "eng")}</Language>
      <PublicationTypeList><PublicationType UI="D016428">{types}</PublicationType></PublicationTypeList>
      </Article>{after}</MedlineCitation><PubmedData><ArticleIdList><ArticleId IdType="pubmed">{pmid}</ArticleId>
      <ArticleId IdType="pmc">PMC9{pmid}</ArticleId></ArticleIdList></PubmedData></PubmedArticle>"""


def corrections(*each: tuple[str, str]) -> str:
    inner = "".join(
        f'<CommentsCorrections RefType="{kind}"><RefSource>J Rest. 2022;1:1</RefSource>'
        + (f'<PMID Version="1">{pmid}</PMID>' if pmid else "")
        + "</CommentsCorrections>"
        for kind, pmid in each
    )
    return f"<CommentsCorrectionsList>{inner}</CommentsCorrectionsList>"


def article_set(*parts: str) -> str:
    return f"{HEAD}<PubmedArticleSet>\n{''.join(parts)}\n</PubmedArticleSet>"


class Read:
    def __init__(self, tmp_path: Path, data: str | bytes, name: str = "pubmed25n1300.xml", **source: Any) -> None:
        path = tmp_path / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        self.named: list[Omission] = []
        self.ledger = Ledger(self.named.append)
        self.error = ""
        self.items: list[Document | Withdrawal] = []
        try:
            for item in PubMedReader().read(Source(path, **source), self.ledger):
                self.items.append(item)
        except InputError as error:
            self.error = str(error)
        self.documents = [item for item in self.items if isinstance(item, Document)]
        self.withdrawals = [item for item in self.items if isinstance(item, Withdrawal)]


def test_a_structured_abstract_keeps_its_labels_and_markup(tmp_path: Path) -> None:
    abstract = """<Abstract>
      <AbstractText Label="AIM" NlmCategory="OBJECTIVE">To count <i>in vivo</i>
         cells (10<sup>9</sup>/L).</AbstractText>
      <AbstractText NlmCategory="METHODS">CO<sub>2</sub> at <mml:math xmlns:mml="http://www.w3.org/1998/Math/MathML">
        <mml:msub><mml:mi>T</mml:mi><mml:mn>1</mml:mn></mml:msub></mml:math>.</AbstractText>
      <AbstractText Label="UNLABELLED">Funded by none.</AbstractText><AbstractText/>
      <CopyrightInformation>© 2021 The Authors.</CopyrightInformation></Abstract>"""
    (document,) = Read(tmp_path, article_set(citation("1", abstract))).documents
    assert document.text == "AIM: To count in vivo cells (10⁹/L).\nMETHODS: CO₂ at T₁.\nFunded by none."
    assert document.meta["categories"] == ["OBJECTIVE", "METHODS", ""]
    assert document.meta["copyright"] == "© 2021 The Authors."


def test_what_a_citation_says_besides(tmp_path: Path) -> None:
    after = """<MeshHeadingList><MeshHeading><DescriptorName UI="D007251" MajorTopicYN="N">Influenza, Human
      </DescriptorName><QualifierName UI="Q000628" MajorTopicYN="Y">therapy</QualifierName></MeshHeading>
      <MeshHeading><DescriptorName UI="D001510" MajorTopicYN="Y">Bed Rest</DescriptorName></MeshHeading>
      </MeshHeadingList>
      <KeywordList Owner="NOTNLM"><Keyword MajorTopicYN="N">IL-1<sub>b</sub></Keyword></KeywordList>""" + corrections(
        ("ErratumIn", "77")
    )
    read = Read(tmp_path, article_set(citation("1", after=after)), licence="CC0-1.0")
    (document,) = read.documents
    assert document.ref.to_dict() == {
        "id": "1",
        "source": "pubmed",
        "licence": "CC0-1.0",
        "retrieved": "pubmed25n1300",
    }
    assert document.meta == {
        "pmid": "1",
        "version": 1,
        "status": "MEDLINE",
        "revised": "2021-06-05",
        "journal": "Journal of Rest",
        "year": 2021,
        "doi": "10.1000/rest.1",
        "pmc": "PMC91",
        "languages": ["eng"],
        "publication_types": ["Journal Article"],
        "mesh": [
            {
                "ui": "D007251",
                "name": "Influenza, Human",
                "major": False,
                "qualifiers": [{"ui": "Q000628", "name": "therapy", "major": True}],
            },
            {"ui": "D001510", "name": "Bed Rest", "major": True},
        ],
        "keywords": ["IL-1b"],
        "corrections": [{"kind": "ErratumIn", "pmid": "77", "source": "J Rest. 2022;1:1"}],
    }
    assert Document.from_dict(document.to_dict()) == document


def test_without_a_licence_of_the_users_it_is_unknown(tmp_path: Path) -> None:
    assert Read(tmp_path, article_set(citation("1"))).documents[0].ref.licence == "unknown"


@pytest.mark.parametrize(
    ("date", "year"),
    [
        ("<Year>1998</Year>", 1998),
        ("<MedlineDate>1998 Dec-1999 Jan</MedlineDate>", 1998),
        ("<MedlineDate>Winter 2001-2002</MedlineDate>", 2001),
        ("<Season>Spring</Season>", 2021),
        ("<MedlineDate>undated</MedlineDate>", 2021),
    ],
)
def test_the_year_in_all_its_forms(tmp_path: Path, date: str, year: int) -> None:
    assert Read(tmp_path, article_set(citation("1", date=date))).documents[0].meta["year"] == year


def test_abstracts_in_other_languages(tmp_path: Path) -> None:
    article = ABSTRACT + "<VernacularTitle>流感的卧床休息</VernacularTitle>"
    after = """<OtherAbstract Type="Publisher" Language="chi">
      <AbstractText Label="目的">观察<b>疗效</b>。</AbstractText>
      <CopyrightInformation>©</CopyrightInformation></OtherAbstract>
      <OtherAbstract Type="plain-language-summary" Language="eng"><AbstractText>Rest.</AbstractText></OtherAbstract>
      <OtherAbstract Type="Publisher" Language="spa"><AbstractText>Reposo.</AbstractText></OtherAbstract>"""
    read = Read(tmp_path, article_set(citation("5", article, after, title="[Bed rest.].", language="chi")))
    assert [(one.ref.id, one.lang, one.title, one.text) for one in read.documents] == [
        ("5", "en", "Bed rest.", "Rest helped."),
        ("5#zh", "zh", "流感的卧床休息", "目的: 观察疗效。"),
        ("5#en", "en", "Bed rest.", "Rest."),
    ]
    assert read.named == [Omission("pubmed25n1300.xml", "5", "abstract in another language", "spa")]


def test_a_citation_without_abstract_is_counted(tmp_path: Path) -> None:
    read = Read(tmp_path, article_set(citation("1", ""), citation("2"), citation("3", "<Abstract/>"), citation("")))
    assert [one.ref.id for one in read.documents] == ["2"]
    assert read.ledger.omitted == {"no abstract": 2, "no PMID": 1}


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("RetractionIn", "retracted"),
        ("PartialRetractionIn", "retracted"),
        ("RetractedandRepublishedIn", "retracted"),
        ("CorrectedandRepublishedIn", "replaced"),
        ("ExpressionOfConcernIn", "concern"),
    ],
)
def test_what_is_taken_back_is_no_document(tmp_path: Path, kind: str, reason: str) -> None:
    read = Read(tmp_path, article_set(citation("1", after=corrections((kind, "9"), ("CommentIn", "8"))), citation("2")))
    assert read.withdrawals == [Withdrawal("pubmed", "1", reason, "9")]
    assert [one.ref.id for one in read.documents] == ["2"]
    assert read.ledger.omitted == {reason: 1}


@pytest.mark.parametrize(
    "parts", [{"types": "Retracted Publication"}, {"title": "RETRACTED: Rest."}, {"title": "Withdrawn: rest."}]
)
def test_a_retraction_without_its_notice(tmp_path: Path, parts: dict[str, str]) -> None:
    read = Read(tmp_path, article_set(citation("1", **parts)))
    assert read.items == [Withdrawal("pubmed", "1", "retracted", "pubmed25n1300.xml")]


def test_a_notice_takes_back_the_other_and_is_none_itself(tmp_path: Path) -> None:
    notice = citation(
        "9", after=corrections(("RetractionOf", "1"), ("RetractionOf", "")), types="Retraction of Publication"
    )
    doubt = citation("8", after=corrections(("ExpressionOfConcernFor", "2")), types="Expression of Concern")
    erratum = citation("7", after=corrections(("ErratumFor", "3")), types="Published Erratum")
    read = Read(tmp_path, article_set(notice, doubt, erratum))
    assert read.items == [Withdrawal("pubmed", "1", "retracted", "9"), Withdrawal("pubmed", "2", "concern", "8")]
    assert read.ledger.omitted == {
        "withdraws an article without PMID": 1,
        "retraction notice": 1,
        "expression of concern": 1,
        "erratum": 1,
    }


def test_a_republished_article_stands(tmp_path: Path) -> None:
    read = Read(tmp_path, article_set(citation("9", after=corrections(("RetractedandRepublishedFrom", "1")))))
    assert [type(one).__name__ for one in read.items] == ["Withdrawal", "Document"]
    assert read.withdrawals[0].id == "1"


def test_duplicates_versions_and_contradictory_deletions_are_all_told(tmp_path: Path) -> None:
    deleted = '<DeleteCitation><PMID Version="1">2</PMID>\n<PMID Version="1">5</PMID></DeleteCitation>'
    read = Read(tmp_path, article_set(citation("1"), citation("1", version="2"), citation("2"), deleted))
    assert [(one.ref.id, one.meta["version"]) for one in read.documents] == [("1", 1), ("1", 2), ("2", 1)]
    assert read.withdrawals == [
        Withdrawal("pubmed", "2", "deleted", "pubmed25n1300.xml", "1"),
        Withdrawal("pubmed", "5", "deleted", "pubmed25n1300.xml", "1"),
    ]


def test_what_is_no_citation_is_named(tmp_path: Path) -> None:
    book = "<PubmedBookArticle><BookDocument/></PubmedBookArticle>"
    read = Read(tmp_path, article_set(book, citation("1"), book))
    assert [one.id for one in read.named] == ["PubmedBookArticle", "PubmedBookArticle"]


def test_medline_before_pubmed(tmp_path: Path) -> None:
    old = citation("1").replace("<PubmedArticle>", "").partition("<PubmedData>")[0]
    read = Read(tmp_path, f"<MedlineCitationSet>{old}</MedlineCitationSet>", "medline.xml")
    assert [(one.ref.id, one.ref.retrieved) for one in read.documents] == [("1", "")]


def test_an_abstract_that_was_cut_off_says_so(tmp_path: Path) -> None:
    cut = "<Abstract><AbstractText>Long ago (ABSTRACT TRUNCATED AT 250 WORDS)</AbstractText></Abstract>"
    read = Read(tmp_path, article_set(citation("1", cut)))
    assert read.documents[0].meta["truncated"] is True
    assert read.ledger.noted == {"abstract cut off by NLM": 1}


@pytest.mark.parametrize("packed", [False, True])
def test_what_stood_before_the_break_stands(tmp_path: Path, packed: bool) -> None:
    whole = article_set(*(citation(str(number), title=f"Title {number * 7919}") for number in range(1, 2000))).encode()
    data = gzip.compress(whole) if packed else whole
    read = Read(tmp_path, data[: len(data) // 2], "pubmed25n0001.xml" + ".gz" * packed)
    ids = [one.ref.id for one in read.documents]
    assert 500 < len(ids) < 2000
    assert ids == [str(number) for number in range(1, len(ids) + 1)]
    assert read.error.startswith("pubmed25n0001.xml")
    assert "line" in read.error


def test_utf16(tmp_path: Path) -> None:
    data = article_set(citation("1", title="Bettruhe für 中")).replace("utf-8", "utf-16").encode("utf-16")
    assert Read(tmp_path, data).documents[0].title == "Bettruhe für 中"


@pytest.mark.parametrize(
    ("head", "known"),
    [
        ((HEAD + "<PubmedArticleSet>").encode(), True),
        ("<MedlineCitationSet>".encode("utf-16"), True),
        (b"<article>", False),
        (b"PubmedArticleSet", False),
    ],
)
def test_it_knows_its_files(head: bytes, known: bool) -> None:
    assert PubMedReader().recognises("pubmed.xml", head) is known


LETTERS = st.text(alphabet="abcxyzαβé中文0129 .,()%<&\n", max_size=12).map(escape)
MARKUP = st.recursive(
    LETTERS,
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>",
        st.sampled_from(["b", "i", "u", "sub", "sup"]),
        st.lists(inner, max_size=3),
    ),
    max_leaves=10,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(st.lists(MARKUP, max_size=4).map("".join), min_size=1, max_size=4))
def test_no_text_of_an_abstract_is_lost(tmp_path: Path, parts: list[str]) -> None:
    article = "<Abstract>" + "".join(f"<AbstractText>{part}</AbstractText>" for part in parts) + "</Abstract>"
    data = article_set(citation("1", article))
    read = Read(tmp_path, data)
    node = ElementTree.fromstring(data.encode()).find(".//Abstract")
    assert node is not None
    expected = _characters("".join(node.itertext()))
    assert _characters("".join(one.text for one in read.documents)) == expected
    assert read.ledger.omitted["no abstract"] == (not expected)


def _characters(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())
