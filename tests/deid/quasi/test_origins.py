"""Nationality, ethnic group, religion and country: found where they are somebody's, kept where medicine has them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgo.deid.assembling import deidentifier
from medgo.deid.deidentifier import Deidentifier
from medgo.deid.policy import read_policy
from medgo.deid.protection import ProtectedTerms
from medgo.deid.protocol import Note
from medgo.deid.quasi import OriginDetector

FOUND = (
    ("72-year-old Caucasian male", "Caucasian"),
    ("A Black woman with lupus", "Black"),
    ("She is from Cuba.", "Cuba"),
    ("recent travel to Thailand", "Thailand"),
    ("traveled to Jordan in May", "Jordan"),
    ("Race: White", "White"),
    ("Religion: Jehovah's Witness, declines blood", "Jehovah's Witness"),
    ("I am bolivian but I live here", "bolivian"),
    ("holds Portuguese nationality", "Portuguese"),
    ("of Ashkenazi Jewish descent", "Ashkenazi"),
    ("needs a Somali interpreter", "Somali"),
    ("姓名：某  民族：汉族  婚姻：已婚", "汉族"),
    ("民族 维吾尔 职业 教师", "维吾尔"),
    ("籍贯：山东省济南市", "山东省济南市"),
    ("国籍：加拿大", "加拿大"),
    ("信仰佛教，素食", "佛教"),
    ("患者，回族，已婚", "回族"),
    ("3天前从尼日利亚回国", "尼日利亚"),
    ("患者系法国籍", "法国"),
)
KEPT = (
    "Spanish flu",
    "Japanese encephalitis",
    "German measles",
    "African trypanosomiasis",
    "American Heart Association guidelines",
    "British Thoracic Society",
    "Chinese herbal medicine",
    "Brazilian purpuric fever",
    "Swiss cheese ventricular septum",
    "India ink stain",
    "Congo red stain",
    "Guinea pig",
    "a turkey sandwich",
    "white blood cells",
    "polish the tooth",
    "Ethnicity: unknown",
    "日本血吸虫病",
    "克里米亚-刚果出血热",
    "西班牙流感",
    "德国麻疹",
    "日本脑炎疫苗",
    "印度墨汁染色",
    "宗教信仰：无",
    "美国心脏协会指南",
    "水族箱",
    "恩施土家族苗族自治州",
)


@pytest.fixture(scope="module")
def finder() -> Deidentifier:
    return Deidentifier((OriginDetector(),), ProtectedTerms())


def texts(finder: Deidentifier, text: str) -> list[str]:
    lang = "zh" if any("\u4e00" <= letter <= "\u9fff" for letter in text) else "en"
    return [text[one.start : one.end] for one in finder.find(Note(text, lang)).findings]


@pytest.mark.parametrize(("text", "origin"), FOUND)
def test_somebodys_origin_is_found(finder: Deidentifier, text: str, origin: str) -> None:
    assert any(origin in one for one in texts(finder, text))


@pytest.mark.parametrize("text", KEPT)
def test_what_is_called_after_a_country_stays(finder: Deidentifier, text: str) -> None:
    assert texts(finder, text) == []


def test_only_a_policy_that_acts_on_them_finds_quasi_identifiers() -> None:
    note = Note("A 45-year-old Vietnamese woman.", "en")
    assert [one.label for one in deidentifier("a").find(note).findings] == []
    strict = deidentifier("a", policy=read_policy("strict"))
    assert [one.label for one in strict.find(note).findings] == ["age", "origin"]
    assert {one.name for one in strict.detectors} - {one.name for one in deidentifier("a").detectors} == {
        "younger_ages",
        "origins",
    }


def test_a_class_that_the_policy_keeps_hides_nothing_beside_it() -> None:
    rules = read_policy().model_dump()
    rules["classes"]["hospital"]["action"] = "keep"
    note = Note("Seen by Dr. Hale at Orlavale Hospital on 2024-03-05.", "en")
    labels = [
        one.label for one in deidentifier("a", policy=type(read_policy()).model_validate(rules)).find(note).findings
    ]
    assert "hospital" not in labels
    assert {"name_clinician", "date"} <= set(labels)


@settings(deadline=None, max_examples=20)
@given(st.sampled_from(("Race: ", "民族：", "American ", "from the ", "从美国", "native ", "土家族苗族", "Jehovah's ")))
def test_time_is_linear_in_the_length(piece: str) -> None:
    def seconds(times: int) -> float:
        note = Note(piece * times, "en")
        begun = time.perf_counter()
        list(OriginDetector().find(note))
        return time.perf_counter() - begun

    seconds(100)
    assert seconds(10_000) < 40 * (seconds(1_000) + 0.01)
