"""Pairs of documents: the worse one has the labelled defects, and length tells nothing."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from medgo.knowledge import Knowledge, open_knowledge
from medgo.schema import PreferenceRow
from medgo.synthesis.generators.records import RecordPairs
from medgo.synthesis.protocol import Draft, Source


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return open_knowledge()


@pytest.fixture(scope="module")
def drafts(knowledge: Knowledge) -> list[Draft]:
    return make(knowledge, 600)


def make(knowledge: Knowledge, count: int, seed: int = 6) -> list[Draft]:
    source = Source(knowledge, seed="t", stage="preference")
    return list(islice(RecordPairs().rows(source, np.random.default_rng(seed)), count))


def sides(draft: Draft) -> tuple[str, str]:
    row = draft.row
    assert isinstance(row, PreferenceRow)
    return row.chosen.content, row.rejected.content


def test_length_tells_nothing(drafts: list[Draft]) -> None:
    lengths = np.array([[len(side) for side in sides(draft)] for draft in drafts])
    assert np.mean(np.abs(lengths[:, 0] - lengths[:, 1]) <= 0.2 * lengths[:, 0]) >= 0.95
    for lang in ("zh", "en"):
        mine = lengths[[draft.row.lang == lang for draft in drafts]]
        assert 0.4 <= np.mean(mine[:, 0] > mine[:, 1]) <= 0.6


def test_the_worse_side_has_the_labelled_changes_and_the_better_one_has_not(drafts: list[Draft]) -> None:
    for draft in drafts:
        better, worse = sides(draft)
        assert draft.evidence.labels["defects"]
        for defect in draft.evidence.labels["defects"]:
            for edit in defect["edits"]:
                assert all(text in worse for text in edit["after"])
                assert all(text in better for text in edit["before"])


def test_pairs_of_two_languages_have_the_same_defects(drafts: list[Draft]) -> None:
    for zh, en in zip(drafts[::2], drafts[1::2], strict=True):
        assert (zh.row.lang, en.row.lang) == ("zh", "en")
        names = [[one["kind"] for one in draft.evidence.labels["defects"]] for draft in (zh, en)]
        assert names[0] == names[1]


def test_every_document_and_many_sorts_of_defects_occur(drafts: list[Draft]) -> None:
    assert len({draft.evidence.labels["document"] for draft in drafts}) == 6
    assert len({one["kind"] for draft in drafts for one in draft.evidence.labels["defects"]}) >= 14


def test_the_same_seed_gives_the_same_rows(knowledge: Knowledge) -> None:
    assert make(knowledge, 30) == make(knowledge, 30)
