"""Plain text and Markdown books as documents, one a chapter; a file without chapters is one document or its parts."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from medgo.corpus.encoding import MAX_DAMAGED, codec_of
from medgo.corpus.ledger import Ledger
from medgo.corpus.licences import licence_of, stated_licence
from medgo.corpus.opening import HEAD_BYTES, open_source
from medgo.corpus.protocol import Holds, Item, Source
from medgo.corpus.typesetting import plain_line
from medgo.errors import InputError
from medgo.schema import Document, SourceRef
from medgo.text import language_of
from medgo.text.encoding import chinese_encoding_of, is_utf8, marked_encoding, utf16_without_mark

# About a hundred printed pages: beyond it a document is split at a blank line, so that memory stays what it is.
MAX_CHARACTERS = 200_000
_SUFFIXES = (".txt", ".text", ".md", ".markdown", ".rst")
_BINARY = (b"%PDF-", b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\x89PNG", b"\xff\xd8\xff", b"<?xml", b"{", b"MSH|")
_CHAPTER = re.compile(
    r"#{1,2}\s+(?P<atx>\S.*?)\s*#*\s*$"
    r"|(?P<zh>第\s*[一二三四五六七八九十百零〇\d]{1,6}\s*[章篇编]\s*\S.{0,40}|第\s*[一二三四五六七八九十百零〇\d]{1,6}\s*[章篇编])\s*$"
    r"|(?P<en>(?:CHAPTER|Chapter|PART|Part)\s+(?:\d{1,3}|[IVXLC]{1,7})\b[.:]?\s?.{0,80})$"
)
_HEADING_LENGTH = 300
_FENCE = re.compile(r"\s*(?:```|~~~)")
_UNDERLINE = re.compile(r"(?:=+|-+)\s*$")
_LINK = re.compile(r"!?\[([^\[\]\n]{0,400})\]\((?:[^()\s]{1,400})(?:\s+\"[^\"\n]{0,200}\")?\)")
_EMPHASIS = re.compile(r"(\*\*|__|\*|`)(?=\S)([^*_`\n]{1,300}?)(?<=\S)\1")
_TABLE_RULE = re.compile(r"\s*\|?[\s:|-]{3,}\|[\s:|-]*$")
_FRONT_MATTER = re.compile(r"(?P<name>title|license|licence|date|rights)\s*:\s*(?P<value>.+)", re.IGNORECASE)


@dataclass(slots=True)
class _Chapter:
    number: int
    title: str = ""
    lines: list[str] = field(default_factory=list)
    size: int = 0
    part: int = 1

    def add(self, line: str) -> None:
        self.lines.append(line)
        self.size += len(line) + 1


class PlainReader:
    """Text files. Chapters begin at a heading of the first two levels (Markdown), at 第…章 or at ``Chapter 3``.

    Of Markdown, marks of emphasis, links' addresses, pictures and rules of tables are taken away; words stay.
    """

    name: ClassVar[str] = "text"
    holds: ClassVar[Holds] = "documents"

    def recognises(self, name: str, head: bytes) -> bool:
        """See :class:`medgo.corpus.protocol.Reader`; text of another format is not taken for plain text."""
        if not name.lower().endswith(_SUFFIXES) or head.lstrip().startswith(_BINARY):
            return False
        return bool(marked_encoding(head)) or b"\x00" not in head or bool(utf16_without_mark(head))

    def read(self, source: Source, ledger: Ledger) -> Iterator[Item]:
        """See :class:`medgo.corpus.protocol.Reader`."""
        name = source.name
        facts: dict[str, str] = {}
        for chapter in _chapters(_lines(source, ledger), facts, markdown=name.lower().endswith((".md", ".markdown"))):
            document = _document(chapter, facts, source, ledger)
            if document is not None:
                yield document


def _lines(source: Source, ledger: Ledger) -> Iterator[str]:
    """Lines in the file's encoding, told by its first 64 KiB.

    Raises:
        InputError: It is no text, or the rest is in another encoding than its beginning.
    """
    name = source.name
    with open_source(source.path) as stream:
        head = stream.peek(HEAD_BYTES)
        encoding = _encoding(head)
        if not encoding:
            raise InputError(f"{name} is text in no encoding that is read here", hint="convert it to UTF-8 with iconv")
        damaged = total = 0
        for line in io.TextIOWrapper(stream, encoding=encoding, errors="replace"):
            total += len(line)
            damaged += line.count("\ufffd")
            if damaged > 20 + MAX_DAMAGED * total:
                raise InputError(f"{name} is {encoding} at its beginning, and then no more", hint="convert it to UTF-8")
            yield line.rstrip("\n")
        if damaged:
            ledger.note("undecodable bytes", damaged)


def _encoding(head: bytes) -> str:
    if marked := marked_encoding(head):
        return marked
    if unmarked := utf16_without_mark(head):
        return unmarked
    if is_utf8(head, whole=False):
        return "utf-8"
    chinese = chinese_encoding_of(head)
    few = sum(byte >= 0x80 for byte in head) <= len(head) * 0.2
    return chinese or (codec_of("ascii") if few and b"\x00" not in head else "")


def _chapters(lines: Iterator[str], facts: dict[str, str], *, markdown: bool) -> Iterator[_Chapter]:
    chapter = _Chapter(1)
    fenced = in_front = False
    for number, line in enumerate(lines):
        if number == 0 and line.strip() == "---" and markdown:
            in_front = True
            continue
        if in_front:
            in_front = line.strip() not in ("---", "...")
            if match := _FRONT_MATTER.match(line.strip()):
                facts.setdefault(match["name"].lower(), match["value"].strip(" '\""))
            continue
        if markdown and _FENCE.match(line):
            fenced = not fenced
            continue
        stripped = line.strip()
        begins = None if fenced or len(stripped) > _HEADING_LENGTH else _CHAPTER.match(stripped)
        if begins is not None and (markdown or not begins["atx"]):
            if any(one.strip() for one in chapter.lines):
                yield chapter
                chapter = _Chapter(chapter.number + 1)
            chapter.title = (begins["atx"] or begins["zh"] or begins["en"]).strip()
            chapter.add(chapter.title)
            continue
        chapter.add(_plain_markdown(line) if markdown and not fenced else line)
        # At a blank line, or at last anywhere.
        if chapter.size > (4 * MAX_CHARACTERS if line.strip() else MAX_CHARACTERS):
            yield chapter
            chapter = _Chapter(chapter.number, chapter.title, part=chapter.part + 1)
    if any(one.strip() for one in chapter.lines):
        yield chapter


def _plain_markdown(line: str) -> str:
    if _TABLE_RULE.match(line) or _UNDERLINE.match(line):
        return ""
    stripped = line.strip()
    if stripped.startswith("#"):
        return stripped.lstrip("#").strip().rstrip("#").strip()
    if stripped.startswith("|") and stripped.endswith("|"):
        return " | ".join(cell.strip() for cell in stripped.strip("|").split("|"))
    plain = _LINK.sub(lambda match: "" if match[0].startswith("!") else match[1], line) if "](" in line else line
    return _EMPHASIS.sub(r"\2", plain) if "*" in plain or "_" in plain or "`" in plain else plain


def _document(chapter: _Chapter, facts: dict[str, str], source: Source, ledger: Ledger) -> Document | None:
    name = source.name
    identity = f"{name}#{chapter.number}" + (f".{chapter.part}" if chapter.part > 1 else "")
    text = _paragraphs(chapter.lines)
    lang = source.lang or language_of(text)
    if lang is None:
        ledger.omit(name, identity, "other language" if text else "no text")
        return None
    stated = licence_of(facts.get("license") or facts.get("licence") or facts.get("rights") or "")
    licence = stated or stated_licence(text) or source.licence or "unknown"
    ref = SourceRef(identity, source.collection or "text", licence, source.retrieved or facts.get("date", ""))
    return Document(ref, lang, text, chapter.title or facts.get("title", ""))


def _paragraphs(lines: list[str]) -> str:
    """Lines without spaces around them, and one blank line where there were several."""
    plain = [plain_line(line) for line in lines]
    kept = [line for before, line in zip(["", *plain], plain, strict=False) if line or before]
    return "\n".join(kept).strip("\n")
