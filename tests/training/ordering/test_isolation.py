"""Rows of one pack do not see each other: packed logits are the logits of the rows by themselves (R4)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from medgo.training.ordering.packing import pack

TOLERANCE = 1e-5


@pytest.fixture(scope="module", params=["sdpa", "eager"])
def model(request: pytest.FixtureRequest) -> Any:
    """A random Qwen3 of two layers in float32."""
    from transformers import AutoModelForCausalLM

    from tests.support.tiny_models import small_qwen3

    return AutoModelForCausalLM.from_pretrained(
        small_qwen3(), dtype=torch.float32, attn_implementation=request.param
    ).eval()


@pytest.fixture(scope="module")
def rows() -> list[torch.Tensor]:
    """Token ids of rows that fill one pack of 96."""
    rng = np.random.default_rng(0)
    lengths = np.array([5, 31, 1, 17, 2, 9, 30, 40, 22])
    joined, ends = pack(lengths, 96, rng)
    first = joined[: ends[0]]
    assert len(first) >= 3
    return [torch.from_numpy(rng.integers(0, 256, lengths[row])) for row in first.tolist()]


def positions(rows: list[torch.Tensor], *, restart: bool) -> torch.Tensor:
    """Positions that begin at 0 with every row, or once."""
    if restart:
        return torch.cat([torch.arange(len(row)) for row in rows])[None]
    return torch.arange(sum(map(len, rows)))[None]


def logits(model: Any, ids: torch.Tensor, *, use_cache: bool = False, **arguments: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return model(input_ids=ids, use_cache=use_cache, **arguments).logits[0]  # [tokens, vocabulary]


def separate(model: Any, rows: list[torch.Tensor]) -> torch.Tensor:
    return torch.cat([logits(model, row[None]) for row in rows])


def test_packed_logits_are_those_of_the_rows_by_themselves(model: Any, rows: list[torch.Tensor]) -> None:
    packed = logits(model, torch.cat(rows)[None], position_ids=positions(rows, restart=True))
    assert (packed - separate(model, rows)).abs().max() < TOLERANCE


def test_rows_joined_naively_see_each_other(model: Any, rows: list[torch.Tensor]) -> None:
    """Positions that go on, an attention mask of ones, or a key-value cache: each lets rows see each other.

    The cache is on unless it is switched off, and transformers finds packed rows only without one.
    """
    ids, restart = torch.cat(rows)[None], positions(rows, restart=True)
    alone = separate(model, rows)
    for found in (
        logits(model, ids, position_ids=positions(rows, restart=False)),
        logits(model, ids, position_ids=restart, attention_mask=torch.ones_like(ids)),
        logits(model, ids, position_ids=restart, use_cache=True),
    ):
        leaked = (found - alone).abs().amax(dim=1)
        assert leaked[: len(rows[0])].max() < TOLERANCE  # nothing stands before the first row
        assert leaked[len(rows[0]) :].max() > 100 * TOLERANCE


def test_a_change_in_one_row_changes_no_other(model: Any, rows: list[torch.Tensor]) -> None:
    place = positions(rows, restart=True)
    before = logits(model, torch.cat(rows)[None], position_ids=place)
    changed = [(rows[0] + 1) % 256, *rows[1:]]
    after = logits(model, torch.cat(changed)[None], position_ids=place)
    first = len(rows[0])
    assert not torch.equal(before[:first], after[:first])
    assert torch.equal(before[first:], after[first:])


def test_gradients_of_a_pack_are_the_sum_of_those_of_its_rows(model: Any, rows: list[torch.Tensor]) -> None:
    """So a step learns the same from a pack as from its rows one by one."""
    weight = model.model.layers[0].self_attn.k_proj.weight

    def gradient(ids: torch.Tensor, place: torch.Tensor, ends: list[int]) -> torch.Tensor:
        found = model(input_ids=ids, position_ids=place, use_cache=False).logits[0]
        keep = [at for at in range(len(found)) if at + 1 not in ends]
        targets = ids[0].roll(-1)
        loss = torch.nn.functional.cross_entropy(found[keep], targets[keep], reduction="sum")
        (result,) = torch.autograd.grad(loss, weight)
        return result

    ends = np.cumsum([len(row) for row in rows]).tolist()
    packed = gradient(torch.cat(rows)[None], positions(rows, restart=True), ends)
    alone = sum(gradient(row[None], torch.arange(len(row))[None], [len(row)]) for row in rows if len(row) > 1)
    assert torch.allclose(packed, alone, atol=1e-4 * float(packed.abs().max()))
