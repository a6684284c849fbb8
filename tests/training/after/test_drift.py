"""Drift: no difference is none, a constant is none, and KL is what its definition says."""

from __future__ import annotations

import math

import pytest
import torch

from medgo.training.after.drift import DriftMeter


def test_the_same_logits_do_not_drift() -> None:
    meter, logits = DriftMeter(), torch.randn(5, 7, generator=torch.Generator().manual_seed(0))
    meter.add(logits, logits + 3.0)  # a constant changes no probability
    drift = meter.result()
    assert drift.positions == 5
    assert drift.top1_agreement == 1.0
    assert drift.mean_abs == pytest.approx(0.0, abs=1e-6)
    assert drift.kl == pytest.approx(0.0, abs=1e-6)


def test_two_tokens_by_hand() -> None:
    """P = (3/4, 1/4), Q = (1/4, 3/4): KL = 3/4 ln 3 - 1/4 ln 3 = ln(3)/2; the logits differ by ln 3 each way."""
    meter = DriftMeter()
    p = torch.tensor([[0.75, 0.25]]).log()
    meter.add(p, p.flip(1))
    drift = meter.result()
    assert drift.top1_agreement == 0.0
    assert drift.kl == pytest.approx(math.log(3) / 2)
    assert drift.max_abs == pytest.approx(math.log(3))
