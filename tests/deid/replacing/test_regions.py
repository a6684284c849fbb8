"""Cities of county level: one place in whatever form they are written, in the province that the others move to."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgo.deid.policy import read_policy
from medgo.deid.replacing import SurrogateReplacer
from medgo.deid.replacing.chinese_regions import province_of, region_of
from medgo.deid.replacing.pools import pool
from medgo.deid.replacing.told import told_by
from tests.deid.replacing.marked import KEY, new, news, read

PATIENTS = st.text(min_size=1, max_size=8)
SMALL = [
    (province, above.partition(":")[0], city)
    for province, words in pool("chinese_cities").items()
    for above in words.split()
    if ":" in above
    for city in above.partition(":")[2].split(",")
]


@settings(deadline=None)  # the first call reads the lists
@given(st.sampled_from(SMALL), PATIENTS)
def test_a_small_city_is_one_place_in_every_form(place: tuple[str, str, str], patient: str) -> None:
    province, above, city = place
    short = province[:3] if province.startswith(("内蒙古", "黑龙江")) else province[:2]
    whole, long, alone, hospital, bare = news(
        f"{{location:{province}{city}市}}{{address:{province}{above}市{city}市}}{{location:{city}市}}"
        f"{{hospital:{city}市人民医院}}{{location:{short}{city}}}",
        patient=patient,
    )
    assert whole.endswith(alone)
    assert long.endswith(alone)
    assert hospital == alone + "人民医院"
    assert alone.startswith(bare[len(short) :]) or alone[:2] in bare
    new_province = whole.removesuffix(alone)
    assert new_province in pool("chinese_cities")
    assert new_province != province
    assert province_of(region_of(long)[0]) == new_province
    assert alone != f"{city}市"


def test_where_a_county_lies_is_told_by_the_note() -> None:
    whole, alone = news("{location:福建省德化县}，{hospital:德化县医院}")
    assert whole.endswith(alone.removesuffix("医院"))


def test_where_a_county_lies_is_told_by_another_note() -> None:
    facts = told_by(*read("{location:福建省德化县}"))
    by = SurrogateReplacer(KEY, read_policy(), told=lambda _, fact: fact in facts)
    assert news("{location:福建省德化县}", by=by)[0].endswith(news("{location:德化县}", by=by)[0])


@pytest.mark.parametrize("value", ["东方医院", "永安堂药店", "平安诊所", "中山路12号"])
def test_words_that_are_also_cities_are_no_regions(value: str) -> None:
    assert not region_of(value)[0] or region_of(value)[0].city == ""


@pytest.mark.parametrize(
    ("value", "state"), [("Wapakoneta, OH 45895", "OH"), ("Poughkeepsie, New York 12601", "New York")]
)
def test_an_american_town_keeps_state_and_area(value: str, state: str) -> None:
    surrogate = new("location", value, lang="en")
    assert f", {state} {value[-5:-2]}**" in surrogate
    assert value.split(",")[0] not in surrogate
