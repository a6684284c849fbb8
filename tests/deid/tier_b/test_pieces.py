"""Pieces make up the text, are short enough, and end where a reader pauses."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from medgo.deid.tier_b.pieces import pieces, sentences

TEXT = st.text(alphabet=st.sampled_from(list("ab 中文。，\n；!")), max_size=300)


@given(TEXT, st.integers(2, 40))
def test_pieces_make_up_the_text(text: str, longest: int) -> None:
    for cut in (pieces, sentences):
        found = list(cut(text, longest))
        assert "".join(piece.text for piece in found) == text
        assert all(text[piece.start : piece.start + len(piece.text)] == piece.text for piece in found)
        assert all(0 < len(piece.text) <= longest for piece in found)


def test_a_piece_ends_with_a_sentence_where_one_ends() -> None:
    assert [piece.text for piece in pieces("患者今日出院。明日门诊复查。", 10)] == ["患者今日出院。", "明日门诊复查。"]


def test_a_name_is_not_cut_where_a_comma_is_near() -> None:
    assert [piece.text for piece in pieces("今日查房，覃雅楠诉无不适", 8)][1] == "覃雅楠诉无不适"


def test_every_sentence_is_a_piece() -> None:
    assert [piece.text for piece in sentences("甲。乙；丙\n丁", 100)] == ["甲。", "乙；", "丙\n", "丁"]
