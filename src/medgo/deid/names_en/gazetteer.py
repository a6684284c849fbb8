"""Names of states, countries and cities. Knows no text.

Countries and the cities of some countries come from the address providers of Faker (MIT), read as data; the rest
from ``data/places.txt``.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files

import faker.providers.address

_LATIN = re.compile(r"[A-Z\u00c0-\u024f][A-Za-z\u00c0-\u024f\u1e00-\u1eff' .\-]{2,40}")
_SETS = ("cities", "towns", "villages", "municipalities", "communes", "settlements", "real_city_names")
_FURTHER_COUNTRIES = (
    "usa u.s. u.s.a. uk u.k. england scotland wales russia south-korea north-korea vietnam iran syria laos bolivia "
    "venezuela tanzania moldova taiwan macedonia serbia kosovo palestine congo brunei netherlands the-netherlands "
    "europe asia africa oceania antarctica north-america south-america latin-america central-america middle-east "
    "america czech-republic czechia east-timor timor-leste burma myanmar great-britain britain ivory-coast cape-verde "
    "saudi-arabia south-africa new-zealand sri-lanka costa-rica puerto-rico united-states united-kingdom "
    "united-states-of-america united-arab-emirates dominican-republic el-salvador papua-new-guinea sierra-leone"
)


@dataclass(frozen=True)
class Gazetteer:
    """Names of places, in lower case.

    Args:
        states: States and provinces of English-speaking countries.
        abbreviations: Their short forms, in capitals.
        countries: English names.
        cities: Cities of rank, by English name.
        towns: Further cities and towns of the world; many are spelled as surnames or words are.
    """

    states: frozenset[str]
    abbreviations: frozenset[str]
    countries: frozenset[str]
    cities: frozenset[str]
    towns: frozenset[str]

    @cached_property
    def regions(self) -> frozenset[str]:
        """States and countries: what identifies nobody when it stands alone."""
        return self.states | self.countries

    @property
    def single_words(self) -> frozenset[str]:
        """Names of one word of states, countries and cities of rank."""
        return frozenset(name for name in self.states | self.countries | self.cities if " " not in name)


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    """The gazetteer, read once a process (about 0.2 s)."""
    own = _own()
    countries = {word.replace("-", " ") for word in _FURTHER_COUNTRIES.split()}
    towns: set[str] = set()
    for module in pkgutil.iter_modules(faker.providers.address.__path__):
        provider = importlib.import_module(f"faker.providers.address.{module.name}").Provider
        if module.name.startswith("en"):
            countries.update(name.lower() for name in provider.countries)
        for attribute in _SETS:
            values = vars(provider).get(attribute, ())
            towns.update(name.lower() for name in values if isinstance(name, str) and _LATIN.fullmatch(name))
    return Gazetteer(
        frozenset(name.lower() for name in own["states"]),
        frozenset(own["abbreviations"]),
        frozenset(countries),
        frozenset(name.lower() for name in own["cities"]),
        frozenset(towns),
    )


def _own() -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = {}
    current: list[str] = []
    for line in files("medgo.deid.names_en").joinpath("data", "places.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            current = kinds.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            current.append(line)
    return kinds
