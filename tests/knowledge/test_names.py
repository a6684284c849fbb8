"""Spellings that are the same name, and ones that are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.knowledge.names import normalised, query_tokens, tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Seizures", "seizure"),
        ("SEIZURE", "seizure"),
        ("Abscesses", "abscess"),
        ("Biopsies", "biopsy"),
        ("Alzheimer's disease", "Alzheimer disease"),
        ("Alzheimer\u2019s disease", "alzheimer's DISEASE"),
        ("Sjögren syndrome", "Sjogren syndrome"),
        ("Guillain-Barré", "guillain barre"),
        ("Haemorrhage", "hemorrhage"),
        ("anaemia", "Anemia"),
        ("Diarrhoea", "diarrhea"),
        ("oesophageal oedema", "esophageal edema"),
        ("ＣＴ 检查", "CT检查"),
        ("急性、重症", "急性重症"),
        ("急性 重症", "急性重症"),
        ("２型糖尿病", "2型糖尿病"),
        ("Diabetes mellitus, type 2", "diabetes mellitus type 2"),
    ],
)
def test_same_name(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("virus", "viru"),
        ("hypertension", "hypotension"),
        ("diagnosis", "diagnosi"),
        ("高血压", "低血压"),
        ("toe", "te"),
        ("type 1", "type 2"),
    ],
)
def test_other_name(one: str, other: str) -> None:
    assert normalised(one) != normalised(other)


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing_that_a_search_depends_on(text: str) -> None:
    once = normalised(text)
    assert once == once.strip()
    assert "  " not in once
    assert set(query_tokens(once)) <= set(tokens(once))


@given(st.text(alphabet="腹痛头晕发热咳嗽", min_size=2, max_size=8), st.data())
def test_every_part_of_two_characters_is_found(name: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(name) - 2))
    end = data.draw(st.integers(start + 2, len(name)))
    assert set(query_tokens(normalised(name[start:end]))) <= set(tokens(normalised(name)))


def test_nothing_but_punctuation_is_empty() -> None:
    assert normalised(" ，。- ") == ""
    assert tokens("") == query_tokens("") == []
