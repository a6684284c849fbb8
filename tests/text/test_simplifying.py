"""Simplified characters are OpenCC's, only faster."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.text.simplifying import simplified

pytest.importorskip("opencc")
_SAMPLE = (
    "乾燥的頭髮發展乾隆年間著作看著皇后以後藥物瞭解一目瞭然隻於甚麼裡面"
    "糖尿病是一種代謝性疾病患者的血糖長期高於標準值準確征兆徵兆"
)


@lru_cache
def opencc() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")


@given(st.text(st.sampled_from(_SAMPLE), max_size=60))
def test_the_same_as_opencc(text: str) -> None:
    assert simplified(text) == opencc().convert(text)


def test_words_decide_where_a_character_has_two_forms() -> None:
    assert simplified("乾燥、乾隆、瞭解") == "干燥、乾隆、了解"
    assert simplified("plain") == "plain"
