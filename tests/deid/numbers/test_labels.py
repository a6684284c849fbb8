"""Every label does what ``labels.yaml`` says of it."""

from __future__ import annotations

import re

import pytest

from medgo.deid.numbers.labels import Meaning, labels
from medgo.deid.numbers.trie import pattern_of
from tests.deid.numbers.support import covered

_VALUES = {"code": "K4R702918", "phone": "702-918", "handle": "k4r_7029", "place": "412", "zip": "70291"}
_KNOWN = sorted(labels().meanings.items())


@pytest.mark.parametrize("glue", [": ", "：", " is "])
def test_each_label_finds_its_value(glue: str) -> None:
    missed = [
        label
        for label, meaning in _KNOWN
        if meaning.class_ != "none"
        and not covered(f"note {label}{glue}{_VALUES[meaning.value]};", _VALUES[meaning.value])
    ]
    assert missed == []


def test_public_numbers_stay() -> None:
    value = "7702918"
    touched = [
        label for label, meaning in _KNOWN if meaning.class_ == "none" and covered(f"note {label}: {value};", value)
    ]
    assert touched == []


def test_labels_are_written_as_they_are_looked_for() -> None:
    assert [label for label, _ in _KNOWN if label != label.lower() or label != label.strip()] == []
    assert {type(meaning) for _, meaning in _KNOWN} == {Meaning}


def test_the_longest_word_wins() -> None:
    pattern = re.compile(pattern_of(["mr", "mrn", "mr no", "号", "住院号"]))
    assert [match[0] for match in pattern.finditer("mrn mr  no mr 住院号")] == ["mrn", "mr  no", "mr", "住院号"]
