"""What a page says of itself: title, address, licence, date of publication, encoding. Knows nothing of its text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from medgo.corpus.dates import iso_date
from medgo.corpus.html.tree import Tag
from medgo.corpus.licences import licence_of
from medgo.corpus.typesetting import plain_line

# In the first kilobyte, says the standard; pages put it later.
_CHARSET_WITHIN = 4096
_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]+)|<\?xml[^>]{0,80}encoding\s*=\s*[\"']([A-Za-z0-9_.-]+)",
    re.IGNORECASE,
)
_TITLES = ("citation_title", "dc.title", "dcterms.title", "og:title")
_DATES = (
    "citation_publication_date", "citation_online_date", "dcterms.issued", "dc.date.issued", "dc.date", "dcterms.date",
    "dcterms.created", "article:published_time", "publishdate", "pubdate", "date",
)  # fmt: skip
_LICENCES = ("dcterms.license", "dcterms.rights", "dc.rights", "dc.license", "license", "copyright", "citation_license")
_SITE = re.compile(r"\s+[|–—·»]\s+|\s+-\s+|[_|](?=[^\s]{2,20}$)")
_SAID_DATE = re.compile(
    r"(?:发布(?:时间|日期)|发表(?:时间|日期)|日期|时间|published(?: on)?|date published)\s*[:：]?\s*(?=(?:19|20)\d\d)",
    re.IGNORECASE,
)
_SAID_WITHIN = 3000
_JSON_LENGTH, _JSON_DEPTH = 200_000, 6


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What a page says of itself; empty where it does not.

    Args:
        title: Without the site's name.
        address: Its canonical address.
        licence: SPDX id of the one licence it links to.
        several_licences: It links to more than one.
        published: ``2023``, ``2023-05`` or ``2023-05-06``.
        lang: As it declares (``zh-CN``).
    """

    title: str
    address: str
    licence: str
    several_licences: bool
    published: str
    lang: str


def declared_charset(data: bytes) -> str:
    """The encoding that a page's head names; empty for none."""
    match = _CHARSET.search(data[:_CHARSET_WITHIN])
    return (match[1] or match[2]).decode("ascii") if match else ""


def facts_of(page: Tag) -> PageFacts:
    """Read them."""
    every = list(page.elements())
    metas = _metas(every)
    licences = _licences(every, metas)
    address = next(
        (one.get("href") for one in every if one.name == "link" and "canonical" in one.get("rel").lower().split()), ""
    )
    return PageFacts(
        title=_title(every, metas),
        address=address if address.startswith(("http://", "https://")) else "",
        licence=next(iter(licences)) if len(licences) == 1 else "",
        several_licences=len(licences) > 1,
        published=_published(page, every, metas),
        lang=page.get("lang") or next((one.get("lang") for one in every if one.name in ("html", "body")), ""),
    )


def _metas(every: Iterable[Tag]) -> dict[str, str]:
    metas: dict[str, str] = {}
    for one in every:
        if one.name == "meta" and one.get("content"):
            name = (one.get("name") or one.get("property") or one.get("itemprop")).lower()
            metas.setdefault(name, one.get("content").strip())
    return metas


def _title(every: list[Tag], metas: dict[str, str]) -> str:
    for name in _TITLES[:3]:
        if metas.get(name):
            return plain_line(metas[name].replace("\n", " "))
    headings = [one for one in every if one.name == "h1" and one.text().strip()]
    if len(headings) == 1:
        return plain_line(headings[0].text().replace("\n", " "))
    title = next((one.text() for one in every if one.name == "title" and one.text().strip()), metas.get("og:title", ""))
    parts = _SITE.split(plain_line((metas.get("og:title") or title).replace("\n", " ")))
    return max(parts[:2], key=len).strip() if parts else ""


def _licences(every: list[Tag], metas: dict[str, str]) -> set[str]:
    stated = {
        licence_of(one.get("href"))
        for one in every
        if one.name in ("a", "link") and "license" in one.get("rel").lower().split()
    }
    stated |= {licence_of(metas[name]) for name in _LICENCES if name in metas}
    stated |= {licence_of(value) for found in _linked_data(every) for value in _values(found, "license")}
    stated.discard("")
    if stated:
        return stated
    pictured = {id(inner) for one in every if one.name in ("figure", "figcaption") for inner in one.elements()}
    links = (one.get("href") for one in every if one.name == "a" and id(one) not in pictured)
    return {licence_of(link) for link in links if "licen" in link or "publicdomain" in link} - {""}


def _published(page: Tag, every: list[Tag], metas: dict[str, str]) -> str:
    for name in _DATES:
        if date := iso_date(metas.get(name, "")):
            return date
    for found in _linked_data(every):
        for value in _values(found, "datePublished"):
            if date := iso_date(value):
                return date
    for one in every:
        if one.name == "time" and (date := iso_date(one.get("datetime"))):
            return date
    text = page.text()
    match = _SAID_DATE.search(text[: _SAID_WITHIN * 10])
    return iso_date(text[match.end() : match.end() + 20]) if match else ""


def _linked_data(every: Iterable[Tag]) -> Iterator[Any]:
    for one in every:
        if one.name == "script" and one.get("type").lower() == "application/ld+json":
            text = one.text()
            try:
                if len(text) <= _JSON_LENGTH:
                    yield json.loads(text)
            except (ValueError, RecursionError):
                continue  # a page's own mistake; its licence then is what its links say


def _values(found: Any, name: str, depth: int = 0) -> Iterator[str]:
    """Texts under a name, in an object, in a list of them, or in what it calls its graph."""
    if depth > _JSON_DEPTH:
        return
    if isinstance(found, list):
        for one in found:
            yield from _values(one, name, depth + 1)
    elif isinstance(found, dict):
        if isinstance(found.get(name), str):
            yield found[name]
        yield from _values(found.get("@graph"), name, depth + 1)
