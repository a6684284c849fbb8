"""Encodings: right, or held back; never wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.deid.formats import HeldBackError
from medgo.deid.formats.decoding import decode_text

CHINESE = "患者申屠寒江，男，四十五岁，因反复咳嗽三天入院。"
# Two characters of GB 18030 may be a valid word of UTF-8; a sentence never is.
common = st.builds(
    lambda start, extra: CHINESE[start : start + 12] + extra, st.integers(0, 12), st.text("abc 123,.\n", max_size=20)
)


@given(common, st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]))
def test_a_text_comes_back_in_its_encoding(text: str, encoding: str) -> None:
    data = text.encode(encoding)
    found, said = decode_text(data, "here")
    assert found == text
    assert said == encoding or data.isascii()


@given(st.integers(min_value=0, max_value=len(CHINESE.encode()) - 1))
def test_damaged_utf8_is_not_taken_for_gb18030(at: int) -> None:
    data = CHINESE.encode()
    damaged = data[:at] + data[at + 1 :]
    with pytest.raises(HeldBackError):
        decode_text(damaged, "here")


@pytest.mark.parametrize("text", ["Séverine Déchaux a été vue", "naïve über señor", "Frau Käthe Möller"])
def test_latin1_is_not_taken_for_gb18030(text: str) -> None:
    with pytest.raises(HeldBackError) as held:
        decode_text(text.encode("latin-1"), "here")
    assert held.value.reason == "undecodable"
