"""Texts with their identifiers marked: ``患者{name:郗若彤}，男`` and what a replacer makes of them."""

from __future__ import annotations

import re
from collections.abc import Callable

from medgo.deid.keys import Key
from medgo.deid.policy import read_policy
from medgo.deid.protocol import Finding
from medgo.deid.replacing import Replaced, Replacer, SurrogateReplacer

KEY = Key(bytes(range(32)))
POLICY = read_policy()
_MARK = re.compile(r"\{(\w+):([^}]*)\}|([^{]+)")


def read(marked: str) -> tuple[str, list[Finding]]:
    """The text without its marks, and the findings that they stand for."""
    text, findings = "", []
    for found in _MARK.finditer(marked):
        if found[1]:
            findings.append(Finding(len(text), len(text) + len(found[2]), found[1], 0.9, "test"))
        text += found[2] if found[1] else found[3]
    return text, findings


def surrogates(*, avoid: Callable[[str], bool] | None = None, generalise_quasi: bool = False) -> SurrogateReplacer:
    """A replacer with the key of the tests."""
    if avoid is None:
        return SurrogateReplacer(KEY, POLICY, generalise_quasi=generalise_quasi)
    return SurrogateReplacer(KEY, POLICY, avoid=avoid, generalise_quasi=generalise_quasi)


def replaced(marked: str, *, patient: str = "p1", lang: str = "zh", by: Replacer | None = None) -> Replaced:
    """What becomes of a marked text."""
    text, findings = read(marked)
    return (by or surrogates()).replace(text, findings, patient=patient, lang=lang)


def news(marked: str, *, patient: str = "p1", lang: str = "zh", by: Replacer | None = None) -> list[str]:
    """The new values of a marked text."""
    result = replaced(marked, patient=patient, lang=lang, by=by)
    return [result.text[piece.new_start : piece.new_end] for piece in result.pieces]


def new(label: str, value: str, *, patient: str = "p1", lang: str = "zh") -> str:
    """The new value of one identifier."""
    return news(f"{{{label}:{value}}}", patient=patient, lang=lang)[0]
