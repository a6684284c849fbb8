"""XML without its dangers, and the narrative in a tree of tags as one text. Knows no standard of records."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

from medgo.deid.formats.decoding import decode_named, decode_text
from medgo.deid.formats.joined import Joined
from medgo.deid.formats.protocol import HeldBackError, Part
from medgo.deid.formats.values import picture_part
from medgo.deid.replacing.protocol import Replaced
from medgo.errors import EngineUnavailableError

# ``lxml.etree._Element``; the library comes without types.
Element: TypeAlias = Any

# Tags in the middle of a sentence; before and after all others a line ends.
_INLINE = frozenset({
    "a", "abbr", "b", "bold", "big", "cite", "code", "content", "em", "font", "i", "italics", "linkHtml", "q",
    "small", "span", "strong", "sub", "sup", "tt", "u",
})  # fmt: skip
_CELLS = frozenset(("td", "th"))
# What a div may keep: the rest may hold texts (title, alt) and addresses (href, src).
_ATTRIBUTES = frozenset(
    ("class", "style", "colspan", "rowspan", "border", "align", "lang", "{http://www.w3.org/XML/1998/namespace}lang")
)
# Behind a prolog; each step is taken once, so that nothing is tried twice.
_DOCTYPE = re.compile(r"\ufeff?(?>\s|<\?(?>(?s:.*?)\?>)|<!--(?>(?s:.*?)-->))*+<!DOCTYPE")
_DECLARED = re.compile(rb"(?:\xef\xbb\xbf)?<\?xml[^>]{0,100}?\sencoding\s?=\s?[\"']([A-Za-z][\w.-]{0,40})[\"']")
# No record is; the walks over it call themselves.
_DEPTH = 200
_PICTURES = frozenset(("img", "image", "object", "embed", "iframe", "video", "audio", "source"))
_SOURCES = frozenset(("src", "href", "data", "srcset"))


def etree() -> Any:
    """``lxml.etree``.

    Raises:
        EngineUnavailableError: It is not installed.
    """
    try:
        from lxml import etree as library  # type: ignore[import-untyped]
    except ImportError as error:
        raise EngineUnavailableError("XML needs lxml", hint="pip install 'medgo[knowledge]'") from error
    return library


def parse_xml(data: bytes, where: str) -> Element:
    """Parse XML that defines no entities and reads nothing from elsewhere.

    Returns:
        The root. Comments are left out: no reader of the record shows them, and anything may stand in them.

    Raises:
        HeldBackError: It is not well formed, has a document type, is nested too deeply, or is not in its encoding.
    """
    library = etree()
    text, _ = xml_text(data, where)
    # Before the parser sees it: entities grow while they are read.
    if _DOCTYPE.match(text):
        raise HeldBackError("malformed", f"{where} has a document type, which records do not")
    parser = library.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = library.fromstring(text.encode(), parser)
    except (library.XMLSyntaxError, ValueError) as error:
        raise HeldBackError("malformed", f"{where} is no well-formed XML") from error
    if root.getroottree().docinfo.doctype:
        raise HeldBackError("malformed", f"{where} has a document type, which records do not")
    if _depth(root) > _DEPTH:
        raise HeldBackError("malformed", f"{where} is nested more than {_DEPTH} levels deep")
    return root


def xml_text(data: bytes, where: str) -> tuple[str, str]:
    """The text of an XML document and the encoding it is in: as it declares, where the bytes do not contradict it.

    Raises:
        HeldBackError: It is not in that encoding, or it is none that is read.
    """
    declared = _DECLARED.match(data)
    return decode_named(data, declared[1].decode(), where) if declared is not None else decode_text(data, where)


def _depth(root: Element) -> int:
    deepest, depth = 0, 0
    for event, _ in etree().iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest


def local_name(element: Element) -> str:
    """The tag without its namespace."""
    return str(element.tag).rpartition("}")[2]


def narrative(root: Element, name: str) -> Part | None:
    """All text below an element as one part; None where there is none."""
    stretches: list[str] = []
    gaps: list[str] = []
    puts: list[Callable[[str], None]] = []
    gap = ""

    def take(text: str | None, put: Callable[[str], None]) -> None:
        nonlocal gap
        if text:
            if stretches:
                gaps.append(gap)
            stretches.append(text)
            puts.append(put)
            gap = ""

    def walk(element: Element) -> None:
        nonlocal gap
        breaks = isinstance(element.tag, str) and local_name(element) not in _INLINE
        between = "\t" if breaks and local_name(element) in _CELLS else "\n"
        gap = (gap or between) if breaks else gap
        if isinstance(element.tag, str):
            take(element.text, partial(setattr, element, "text"))
            for child in element:
                walk(child)
                take(child.tail, partial(setattr, child, "tail"))
        gap = (gap or between) if breaks else gap

    walk(root)
    if not any(stretch.strip() for stretch in stretches):
        return None
    joined = Joined.of(stretches, gaps)
    return Part(joined.text, joined.putter(puts), None, name)


def html_parts(text: str, put: Callable[[str], None], name: str, where: str) -> list[Part]:
    """The narrative of an XHTML division, and a part for each picture in it.

    Args:
        text: The markup; HTML that is not XML is mended.
        put: Takes the new markup, at once what is left of it without pictures, links and comments.
        name: Of the parts.
        where: How to call the record in messages.

    Raises:
        HeldBackError: Nothing can be made of it.
    """
    root = _parsed(text, where)
    pictures = [picture_part(name, is_there=there) for there in _bared(root)]
    put(_written(root))
    part = narrative(root, name)
    if part is None:
        return pictures
    fill = part.put

    def put_markup(new: Replaced) -> None:
        fill(new)
        put(_written(root))

    return [Part(part.text, put_markup, None, name), *pictures]


def _parsed(text: str, where: str) -> Element:
    library = etree()
    try:
        return parse_xml(text.encode(), where)
    except HeldBackError:
        from lxml import html

        try:
            return html.fragment_fromstring(text, create_parent="div")
        except (library.ParserError, library.XMLSyntaxError, ValueError) as error:
            raise HeldBackError("malformed", f"{where} holds a narrative that is no XHTML") from error


def _bared(root: Element) -> list[bool]:
    """Leave out attributes that hold texts and addresses, and comments.

    Returns:
        For each place of a picture, whether there was one.
    """
    pictures = []
    for element in root.iter():
        if not isinstance(element.tag, str):
            element.text = ""  # of a comment or a processing instruction, which stands where it stood
            continue
        if local_name(element) in _PICTURES:
            pictures.append(any(local in _SOURCES for local in map(_bare, element.attrib)))
        for attribute in [one for one in element.attrib if one not in _ATTRIBUTES]:
            del element.attrib[attribute]
    return pictures


def _bare(attribute: str) -> str:
    return attribute.rpartition("}")[2]


def _written(root: Element) -> str:
    return str(etree().tostring(root, encoding="unicode", with_tail=False))
