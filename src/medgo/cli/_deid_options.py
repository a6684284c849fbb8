"""Options that several commands of ``medgo deid`` share, and how they show progress and what was held back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from medgo.deid.assembling import PLUGINS, Tier
from medgo.deid.formats import FORMAT_NAMES
from medgo.deid.policy import POLICIES
from medgo.deid.runs.checkpoint import Totals
from medgo.deid.runs.config import FormatChoice, Language
from medgo.errors import InputError

Input = Annotated[
    Path,
    typer.Argument(help="JSONL, JSON, FHIR, C-CDA, HL7 v2, CSV, text, or a folder of them. 病历文件，或其所在目录。"),
]
Output = Annotated[
    Path, typer.Argument(help="What `medgo deid run` wrote of it. `medgo deid run` 由该输入写出的文件或目录。")
]
Lang = Annotated[
    Language,
    typer.Option(
        help="Main language; auto asks each record, then its text. 病历的主要语言； auto 先看记录的标注， 再看正文。"
    ),
]
TierOption = Annotated[
    Tier,
    typer.Option(
        help="a: rules and lexicons. ab: models beside them. a 层只用规则与词典； ab 层再加入本地模型， 更全但更慢。"
    ),
]
Plugins = Annotated[
    str, typer.Option(help="Models of tier ab, with commas between them. ab 层使用的模型， 以逗号分隔。")
]
Workers = Annotated[
    int, typer.Option(min=1, metavar="N", help="Processes that work side by side. 并行的进程数， 结果与单进程相同。")
]
FormatOption = Annotated[
    FormatChoice,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help="Of the input; auto looks at each file. fhir is JSON or XML. "
        f"One of {', '.join(('auto', *FORMAT_NAMES))}. "
        "输入的格式， 默认自动判断。",
    ),
]
ColumnsOption = Annotated[
    Path | None,
    typer.Option(
        "--columns",
        help="YAML: class → names of columns or keys, on top of the built-in ones. "
        "YAML 对照表， 列名或键名属于哪一类， 补充内置的表。",
    ),
]
PolicyOption = Annotated[
    str,
    typer.Option(
        help=f"A file, or one of {', '.join(POLICIES)}. "
        "策略的内置名称或 YAML 文件， 规定每一类信息替换、泛化还是保留。",
    ),
]

DEFAULT_PLUGINS = ",".join(PLUGINS)


def examples(*lines: tuple[str, str]) -> str:
    """The examples below a help page.

    Args:
        lines: A command, and what it is for.
    """
    shown = (f"[cyan]{command}[/]  {use}" for command, use in lines)
    return "\n\n".join(("[bold]Examples 示例[/]", *shown))


def plugin_names(text: str) -> tuple[str, ...]:
    """Names with commas between them.

    Raises:
        InputError: There is none.
    """
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise InputError("--plugins names no model", hint="for example lac,spacy")
    return names


class Bar:
    """A progress bar on stderr: bytes of the input, records, characters a second."""

    def __init__(self, console: Console) -> None:
        self._bar = Progress(
            BarColumn(None), DownloadColumn(), TextColumn("{task.fields[words]}"), TimeRemainingColumn(),
            console=console, transient=True,
        )  # fmt: skip
        self._task = self._bar.add_task("", total=None, words="")

    def __enter__(self) -> Bar:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def start(self, total: int) -> None:
        """So many bytes are to be read."""
        self._bar.update(self._task, total=total)

    def advance(self, size: int, totals: Totals) -> None:
        """So much was done."""
        speed = totals.characters / max(totals.seconds, 1e-3)
        words = f"{totals.records:,} records · {speed:,.0f} chars/s"
        self._bar.update(self._task, advance=size, words=words)


def show_held_back(console: Console, totals: Totals, folder: Path) -> None:
    """Say how many records were not passed on, why, and where their names stand."""
    count = totals.held_back.total()
    if not count:
        return
    reasons = ", ".join(f"{reason} {times}" for reason, times in totals.held_back.most_common())
    console.print(
        f"[yellow]{count} held back[/] ({reasons}): not in the output; see {folder.name}/held_back.jsonl\n"
        f"[yellow]{count} 条记录被扣留[/]，未写入输出。",
        highlight=False,
        soft_wrap=True,
    )
