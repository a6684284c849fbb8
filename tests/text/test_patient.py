"""Sex and side as texts state them."""

from __future__ import annotations

import pytest

from medgo.text import sexes, sides


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("患者，男，45岁", ["male"]),
        ("患儿女，3月龄", ["female"]),
        ("患者女儿诉", []),
        ("育龄妇女", []),
        ("王先生，他今年60岁", ["male", "male"]),
        ("A 45M with cough", ["male"]),
        ("Ms. Smith, a 30-year-old woman", ["female", "female"]),
        ("an MS flare in men and women", []),
        ("temperature 104 F, 0.5 m", []),
        ("阿托伐他汀", []),
        ("Increased brain lactate by MRS. The scan was repeated.", []),
        ("known MS. No relapse; moderate MR. No change", []),
        ("Mrs Li and Mr. Wang", ["female", "male"]),
        ("MRS LI CAME IN", ["female"]),
    ],
)
def test_sexes(text: str, expected: list[str]) -> None:
    assert [mention.sex for mention in sexes(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("左侧胸痛，双下肢水肿", [("left", "胸痛"), ("both", "下肢水肿")]),
        ("左氧氟沙星0.5g，3天左右", []),
        ("双胍类、双氯芬酸", []),
        ("right lower quadrant pain, both knees", [("right", "lower quadrant"), ("both", "knees")]),
        ("he left the hospital right away", []),
        ("left-sided weakness", [("left", "weakness")]),
        ("pain on the left.", [("left", "")]),
        ("left ventricular hypertrophy", []),
    ],
)
def test_sides(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(mention.side, mention.attached) for mention in sides(text)] == expected
