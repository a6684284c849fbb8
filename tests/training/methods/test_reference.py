"""The cache of reference log-probabilities: right values or an error, whatever befalls model, file, process (R10)."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from medgo.errors import RunFolderError
from medgo.training.methods.reference import (
    ReferenceFile,
    ReferenceIdentity,
    Scoring,
    collect,
    fill,
    require_complete,
)
from medgo.training.methods.sequences import Scored, batches_of_like_length
from medgo.training.rows.token_file import read_token_file
from medgo.training.running.model import open_model
from tests.training.methods.preference_stages import trainer_of
from tests.training.running.stages import prepare_stage

_ID = ReferenceIdentity("model", "template", "cpu/float32")
_SCORING = Scoring(pad_id=256, batch_tokens=128)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return open_model(prepare_stage(tmp_path_factory.mktemp("model") / "stage", method="dpo", steps=1), "cpu")


@pytest.fixture(scope="module")
def sequences() -> list[Scored]:
    draw = np.random.default_rng(0)
    return [
        Scored(
            draw.integers(0, 256, draw.integers(2, 30)).tolist(), draw.integers(0, 256, draw.integers(1, 9)).tolist()
        )
        for _ in range(25)
    ]


def _keys(sequences: list[Scored]) -> list[str]:
    return [item.key for item in sequences]


def test_values_are_those_of_each_sequence_by_itself(tmp_path: Path, model: Any, sequences: list[Scored]) -> None:
    """Sum of log softmax at the answer's tokens, one row at a time, without padding and without adapter."""
    file = ReferenceFile(tmp_path, _ID)
    with torch.no_grad():  # an adapter that would be seen if it were on
        for name, weight in model.named_parameters():
            if "lora_B" in name:
                weight.fill_(0.05)
    assert fill(file, model, sequences, _SCORING) == 25
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "lora_B" in name:
                weight.zero_()
    values = collect(file, [_keys(sequences)])[0]
    for item, value in zip(sequences, values, strict=True):
        ids = torch.tensor([[*item.prompt, *item.answer]])
        with torch.no_grad():
            logps = model(input_ids=ids).logits[0, :-1].log_softmax(-1)
        answer = torch.tensor(item.answer)
        expected = logps[len(item.prompt) - 1 :].gather(1, answer[:, None]).sum()
        assert value == pytest.approx(float(expected), abs=1e-4)
    assert fill(file, model, sequences, _SCORING) == 0  # known: nothing is computed again


def test_no_random_number_is_drawn_and_trls_way_draws_some(tmp_path: Path, model: Any, sequences: list[Scored]) -> None:
    """TRL goes through a DataLoader, whose every iterator draws a seed: the order of training becomes another one."""
    before = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()
    training = model.training
    fill(ReferenceFile(tmp_path, _ID), model, sequences, _SCORING)
    assert torch.equal(before[0], torch.get_rng_state())
    assert before[1:] == (np.random.get_state()[1].tolist(), random.getstate())
    assert model.training == training
    for _ in torch.utils.data.DataLoader(list(range(4)), batch_size=2):
        pass
    assert not torch.equal(before[0], torch.get_rng_state())


def test_a_pass_that_was_killed_goes_on_where_it_stopped(tmp_path: Path, model: Any, sequences: list[Scored]) -> None:
    class Killed(BaseException):
        pass

    def die(done: int, total: int) -> None:
        if done > total // 2:
            raise Killed

    file = ReferenceFile(tmp_path, _ID)
    with pytest.raises(Killed):
        fill(file, model, sequences, _SCORING, die)
    known = np.isfinite(collect(file, [_keys(sequences)])).sum()
    assert 12 < known < 25
    with file.path().open("ab") as torn:
        torn.write(b'{"key": "abc", "lo')  # what a dying process leaves
    assert fill(file, model, sequences, _SCORING) == 25 - known
    assert file.read()[1] == 0  # the torn line was cut off
    whole = ReferenceFile(tmp_path / "other", _ID)
    fill(whole, model, sequences, _SCORING)
    assert collect(file, [_keys(sequences)]) == pytest.approx(collect(whole, [_keys(sequences)]), abs=1e-4)


@pytest.mark.parametrize("damage", ["digit", "bytes", "swapped"])
def test_a_damaged_line_is_never_believed(tmp_path: Path, model: Any, sequences: list[Scored], damage: str) -> None:
    file = ReferenceFile(tmp_path, _ID)
    fill(file, model, sequences, _SCORING)
    before = collect(file, [_keys(sequences)])
    lines = file.path().read_bytes().splitlines(keepends=True)
    first, second = json.loads(lines[3]), json.loads(lines[4])
    if damage == "digit":
        first["logp"] = first["logp"].replace("0x1.", "0x1.f", 1)
    elif damage == "swapped":
        first["logp"], second["logp"] = second["logp"], first["logp"]
    lines[3], lines[4] = (json.dumps(line).encode() + b"\n" for line in (first, second))
    if damage == "bytes":
        lines[3] = b"\xff\xfe\x00" + lines[3][3:]
    file.path().write_bytes(b"".join(lines))
    lost = 2 if damage == "swapped" else 1
    assert file.read()[1] == lost
    damaged = collect(file, [_keys(sequences)])
    assert int(np.isnan(damaged).sum()) == lost
    with pytest.raises(RunFolderError, match=rf"missing for {lost} of 25 rows \({lost} of ref\)"):
        require_complete(damaged, ["ref"], [f"row{number}" for number in range(25)])
    assert fill(file, model, sequences, _SCORING) == lost
    assert collect(file, [_keys(sequences)]) == pytest.approx(before, abs=1e-4)


@pytest.mark.parametrize("other", [{"model_hash": "x"}, {"template_hash": "x"}, {"precision": "x"}])
def test_another_model_template_or_precision_shares_nothing(
    tmp_path: Path, model: Any, sequences: list[Scored], other: dict[str, str]
) -> None:
    file = ReferenceFile(tmp_path, _ID)
    fill(file, model, sequences, _SCORING)
    parts = {"model_hash": "model", "template_hash": "template", "precision": "cpu/float32"} | other
    stranger = ReferenceFile(tmp_path, ReferenceIdentity(**parts))
    assert np.isnan(collect(stranger, [_keys(sequences)])).all()
    stranger.path().write_bytes(file.path().read_bytes())  # even under its name
    values, damaged = stranger.read()
    assert not values and damaged == 25


def test_the_boundary_of_prompt_and_answer_is_part_of_the_key() -> None:
    assert Scored([1, 2], [3]).key != Scored([1], [2, 3]).key
    assert Scored([1, 2], [3]).key == Scored((1, 2), (3,)).key


def test_processes_share_the_work_and_read_all_of_it(tmp_path: Path, model: Any, sequences: list[Scored]) -> None:
    file = ReferenceFile(tmp_path, _ID)
    shares = [fill(file, model, sequences, Scoring(256, 128, rank=rank, world=3)) for rank in range(3)]
    # Those that started late found part of the work done; who does what does not depend on it.
    assert sum(shares) == 25 and len(list(tmp_path.glob("*.jsonl"))) == 3
    assert np.isfinite(collect(file, [_keys(sequences)])).all()


def test_a_model_that_gives_nan_stops_the_stage(tmp_path: Path, sequences: list[Scored]) -> None:
    job = prepare_stage(tmp_path / "stage", method="dpo", steps=1)
    broken = open_model(job, "cpu")
    with torch.no_grad():
        next(broken.parameters()).fill_(float("nan"))
    file = ReferenceFile(tmp_path, _ID)
    with pytest.raises(RunFolderError, match="nan"):
        fill(file, broken, sequences, _SCORING)
    assert not file.read()[0]


def test_a_second_start_of_a_stage_computes_nothing_and_learns_the_same(tmp_path: Path) -> None:
    job = prepare_stage(tmp_path / "stage", method="dpo", micro_rows=4, steps=2)
    first = trainer_of(job)
    first.train()
    written = next((job.folder / "reference").glob("*.jsonl")).read_bytes()
    second = trainer_of(job)
    second.train()
    assert next((job.folder / "reference").glob("*.jsonl")).read_bytes() == written
    assert len(written.splitlines()) == 2 * len(read_token_file(job.rows_file))
    for one, two in zip(first.model.parameters(), second.model.parameters(), strict=True):
        assert torch.equal(one, two)


def test_batches_hold_like_lengths_and_no_more_tokens_than_allowed() -> None:
    lengths = [5, 90, 3, 40, 41, 2, 300]
    batches = list(batches_of_like_length(lengths, 100))
    assert sorted(row for batch in batches for row in batch) == list(range(7))
    assert batches[0] == [6]  # longer than allowed: by itself, and first
    assert all(len(batch) * max(lengths[row] for row in batch) <= 100 for batch in batches[1:])
