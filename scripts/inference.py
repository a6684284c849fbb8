"""Batch inference under the name and with the flags that the model card prints; the same run as ``medgo batch``.

python scripts/inference.py \
    --model_path OpenMedZoo/MedGo \
    --input_file examples/medical_qa.jsonl \
    --output_file results/predictions.jsonl \
    --batch_size 4
"""

from __future__ import annotations

from typing import Annotated

import typer

from medgo.cli import _batch as flags
from medgo.cli import _engine_options as engine_flags
from medgo.cli._logging import show_notes


def inference(
    model_path: Annotated[
        str,
        typer.Option("--model_path", help="Alias, hub id, folder or .gguf file; embedded needs no download. 模型。"),
    ],
    input_file: Annotated[
        str, typer.Option("--input_file", help="JSONL, JSON or CSV; - is standard input. 输入文件。")
    ],
    output_file: Annotated[str, typer.Option("--output_file", help="JSONL; - is standard output. 输出文件。")],
    batch_size: engine_flags.BatchSize = None,
    engine: engine_flags.Engine = "auto",
    dtype: engine_flags.Dtype = "auto",
    device: engine_flags.Device = "auto",
    base_url: engine_flags.BaseUrl = None,
    timeout: engine_flags.Timeout = 120.0,
    max_retries: engine_flags.MaxRetries = 4,
    threads: engine_flags.Threads = None,
    max_new_tokens: flags.MaxNewTokens = 512,
    temperature: flags.Temperature = 0.0,
    top_p: flags.TopP = 1.0,
    top_k: flags.TopK = 0,
    seed: flags.Seed = 0,
    stop: flags.Stop = None,
    system: flags.System = None,
    thinking: flags.ThinkingMode = "off",
    logprobs: flags.Logprobs = None,
    resume: flags.Resume = "auto",
    retry_errors: flags.RetryErrors = False,
    ordered: flags.Ordered = False,
    limit: flags.Limit = None,
    allow_errors: flags.AllowErrors = False,
    latency: flags.Latency = False,
) -> None:
    """Answer a file of questions; the same as medgo batch. 批量推理，与 medgo batch 相同。"""
    show_notes()
    flags.batch_command(
        input_file=input_file,
        output_file=output_file,
        model=model_path,
        engine=engine,
        dtype=dtype,
        device=device,
        base_url=base_url,
        batch_size=batch_size,
        timeout=timeout,
        max_retries=max_retries,
        threads=threads,
        max_new_tokens=max_new_tokens,
        temperature=temperature,
        top_p=top_p,
        top_k=top_k,
        seed=seed,
        stop=stop,
        system=system,
        thinking=thinking,
        logprobs=logprobs,
        resume=resume,
        retry_errors=retry_errors,
        ordered=ordered,
        limit=limit,
        allow_errors=allow_errors,
        latency=latency,
    )


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(inference)
    app()
