"""Ages of people under 90: found in digits and words, banded, and told from all other numbers of years."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgo.deid.assembling import deidentifier
from medgo.deid.dates import words
from medgo.deid.keys import Key
from medgo.deid.policy import read_policy
from medgo.deid.protocol import Note
from medgo.deid.quasi import YoungerAgeDetector
from medgo.deid.quasi.ages import BAND_YEARS, band_of, years_of
from medgo.deid.replacing import SurrogateReplacer, TagReplacer
from medgo.deid.replacing.quasi import age_band, age_bands

ENGLISH = (
    "A {}-year-old woman with COPD.",
    "Pt is {} y/o and lives alone.",
    "She just turned {}.",
    "he was admitted at the age of {} with croup",
    "Age: {}\nSex: F",
    "AGE: {}-YEAR-OLD",
    "a {} y.o. female",
    "When he was {}, he fell.",
    "Her mother died at {}.",
    "His brother ({}) has asthma.",
)
CHINESE = (
    "患者{}岁，女。",
    "性别：男  年龄：{}岁",
    "年 龄：{} 科别：骨科",
    "患者，男，{}岁，因腹痛入院",
    "现年{}，已退休",
    "其母{}周岁",
)
NO_AGES = (
    "2-year survival was 80%.",
    "HbA1c 6.5, G2P1, gestational age 32 weeks",
    "bone age of 7 years",
    "mental age 6",
    "screening of adults over 50 years old",
    "women aged 50-74 years",
    "ages 18 or older",
    "turned 30 degrees to the left",
    "smoked for 40 years",
    "She was 62 kg.",
    "stage 3, page 12, dosage 20 mg",
    "5岁龄骨龄",
    "骨龄相当于5岁",
    "病史20年，孕32周，3月龄",
    "年龄≥60岁者，18-65岁，60岁以上",
    "60多岁，六十余岁",
    "年龄：8月",
)


def found(text: str) -> list[str]:
    view = Note(text, "en").view.text
    return [view[one.start : one.end] for one in YoungerAgeDetector().find(Note(text, "en"))]


@given(st.sampled_from(ENGLISH), st.integers(1, 89))
def test_ages_in_english_are_found_and_nothing_beside_them(template: str, years: int) -> None:
    assert found(template.format(years)) == [str(years)]


@given(st.sampled_from(CHINESE), st.integers(1, 89))
def test_ages_in_chinese_are_found_and_nothing_beside_them(template: str, years: int) -> None:
    assert found(template.format(years)) == [str(years)]


@given(st.integers(10, 89))
def test_ages_in_chinese_characters_are_found_and_read(years: int) -> None:
    written = words.to_han_number(years)
    assert found(f"患者{written}岁，男") == [written]
    assert years_of(written) == years


@pytest.mark.parametrize(("text", "age"), [("forty-five-year-old", "forty-five"), ("a six year old boy", "six")])
def test_ages_in_english_words_are_found(text: str, age: str) -> None:
    assert found(text) == [age]


@pytest.mark.parametrize("text", NO_AGES)
def test_what_is_no_age_of_a_person_stays(text: str) -> None:
    assert found(text) == []


@given(st.integers(90, 125), st.sampled_from(ENGLISH + CHINESE))
def test_ages_over_89_are_the_other_detectors(years: int, template: str) -> None:
    assert found(template.format(years)) == []


@given(st.integers(0, 89))
def test_a_band_holds_its_age_and_five_years(years: int) -> None:
    low, high = map(int, band_of(years).split("-"))
    assert low <= years <= high
    assert high - low + 1 == BAND_YEARS
    assert low % BAND_YEARS == 0


@pytest.mark.parametrize(
    ("value", "band"),
    [("45", "45-49"), ("45岁", "45-49岁"), ("forty-five", "45-49"), ("四十五", "45-49"),
     ("2岁6个月", "0-4岁"), ("3岁半", "0-4岁"),
     ("7 3", "70-74"), ("6个月", None), ("8 months", None), ("unknown", None), ("93", None)],
)  # fmt: skip
def test_a_value_gets_its_band_where_its_number_stands(value: str, band: str | None) -> None:
    assert age_band(value) == band


def test_bands_of_a_rare_disease_are_those_of_the_same_ages_but_for_children() -> None:
    text = "患者４７岁，其子9岁，其父60多岁"
    assert [(text[one.start : one.end], band) for one, band in age_bands(text, [])] == [("４７", "45-49")]


def test_strict_writes_bands_and_tags_origins_and_the_default_leaves_both() -> None:
    strict, text = read_policy("strict"), "患者45岁，汉族，其子7岁。"
    note = Note(text, "zh")
    findings = deidentifier("a", policy=strict).find(note).findings
    by_key = SurrogateReplacer(Key(bytes(32)), strict).replace(text, findings, patient="p", lang="zh")
    assert by_key.text == "患者45-49岁，[族裔]，其子5-9岁。"
    tagged = TagReplacer(strict).replace(text, findings, patient="p", lang="zh")
    assert tagged.text == "患者[年龄段]岁，[族裔]，其子[年龄段]岁。"
    kept = SurrogateReplacer(Key(bytes(32)), read_policy()).replace(text, findings, patient="p", lang="zh")
    assert kept.text == text


@settings(deadline=None, max_examples=20)
@given(st.sampled_from(("aged ", "年龄", "his brother (", "4 岁", "男，45", "age at ", "turned 4", "45-year-", "i'm ")))
def test_time_is_linear_in_the_length(piece: str) -> None:
    def seconds(times: int) -> float:
        note = Note(piece * times, "en")
        begun = time.perf_counter()
        list(YoungerAgeDetector().find(note))
        return time.perf_counter() - begun

    seconds(100)
    assert seconds(20_000) < 40 * (seconds(2_000) + 0.01)
