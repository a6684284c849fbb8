from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.deid.replacing.draws import Draws
from medgo.deid.replacing.times import shift_of
from tests.deid.replacing.marked import KEY, new, news, replaced, surrogates

PATIENTS = st.text(min_size=1, max_size=8)
DAYS = st.dates(date(1950, 1, 1), date(2030, 12, 31))


@given(DAYS, DAYS, PATIENTS)
def test_intervals_and_weekdays_stay(first: date, second: date, patient: str) -> None:
    one, two = map(date.fromisoformat, news(f"{{date:{first}}}—{{date:{second}}}", patient=patient))
    assert two - one == second - first
    assert one.weekday() == first.weekday()
    assert one < first


@given(DAYS, PATIENTS)
def test_written_forms_agree(day: date, patient: str) -> None:
    iso, chinese, slashed = news(
        f"{{date:{day}}}{{date:{day.year}年{day.month}月{day.day}日}}{{date:{day:%Y/%m/%d}}}", patient=patient
    )
    moved = date.fromisoformat(iso)
    assert chinese == f"{moved.year}年{moved.month}月{moved.day}日"
    # 10/10 does not tell whether a single digit would have a zero in front.
    assert [int(part) for part in slashed.split("/")] == [moved.year, moved.month, moved.day]


def test_a_date_without_a_year_takes_that_of_the_note() -> None:
    admission, operation = news("{date:2024年1月10日}入院，{date:1月12日}手术", patient="q")
    assert int(operation.split("月")[1].rstrip("日")) - int(admission.split("月")[1].rstrip("日")) in (
        2,
        -26,
        -27,
        -28,
        -29,
    )


def test_a_month_alone_moves() -> None:
    assert all(new("date", "2024年3月", patient=str(at)) != "2024年3月" for at in range(60))


@given(PATIENTS, st.integers(7, 3650))
def test_shifts_are_whole_weeks_back_and_never_none(patient: str, most: int) -> None:
    shift = shift_of(Draws(KEY.secret, patient), most)
    assert shift % 7 == 0
    assert -most <= shift < 0


def test_patients_move_differently() -> None:
    assert len({new("date", "2024-03-05", patient=str(at)) for at in range(200)}) > 40


def test_what_cannot_be_moved_becomes_a_year_or_a_tag() -> None:
    assert new("date", "第八个五年计划") == "[日期]"


@pytest.mark.parametrize(("age", "expected"), [("93岁", "90岁以上"), ("94-year-old", "90+-year-old")])
def test_great_ages_are_generalised(age: str, expected: str) -> None:
    assert new("age_over_89", age) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [("60614", "606**"), ("60614-1234", "606**"), ("03601", "000**"), ("510080", "51****"), ("SW1A 1AA", "**** ***")],
)
def test_postcodes_keep_what_safe_harbor_leaves(code: str, expected: str) -> None:
    assert new("zip_code", code) == expected


def test_a_note_on_a_rare_disease_says_less() -> None:
    marked = (
        "患者{name:郗若彤}，女，47岁，{address:浙江省杭州市西湖区文三路9号}，{hospital:杭州市第一人民医院}，{date:2024年3月5日}确诊庞贝病，"
        "住{hospital:市第一人民医院}"
    )
    name, age, address, hospital, day, other = news(marked, by=surrogates(generalise_quasi=True))
    assert len(name) == 3
    assert age == "45-49"
    assert (address, hospital, other) == ("浙江省", "浙江省", "[医院]")
    assert day.endswith("月")
    assert "日" not in day
    english = (
        "A 47-year-old from {address:12 Elm Street, Springfield, IL 62704}, seen on {date:2024-03-05}, 8 months ill"
    )
    age, address, day = news(english, lang="en", by=surrogates(generalise_quasi=True))
    assert (age, address) == ("45-49", "Illinois")
    assert len(day) == len("2024-03")


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("{age_over_89:1931}年生人", "90余年前的某年生人"),
        ("出生日期：{age_over_89:1931-05-20}", "出生日期：90余年前"),
        ("Pt born {age_over_89:11/02/1934}", "Pt born 90+ years ago"),
        ("born in {age_over_89:1934}", "born in a year 90+ years ago"),
    ],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_births_speak_the_language_around_them(marked: str, expected: str, lang: str) -> None:
    assert replaced(marked, lang=lang).text == expected


def test_a_cyclic_year_moves_with_the_lunar_date() -> None:
    inside = news("{date:甲辰年正月初五}{date:2024-02-14}")
    outside = replaced("于甲辰年{date:正月初五}，{date:2024-02-14}就诊").text
    assert inside[0][:3] in ("癸卯年", "壬寅年")
    assert "甲辰" not in outside
    assert inside[0] in outside
