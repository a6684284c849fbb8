"""``medgo deid reidentify``: the original of one text, for a person with the key and a reason; attempts are logged."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from medgo.cli._deid_options import ColumnsOption
from medgo.cli._errors import errors_shown
from medgo.deid.formats import HeldBackError, detect_format, open_format, read_columns
from medgo.deid.keys import read_key
from medgo.deid.reidentify import Request, reidentify
from medgo.deid.runs import run_folder
from medgo.deid.runs.records import vault_ids
from medgo.errors import InputError


def deid_reidentify_command(
    output: Annotated[Path, typer.Argument(help="File that a run with --vault wrote. 带 --vault 的运行所写出的文件。")],
    record: Annotated[
        str,
        typer.Argument(help="Id of the record, or ID/PART as in the vault. 记录编号， 或还原库中的“编号/部分”。"),
    ],
    key_file: Annotated[Path, typer.Option(help="The run's key. 该次运行所用的密钥文件。")],
    reason: Annotated[str, typer.Option(help="Why; kept in the audit log. 还原的理由， 写入审计日志。")],
    who: Annotated[str, typer.Option(help="Who asks; default: your account. 操作者； 默认为当前系统账户。")] = "",
    audit_log: Annotated[
        Path | None,
        typer.Option(help="Default: OUTPUT.run/reidentified.jsonl. 审计日志的位置； 默认在输出旁的运行目录中。"),
    ] = None,
    columns: ColumnsOption = None,
) -> None:
    """Show the original of one text. 还原单条文本（须有密钥与理由）。

    Every attempt is logged before anything is shown. Exit codes: 0, 2 refused.
    每次尝试都会先写入审计日志，再显示原文。 退出码： 0 已显示； 2 被拒绝。
    """
    with errors_shown(Console(stderr=True)):
        key = read_key(key_file)
        request = Request(who or getpass.getuser(), reason)
        folder = run_folder(output)
        text = _text_of(output, record, columns)
        original = reidentify(
            record,
            text,
            folder / "vault.jsonl",
            key,
            audit_log=audit_log or folder / "reidentified.jsonl",
            request=request,
        )
    typer.echo(original)


def _text_of(output: Path, wanted: str, columns: Path | None) -> str:
    """The text in the output that the vault calls so.

    Raises:
        InputError: There is none.
    """
    name = detect_format(output)
    if name is None:
        raise InputError(f"{output} is no file that a run writes", hint="name one file of the output")
    form = open_format(name, read_columns(columns))
    for unit in form.units(output):
        try:
            found = form.record(unit)
        except HeldBackError as error:
            raise InputError(f"{output}, unit {unit.number}: it is not as the run wrote it") from error
        for one, part in zip(vault_ids(found), found.parts, strict=True):
            if one == wanted:
                return part.text
    raise InputError(f"{output} has no text {wanted}", hint="the record's id, or ID/PART as the vault has it")
