"""Generated notes: gold spans that hold what they say, in every layout; parts that share nothing."""

from __future__ import annotations

import itertools
import re

import pytest

from medgo.deid.classes import CLASSES
from medgo.deid.notes import generate_notes
from medgo.deid.notes.facts_zh import _ID_WEIGHTS
from medgo.deid.notes.layouts import LAYOUTS_EN, LAYOUTS_ZH
from medgo.deid.notes.pools import Part, pools_of, read_yaml
from medgo.deid.scoring import GoldNote
from medgo.schema import Lang

INVISIBLE = re.compile("[\u200b\u200c\u2060\ufeff]")


def values(note: GoldNote) -> list[str]:
    return [note.text[start:end] for start, end, _ in note.spans]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("part", ["dev", "test"])
def test_notes_are_long_labelled_and_hold_their_terms(lang: Lang, part: Part) -> None:
    notes = list(generate_notes(60, 3, part, lang))
    assert len({note.id for note in notes}) == 60
    for note in notes:
        assert 300 < len(note.text) < 8_000
        assert len(note.spans) > 4
        assert {label for _, _, label in note.spans} <= set(CLASSES)
        assert "{" not in note.text
        assert all(term.lower() in note.text.lower() for term in note.keep)
        ends = [(start, end) for start, end, _ in note.spans]
        assert all(before[1] <= after[0] for before, after in itertools.pairwise(ends))
    assert max(len(note.text) for note in notes) > 3_000
    assert sum(bool(note.keep) for note in notes) > 55


def test_the_same_arguments_give_the_same_notes() -> None:
    assert list(generate_notes(8, 5)) == list(generate_notes(8, 5))
    assert list(generate_notes(8, 5)) != list(generate_notes(8, 6))
    assert list(generate_notes(8, 5))[:4] == list(generate_notes(4, 5))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_parts_share_neither_templates_nor_values(lang: Lang) -> None:
    templates = read_yaml(f"{lang}_templates.yaml")
    by_part = {part: {one["id"] for one in templates if one["part"] == part} for part in ("dev", "test")}
    assert len(by_part["dev"]) == len(by_part["test"]) == len(templates) / 2
    for kind, dev in pools_of(lang, "dev").items():
        assert not set(dev) & set(pools_of(lang, "test")[kind]), kind


@pytest.mark.parametrize("name", LAYOUTS_ZH)
def test_layouts_change_the_writing_and_not_the_values(name: str) -> None:
    plain, bent = list(generate_notes(13, 9, layouts=[])), list(generate_notes(13, 9, layouts=[name]))
    assert any(one.text != other.text for one, other in zip(plain, bent, strict=True))
    for one, other in zip(plain, bent, strict=True):
        assert [label for *_, label in one.spans] == [label for *_, label in other.spans]
        if name != "traditional":
            assert [bare(value) for value in values(one)] == [bare(value) for value in values(other)]
        assert len(other.keep) >= (len(one.keep) if name in {"traditional", "full_width", "zero_width", "table"} else 1)


@pytest.mark.parametrize("name", LAYOUTS_EN)
def test_layouts_of_english_notes_keep_the_values(name: str) -> None:
    for one, other in zip(
        generate_notes(8, 9, "dev", "en", []), generate_notes(8, 9, "dev", "en", [name]), strict=True
    ):
        assert [bare(value) for value in values(one)] == [bare(value) for value in values(other)]


def test_identity_cards_are_valid_and_agree_with_the_patient() -> None:
    cards = [
        (note.text[start:end], note)
        for note in generate_notes(40, 2, "dev", "zh", [])
        for start, end, label in note.spans
        if label == "id_card"
    ]
    assert len(cards) > 5
    for card, _ in cards:
        total = sum(int(digit) * weight for digit, weight in zip(card, _ID_WEIGHTS, strict=False))
        assert card[-1] == "10X98765432"[total % 11]


def test_only_ages_over_89_are_identifiers() -> None:
    seen = set()
    for note in generate_notes(120, 4, "dev", "zh", []):
        over = {note.text[start:end] for start, end, label in note.spans if label == "age_over_89"}
        ages = {int(age) for age in re.findall(r"年龄：(\d+)岁", note.text)}
        assert {int(age) for age in over} >= {age for age in ages if age > 89}
        assert all(int(age) > 89 for age in over)
        seen |= over
    assert seen


def bare(value: str) -> str:
    folded = "".join(chr(ord(letter) - 0xFEE0) if "\uff01" <= letter <= "\uff5e" else letter for letter in value)
    return re.sub(r"\s", "", INVISIBLE.sub("", folded)).lower()
