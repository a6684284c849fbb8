"""The options of an engine on a command line: declared and put together once, for every command that opens one."""

from __future__ import annotations

from typing import Annotated

import typer

from medgo.cli._option_groups import takes
from medgo.inference.engines import DtypeName, EngineName, EngineOptions

Engine = Annotated[EngineName, typer.Option(help="What runs the model.")]
Dtype = Annotated[DtypeName, typer.Option(help="Numbers; auto keeps 99 % agreement with float32.")]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda[:N].")]
BaseUrl = Annotated[
    str | None,
    typer.Option("--base-url", "--base_url", help="An OpenAI-compatible endpoint, http://host:8000/v1."),
]
BatchSize = Annotated[
    int | None,
    typer.Option(
        "--batch-size", "--batch_size", help="Most rows at once; by default the engine chooses. 同时处理的最大行数。"
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(help="Cores for a model on a CPU; by default all of them. CPU 上模型可用的核数，默认全部。"),
]
Timeout = Annotated[
    float, typer.Option(help="Seconds without any byte from an endpoint before a try has failed. 端点无响应的秒数。")
]
MaxRetries = Annotated[
    int,
    typer.Option("--max-retries", "--max_retries", help="Tries after the first at an endpoint. 端点失败后的重试次数。"),
]


def engine_options(
    engine: Engine = "auto",
    dtype: Dtype = "auto",
    device: Device = "auto",
    base_url: BaseUrl = None,
    batch_size: BatchSize = None,
    timeout: Timeout = 120.0,
    max_retries: MaxRetries = 4,
    threads: Threads = None,
) -> EngineOptions:
    """What a command line says of an engine; the model is the command's own affair."""
    return EngineOptions(
        engine=engine,
        dtype=dtype,
        batch_size=batch_size,
        device=device,
        base_url=base_url,
        timeout=timeout,
        max_retries=max_retries,
        threads=threads,
    )


# For commands with a parameter ``options: EngineOptions``.
takes_engine_options = takes("options", engine_options)
