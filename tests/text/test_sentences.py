"""Sentence ends, folding, language."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.schema import Lang
from medgo.text import fold, language_of, sentences


def _cut(text: str, lang: Lang) -> list[str]:
    return [span.of(text) for span in sentences(text, lang)]


def test_chinese_sentences_end_at_stops_semicolons_and_lines() -> None:
    text = "患者发热3天；无咳嗽。\n体温38.5℃！是否复查？"
    assert _cut(text, "zh") == ["患者发热3天；", "无咳嗽。", "体温38.5℃！", "是否复查？"]


def test_english_abbreviations_decimals_and_numbering_do_not_end_a_sentence() -> None:
    text = "Dr. Smith saw the pt. at 3.5 h, e.g. today. He took 2.5 mg p.o. Then he left.\n1. Fever\n2. Cough vs. cold."
    assert _cut(text, "en") == [
        "Dr. Smith saw the pt. at 3.5 h, e.g. today.",
        "He took 2.5 mg p.o.",
        "Then he left.",
        "1. Fever",
        "2. Cough vs. cold.",
    ]


@given(st.text(alphabet="发热。；.!? \nab1Dr。，、", max_size=60), st.sampled_from(["zh", "en"]))
def test_nothing_but_white_space_is_lost(text: str, lang: Lang) -> None:
    spans = sentences(text, lang)
    assert "".join("".join(span.of(text).split()) for span in spans) == "".join(text.split())
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))


@given(st.text(max_size=40))
def test_folded_positions_lead_back(text: str) -> None:
    folded = fold(text)
    for position, letter in enumerate(folded.text):
        original = text[folded.start(position) : folded.end(position + 1)]
        assert fold(original).text[:1] == letter


def test_width_case_and_traditional_characters_fold() -> None:
    assert fold("ＡＢｃ１２．５　無發熱").text == "abc12.5 无发热"


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("患者使用metformin 500 mg bid治疗", "zh"),
        ("The patient has fever.", "en"),
        ("Bonjour, le patient est dans la chambre", None),
        ("これはペンです", None),
        ("发热", "zh"),
        ("120/80", None),
    ],
)
def test_language(text: str, lang: Lang | None) -> None:
    assert language_of(text) == lang
