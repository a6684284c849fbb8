"""Ages over 89 are found in every written form and written coarser; younger ones and other numbers stay."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.deid.ages import AgeDetector, generalised_age
from medgo.deid.protocol import Note

OLD = st.integers(90, 119)
YOUNG = st.integers(1, 89)
FORMS = [
    "患者，男，{}岁，因胸痛入院",
    "{}岁女性",
    "年龄：{}",
    "姓名 性别 年龄：{} 岁",
    "患者女性，{}周岁",
    "男，{}，汉族",
    "享年{}",
    "a {}-year-old man with chest pain",
    "The patient is {} years old.",
    "{} y/o F admitted with falls",
    "{}yo male",
    "{} y.o. woman",
    "aged {}",
    "Age: {}",
    "Sex/Age: F/{}",
    "{}F with chest pain",
    "{} year old",
    "{} years of age",
    "She turned {} last week",
    "He died at {}",
]


def found_in(text: str, year: int | None = None) -> list[str]:
    note = Note(text, "zh")
    found = list(AgeDetector(year).find(note))
    assert all(one.label == "age_over_89" for one in found)
    return [text[note.view.start(one.start) : note.view.end(one.end)] for one in found]


@given(OLD, st.sampled_from(FORMS))
def test_ages_over_89_are_found_and_their_number_goes(age: int, form: str) -> None:
    text = form.format(age)
    found = found_in(text)
    assert len(found) == 1
    assert str(age) in found[0]
    coarse = generalised_age(found[0])
    assert "90" in coarse
    assert age == 90 or str(age) not in coarse


@given(YOUNG, st.sampled_from(FORMS))
def test_younger_ages_stay(age: int, form: str) -> None:
    assert found_in(form.format(age)) == []


@pytest.mark.parametrize(
    ("text", "age", "coarse"),
    [
        ("患者九十二岁", "九十二岁", "90岁以上"),
        ("一百零三岁老人", "一百零三岁", "90岁以上"),
        ("９５岁", "９５岁", "90岁以上"),
        ("90多岁", "90多岁", "90岁以上"),
        ("年近九旬", "年近九旬", "九旬以上"),
        ("百岁老人", "百岁", "90岁以上"),
        ("a 95-year-old man", "95-year-old", "90+-year-old"),
        ("a ninety-two-year-old woman", "ninety-two-year-old", "90+-year-old"),
        ("one hundred and two years old", "one hundred and two years old", "90+ years old"),
        ("101 yo", "101 yo", "90+ yo"),
        ("in her nineties", "nineties", "90s or older"),
        ("in his mid-90s", "90s", "90s or older"),
        ("a nonagenarian", "nonagenarian", "person aged 90+"),
        ("her 93rd birthday", "93rd", "90+"),
    ],
)
def test_forms_are_kept(text: str, age: str, coarse: str) -> None:
    assert found_in(text) == [age]
    assert generalised_age(age) == coarse


@pytest.mark.parametrize(
    "text",
    [
        "90岁以上",
        "≥90岁",
        "aged 90+",
        "aged 90 and over",
        "出生3个月",
        "月龄11月",
        "HR 95 bpm",
        "SpO2 95% on RA",
        "BP 120/90",
        "Temp 98.6 F",
        "95 mg",
        "born at 39 weeks",
        "for 92 years",
        "96 hours old",
        "95 patients",
        "110 female patients",
        "weight 95 lb",
        "出生体重3000g",
        "95%CI",
        "in the 90s",
        "心率 98次/分",
        "P 96",
        "男99例",
        "血糖 9.5",
        "190岁",
    ],
)
def test_what_is_no_age_over_89_stays(text: str) -> None:
    assert found_in(text) == []
    assert found_in(f"查体：{text}，余无殊") == []


@pytest.mark.parametrize(
    ("text", "born"),
    [
        ("DOB: 3/4/1921. Seen 3/5/2024", ["3/4/1921"]),
        ("出生日期：1930年5月6日，2024年入院", ["1930年5月6日"]),
        ("born in 1925; seen in 2019", ["1925"]),
        ("1928年出生，2020年确诊", ["1928年出生"]),
        ("患者1929年生人，2024年入院", ["1929年生"]),
        ("一九二九年生，2024年入院", ["一九二九年生"]),
        ("DOB: 3/4/1961. Seen 3/5/2024", []),
        ("born in 1925; seen in 1999", []),
        ("出生日期：1935年5月6日，2024年入院", []),
        ("出生日期：1934年5月6日，2024年入院", ["1934年5月6日"]),
    ],
)
def test_births_are_reckoned_from_the_latest_year_of_the_note(text: str, born: list[str]) -> None:
    assert found_in(text) == born
    assert all(not any(digit in generalised_age(one).replace("90", "") for digit in "123456789") for one in born)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("生于一九三二年冬月初八，现年九十二岁", ["九十二岁", "一九三二年冬月初八"]),
        ("生于1932年，现年92岁", ["92岁", "1932年"]),
        ("DOB 7/9/1935, seen for cough. 89 y/o female", []),
        ("DOB 7/9/1935, 91 y/o", ["91 y/o", "7/9/1935"]),
        ("1934年5月生，男，89岁，2024年入院，出生日期：1934年5月6日", []),
        ("生于1931年3月4日，2019年行手术，现93岁", ["93岁", "1931年3月4日"]),
        # Ages that cannot be of who was born then.
        ("1945年生人，其母98岁", ["98岁"]),
        ("出生日期：1930年5月6日，其子60岁，2024年入院", ["1930年5月6日"]),
    ],
)
def test_births_are_judged_by_the_age_that_the_note_states(text: str, found: list[str]) -> None:
    assert found_in(text) == found


@pytest.mark.parametrize("text", ["1931年生产队", "1931年生活困难"])
def test_a_year_before_other_words_is_no_birth(text: str) -> None:
    assert found_in(text) == []


def test_the_year_to_reckon_from_may_be_given() -> None:
    assert found_in("born in 1925", year=2010) == []
    assert found_in("born in 1925", year=2015) == ["1925"]


def test_a_birth_is_written_coarser_in_the_language_around_it() -> None:
    assert generalised_age("1930年5月6日") == "90余年前"
    assert generalised_age("1930-05-06") == "90+ years ago"
    assert generalised_age("1930-05-06", "zh") == "90余年前"
    assert generalised_age("1930年生") + "人" == "90余年前生人"
    assert generalised_age("1930年出生") == "90余年前出生"
    assert generalised_age("一九三〇年腊月初八") == "90余年前"


@pytest.mark.parametrize("piece", ["90", "9岁", "90 ", "出生", "aged ", "男，", "born 1925 ", "95-year-old "])
def test_time_is_linear_in_length(piece: str) -> None:
    def seconds(times: int) -> float:
        note = Note(piece * times, "zh")
        start = time.process_time()
        list(AgeDetector().find(note))
        return time.process_time() - start

    seconds(100)
    length = 100_000 // len(piece)
    small = min(seconds(length // 10) for _ in range(3))
    assert seconds(length) < 20 * max(small, 0.002)


@given(OLD, st.sampled_from(FORMS), st.integers(0, 160))
def test_an_age_is_found_wherever_it_stands_in_a_note(age: int, form: str, before: int) -> None:
    """English forms are looked for around their numbers only: other numbers near by must not cut them."""
    stated = form.format(age)
    text = "x" * before + ". SpO2 98 %, HR 120. " + stated + "\nWeight 95 kg, SpO2 97 %. " + "y" * before
    assert len(found_in(text)) == len(found_in(stated))
