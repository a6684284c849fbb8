"""An article's tree as blocks of text: sections, paragraphs, lists, tables, captions, notes. Knows no licence.

What it leaves out, it names: pictures, references to the literature and their list, acknowledgements, authors' notes,
and what identifies things to machines. All other text is kept, also of elements that it does not know.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from medgo.corpus.inline import mathml, superscript, tex
from medgo.corpus.jats.citations import BEGIN, marked, only_citations, without_citations
from medgo.corpus.jats.tables import table_rows
from medgo.corpus.typesetting import Block, Kind, lowered
from medgo.corpus.xml import Element, entity_text, local_name

# No article is nested as deep; what is, is read as one line.
MAX_DEPTH = 100
LEFT_OUT = {
    "ref-list": "reference list", "ref": "reference list", "element-citation": "reference list",
    "ack": "acknowledgements", "bio": "biography", "contrib-group": "authors", "aff": "authors",
    "author-notes": "authors", "permissions": "permissions", "alt-text": "picture", "long-desc": "picture",
    "object-id": "identifier", "article-id": "identifier", "sec-meta": "metadata", "custom-meta-group": "metadata",
    "custom-meta": "metadata", "index-term": "metadata", "processing-meta": "metadata", "kwd-group": "metadata",
    "journal-meta": "metadata", "article-meta": "metadata", "front": "metadata", "front-stub": "metadata",
    "counts": "metadata",
}  # fmt: skip
_PICTURES = frozenset(("graphic", "media", "inline-graphic", "inline-media"))
# Notes on authors, not on what they say.
_AUTHORS_NOTES = frozenset({
    "conflict", "coi-statement", "con", "corresp", "equal", "current-aff", "present-address", "financial-disclosure",
    "supported-by", "deceased", "presented-at", "presented-by", "participating-researchers",
})  # fmt: skip
# These end a line wherever they stand; what is not named ends one only outside of a paragraph.
_BLOCKS = frozenset({
    "p", "sec", "title", "subtitle", "list", "list-item", "def-list", "def-item", "disp-quote", "boxed-text", "fig",
    "fig-group", "table-wrap", "table", "table-wrap-group", "table-wrap-foot", "caption", "disp-formula",
    "disp-formula-group", "statement", "verse-group", "verse-line", "speech", "preformat", "code",
    "supplementary-material", "fn-group", "fn", "app", "app-group", "glossary", "notes", "abstract", "trans-abstract",
    "body", "back", "floats-group", "chem-struct-wrap", "question", "answer", "question-wrap", "explanation", "array",
    "block-alternatives", "attrib", "label", "textual-form",
})  # fmt: skip
_LINES = frozenset(("p", "title", "subtitle", "attrib", "verse-line", "term", "speaker", "preformat", "code"))
_HEADED = frozenset({
    "sec", "abstract", "trans-abstract", "app", "glossary", "notes", "boxed-text", "fn-group", "app-group",
})  # fmt: skip
_CHOICE = ("tex-math", "math", "table", "textual-form", "preformat", "code", "p")


class Flow:
    """Collects the text of elements.

    Args:
        level: Level of the headings of the outermost sections; the title's is 1.
    """

    def __init__(self, level: int = 2) -> None:
        self.blocks: list[Block] = []
        self.counts: Counter[str] = Counter()
        """What was done and left out, by name."""
        self._level = level
        self._parts: list[str] = []
        self._kind: Kind = "paragraph"
        self._label = ""
        self._inline = 0
        self._in_line = 0
        self._notes: list[Element] = []
        self._depth = 0

    def take(self, element: Element) -> None:
        """Add an element with all it holds."""
        self._element(element)
        self._flush(last=True)

    def line(self, element: Element) -> str:
        """An element as one line, without references."""
        return self._finished(self._gathered(element))

    def _element(self, element: Element) -> None:
        self._depth += 1
        name = local_name(element)
        if not name:
            self._parts.append(entity_text(element))
        elif self._depth > MAX_DEPTH:
            self._parts.append(" ".join(element.itertext()))
        elif name in LEFT_OUT:
            self.counts[f"left out: {LEFT_OUT[name]}"] += 1
        elif (handler := _HANDLERS.get(name)) is not None:
            handler(self, element)
        elif name in _BLOCKS or not self._in_line:
            self._block(element)
        else:
            self._content(element)
        self._depth -= 1

    def _content(self, element: Element) -> None:
        if element.text:
            self._parts.append(element.text)
        for child in element:
            self._element(child)
            if child.tail:
                self._parts.append(child.tail)

    def _block(self, element: Element) -> None:
        self._flush()
        line = local_name(element) in _LINES
        self._in_line += line
        self._content(element)
        self._in_line -= line
        self._flush(last=not line)
        if not self._in_line:
            self._put_notes()

    def _flush(self, *, last: bool = False) -> None:
        """End the line that was begun. A label waits for the text that it stands before, unless this was the last."""
        if self._inline:
            self._parts.append(" ")
            return
        text = self._finished("".join(self._parts))
        self._parts.clear()
        if self._label and (text or last):
            text = f"{self._label} {text}".strip()
            self._label = ""
        if text:
            self.blocks.append(Block(self._kind, text))

    def _finished(self, text: str) -> str:
        line = " ".join(text.split())
        if BEGIN in line:
            self.counts["reference in the text"] += line.count(BEGIN)
            line = " ".join(without_citations(line).split())
        return line

    def _gathered(self, element: Element) -> str:
        """What an element holds, as one line of its own."""
        if not len(element):
            return element.text or ""
        outer, self._parts = self._parts, []
        self._inline += 1
        self._in_line += 1
        self._content(element)
        self._in_line -= 1
        self._inline -= 1
        text = "".join(self._parts)
        self._parts = outer
        return text

    def _set_label(self, text: str) -> None:
        if self._inline:
            self._parts.append(f"{text} ")
        else:
            self._label = text

    def _put_notes(self) -> None:
        while self._notes and not self._inline:
            notes, self._notes = self._notes, []
            for note in notes:
                self._block(note)

    # How elements are taken that are not just text.

    def _headed(self, element: Element) -> None:
        self._level += 1
        self._block(element)
        self._level -= 1

    def _title(self, element: Element) -> None:
        parent = element.getparent()
        if self._inline or parent is None or local_name(parent) not in _HEADED:
            self._block(element)
            return
        self._flush()
        text = self.line(element)
        if self._label:
            text, self._label = f"{self._label} {text}".strip(), ""
        if text:
            self.blocks.append(Block("heading", text, self._level - 1))

    def _take_label(self, element: Element) -> None:
        self._flush(last=True)
        self._set_label(self.line(element))

    def _cite(self, element: Element) -> None:
        text = self._gathered(element)
        kind = element.get("ref-type", "")
        self._parts.append(marked(text) if kind in ("bibr", "ref") and text.strip() else text)

    def _sup(self, element: Element) -> None:
        text = self._gathered(element)
        if only_citations(text):
            self._parts.append(marked(text))
        else:
            self._parts.append(text if BEGIN in text else superscript(text))

    def _sub(self, element: Element) -> None:
        text = self._gathered(element)
        self._parts.append(text if BEGIN in text else lowered(text))

    def _tex(self, element: Element) -> None:
        self.counts["formula"] += 1
        self._parts.append(tex("".join(element.itertext())))

    def _math(self, element: Element) -> None:
        parent = element.getparent()
        if parent is not None and any(local_name(one) == "tex-math" for one in parent):
            return
        self.counts["formula"] += 1
        self._parts.append(mathml(element))

    def _formula(self, element: Element) -> None:
        """On a line of its own, its number behind it, as it is printed."""
        self._flush()
        labels = [one for one in element if local_name(one) == "label"]
        number = " ".join(self.line(one) for one in labels)
        for one in labels:
            one.text = None
            one[:] = []
        text = self._finished(self._gathered(element))
        if text:
            self._parts.append(f"{text} {number}")
        else:
            self.counts["left out: formula that is only a picture"] += 1
        self._flush(last=True)

    def _alternatives(self, element: Element) -> None:
        names = [local_name(child) for child in element]
        best = next((names.index(name) for name in _CHOICE if name in names), 0)
        for child in list(element)[best : best + 1]:
            self._element(child)

    def _list(self, element: Element) -> None:
        outer, number = self._kind, 0
        self._flush()
        for child in element:
            if local_name(child) == "list-item":
                number += 1
                self._flush(last=True)
                self._kind = "item"
                ordered = element.get("list-type", "").startswith("order")
                if ordered and all(local_name(one) != "label" for one in child):
                    self._set_label(f"{number}.")
                self._block(child)
                self._kind = outer
            else:
                self._element(child)
        self._flush(last=True)

    def _definition(self, element: Element) -> None:
        self._flush()
        outer, self._kind = self._kind, "item"
        terms = [self._gathered(one).strip() for one in element if local_name(one) == "term"]
        others = [self._gathered(one).strip() for one in element if local_name(one) not in ("term", "")]
        self._parts.append(": ".join(filter(None, (", ".join(terms), " ".join(others)))))
        self._flush(last=True)
        self._kind = outer

    def _speech(self, element: Element) -> None:
        self._flush()
        self._set_label("".join(f"{self.line(one)}:" for one in element if local_name(one) == "speaker"))
        for child in element:
            if local_name(child) != "speaker":
                self._element(child)
        self._flush(last=True)

    def _table(self, element: Element) -> None:
        for child in element:
            if local_name(child) == "caption":
                self._block(child)
        self._flush(last=True)
        rows = list(table_rows(element, lambda cell: self._finished(self._gathered(cell))))
        self.counts["table"] += 1
        if self._inline:
            self._parts.append("; ".join(rows))
            return
        self.blocks.extend(Block("row", row) for row in rows)

    def _table_wrap(self, element: Element) -> None:
        if not any(local_name(one) in ("table", "tgroup", "list", "p") for one in element.iter()):
            self.counts["left out: table that is only a picture"] += 1
        self._block(element)

    def _picture(self, element: Element) -> None:
        self.counts["left out: picture"] += 1
        for child in element:
            if local_name(child) in ("label", "caption"):
                self._element(child)

    def _note(self, element: Element) -> None:
        parent = element.getparent()
        if element.get("fn-type", "").lower() in _AUTHORS_NOTES:
            self.counts["left out: authors"] += 1
        elif self._in_line and parent is not None and not self._inline:
            self._notes.append(element)
        else:
            self._block(element)

    def _verbatim(self, element: Element) -> None:
        if self._inline:
            self._content(element)
            return
        self._flush(last=True)
        lines = [line.rstrip() for line in self._gathered(element).splitlines()]
        if any(lines):
            self.blocks.append(Block(self._kind, without_citations("\n".join(lines).strip("\n"))))

    def _break(self, _: Element) -> None:
        self._parts.append(" ")


_HANDLERS: dict[str, Callable[[Flow, Element], None]] = {
    **dict.fromkeys(_HEADED, Flow._headed),
    **dict.fromkeys(_PICTURES, Flow._picture),
    "title": Flow._title,
    "label": Flow._take_label,
    "xref": Flow._cite,
    "sup": Flow._sup,
    "sub": Flow._sub,
    "tex-math": Flow._tex,
    "math": Flow._math,
    "disp-formula": Flow._formula,
    "alternatives": Flow._alternatives,
    "list": Flow._list,
    "def-item": Flow._definition,
    "speech": Flow._speech,
    "table": Flow._table,
    "tgroup": Flow._table,
    "table-wrap": Flow._table_wrap,
    "fn": Flow._note,
    "preformat": Flow._verbatim,
    "code": Flow._verbatim,
    "break": Flow._break,
    "hr": Flow._break,
}
