"""Markup within a line as plain characters: raised and lowered letters, formulas (MathML, TeX). Knows no article."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from medgo.corpus.typesetting import lowered
from medgo.corpus.xml import Element, entity_text, local_name

_RAISED = str.maketrans("0123456789+-−–=()ni*∗", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿⁱ**")
_RAISABLE = re.compile(r"[0-9+\-−–=()]+|[ni*∗]")
# Footnotes' letters and exponents, but no ordinals.
_LETTERS = str.maketrans("abcdefghijklmnoprstuvwxyz", "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")
_RAISABLE_LETTERS = re.compile(r"(?!(?:st|nd|rd|th)\Z)[a-pr-z](?:,? ?[a-pr-z])?")
# What needs no brackets to be one thing.
_SIMPLE = re.compile(r"[^\W_]*|\d+(?:\.\d+)?|.|\([^()]*\)|\[[^][]*\]")
_DOCUMENT = re.compile(r"\\begin\{document\}(.*?)\\end\{document\}", re.DOTALL)
_TEX_HEAD = re.compile(r"\\(?:documentclass|usepackage|setlength|oddsidemargin)(?:\[[^\]]*\])?(?:\{[^}]*\})*")
_RELATIONS = frozenset("=<>≤≥≠≈≃≅≡∼∝±→⇒∈+−×")
_MATH = "{http://www.w3.org/1998/Math/MathML}math"
_MARKS = ("sup", "sub", _MATH)
_UNSEEN = dict.fromkeys((0x2061, 0x2062, 0x2063, 0x2064))
_SKIPPED = frozenset(("annotation", "annotation-xml", "mprescripts", "none", "mphantom"))


@lru_cache(maxsize=4096)
def superscript(text: str) -> str:
    """Raised text: ``10⁹/L`` must not become ``109/L``, nor a footnote's mark part of a word (``12.5ᵃ``).

    What Unicode cannot raise stays as it is (``TM``), and so do ordinals (``5th``).
    """
    if _RAISABLE.fullmatch(text):
        return text.translate(_RAISED)
    return text.translate(_LETTERS) if _RAISABLE_LETTERS.fullmatch(text) else text


_lowered = lru_cache(maxsize=4096)(lowered)


def line_of(element: Element) -> str:
    """All text in an element as one line, each run of spaces one space; formulas and raised letters as characters.

    Args:
        element: With inline markup only (``b``, ``i``, ``sub``, ``sup``, MathML); these become characters in it.
    """
    if not len(element):
        return " ".join((element.text or "").split())
    # The innermost first, so that each finds those within it done.
    for mark in list(element.iter(*_MARKS))[::-1]:
        _settle(mark)
    text = "".join(element.itertext())
    return " ".join((_with_entities(element) if "&" in text else text).split())


def _settle(mark: Element) -> None:
    """Put what a mark means in the place of what it marks."""
    inner = mark.text or ""
    if len(mark):
        inner = mathml(mark) if mark.tag == _MATH else _with_entities(mark)
        mark[:] = []
    inner = inner.strip()
    mark.text = superscript(inner) if mark.tag == "sup" else _lowered(inner) if mark.tag == "sub" else inner


def _with_entities(element: Element) -> str:
    parts = [element.text or ""]
    for child in element:
        parts.append(_with_entities(child) if isinstance(child.tag, str) else entity_text(child))
        parts.append(child.tail or "")
    return "".join(parts)


def tex(text: str) -> str:
    """A formula in TeX on one line, without the document that publishers wrap around it."""
    found = _DOCUMENT.search(text)
    return " ".join((found[1] if found else _TEX_HEAD.sub("", text)).split())


def mathml(element: Element) -> str:
    """A formula in MathML on one line: ``(a + b)/c``, ``x²``, ``T_max``, ``√2``."""
    try:
        text = _math(element)
    except RecursionError:
        # 256 levels are legal, and no formula that people write.
        text = " ".join(element.itertext())
    return " ".join(text.translate(_UNSEEN).split())


def _math(element: Element) -> str:
    name = local_name(element)
    if not name:
        return entity_text(element)
    if name in _SKIPPED:
        return ""
    parts, build = _BUILDERS.get(name, (0, _row))
    # A construct with more or fewer parts than it should have is read part by part.
    fits = parts in (0, len(element)) and (not parts or not _stray(element))
    return build(element) if fits else _row(element)


def _stray(element: Element) -> str:
    """Text between the parts of a construct, which has none."""
    return ((element.text or "") + "".join(child.tail or "" for child in element)).strip()


def _row(element: Element) -> str:
    parts = [" ".join((element.text or "").split())]
    for child in element:
        parts.append(_math(child))
        parts.append((child.tail or "").strip())
    return "".join(parts)


def _operator(element: Element) -> str:
    text = (element.text or "").strip()
    return f" {text} " if text in _RELATIONS else text + "".join(map(_math, element))


def _group(text: str) -> str:
    text = text.strip()
    return text if _SIMPLE.fullmatch(text) else f"({text})"


def _base(element: Element) -> str:
    text = _math(element).strip()
    return text if text.endswith((")", "]", "|")) else _group(text)


def _over(text: str) -> str:
    close = text.replace(" ", "")
    return superscript(close) if _RAISABLE.fullmatch(close) or close in ("′", "″", "") else f"^{_group(text)}"


def _under(text: str) -> str:
    text = text.strip()
    return lowered(text) if not text or text.isdecimal() else f"_{_group(text)}"


def _accented(element: Element) -> str:
    base, over = _base(element[0]), _math(element[1]).strip()
    return base + (over if len(over) == 1 and not over.isalnum() else f"^{_group(over)}")


def _fenced(element: Element) -> str:
    separators = (element.get("separators", ",").split() or [""])[0]
    inside = separators.join(_math(child) for child in element)
    return f"{element.get('open', '(')}{inside}{element.get('close', ')')}"


def _table(element: Element) -> str:
    return "[" + "; ".join(", ".join(map(_math, row)) if len(row) else _math(row) for row in element) + "]"


def _alone(element: Element) -> str:
    return _row(element).strip()


# Name: how many parts it has (0: any number), how it is written.
_BUILDERS: dict[str, tuple[int, Callable[[Element], str]]] = {
    "mo": (0, _operator),
    "mspace": (0, lambda _: " "),
    "mfrac": (2, lambda element: f"{_group(_math(element[0]))}/{_group(_math(element[1]))}"),
    "msup": (2, lambda element: _base(element[0]) + _over(_math(element[1]))),
    "msub": (2, lambda element: _base(element[0]) + _under(_math(element[1]))),
    "msubsup": (3, lambda element: _base(element[0]) + _under(_math(element[1])) + _over(_math(element[2]))),
    "munderover": (3, lambda element: _base(element[0]) + _under(_math(element[1])) + _over(_math(element[2]))),
    "munder": (2, lambda element: _base(element[0]) + _under(_math(element[1]))),
    "mover": (2, _accented),
    "msqrt": (0, lambda element: f"√{_group(_alone(element))}"),
    "mroot": (2, lambda element: f"{_group(_math(element[0]))}^(1/{_math(element[1]).strip()})"),
    "mfenced": (0, _fenced),
    "mtable": (0, _table),
}
