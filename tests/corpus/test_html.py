"""Web pages: all of their text, none of the site around it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgo.corpus.html import HtmlReader
from medgo.corpus.html.tree import parse_html
from medgo.errors import InputError
from tests.corpus.reading import Reading, read_file

pytest.importorskip("selectolax")

PAGE = """<!DOCTYPE html><html lang="en"><head><title>Asthma in adults | Example Health</title>
<meta name="DC.date" content="2021-03-04"><link rel="canonical" href="https://example.org/asthma">
<style>p {color: red}</style><script>var secret = "SCRIPT";</script></head><body class="has-sidebar nav-open">
<header><a href="/">Example Health</a></header>
<nav><ul><li><a href="/a">Home NAV</a></li><li><a href="/b">About NAV</a></li></ul></nav>
<div id="cookie-consent">COOKIE We use cookies on this website to improve it for you and for others.</div>
<div class="breadcrumb"><a href="/">Home</a> &gt; BREADCRUMB</div>
<main><h1>Asthma in adults</h1>
<!-- COMMENT -->
<p>Asthma is a <a href="/c">chronic disease</a> of the airways. Give 200 &micro;g of
<b>salbuta</b>mol; eosinophils above 0.3&times;10<sup>9</sup>/L count<sup><a href="#r1">1</a></sup>, SpO<sub>2</sub>
below 92&nbsp;%.</p>
<p style="display: none">HIDDEN paragraph</p><p hidden>HIDDEN too</p><div aria-hidden="true">HIDDEN icon</div>
<h2>Treatment</h2><ul><li>First step<ul><li>Low dose</li></ul></li><li><p>Second step</p></li></ul>
<table><caption>Doses</caption><thead><tr><th>Drug</th><th>Dose</th></tr></thead>
<tr><td rowspan="2">Budesonide</td><td>200 µg</td></tr><tr><td>400 µg</td></tr></table>
<div class="share-buttons">SHARE on everything</div>
<p>Advice was <del>old</del>new.</p>
<h3>Related articles RELATED</h3><ul><li><a href="/1">Gout LINK</a></li><li><a href="/2">Fever LINK</a></li></ul>
</main><aside>ASIDE promo</aside>
<footer>FOOTER <a rel="license" href="https://creativecommons.org/licenses/by/4.0/">licence</a></footer></body></html>"""

ZH = """<html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312">
<title>高血压防治指南_某医院</title></head>
<body><div class="nav"><a href="1">首页</a><a href="2">导航</a></div>
<div class="content"><h1>高血压防治指南</h1>
<p>发布时间：2022-05-06</p><p>高血压患者的血压应当控制在140/90 mmHg以下，并定期检查。</p>
<p>生活方式的改变对所有患者都是必要的。</p></div><div class="footer">版权所有 某医院</div>
<p>京ICP备12345号</p></body></html>"""


def read(tmp_path: Path, page: str | bytes, name: str = "page.html", **options: str) -> Reading:
    data = page.encode() if isinstance(page, str) else page
    return read_file(HtmlReader(), tmp_path / name, data, **options)  # type: ignore[arg-type]


def test_a_page_is_its_text_without_the_site(tmp_path: Path) -> None:
    reading = read(tmp_path, PAGE)
    assert reading.text == (
        "Asthma in adults\n\n"
        "Asthma is a chronic disease of the airways. Give 200 µg of salbutamol; eosinophils above "
        "0.3×10⁹/L count[1], SpO₂ below 92 %.\n\n"
        "Treatment\n\n- First step\n- Low dose\n- Second step\n\n"
        "Doses\n\nDrug | Dose\nBudesonide | 200 µg\nBudesonide | 400 µg\n\n"
        "Advice was new."
    )


def test_what_a_page_says_of_itself(tmp_path: Path) -> None:
    (document,) = read(tmp_path, PAGE, licence="CC0-1.0").documents
    assert document.title == "Asthma in adults"
    assert document.lang == "en"
    ref = document.ref
    assert (ref.id, ref.source, ref.licence, ref.retrieved) == (
        "https://example.org/asthma",
        "html",
        "CC-BY-4.0",
        "2021-03-04",
    )


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig", "utf-16"])
def test_chinese_pages_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    (document,) = read(tmp_path, ZH.encode(encoding)).documents
    assert document.lang == "zh"
    assert document.title == "高血压防治指南"
    assert document.ref.retrieved == "2022-05-06"
    assert "高血压患者的血压应当控制在140/90 mmHg以下，并定期检查。" in document.text
    assert not any(word in document.text for word in ("首页", "导航", "版权所有", "ICP"))


def test_a_traditional_page_in_big5_that_declares_nothing(tmp_path: Path) -> None:
    text = "糖尿病患者應當定期檢查血糖，並且在醫生的指導下用藥。這是一個重要的問題。"
    assert read(tmp_path, f"<html><body><p>{text}</p></body></html>".encode("big5")).text == text


def test_licences_that_contradict_each_other_count_for_none(tmp_path: Path) -> None:
    link = '<a rel="license" href="https://creativecommons.org/licenses/{}/4.0/">x</a>'
    page = (
        f"<html><body><p>The patient should rest and drink enough water.</p>{link.format('by')}{link.format('by-nc')}"
    )
    reading = read(tmp_path, page)
    assert reading.documents[0].ref.licence == "unknown"
    assert reading.ledger.noted["several licences"] == 1


def test_the_licence_of_a_picture_is_not_the_page_s(tmp_path: Path) -> None:
    link = (
        '<figure><figcaption>By X, <a href="https://creativecommons.org/licenses/by/2.0/">CC</a></figcaption></figure>'
    )
    page = f"<html><body><p>The patient should rest and drink enough water.</p>{link}"
    assert read(tmp_path, page).documents[0].ref.licence == "unknown"


def test_a_wrapper_called_menu_is_not_the_menu(tmp_path: Path) -> None:
    page = "<html><body><div class='site-menu-wrapper'><p>The text of this page, which is all of it, is here.</p></div>"
    assert "all of it" in read(tmp_path, page).text


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("social-support", True),
        ("recommendation", True),
        ("comments-on-evidence", True),
        ("related-disorders", True),
        ("share-buttons", False),
        ("article__social-links", False),
        ("cookieBanner", False),
        ("related-articles", False),
        ("left-sidebar", False),
    ],
)
def test_sections_of_guidelines_are_told_from_what_is_around(tmp_path: Path, name: str, kept: bool) -> None:
    page = "<html><body><p>The patient should be seen by the doctor in the morning of the first day.</p>"
    for attribute in ("class", "id"):
        text = read(tmp_path, f"{page}<div {attribute}='{name}'>INNER words.</div>").text
        assert ("INNER" in text) == kept


def test_a_table_that_lays_out_the_page_is_no_table(tmp_path: Path) -> None:
    page = "<html><table><tr><td><p>First the patient is seen.</p><table><tr><td>A</td><td>B</td></tr><tr><td>C</td>"
    page += "<td>D</td></tr></table></td><td>Then the wound is cleaned.</td></tr></table>"
    text = read(tmp_path, page).text
    assert "First the patient is seen.\n\nA | B\nC | D\n\nThen the wound" in text


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("<html><body><script>x()</script></body></html>", "no text"),
        ("<html lang='fr'><body><p>Le patient est dans une salle avec les autres pour la nuit.</p>", "other language"),
        ("<html>" + "<div>" * 100_000 + "x", "nested too deep"),
        ("<html><p " + " ".join(f"a{n}=1" for n in range(30_000)) + ">x", "nested too deep"),
    ],
)
def test_what_is_left_out_has_a_reason(tmp_path: Path, page: str, reason: str) -> None:
    begun = time.process_time()
    reading = read(tmp_path, page)
    assert not reading.documents
    assert reading.ledger.omitted == {reason: 1}
    assert time.process_time() - begun < 2


def test_bytes_in_no_encoding_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no encoding"):
        read(tmp_path, b"<html><p>" + bytes(range(128, 256)) * 50)


def test_deep_nesting_keeps_its_words() -> None:
    assert parse_html("<div>" * 1000 + "deep" + "</div>" * 1000 + "after").text().split() == ["deepafter"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<table>",
                "<tr>",
                "<td rowspan=3>",
                "</table>",
                "<li>",
                "<ul>",
                "<sup>2</sup>",
                "<a href=x>",
                "</a>",
                "<script>",
                "</script>",
                "<!--",
                "-->",
                "<![CDATA[",
                "word ",
                "&lt;",
                "<h2>",
                "<math>",
                "<pre>",
                "\x00",
                "<svg>",
                "</div>",
            ]
        ),
        max_size=40,
    )
)
def test_no_markup_is_too_broken(tmp_path_factory: pytest.TempPathFactory, parts: list[str]) -> None:
    read(tmp_path_factory.mktemp("html"), "<html><body>" + "".join(parts), lang="en")


@given(st.lists(st.text("abcdefgh", min_size=1, max_size=8), min_size=1, max_size=30, unique=True))
def test_every_word_of_a_plain_page_is_kept_in_order(
    tmp_path_factory: pytest.TempPathFactory, words: list[str]
) -> None:
    tags = ["p", "li", "h2", "td", "blockquote", "b"]
    page = "<html><body>" + " ".join(f"<{tags[i % 6]}>{word}</{tags[i % 6]}>" for i, word in enumerate(words))
    text = read(tmp_path_factory.mktemp("html"), page, lang="en").text
    assert text.replace("- ", "").split() == words


def test_pages_are_recognised_by_how_they_begin() -> None:
    reader = HtmlReader()
    assert reader.recognises("noname", PAGE[:400].encode())
    assert reader.recognises("x.html", b"<div><p>fragment</p></div>")
    assert not reader.recognises("x.html", b"no markup at all")
    assert not reader.recognises("x.xml", b'<?xml version="1.0"?><article><front/></article>')
    assert not reader.recognises("x.xml", b'<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"><title>')
