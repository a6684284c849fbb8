"""Next tokens are scored as TRL scores them, with the derivative computed on the way."""

from __future__ import annotations

import pytest
import torch
from trl.kernels import ChunkedLogProbFunction

from medgo.training.methods import next_token
from medgo.training.methods.next_token import NextTokens, score_next

_ALL = ("entropy", "log_sum_sq_probs", "mean_logits", "is_top1")


def _drawn(count: int = 37, *, dtype: torch.dtype = torch.float32) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(2)
    hidden = torch.randn(count, 16, generator=generator).to(dtype).requires_grad_()
    weight = torch.randn(300, 16, generator=generator).to(dtype)
    return hidden, weight, torch.randn(300, generator=generator).to(dtype), torch.randint(0, 300, (count,))


@pytest.mark.parametrize("with_bias", [False, True])
@pytest.mark.parametrize("logits", [2**24, 1000])  # one piece, and pieces of three tokens
def test_it_is_what_trl_computes(with_bias: bool, logits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(next_token, "_LOGITS", logits)
    hidden, weight, bias, targets = _drawn()
    used = bias if with_bias else None
    weights = torch.linspace(-2, 3, len(hidden))
    theirs = ChunkedLogProbFunction.apply(hidden, weight, used, targets, 1.0, 64, None, 1.0, _ALL)
    (their_grad,) = torch.autograd.grad((theirs[0] * weights).sum(), hidden)
    ours = score_next(hidden, weight, used, targets, _ALL)
    (our_grad,) = torch.autograd.grad((ours.log_probs * weights).sum(), hidden)
    for name, mine, its in zip(NextTokens._fields, ours, theirs, strict=True):
        torch.testing.assert_close(mine, its, atol=2e-5, rtol=1e-5, msg=name)
    torch.testing.assert_close(our_grad, their_grad, atol=2e-5, rtol=1e-5)


def test_bfloat16_is_as_near_to_float64_as_trl_is() -> None:
    hidden, weight, _, targets = _drawn(200, dtype=torch.bfloat16)
    exact = hidden.detach().double().requires_grad_()
    log_probs = torch.log_softmax(exact @ weight.double().t(), -1).gather(-1, targets[:, None]).sum()
    (right,) = torch.autograd.grad(log_probs, exact)
    (ours,) = torch.autograd.grad(score_next(hidden, weight, None, targets, ()).log_probs.sum(), hidden)
    theirs = ChunkedLogProbFunction.apply(hidden, weight, None, targets, 1.0, 64, None, 1.0, ())[0].sum()
    (its,) = torch.autograd.grad(theirs, hidden)
    assert (ours.double() - right).norm() <= 1.5 * (its.double() - right).norm()


def test_only_log_probabilities_can_be_derived_and_nothing_is_kept_without_need() -> None:
    hidden, weight, _, targets = _drawn()
    found = score_next(hidden, weight, None, targets, ("entropy",))
    assert found.entropy is not None
    assert not found.entropy.requires_grad
    assert found.mean_logits is None
    with torch.no_grad():
        assert not score_next(hidden, weight, None, targets, ()).log_probs.requires_grad


def test_what_is_kept_is_as_short_as_the_hidden_state() -> None:
    """Logits of 37 tokens over 300 words would be 11,100 numbers; 37 times 16 are kept."""
    kept: list[int] = []
    hidden, weight, _, targets = _drawn()
    with torch.autograd.graph.saved_tensors_hooks(lambda one: kept.append(one.numel()) or one, lambda one: one):
        score_next(hidden, weight, None, targets, ())
    assert kept == [37 * 16]
