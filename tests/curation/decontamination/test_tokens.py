"""Tokens are the same however a text is marked up, wrapped or spelled."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.curation.decontamination.folding import folding, simplified_characters
from medgo.curation.decontamination.markup import without_markup
from medgo.curation.decontamination.tokens import PIECE, pieces_of, runs, tokens_of

TABLE = folding(simplified_characters())


def same(one: str, other: str) -> bool:
    a, b = tokens_of(one, TABLE), tokens_of(other, TABLE)
    return len(a) > 0 and np.array_equal(a.own, b.own)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("diabetes mellitus", "<p>dia<b>bet</b>es</p><br/>\nmellitus"),
        ("diabetes mellitus", "dia**bet**es _mellitus_"),
        ("diabetes mellitus", r"\textbf{dia}betes \emph{mellitus}"),
        ("diabetes mellitus", "ｄｉａｂｅｔｅｓ\u3000ＭＥＬＬＩＴＵＳ"),
        ("diabetes mellitus", "dia\u00adbetes\u200b mel-\nlitus"),
        ("α-blocker", r"$\alpha$-blocker"),
        ("α-blocker", "&alpha;-blocker"),
        ("Sjögren syndrome", "Sjogren syndrome"),
        ("𝐛𝐨𝐥𝐝 text", "bold text"),
        ("H2O 10⁹", "H<sub>2</sub>O 10^9"),
        ("患者，男", "患 者\n，<b>男</b>"),
        ("头发与发热", "頭髮與發熱"),
        ("患者", "\\u60a3\\u8005"),
        ("one\ntwo", r"one\ntwo"),
        ("尿素 25℃", "尿素 25°C"),
    ],
)
def test_spellings_of_the_same(one: str, other: str) -> None:
    assert same(one, other)


def test_comparisons_are_no_tags() -> None:
    for text in ("p<0.05 and q>3", "where a<b and c>d", "x <- y -> z", "a & b; c"):
        assert without_markup(text) == text


def test_numbers_are_the_same_only_where_masked() -> None:
    one, other = (
        tokens_of("37.8 degrees, 100/60 mmHg, 五十四岁", TABLE),
        tokens_of("39 degrees, 120/80 mmHg, 61岁", TABLE),
    )
    assert np.array_equal(one.masked, other.masked)
    assert not np.array_equal(one.own, other.own)
    assert len(one) == 6


def test_numbers_on_lines_of_their_own_are_several() -> None:
    assert [len(tokens_of(text, TABLE)) for text in ("6\n9\n13", "6 9 13", "100/60")] == [3, 1, 1]


@given(st.text(max_size=80))
def test_any_text_has_tokens_in_order_within_it(text: str) -> None:
    found = tokens_of(text, TABLE)
    starts = found.starts.tolist()
    assert starts == sorted(set(starts))
    assert all(0 <= start < len(found.text) for start in starts)
    assert len(found.own) == len(found.masked) == len(starts)


@given(st.text(alphabet="ab 1中文，<>*\n😀𠀀", max_size=60), st.text(alphabet="xy 国", min_size=1, max_size=10))
def test_tokens_of_joined_lines_are_those_of_each(one: str, other: str) -> None:
    parts = [tokens_of(part, TABLE).own for part in (one, other)]
    if "<" in one + other or "\n" in one:
        return
    assert np.array_equal(tokens_of(f"{one}\n{other}", TABLE).own, np.concatenate(parts))


@given(st.lists(st.integers(0, 2**64 - 1), max_size=30), st.integers(1, 12))
def test_runs_are_polynomials_of_their_tokens(values: list[int], size: int) -> None:
    found = runs(np.array(values, np.uint64), size).tolist()
    base = 6364136223846793005
    expected = [
        sum(value * base ** (size - 1 - at) for at, value in enumerate(values[start : start + size])) % 2**64
        for start in range(len(values) - size + 1)
    ]
    assert found == expected


def test_pieces_cover_a_text_and_share_its_edges() -> None:
    text = "".join(chr(97 + n % 26) for n in range(3 * PIECE + 17))
    pieces = list(pieces_of(text))
    assert all(len(piece) <= PIECE for piece in pieces)
    assert text.startswith(pieces[0])
    assert text.endswith(pieces[-1])
    assert sum(map(len, pieces)) > len(text)
    assert list(pieces_of("short")) == ["short"]
