"""Inline markup as characters: what is raised stays apart, formulas read as formulas, no text is lost."""

from __future__ import annotations

import unicodedata
from collections import Counter
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.corpus.inline import line_of, mathml, superscript, tex
from medgo.corpus.xml import etree

pytest.importorskip("lxml")
MATH = "http://www.w3.org/1998/Math/MathML"


def element(inner: str) -> object:
    return etree().fromstring(f'<p xmlns:m="{MATH}">{inner}</p>')


@pytest.mark.parametrize(
    ("inner", "line"),
    [
        ("10<sup>9</sup>/L", "10⁹/L"),
        ("Ca<sup>2+</sup> and 10<sup>-3</sup>", "Ca²⁺ and 10⁻³"),
        ("the 5<sup>th</sup> day, 12.5<sup>a</sup>", "the 5th day, 12.5ᵃ"),
        ("CO<sub>2</sub>, HbA<sub>1c</sub>", "CO₂, HbA1c"),
        ("<i>in <b>vivo</b></i>\n   study", "in vivo study"),
        ("plain\n\t text", "plain text"),
        ("", ""),
    ],
)
def test_raised_and_lowered(inner: str, line: str) -> None:
    assert line_of(element(inner)) == line


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ("<m:msup><m:mi>R</m:mi><m:mn>2</m:mn></m:msup>", "R²"),
        ("<m:msubsup><m:mi>T</m:mi><m:mn>2</m:mn><m:mo>*</m:mo></m:msubsup>", "T₂*"),
        ("<m:msub><m:mi>C</m:mi><m:mi>max</m:mi></m:msub><m:mo>=</m:mo><m:mn>5</m:mn>", "C_max = 5"),
        ("<m:mfrac><m:mrow><m:mi>a</m:mi><m:mo>+</m:mo><m:mi>b</m:mi></m:mrow><m:mi>c</m:mi></m:mfrac>", "(a + b)/c"),
        ("<m:msqrt><m:mn>2</m:mn></m:msqrt>", "√2"),
        (
            "<m:msup><m:mrow><m:mi>x</m:mi><m:mo>+</m:mo><m:mn>1</m:mn></m:mrow><m:mrow><m:mo>-</m:mo><m:mn>1</m:mn>"
            "</m:mrow></m:msup>",
            "(x + 1)⁻¹",
        ),
        ("<m:mfenced><m:mi>a</m:mi><m:mi>b</m:mi></m:mfenced>", "(a,b)"),
        ("<m:mfrac><m:mi>a</m:mi></m:mfrac>", "a"),
        ("<m:semantics><m:mi>x</m:mi><m:annotation>tex</m:annotation></m:semantics>", "x"),
    ],
)
def test_mathml(formula: str, text: str) -> None:
    assert mathml(etree().fromstring(f'<m:math xmlns:m="{MATH}">{formula}</m:math>')) == text


def test_tex_loses_its_document() -> None:
    wrapped = r"\documentclass[12pt]{minimal} \usepackage{amsmath} \begin{document}$$ x^2 $$\end{document}"
    assert tex(wrapped) == "$$ x^2 $$"
    assert tex(r"\alpha") == r"\alpha"


def test_what_is_raised_can_be_lowered_again() -> None:
    for text in ("123", "+", "2+", "n", "a", "(1)", "th", "TM", "1,2"):
        assert unicodedata.normalize("NFKC", superscript(text)) == text


LETTERS = st.text(alphabet="abcxyzαβ中文0129 .,%<&", max_size=8).map(escape)
MARKUP = st.recursive(
    LETTERS,
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>",
        st.sampled_from(["b", "i", "u", "sub", "sup"]),
        st.lists(inner, max_size=3),
    ),
    max_leaves=12,
)
TOKEN = st.builds(
    lambda tag, text: f"<m:{tag}>{text}</m:{tag}>",
    st.sampled_from(["mi", "mn", "mo", "mtext"]),
    st.text(alphabet="abxyz019αβ+=", min_size=1, max_size=3),
)
FORMULA = st.recursive(
    TOKEN,
    lambda inner: st.builds(
        lambda tag, parts: f"<m:{tag}>{''.join(parts)}</m:{tag}>",
        st.sampled_from(["mrow", "mfrac", "msup", "msub", "msubsup", "mover", "munder", "msqrt", "mroot", "mstyle"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=10,
)


def characters(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).replace("−", "-")


@given(st.lists(MARKUP, max_size=5))
def test_no_character_is_lost(parts: list[str]) -> None:
    inner = "".join(parts)
    expected = "".join(ElementTree.fromstring(f"<p>{inner}</p>").itertext())
    assert characters(line_of(element(inner))) == characters(expected)


@given(FORMULA)
def test_no_character_of_a_formula_is_lost(formula: str) -> None:
    source = f'<m:math xmlns:m="{MATH}">{formula}</m:math>'
    wanted = Counter(characters("".join(ElementTree.fromstring(source).itertext())))
    found = Counter(characters(mathml(etree().fromstring(source))))
    assert not wanted - found
    assert set(found - wanted) <= set("()/^_√1")
