"""PDF files as documents, page by page; a long one in parts, so that memory does not grow with its pages."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, ClassVar

from medgo.corpus.dates import iso_date
from medgo.corpus.ledger import Ledger
from medgo.corpus.licences import stated_licence
from medgo.corpus.opening import open_source
from medgo.corpus.pdf.characters import MAX_CHARACTERS as MAX_PAGE_CHARACTERS
from medgo.corpus.pdf.characters import page_text
from medgo.corpus.pdf.columns import regions_of
from medgo.corpus.pdf.garble import is_garbled
from medgo.corpus.pdf.margins import LaidPage, without_contents, without_margins
from medgo.corpus.pdf.paragraphs import PlacedBlock, blocks_of, body_size, whole_words
from medgo.corpus.protocol import Holds, Item, Source
from medgo.corpus.typesetting import Block, joined, plain_line
from medgo.errors import EngineUnavailableError, InputError
from medgo.schema import Document, SourceRef
from medgo.store.compression import uncompressed_name
from medgo.text import language_of

# About a hundred printed pages: then the document goes on in another part.
MAX_CHARACTERS = 300_000
_MARK = b"%PDF-"
_MARK_WITHIN = 1024
_WRONG_PASSWORD = 4
_MAY_COPY = 16
_NO_SECURITY = -1
_BLOCK = 2**20


class PdfReader:
    """The text of a PDF: columns in order, words whole, without headers, footers and page numbers.

    A page without text (a scan), one whose letters mean nothing, and whole files that are encrypted or may not be
    copied are named and left out.
    """

    name: ClassVar[str] = "pdf"
    holds: ClassVar[Holds] = "documents"

    def recognises(self, name: str, head: bytes) -> bool:
        """See :class:`medgo.corpus.protocol.Reader`."""
        del name
        return _MARK in head[:_MARK_WITHIN]

    def read(self, source: Source, ledger: Ledger) -> Iterator[Item]:
        """See :class:`medgo.corpus.protocol.Reader`; parts of one file share its name."""
        name = source.name
        with _uncompressed(source.path) as path, _opened(path, name) as pdf:
            if isinstance(pdf, str):
                ledger.omit(name, name, pdf)
                return
            yield from _Reading(pdf, source, ledger).documents()


@dataclass(frozen=True, slots=True)
class _Info:
    title: str
    published: str


class _Reading:
    def __init__(self, pdf: Any, source: Source, ledger: Ledger) -> None:
        self._pdf, self._source, self._ledger = pdf, source, ledger
        self._name = source.name
        self._empty: list[int] = []
        self._garbled: list[int] = []
        self._too_long: list[int] = []
        said = pdf.get_metadata_dict()
        title = plain_line(said.get("Title", "").replace("\n", " "))
        # What programs write there when nobody gave a title.
        given = (
            title
            and not title.lower().endswith((".doc", ".docx", ".indd", ".pdf", ".qxd"))
            and "untitled" not in title.lower()
        )
        self._info = _Info(
            title if given and "\ufffd" not in title else "", iso_date(_pdf_date(said.get("CreationDate", "")))
        )
        self._licence = ""

    def documents(self) -> Iterator[Item]:
        """The parts; then what could not be read is named, page by page where some pages could."""
        yield from self._parts()
        count = len(self._pdf)
        unread = {"no text": self._empty, "garbled text": self._garbled, "too many characters": self._too_long}
        for reason, pages in unread.items():
            if len(pages) == count:
                self._ledger.omit(self._name, self._name, reason, f"all {count} pages")
            else:
                for page in pages:
                    self._ledger.omit(self._name, f"{self._name}#page={page}", reason)

    def _parts(self) -> Iterator[Document]:
        blocks: list[PlacedBlock] = []
        size = part = 0
        for placed in blocks_of(self._bare_pages()):
            if size > MAX_CHARACTERS and placed.block.kind in ("heading", "paragraph"):
                part += 1
                yield from self._document(blocks, part)
                blocks, size = [], 0
            blocks.append(placed)
            size += len(placed.block.text)
        if blocks:
            yield from self._document(blocks, part + 1 if part else 0)

    def _bare_pages(self) -> Iterator[LaidPage]:
        for bare in without_margins(self._laid_pages()):
            if bare.removed:
                self._ledger.note("header or footer", bare.removed)
            listed = without_contents(bare.page)
            if listed.removed:
                self._ledger.note("line of a table of contents", listed.removed)
            yield listed.page

    def _laid_pages(self) -> Iterator[LaidPage]:
        for index in range(len(self._pdf)):
            try:
                page = self._pdf[index]
            except RuntimeError as error:
                raise InputError(f"{self._name}: page {index + 1} cannot be read: {error}") from error
            try:
                text = page_text(page)
            finally:
                page.close()
            if text.rotated:
                self._ledger.note("rotated character", text.rotated)
            if text.characters > MAX_PAGE_CHARACTERS:
                self._too_long.append(index + 1)
                continue
            if not text.fragments:
                self._empty.append(index + 1)
                continue
            if is_garbled("\n".join(one.text for one in text.fragments), text.broken):
                self._garbled.append(index + 1)
                continue
            regions = regions_of(text.fragments)
            yield LaidPage(index + 1, text.height, regions, body_size(regions))

    def _document(self, placed: list[PlacedBlock], part: int) -> Iterator[Document]:
        identity = self._name + (f"#{part}" if part else "")
        text = whole_words(joined(one.block for one in placed)).replace("\ufffd", "")
        lang = self._source.lang or language_of(text)
        if lang is None:
            self._ledger.omit(self._name, identity, "other language")
            return
        self._licence = self._licence or stated_licence(text)
        licence = self._licence or self._source.licence or "unknown"
        version = self._source.retrieved or self._info.published
        ref = SourceRef(identity, self._source.collection or "pdf", licence, version)
        title = self._info.title or _first_heading([one.block for one in placed])
        yield Document(ref, lang, text, title, {"pages": [placed[0].page, placed[-1].page]})


def _first_heading(blocks: list[Block]) -> str:
    """The largest of the first headings."""
    headings = [block for block in blocks[:12] if block.kind == "heading"]
    return min(headings, key=lambda block: block.level).text if headings else ""


def _pdf_date(text: str) -> str:
    """``D:20230506…`` as ``2023-05-06``."""
    digits = text.removeprefix("D:")[:8]
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}" if digits.isdigit() and len(digits) == 8 else digits[:4]


@contextmanager
def _uncompressed(path: Path) -> Iterator[Path]:
    """The file itself, or a temporary one with what a compressed one holds: PDF is read from its end."""
    if uncompressed_name(path) == path.name:
        yield path
        return
    with NamedTemporaryFile(suffix=".pdf") as file, open_source(path) as stream:
        while data := stream.read(_BLOCK):
            file.write(data)
        file.flush()
        yield Path(file.name)


@contextmanager
def _opened(path: Path, name: str) -> Iterator[Any]:
    """The open file, or the reason for leaving it out.

    Raises:
        InputError: It is broken.
        EngineUnavailableError: pypdfium2 is not installed.
    """
    try:
        import pypdfium2
        import pypdfium2.raw as library
    except ImportError as error:
        raise EngineUnavailableError("PDF needs pypdfium2", hint="pip install 'medgo[corpus]'") from error
    logging.getLogger("pypdfium2").setLevel(logging.ERROR)
    try:
        pdf = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if error.err_code == _WRONG_PASSWORD:
            yield "encrypted"
            return
        raise InputError(f"{name} is no readable PDF: {error}", hint="get the file again from its publisher") from error
    except OSError as error:
        raise InputError(f"{name} cannot be opened: {error}") from error
    try:
        locked = library.FPDF_GetSecurityHandlerRevision(pdf) != _NO_SECURITY
        yield "copying not permitted" if locked and not library.FPDF_GetDocPermissions(pdf) & _MAY_COPY else pdf
    finally:
        pdf.close()
