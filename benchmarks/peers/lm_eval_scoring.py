"""Continuations scored by lm-eval's ``hf`` model: started by ``scoring.py`` in lm-eval's own environment.

Knows nothing of medgo. Times the scoring alone, without loading, and counts what goes through the model.
"""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any


def score(job: dict[str, Any]) -> dict[str, Any]:
    """Score the continuations of every prompt; the log-probabilities go into ``job["out"]``."""
    import torch
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    model = HFLM(pretrained=job["model"], device="cpu", dtype="float32", batch_size=job["batch_size"])
    prompts = [json.loads(line) for line in Path(job["prompts"]).read_text(encoding="utf-8").splitlines()]
    requests = [
        Instance("loglikelihood", {}, (prompt["text"], label), index)
        for prompt in prompts
        for index, label in enumerate(prompt["labels"])
    ]
    counts = {"forwarded": 0, "rows": 0}
    forward = model.model.forward

    def counted(*args: Any, **keywords: Any) -> Any:
        output = forward(*args, **keywords)
        counts["forwarded"] += output.logits.shape[:2].numel()
        counts["rows"] += output.logits.shape[:2].numel()
        return output

    model.loglikelihood(requests[: len(prompts[0]["labels"])], disable_tqdm=True)  # what only happens once
    model.model.forward = counted
    began, began_cpu = time.perf_counter(), time.process_time()
    with torch.inference_mode():
        found = [logprob for logprob, _ in model.loglikelihood(requests, disable_tqdm=True)]
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - began_cpu
    scores = {}
    for prompt in prompts:
        scores[prompt["id"]] = [float(value) for value in found[: len(prompt["labels"])]]
        found = found[len(prompt["labels"]) :]
    Path(job["out"]).write_text(json.dumps(scores), encoding="utf-8")
    return {"seconds": seconds, "cpu_seconds": cpu_seconds, **counts, "version": version("lm_eval")}


if __name__ == "__main__":
    sys.stdout.write("\nRESULT " + json.dumps(score(json.loads(sys.argv[1]))) + "\n")
