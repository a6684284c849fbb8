"""The options of an engine on a command line: declared and put together once, for every command that opens one."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import typer
from rich.console import Console

from medgo.cli._errors import errors_shown
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
    )


def takes_engine_options(command: Callable[..., None]) -> Callable[..., None]:
    """Put the options of :func:`engine_options` in the place of a command's parameter ``options``.

    Args:
        command: With a parameter ``options: EngineOptions``; those after it have defaults.

    Returns:
        What typer is given: it takes each option by its name, and ends with the exit code of the error where an
        option has a value that no engine could take.
    """
    signature = inspect.signature(command, eval_str=True)
    ours = inspect.signature(engine_options, eval_str=True).parameters
    parameters: list[inspect.Parameter] = []
    for parameter in signature.parameters.values():
        parameters += ours.values() if parameter.name == "options" else [parameter]
    shown = signature.replace(parameters=parameters)

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> None:
        bound = shown.bind(*args, **kwargs)
        bound.apply_defaults()
        values = dict(bound.arguments)
        given = {name: values.pop(name) for name in ours}
        with errors_shown(Console(stderr=True)):
            options = engine_options(**given)
        command(**values, options=options)

    # What typer reads: the signature, and the annotations beside it.
    wrapped.__signature__ = shown  # type: ignore[attr-defined]
    wrapped.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return wrapped
