"""The licence that an article states, as an SPDX id; of several, the one that allows least. Knows no policy."""

from __future__ import annotations

import re

from medgo.corpus.licences import licence_of
from medgo.corpus.xml import Element, local_name

_URL = re.compile(r"https?://[^\s<>()\"']+|creativecommons\.org/[^\s<>()\"']+", re.IGNORECASE)
_COMMONS = re.compile(r"\bCreative Commons\b|\bCC[- ]?BY\b|\bCC BY", re.IGNORECASE)
_VERSION = re.compile(r"\b([1-4]\.\d)\b")
_PUBLIC = re.compile(
    r"(?:is|are|lies|works?|placed|dedicated)\b[^.]{0,60}\b(?:in|to) the public domain|public domain (?:work|article)"
    r"|free of all copyright",
    re.IGNORECASE,
)
# What the words of a licence forbid or ask for, by its letters.
_TERMS = {
    "NC": re.compile(
        r"\bnon-? ?commercial|\bBY-NC\b|commercial (?:re-?use|use|reproduction) (?:is|are) not", re.IGNORECASE
    ),
    "ND": re.compile(
        r"\bno-? ?deriv|\bBY(?:-NC)?-ND\b|not (?:be )?(?:altered|transformed)|without (?:any )?(?:modification|change)",
        re.IGNORECASE,
    ),
    "SA": re.compile(r"\bshare-? ?alike|\bBY(?:-NC)?-SA\b", re.IGNORECASE),
}
_GOVERNMENT = re.compile(
    r"\b(?:U\.? ?S\.?|United States|federal) Government (?:work|employee)"
    r"|works? of the (?:U\.? ?S\.?|United States) Government",
    re.IGNORECASE,
)
_PARTS = frozenset(("fig", "table-wrap", "boxed-text", "related-object"))
UNKNOWN = "unknown"


def licence_of_article(meta: Element | None, otherwise: str = "") -> str:
    """Read ``<permissions>``.

    Args:
        meta: ``article-meta`` or ``front-stub``.
        otherwise: What holds where the article states no licence.

    Returns:
        ``CC-BY-4.0`` and the like; ``LicenseRef-CC-BY-NC`` where no version is given; ``LicenseRef-public-domain``,
        ``LicenseRef-US-Government-Public-Domain``; ``LicenseRef-publisher`` for terms of a publisher's own; ``unknown``
        where nothing is stated.
    """
    statements = [] if meta is None else [one for one in meta.iter() if local_name(one) in ("license", "license_ref")]
    found = [_of_statement(one) for one in statements if not _of_a_part(one)]
    return max(found, key=_restriction, default=otherwise or UNKNOWN)


def _of_a_part(statement: Element) -> bool:
    """Whether it is that of a figure or table, not of the article."""
    return any(local_name(outer) in _PARTS for outer in statement.iterancestors())


def _of_statement(statement: Element) -> str:
    text = " ".join(" ".join(statement.itertext()).split())
    links = [str(value) for one in statement.iter() for name, value in one.attrib.items() if name.endswith("href")]
    named = {licence for link in (*links, *_URL.findall(text)) if (licence := licence_of(link))}
    # The dedication of the data (CC0) says nothing of the text, where that has a licence beside it.
    licence = max(named or {licence_of(_URL.sub("", text))}, key=_restriction)
    if _COMMONS.search(text) or licence.startswith("CC-BY"):
        return _at_least_as_strict(licence, text)
    if licence:
        return licence
    if _GOVERNMENT.search(text):
        return "LicenseRef-US-Government-Public-Domain"
    kind = statement.get("license-type", "")
    if _PUBLIC.search(text) or kind.replace("_", "-").lower() in ("public-domain", "pd"):
        return "LicenseRef-public-domain"
    return licence_of(kind.replace("cc-by", "CC BY")) or "LicenseRef-publisher"


def _at_least_as_strict(licence: str, text: str) -> str:
    """Words beside a link count where they forbid more than it does."""
    parts = set(licence.split("-")) & set(_TERMS)
    words = {part for part, pattern in _TERMS.items() if pattern.search(text)}
    if licence.startswith("CC0") or licence == "CC-PDM-1.0":
        return licence if not words else "LicenseRef-publisher"
    if licence and words <= parts:
        return licence
    terms = "-".join(["CC-BY", *(part for part in _TERMS if part in parts | words)])
    version = _VERSION.search(licence) or _VERSION.search(_URL.sub("", text))
    # Without a version it is no licence of SPDX's list.
    return f"{terms}-{version[1]}" if version and not licence else f"LicenseRef-{terms}"


def _restriction(licence: str) -> int:
    """How little it allows; what is not known to allow anything, least."""
    if not licence:
        return -1
    if licence.startswith(("CC0", "CC-PDM", "LicenseRef-public-domain", "LicenseRef-US-Gov")):
        return 0
    if "CC-BY" in licence:
        parts = licence.split("-")
        return 1 + 1 * ("SA" in parts) + 2 * ("ND" in parts) + 4 * ("NC" in parts)
    return 9 if licence == "LicenseRef-publisher" else 8
