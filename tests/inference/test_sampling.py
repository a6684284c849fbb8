"""Choosing tokens: right distribution, right nucleus, and nothing that depends on the neighbours."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from medgo.inference.protocol import Sampling
from medgo.inference.sampling import choose_tokens, request_rng


def _draws(row: torch.Tensor, sampling: Sampling, count: int, seed: int = 0) -> np.ndarray:
    rng = request_rng(seed)
    logits = row[None, :]
    return np.array([choose_tokens(logits, [sampling], [rng])[0] for _ in range(count)])


def test_greedy_takes_the_largest_and_uses_no_randomness() -> None:
    rng = request_rng(3)
    before = rng.bit_generator.state["state"]["counter"].copy()
    assert choose_tokens(torch.tensor([[0.0, 3.0, 1.0]]), [Sampling()], [rng]) == [1]
    assert (rng.bit_generator.state["state"]["counter"] == before).all()


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_frequencies_follow_the_softmax_at_temperature(temperature: float) -> None:
    row = torch.tensor([2.0, 1.0, 0.0, -1.0, -2.0])
    expected = (row / temperature).softmax(-1).numpy()
    draws = _draws(row, Sampling(temperature=temperature), 20_000)
    # Five standard errors of a binomial proportion.
    error = 5 * np.sqrt(expected * (1 - expected) / len(draws))
    assert (np.abs(np.bincount(draws, minlength=5) / len(draws) - expected) < error).all()


@settings(deadline=None, max_examples=50)
@given(
    st.integers(3, 5000),
    st.floats(0.05, 0.99),
    st.integers(0, 30),
    st.floats(0.2, 3.0),
    st.integers(0, 2**32),
)
def test_only_tokens_of_the_nucleus_are_chosen(
    size: int, top_p: float, top_k: int, temperature: float, seed: int
) -> None:
    """The nucleus by definition: the fewest of the most likely tokens whose mass reaches top_p, after top_k."""
    row = torch.from_numpy(np.random.default_rng(seed).normal(size=size) * 2).float()
    order = row.argsort(descending=True).numpy()
    kept = order[: top_k or size]
    mass = np.exp(row.double().numpy()[kept] / temperature)
    cumulative = np.cumsum(mass / mass.sum())
    nucleus = set(kept[: int(np.searchsorted(cumulative, top_p - 1e-9)) + 1].tolist())
    slack = set(kept[: int(np.searchsorted(cumulative, min(top_p + 1e-6, 1.0))) + 1].tolist())
    sampling = Sampling(temperature=temperature, top_p=top_p, top_k=top_k)
    drawn = set(_draws(row, sampling, 12, seed).tolist())
    assert drawn <= nucleus | slack


def test_a_flat_distribution_reaches_every_token_of_a_large_vocabulary() -> None:
    """The nucleus of a flat row is far larger than the candidates looked at first: the tail must not be cut off."""
    row = torch.zeros(5000)
    draws = _draws(row, Sampling(temperature=1.0, top_p=0.9), 3000)
    assert len(np.unique(draws)) > 1500


def test_a_row_does_not_depend_on_its_neighbours() -> None:
    rng = np.random.default_rng(5)
    logits = torch.from_numpy(rng.normal(size=(9, 3000))).float() * 3
    sampling = [Sampling(temperature=0.3 + i / 5, top_p=1.0 - i / 20, top_k=i) for i in range(9)]
    together = choose_tokens(logits, sampling, [request_rng(i) for i in range(9)])
    alone = [choose_tokens(logits[i : i + 1], [sampling[i]], [request_rng(i)])[0] for i in range(9)]
    assert together == alone


def test_seeds_are_independent_and_may_be_any_size() -> None:
    row = torch.zeros(1000)
    sampling = Sampling(temperature=1.0)
    texts = {tuple(_draws(row, sampling, 8, seed)) for seed in (0, 1, 2, 2**63, 2**64 - 1)}
    assert len(texts) == 5
    assert (_draws(row, sampling, 8, 2**64) == _draws(row, sampling, 8, 0)).all()


@pytest.mark.parametrize("temperature", [1e-3, 1e-8, 1e-12, 1e-30])
def test_a_tiny_temperature_is_greedy(temperature: float) -> None:
    row = torch.from_numpy(np.random.default_rng(1).normal(size=3000)).float() * 4 + 30
    row[17] = row.max() + 0.5
    draws = _draws(row, Sampling(temperature=temperature, top_p=0.95), 40)
    assert set(draws.tolist()) == {17}


def test_a_nucleus_is_taken_of_the_top_k_alone() -> None:
    """100 equal tokens among 1000: top_p of 0.5 leaves 50 of them, although the first candidates are fewer."""
    row = torch.zeros(1000)
    row[100:] = -0.001
    draws = _draws(row, Sampling(temperature=1.0, top_p=0.5, top_k=100), 2000)
    assert 45 <= len(np.unique(draws)) <= 51


def test_a_row_that_is_not_a_number_is_told_apart() -> None:
    logits = torch.tensor([[0.0, 1.0], [0.0, float("nan")], [float("nan")] * 2, [3.0, -float("inf")]])
    sampling = [Sampling(), Sampling(), Sampling(temperature=1.0), Sampling(temperature=1.0)]
    assert choose_tokens(logits, sampling, [request_rng(i) for i in range(4)]) == [1, -1, -1, 0]
