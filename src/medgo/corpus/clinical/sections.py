"""What a section and a document are called here, by the LOINC code or the title they come with: ``sections.yaml``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from medgo.schema import Lang
from medgo.text import fold_width

_BETWEEN = re.compile(r"[\s_\-.,:：;；()（）\[\]【】/*#]+")


def section_of_code(code: str) -> str:
    """The key of a section by its LOINC code; empty for an unknown one."""
    return _codes("sections").get(code.strip(), "")


def section_of_title(title: str) -> str:
    """The key of a section by its title; empty for an unknown one."""
    return _titles("sections").get(folded(title), "") if title else ""


def title_of(key: str, lang: Lang) -> str:
    """What a section is called, by its key; empty for an unknown one."""
    title = str(_table()["sections"].get(key, {}).get(lang, "")).partition(",")[0].strip()
    return title[:1].upper() + title[1:]


def document_of(code: str, title: str = "") -> str:
    """The task whose document this is, by LOINC code, then by title; empty for none."""
    return _codes("documents").get(code.strip(), "") or _titles("documents").get(folded(title), "")


@lru_cache(maxsize=4096)
def folded(title: str) -> str:
    """A title as it is compared: small letters, half width, nothing between its words."""
    return _BETWEEN.sub("", fold_width(title)).lower()


def keys_and_codes() -> Iterator[tuple[str, str]]:
    """Every key of a section with each of its codes."""
    return ((key, code) for key, row in _table()["sections"].items() for code in row.get("codes", ()))


@lru_cache(maxsize=2)
def _codes(table: str) -> Mapping[str, str]:
    return {code: key for key, row in _table()[table].items() for code in row.get("codes", ())}


@lru_cache(maxsize=2)
def _titles(table: str) -> Mapping[str, str]:
    rows = _table()[table]
    by_title = {
        folded(title): key
        for key, row in rows.items()
        for lang in ("zh", "en")
        for title in str(row.get(lang, "")).split(",")
        if title.strip()
    }
    return by_title | {folded(key): key for key in rows}


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    place = files("medgo.corpus.clinical").joinpath("sections.yaml")
    table: Mapping[str, Mapping[str, Mapping[str, Any]]] = yaml.safe_load(place.read_text("utf-8"))
    return table
