"""EPUB books (2 and 3) as documents, one a chapter file, in the order of the spine; nothing is unpacked to disk."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote

from medgo.corpus.encoding import decode_published
from medgo.corpus.html.rendering import blocks_of
from medgo.corpus.html.tree import Tag, from_lxml, parse_html
from medgo.corpus.ledger import Ledger
from medgo.corpus.licences import licence_of, stated_licence
from medgo.corpus.opening import BROKEN_ZIP, MAX_RATIO
from medgo.corpus.protocol import Holds, Item, Source
from medgo.corpus.typesetting import joined, plain_line
from medgo.corpus.xml import etree
from medgo.errors import InputError
from medgo.schema import Document, SourceRef
from medgo.text import language_of

MAX_MEMBER_BYTES = 32 * 2**20
MAX_TOTAL_BYTES = 2 * 2**30
_RATIO_COUNTS_FROM = 2**20
_CONTAINER, _ENCRYPTION = "META-INF/container.xml", "META-INF/encryption.xml"
_PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml", "text/x-oeb1-document")
# Fonts may be scrambled in a book that anyone may read; its text may not.
_FONT_SCRAMBLING = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_SKIPPED_TYPES = frozenset(("toc", "landmarks", "page-list", "lot", "loi", "pagebreak", "backlink"))
_SKIPPED_GUIDES = frozenset(("toc", "cover", "index"))
_PROLOGUE = re.compile(rb"\s*(?:<\?xml[^>]*\?>\s*)?(?:<!DOCTYPE[^>\[]*>)?", re.IGNORECASE)
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
_LINK_HEAVY = 0.7


@dataclass(frozen=True, slots=True)
class _Book:
    """What its package document says."""

    identity: str
    title: str
    rights: str
    published: str
    spine: tuple[str, ...]
    """Members of the archive in reading order."""
    skipped: frozenset[str]
    """Those that hold only the table of contents or the cover."""


class EpubReader:
    """Chapters of a book; each names book and chapter. Books with digital rights management are left out whole."""

    name: ClassVar[str] = "epub"
    holds: ClassVar[Holds] = "documents"

    def recognises(self, name: str, head: bytes) -> bool:
        """See :class:`medgo.corpus.protocol.Reader`."""
        if not head.startswith(b"PK\x03\x04"):
            return False
        return b"mimetypeapplication/epub+zip" in head[:120] or (
            name.lower().endswith(".epub") or b"META-INF/container.xml" in head
        )

    def read(self, source: Source, ledger: Ledger) -> Iterator[Item]:
        """See :class:`medgo.corpus.protocol.Reader`; a chapter that is missing or broken is named, the others stand."""
        name = source.name
        try:
            with zipfile.ZipFile(source.path) as archive:
                members = _Members(archive, source.path)
                if _is_locked(members):
                    ledger.omit(name, name, "digital rights management")
                    return
                book = _book(members, name)
                for number, member in enumerate(book.spine, 1):
                    document = _chapter(members, book, member, number, source, ledger)
                    if document is not None:
                        yield document
        except (zipfile.BadZipFile, NotImplementedError, OSError) as error:
            raise InputError(f"{name} is no readable EPUB: {error}", hint="get the book again") from error


class _Members:
    """Members of the archive, never larger than they may be, by what they really hold and not by what it says."""

    def __init__(self, archive: zipfile.ZipFile, path: Path) -> None:
        self._archive, self._path = archive, path
        self._infos = {info.filename: info for info in archive.infolist()}
        self._total = 0

    def __contains__(self, name: str) -> bool:
        return name in self._infos

    def read(self, name: str) -> bytes:
        """One member.

        Raises:
            InputError: It is larger than a chapter may be, shrinks as no text does, or is damaged or encrypted.
        """
        info = self._infos[name]
        if info.flag_bits & 1:
            raise InputError(f"{name} is encrypted")
        try:
            with self._archive.open(info) as stream:
                data = stream.read(MAX_MEMBER_BYTES + 1)
        except BROKEN_ZIP as error:
            raise InputError(f"{name} is damaged: {error}") from error
        if len(data) > max(_RATIO_COUNTS_FROM, info.compress_size * MAX_RATIO) or len(data) > MAX_MEMBER_BYTES:
            raise InputError(f"{name} grows beyond what a chapter holds")
        self._total += len(data)
        if self._total > MAX_TOTAL_BYTES:
            raise InputError(f"{self._path.name} holds more than {MAX_TOTAL_BYTES // 2**30} GiB")
        return data


def _is_locked(members: _Members) -> bool:
    if "META-INF/rights.xml" in members and _ENCRYPTION in members:
        return True
    if _ENCRYPTION not in members:
        return False
    root = _xml(members.read(_ENCRYPTION), _ENCRYPTION)
    methods = [str(one.get("Algorithm")) for one in root.iter("{*}EncryptionMethod")]
    return not methods or any(method not in _FONT_SCRAMBLING for method in methods)


def _book(members: _Members, name: str) -> _Book:
    if _CONTAINER not in members:
        raise InputError(f"{name} is a ZIP archive without {_CONTAINER}: no EPUB")
    package = next(
        (one.get("full-path") for one in _xml(members.read(_CONTAINER), _CONTAINER).iter("{*}rootfile")), None
    )
    if package is None or package not in members:
        raise InputError(f"{name}: its container names no package document that is there")
    root = _xml(members.read(package), package)
    folder = posixpath.dirname(package)
    items = {one.get("id"): one for one in root.iter("{*}item")}
    spine: list[str] = []
    skipped: set[str] = set()
    for reference in root.iter("{*}itemref"):
        item = items.get(reference.get("idref"))
        if item is None:
            spine.append(f"(no item {reference.get('idref')})")
        elif item.get("media-type") in _PAGES:
            member = _member(folder, item.get("href") or "")
            spine.append(member)
            if "nav" in (item.get("properties") or "").split():
                skipped.add(member)
    for guide in root.iter("{*}reference"):
        if (guide.get("type") or "").lower() in _SKIPPED_GUIDES:
            skipped.add(_member(folder, guide.get("href") or ""))
    said = {part: _said(root, part) for part in ("identifier", "title", "rights", "date")}
    licence_links = " ".join(
        [*(str(one.get("href")) for one in root.iter("{*}link") if "license" in str(one.get("rel"))), said["rights"]]
    )
    return _Book(
        said["identifier"] or name,
        said["title"],
        licence_links,
        said["date"][:10],
        tuple(dict.fromkeys(spine)),
        frozenset(skipped),
    )


def _chapter(
    members: _Members, book: _Book, member: str, number: int, source: Source, ledger: Ledger
) -> Document | None:
    file, place = source.name, f"{book.identity}#{member}"
    if member in book.skipped:
        ledger.omit(file, place, "table of contents or cover")
        return None
    if member not in members:
        ledger.omit(file, place, "missing chapter")
        return None
    try:
        page = _page(members.read(member), member)
    except InputError as error:
        ledger.omit(file, place, "damaged chapter", error.message)
        return None
    blocks = blocks_of(page, _is_skipped)
    text = joined(one.block for one in blocks)
    if not text:
        ledger.omit(file, place, "no text")
        return None
    if _is_contents(page, sum(one.linked for one in blocks), len(text)):
        ledger.omit(file, place, "table of contents or cover")
        return None
    lang = source.lang or language_of(text)
    if lang is None:
        ledger.omit(file, place, "other language")
        return None
    headings = [one.block.text for one in blocks if one.block.kind == "heading"]
    licence = licence_of(book.rights) or stated_licence(book.rights) or source.licence or "unknown"
    ref = SourceRef(place, source.collection or "epub", licence, source.retrieved or book.published)
    meta = {"book": book.title, "chapter": number}
    return Document(ref, lang, text, headings[0] if headings else book.title, meta)


def _page(data: bytes, where: str) -> Tag:
    """XHTML as XML where it is such, else as browsers read HTML."""
    if _ENTITY.search(data):
        raise InputError(f"{where} defines entities of its own, as no chapter needs")
    text = decode_published(data, where, _declared(data)).text
    library = etree()
    # Without its document type &nbsp; and its like are unknown to XML, and then the HTML parser reads them.
    bare = _PROLOGUE.sub(b"", text.encode(), count=1)
    parser = library.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = library.fromstring(bare.strip(), parser)
    except (library.XMLSyntaxError, ValueError):
        return parse_html(text)
    return from_lxml(next(iter(root.iter("{*}body")), root))


def _declared(data: bytes) -> str:
    match = re.match(rb"\s*<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9_.-]+)", data[:200])
    return match[1].decode("ascii") if match else ""


def _is_skipped(tag: Tag) -> bool:
    return (
        tag.name == "nav"
        or bool(_SKIPPED_TYPES & set(tag.get("type").split()))
        or tag.get("role") in ("doc-toc", "doc-pagebreak", "doc-backlink", "doc-pagelist")
        or "hidden" in tag.attributes
        or "display:none" in tag.get("style").replace(" ", "")
    )


def _is_contents(page: Tag, linked: int, length: int) -> bool:
    """Whether most of a chapter is links into the book: EPUB 2 has its table of contents as a page like any other."""
    inner = sum(one.name == "a" and bool(one.get("href")) and "://" not in one.get("href") for one in page.elements())
    return inner >= 5 and linked > _LINK_HEAVY * length


def _member(folder: str, href: str) -> str:
    return posixpath.normpath(posixpath.join(folder, unquote(href.partition("#")[0])))


def _said(root: Any, part: str) -> str:
    found = next((one for one in root.iter("{http://purl.org/dc/elements/1.1/}" + part)), None)
    return plain_line(" ".join("".join(found.itertext()).split())) if found is not None else ""


def _xml(data: bytes, where: str) -> Any:
    library = etree()
    parser = library.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        return library.fromstring(data, parser)
    except (library.XMLSyntaxError, ValueError) as error:
        raise InputError(f"{where} is no well-formed XML: {error}") from error
