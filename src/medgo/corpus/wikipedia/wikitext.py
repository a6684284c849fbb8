"""Wikitext as blocks of plain text, in time linear in its length whatever is nested or left open. Knows no dump.

One pass over the marks with a stack of what is open: a template, a link, a table, a choice of variants. What is closed
is rendered into what holds it; what is never closed stays as the words that it holds.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from medgo.corpus.typesetting import Block, lowered, plain_line, raised
from medgo.corpus.wikipedia.templates import said_by
from medgo.corpus.wikipedia.variants import chosen_variant

# Deeper marks are taken as text: what is rendered is copied once for each level.
_MAX_DEPTH = 40
_MARK = re.compile(
    r"<!--|<(?P<tag>/?(?:ref|references|gallery|timeline|score|imagemap|graph|mapframe|maplink|templatestyles|style|"
    r"syntaxhighlight|source|hiero|nowiki|math|chem|ce|pre|section|indicator|inputbox|categorytree))\b(?P<rest>[^<>]{0,1000})>"
    r"|\{\{|\}\}|\[\[|\]\]|^[ :*#]{0,20}\{\||^[ \t]*\|\}(?!\})|-\{|\}-|\|",
    re.IGNORECASE | re.MULTILINE,
)
_KEPT_TAGS = frozenset(("nowiki", "math", "chem", "ce", "pre"))
_CLOSERS = {"}}": "{{", "]]": "[[", "|}": "{|", "}-": "-{"}
_LANGUAGE = re.compile(
    r":?(?:[a-z]{2,3}|simple|zh-[a-z-]+|be-x-old|map-bms|nds-nl|roa-rup|commons|wikt|wikisource|wikiquote|wikispecies|species|d|s|q|b|v|voy|wikidata|meta|m|mw)\s*:"
)
_FILE = re.compile(r":?(?:file|image|media|文件|檔案|档案|圖像|图像|圖片|图片)\s*[:：]", re.IGNORECASE)
_CATEGORY = re.compile(r"(?:category|分类|分類)\s*[:：]\s*", re.IGNORECASE)
_PROJECT = re.compile(
    r":?(?:wikipedia|wp|template|help|portal|user|special|talk|module|draft|维基百科|維基百科|模板|主题|主題)\s*[:：]",
    re.IGNORECASE,
)
_EXTERNAL = re.compile(
    r"\[(?:https?:|ftp:|mailto:)?//[^\s\]\[<>\"]{1,2000}+(?:[ \t]++([^\]\[\n]{0,1000}+))?\]"
    r"|\[(?:https?:|mailto:)[^\s\]\[]{1,2000}+(?:[ \t]++([^\]\[\n]{0,1000}+))?\]"
)
_RAISED = re.compile(r"<(sup|sub)\b[^<>]{0,200}>([^<>\n]{0,200})</\1\s*>", re.IGNORECASE)
_BREAK = re.compile(
    r"<(?:br|hr)\b[^<>]{0,100}>|</?(?:p|div|li|tr|blockquote|center|dd|dt|ul|ol|dl)\b[^<>]{0,1000}>", re.IGNORECASE
)
_TAG = re.compile(r"</?[a-zA-Z][^<>\n]{0,1000}>")
_QUOTES = re.compile(r"'{2,}")
_MAGIC = re.compile(r"__[A-Z]{3,25}__")
_HEADING = re.compile(r"(={1,6})(?!=)(.{1,300}?)(?<!=)(={1,6})\s*\Z")
_LIST = re.compile(r"([*#;:]+)\s*")
_ATTRIBUTES = re.compile(r"\s*+(?:[\w:-]++\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s\"'|]++)\s*+)++\Z")
_LAYOUT_TABLE = re.compile(
    r"infobox|navbox|metadata|ambox|sidebar|toccolours|vertical-navbox|display\s*:\s*none", re.IGNORECASE
)
_END_SECTIONS = frozenset({
    "references", "notes", "see also", "external links", "further reading", "bibliography", "sources", "footnotes",
    "notes and references", "citations", "works cited", "gallery", "explanatory notes", "general references",
    "references and notes", "参考文献", "参考资料", "參考文獻", "參考資料", "参考", "參考", "外部链接", "外部連結",
    "参见", "參見", "參看", "参看", "延伸阅读", "延伸閱讀", "注释", "註釋", "注解", "註解", "脚注", "腳註",
    "相关条目", "相關條目", "资料来源", "資料來源", "来源", "來源", "引用", "备注", "備註", "扩展阅读", "外部鏈接",
    "外部链结", "参考来源", "參考來源", "相关链接", "书目", "書目", "图库", "圖庫", "画廊",
})  # fmt: skip


@dataclass(slots=True)
class _Frame:
    """Something open: its mark, and its parts between bars."""

    mark: str
    parts: list[list[str]] = field(default_factory=lambda: [[]])

    def add(self, text: str) -> None:
        self.parts[-1].append(text)

    def texts(self) -> list[str]:
        return ["".join(part) for part in self.parts]


@dataclass(slots=True)
class Article:
    """A page's text and what it was marked with.

    Args:
        blocks: Headings, paragraphs, items and rows.
        templates: Names of its templates, in small letters.
        categories: Names of its categories.
        formulas: Formulas that stand in the text as TeX.
    """

    blocks: list[Block] = field(default_factory=list)
    templates: set[str] = field(default_factory=set)
    categories: list[str] = field(default_factory=list)
    formulas: int = 0


def parse_wikitext(text: str) -> Article:
    """The text of a page; never fails.

    Args:
        text: Wikitext.
    """
    parsing = _Parsing(text)
    flat = parsing.flat()
    article = parsing.article
    article.blocks = _blocks(flat)
    return article


class _Parsing:
    def __init__(self, text: str) -> None:
        self._text = text
        self._frames = [_Frame("")]
        self._open = dict.fromkeys(_CLOSERS.values(), 0)
        self._unclosed: set[str] = set()
        self.article = Article()

    def flat(self) -> str:
        """The text without marks that nest: lines of paragraphs, headings and lists are left."""
        place, text = 0, self._text
        while (match := _MARK.search(text, place)) is not None:
            self._frames[-1].add(text[place : match.start()])
            place = self._mark(match)
        self._frames[-1].add(text[place:])
        while len(self._frames) > 1:
            self._abandon()
        return "".join(self._frames[0].texts())

    def _mark(self, match: re.Match[str]) -> int:
        """Take a mark; where to go on."""
        mark = match[0]
        if mark == "<!--":
            end = self._find("-->", match.end())
            return len(self._text) if end < 0 else end + 3
        if match["tag"] is not None:
            return self._tag(match)
        kind = mark.strip(" \t")
        if kind == "|":
            if self._frames[-1].mark in ("{{", "[["):
                self._frames[-1].parts.append([])
            else:
                self._frames[-1].add("|")
        elif kind in _CLOSERS:
            self._close(kind)
        else:
            self._begin(mark)
        return match.end()

    def _find(self, closer: str, start: int) -> int:
        """Where a closer stands; what was not found once is not looked for again."""
        if closer in self._unclosed:
            return -1
        # Tags are written in any case; almost always in small letters.
        end = self._text.find(closer, start)
        if end < 0:
            self._unclosed.add(closer)
        return end

    def _tag(self, match: re.Match[str]) -> int:
        name = match["tag"].lower()
        if name.startswith("/") or match["rest"].rstrip().endswith("/"):
            return match.end()
        end = self._find(f"</{name}", match.end())
        if end < 0:
            return match.end()
        if name in _KEPT_TAGS:
            content = self._text[match.end() : end]
            if name in ("math", "chem", "ce"):
                self.article.formulas += 1
                content = f" {' '.join(content.split())} "
            self._frames[-1].add(content.replace("<", "&lt;"))
        after = self._text.find(">", end)
        return len(self._text) if after < 0 else after + 1

    def _begin(self, mark: str) -> None:
        if len(self._frames) > _MAX_DEPTH:
            return
        kind = "{|" if mark.endswith("{|") else mark
        if kind == "{|":
            self._frames[-1].add("\n")
        self._frames.append(_Frame(kind))
        self._open[kind] += 1

    def _close(self, closer: str) -> None:
        opener = _CLOSERS[closer]
        if not self._open[opener]:
            if closer == "|}":
                self._frames[-1].add("\n")
            return
        while self._frames[-1].mark != opener:
            self._abandon()
        frame = self._frames.pop()
        self._open[opener] -= 1
        self._frames[-1].add(self._rendered(frame))

    def _abandon(self) -> None:
        """What was opened and not closed: its words stay, its mark goes; a template's do not, it holds no sentence."""
        frame = self._frames.pop()
        self._open[frame.mark] -= 1
        self._frames[-1].add("\n" if frame.mark == "{{" else "|".join(frame.texts()))

    def _rendered(self, frame: _Frame) -> str:
        texts = frame.texts()
        if frame.mark == "{{":
            return self._template(texts)
        if frame.mark == "[[":
            return self._link(texts)
        if frame.mark == "-{":
            return chosen_variant("|".join(texts))
        return _table("|".join(texts))

    def _template(self, texts: list[str]) -> str:
        name = " ".join(texts[0].replace("_", " ").split()).lower()
        if len(name) > 200:
            return ""
        self.article.templates.add(name)
        arguments: list[str] = []
        named: dict[str, str] = {}
        for text in texts[1:]:
            key, equals, value = text.partition("=")
            if equals and len(key) <= 40 and "<" not in key and "\n" not in key.strip():
                named[key.strip().lower()] = value
            else:
                arguments.append(text)
        return said_by(name, arguments, named)

    def _link(self, texts: list[str]) -> str:
        target = texts[0].strip()
        if category := _CATEGORY.match(target):
            self.article.categories.append(target[category.end() :].strip())
            return ""
        if _FILE.match(target) and not target.startswith(":"):
            return ""
        label = texts[-1] if len(texts) > 1 else ""
        if _LANGUAGE.match(target) and not target.startswith(":") and not label:
            return ""
        if label.strip():
            return label
        if _PROJECT.match(target):
            return ""
        return target.removeprefix(":").partition("#")[0] or target.partition("#")[2]


def _table(text: str) -> str:
    """A table as lines that begin with a tab, cells between bars; one that lays out a page as nothing."""
    lines = text.split("\n")
    if _LAYOUT_TABLE.search(lines[0]):
        return "\n"
    rows: list[list[list[str]]] = [[]]  # rows of cells of lines
    caption = ""
    for line in lines[1:]:
        bare = line.strip()
        if bare.startswith("|-"):
            rows.append([])
        elif bare.startswith("|+"):
            caption = _cell(bare[2:])
        elif bare.startswith(("|", "!")):
            for piece in re.split(r"\|\||!!" if bare[0] == "!" else r"\|\|", bare[1:]):
                rows[-1].append([_cell(piece)])
        elif bare and rows[-1]:
            rows[-1][-1].append(bare.lstrip("*#:; "))
    texts = [[" ".join(filter(None, cell)) for cell in row] for row in rows]
    written = [" | ".join(row) for row in texts if any(row)]
    return "\n" + (f"{caption}\n" if caption else "") + "".join(f"\t{row}\n" for row in written)


def _cell(text: str) -> str:
    before, bar, after = text.partition("|")
    return (after if bar and (_ATTRIBUTES.match(before) or not before.strip()) else text).strip()


def _blocks(flat: str) -> list[Block]:
    text = _QUOTES.sub("", _MAGIC.sub("", flat))
    text = _EXTERNAL.sub(lambda match: match[1] or match[2] or "", text)
    text = _RAISED.sub(lambda match: _shifted(match, text), text)
    text = _TAG.sub("", _BREAK.sub("\n", text))
    blocks: list[Block] = []
    paragraph: list[str] = []
    skipped_level = 0

    def flush() -> None:
        if paragraph:
            blocks.append(Block("paragraph", "\n".join(paragraph)))
            paragraph.clear()

    for line in text.split("\n"):
        heading = _HEADING.match(line.strip()) if line.startswith("=") else None
        if heading is not None:
            flush()
            level, title = min(len(heading[1]), len(heading[3])), _plain(heading[2])
            if skipped_level and level > skipped_level:
                continue
            skipped_level = level if title.lower().strip("：: ") in _END_SECTIONS else 0
            if not skipped_level and title:
                blocks.append(Block("heading", title, level))
            continue
        if skipped_level:
            continue
        block = _line_block(line)
        if block is None:
            flush()
        elif block.kind == "paragraph":
            paragraph.append(block.text)
        else:
            flush()
            blocks.append(block)
    flush()
    return _without_empty_sections(blocks)


def _shifted(match: re.Match[str], text: str) -> str:
    if match[1].lower() == "sub":
        return lowered(html.unescape(match[2]))
    return raised(html.unescape(match[2]), text[max(0, match.start() - 12) : match.start()])


def _line_block(line: str) -> Block | None:
    if line.startswith("\t"):
        row = _plain(line)
        return Block("row", row) if row.strip("| ") else None
    marks = _LIST.match(line)
    text = _plain(line[marks.end() :] if marks else line)
    if not text or text.strip("|-!{}[]* ") == "":
        return None
    if marks and marks[1][-1] in "*#":
        return Block("item", text, len(marks[1]))
    return Block("paragraph", text)


def _plain(text: str) -> str:
    return plain_line(html.unescape(text)) if "&" in text else plain_line(text)


def _without_empty_sections(blocks: list[Block]) -> list[Block]:
    kept: list[Block] = []
    for block in reversed(blocks):
        after = kept[-1] if kept else None
        empty = block.kind == "heading" and (after is None or (after.kind == "heading" and after.level <= block.level))
        if not empty:
            kept.append(block)
    return kept[::-1]
