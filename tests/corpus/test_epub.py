"""EPUB books: every chapter in order, each that is missing named, nothing unpacked without limits."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from medgo.corpus.epub import EpubReader
from medgo.errors import InputError
from tests.corpus.reading import Reading, read_file

pytest.importorskip("lxml")
pytest.importorskip("selectolax")

CONTAINER = """<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0">
<rootfiles><rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""
OPF = """<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="{version}" unique-identifier="id">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">urn:isbn:123</dc:identifier>
<dc:title>Handbook of Medicine</dc:title><dc:language>en</dc:language><dc:date>2020-05-01</dc:date>
<dc:rights>{rights}</dc:rights></metadata>
<manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="c1" href="text/one%20.xhtml" media-type="application/xhtml+xml"/>
<item id="c2" href="text/two.xhtml" media-type="application/xhtml+xml"/>
<item id="c3" href="text/three.xhtml" media-type="application/xhtml+xml"/>
<item id="pic" href="p.png" media-type="image/png"/></manifest>
<spine><itemref idref="nav"/><itemref idref="c2"/><itemref idref="c1"/>{more}</spine></package>"""
NAV = """<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><body>
<nav epub:type="toc"><ol><li><a href="text/two.xhtml">Two</a></li></ol></nav></body></html>"""
ONE = """<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"
xmlns:epub="http://www.idpf.org/2007/ops"><head><title/></head><body><h1>One</h1>
<p>The heart has four chambers<a epub:type="noteref" href="#n1"><sup>1</sup></a>.
<span epub:type="pagebreak">17</span></p>
<aside epub:type="footnote" id="n1"><p>In adults, that is.</p></aside></body></html>"""
TWO = """<html><body><h1>Two</h1><p>The lung has lobes&nbsp;and is in the chest.<br>It breathes.</p></body></html>"""


def book(
    members: Mapping[str, str | bytes | None] | None = None, *, version: str = "3.0", rights: str = "", more: str = ""
) -> bytes:
    files: dict[str, str | bytes | None] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": OPF.format(version=version, rights=rights, more=more),
        "OEBPS/nav.xhtml": NAV,
        "OEBPS/text/one .xhtml": ONE,
        "OEBPS/text/two.xhtml": TWO,
        **(members or {}),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            if text is not None:
                kind = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
                archive.writestr(name, text, kind)
    return out.getvalue()


def read(tmp_path: Path, data: bytes, name: str = "book.epub", **options: str) -> Reading:
    return read_file(EpubReader(), tmp_path / name, data, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("version", ["2.0", "3.0"])
def test_chapters_come_in_the_order_of_the_spine(tmp_path: Path, version: str) -> None:
    reading = read(tmp_path, book(version=version, rights="CC BY 4.0"))
    assert [one.title for one in reading.documents] == ["Two", "One"]
    two, one = reading.documents
    assert two.text == "Two\n\nThe lung has lobes and is in the chest.\nIt breathes."
    assert one.text == "One\n\nThe heart has four chambers[1].\n\nIn adults, that is."
    assert one.ref.id == "urn:isbn:123#OEBPS/text/one .xhtml"
    assert (one.ref.licence, one.ref.retrieved, one.lang) == ("CC-BY-4.0", "2020-05-01", "en")
    assert one.meta == {"book": "Handbook of Medicine", "chapter": 3}
    assert reading.ledger.omitted == {"table of contents or cover": 1}


def test_a_table_of_contents_that_is_a_chapter_of_links_is_left_out(tmp_path: Path) -> None:
    links = "".join(f'<p><a href="c{n}.xhtml">Chapter {n} of the book</a></p>' for n in range(9))
    reading = read(tmp_path, book({"OEBPS/text/two.xhtml": f"<html><body>{links}</body></html>"}, version="2.0"))
    assert [one.title for one in reading.documents] == ["One"]


def test_missing_and_damaged_chapters_are_named_and_the_others_stand(tmp_path: Path) -> None:
    data = book({"OEBPS/text/two.xhtml": b"\x81\xff\xfe" * 500}, more='<itemref idref="c3"/><itemref idref="nosuch"/>')
    reading = read(tmp_path, data)
    assert [one.title for one in reading.documents] == ["One"]
    reasons = {(one.id.split("#")[1], one.reason) for one in reading.omissions}
    assert ("OEBPS/text/three.xhtml", "missing chapter") in reasons
    assert ("(no item nosuch)", "missing chapter") in reasons
    assert ("OEBPS/text/two.xhtml", "damaged chapter") in reasons


def test_books_with_rights_management_are_left_out_whole(tmp_path: Path) -> None:
    locked = """<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><EncryptedData
    xmlns="http://www.w3.org/2001/04/xmlenc#"><EncryptionMethod Algorithm="{}"/></EncryptedData></encryption>"""
    method = "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
    reading = read(tmp_path, book({"META-INF/encryption.xml": locked.format(method)}))
    assert not reading.documents
    assert reading.ledger.omitted == {"digital rights management": 1}
    fonts = "http://www.idpf.org/2008/embedding"
    assert len(read(tmp_path, book({"META-INF/encryption.xml": locked.format(fonts)})).documents) == 2


def test_a_chapter_that_grows_without_end_is_not_unpacked(tmp_path: Path) -> None:
    bomb = b"<html><body><p>" + b"a" * 40_000_000
    reading = read(tmp_path, book({"OEBPS/text/two.xhtml": bomb}))
    assert [one.title for one in reading.documents] == ["One"]
    assert reading.ledger.omitted["damaged chapter"] == 1


@pytest.mark.parametrize(
    "entity",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE x [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
    ],
)
def test_entities_of_a_chapter_s_own_are_not_expanded(tmp_path: Path, entity: str) -> None:
    reading = read(
        tmp_path, book({"OEBPS/text/two.xhtml": f"{entity}<html><body><p>The text &b; is here.</p></body></html>"})
    )
    assert [one.title for one in reading.documents] == ["One"]
    assert reading.ledger.omitted["damaged chapter"] == 1


@pytest.mark.parametrize(
    "members",
    [
        {"META-INF/container.xml": None},
        {"OEBPS/book.opf": None},
        {"OEBPS/book.opf": "<package><broken"},
        {"META-INF/container.xml": "<!DOCTYPE x [<!ENTITY a 'b'>]><container>&a;</container>"},
    ],
)
def test_a_book_without_its_package_is_an_error(tmp_path: Path, members: dict[str, str | None]) -> None:
    with pytest.raises(InputError):
        read(tmp_path, book(members))


@pytest.mark.parametrize("head", ["<!DOCTYPE html>", '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "x.dtd">', ""])
def test_named_characters_are_kept(tmp_path: Path, head: str) -> None:
    body = "<p>The&nbsp;dose is 5 &micro;g &lt; 6 &micro;g.</p>"
    page = f'{head}<html xmlns="http://www.w3.org/1999/xhtml"><body>{body}</body></html>'
    reading = read(tmp_path, book({"OEBPS/text/two.xhtml": page}))
    assert reading.documents[0].text == "The dose is 5 µg < 6 µg."


def test_a_truncated_archive_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"book\.epub"):
        read(tmp_path, book()[:-100])


def test_members_outside_the_book_are_not_followed(tmp_path: Path) -> None:
    opf = OPF.format(version="3.0", rights="", more="").replace("text/two.xhtml", "../../../../etc/passwd")
    reading = read(tmp_path, book({"OEBPS/book.opf": opf}))
    assert [one.title for one in reading.documents] == ["One"]
    assert reading.ledger.omitted["missing chapter"] == 1


def test_books_are_recognised_by_their_first_member() -> None:
    assert EpubReader().recognises("anything", book()[:65536])
    assert not EpubReader().recognises("a.epub", b"%PDF-1.4")
