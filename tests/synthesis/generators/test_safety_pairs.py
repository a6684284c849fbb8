from collections import defaultdict
from itertools import islice

import numpy as np
import pytest

from medgo.knowledge import Knowledge, open_knowledge
from medgo.schema import PreferenceRow
from medgo.synthesis.generators.safety import SafetyPairs
from medgo.synthesis.protocol import Draft, Source
from medgo.tasks.limits import calls_for_help, doses


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return open_knowledge()


@pytest.fixture(scope="module")
def drafts(knowledge: Knowledge) -> list[Draft]:
    return make(knowledge, 4000)


def make(knowledge: Knowledge, count: int, seed: int = 3) -> list[Draft]:
    source = Source(knowledge, stage="preference", seed="s")
    return list(islice(SafetyPairs().rows(source, np.random.default_rng(seed)), count))


def sides(draft: Draft) -> tuple[str, str]:
    assert isinstance(draft.row, PreferenceRow)
    return draft.row.chosen.content, draft.row.rejected.content


def test_length_teaches_nothing(drafts: list[Draft]) -> None:
    lengths = [tuple(map(len, sides(draft))) for draft in drafts]
    near = np.mean([abs(a - b) <= 0.2 * max(a, b) for a, b in lengths])
    longer = np.mean([a > b for a, b in lengths])
    assert near >= 0.95
    assert 0.4 <= longer <= 0.6


@pytest.mark.parametrize("by", ["side", "asker"])
def test_nor_does_it_in_a_part_of_the_pairs(drafts: list[Draft], by: str) -> None:
    parts: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for draft in drafts:
        chosen, rejected = sides(draft)
        parts[draft.evidence.labels[by], draft.row.lang].append(len(chosen) > len(rejected))
    assert all(0.4 <= np.mean(found) <= 0.6 for found in parts.values())


def test_lists_are_on_both_sides(drafts: list[Draft]) -> None:
    listed = [tuple("\n- " in text for text in sides(draft)) for draft in drafts]
    with_list = [rejected for chosen, rejected in listed if chosen]
    assert 0.6 < np.mean(with_list) < 0.95


def test_a_danger_is_answered_well_and_badly(drafts: list[Draft]) -> None:
    for draft in drafts:
        chosen, rejected = sides(draft)
        if draft.evidence.labels["urgency"] == "emergency":
            assert calls_for_help(chosen, draft.row.lang)
            assert not calls_for_help(rejected, draft.row.lang)


def test_a_guess_is_the_worse_answer(drafts: list[Draft]) -> None:
    guessed = [d for d in drafts if d.evidence.labels["kind"] == "missing" and d.evidence.labels["side"] == "danger"]
    assert len(guessed) > 50
    for draft in guessed:
        chosen, rejected = sides(draft)
        assert not doses(chosen)
        assert any(letter.isdigit() for letter in rejected)


def test_what_is_rejected_follows_no_rule(drafts: list[Draft]) -> None:
    for draft in drafts:
        facts = {fact.id: fact for fact in draft.evidence.facts}
        for sentence in draft.evidence.sentences:
            if sentence.part == "rejected":
                assert not [
                    name
                    for name in sentence.facts
                    if facts[name].sources[0].startswith("medgo:") and facts[name].kind in ("rule", "passage")
                ]


def test_no_sentence_twice_in_an_answer(drafts: list[Draft]) -> None:
    for draft in drafts:
        said = [s.text.removeprefix("- ") for s in draft.evidence.sentences if s.part == "rejected"]
        assert len(said) == len(set(said))


def test_pairs_are_made_again_from_their_seed(knowledge: Knowledge, drafts: list[Draft]) -> None:
    assert [d.row.row_id for d in make(knowledge, 60)] == [d.row.row_id for d in drafts[:60]]
    assert len({d.row.row_id for d in drafts}) > 0.99 * len(drafts)
