"""Closing a stage: once, only when all is well, and again when anything under it changed."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from medgo.errors import CorruptModelError, InputError
from medgo.inference.models.embedded import FILE_SHA256
from medgo.training.after import finish
from medgo.training.after.finish import finish_stage
from medgo.training.after.learnt import hash_of_model, names_of_model
from medgo.training.after.model_checks import stored_types
from medgo.training.after.thinking import ThinkingReport
from medgo.training.after.verify import VerifyOptions, VerifyReport, verify
from medgo.training.job import Job
from medgo.training.recipe import AdapterRecipe, Devices, Optimiser, RowFiles, StageRecipe
from tests.support.trained_models import random_adapter

QUICK = VerifyOptions(reply_tokens=8, smoke_tokens=12)


@pytest.fixture
def job(base: Path, adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    """A stage that was trained, as the worker leaves it."""
    monkeypatch.setattr(finish, "verify", lambda *folders: verify(*folders, QUICK))
    stage = StageRecipe(
        name="one",
        method="sft",
        data=(RowFiles(path="rows.jsonl"),),
        adapter=AdapterRecipe(r=4, alpha=8),
        optimiser=Optimiser(learning_rate=1e-3),
    )
    folder = tmp_path / "0-one"
    made = Job(folder, base, hash_of_model(base), "t" * 64, stage, 0, "auto", Devices(), (), "inputs")
    shutil.copytree(adapter, made.learnt)
    (made.learnt / "medgo.json").write_text(json.dumps({"inputs": made.inputs, "base": made.model_hash}))
    return made


def test_a_stage_is_merged_verified_and_closed(job: Job) -> None:
    finish_stage(job)
    done = json.loads((job.folder / "done.json").read_text())
    assert done["inputs"] == job.inputs
    assert done["merged"] == hash_of_model(job.merged) != done["base"]
    record = json.loads((job.folder / "verify.json").read_text())
    assert record["passed"] is True
    assert record["merge"]["changed"] == 14
    assert record["thinking"] == {"supported": True, "prompts": 16, "on": 0.0, "off": 1.0}


def test_a_closed_stage_is_left_alone(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    finish_stage(job)
    monkeypatch.setattr(finish, "merge", None)  # would fail if it were called
    finish_stage(job)


def test_killed_after_the_merge_it_goes_on(job: Job) -> None:
    finish_stage(job)
    before = (job.folder / "done.json").read_bytes(), (job.folder / "verify.json").read_bytes()
    stamp = (job.merged / "model.safetensors").stat().st_mtime_ns
    (job.folder / "done.json").write_bytes(before[0][:20])
    (job.folder / "verify.json").unlink()
    finish_stage(job)
    assert (job.merged / "model.safetensors").stat().st_mtime_ns == stamp
    assert ((job.folder / "done.json").read_bytes(), (job.folder / "verify.json").read_bytes()) == before


def test_a_damaged_merge_is_made_again(job: Job) -> None:
    finish_stage(job)
    whole = (job.merged / "model.safetensors").read_bytes()
    (job.merged / "model.safetensors").write_bytes(whole[:-100])
    finish_stage(job)
    assert (job.merged / "model.safetensors").read_bytes() == whole


def test_trained_again_it_is_merged_again(job: Job, base: Path) -> None:
    finish_stage(job)
    before = json.loads((job.folder / "done.json").read_text())
    random_adapter(base, job.learnt, seed=9)
    finish_stage(job)
    assert json.loads((job.folder / "done.json").read_text())["merged"] != before["merged"]


def test_what_fails_stays_open_and_says_why(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    def strict(*folders: Path) -> VerifyReport:
        (folders[2] / "chat_template.jinja").write_text("broken")
        return verify(*folders, QUICK)

    monkeypatch.setattr(finish, "verify", strict)
    with pytest.raises(CorruptModelError, match="chat template: not the base's"):
        finish_stage(job)
    assert not (job.folder / "done.json").exists()
    assert json.loads((job.folder / "verify.json").read_text())["passed"] is False


def test_reasoning_that_training_took_away_keeps_the_stage_open(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """Naive: both rates are written into verify.json, and nobody judges them."""
    rates = {job.merged: 0.1, job.model_dir: 1.0}
    monkeypatch.setattr(finish, "_thinking", lambda model: ThinkingReport(True, 16, rates[model], 1.0))
    with pytest.raises(CorruptModelError, match="reasons when asked to: 10% of 16 replies, the base's: 100%"):
        finish_stage(job)
    record = json.loads((job.folder / "verify.json").read_text())
    assert record["passed"] is False
    assert record["thinking_of_base"]["on"] == 1.0
    assert not (job.folder / "done.json").exists()


def test_stored_in_float32_it_stays_closed(sharded_base: Path, job: Job) -> None:
    """What rounding loses has a way out, and the run that follows does not go back on it."""
    made = replace(job, model_dir=sharded_base, model_hash=hash_of_model(sharded_base))
    (made.learnt / "medgo.json").write_text(json.dumps({"inputs": made.inputs, "base": made.model_hash}))
    finish_stage(made)
    assert stored_types(made.merged) == "BF16"
    finish_stage(made, dtype="float32")
    assert stored_types(made.merged) == "F32"
    before = (made.folder / "done.json").read_bytes()
    finish_stage(made)
    assert stored_types(made.merged) == "F32"
    assert (made.folder / "done.json").read_bytes() == before


def test_another_base_is_refused(job: Job) -> None:
    (job.learnt / "medgo.json").write_text(json.dumps({"base": "0" * 64}))
    with pytest.raises(InputError, match="not trained on this base"):
        finish_stage(job)


def test_a_converted_base_goes_by_the_hash_of_its_file(embedded_folder: Path) -> None:
    assert FILE_SHA256 in names_of_model(embedded_folder)
