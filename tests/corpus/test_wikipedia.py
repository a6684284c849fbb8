"""Wikipedia's dumps: the sentences that a reader sees, in time linear in the wikitext."""

from __future__ import annotations

import bz2
import gzip
import time
import tracemalloc
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgo.corpus.typesetting import joined
from medgo.corpus.wikipedia import WikipediaReader
from medgo.corpus.wikipedia.medical import is_medical
from medgo.corpus.wikipedia.variants import chosen_variant
from medgo.corpus.wikipedia.wikitext import parse_wikitext
from medgo.errors import InputError
from tests.corpus.reading import Reading, read_file

pytest.importorskip("lxml")

ASTHMA = """{{Infobox medical condition
| name = Asthma | image = [[File:x.jpg|thumb|Caption of {{nowrap|a picture}}]]
}}
'''Asthma''' is a [[chronic (medicine)|long-term]] disease of the
[[airway]]s<ref name="a">{{cite journal|title=Ref}}</ref>.<!-- hidden -->
{{citation needed}} Give {{convert|5|mg|gr}} when SpO<sub>2</sub> &lt; 92&nbsp;%.<ref name=b />
[[File:Foo.jpg|thumb|A caption with [[a link]] inside]]
==Signs==
* [[wheeze]]
** at night
{| class="wikitable" style="x"
! Drug !! Dose
|-
| style="a" | [[Salbutamol|A]] || 100 µg
|}
===Empty===
== See also ==
* [[Nothing]]
=== Below it ===
more of nothing
[[Category:Asthma]] [[de:Asthma]]
"""


def page(title: str, text: str, number: int = 1, ns: int = 0, extra: str = "", model: str = "wikitext") -> str:
    return (
        f"<page><title>{escape(title)}</title><ns>{ns}</ns><id>{number}</id>{extra}<revision><id>{number + 1000}</id>"
        f"<timestamp>2024-01-02T03:04:05Z</timestamp><model>{model}</model>"
        f'<text xml:space="preserve">{escape(text)}</text></revision></page>'
    )


def dump(*pages: str, wiki: str = "enwiki") -> bytes:
    head = '<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11"><siteinfo>'
    return f"{head}<dbname>{wiki}</dbname></siteinfo>{''.join(pages)}</mediawiki>".encode()


def read(tmp_path: Path, data: bytes, name: str = "pages.xml", *, medical_only: bool = True) -> Reading:
    return read_file(WikipediaReader(medical_only=medical_only), tmp_path / name, data)


def text_of(wikitext: str) -> str:
    return joined(parse_wikitext(wikitext).blocks)


def test_an_article_is_what_its_reader_sees(tmp_path: Path) -> None:
    (document,) = read(tmp_path, dump(page("Asthma", ASTHMA))).documents
    assert document.text == (
        "Asthma is a long-term disease of the\nairways.\nGive 5 mg when SpO₂ < 92 %.\n\n"
        "Signs\n\n- wheeze\n- at night\n\nDrug | Dose\nA | 100 µg"
    )
    ref = document.ref
    assert (ref.id, ref.source, ref.licence, ref.retrieved) == ("enwiki:1", "wikipedia", "CC-BY-SA-4.0", "1001")
    assert document.meta["categories"] == ["Asthma"]
    assert document.meta["url"] == "https://en.wikipedia.org/?oldid=1001"


def test_what_is_no_article_is_counted_by_reason(tmp_path: Path) -> None:
    medical = "The gout is a disease of the joints. [[Category:Diseases]]"
    reading = read(
        tmp_path,
        dump(
            page("Talk:Gout", medical, 1, ns=1),
            page("Podagra", "#REDIRECT [[Gout]]", 2),
            page("Podagra (toe)", medical, 3, extra='<redirect title="Gout" />'),
            page("Gout (disambiguation)", medical, 4),
            page("MS", medical + "{{Medical disambiguation}}", 5),
            page("Paris", "The capital of France. [[Category:Cities]]", 6),
            page("Gout!", medical + "[[Category:2010 films]]", 7),
            page("Data", medical, 8, model="json"),
            page("Nothing", "", 9),
            page("Gout", medical, 10),
        ),
    )
    assert [one.title for one in reading.documents] == ["Gout"]
    assert reading.ledger.omitted == {
        "not an article": 1,
        "redirect": 2,
        "disambiguation": 2,
        "not medical": 2,
        "not wikitext": 1,
        "no text": 1,
    }


def test_everything_is_read_where_it_is_asked_for(tmp_path: Path) -> None:
    data = dump(page("Paris", "Paris is the capital of France and is on the Seine."))
    assert read(tmp_path, data, medical_only=False).documents
    assert not read(tmp_path, data).documents


@pytest.mark.parametrize(
    ("wikitext", "expected"),
    [
        ("{{Drugbox | x=1}}", True),
        ("{{Infobox medical condition (new)\n|name=x}}", True),
        ("{{Medical resources\n|ICD10=1}}", True),
        ("[[Category:Infectious diseases]]", True),
        ("[[分类:心血管疾病]]", True),
        ("[[Category:肺炎]]", True),
        ("{{藥物資訊框|a=b}}", True),
        ("[[Category:Rivers]]", False),
        ("a disease", False),
        ("[[Category:Medical films]]", False),
    ],
)
def test_medicine_is_told_by_templates_and_categories(wikitext: str, expected: bool) -> None:
    assert is_medical(wikitext) == expected


def test_chinese_in_one_script(tmp_path: Path) -> None:
    pytest.importorskip("opencc")
    text = "'''高血壓'''是一種-{zh-hans:慢性病;zh-hant:慢性疾患}-，患者的血壓長期高於標準值。"
    text += "-{H|zh-cn:软件;zh-tw:軟體}-[[分類:心血管疾病]]"
    (document,) = read(tmp_path, dump(page("高血壓", text), wiki="zhwiki")).documents
    assert document.text == "高血压是一种慢性病，患者的血压长期高于标准值。"
    assert (document.title, document.lang, document.ref.id) == ("高血压", "zh", "zhwiki:1")


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("zh-hans:计算机;zh-hant:電腦;", "计算机"),
        ("zh-cn:软件;zh-tw:軟體", "软件"),
        ("zh-tw:軟體", "軟體"),
        ("阿司匹林", "阿司匹林"),
        ("T|zh-cn:软件;zh-tw:軟體", ""),
        ("A|zh-cn:软件;zh-tw:軟體", "软件"),
        ("zh:a", "a"),
        ("R|x", "x"),
        ("", ""),
    ],
)
def test_variants(markup: str, expected: str) -> None:
    assert chosen_variant(markup) == expected


@pytest.mark.parametrize(
    ("wikitext", "expected"),
    [
        ("{{convert|5|to|10|mg|gr}}", "5 to 10 mg"),
        ("{{val|1.5|e=9|u=mg}}", "1.5×10⁹ mg"),
        ("{{chem|H|2|O}}", "H₂O"),
        ("{{chem2|SO4}}", "SO₄"),
        ("{{lang|fr|grand mal}}", "grand mal"),
        ("{{lang-la|morbus}}", "morbus"),
        ("{{frac|1|2}}", "1/2"),
        ("a{{ndash}}b", "a–b"),
        ("{{unknown|x}}y", "y"),
        ("{{nowrap|a {{unknown}} b}}", "a b"),
        ("{{tsl|en|Gout|痛风}}", "痛风"),
        ("x<nowiki>[[y]]</nowiki>z", "x[[y]]z"),
        ("<math>x^2</math>", "x^2"),
        ("[https://a.b label]", "label"),
        ("[https://a.b]c", "c"),
        ("10<sup>9</sup>/L", "10⁹/L"),
        ("''a'' '''b'''", "a b"),
        ("a<br/>b", "a\nb"),
        ("[[:Category:X]]", "Category:X"),
        ("[[#Signs|below]]", "below"),
        ("[[a|b]]s", "bs"),
        ("<gallery>\nA.jpg|x\n</gallery>t", "t"),
        ("<REF>x</ref>y", "y"),
        ("{{blockquote|Words of another.}}", "Words of another."),
        ("&alpha;-blocker", "α-blocker"),
        ("<ref>open", "open"),
    ],
)
def test_markup(wikitext: str, expected: str) -> None:
    assert text_of(wikitext) == expected


@pytest.mark.parametrize(
    "hostile",
    [
        "{" * 100_000,
        "[" * 100_000,
        "{{a|" * 50_000,
        "[[a|" * 30_000 + "]]" * 30_000,
        "{{nowrap|" * 30_000 + "x" * 1000 + "}}" * 30_000,
        "<!--" * 50_000,
        "<ref>" * 50_000,
        "<ref " * 50_000,
        "-{" * 50_000 + "}-" * 50_000,
        "\n{|" * 50_000,
        "[http://a " * 50_000,
        "[http://" + "a" * 200_000,
        "'" * 200_000,
        "=" * 200_000,
        "<sup>" * 50_000,
        "{{" * 50_000 + "]]" * 50_000,
        "|" * 100_000,
        "<math>" * 10_000 + "</math>" * 10_000,
        " " * 200_000,
        "[[category:" * 30_000,
        "{|\n|" + "a=b " * 50_000 + "|}",
        "{|\n|a\n" + "x\n" * 50_000 + "|}",
        "{|\n|" + "aa=" * 50_000 + '"|x\n|}',
        "{{disambiguation" * 20_000,
        "&" * 100_000,
        "-{zh-cn:" * 20_000,
    ],
    ids=lambda hostile: hostile[:12].strip(),
)
def test_hostile_wikitext_takes_linear_time(hostile: str) -> None:
    begun = time.process_time()
    parse_wikitext(hostile)
    is_medical(hostile)
    assert time.process_time() - begun < 2


@settings(max_examples=150)
@given(
    st.lists(
        st.sampled_from(
            [
                "{{",
                "}}",
                "[[",
                "]]",
                "{|\n",
                "\n|}",
                "|",
                "-{",
                "}-",
                "<ref>",
                "</ref>",
                "<!--",
                "-->",
                "\n|-\n",
                "\n==",
                "==\n",
                "word ",
                "\n* ",
                "<nowiki>",
                "</nowiki>",
                "'''",
                "{{{",
                "}}}",
                "[http://x ",
            ]
        ),
        max_size=30,
    )
)
def test_no_wikitext_is_too_broken(parts: list[str]) -> None:
    parse_wikitext("".join(parts))


@given(st.lists(st.text("abcdefg", min_size=1, max_size=8), min_size=1, max_size=20))
def test_every_word_outside_markup_is_kept(words: list[str]) -> None:
    forms = ["{0}", "'''{0}'''", "[[x|{0}]]", "[[{0}]]", "{{{{nowrap|{0}}}}}", "-{{{0}}}-", "<small>{0}</small>"]
    marked = " ".join(forms[place % len(forms)].format(word) for place, word in enumerate(words))
    assert text_of(marked).split() == words


@pytest.mark.parametrize("packed", [bytes, bz2.compress, gzip.compress])
def test_dumps_are_recognised_and_read_compressed(tmp_path: Path, packed: object) -> None:
    data = dump(page("Asthma", ASTHMA))
    name = {bz2.compress: "pages.xml.bz2", gzip.compress: "pages.xml.gz"}.get(packed, "pages.xml")  # type: ignore[call-overload]
    reading = read(tmp_path, packed(data), name)  # type: ignore[operator]
    assert len(reading.documents) == 1
    assert WikipediaReader().recognises(name, packed(data) if name.endswith("bz2") else data)  # type: ignore[operator]
    assert not WikipediaReader().recognises("x.xml", b"<html>")


def test_two_parts_of_a_bzip2_file_are_one(tmp_path: Path) -> None:
    data = dump(page("Asthma", ASTHMA), page("Asthma 2", ASTHMA, 2))
    reading = read(tmp_path, bz2.compress(data[:900]) + bz2.compress(data[900:]), "pages.xml.bz2")
    assert len(reading.documents) == 2


def test_what_was_read_before_a_dump_breaks_off_stands(tmp_path: Path) -> None:
    data = dump(*(page(f"Asthma {n}", ASTHMA, n) for n in range(200)))
    for name, cut in (("a.xml", data[: len(data) // 2]), ("a.xml.bz2", bz2.compress(data)[:-30])):
        (tmp_path / name).write_bytes(cut)
        with pytest.raises(InputError):
            read(tmp_path, cut, name)


@pytest.mark.parametrize(
    "prologue",
    [
        '<!DOCTYPE mediawiki [<!ENTITY a "'
        + "a" * 1000
        + '"><!ENTITY b "'
        + "&a;" * 1000
        + '"><!ENTITY c "'
        + "&b;" * 1000
        + '">]>',
        '<!DOCTYPE mediawiki [<!ENTITY c SYSTEM "file:///etc/passwd">]>',
    ],
)
def test_entities_are_not_expanded(tmp_path: Path, prologue: str) -> None:
    data = dump(page("Gout", "The gout is ENTITY a disease of the joints. [[Category:Diseases]]"))
    hostile = prologue.encode() + data.replace(b"ENTITY", b"&c;", 1)
    try:
        text = "".join(one.text for one in read(tmp_path, hostile).documents)
    except InputError:
        return
    assert "root:" not in text
    assert len(text) < 500


def test_memory_does_not_grow_with_the_dump(tmp_path: Path) -> None:
    def peak(pages: int) -> int:
        path = tmp_path / "m.xml"
        path.write_bytes(dump(*(page(f"Asthma {n}", ASTHMA, n) for n in range(pages))))
        from medgo.corpus.ledger import Ledger
        from medgo.corpus.protocol import Source

        tracemalloc.start()
        for _ in WikipediaReader().read(Source(path), Ledger()):
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(5)
    assert peak(150) < 1.5 * peak(30)
