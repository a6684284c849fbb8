"""A tree of tags as blocks of text: headings, paragraphs, items, rows. Knows no site, and keeps all it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from medgo.corpus.html.tree import Child, Tag
from medgo.corpus.typesetting import Block, Kind, lowered, plain_line, raised

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dialog", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup", "hr", "html", "legend", "main",
    "menu", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul", "li",
    "caption",
})  # fmt: skip
# Nothing in these is read by people: they are programs, styles, pictures and controls.
SILENT = frozenset({
    "script", "style", "noscript", "template", "svg", "canvas", "audio", "video", "iframe", "object", "embed",
    "button", "input", "select", "textarea", "option", "head", "link", "meta", "map", "area", "datalist",
    "progress", "meter",
})  # fmt: skip
# Text that its author took back.
_STRUCK = frozenset(("del", "s", "strike"))
_NESTING_TABLES = frozenset(("table", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "p", "div"))
_MOST_ROWS_DOWN = 500
_BEFORE = 12


@dataclass(frozen=True, slots=True)
class LinkedBlock:
    """A block, and how much of it is links.

    Args:
        block: The block.
        linked: Characters of it inside links, of those that are no spaces.
        links: Links in it.
    """

    block: Block
    linked: int
    links: int

    @property
    def link_density(self) -> float:
        """Share of its characters that are links."""
        return min(1.0, self.linked / max(1, _printed(self.block.text)))


def blocks_of(tag: Tag, skip: Callable[[Tag], bool] = lambda _: False) -> list[LinkedBlock]:
    """The blocks below a tag, in order.

    Args:
        tag: Where to begin.
        skip: Elements to leave out with all they hold.
    """
    rendering = _Rendering(skip)
    rendering.children(tag)
    rendering.flush()
    return rendering.blocks


class _Rendering:
    def __init__(self, skip: Callable[[Tag], bool]) -> None:
        self.blocks: list[LinkedBlock] = []
        self._skip = skip
        self._parts: list[str] = []
        self._kind: Kind = "paragraph"
        self._level = 0
        self._lists = 0
        self._linked = 0
        self._links = 0
        self._in_link = False
        self._verbatim = False

    def children(self, tag: Tag) -> None:
        for child in tag.children:
            self._child(child)

    def _child(self, child: Child) -> None:
        if isinstance(child, str):
            self._text(child)
        elif child.name not in SILENT and child.name not in _STRUCK and not self._skip(child):
            self._element(child)

    def _text(self, text: str) -> None:
        self._parts.append(text if self._verbatim else text.replace("\n", " "))
        if self._in_link:
            self._linked += _printed(text)

    def _element(self, tag: Tag) -> None:
        name = tag.name
        if name == "table" and _is_data(tag):
            self._table(tag)
        elif name in _HEADINGS:
            self._as("heading", _HEADINGS[name], tag)
        elif name == "li":
            self._as("item", self._lists, tag)
        elif name in ("ul", "ol", "menu"):
            self._list(tag)
        elif name == "pre":
            self._pre(tag)
        elif name in _BLOCKS or name in ("td", "th"):
            self._block(tag)
        else:
            self._inline(tag)

    def _inline(self, tag: Tag) -> None:
        if tag.name == "br":
            self._parts.append("\n")
        elif tag.name in ("sup", "sub"):
            inner = inline_text(tag, self._skip)
            before = "".join(self._parts[-3:])[-_BEFORE:]
            # What is raised and leads somewhere is a reference, whatever it follows.
            if tag.name == "sup" and inner and any(one.get("href") for one in tag.elements()):
                self._text(inner if inner.startswith("[") else f"[{inner}]")
            else:
                self._text(raised(inner, before) if tag.name == "sup" else lowered(inner))
        elif tag.name == "math":
            self._text(f" {tag.get('alttext') or ' '.join(tag.text().split())} ")
        elif tag.name in ("rt", "rp"):  # how a character is pronounced
            return
        elif tag.name == "q":
            self._parts.append("“")
            self.children(tag)
            self._parts.append("”")
        elif tag.name == "a" and tag.get("href"):
            outside, self._in_link = self._in_link, True
            self._links += 1
            self.children(tag)
            self._in_link = outside
        else:
            self.children(tag)

    def _block(self, tag: Tag) -> None:
        """A block inside an item goes on with the item only before its first words."""
        kind, level = self._kind, self._level
        if self._kind != "item" or self._has_text():
            self.flush()
            self._kind, self._level = "paragraph", 0
        self.children(tag)
        self.flush()
        self._kind, self._level = ("paragraph", 0) if kind == "item" else (kind, level)

    def _as(self, kind: Kind, level: int, tag: Tag) -> None:
        self.flush()
        outer = self._kind, self._level
        self._kind, self._level = kind, level
        self.children(tag)
        self.flush()
        self._kind, self._level = ("paragraph", 0) if outer[0] == "item" else outer

    def _list(self, tag: Tag) -> None:
        self.flush()
        self._lists += 1
        self.children(tag)
        self.flush()
        self._lists -= 1

    def _pre(self, tag: Tag) -> None:
        self.flush()
        self._verbatim = True
        self.children(tag)
        self._verbatim = False
        self.flush()

    def _table(self, tag: Tag) -> None:
        self.flush()
        for caption in (one for one in tag.children if isinstance(one, Tag) and one.name == "caption"):
            self._block(caption)
        for cells, linked, links in _rows(tag, self._skip):
            if any(cells):
                self.blocks.append(LinkedBlock(Block("row", " | ".join(cells)), linked, links))

    def _has_text(self) -> bool:
        return any(part.strip() for part in self._parts)

    def flush(self) -> None:
        """End the block."""
        text = "\n".join(filter(None, (plain_line(line) for line in "".join(self._parts).split("\n"))))
        if text:
            text = text.replace("\n", " ") if self._kind == "heading" else text
            self.blocks.append(LinkedBlock(Block(self._kind, text, self._level), self._linked, self._links))
        self._parts, self._linked, self._links = [], 0, 0


def inline_text(tag: Tag, skip: Callable[[Tag], bool]) -> str:
    """The text of a tag as one line."""
    return " ".join(one.block.text.replace("\n", " ") for one in blocks_of(replace(tag, name="span"), skip))


def _printed(text: str) -> int:
    """Characters that are no spaces."""
    return sum(map(len, text.split()))


def _is_data(table: Tag) -> bool:
    """Whether a table holds data: two rows of two cells; one that lays out a page holds headings or other tables."""
    wide = 0
    for row in _own_rows(table):
        cells = _cells(row)
        wide += len(cells) >= 2
        for cell in cells:
            inner = [one.name for one in cell.elements()]
            if "table" in inner or sum(name in _NESTING_TABLES for name in inner) > 12:
                return False
    return wide >= 2 or (wide == 1 and len(_own_rows(table)) > 1)


def _own_rows(table: Tag) -> list[Tag]:
    rows: list[Tag] = []
    for child in table.children:
        if isinstance(child, Tag) and child.name == "tr":
            rows.append(child)
        elif isinstance(child, Tag) and child.name in ("thead", "tbody", "tfoot"):
            rows.extend(one for one in child.children if isinstance(one, Tag) and one.name == "tr")
    return rows


def _cells(row: Tag) -> list[Tag]:
    return [one for one in row.children if isinstance(one, Tag) and one.name in ("td", "th")]


def _rows(table: Tag, skip: Callable[[Tag], bool]) -> Iterable[tuple[list[str], int, int]]:
    """Rows as texts of cells, with what of them is links; a cell over several rows stands in each."""
    reaching: dict[int, tuple[int, str]] = {}
    for row in _own_rows(table):
        if skip(row):
            continue
        cells: list[str] = []
        linked = links = 0
        for cell in _cells(row):
            _fill(cells, reaching)
            blocks = blocks_of(cell, skip)
            text = " ".join(one.block.text.replace("\n", " ") for one in blocks)
            linked += sum(one.linked for one in blocks)
            links += sum(one.links for one in blocks)
            if (down := _span(cell)) > 1:
                reaching[len(cells)] = (down - 1, text)
            cells.append(text)
        _fill(cells, reaching)
        yield cells, linked, links


def _fill(cells: list[str], reaching: dict[int, tuple[int, str]]) -> None:
    while len(cells) in reaching:
        left, text = reaching.pop(len(cells))
        if left > 1:
            reaching[len(cells)] = (left - 1, text)
        cells.append(text)


def _span(cell: Tag) -> int:
    value = cell.get("rowspan").strip()
    return min(int(value), _MOST_ROWS_DOWN) if value.isascii() and value.isdigit() else 1
