"""Narratives, pages and attachments of records as plain text. Knows no standard of records beyond CDA's tags."""

from __future__ import annotations

import base64
import binascii
import html
from collections.abc import Mapping

from medgo.corpus.html.rendering import blocks_of
from medgo.corpus.html.tree import Tag, from_lxml, parse_html
from medgo.corpus.typesetting import joined
from medgo.corpus.xml import Element, local_name
from medgo.errors import InputError
from medgo.text.decoding import decode_text

# Tags of CDA's narrative block → those of pages.
_TAGS: Mapping[str, str] = {
    "paragraph": "p", "list": "ul", "item": "li", "content": "span", "linkhtml": "a", "footnote": "p",
    "footnoteref": "sup", "text": "div",
}  # fmt: skip
_TEXTS = frozenset(("text/plain", "text/html", "text/xml", "application/xml", "application/xhtml+xml", "text/csv"))
_MARKED_UP = frozenset(("text/html", "application/xhtml+xml", "text/xml", "application/xml"))
_HTML = b"<html", b"<!doctype html", b"<div", b"<p", b"<body"


def narrative(text: Element) -> str:
    """CDA's ``<text>``: paragraphs, items with ``-``, rows with ``|``, footnotes where they stand."""
    root = from_lxml(text)
    for tag in (root, *root.elements()):
        tag.name = _TAGS.get(tag.name, tag.name)
        if tag.name == "sup" and "idref" in tag.attributes:
            tag.name = "span"  # a footnote's mark: its text stands elsewhere in the narrative
        if tag.attributes.get("revised") == "delete":
            tag.name = "del"
    return _text(root)


def page(text: str) -> str:
    """The text of HTML or XHTML.

    Raises:
        InputError: It is an attack, and no page.
    """
    return _text(parse_html(text))


def attachment(data: str, kind: str, where: str) -> str | None:
    """The text of base64 that stands in a record; None for anything but a text.

    Args:
        data: Base64, with or without breaks.
        kind: Media type.
        where: How to call it in messages.

    Raises:
        InputError: It is no base64, or says that it is a text and is none.
    """
    kind = kind.partition(";")[0].strip().lower()
    if kind not in _TEXTS:
        return None
    try:
        raw = base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError(f"{where} is no base64") from error
    text, _ = decode_text(raw, where)
    if kind in _MARKED_UP or raw[:256].lstrip().lower().startswith(_HTML):
        return page(text)
    return lines(text)


def lines(text: str) -> str:
    """Text with line ends of one kind and none at its sides."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def plain(text: str) -> str:
    """One line, entities spelt out: for names and displays."""
    return " ".join(html.unescape(text).split()) if "&" in text else " ".join(text.split())


def direct_text(element: Element) -> str:
    """All text below an element, its spaces as they are on a page."""
    return " ".join(" ".join(str(text) for text in element.itertext()).split())


def is_inside(element: Element, name: str) -> bool:
    """Whether an element stands below another of that name."""
    return any(local_name(outer) == name for outer in element.iterancestors())


def _text(root: Tag) -> str:
    return joined(one.block for one in blocks_of(root))
