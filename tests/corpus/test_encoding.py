"""Encodings of published texts: what was written comes back, or is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.corpus.encoding import codec_of, decode_published
from medgo.errors import InputError
from medgo.text.encoding import chinese_encoding_of, encoding_of, is_utf8

SIMPLIFIED = "高血压患者的治疗目标是将血压控制在正常范围，并且应当定期检查肾功能。"
TRADITIONAL = "高血壓患者的治療目標是將血壓控制在正常範圍，並且應當定期檢查腎功能，這是一個重要的問題。"
ENGLISH = "The naïve patient’s café visit – 5 µg dose."


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (SIMPLIFIED, "utf-8"),
        (SIMPLIFIED, "utf-8-sig"),
        (SIMPLIFIED, "utf-16"),
        (SIMPLIFIED, "gb18030"),
        (SIMPLIFIED, "gbk"),
        (TRADITIONAL, "big5"),
        (TRADITIONAL, "big5hkscs"),
        (TRADITIONAL, "gb18030"),
        (ENGLISH, "cp1252"),
        (ENGLISH, "utf-8"),
        ("plain words only", "ascii"),
        ("plain words only", "utf-16-le"),
        ("plain words only", "utf-16-be"),
    ],
)
def test_a_text_comes_back_without_being_told_its_encoding(text: str, encoding: str) -> None:
    decoded = decode_published(text.encode(encoding), "here")
    assert decoded.text == text
    assert decoded.damaged == 0


@pytest.mark.parametrize("declared", ["gb2312", "GBK", "iso-8859-1", "utf-8", "windows-1252", "no-such", ""])
def test_what_is_declared_wrongly_does_no_harm(declared: str) -> None:
    assert decode_published(SIMPLIFIED.encode("gb18030"), "here", declared).text == SIMPLIFIED
    assert decode_published(SIMPLIFIED.encode(), "here", declared).text == SIMPLIFIED


def test_what_is_declared_rightly_helps() -> None:
    assert decode_published("Größe müßig".encode("iso-8859-2"), "here", "iso-8859-2").text == "Größe müßig"


@given(st.integers(0, 10_000))
def test_a_lost_byte_is_counted_and_the_rest_stands(at: int) -> None:
    data = (SIMPLIFIED * 100).encode()
    at %= len(data)
    decoded = decode_published(data[:at] + data[at + 1 :], "here")
    assert decoded.encoding == "utf-8"
    assert 1 <= decoded.damaged <= 2
    assert decoded.text.replace("\ufffd", "")[:10] in SIMPLIFIED * 2 or at < 30


@pytest.mark.parametrize("data", [bytes(range(128, 256)) * 20, b"\x81\x82\x83\xff\xfe" * 200])
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match="no encoding"):
        decode_published(data, "here")


def test_chinese_is_told_by_what_it_says() -> None:
    assert chinese_encoding_of(SIMPLIFIED.encode("gb18030")) == "gb18030"
    assert chinese_encoding_of(TRADITIONAL.encode("big5")) == "big5hkscs"
    assert chinese_encoding_of(ENGLISH.encode("cp1252")) == ""
    assert encoding_of(SIMPLIFIED.encode("gb18030")) == "gb18030"


def test_a_beginning_may_end_inside_a_character() -> None:
    data = SIMPLIFIED.encode()[:10]
    assert not is_utf8(data)
    assert is_utf8(data, whole=False)


def test_names_of_encodings_mean_the_larger_one() -> None:
    assert codec_of("GB2312") == "gb18030"
    assert codec_of("big5") == "big5hkscs"
    assert codec_of("latin1") == "cp1252"
    assert codec_of("x-unheard-of") == ""
