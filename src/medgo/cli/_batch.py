"""``medgo batch``: options in, one run, an exit code out. No logic of its own.

The option types are shared with ``scripts/inference.py``; either spelling, dashes or underscores, works in both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

import typer
from rich.console import Console

from medgo.cli._engine_options import takes_engine_options
from medgo.cli._errors import OK, ROWS_FAILED, code_of
from medgo.errors import MedGoError
from medgo.inference.batch import BatchConfig, ConsoleProgress, EngineOpener, ResumeMode, run_batch, stop_on_signals
from medgo.inference.engines import EngineOptions, open_engine
from medgo.inference.protocol import Sampling, Thinking

MaxNewTokens = Annotated[
    int, typer.Option("--max-new-tokens", "--max_new_tokens", help="Longest reply in tokens, reasoning included.")
]
Temperature = Annotated[float, typer.Option(help="0 is greedy.")]
TopP = Annotated[float, typer.Option("--top-p", "--top_p", help="Nucleus mass in (0, 1].")]
TopK = Annotated[int, typer.Option("--top-k", "--top_k", help="Number of candidates; 0 is off.")]
Seed = Annotated[int, typer.Option(help="Seed of the run; each row draws its own from it and its id.")]
Stop = Annotated[list[str] | None, typer.Option(help="End replies at this text; may be given more than once.")]
System = Annotated[str | None, typer.Option(help="System prompt for rows that bring none. 系统提示词。")]
ThinkingMode = Annotated[str, typer.Option("--thinking", help="off, on, or at most N tokens of reasoning.")]
Logprobs = Annotated[
    int | None, typer.Option(help="Add the log-probability of each token and of the N most likely ones.")
]
Resume = Annotated[
    ResumeMode,
    typer.Option(
        help="auto: continue a run of the same configuration, refuse another. never: refuse an output that is there. "
        "force: start over, the old output is kept as .bak, .bak2, … 断点续跑。"
    ),
]
RetryErrors = Annotated[
    bool,
    typer.Option("--retry-errors", "--retry_errors", help="When continuing, compute failed rows again. 重算失败行。"),
]
Ordered = Annotated[
    bool, typer.Option("--ordered", help="Bring the output into the order of the input. 按输入顺序输出。")
]
Limit = Annotated[int | None, typer.Option(help="Only the first N rows; a higher limit later continues.")]
AllowErrors = Annotated[
    bool, typer.Option("--allow-errors", "--allow_errors", help="Exit with 0 although rows failed.")
]
Latency = Annotated[
    bool,
    typer.Option("--latency", help="Add latency and cached tokens to the rows, which then differ from run to run."),
]


@takes_engine_options
def batch_command(
    input_file: Annotated[
        str,
        typer.Argument(metavar="INPUT", help="JSONL, JSON or CSV, .gz or .zst too; - is standard input. 输入文件。"),
    ],
    output_file: Annotated[str, typer.Argument(metavar="OUTPUT", help="JSONL; - is standard output. 输出文件。")],
    model: Annotated[
        str, typer.Option(help="Alias, hub id, folder, .gguf file, or the endpoint's model.")
    ] = "embedded",
    *,
    options: EngineOptions,
    max_new_tokens: MaxNewTokens = 512,
    temperature: Temperature = 0.0,
    top_p: TopP = 1.0,
    top_k: TopK = 0,
    seed: Seed = 0,
    stop: Stop = None,
    system: System = None,
    thinking: ThinkingMode = "off",
    logprobs: Logprobs = None,
    resume: Resume = "auto",
    retry_errors: RetryErrors = False,
    ordered: Ordered = False,
    limit: Limit = None,
    allow_errors: AllowErrors = False,
    latency: Latency = False,
) -> None:
    """Answer a file of questions. 批量推理。

    One line of output for each row of input, failures included. The same command continues an interrupted run.

    Exit codes: 0 all rows answered, 1 rows failed, 2 nothing could start, 3 the engine died, 4 the disk took no more,
    130 and 143 stopped by a signal.
    """
    exit_code = execute(
        lambda: BatchConfig(
            input=input_file,
            output=output_file,
            engine=replace(options, model=model),
            sampling=Sampling(max_new_tokens, temperature, top_p, top_k, seed, tuple(stop or ())),
            thinking=Thinking.parse(thinking),
            system=system,
            logprobs=logprobs,
            resume=resume,
            retry_errors=retry_errors,
            ordered=ordered,
            limit=limit,
            latency=latency,
        ),
        allow_errors=allow_errors,
    )
    raise typer.Exit(exit_code)


def execute(
    make_config: Callable[[], BatchConfig], *, allow_errors: bool = False, opener: EngineOpener = open_engine
) -> int:
    """Run a batch for a person at a terminal: progress, table and errors on standard error.

    Args:
        make_config: Builds the configuration; what it refuses is reported like any other error.
        allow_errors: Failed rows do not show in the exit code.
        opener: Loads the engine.

    Returns:
        The exit code.
    """
    console = Console(stderr=True)
    try:
        with stop_on_signals() as should_stop:
            progress = ConsoleProgress(console)
            summary = run_batch(make_config(), opener=opener, progress=progress, should_stop=should_stop)
    except MedGoError as error:
        console.print(f"error: {error}", style="red", highlight=False, markup=False, soft_wrap=True)
        return code_of(error)
    summary.show(console)
    if summary.interrupted:
        return should_stop.exit_code
    return ROWS_FAILED if summary.failed and not allow_errors else OK
