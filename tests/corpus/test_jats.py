"""JATS: the whole text of an article and nothing of its apparatus; notices take back what they are about."""

from __future__ import annotations

import random
import unicodedata
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medgo.corpus.jats import JatsReader
from medgo.corpus.ledger import Ledger, Omission
from medgo.corpus.protocol import Source
from medgo.errors import InputError
from medgo.schema import Document, Withdrawal

pytest.importorskip("lxml")

SPACES = 'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:mml="http://www.w3.org/1998/Math/MathML"'
BY = (
    '<permissions><license xlink:href="https://creativecommons.org/licenses/by/4.0/"><license-p>Open access.'
    "</license-p></license></permissions>"
)


def article(body: str = "<body><p>Rest helped.</p></body>", meta: str = BY, **parts: str) -> str:
    title = parts.get("title", "Bed rest")
    ids = parts.get(
        "ids",
        '<article-id pub-id-type="pmid">77</article-id><article-id pub-id-type="pmc">5001</article-id>'
        '<article-id pub-id-type="doi">10.1000/Rest.1</article-id>',
    )
    lang = parts.get("lang", ' xml:lang="en"')
    return f"""<article {SPACES} article-type="{parts.get("type", "research-article")}"{lang}><front><journal-meta>
      <journal-title-group><journal-title>Journal of Rest</journal-title></journal-title-group></journal-meta>
      <article-meta>{ids}
      <article-categories><subj-group><subject>Case Report</subject></subj-group></article-categories>
      <title-group><article-title>{title}</article-title></title-group>
      <contrib-group><contrib><name><surname>Rester</surname></name></contrib></contrib-group>
      <pub-date pub-type="collection"><year>2021</year></pub-date><pub-date pub-type="epub"><year>2020</year></pub-date>
      {meta}</article-meta></front>{body}</article>"""


class Read:
    def __init__(self, tmp_path: Path, data: str | bytes, name: str = "a.nxml", **source: Any) -> None:
        path = tmp_path / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        self.named: list[Omission] = []
        self.ledger = Ledger(self.named.append)
        self.error = ""
        self.items: list[Document | Withdrawal] = []
        try:
            for item in JatsReader().read(Source(path, **source), self.ledger):
                self.items.append(item)
        except InputError as error:
            self.error = str(error)
        self.documents = [item for item in self.items if isinstance(item, Document)]
        self.withdrawals = [item for item in self.items if isinstance(item, Withdrawal)]


@pytest.fixture
def text_of(tmp_path: Path) -> Any:
    def text(body: str) -> str:
        return Read(tmp_path, article(f"<body>{body}</body>")).documents[0].text

    return text


def test_an_article_and_what_it_says_of_itself(tmp_path: Path) -> None:
    keywords = """<kwd-group><kwd>rest<xref ref-type="bibr">1</xref></kwd></kwd-group>
      <kwd-group kwd-group-type="abbreviations"><kwd>BR</kwd></kwd-group>"""
    (document,) = Read(
        tmp_path, article(meta=BY + keywords, title='Bed rest<xref ref-type="fn">*</xref> now')
    ).documents
    assert document.ref.to_dict() == {"id": "PMC5001", "source": "pmc", "licence": "CC-BY-4.0", "retrieved": ""}
    assert (document.title, document.lang, document.text) == ("Bed rest now", "en", "Rest helped.")
    assert document.meta == {
        "article_type": "research-article",
        "pmc": "PMC5001",
        "pmid": "77",
        "doi": "10.1000/Rest.1",
        "journal": "Journal of Rest",
        "year": 2020,
        "subjects": ["Case Report"],
        "keywords": ["rest"],
    }


def test_sections_lists_boxes_and_notes(text_of: Any) -> None:
    body = """<sec><label>1.</label><title>Methods</title>
      <p>We <italic>asked</italic><fn><label>a</label><p>By letter.</p></fn> three:</p><sec><title>Wards</title>
      <list list-type="order"><list-item><p>one</p></list-item><list-item><p>two</p>
      <list list-type="bullet"><list-item><p>two and a half</p></list-item></list></list-item></list></sec></sec>
      <boxed-text><caption><title>Key points</title></caption><p>Rest.</p></boxed-text>
      <def-list><def-item><term>BR</term><def><p>bed rest</p></def></def-item></def-list>
      <disp-quote><p>I rested.</p><attrib>A patient</attrib></disp-quote>
      <speech><speaker>Doctor</speaker><p>Rest!</p></speech>"""
    assert text_of(body) == (
        "1. Methods\n\nWe asked three:\n\na By letter.\n\nWards\n\n- 1. one\n- 2. two\n- two and a half"
        "\n\nKey points\n\nRest.\n\n- BR: bed rest\n\nI rested.\n\nA patient\n\nDoctor: Rest!"
    )


def test_a_list_or_formula_inside_a_paragraph_splits_it(text_of: Any) -> None:
    body = (
        "<p>Given<disp-formula><label>(1)</label><mml:math><mml:mi>x</mml:mi><mml:mo>=</mml:mo><mml:mn>1</mml:mn>"
        "</mml:math></disp-formula>we <bold>rest</bold><list><list-item><p>now</p></list-item></list>or later.</p>"
    )
    assert text_of(body) == "Given\n\nx = 1 (1)\n\nwe rest\n\n- now\n\nor later."


def test_of_alternatives_one_is_read(text_of: Any) -> None:
    tex = r"\documentclass{minimal}\begin{document}$x^2$\end{document}"
    mathml = "<mml:math><mml:msup><mml:mi>x</mml:mi><mml:mn>2</mml:mn></mml:msup></mml:math>"
    picture = '<inline-graphic xlink:href="f.gif"/>'
    formulas = [
        f"<alternatives>{picture}{mathml}<tex-math>{tex}</tex-math></alternatives>",
        f"<alternatives>{mathml}{picture}</alternatives>",
        f"{mathml}<tex-math>{tex}</tex-math>",
    ]
    body = "".join(f"<p>so <inline-formula>{formula}</inline-formula>.</p>" for formula in formulas)
    assert text_of(body) == "so $x^2$.\n\nso x².\n\nso $x^2$."


def test_what_is_only_a_picture_is_counted(tmp_path: Path) -> None:
    table = "<table-wrap><label>Table 1</label><graphic/></table-wrap>"
    body = f"<body><p>so</p><disp-formula><graphic/></disp-formula>{table}</body>"
    read = Read(tmp_path, article(body))
    assert read.documents[0].text == "so\n\nTable 1"
    assert read.ledger.noted["left out: formula that is only a picture"] == 1
    assert read.ledger.noted["left out: table that is only a picture"] == 1


def test_figures_and_tables(text_of: Any) -> None:
    body = """<fig><label>Figure 1</label><caption><title>Beds.</title><p>Three <sup>2</sup>H beds.</p></caption>
      <alt-text>beds</alt-text><graphic xlink:href="beds"/></fig>
      <table-wrap><label>Table 1</label><caption><p>Days</p></caption><table><thead>
      <tr><th rowspan="2">Ward</th><th colspan="2">Days in bed</th></tr><tr><th>mean</th><th>SD</th></tr></thead><tbody>
      <tr><td rowspan="2">A</td><td>5<sup>a</sup></td><td>1</td></tr><tr><td><p>6</p><p>or 7</p></td><td/></tr>
      <tr><td colspan="3">all rested</td></tr><tr><td/><td/><td/></tr></tbody></table>
      <table-wrap-foot><fn><label>a</label><p>median</p></fn></table-wrap-foot></table-wrap>"""
    assert text_of(body) == (
        "Figure 1 Beds.\n\nThree ²H beds.\n\nTable 1 Days\n\nWard | Days in bed | Days in bed\nWard | mean | SD\n"
        "A | 5ᵃ | 1\nA | 6 or 7\nall rested\n\na median"
    )


def test_a_table_in_the_model_of_oasis(text_of: Any) -> None:
    rows = '<row><entry morerows="1">A</entry><entry>1</entry></row><row><entry>2</entry></row>'
    assert text_of(f"<table-wrap><table><tgroup><tbody>{rows}</tbody></tgroup></table></table-wrap>") == "A | 1\nA | 2"


def test_a_table_that_spans_millions_is_a_table(text_of: Any) -> None:
    rows = '<tr><td colspan="99999" rowspan="99999">A</td></tr>' * 20
    assert len(text_of(f"<table-wrap><table><tbody>{rows}</tbody></table></table-wrap>")) < 10**6


def test_floats_and_appendices_are_read_and_the_apparatus_is_not(tmp_path: Path) -> None:
    body = """<body><p>Text.</p></body><floats-group><fig><caption><p>Float.</p></caption></fig></floats-group>
      <back><ack><p>We thank A. Rester.</p></ack><app-group><app><title>Appendix</title><p>More.</p></app></app-group>
      <fn-group><fn fn-type="conflict"><p>None.</p></fn><fn><p>A note.</p></fn></fn-group>
      <ref-list><title>References</title><ref><mixed-citation>Rester. J Rest.</mixed-citation></ref></ref-list>
      </back>"""
    read = Read(tmp_path, article(body))
    assert read.documents[0].text == "Text.\n\nFloat.\n\nAppendix\n\nMore.\n\nA note."
    assert {name for name in read.ledger.noted if name.startswith("left out")} == {
        "left out: acknowledgements",
        "left out: authors",
        "left out: reference list",
    }


def test_abstracts_and_translations(tmp_path: Path) -> None:
    meta = """<abstract><title>Abstract</title><sec><title>Aim</title><p>To rest.</p></sec></abstract>
      <abstract abstract-type="plain-language-summary"><p>Rest.</p></abstract>
      <trans-abstract xml:lang="zh-Hans"><p>卧床休息。</p></trans-abstract>
      <trans-abstract xml:lang="es"><p>Reposo.</p></trans-abstract>
      <trans-title-group xml:lang="zh"><trans-title>休息</trans-title></trans-title-group>"""
    read = Read(tmp_path, article(meta=BY + meta))
    assert [(one.ref.id, one.lang, one.title, one.text) for one in read.documents] == [
        ("PMC5001", "en", "Bed rest", "Abstract\n\nAim\n\nTo rest.\n\nRest.\n\nRest helped."),
        ("PMC5001#zh", "zh", "休息", "卧床休息。"),
    ]
    assert read.ledger.omitted == {"abstract in another language": 1}


def test_an_article_in_another_language_leaves_its_english_abstract(tmp_path: Path) -> None:
    meta = '<abstract><p>Reposo.</p></abstract><trans-abstract xml:lang="en"><p>Rest.</p></trans-abstract>'
    read = Read(tmp_path, article("<body><p>Reposo.</p></body>", meta, lang=' xml:lang="es"'))
    assert [(one.ref.id, one.text) for one in read.documents] == [("PMC5001#en", "Rest.")]
    assert read.named[0] == Omission("a.nxml", "PMC5001", "another language", "es")


@pytest.mark.parametrize(
    ("text", "lang"), [("卧床休息有助于恢复健康。", "zh"), ("Rest is good for the patient.", "en")]
)
def test_without_a_stated_language_the_text_tells(tmp_path: Path, text: str, lang: str) -> None:
    assert Read(tmp_path, article(f"<body><p>{text}</p></body>", lang="")).documents[0].lang == lang


def test_articles_within_an_article(tmp_path: Path) -> None:
    parts = """<sub-article article-type="translation" xml:lang="zh" id="s1"><front-stub>
      <title-group><article-title>休息
      </article-title></title-group></front-stub><body><p>休息有用。</p></body></sub-article>
      <sub-article article-type="decision-letter"><body><p>Accept.</p></body></sub-article>
      <response response-type="reply"><front-stub/><body><p>We disagree.</p></body></response>"""
    read = Read(tmp_path, article("<body><p>Rest.</p></body>" + parts))
    assert [(one.ref.id, one.lang, one.text) for one in read.documents] == [
        ("PMC5001", "en", "Rest."),
        ("PMC5001#s1", "zh", "休息有用。"),
        ("PMC5001#3", "en", "We disagree."),
    ]
    assert {one.ref.licence for one in read.documents} == {"CC-BY-4.0"}
    assert read.ledger.omitted == {"peer review": 1}


def related(kind: str, link: str, type_: str = "doi") -> str:
    return f'<related-article related-article-type="{kind}" ext-link-type="{type_}" xlink:href="{link}"/>'


@pytest.mark.parametrize(
    ("type_", "kind", "reason"),
    [
        ("retraction", "retracted-article", "retracted"),
        ("partial-retraction", "partial-retraction", "retracted"),
        ("expression-of-concern", "object-of-concern", "concern"),
    ],
)
def test_a_notice_takes_back_the_article_it_names(tmp_path: Path, type_: str, kind: str, reason: str) -> None:
    meta = related(kind, "https://doi.org/10.1/x") + related(kind, "12", "pmid") + related(kind, "PMC13", "pmc")
    read = Read(tmp_path, article(meta=meta, type=type_))
    assert read.items == [
        Withdrawal("doi", "10.1/x", reason, "PMC5001"),
        Withdrawal("pubmed", "12", reason, "PMC5001"),
        Withdrawal("pmc", "PMC13", reason, "PMC5001"),
    ]
    assert read.ledger.omitted == {type_: 1}


def test_a_notice_without_an_id_is_named(tmp_path: Path) -> None:
    read = Read(tmp_path, article(meta=related("retracted-article", "J Rest 2020", "other"), type="retraction"))
    assert (read.items, read.ledger.omitted) == ([], {"withdraws an article without an id": 1, "retraction": 1})


def test_a_correction_takes_nothing_back(tmp_path: Path) -> None:
    read = Read(tmp_path, article(meta=related("corrected-article", "10.1/x"), type="correction"))
    assert (read.items, read.ledger.omitted) == ([], {"correction": 1})


@pytest.mark.parametrize("parts", [{"title": "RETRACTED: Bed rest"}, {"meta": related("retraction-forward", "10.1/n")}])
def test_a_retracted_article_is_taken_back_by_all_its_ids(tmp_path: Path, parts: dict[str, str]) -> None:
    read = Read(tmp_path, article(**parts))
    assert {(one.source, one.id, one.reason) for one in read.withdrawals} == {
        ("pmc", "PMC5001", "retracted"),
        ("pubmed", "77", "retracted"),
        ("doi", "10.1000/Rest.1", "retracted"),
    }
    assert not read.documents


@pytest.mark.parametrize("type_", ["obituary", "book-review", "announcement"])
def test_other_types_are_named(tmp_path: Path, type_: str) -> None:
    read = Read(tmp_path, article(type=type_))
    assert (read.items, read.ledger.omitted) == ([], {type_: 1})


def test_an_article_without_text_is_named(tmp_path: Path) -> None:
    assert Read(tmp_path, article("")).ledger.omitted == {"no text": 1}


def test_ids_in_the_order_of_their_use(tmp_path: Path) -> None:
    doi = '<article-id pub-id-type="doi">10.1/x</article-id>'
    assert Read(tmp_path, article(ids=doi)).documents[0].ref.id == "10.1/x"
    assert (
        Read(tmp_path, article(ids='<article-id pub-id-type="pmcid">PMC12.1</article-id>')).documents[0].ref.id
        == "PMC12"
    )
    assert Read(tmp_path, article(ids="")).documents[0].ref.id == "a.nxml"


def test_a_namespace_hides_nothing(tmp_path: Path) -> None:
    data = article().replace("<article ", '<article xmlns="https://jats.nlm.nih.gov/ns/archiving/1.3/" ')
    data = f"<OAI-PMH xmlns='urn:oai'><ListRecords><record><metadata>{data}</metadata></record></ListRecords></OAI-PMH>"
    (document,) = Read(tmp_path, data, "oai.xml").documents
    assert (document.ref.id, document.title, document.text, document.ref.licence) == (
        "PMC5001",
        "Bed rest",
        "Rest helped.",
        "CC-BY-4.0",
    )


def test_named_characters_are_read(text_of: Any) -> None:
    assert text_of("<p>caf&#233; &lt; 5</p>") == "café < 5"


def test_characters_named_by_the_doctype_are_read(tmp_path: Path) -> None:
    head = '<!DOCTYPE article PUBLIC "-//NLM//DTD JATS v1.0//EN" "JATS-archivearticle1.dtd">'
    data = head + article("<body><p>&alpha;-blocker &unknown; <sub>&beta;</sub></p></body>")
    assert Read(tmp_path, data).documents[0].text == "α-blocker &unknown; β"


@pytest.mark.parametrize(
    ("name", "head", "known"),
    [
        ("a.nxml", article().encode(), True),
        ("a.xml", article().encode("utf-16"), True),
        ("set.xml", b"<pmc-articleset>" + article().encode(), True),
        ("docbook.xml", b'<article xmlns="http://docbook.org/ns/docbook"><info/>', False),
        ("a.html", b"<html><article>", False),
    ],
)
def test_it_knows_its_files(name: str, head: bytes, known: bool) -> None:
    assert JatsReader().recognises(name, head) is known


# Texts without the characters that tables, lists and references bring or take.
LETTERS = st.text(alphabet="abcxyzαβé中文0129.% \n<&", max_size=10).map(escape)
REFERENCE = st.sampled_from(
    [
        '[<xref ref-type="bibr">1</xref>]',
        ' [<xref ref-type="bibr">1</xref>,<xref ref-type="bibr">2</xref>]',
        '<sup><xref ref-type="bibr">1</xref>,<xref ref-type="bibr">2</xref></sup>',
        '<xref ref-type="bibr"><sup>12</sup></xref>',
        '(<xref ref-type="bibr">Rester, 2001</xref>; <xref ref-type="bibr">Bed et al., 2003</xref>)',
    ]
)
INLINE = st.recursive(
    LETTERS,
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>",
        st.sampled_from(["bold", "italic", "sub", "sup", "named-content", "ext-link", "unheard-of"]),
        st.lists(inner, max_size=3),
    ),
    max_leaves=6,
)
LINE = st.lists(INLINE | REFERENCE, max_size=5).map("".join)
PARAGRAPH = LINE.map("<p>{}</p>".format)
TABLE = st.lists(
    st.lists(LINE.map("<td>{}</td>".format), min_size=1, max_size=3).map("".join), min_size=1, max_size=3
).map(
    lambda rows: (
        "<table-wrap><table><tbody>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</tbody></table></table-wrap>"
    )
)
BLOCK = st.recursive(
    PARAGRAPH | TABLE | st.just("<ref-list><ref><label>1</label></ref></ref-list>") | st.just("<graphic/>"),
    lambda inner: st.one_of(
        st.builds("<sec><title>{}</title>{}</sec>".format, LINE, inner),
        st.builds("<list><list-item>{}</list-item><list-item>{}</list-item></list>".format, inner, PARAGRAPH),
        st.builds("<fig><label>{}</label><caption>{}</caption></fig>".format, LETTERS, PARAGRAPH),
        st.builds("<boxed-text>{}{}</boxed-text>".format, inner, inner),
        st.builds("<p>{}{}{}</p>".format, LETTERS, inner, LETTERS),
        st.builds("<unheard-of>{}</unheard-of>".format, inner),
    ),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=80)
@given(st.lists(BLOCK, min_size=1, max_size=4).map("".join))
def test_no_text_of_a_body_is_lost_and_no_reference_stays(tmp_path: Path, body: str) -> None:
    read = Read(tmp_path, article(f"<body>{body}</body>"))
    found = "".join(one.text for one in read.documents)
    assert _characters(found) == _characters(_independent(f"<body>{body}</body>"))


def _independent(body: str) -> str:
    root = ElementTree.fromstring(body)

    def kept(node: ElementTree.Element) -> str:
        if node.tag in ("ref-list", "graphic"):
            return ""
        if node.tag == "xref" or (node.tag == "sup" and any(child.tag == "xref" for child in node)):
            return ""
        return (node.text or "") + "".join(kept(child) + (child.tail or "") for child in node)

    return kept(root)


def _characters(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text)
    return "".join(letter for letter in plain if not letter.isspace() and letter not in "[](),;|-")


def test_deep_trees_do_not_exhaust_the_stack(tmp_path: Path) -> None:
    body = "<body>" + "<sec>" * 240 + "<p>deep</p>" + "</sec>" * 240 + "</body>"
    assert Read(tmp_path, article(body)).documents[0].text == "deep"


def test_a_long_line_of_references_takes_no_time(tmp_path: Path) -> None:
    cites = "".join(
        f'<xref ref-type="bibr">{number}</xref>{random.Random(number).choice(",;–")} ' for number in range(5000)
    )
    (document,) = Read(tmp_path, article(f"<body><p>Known [{cites}] and ({'( ' * 5000}</p></body>")).documents
    assert document.text.startswith("Known and ((")
