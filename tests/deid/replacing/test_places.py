from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.deid.replacing.chinese_regions import province_of, region_of
from tests.deid.replacing.marked import new, news

PATIENTS = st.text(min_size=1, max_size=8)
REGIONS = st.sampled_from(
    [
        ("浙江省", "衢州市", "柯城区"),
        ("湖北省", "十堰市", "茅箭区"),
        ("河南省", "周口市", "淮阳县"),
        ("四川省", "绵阳市", "涪城区"),
    ]
)
ROADS = st.sampled_from(["学院路", "滨江大道", "北大街", "南湖巷", "槐树弄"])
ENGLISH_TOWNS = st.sampled_from(["Poughkeepsie", "Wapakoneta", "Truth or Consequences", "Walla Walla"])


@given(REGIONS, ROADS, st.integers(1, 999), PATIENTS)
def test_a_chinese_address_stays_one_of_the_same_level(
    region: tuple[str, str, str], road: str, number: int, patient: str
) -> None:
    address = f"{''.join(region)}{road}{number}号翠湖小区3栋2单元501室"
    surrogate = new("address", address, patient=patient)
    moved, rest = region_of(surrogate)
    assert moved.province
    assert moved.city
    assert moved.district
    assert not {moved.province, moved.city, moved.district} & set(region)
    kind = re.search("大道|大街|[路巷弄]$", road)
    assert kind
    assert re.fullmatch(rf"[一-鿿]+{kind[0]}\d{{{len(str(number))}}}号[一-鿿]+小区\d栋\d单元\d{{3}}室", rest)
    assert road not in surrogate
    assert "翠湖" not in surrogate


@given(REGIONS, PATIENTS)
def test_a_region_moves_as_a_whole(region: tuple[str, str, str], patient: str) -> None:
    province, city, district = region
    whole, place, alone = news(
        f"{{address:{province}{city}{district}学院路9号}}{{location:{province}{city}}}{{location:{province}}}",
        patient=patient,
    )
    assert whole.startswith(place)
    assert place.startswith(alone)


def test_bare_names_follow_whole_ones() -> None:
    whole, bare, plate, hospital = news(
        "{location:广东省深圳市}{location:深圳}{vehicle:粤B77301}{hospital:深圳市第三人民医院}"
    )
    moved, _ = region_of(whole)
    assert bare == moved.city.removesuffix("市")
    assert hospital.startswith(moved.city)
    assert plate[0] != "粤"


def test_municipalities_change_among_themselves() -> None:
    for patient in "abcd":
        surrogate = new("address", "上海市徐汇区漕溪路7号", patient=patient)
        assert re.fullmatch(r"(?:北京|天津|重庆)市[一-鿿]+区[一-鿿]+路\d号", surrogate)


def test_a_village_stays_a_village() -> None:
    surrogate = new("address", "河南省周口市淮阳县四通镇李庄村三组")
    assert re.search(r"[一-鿿]+镇[一-鿿]+村[一二三四五六七八九]组$", surrogate)
    assert "四通" not in surrogate
    assert "李庄" not in surrogate


def test_latin_names_in_a_chinese_address_go() -> None:
    surrogate = new("address", "衢州市柯城区Quincannon公寓B座12楼")
    assert "uincannon" not in surrogate
    assert re.search(r"座\d\d楼$", surrogate)


@pytest.mark.parametrize(
    ("label", "value", "pattern"),
    [
        ("hospital", "衢州市第二人民医院", "[一-鿿]+市第[一二三四五六]人民医院"),
        ("hospital", "柳林镇中心卫生院", "[一-鿿]+镇?中心卫生院"),
        ("hospital", "济仁堂诊所", "[一-鿿]+诊所"),
        ("hospital", "济仁堂中医医院骨科", "[一-鿿]+中医医院骨科"),
        ("organisation", "衢州市云帆信息技术有限公司", "[一-鿿]+市[一-鿿]+信息技术有限公司"),
        ("organisation", "衢州市第四中学", "[一-鿿]+市第[一二三四五六]中学"),
        ("organisation", "云帆纺织厂", "[一-鿿]+纺织厂"),
    ],
)
@pytest.mark.parametrize("patient", ["a", "b", "c"])
def test_chinese_bodies_keep_their_kind(label: str, value: str, pattern: str, patient: str) -> None:
    surrogate = new(label, value, patient=patient)
    assert re.fullmatch(pattern, surrogate)
    assert not any(old in surrogate for old in ("衢州", "柳林", "济仁", "云帆"))
    assert surrogate != value


@given(ENGLISH_TOWNS, st.integers(1, 9999), PATIENTS)
def test_an_english_address_keeps_its_form_and_state(town: str, number: int, patient: str) -> None:
    surrogate = new("address", f"{number} Quincannon Street, Apt 4B, {town}, OH 45895", patient=patient, lang="en")
    assert re.fullmatch(
        rf"\d{{{len(str(number))}}} [A-Z][a-z]+ Street, Apt \d[A-Z], [A-Z][A-Za-z ]+, OH 458\*\*", surrogate
    )
    assert town not in surrogate
    assert "Quincannon" not in surrogate


def test_a_town_is_the_same_alone_and_in_an_address() -> None:
    address, alone = news("{address:9 Elm Rd, Poughkeepsie, NY} {location:Poughkeepsie}", lang="en")
    assert address.split(", ")[1] == alone


@pytest.mark.parametrize(
    ("label", "value", "pattern"),
    [
        ("address", "PO Box 7781", r"PO Box \d{4}"),
        ("address", "44 W 103rd Street", r"\d\d W \d+th Street"),
        ("address", "88 QUINCANNON AVE", r"\d\d [A-Z]+ AVE"),
        ("location", "Wapakoneta County", r"[A-Z][A-Za-z ]+ County"),
        ("hospital", "Saint Quiteria's Hospital", r"[A-Z][A-Za-z ]+ Hospital"),
        ("hospital", "Wapakoneta Regional Medical Center", r"[A-Z][A-Za-z ]+ Regional Medical Center"),
        ("organisation", "Quincannon Widgets, Inc.", r"[A-Z][A-Za-z ]+ Inc\."),
    ],
)
def test_english_places_keep_their_kind(label: str, value: str, pattern: str) -> None:
    surrogate = new(label, value, lang="en")
    assert re.fullmatch(pattern, surrogate)
    assert not re.search("quincannon|wapakoneta|quiteria", surrogate, re.IGNORECASE)


def test_a_province_is_known_from_its_cities() -> None:
    assert province_of(region_of("杭州市西湖区文三路9号")[0]) == "浙江省"
    assert province_of(region_of("内蒙古包头")[0]) == "内蒙古自治区"
    assert not region_of("文三路9号")[0]


@pytest.mark.parametrize("label", ["address", "location", "hospital", "organisation"])
@given(value=st.text(min_size=1, max_size=30), patient=PATIENTS)
def test_any_text_may_be_called_a_place(label: str, value: str, patient: str) -> None:
    value = value.replace("}", "").replace("{", "")
    if value:
        assert len(news(f"{{{label}:{value}}}", patient=patient)) == 1


def test_one_address_has_one_room_and_one_province() -> None:
    whole, street, room, city, province = news(
        "{address:广东省深圳市福田区桂花路12号3栋401室}{address:桂花路12号3栋401室}{address:401}{location:深圳市}{location:广东省}"
    )
    assert whole.startswith(province + city)
    assert whole.endswith(street)
    assert street.endswith(room + "室")


def test_an_english_apartment_is_one_in_any_line() -> None:
    whole, room = news("{address:12 Oak Street, Apt 401}{address:Apt 401}", lang="en")
    assert whole.endswith(room)
