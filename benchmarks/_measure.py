"""One measurement in one process: started by ``generation.py``, prints one JSON line.

A process of its own, so that start-up time and peak memory belong to this measurement alone.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from workloads import medical_prompts, skewed_requests, uniform_requests

from medgo.inference.engines import EngineOptions, open_engine
from medgo.inference.models import ensure_hf_folder, resolve_model
from medgo.inference.prompt import ChatRenderer
from medgo.inference.protocol import Engine, GenerationRequest, Sampling
from medgo.schema import Message

Row = dict[str, Any]


def naive(job: Row) -> Row:
    """The model card's own loop: one question at a time through ``generate``, float32 as this checkpoint is stored."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = ensure_hf_folder(resolve_model("embedded"))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype="auto")
    prompts = medical_prompts(64)[:: 64 // job["prompts"]]

    def ask(prompt: str, new_tokens: int) -> None:
        chat = [{"role": "user", "content": prompt}]
        inputs = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_tensors="pt", return_dict=True)
        with torch.inference_mode():
            model.generate(**inputs, max_new_tokens=new_tokens, min_new_tokens=new_tokens, do_sample=False)

    ask(prompts[0], 8)
    seconds = _timed(lambda: [ask(prompt, job["new_tokens"]) for prompt in prompts])
    return {"tokens_per_s": len(prompts) * job["new_tokens"] / seconds}


def static_transformers(job: Row) -> Row:
    """``model.generate`` on left-padded batches sorted by length: the library's own best for many prompts."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = ensure_hf_folder(resolve_model("embedded"))
    tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
    mixed = job["dtype"] == "float32/bfloat16"
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32 if mixed else getattr(torch, job["dtype"]))
    if mixed:
        torch.backends.mkldnn.matmul.fp32_precision = "bf16"  # type: ignore[attr-defined]
    prompts = sorted(medical_prompts(64), key=len)
    size = job["batch_size"]

    def run(new_tokens: int) -> None:
        for at in range(0, len(prompts), size):
            chats = [[{"role": "user", "content": prompt}] for prompt in prompts[at : at + size]]
            inputs = tokenizer.apply_chat_template(
                chats, add_generation_prompt=True, return_tensors="pt", return_dict=True, padding=True
            )
            with torch.inference_mode():
                model.generate(**inputs, max_new_tokens=new_tokens, min_new_tokens=new_tokens, do_sample=False)

    run(4)
    seconds = _timed(lambda: run(job["new_tokens"]))
    return {"tokens_per_s": len(prompts) * job["new_tokens"] / seconds}


def direct_openvino(job: Row) -> Row:
    """``openvino_genai``'s own continuous batching, on the same model file with the same settings as our engine."""
    from transformers import AutoConfig

    from medgo.inference.engines._openvino_file import ensure_model_file
    from medgo.inference.engines._openvino_library import ov  # first: it keeps the library from calling home
    from medgo.inference.engines._openvino_precision import choose_precision

    model = resolve_model("embedded")
    folder = ensure_hf_folder(model)
    precision = choose_precision("auto", ov.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"))
    file = ensure_model_file(folder, AutoConfig.from_pretrained(folder), model.weights, precision)
    genai = import_module("openvino_genai")
    scheduling = genai.SchedulerConfig()
    scheduling.cache_size, scheduling.max_num_seqs = 2, 64
    properties = {
        "INFERENCE_PRECISION_HINT": precision.hint,
        "KV_CACHE_PRECISION": precision.cache,
        "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0,
    }
    pipeline = genai.ContinuousBatchingPipeline(str(file.parent), scheduling, "CPU", properties)
    config = genai.GenerationConfig()
    config.max_new_tokens, config.ignore_eos, config.do_sample = job["new_tokens"], True, False
    config.eos_token_id, config.stop_token_ids = 2, {2}  # the file names none; ignored, but wanted
    prompts = [ov.Tensor(np.array([ids], dtype=np.int64)) for ids in _prompt_ids(folder, job)]
    pipeline.generate(prompts[:1], [config])
    return {"tokens_per_s": 64 * job["new_tokens"] / _timed(lambda: pipeline.generate(prompts, [config] * 64))}


def direct_vllm(job: Row) -> Row:
    """``vllm.LLM.generate`` on all prompts at once, in the same numbers and process as our engine."""
    from medgo.inference.engines import _vllm_setup as setup

    setup.prepare_environment("cpu")
    numbers = setup.choose_numbers("auto", "cpu")
    folder = ensure_hf_folder(resolve_model("embedded"))
    with setup.product_precision(numbers):
        vllm = import_module("vllm")
        llm = vllm.LLM(
            str(folder), dtype=numbers.storage, max_num_seqs=64, enforce_eager=True, kv_cache_memory_bytes=3 << 30
        )
    prompts = [{"prompt_token_ids": list(ids)} for ids in _prompt_ids(folder, job)]
    params = vllm.SamplingParams(temperature=0, max_tokens=job["new_tokens"], ignore_eos=True, detokenize=False)
    llm.generate(prompts[:1], params, use_tqdm=False)
    seconds = _timed(lambda: llm.generate(prompts, params, use_tqdm=False))
    return {"tokens_per_s": 64 * job["new_tokens"] / seconds}


def _prompt_ids(folder: Path, job: Row) -> list[tuple[int, ...]]:
    renderer = ChatRenderer.load(folder)
    return [renderer.render(request.messages).token_ids for request in uniform_requests(64, job["new_tokens"])]


def ours(job: Row) -> Row:
    """64 prompts through ``Engine.generate``."""
    engine = _open(job)
    _drain(engine, uniform_requests(2, 4))
    requests = uniform_requests(64, job["new_tokens"])
    tokens = 0

    def run() -> None:
        nonlocal tokens
        tokens = _drain(engine, requests)

    seconds = _timed(run)
    return {"tokens_per_s": tokens / seconds, "dtype": engine.info.dtype}


def skewed(job: Row) -> Row:
    """200 replies of 8 to 512 tokens: all in one call, or in groups of 16 in the order they came."""
    engine = _open(job)
    _drain(engine, uniform_requests(2, 4))
    requests = skewed_requests(job["prompts"])
    group = job["group"] or len(requests)
    groups = [requests[at : at + group] for at in range(0, len(requests), group)]
    seconds = _timed(lambda: [_drain(engine, part) for part in groups])
    return {"seconds": seconds, "tokens": sum(r.sampling.max_new_tokens for r in requests)}


def reference(job: Row) -> Row:
    """Greedy replies of ``transformers`` in float32, as prefixes that tokenize back to themselves."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = ensure_hf_folder(resolve_model("embedded"))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    steps: list[Row] = []
    for prompt in medical_prompts(job["prompts"]):
        chat = [{"role": "user", "content": prompt}]
        text = tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=False)
        ids = tokenizer.encode(text, add_special_tokens=False)
        with torch.inference_mode():
            out = model.generate(torch.tensor([ids]), max_new_tokens=job["new_tokens"], do_sample=False)[0].tolist()
            # One forward over the whole reply: the argmax at every position is what an engine is asked for.
            best = model(torch.tensor([out])).logits[0].argmax(-1).tolist()
        for k in range(0, len(out) - len(ids) - 1, 2):
            prefix = tokenizer.decode(out[len(ids) : len(ids) + k], skip_special_tokens=False)
            if tokenizer.encode(text + prefix, add_special_tokens=False) == out[: len(ids) + k]:
                steps.append({"prompt": prompt, "prefix": prefix, "token": best[len(ids) + k - 1]})
    Path(job["file"]).write_text(json.dumps(steps), encoding="utf-8")
    return {"positions": len(steps)}


def fidelity(job: Row) -> Row:
    """Teacher-forced top-1 agreement with the reference: one greedy token after each of its prefixes."""
    engine = _open(job)
    steps = json.loads(Path(job["file"]).read_text(encoding="utf-8"))
    one = Sampling(max_new_tokens=1, ignore_eos=True)
    requests = [
        GenerationRequest(str(i), (Message("user", s["prompt"]),), one, logprobs=0, answer_prefix=s["prefix"])
        for i, s in enumerate(steps)
    ]
    agree = 0
    for completion in engine.generate(requests):
        if completion.error is not None or not completion.logprobs:
            raise RuntimeError(f"no token for {completion.request_id}: {completion.error}")
        agree += completion.logprobs[0].token_id == steps[int(completion.request_id)]["token"]
    return {"agreement": agree / len(steps), "positions": len(steps), "dtype": engine.info.dtype}


def _open(job: Row) -> Any:
    options = EngineOptions(
        model="embedded", engine=job["engine"], dtype=job.get("dtype", "auto"), batch_size=job.get("batch_size")
    )
    return open_engine(options)


def _drain(engine: Engine, requests: list[GenerationRequest]) -> int:
    tokens = 0
    for completion in engine.generate(requests):
        if completion.error is not None:
            raise RuntimeError(completion.error.message)
        tokens += completion.usage.completion
    return tokens


def _timed(run: Callable[[], Any]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def _peak_rss() -> int:
    """Peak memory of this process and of its children as they are now, in bytes."""
    own = psutil.Process()
    with Path("/proc/self/status").open(encoding="ascii") as file:
        peak = next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))
    return peak + sum(child.memory_info().rss for child in own.children(recursive=True))


def main() -> None:
    """Run the job given as JSON on the command line."""
    job = json.loads(sys.argv[1])
    began = time.perf_counter()
    result = globals()[job["kind"]](job)
    result |= {"peak_rss_mb": round(_peak_rss() / 2**20), "process_s": round(time.perf_counter() - began, 1)}
    sys.stdout.write("\nRESULT " + json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
