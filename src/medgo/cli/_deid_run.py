"""``medgo deid run``: options in, one run, a line and an exit code out. No logic of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from medgo.cli._deid_options import (
    DEFAULT_PLUGINS,
    Bar,
    ColumnsOption,
    FormatOption,
    Input,
    Lang,
    Plugins,
    PolicyOption,
    TierOption,
    Workers,
    examples,
    plugin_names,
    show_held_back,
)
from medgo.cli._errors import OK, ROWS_FAILED, errors_shown
from medgo.deid.policy import BUILT_IN
from medgo.deid.runs import RunConfig, RunReport, run_deid
from medgo.deid.runs.config import Mode
from medgo.inference.batch import stop_on_signals

RUN_EXAMPLES = examples(
    ("medgo deid key new keys/ward.key", "once 只需一次"),
    ("medgo deid run records.jsonl clean.jsonl --key-file keys/ward.key", "surrogates 替代值"),
    ("medgo deid run export/ clean/ --mode tag", "a folder, no key 整个目录，标签，无需密钥"),
    ("medgo deid run visits.csv clean.csv --key-file keys/ward.key --columns ours.yaml", "own columns 自定列名"),
)


def deid_run_command(
    source: Input,
    output: Annotated[
        Path,
        typer.Argument(
            help="File or folder; the same command continues it. 输出文件或目录； 中断后重复同一命令即可续跑。"
        ),
    ],
    policy: PolicyOption = BUILT_IN,
    mode: Annotated[
        Mode,
        typer.Option(
            help="surrogate: other values of the same kind, needs a key. tag: the class in brackets. "
            "surrogate 换成同类的替代值， 需要密钥； tag 换成类别标签。"
        ),
    ] = "surrogate",
    key_file: Annotated[
        Path | None,
        typer.Option(help="Made by `medgo deid key new`. 密钥文件， 由该命令生成； 请与数据分开保管。"),
    ] = None,
    lang: Lang = "auto",
    tier: TierOption = "a",
    plugins: Plugins = DEFAULT_PLUGINS,
    workers: Workers = 1,
    form: FormatOption = "auto",
    columns: ColumnsOption = None,
    vault: Annotated[
        bool,
        typer.Option(
            "--vault",
            help="Keep the way back, encrypted with the key. 保留用密钥加密的还原库； 不加此项则无法还原。",
        ),
    ] = False,
    one_pass: Annotated[
        bool,
        typer.Option(
            "--one-pass",
            help="Half the time; a surrogate may equal another patient's value. "
            "只扫描一遍， 时间减半， 但替代值可能与另一患者的 真实值相同。",
        ),
    ] = False,
) -> None:
    """Replace the identities in records. 去标识化：替换病历中的身份信息。

    A record that cannot be read or searched is held back and named,
    never passed on. 无法读取或检测失败的记录会被扣留并列出， 绝不未经检查就写入输出。

    Exit codes: 0 every record is in the output, 1 some were held back,
    2 nothing could start, 4 a file could not be written, 130 and 143 stopped.
    退出码： 0 全部写入； 1 有记录被扣留； 2 未能开始； 4 无法写文件； 130、143 被中断。
    """
    console = Console(stderr=True)
    with errors_shown(console):
        config = RunConfig(
            source, output, policy, mode, key_file, lang, tier, plugin_names(plugins), form, columns, vault, one_pass
        )
        with stop_on_signals() as should_stop, Bar(console) as bar:
            report = run_deid(config, workers=workers, watch=bar, should_stop=should_stop)
        _show(console, report)
    if not report.finished:
        console.print("stopped; the same command continues 已停止，重复同一命令即可继续")
        raise typer.Exit(should_stop.exit_code)
    raise typer.Exit(ROWS_FAILED if report.totals.held_back.total() else OK)


def _show(console: Console, report: RunReport) -> None:
    totals = report.totals
    if report.again:
        console.print("finished before; nothing was done 此前已完成")
    classes = ", ".join(f"{label} {count:,}" for label, count in totals.labels.most_common())
    console.print(
        f"{totals.records:,} records, {totals.characters:,} characters; replaced: {classes or 'nothing'}",
        highlight=False,
        soft_wrap=True,
    )
    if totals.rare:
        console.print(f"{totals.rare:,} records made coarse for a rare disease 条罕见病记录已泛化", highlight=False)
    if totals.masked:
        console.print(
            f"{totals.masked:,} pictures and documents in records left out 个图片或文件已移除", highlight=False
        )
    show_held_back(console, totals, report.folder)
