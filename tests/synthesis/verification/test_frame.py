"""Sentences with their names cut out: positions lead back, names keep their words, old readings change nothing."""

from __future__ import annotations

import pytest

from medgo.knowledge.lexicon import Lexicon
from medgo.schema import Concept, ConceptKind, Lang
from medgo.schema import Name as ConceptName
from medgo.synthesis.verification.reading import Reader

NAMES: dict[str, ConceptKind] = {
    "chest pain": "sign",
    "history of falls": "sign",
    "left-sided weakness": "sign",
    "type 2 diabetes": "disease",
    "hemoglobin": "lab",
    "potassium": "lab",
    "胸痛": "sign",
    "没有表情": "sign",
    "左侧无力": "sign",
    "2型糖尿病": "disease",
    "血红蛋白": "lab",
}


def _lang(text: str) -> Lang:
    return "en" if text.isascii() else "zh"


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.of(
        Concept(
            f"T:{number}", kind, (ConceptName(text, "en" if text.isascii() else "zh", "preferred", "test"),), "test"
        )
        for number, (text, kind) in enumerate(NAMES.items())
    )


CASES: list[tuple[Lang, str, dict[str, str], list[str], list[str]]] = [
    ("en", "No chest pain, hemoglobin 98 g/L.", {"chest pain": "absent"}, ["98 g/L"], []),
    ("en", "History of falls and chest pain for 3 days", {"History of falls": "present"}, ["3 days"], []),
    ("en", "Left-sided weakness, right leg too", {"Left-sided weakness": "present"}, [], ["right"]),
    ("en", "He has type 2 diabetes, potassium 4.1-5.2 mmol/L", {"type 2 diabetes": "present"}, ["4.1-5.2 mmol/L"], []),
    ("zh", "未见胸痛，血红蛋白98g/L（偏低）。", {"胸痛": "absent"}, ["98g/L"], []),
    ("zh", "没有表情，胸痛3天", {"没有表情": "present", "胸痛": "present"}, ["3天"], []),
    ("zh", "左侧无力，右手麻木", {"左侧无力": "present"}, [], ["右"]),
    ("zh", "2型糖尿病10年，无胸痛", {"2型糖尿病": "present", "胸痛": "absent"}, ["10年"], []),
    ("zh", "\ufdd0否认胸痛\ufdd1\ufdd1两天", {"胸痛": "absent"}, ["两天"], []),
]


@pytest.mark.parametrize(("lang", "text", "statuses", "numbers", "sides"), CASES)
def test_positions_lead_back_and_names_keep_their_words(
    lexicon: Lexicon, lang: Lang, text: str, statuses: dict[str, str], numbers: list[str], sides: list[str]
) -> None:
    reading = Reader(lexicon).read(text, lang)
    found = {text[name.mention.start : name.mention.end]: name.status for name in reading.names}
    assert {words: found[words] for words in statuses} == statuses
    assert [text[one.start : one.end] for one in reading.quantities] == numbers
    assert [one.raw for one in reading.quantities] == numbers
    assert [text[one.start : one.end] for one in reading.sides] == sides


def test_what_was_read_before_changes_nothing(lexicon: Lexicon) -> None:
    used = Reader(lexicon)
    pattern = "No {}, hemoglobin {} g/L, right leg swollen for {} days; she has {}."
    texts = [
        pattern.format(sign, value, days, other)
        for sign in ("chest pain", "history of falls", "left-sided weakness")
        for other in ("chest pain", "type 2 diabetes")
        for value, days in (("98", "3"), ("101.5", "12"), ("8", "3"))
    ]
    for text in texts:
        assert used.read(text, "en") == Reader(lexicon).read(text, "en")
        assert used.read(text, "en").quantities[0].raw.endswith("g/L")
