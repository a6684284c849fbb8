"""What no surrogate of a name should look like: ordinary Chinese words, and Western given names with their sex.

Words come from the dictionary of the package jieba (MIT), names from person providers of Faker (MIT), read as data.
"""

from __future__ import annotations

import importlib
import re
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

# Names (nr) in the dictionary are what a surrogate may look like.
_WORD = re.compile(r"^([\u4e00-\u9fff]{2,3}) \d{2,} (?!nr)", re.MULTILINE)
# Called names there.
_MORE = frozenset(("云云", "家家", "天天", "明明", "乐乐"))
_LOCALES = ("en_US", "en_GB", "es_MX", "es_ES", "fr_FR", "it_IT", "de_DE", "pt_BR")


@lru_cache(maxsize=1)
def ordinary_words() -> frozenset[str]:
    """Chinese words of two and three characters that are no names; empty where the dictionary is not installed."""
    spec = find_spec("jieba")
    if spec is None or spec.origin is None:
        return frozenset()
    return _MORE | frozenset(_WORD.findall(Path(spec.origin).with_name("dict.txt").read_text("utf-8")))


@lru_cache(maxsize=1)
def western_given_names() -> dict[str, str]:
    """Sex of given names in small letters: ``women``, ``men`` or ``both``."""
    sexes: dict[str, str] = {}
    for locale in _LOCALES:
        provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        for attribute, sex in (("first_names_female", "women"), ("first_names_male", "men")):
            for name in map(str.casefold, getattr(provider, attribute, ())):
                sexes[name] = sex if sexes.get(name, sex) == sex else "both"
    return sexes


@lru_cache(maxsize=1)
def western_surnames() -> frozenset[str]:
    """Surnames in small letters, which a word alone is more likely to be than a given name."""
    provider = importlib.import_module("faker.providers.person.en_US").Provider
    return frozenset(map(str.casefold, provider.last_names))
