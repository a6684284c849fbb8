"""Labels scored by our engine: started by ``scoring.py`` in a process of its own, prints one JSON line."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from medgo.inference.engines import EngineOptions, open_engine
from medgo.inference.protocol import ScoringRequest
from medgo.schema import Message


def score(job: dict[str, Any]) -> dict[str, Any]:
    """Score the labels of every prompt; the log-probabilities go into ``job["out"]``."""
    engine = open_engine(EngineOptions(model="embedded", engine=job["engine"], dtype=job["dtype"]))
    prompts = [json.loads(line) for line in Path(job["prompts"]).read_text(encoding="utf-8").splitlines()]
    requests = [
        ScoringRequest(
            prompt["id"],
            tuple(Message(**message) for message in prompt["messages"]),
            tuple(prompt["labels"]),
            prompt["answer_prefix"],
        )
        for prompt in prompts
    ]
    list(engine.score(requests[:1]))  # what only happens once
    began, began_cpu = time.perf_counter(), time.process_time()
    found = list(engine.score(requests))
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - began_cpu
    if failed := next((scores.error for scores in found if scores.error), None):
        raise RuntimeError(failed.message)
    scores = {result.request_id: [result.logprobs[label] for label in result.logprobs] for result in found}
    Path(job["out"]).write_text(json.dumps(scores), encoding="utf-8")
    return {
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "forwarded": sum(result.forwarded_tokens for result in found),
        "rows": sum(result.head_rows for result in found),
        "dtype": engine.info.dtype,
    }


if __name__ == "__main__":
    sys.stdout.write("\nRESULT " + json.dumps(score(json.loads(sys.argv[1]))) + "\n")
