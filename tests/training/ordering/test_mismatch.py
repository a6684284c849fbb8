"""KTO's mismatched pairs: a permutation, never of one prompt, fixed over epochs; TRL's neighbours are not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.errors import RecipeError
from medgo.training.ordering.mismatch import MismatchRow, mismatched


def _rows(prompts: list[int], *, langs: int = 2) -> list[MismatchRow]:
    return [MismatchRow(p, (p, i), f"l{p % langs}", 5 + (i * 7) % 40) for i, p in enumerate(prompts)]


@given(prompts=st.lists(st.integers(0, 9), min_size=2, max_size=60), seed=st.integers(0, 20))
def test_partners_are_a_permutation_and_never_share_a_prompt(prompts: list[int], seed: int) -> None:
    most = max(prompts.count(prompt) for prompt in prompts)
    rows = _rows(prompts)
    if most > len(prompts) / 2:
        with pytest.raises(RecipeError, match="apo_zero_unpaired"):
            mismatched(rows, np.random.default_rng(seed))
        return
    found = mismatched(rows, np.random.default_rng(seed))
    assert sorted(found.partner.tolist()) == list(range(len(rows)))
    assert all(prompts[row] != prompts[other] for row, other in enumerate(found.partner))


def test_the_neighbour_in_the_batch_shares_the_prompt_and_ours_does_not() -> None:
    """TRL rotates the answers of a batch: in pairs taken apart, each prompt's answers stand side by side."""
    prompts = [index // 2 for index in range(40)]  # chosen and rejected of 20 prompts
    naive = [start + (offset - 1) % 4 for start in range(0, 40, 4) for offset in range(4)]
    assert sum(prompts[row] == prompts[other] for row, other in enumerate(naive)) == 20
    lonely = [40 - 1]  # a last batch of one row is rotated onto itself
    assert np.roll(lonely, 1).tolist() == lonely
    ours = mismatched(_rows(prompts), np.random.default_rng(0)).partner
    assert not any(prompts[row] == prompts[other] for row, other in enumerate(ours))


def test_partners_are_of_the_language_and_of_about_the_length() -> None:
    rng = np.random.default_rng(3)
    tokens = rng.integers(5, 400, 300)
    rows = [MismatchRow(i, i, "zh" if i % 3 else "en", int(n)) for i, n in enumerate(tokens)]
    found = mismatched(rows, rng)
    assert found.other_language == 0 and found.same_answer == 0
    assert np.median(np.abs(tokens - tokens[found.partner])) < 20


def test_answers_alike_are_kept_apart_while_it_can_be_done() -> None:
    """The same answer to another prompt is no mismatch to speak of: "Yes." fits everywhere."""
    rows = [MismatchRow(i, "yes" if i % 2 else "no", "en", 3) for i in range(20)]
    assert mismatched(rows, np.random.default_rng(0)).same_answer == 0
    rows = [MismatchRow(i, "yes", "en", 3) for i in range(20)]
    assert mismatched(rows, np.random.default_rng(0)).same_answer == 20


def test_the_seed_decides() -> None:
    rows = _rows(list(range(50)))
    first, again, other = (mismatched(rows, np.random.default_rng(seed)).partner for seed in (1, 1, 2))
    assert (first == again).all() and (first != other).any()
