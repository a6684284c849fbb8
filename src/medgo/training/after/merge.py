"""A base and what was learnt become one model folder: tensor by tensor, added in float32 and rounded once.

Knows the two folders; knows no trainer and never loads a model. The memory it takes is that of the largest tensor.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import torch

from medgo.errors import CorruptModelError, InputError
from medgo.inference.models.check import check_hf_folder, read_json_object
from medgo.inference.models.safetensors_folder import SafetensorsFolder
from medgo.store import replacing, sole_writer
from medgo.store.hashing import sha256_of_file
from medgo.training.after.learnt import Learnt, hash_of_learnt, hash_of_model, open_learnt
from medgo.training.after.model_folder import (
    copy_text_files,
    expect_room,
    staged_folder,
    write_index,
    write_settings,
)
from medgo.training.after.shards import TensorPlan, write_shard

MANIFEST = "medgo-merge.json"
MergeDtype = Literal["auto", "float32", "bfloat16", "float16"]
STORED: dict[str, str] = {"float32": "F32", "bfloat16": "BF16", "float16": "F16"}
_FLOATS = ("F64", "F32", "F16", "BF16")
_VERSION = 1  # raise it when what is written changes
_PIECE = 1 << 18  # values
_SLACK = 64 << 20  # bytes for tokenizer and settings


@dataclass(frozen=True, slots=True)
class MergeReport:
    """What a merge did.

    Args:
        kind: Of what was learnt.
        base: Hash of the base's weights.
        learnt: Hash of what was learnt.
        dtype: Types that the weights are stored in, as safetensors spells them.
        tensors: How many the model has.
        changed: How many of them differ from the base's once stored.
        bytes: Of all tensors.
        delta_norm: Frobenius norm of all changes, before they were rounded.
        rounding: Norm of what rounding to the stored type added, as a share of ``delta_norm``. Near 1, rounding
            moves the weights as far as training did: store in float32.
    """

    kind: Literal["lora", "full"]
    base: str
    learnt: str
    dtype: str
    tensors: int
    changed: int
    bytes: int
    delta_norm: float
    rounding: float


@dataclass(slots=True)
class _Ledger:
    """Sums over tensors while they are written."""

    changed: int = 0
    delta: float = 0.0
    rounded: float = 0.0


def merge(base_dir: Path, learnt: Path, out: Path, *, dtype: MergeDtype = "auto") -> MergeReport:
    """Write the merged model; one that is already there, from the same sources and whole, is left as it is.

    The same sources give the same bytes, also after a kill.

    Args:
        base_dir: Model folder that was trained on, unquantised.
        learnt: Folder of a LoRA adapter (PEFT) or of a whole trained model.
        out: Folder to write or replace; it appears whole or not at all.
        dtype: Type of the stored weights; ``auto`` keeps that of each of the base's tensors.

    Raises:
        InputError: The adapter belongs to another base, or nothing would differ from the base.
        UnsupportedRequestError: An adapter that is not plain LoRA (rsLoRA, DoRA …), or a quantised base.
        CorruptModelError: A file is missing or damaged, or a learnt weight is not a number.
        StorageError: The disk did not take it; what stood at ``out`` still stands.
    """
    check_hf_folder(base_dir)
    base = SafetensorsFolder(base_dir)
    change = open_learnt(learnt, base_dir, base)
    plans = [_plan(base, name, dtype) for name in base]
    sources = {"base": hash_of_model(base_dir), "learnt": hash_of_learnt(learnt), "dtype": f"{dtype}-v{_VERSION}"}
    with sole_writer(out):
        if (done := _finished(out, sources)) is not None:
            return done
        total = sum(plan.bytes for plan in plans)
        expect_room(out, total + _SLACK)
        with staged_folder(out) as staging:
            ledger = _Ledger()
            files = _write_weights(staging, base, change, plans, ledger)
            _expect_change(ledger, plans)
            stored = {plan.dtype for plan in plans if plan.dtype in _FLOATS}
            files |= copy_text_files(base_dir, staging)
            files |= write_settings(base_dir, staging, None if dtype == "auto" else STORED[dtype])
            files |= write_index(staging, base.shards, total)
            report = MergeReport(
                kind=change.kind,
                base=sources["base"],
                learnt=sources["learnt"],
                dtype="+".join(sorted(stored)),
                tensors=len(plans),
                changed=ledger.changed,
                bytes=total,
                delta_norm=math.sqrt(ledger.delta),
                rounding=math.sqrt(ledger.rounded / ledger.delta),
            )
            manifest = {"sources": sources, "report": asdict(report), "files": dict(sorted(files.items()))}
            with replacing(staging / MANIFEST) as file:
                file.write(json.dumps(manifest, indent=1).encode())
    return report


def read_manifest(merged: Path) -> dict[str, Any]:
    """What a merge wrote about itself: ``sources``, ``report`` and ``files`` (name → sha256).

    Raises:
        CorruptModelError: The folder has none, or it cannot be read.
    """
    path = merged / MANIFEST
    if not path.is_file():
        raise CorruptModelError(f"{merged} has no {MANIFEST}, so it is no merged model", hint="run medgo train merge")
    manifest = read_json_object(path)
    if not {"sources", "report", "files"} <= manifest.keys():
        raise CorruptModelError(f"{path} is damaged", hint="run medgo train merge again")
    return manifest


def altered_files(merged: Path) -> list[str]:
    """Names of files that are missing or not the bytes that the merge wrote.

    Raises:
        CorruptModelError: The folder is no merged model.
    """
    files: dict[str, str] = read_manifest(merged)["files"]
    return [
        name
        for name, digest in files.items()
        if not (merged / name).is_file() or sha256_of_file(merged / name) != digest
    ]


def _holds(path: Path, digest: str) -> bool:
    return path.is_file() and sha256_of_file(path) == digest


def _finished(out: Path, sources: dict[str, str]) -> MergeReport | None:
    if not (out / MANIFEST).is_file():
        return None
    try:
        manifest = read_manifest(out)
        if manifest["sources"] != sources or altered_files(out):
            return None
        return MergeReport(**manifest["report"])
    except (CorruptModelError, TypeError):  # a damaged one is made again
        return None


def _plan(base: SafetensorsFolder, name: str, dtype: MergeDtype) -> TensorPlan:
    own = base.dtype(name)
    return TensorPlan(name, own if dtype == "auto" or own not in _FLOATS else STORED[dtype], base.shape(name))


def _write_weights(
    into: Path, base: SafetensorsFolder, change: Learnt, plans: list[TensorPlan], ledger: _Ledger
) -> dict[str, str]:
    """Write every shard under the base's own file names; name → sha256."""

    def value(plan: TensorPlan) -> torch.Tensor:
        own = base[plan.name]
        if plan.name not in change.changed:
            return own.to(plan.torch_dtype)
        exact = change.learnt(plan.name)
        stored = exact.to(plan.torch_dtype)
        if not bool(torch.isfinite(stored).all()):
            raise CorruptModelError(
                f"the learnt {plan.name} holds values that {plan.dtype} has no finite number for",
                hint="resume from a checkpoint before that, or take --dtype float32",
            )
        ledger.changed += not torch.equal(stored, own.to(plan.torch_dtype))
        ledger.delta += _squared_distance(exact, own)
        ledger.rounded += _squared_distance(stored, exact)
        return stored

    shards: dict[str, list[TensorPlan]] = {}
    for plan in plans:
        shards.setdefault(base.shards[plan.name], []).append(plan)
    return {file: write_shard(into / file, part, value) for file, part in sorted(shards.items())}


def _squared_distance(left: torch.Tensor, right: torch.Tensor) -> float:
    """Sum of squared differences, in pieces: whole tensors would be copied several times."""
    pieces = zip(torch.split(left.reshape(-1), _PIECE), torch.split(right.reshape(-1), _PIECE), strict=True)
    return sum(float((a.double() - b.double()).square_().sum()) for a, b in pieces)


def _expect_change(ledger: _Ledger, plans: list[TensorPlan]) -> None:
    if ledger.changed:
        return
    if ledger.delta == 0.0:
        raise InputError(
            "what was learnt changes nothing: the merged model would be the base",
            hint="the adapter is as it started; look at the curves of its stage, or give another folder",
        )
    stored = "+".join(sorted({plan.dtype for plan in plans}))
    raise InputError(
        f"rounding to {stored} loses all that was learnt: the merged model would be the base",
        hint="take --dtype float32, or train longer or at a higher rate",
    )
