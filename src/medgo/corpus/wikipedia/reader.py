"""Wikipedia's dumps (``pages-articles.xml``, also ``.bz2``) as documents, one page in memory at a time."""

from __future__ import annotations

import bz2
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from medgo.corpus.ledger import Ledger
from medgo.corpus.opening import MAX_RATIO, open_source
from medgo.corpus.protocol import Holds, Item, Source
from medgo.corpus.typesetting import joined
from medgo.corpus.wikipedia.medical import is_medical
from medgo.corpus.wikipedia.wikitext import parse_wikitext
from medgo.corpus.xml import Bytes, elements, local_name
from medgo.errors import InputError
from medgo.schema import Document, Lang, SourceRef
from medgo.text import language_of
from medgo.text.simplifying import simplified

_LICENCE = "CC-BY-SA-4.0"
_BZIP2 = b"BZh"
_RATIO_COUNTS_FROM = 64 * 2**20
_REDIRECT = re.compile(r"\s*#\s*(?:redirect|重定向|重新導向)", re.IGNORECASE)
_AMBIGUOUS_TITLE = re.compile(r"\((?:disambiguation|消歧义|消歧義)\)\s*\Z")
_AMBIGUOUS = re.compile(
    r"\{\{\s*(?:disambig(?:uation)?|dab|hndis|geodis|surname|given name|set index article|sia|numberdis|"
    r"(?:medical|human name|letter|school|hospital|mathematical|chemistry) disambiguation|"
    r"消歧义|消歧義|消歧义页|消歧義頁|disambig-[a-z]+|人名消歧义|人名消歧義|姓氏)\s*[|}\n]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Page:
    title: str
    id: str
    namespace: str
    revision: str
    timestamp: str
    model: str
    text: str
    redirect: bool
    revisions: int


class WikipediaReader:
    """Articles of a dump: no redirects, no disambiguations, no pages about Wikipedia itself; Chinese in simplified.

    Args:
        medical_only: Leave out articles whose templates and categories are none of medicine.
    """

    name: ClassVar[str] = "wikipedia"
    holds: ClassVar[Holds] = "documents"

    def __init__(self, *, medical_only: bool = True) -> None:
        self._medical_only = medical_only

    def recognises(self, name: str, head: bytes) -> bool:
        """See :class:`medgo.corpus.protocol.Reader`."""
        del name
        beginning = _unpacked(head) if head.startswith(_BZIP2) else head
        return b"<mediawiki" in beginning[:2000]

    def read(self, source: Source, ledger: Ledger) -> Iterator[Item]:
        """See :class:`medgo.corpus.protocol.Reader`."""
        name = source.name
        wiki = ""
        with _opened(source.path) as stream:
            for element in elements(stream, name, ("page",)):
                if local_name(element) == "siteinfo":
                    wiki = _child(element, "dbname")
                elif local_name(element) == "page":
                    document = self._document(_page(element), wiki, source, ledger)
                    if document is not None:
                        yield document

    def _document(self, page: _Page, wiki: str, source: Source, ledger: Ledger) -> Document | None:
        file, identity = source.name, f"{wiki or 'wiki'}:{page.id}"
        if page.revisions > 1:
            ledger.note("earlier revision", page.revisions - 1)
        if reason := self._reason(page):
            ledger.omit(file, identity, reason, page.title)
            return None
        article = parse_wikitext(page.text)
        text = joined(article.blocks)
        lang: Lang | None = source.lang or language_of(text)
        if lang is None:
            ledger.omit(file, identity, "other language" if text else "no text", page.title)
            return None
        if article.formulas:
            ledger.note("formula as TeX", article.formulas)
        plain = simplified if lang == "zh" else str
        meta: dict[str, Any] = {
            "categories": [plain(one) for one in article.categories[:50]],
            "revision": page.revision,
            "timestamp": page.timestamp,
        }
        # Attribution, which the licence asks for: page and revision lead to the list of its authors.
        if wiki.endswith("wiki"):
            meta["url"] = f"https://{wiki.removesuffix('wiki').replace('_', '-')}.wikipedia.org/?oldid={page.revision}"
        ref = SourceRef(identity, source.collection or "wikipedia", source.licence or _LICENCE, page.revision)
        return Document(ref, lang, plain(text), plain(page.title), meta)

    def _reason(self, page: _Page) -> str:
        """Why a page is left out; empty where it is not."""
        if page.namespace != "0":
            return "not an article"
        if page.redirect or _REDIRECT.match(page.text):
            return "redirect"
        if page.model not in ("", "wikitext"):
            return "not wikitext"
        if not page.text.strip():
            return "no text"
        if _AMBIGUOUS_TITLE.search(page.title) or _AMBIGUOUS.search(page.text):
            return "disambiguation"
        if self._medical_only and not is_medical(page.text):
            return "not medical"
        return ""


def _page(element: Any) -> _Page:
    revisions = [one for one in element if local_name(one) == "revision"]
    last = revisions[-1] if revisions else None
    return _Page(
        title=_child(element, "title"),
        id=_child(element, "id"),
        namespace=_child(element, "ns") or "0",
        revision=_child(last, "id"),
        timestamp=_child(last, "timestamp"),
        model=_child(last, "model"),
        text=_child(last, "text"),
        redirect=any(local_name(one) == "redirect" for one in element),
        revisions=len(revisions),
    )


def _child(element: Any, name: str) -> str:
    """All text in the first child of that name; what stands between entity references too."""
    if element is None:
        return ""
    found = next((one for one in element if local_name(one) == name), None)
    return "" if found is None else "".join(found.itertext())


@contextmanager
def _opened(path: Path) -> Iterator[Bytes]:
    with open_source(path) as stream:
        if not stream.peek(3).startswith(_BZIP2):
            yield stream
            return
        with bz2.BZ2File(stream) as packed:
            yield _Unpacking(packed, path)


class _Unpacking:
    """A bzip2 stream of several parts, whose damage and growth are errors."""

    def __init__(self, packed: bz2.BZ2File, path: Path) -> None:
        self._packed, self._name = packed, path.name
        self._most = max(path.stat().st_size * MAX_RATIO, _RATIO_COUNTS_FROM)
        self._read = 0

    def read1(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""
        try:
            data = self._packed.read1(size)
        except (EOFError, OSError, ValueError) as error:
            raise InputError(f"{self._name} is damaged or ends early: {error}", hint="get it again") from error
        self._read += len(data)
        if self._read > self._most:
            raise InputError(f"{self._name} grows to more than {MAX_RATIO} times its size, as no text does")
        return data


def _unpacked(head: bytes) -> bytes:
    try:
        return bz2.BZ2Decompressor().decompress(head, 4096)
    except (OSError, EOFError):
        return b""
