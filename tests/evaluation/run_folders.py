"""Run folders of invented answers, as a run would leave them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from medgo.evaluation.runs import Run, open_run
from medgo.evaluation.runs.folder import write_items, write_manifest
from medgo.schema import Prediction
from medgo.store import encode_row


def write_run(
    path: Path, predictions: Sequence[Prediction], items: Sequence[dict[str, Any]] = (), **manifest: Any
) -> Run:
    """Write a run folder of format 1."""
    path.mkdir(parents=True)
    names = dict.fromkeys(p.benchmark for p in predictions)
    described = {
        name: {
            "items": len({p.item for p in predictions if p.benchmark == name}),
            "form": "official",
            "files": [{"name": f"{name}.jsonl", "sha256": "a" * 64}],
            "revision": "b" * 40,
            "data_sha256": "c" * 64,
            "protocol_sha256": "d" * 64,
            "notes": [],
            "left_out": 0,
        }
        for name in names
    }
    plain = {
        "format": 1,
        "medgo": "0.1.0",
        "model": "invented/model",
        "method": "generate",
        "protocol": "card",
        "requested": {"model": "invented/model", "method": "generate", "seed": 0},
        "found": {"weights": "e" * 64},
        "engine": {"engine": "toy", "weights": "e" * 64, "numbers": "float32"},
        "benchmarks": described,
        "skipped": {},
        "fingerprint": "f" * 64,
    }
    write_manifest(path, plain | manifest)
    write_items(path, items)
    (path / "predictions.jsonl").write_bytes(b"".join(encode_row(p.to_row()) for p in predictions))
    return open_run(path)
