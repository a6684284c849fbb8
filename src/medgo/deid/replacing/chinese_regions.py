"""Chinese provinces, cities and districts, and those that a patient's become: one coherent move for all of them.

A city of county level (瑞金市) is one place whether its province, its prefecture, both or neither stand in front of it:
where it lies is looked up, or taken from what the patient's notes tell (:func:`homes_told`), and moves with the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from medgo.deid.replacing.draws import Draws
from medgo.deid.replacing.pools import pool

_PROVINCE_ENDING = re.compile("(?:特别行政区|(?:壮族|回族|维吾尔)?自治区|[省市])$")
_UNIT_ENDING = re.compile("(?<=[一-鿿]{2})[市县区旗]$")
_CITY_ENDING = re.compile("(?:市|地区|(?:[一-鿿]{1,4}族)*自治州|盟|州)$")
_LEVEL = r"[^省市区县旗路街道巷弄号栋村镇乡\d\s，,。；;：:]"
# 津市市 is the one city whose name holds the word.
_CITY = re.compile(rf"(津市市|{_LEVEL}{{1,8}}?(?:自治州|市|地区|盟))")
# 道里区, 上街区: a district's name may hold a word for a road where it is short.
_DISTRICT = re.compile(rf"(津市市|{_LEVEL}{{1,8}}?(?:自治县|自治旗|特区|[区县旗市])|[一-鿿]{{2}}[区县])(?![场域委医])")
_SPACES = re.compile(r"\s")
# First word of what notes tell of places.
_LIES_IN = "lies in"


@dataclass(frozen=True, slots=True)
class Region:
    """Where something lies, as far as the text says; the names as written.

    Args:
        province: Such as 广东, 广东省; empty where none is named.
        city: Such as 深圳市, 深圳.
        district: Such as 福田区.
    """

    province: str = ""
    city: str = ""
    district: str = ""

    def __bool__(self) -> bool:
        return bool(self.province or self.city or self.district)


def region_of(value: str) -> tuple[Region, str]:
    """The region that an address begins with, and the rest of the address."""
    rest = re.sub("^(?:中国|中华人民共和国)", "", value)
    province = city = district = ""
    if found := _province_pattern().match(rest):
        province, rest = found[0], rest[found.end() :]
    if province and rest.startswith(("市辖区", "市")):
        rest = rest.removeprefix("市辖区").removeprefix("市")
    city, rest = _city_of(rest, below=bool(province))
    if (found := (_whole_pattern().match(rest) if city else None) or _DISTRICT.match(rest)) or (
        city and (found := _bare_pattern().match(rest)) and _homes().get(found[0], ("", ""))[1] == _bare(city)
    ):
        district, rest = found[0], rest[found.end() :]
    return Region(province, city, district), rest


def _city_of(value: str, *, below: bool) -> tuple[str, str]:
    """A city that a text begins with, and the rest.

    Args:
        value: The text.
        below: Whether a province stands in front of it; without one, the bare names of small cities are words (东方).
    """
    found = _city_pattern().match(value) or _whole_pattern().match(value) or _CITY.match(value)
    if found is None and (bare := _bare_pattern().match(value)) and (below or bare.end() == len(value)):
        found = bare
    return (found[0], value[found.end() :]) if found else ("", value)


def homes_told(value: str) -> Iterator[tuple[str, str, str]]:
    """Where places lie that no list knows, as a value tells: (``lies in``, 德化县, 福建省)."""
    place = _placed(region_of(_SPACES.sub("", value))[0])
    name = place.unit or place.city
    if place.province and name and name not in _homes() and name not in _city_homes():
        yield _LIES_IN, name, place.province
    if place.unit and place.city and place.unit not in _homes():
        yield _LIES_IN, place.unit, place.city


@dataclass(frozen=True, slots=True)
class _Place:
    """A region as the lists know it: a province's whole name, a bare city, a district or city of county level."""

    province: str
    city: str
    unit: str


def _placed(region: Region) -> _Place:
    """What is known of a region without a patient's notes."""
    city, unit = _bare(region.city), region.district
    if city in _homes() and not unit:
        city, unit = "", city
    unit = _bare(unit) if _bare(unit) in _homes() else unit
    named = _province_names().get(region.province, "")
    province, above = _homes().get(unit, ("", ""))
    if province and named in ("", province):
        return _Place(province, city or above, unit)
    return _Place(named or _city_homes().get(city, "") or ("" if city else _district_homes().get(unit, "")), city, unit)


@dataclass(frozen=True)
class ChineseRegions:
    """Regions of one patient.

    Args:
        draws: Of the patient.
        told: Whether the patient's notes tell a fact of :func:`homes_told`.
    """

    draws: Draws
    told: Callable[[tuple[str, ...]], bool] = lambda _: False

    def moved(self, region: Region) -> Region:
        """Another region, named down to the same level and in the same form."""
        place = self._found(_placed(region))
        province = self._province(place)
        city = self._city(place, province)
        unit = self._unit(place, province, city)
        # 江西省瑞金市: what stands where a prefecture would is the smallest unit.
        small = bool(region.city and place.unit and not region.district)
        middle = _in_form(region.city, unit, _UNIT_ENDING) if small else ""
        return Region(
            _in_form(region.province, province, _PROVINCE_ENDING),
            middle or _in_form(region.city, city or province, _CITY_ENDING if city else _PROVINCE_ENDING),
            _in_form(region.district, unit, _UNIT_ENDING),
        )

    def _found(self, place: _Place) -> _Place:
        """A place with what the patient's notes tell of where it lies."""
        province, city, name = place.province, place.city, place.unit or place.city
        if not province and name:
            province = next((one for one in _provinces() if self.told((_LIES_IN, name, one))), "")
        if place.unit and not city and province:
            inside = (one for one, home in _city_homes().items() if home == province)
            city = next((one for one in inside if self.told((_LIES_IN, place.unit, one))), "")
        return _Place(province, city, place.unit)

    def code(self, code: str) -> str:
        """Two digits of a province: those of the one that takes its place."""
        for name, facts in _provinces().items():
            if facts["code"] == code:
                return str(_provinces()[self._other_province(name)]["code"])
        return code

    def short(self, letter: str) -> str:
        """The one-character name of a province, as on plates: that of the one that takes its place."""
        for name, facts in _provinces().items():
            if facts["short"] == letter:
                return str(_provinces()[self._other_province(name)]["short"])
        return letter

    def _other_province(self, name: str) -> str:
        group = _group(_provinces()[name]["group"])
        return group[self.draws.cycle(len(group), "province", _provinces()[name]["group"])[group.index(name)]]

    def _province(self, place: _Place) -> str:
        if place.province:
            return self._other_province(place.province)
        places = [name for name in _provinces() if name not in _municipalities()]
        return self.draws.pick(places, "province", place.city or place.unit)

    def _city(self, place: _Place, province: str) -> str:
        cities: list[str] = list(_provinces()[province]["cities"])
        if cities == [""]:
            return ""
        home = _city_homes().get(place.city)
        known = [_bare(one) for one in _provinces()[home]["cities"]] if home else []
        # Cities of one province go to different cities of the other, as far as there are enough.
        first = self.draws.number(len(cities), "city", province)
        at = (
            first + known.index(place.city)
            if place.city in known
            else self.draws.number(len(cities), "city", place.city)
        )
        others = [one for one in cities if _bare(one) != place.city]
        return others[at % len(others)]

    def _unit(self, place: _Place, province: str, city: str) -> str:
        """A district for a district; for a city of county level another one of the new prefecture, if it has one."""
        if not place.unit:
            return ""
        small = place.unit in _homes() or place.unit.endswith("市")
        cities = [f"{one}市" for one, home in _homes().items() if home == (province, _bare(city)) and one != place.unit]
        if small and city and cities:
            return self.draws.pick(cities, "district", place.unit)
        districts: list[str] = _provinces()[province]["cities"][city]
        others = [one for one in districts if one != place.unit]
        ending = [one for one in others if one[-1] == ("县" if small else place.unit[-1])]
        return self.draws.pick(ending or others, "district", place.unit)


def province_of(region: Region) -> str:
    """The whole name of the province that a region lies in; empty where it is not known."""
    return _placed(region).province


def _in_form(old: str, new: str, ending: re.Pattern[str]) -> str:
    if not old:
        return ""
    return new if re.search("(?:[省市盟区县旗]|自治州)$", old) else ending.sub("", new)


def _bare(city: str) -> str:
    # 津市 is bare already.
    return city if city in _homes() else _CITY_ENDING.sub("", city)


def _provinces() -> dict[str, dict[str, Any]]:
    provinces: dict[str, dict[str, Any]] = pool("chinese_places")["provinces"]
    return provinces


@lru_cache
def _group(name: str) -> tuple[str, ...]:
    return tuple(province for province, facts in _provinces().items() if facts["group"] == name)


@lru_cache
def _municipalities() -> frozenset[str]:
    return frozenset(name for name, facts in _provinces().items() if "" in facts["cities"])


@lru_cache
def _province_names() -> dict[str, str]:
    """Provinces by whole and bare name."""
    bare = {_PROVINCE_ENDING.sub("", name): name for name in _provinces()}
    return bare | {bare_name + "省": name for bare_name, name in bare.items()} | {name: name for name in _provinces()}


@lru_cache
def _city_homes() -> dict[str, str]:
    """The province of each prefecture, by the prefecture's bare name."""
    listed = {
        above: province
        for province, words in pool("chinese_cities").items()
        for above, _ in map(_listed, words.split())
        if above
    }
    # Last, since whatever surrogates are made of must be known in any case.
    return listed | {
        _bare(city): province for province, facts in _provinces().items() for city in facts["cities"] if city
    }


@lru_cache
def _homes() -> dict[str, tuple[str, str]]:
    """Province and bare prefecture of each city of county level, by its bare name."""
    return {
        city: (province, above)
        for province, words in pool("chinese_cities").items()
        for above, cities in map(_listed, words.split())
        for city in cities
    }


def _listed(word: str) -> tuple[str, list[str]]:
    """``赣州:瑞金,龙南`` → 赣州 and its cities; ``+仙桃`` has no prefecture."""
    if word.startswith("+"):
        return "", word[1:].split(",")
    above, _, cities = word.partition(":")
    return above, cities.split(",") if cities else []


@lru_cache
def _district_homes() -> dict[str, str]:
    """The province of each district; of equal names, of the first."""
    homes: dict[str, str] = {}
    for province, facts in _provinces().items():
        for districts in facts["cities"].values():
            for district in districts:
                homes.setdefault(district, province)
    return homes


@lru_cache
def _province_pattern() -> re.Pattern[str]:
    return re.compile("|".join(sorted(_province_names(), key=len, reverse=True)))


@lru_cache
def _city_pattern() -> re.Pattern[str]:
    """Cities that surrogates are made of, bare or not: the largest of each province."""
    names = {_bare(city) for facts in _provinces().values() for city in facts["cities"] if city}
    return re.compile(f"(?:{'|'.join(sorted(names, key=len, reverse=True))})(?:市|地区|(?![市区县路街道]))")


@lru_cache
def _whole_pattern() -> re.Pattern[str]:
    """All cities with what they are, 镇江市 and 宁乡市 among them, whose names hold words of smaller places."""
    names = sorted({*_city_homes(), *_homes()}, key=len, reverse=True)
    return re.compile(f"(?:{'|'.join(names)})(?:市|地区|盟)")


@lru_cache
def _bare_pattern() -> re.Pattern[str]:
    """All other cities, without what they are."""
    names = sorted({*_city_homes(), *_homes()}, key=len, reverse=True)
    return re.compile(f"(?:{'|'.join(names)})(?![市区县旗州盟路街道镇乡村])")
