"""A view shows what is written, however it is written, and leads back to it exactly."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.deid.view import View, view_of

_HIDDEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u202e"
_LETTERS = ["张", "偉", "國", "１", "2", "３", "Ａ", "b", "，", "：", "①", "𝟗", "é", "e\u0301", "-", "－", "İ", "ß"]
_PIECES = st.sampled_from([*_LETTERS, " ", "　", "\n", *_HIDDEN])


def _same(shown: str, written: str) -> bool:
    """Whether one character of a view stands for a stretch of the original."""
    base = unicodedata.normalize("NFC", written)
    # An enclosed digit stays where it is alone.
    return shown in {view_of(base).text, base, unicodedata.normalize("NFKC", base)}


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("电话：１３８００１３８０００", "电话:13800138000"),
        ("張\u200b偉，住院號：ＺＹ\u200b０１", "张伟,住院号:ZY01"),
        ("张 伟 ， 男 ， 4 5 岁", "张伟,男,45岁"),
        ("姓 名 ： 张 伟", "姓名:张伟"),
        ("姓　　名：张　伟　　性　别：男", "姓名:张伟  性别:男"),
        ("1 3 8 0 0 1 3 8 0 0 0", "13800138000"),
        ("1 3 8 - 0 0 1 3 - 8 0 0 0", "138-0013-8000"),
        ("M R N : 5 5 5 1 2", "MRN:55512"),
        ("J o h n s o n", "Johnson"),
        ("①③⑧𝟏𝟑", "13813"),
        ("①２０２４年，②无", "①2024年,②无"),
        ("٠١٢", "012"),
        ("O’Brien–Smith", "O'Brien-Smith"),
        ("Jose\u0301", "José"),
        ("plain\u00a0text\u2003here", "plain text here"),
        ("D r .   H a u g l a n d   s e e n", "Dr. Haugland seen"),
        ("姓名：____张伟____ 性别：男", "姓名:张伟 性别:男"),
        ("患者“张伟”，由Dr. 【Wei】接诊", "患者张伟,由Dr. Wei接诊"),
        ("【主诉】胸闷。【现病史】见上", "【主诉】胸闷。【现病史】见上"),
        ("**姓名**：<b>张伟</b>", "姓名:张伟"),
        ("<td>姓名</td><td>张伟</td>", "\t姓名\t\t张伟\t"),
        ("阿依古丽・买买提", "阿依古丽·买买提"),
    ],
)
def test_what_detectors_see(written: str, shown: str) -> None:
    assert view_of(written).text == shown


_FULL = "予口服药物治疗后症状无明显缓解，无发热、咳嗽、咳痰、胸痛，遂来平陵市中医"


def test_the_end_of_a_full_line_is_left_out() -> None:
    assert view_of(f"{_FULL}\n院进一步诊治。").text == view_of(f"{_FULL}院进一步诊治。").text


@pytest.mark.parametrize(
    "following",
    ["现病史：无", "张伟  2024-03-05", "张伟", "二、查体", "二〇二四年三月五日", "2. 无", "2024-03-05 查房", "，无"],
)
def test_a_line_that_begins_something_stays_one(following: str) -> None:
    assert "\n" in view_of(f"{_FULL}\n{following}").text


@pytest.mark.parametrize(
    "text", ["张**，李**，均治愈", "height 5'4\", BMI 21", "p<0.05，b>a", "img__01", "签名：______"]
)
def test_marks_that_frame_no_value_stay(text: str) -> None:
    assert len(view_of(text).text) == len(text)


@pytest.mark.parametrize(
    "text",
    [
        "The patient was seen on the ward.",
        "options a b c and d",
        "grades I II III",
        "scores 1 2 3 today",
        "患者神志清楚,精神可。",
        "血压 120/80 mmHg 脉搏 80 次/分",
        "",
    ],
)
def test_plain_text_stays(text: str) -> None:
    assert view_of(text) == View(text)


@given(st.lists(_PIECES, max_size=40).map("".join))
def test_every_position_leads_back(text: str) -> None:
    view = view_of(text)
    ends = 0
    for at, shown in enumerate(view.text):
        start, end = view.start(at), view.end(at + 1)
        assert ends <= start < end <= len(text)
        assert _same(shown, text[start:end])
        # What is left out between two characters is hidden, or a space.
        assert all(letter in _HIDDEN or letter in " 　" for letter in text[ends:start])
        ends = end
    assert all(letter in _HIDDEN for letter in text[ends:])


@given(st.text("王小明ABC123", min_size=1, max_size=20), st.integers(0, 2**20 - 1))
def test_hidden_characters_change_nothing(text: str, where: int) -> None:
    hidden = "".join(
        letter + (_HIDDEN[at % len(_HIDDEN)] if where >> (at % 20) & 1 else "") for at, letter in enumerate(text)
    )
    view = view_of(hidden)
    assert view.text == text
    first, last = view.start(0), view.end(len(text))
    assert hidden[first] == text[0]
    assert hidden[last - 1] == text[-1]


@given(st.text("患者男已婚甲乙丙丁", min_size=3, max_size=30))
def test_spaces_between_characters_change_nothing(text: str) -> None:
    spaced = " ".join(text)
    view = view_of(spaced)
    assert view.text == text
    assert [view.start(at) for at in range(len(text))] == list(range(0, len(spaced), 2))


@pytest.mark.parametrize(
    "piece",
    [
        "张 ",
        "國",
        "1 ",
        "e\u0301",
        "\u200b",
        "，",
        "a b ",
        "a b   ",
        '"a',
        "【a",
        "a[b",
        "<b>",
        "<td ",
        "__a",
        "**a",
        "门" * 40 + "\n",
    ],
)
def test_linear_in_length(piece: str) -> None:
    def seconds(count: int) -> float:
        text = piece * count
        start = time.process_time()
        view_of(text)
        return time.process_time() - start

    seconds(1000)
    # Ten times the text may take no more than thirty times as long: the square would be a hundred.
    assert seconds(50_000) < 30 * max(seconds(5_000), 0.002)
