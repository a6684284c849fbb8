"""Normalised texts keep the way back to the original, character by character."""

from __future__ import annotations

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from medgo.evaluation.reading.normalise import normalise
from medgo.evaluation.reading.page import Options
from medgo.evaluation.reading.reader import read_answer


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40))
def test_every_position_has_an_original(text):
    normal = normalise(text)
    assert len(normal.lower) == len(normal.text)
    ends = [normal.original(position, position)[0] for position in range(len(normal.text) + 1)]
    assert ends == sorted(ends)
    assert ends[-1] == len(text)


@given(
    st.text(st.characters(min_codepoint=0xFF01, max_codepoint=0xFF5E, exclude_characters="＊＃＿｀＄＼"), max_size=30)
)
def test_full_width_is_nfkc(text):
    assert normalise(text).text == unicodedata.normalize("NFKC", text)


def test_expanding_characters_keep_the_place():
    reply = "⑿㎎ﬁ ½ 答案：Ｃ"
    span = read_answer(reply, {"A": "x", "C": "y"}).span
    assert span is not None
    assert reply[slice(*span)] == "Ｃ"


def test_letters_that_nfkc_would_invent_are_no_labels():
    assert "C" not in normalise("体温39℃").text
    assert read_answer("体温39℃，心率100", {"A": "x", "C": "y"}).labels == ()


def test_traditional_function_words_are_simplified():
    assert normalise("正確答案選項錯誤無法").text == "正确答案选项错误无法"


def test_options_are_normalised_like_replies():
    options = Options({"A": "ＣＴ", "B": "**bold**", "C": "腎衰竭。", "D": "", "E": "a\x1fb"})
    assert options.texts == {"A": "ct", "B": "bold", "C": "腎衰竭", "E": "a b"}
