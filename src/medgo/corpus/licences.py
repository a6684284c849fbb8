"""Licences as their SPDX ids: from a link, or from the words that stand for one. Decides nothing about their use."""

from __future__ import annotations

import re

_LINK = re.compile(
    r"creativecommons\.org/(?:licenses/(?P<kind>by(?:-(?:nc|nd|sa))*)/(?P<version>\d\.\d)(?:/(?P<place>igo|[a-z]{2})\b)?"
    r"|publicdomain/(?P<public>zero|mark)/1\.0)",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"\b(?:CC|Creative\s+Commons)[\s-]+(?P<kind>BY|Attribution)(?P<parts>(?:[\s–-]+(?:NC|ND|SA|Non-?commercial|"
    r"No-?Deriv(?:ative)?s?(?:\s+Works)?|Share-?Alike))*)\s*(?:\(CC[\s-]BY[^)]{0,12}\))?[\s,-]*"
    r"(?P<version>\d\.\d)?\s*(?P<place>IGO|International)?",
    re.IGNORECASE,
)
_ZERO = re.compile(r"\bCC[\s-]?0\b|\bCC[\s-]Zero\b", re.IGNORECASE)
_OTHERS = (
    (
        re.compile(r"open government licen[cs]e v?(?:ersion )?3|/open-government-licence/version/3", re.IGNORECASE),
        "OGL-UK-3.0",
    ),
    (re.compile(r"gnu\.org/(?:copyleft|licenses)/fdl", re.IGNORECASE), "GFDL-1.3-or-later"),
    (re.compile(r"apache\.org/licenses/LICENSE-2\.0", re.IGNORECASE), "Apache-2.0"),
)
# "This work is licensed under …": a sentence about the whole, not about a figure in it.
_STATEMENT = re.compile(
    r"(?:this|the (?:present )?)\s*(?:work|article|publication|document|guideline|report|book|page|site|"
    r"material|content|text)"
    r"[^.\n]{0,120}?(?:licen[sc]ed|available|distributed|published|released)[^.\n]{0,60}?(?:under|terms)"
    r"|open[\s-]access[^.\n]{0,80}?(?:distributed|licen[sc]ed)[^.\n]{0,40}?(?:under|terms)"
    r"|(?:本(?:作品|文|指南|书|文件|网站|站|页|出版物)|内容)[^。\n]{0,40}?(?:采用|遵循|依照|根据|使用)",
    re.IGNORECASE,
)
_REACH = 260


def licence_of(text: str) -> str:
    """The SPDX id of the licence that a link or a few words name.

    Args:
        text: A URL (``https://creativecommons.org/licenses/by/4.0/``), or a name (``CC BY-NC 4.0``).

    Returns:
        ``CC-BY-4.0`` and the like; empty where no licence is named, or several that differ.
    """
    # Runs of spaces, which some pages hold by the thousand, are what the patterns below are slow on.
    text = " ".join(text.split())
    found = {_of_link(match) for match in _LINK.finditer(text)} or {_of_words(match) for match in _WORDS.finditer(text)}
    if _ZERO.search(text):
        found.add("CC0-1.0")
    found.update(name for pattern, name in _OTHERS if pattern.search(text))
    found.discard("")
    return found.pop() if len(found) == 1 else ""


def stated_licence(text: str) -> str:
    """The licence that a text states of itself ("This work is licensed under …"); empty where none or several.

    A link alone is not enough here: figures and quoted works have licences of their own.
    """
    found = {licence_of(text[match.start() : match.end() + _REACH]) for match in _STATEMENT.finditer(text)}
    found.discard("")
    return found.pop() if len(found) == 1 else ""


def _of_link(match: re.Match[str]) -> str:
    if match["public"]:
        return "CC0-1.0" if match["public"].lower() == "zero" else "CC-PDM-1.0"
    place = (match["place"] or "").upper()
    return f"CC-{match['kind'].upper()}-{match['version']}" + (f"-{place}" if place else "")


def _of_words(match: re.Match[str]) -> str:
    said = match["parts"].lower().replace("-", "")
    parts = [
        short
        for short, words in (("NC", ("nc", "noncom")), ("ND", ("nd", "noderiv")), ("SA", ("sa", "sharea")))
        if any(w in said for w in words)
    ]
    if not match["version"]:
        return ""
    place = "-IGO" if (match["place"] or "").upper() == "IGO" else ""
    return "-".join(["CC", "BY", *parts, match["version"]]) + place
