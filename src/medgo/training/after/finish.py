"""Closes a trained stage: merged, verified, probed for thinking, and signed in ``done.json``. Trains nothing."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from medgo.errors import CorruptModelError
from medgo.inference.engines import EngineOptions, open_engine
from medgo.inference.prompt import ChatRenderer
from medgo.store import replacing
from medgo.store.hashing import fingerprint
from medgo.training.after.learnt import hash_of_learnt, hash_of_model
from medgo.training.after.merge import MergeDtype, MergeReport, merge, read_manifest
from medgo.training.after.prompts import DEFAULT_PROMPTS
from medgo.training.after.thinking import ThinkingReport, judge_thinking, probe_thinking
from medgo.training.after.verify import VerifyReport, verify
from medgo.training.job import Job
from medgo.training.running.curves import read_curves, training_seconds

_log = logging.getLogger(__name__)
DONE, VERIFIED = "done.json", "verify.json"


def finish_stage(job: Job, *, dtype: MergeDtype = "auto") -> None:
    """Merge what a stage learnt, verify it and close the stage; one that is closed is left alone.

    Writes ``merged/``, ``verify.json`` and ``done.json``. A merged model that fails keeps the stage open: its
    ``verify.json`` says why.

    Args:
        job: A trained stage.
        dtype: How the merged weights are stored; ``auto`` is as in the base. A closed stage is merged again only for
            another one than it was asked for then, and never for ``auto``.

    Raises:
        CorruptModelError: The merged model is not what was trained, has lost what its base did well, or a file is
            damaged.
        InputError: What was learnt belongs to another base, or changes nothing.
        StorageError: The disk did not take it.
    """
    if _is_closed(job, dtype):
        return
    (job.folder / DONE).unlink(missing_ok=True)
    merged = merge(job.model_dir, job.learnt, job.merged, dtype=dtype)
    report = verify(job.model_dir, job.learnt, job.merged)
    thinking = base = None
    if report.passed:
        thinking, base = _thinking(job.merged), _thinking(job.model_dir)
        report = replace(report, checks=(*report.checks, *judge_thinking(base, thinking)))
    record = {
        **report.as_dict(),
        "merge": asdict(merged),
        "thinking": None if thinking is None else asdict(thinking),
        "thinking_of_base": None if base is None else asdict(base),
    }
    _write(job.folder / VERIFIED, record)
    for check in report.checks:
        if check.warning:
            _log.warning("%s of %s: %s", check.name, job.stage.name, check.found)
    if not report.passed:
        raise _failure(job, report)
    _write(job.folder / DONE, _closing(job, merged, report, record))


def _is_closed(job: Job, dtype: MergeDtype) -> bool:
    """Whether ``done.json`` speaks of these inputs, of what was learnt, and of the merged weights as they are."""
    path = job.folder / DONE
    try:
        done: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError):  # absent or damaged: closing again is cheap, as the merge is kept
        return False
    if done.get("inputs") != job.inputs:
        return False
    try:
        if dtype not in ("auto", read_manifest(job.merged)["sources"]["dtype"].partition("-")[0]):
            return False
        return done.get("learnt") == hash_of_learnt(job.learnt) and done.get("merged") == hash_of_model(job.merged)
    except (CorruptModelError, OSError):
        return False


def _thinking(model: Path) -> ThinkingReport:
    if not ChatRenderer.load(model).supports_thinking:
        return ThinkingReport(supported=False, prompts=len(DEFAULT_PROMPTS))
    engine = open_engine(EngineOptions(model=str(model), engine="transformers"))
    try:
        return probe_thinking(engine)
    finally:
        engine.close()


def _closing(job: Job, merged: MergeReport, report: VerifyReport, record: dict[str, Any]) -> dict[str, Any]:
    curves = job.folder / "curves.jsonl"
    return {
        "format": 1,
        "inputs": job.inputs,
        "base": merged.base,
        "learnt": report.learnt,
        "merged": report.merged,
        "verified": fingerprint(record),
        "training_seconds": round(training_seconds(read_curves(curves)), 1) if curves.is_file() else None,
    }


def _failure(job: Job, report: VerifyReport) -> CorruptModelError:
    failed = "; ".join(f"{check.name}: {check.found}" for check in report.checks if not check.passed)
    again = f"medgo train finish {job.folder} --dtype float32"
    return CorruptModelError(
        f"the merged model of {job.stage.name} is not what it should be ({failed})",
        hint=f"see {job.folder / VERIFIED}; {again} where rounding lost what was learnt; where replies no longer "
        "end or reasoning is lost, more replay (mix.replay) or fewer epochs, trained anew",
    )


def _write(path: Path, value: dict[str, Any]) -> None:
    with replacing(path) as file:
        file.write(json.dumps(value, ensure_ascii=False, indent=1).encode())
