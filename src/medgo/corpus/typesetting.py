"""What typesetting means, as plain characters: raised and lowered letters, ligatures, blocks. Knows no format."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["heading", "paragraph", "item", "row"]

_RAISED = str.maketrans("0123456789+-−–=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿ")
_LOWERED = str.maketrans("0123456789+-−–=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₌₍₎")
_EXPONENT = re.compile(r"[+\-−–]?\d{1,3}\Z")
# What an exponent may follow: a number, a unit that is squared or cubed, a charge or an isotope's place.
_BASE = re.compile(r"(?:\d|(?<![a-zA-Z])(?:[munpkcd]?m|s|h|min|kg|g|L|l|d|Hz)|[)\]]|[A-Z][a-z]?[₀-₉]*)\Z")
_UNIT = re.compile(r"(?<![a-zA-Z])(?:[munpkcd]?m|s|h|min|d|kg|g|L|l)\Z")
_MARKER = re.compile(r"[\d,;，、\s*†‡§¶\-–]+\Z")
_CHARGE = re.compile(r"\d?[+\-−–]\Z")
_LIGATURES = {
    0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st",
}  # fmt: skip
_HIDDEN = dict.fromkeys((0xAD, 0x200B, 0x200C, 0x2060, 0xFEFF, 0x200E, 0x200F))
_SPACES = re.compile(r"[^\S\n]+")
_HAN = r"[\u2e80-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]"
# Letters set wide apart, as in a title: three single ones on end. A space between words of Chinese is meant.
_SPACED_HAN = re.compile(f"(?<!{_HAN}){_HAN}(?: {_HAN}){{2,}}(?!{_HAN})")


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, a paragraph, an item of a list, or a row of a table.

    Args:
        kind: Which of them.
        text: One line, or several where its source breaks lines.
        level: Of a heading (1 is the title), or of an item (1 is the outermost); 0 where it has none.
    """

    kind: Kind
    text: str
    level: int = 0


def raised(text: str, before: str) -> str:
    """Characters that stand above the line, so that ``10⁹/L`` does not become ``109/L``.

    Args:
        text: What is raised.
        before: The text that it follows, or the end of it.

    Returns:
        An exponent or a charge in Unicode's raised characters; a footnote's or reference's number in brackets;
        anything else (``TM``, ``a``) as it is.
    """
    inner = text.strip()
    if not inner:
        return text
    if _CHARGE.match(inner) and _BASE.search(before):
        return inner.translate(_RAISED)
    if _EXPONENT.match(inner) and (before[-1:].isdigit() or _UNIT.search(before)):
        return inner.translate(_RAISED)
    if _MARKER.match(inner) and any(letter.isdigit() for letter in inner):
        return f"[{inner}]"
    if inner in ("+", "-", "−", "–"):
        return inner.translate(_RAISED)
    return text


def lowered(text: str) -> str:
    """Characters that stand below the line: digits in Unicode's lowered ones (``CO₂``), the rest as it is."""
    inner = text.strip()
    return inner.translate(_LOWERED) if inner and all(letter in "0123456789+-−–" for letter in inner) else text


def plain_line(text: str) -> str:
    """One line: ligatures spelt out, hidden characters gone, each run of spaces one, none in ``糖 尿 病``."""
    if text.isascii():
        return _SPACES.sub(" ", text).strip()
    line = _SPACES.sub(" ", text.translate(_LIGATURES).translate(_HIDDEN)).strip()
    return _SPACED_HAN.sub(lambda match: match[0].replace(" ", ""), line)


def joined(blocks: Iterable[Block]) -> str:
    """Blocks as one text: a blank line around headings and between paragraphs, items and rows one a line."""
    parts: list[str] = []
    last: Kind | None = None
    for block in blocks:
        if last is not None:
            parts.append("\n" if block.kind == last and last in ("item", "row") else "\n\n")
        parts.append("- " * bool(block.kind == "item") + block.text)
        last = block.kind
    return "".join(parts)
