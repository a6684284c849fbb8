"""A page as a light tree of tags and texts, whoever parsed it. Knows no meaning of a tag."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from medgo.corpus.xml import entity_text
from medgo.errors import EngineUnavailableError, InputError

# Deeper tags are hung on the last one allowed: a page of 100,000 open tags must not exhaust the stack.
MAX_DEPTH = 150
_HINT = "pip install 'medgo[corpus]'"
# The parser's time grows with the square of these; no page that people wrote comes near.
_MOST_OPEN, _MOST_ATTRIBUTES, _LONG_TAG = 4_000, 2_000, 16_000
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*)([^>]*)>?")
# Tags that close by themselves, or that need not be closed.
_LOOSE = frozenset({
    "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "br", "hr", "img", "input",
    "meta", "link", "col", "area", "base", "wbr", "source",
})  # fmt: skip


@dataclass(slots=True, eq=False)
class Tag:
    """One element.

    Args:
        name: In small letters, without a namespace.
        attributes: Names in small letters; one without a value has an empty one.
        children: Elements and texts in order.
    """

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Child] = field(default_factory=list)

    def elements(self) -> Iterator[Tag]:
        """All elements below, in document order, without this one."""
        ahead = self.children[::-1]
        while ahead:
            child = ahead.pop()
            if isinstance(child, Tag):
                yield child
                ahead.extend(child.children[::-1])

    def text(self) -> str:
        """All text below, as it stands."""
        parts: list[str] = []
        self._collect(parts)
        return "".join(parts)

    def get(self, name: str) -> str:
        """An attribute; empty where there is none."""
        return self.attributes.get(name, "")

    def _collect(self, parts: list[str]) -> None:
        for child in self.children:
            if isinstance(child, str):
                parts.append(child)
            else:
                child._collect(parts)


Child: TypeAlias = Tag | str


def parse_html(text: str) -> Tag:
    """Parse a page as browsers do; nothing is too broken. Comments are left out.

    Raises:
        InputError: It nests thousands of tags, or has thousands of attributes in one, as only an attack does.
        EngineUnavailableError: selectolax is not installed.
    """
    _refuse_attacks(text)
    try:
        from selectolax.lexbor import LexborHTMLParser
    except ImportError as error:
        raise EngineUnavailableError("HTML needs selectolax", hint=_HINT) from error
    root = LexborHTMLParser(text).root
    return Tag("html") if root is None else _from_lexbor(root)


def _refuse_attacks(text: str) -> None:
    still_open = 0
    for match in _TAG.finditer(text):
        if match[2].lower() not in _LOOSE and not match[3].endswith("/"):
            still_open = max(0, still_open - 1) if match[1] else still_open + 1
        if still_open > _MOST_OPEN or (len(match[3]) > _LONG_TAG and len(match[3].split()) > _MOST_ATTRIBUTES):
            raise InputError("the page nests thousands of tags or attributes, as no page for people does")


def from_lxml(element: Any) -> Tag:
    """The same tree from an ``lxml`` element (XHTML) that was parsed without comments and processing instructions."""
    root = Tag(_local(element), _attributes(element))
    ways: list[tuple[Any, Tag, int]] = [(element, root, 1)]
    while ways:
        here, tag, depth = ways.pop()
        if here.text:
            tag.children.append(here.text)
        below: list[tuple[Any, Tag, int]] = []
        for child in here:
            if isinstance(child.tag, str):
                one = Tag(_local(child), _attributes(child))
                tag.children.append(one)
                below.append((child, one, depth + 1))
            else:
                tag.children.append(entity_text(child))
            if child.tail:
                tag.children.append(child.tail)
        if depth >= MAX_DEPTH:
            _as_text(below)
        else:
            ways.extend(below)
    return root


def _as_text(below: list[tuple[Any, Tag, int]]) -> None:
    """At the deepest level an element keeps its words only."""
    for element, tag, _ in below:
        tag.children.append(" ".join(str(text) for text in element.itertext()))


def _from_lexbor(node: Any) -> Tag:
    root = Tag(node.tag or "html", _lexbor_attributes(node))
    here, tags = node.first_child, [root]
    # A walk by hand, down, along and up: the library's own recursion would end on deep pages.
    level, node_path = 1, [node]
    while True:
        if here is None:
            node = node_path.pop()
            level -= 1
            if level < MAX_DEPTH and len(tags) > 1:
                tags.pop()
            if not node_path:
                return root
            here = node.next
            continue
        if here.is_text_node:
            tags[-1].children.append(here.text_content or "")
        elif here.is_element_node:
            tag = Tag(here.tag, _lexbor_attributes(here))
            tags[-1].children.append(tag)
            if here.first_child is not None:
                node_path.append(here)
                if level < MAX_DEPTH:
                    tags.append(tag)
                level += 1
                here = here.first_child
                continue
        here = here.next


def _lexbor_attributes(node: Any) -> dict[str, str]:
    return {name.lower(): value or "" for name, value in node.attributes.items()}


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2].lower()


def _attributes(element: Any) -> dict[str, str]:
    """``epub:type`` and ``xml:lang`` keep their last part only."""
    return {str(name).rpartition("}")[2].lower(): str(value) for name, value in element.attrib.items()}
