"""``medgo deid detect``: where identifiers lie, as JSONL; nothing is replaced."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from medgo.cli._deid_options import (
    DEFAULT_PLUGINS,
    ColumnsOption,
    FormatOption,
    Input,
    Lang,
    Plugins,
    PolicyOption,
    TierOption,
    Workers,
    plugin_names,
    show_held_back,
)
from medgo.cli._errors import OK, ROWS_FAILED, errors_shown
from medgo.deid.policy import BUILT_IN
from medgo.deid.runs import RunConfig, run_detection, run_folder


def deid_detect_command(
    source: Input,
    output: Annotated[Path, typer.Argument(help="JSONL: {id, spans: [{start, end, label, score, detector}]}. 输出。")],
    lang: Lang = "auto",
    tier: TierOption = "a",
    plugins: Plugins = DEFAULT_PLUGINS,
    workers: Workers = 1,
    form: FormatOption = "auto",
    columns: ColumnsOption = None,
    policy: PolicyOption = BUILT_IN,
) -> None:
    """Find identifiers without replacing them. 只识别，不替换。

    Found is what the policy does not keep: ages under 90 and origin with strict alone. 只报告策略不保留的类别。
    Offsets are code points of the original text. Exit codes: 0, 1 some records were held back, 2 nothing could start.
    """
    console = Console(stderr=True)
    with errors_shown(console):
        config = RunConfig(
            source, output, policy=policy, mode="tag", lang=lang, tier=tier, plugins=plugin_names(plugins), format=form,
            columns=columns,
        )  # fmt: skip
        totals = run_detection(config, workers=workers)
    found = totals.labels.total()
    console.print(f"{totals.records:,} records, {found:,} identifiers", highlight=False)
    show_held_back(console, totals, run_folder(output))
    raise typer.Exit(ROWS_FAILED if totals.held_back else OK)
