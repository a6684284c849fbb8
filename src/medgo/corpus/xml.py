"""Large XML as one element after another: no entities, no DTD, no network, never more than one element in memory.

Knows no format. Limits of the parser itself hold too: 256 levels, 10 MB in one text or attribute.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html.entities import html5
from typing import Any, Protocol, TypeAlias

from medgo.errors import EngineUnavailableError, InputError

# ``lxml.etree._Element``; the library comes without types.
Element: TypeAlias = Any

MAX_ELEMENT_BYTES = 64 * 2**20
_CHUNK = 2**16
_UTF16 = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
_PROLOGUE = re.compile(
    r"\s*+(?:(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>)\s*+)*+<(?:[\w.-]+:)?([\w.-]+)", re.DOTALL
)


class Bytes(Protocol):
    """A stream of bytes that gives what it has: a file, a member of an archive, ``io.BytesIO``."""

    def read1(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""


def etree() -> Any:
    """``lxml.etree``.

    Raises:
        EngineUnavailableError: It is not installed.
    """
    try:
        from lxml import etree as library  # type: ignore[import-untyped]
    except ImportError as error:
        raise EngineUnavailableError("XML needs lxml", hint="pip install 'medgo[corpus]'") from error
    return library


def local_name(element: Element) -> str:
    """The tag without its namespace; empty for an entity reference."""
    tag = element.tag
    if not isinstance(tag, str):
        return ""
    return tag.rpartition("}")[2] if "}" in tag else tag


def root_of(head: bytes) -> str:
    """Name of the root element, without its namespace's prefix; empty where no XML begins.

    Args:
        head: The beginning of a file, decompressed.
    """
    encoding = next((name for mark, name in _UTF16.items() if head.startswith(mark)), "utf-8-sig")
    found = _PROLOGUE.match(head.decode(encoding, errors="replace"))
    return found[1] if found else ""


def elements(stream: Bytes, name: str, tags: Sequence[str]) -> Iterator[Element]:
    """Yield elements in the file's order; each is emptied once the next is asked for.

    What stands beside them under the same parent is yielded too, and the root where there is none of them, so that
    nothing is passed over unseen.

    Args:
        stream: The file, decompressed.
        name: What to call it in messages.
        tags: Names without namespaces; of elements within each other, the outermost are yielded.

    Raises:
        InputError: From here on it is no well-formed XML, is damaged, or one element is larger than
            :data:`MAX_ELEMENT_BYTES`. Elements that ended before were yielded.
    """
    return _Reading(stream, name, tags).elements()


class _Reading:
    def __init__(self, stream: Bytes, name: str, tags: Sequence[str]) -> None:
        self._library = etree()
        self._stream, self._name, self._tags = stream, name, frozenset(tags)
        self._parser = self._library.XMLPullParser(
            events=("end",),
            tag=[f"{{*}}{tag}" for tag in tags],
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        self._line, self._bytes, self._freed = 1, 0, 0
        self._parent: Element = None
        self._root: Element = None
        self._any = False

    def elements(self) -> Iterator[Element]:
        more = True
        while more:
            failure: InputError | None = None
            try:
                more = self._feed()
            except InputError as error:
                failure = error
            for _, element in self._parser.read_events():
                if not self._within_another(element):
                    yield from self._due(element)
            if failure is not None:
                raise failure
        if self._parent is not None:
            yield from self._parent
        elif not self._any:
            yield self._root

    def _feed(self) -> bool:
        try:
            chunk = self._stream.read1(_CHUNK)
        except InputError as error:
            raise InputError(f"{error.message} (in line {self._line} of the XML)", hint=error.hint) from error
        self._bytes += len(chunk)
        if self._bytes - self._freed > MAX_ELEMENT_BYTES:
            raise InputError(
                f"{self._name}, line {self._line}: one element is larger than {MAX_ELEMENT_BYTES >> 20} MiB",
                hint="this is no file of separate articles or entries",
            )
        try:
            if chunk:
                self._parser.feed(chunk)
            else:
                self._root = self._parser.close()
        except self._library.XMLSyntaxError as error:
            line = error.lineno or self._line
            raise InputError(
                f"{self._name} cannot be read from line {line} on: {(error.msg or 'no element in it').strip()}",
                hint="if it was cut off in a transfer, get it again",
            ) from error
        self._line += chunk.count(b"\n")
        return bool(chunk)

    def _within_another(self, element: Element) -> bool:
        return any(local_name(outer) in self._tags for outer in element.iterancestors())

    def _due(self, element: Element) -> Iterator[Element]:
        """The element, after those before it that nobody asked for; all of them are then removed."""
        parent = self._parent = element.getparent()
        self._any = True
        if element.getprevious() is not None:
            yield from list(element.itersiblings(preceding=True))[::-1]
        yield element
        self._freed = self._bytes
        element.clear()
        if parent is not None:
            while parent[0] is not element:
                del parent[0]
            del parent[0]


def entity_text(node: Element) -> str:
    """What an entity reference stands for: ``&alpha;`` is known to all, others are left as they are written."""
    return html5.get(f"{node.name};", str(node.text))
