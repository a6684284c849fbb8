"""Labelled replies written in families; half of the families were not looked at while rules were written."""

from __future__ import annotations

from collections import Counter

import pytest

from medgo.evaluation.reading import read_answer
from tests.evaluation.reading.corpus import Case, load_cases, load_unread

CASES = load_cases()


def _read(case: Case):
    return read_answer(case.reply, case.options, multiple=case.multiple, truncated=case.truncated)


def test_corpus_is_as_large_and_as_varied_as_it_claims():
    families = Counter(case.family for case in CASES + load_unread())
    assert len(CASES) >= 940
    assert len(families) >= 140
    assert min(families.values()) >= 6
    assert len({(case.reply, tuple(case.options.items()), case.multiple, case.truncated) for case in CASES}) == len(
        CASES
    )
    halves = Counter(case.half for case in CASES)
    assert min(halves.values()) > 200


@pytest.mark.parametrize("half", ["dev", "held_out"])
def test_labels_are_read_and_what_cannot_be_read_is_not(half):
    cases = [case for case in CASES if case.half == half]
    right = missed = invented = 0
    wrong_status = []
    for case in cases:
        answer = _read(case)
        right += len(set(answer.labels) & set(case.labels))
        missed += len(set(case.labels) - set(answer.labels))
        invented += len(set(answer.labels) - set(case.labels))
        if answer.status != case.status:
            wrong_status.append((case.family, case.reply, case.status, answer))
    assert 2 * right / (2 * right + missed + invented) >= 0.99
    assert wrong_status == []


def test_what_a_person_would_read_and_no_rule_does_is_left_unread_and_not_misread():
    cases = load_unread()
    assert len(cases) == 5
    assert [_read(case).labels for case in cases] == [()] * len(cases)


def test_span_holds_what_was_read():
    for case in CASES:
        answer = _read(case)
        if answer.span is None:
            assert answer.status != "answered"
            continue
        start, end = answer.span
        assert 0 <= start < end <= len(case.reply), (case, answer)
        if answer.status == "answered":
            read_again = read_answer("答案：" + case.reply[start:end], case.options, multiple=case.multiple)
            if answer.rule in ("field", "boxed", "tag", "announced", "leading", "mention", "concluded"):
                assert set(read_again.labels) & set(answer.labels), (case, answer, case.reply[start:end])


def test_labels_are_in_the_order_of_the_options():
    assert read_answer("Answer: C, A", {"A": "x", "B": "y", "C": "z"}).labels == ("A", "C")
    assert read_answer("Answer: C, A", {"C": "x", "B": "y", "A": "z"}).labels == ("C", "A")


@pytest.mark.parametrize(
    "reply", ["It is C. difficile that grows here.", "The organism is not B. fragilis but C. perfringens."]
)
def test_a_species_is_no_label(reply):
    assert read_answer(reply, {"A": "x1", "B": "y1", "C": "z1"}, multiple=False).labels == ()
