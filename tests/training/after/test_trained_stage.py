"""What the worker really leaves behind can be merged, verified and closed: an adapter and a whole model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from medgo.training.after import finish
from medgo.training.after.finish import finish_stage
from medgo.training.after.learnt import hash_of_model
from medgo.training.after.verify import VerifyOptions, verify
from medgo.training.running.worker import train
from tests.training.running.stages import prepare_stage


@pytest.mark.parametrize("kind", ["lora", "full"])
def test_a_trained_stage_is_closed(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = VerifyOptions(reply_tokens=8, smoke_tokens=8)
    monkeypatch.setattr(finish, "verify", lambda *folders: verify(*folders, quick))
    job = prepare_stage(tmp_path / "0-stage", steps=2, rows=2, adapter={"kind": kind, "r": 4})
    job = replace(job, model_hash=hash_of_model(job.model_dir))
    job.save()
    train(job)
    finish_stage(job)
    record = json.loads((job.folder / "verify.json").read_text())
    assert record["merge"]["kind"] == kind
    assert record["passed"] is True
