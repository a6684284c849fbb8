"""Scores: a span is found when every letter of it is covered, and a term kept when no finding touches it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.deid.protocol import Finding
from medgo.deid.scoring import GoldNote, Tally
from medgo.errors import InputError

NOTE = GoldNote("1", "zh", "患者 欧 阳，帕金森病；电话 139-0000。", ((3, 6, "name"), (15, 23, "phone")), ("帕金森病",))


def finding(start: int, end: int) -> Finding:
    return Finding(start, end, "name", 0.5, "test")


def test_a_blank_inside_a_span_need_not_be_covered() -> None:
    tally = Tally()
    wrong = tally.add(NOTE, [finding(3, 4), finding(5, 6)])
    assert tally.found["name"] == 1
    assert [label for _, _, label in wrong["missed"]] == ["phone"]


def test_half_a_name_is_missed_but_touched() -> None:
    tally = Tally()
    tally.add(NOTE, [finding(3, 4)])
    assert (tally.found["name"], tally.touched["name"]) == (0, 1)


def test_a_term_that_a_finding_touches_is_broken() -> None:
    tally = Tally()
    wrong = tally.add(NOTE, [finding(8, 9)])
    assert (tally.keep, tally.intact) == (1, 0)
    assert [(NOTE.text[a:b]) for a, b, _ in wrong["broken"]] == ["帕金森病"]
    assert tally.spurious == 1


def test_a_finding_in_a_text_without_identifiers_counts_as_touched() -> None:
    tally = Tally()
    plain = GoldNote("2", "en", "Parkinson disease.", (), ("Parkinson disease",), hard_negative=True)
    tally.add(plain, [])
    tally.add(plain, [finding(0, 9)])
    assert (tally.negatives, tally.negatives_touched) == (2, 1)


@given(st.lists(st.tuples(st.integers(0, 23), st.integers(1, 8)), max_size=6))
def test_more_findings_never_lower_recall_nor_raise_what_is_kept(drawn: list[tuple[int, int]]) -> None:
    findings = [finding(start, min(start + size, len(NOTE.text))) for start, size in drawn]
    fewer, more = Tally(), Tally()
    fewer.add(NOTE, findings[:-1])
    more.add(NOTE, findings)
    assert sum(more.found.values()) >= sum(fewer.found.values())
    assert more.intact <= fewer.intact
    assert more.redacted >= fewer.redacted


@pytest.mark.parametrize("span", [(-1, 2), (3, 3), (4, 99)])
def test_spans_outside_the_text_are_refused(span: tuple[int, int]) -> None:
    value = {"id": "1", "text": "abc def", "spans": [{"start": span[0], "end": span[1], "label": "name"}]}
    with pytest.raises(InputError, match="outside its text"):
        GoldNote.from_dict(value)
