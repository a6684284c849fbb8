"""``medgo eval read``: replies in, answers out, counts on standard error. No reading of its own."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from rich.console import Console

from medgo.cli._errors import OK, ROWS_FAILED, errors_shown, without_controls
from medgo.errors import InputError
from medgo.evaluation.reading.rows import read_row
from medgo.inference.batch.config import STANDARD_STREAM
from medgo.inference.batch.index import open_source
from medgo.store.atomic import replacing
from medgo.store.jsonl import encode_row

_COUNTED = ("answered", "unparsed", "truncated", "refused", "error")
_SHOWN_ERRORS = 3


def eval_read_command(
    input_file: Annotated[
        str,
        typer.Option(
            "--input",
            "-i",
            help="Replies as JSONL, JSON or CSV, .gz and .zst too; - is standard input (JSONL or a JSON array).",
        ),
    ],
    output_file: Annotated[
        str, typer.Option("--output", "-o", help="Answers as JSONL, replaced if there; - is standard output.")
    ],
    benchmark: Annotated[
        str | None,
        typer.Option(help="Says whether several answers may be right; else each row's field multiple. 评测集名称。"),
    ] = None,
) -> None:
    """Read the answers out of any model's replies. 从任意模型的回复中提取答案。

    A row is {"id", "reply", "options": {"A": "…"}}; the output of medgo batch fits as it is. Exit codes: 0 all rows
    were understood, 1 some were not and have an error field, 2 nothing could start, 4 the disk took no more.
    """
    console = Console(stderr=True)
    with errors_shown(console):
        counts, errors = read_file(input_file, output_file, multiple=_may_be_several(benchmark))
    for message in errors:
        console.print(without_controls(message), style="red", markup=False, highlight=False)
    if not counts:
        remark = f"{_name(input_file)} holds no rows: there was nothing to read"
        console.print(without_controls(remark), style="yellow", markup=False, highlight=False)
    parts = [f"{counts[status]:,} {'bad' if status == 'error' else status}" for status in _COUNTED]
    console.print(f"{counts.total():,} replies: {', '.join(parts)}", highlight=False)
    raise typer.Exit(ROWS_FAILED if counts["error"] else OK)


def read_file(input_file: str, output_file: str, *, multiple: bool | None) -> tuple[Counter[str], list[str]]:
    """Read the replies of a file one by one.

    Returns:
        Rows by status (``error``: not understood), and what is wrong with the first few of those.

    Raises:
        InputError: The input cannot be read, or is the output.
        StorageError: The output cannot be written.
    """
    if (
        input_file != STANDARD_STREAM
        and output_file != STANDARD_STREAM
        and Path(input_file).resolve() == Path(output_file).resolve()
    ):
        raise InputError(f"{input_file} is both input and output", hint="write to another file")
    counts: Counter[str] = Counter()
    errors: list[str] = []
    with open_source(input_file) as rows, _output(output_file) as output:
        for raw in rows:
            out = read_row(raw, multiple=multiple)
            counts[out["status"]] += 1
            if out["status"] == "error" and len(errors) < _SHOWN_ERRORS:
                errors.append(_shown(out, rows.unit))
            output.write(encode_row(out))
    return counts, errors


def _shown(out: dict[str, Any], unit: str) -> str:
    named = "" if out["id"] is None else f" (id {out['id']})"
    return f"{unit} {out['line']}{named}: {out['error']['message']}"


def _name(input_file: str) -> str:
    return "standard input" if input_file == STANDARD_STREAM else input_file


def _may_be_several(benchmark: str | None) -> bool | None:
    if benchmark is None:
        return None
    # A registry of all benchmarks is not needed to read replies.
    from medgo.evaluation.benchmarks.registry import find

    # Where several may be right, it is the item that knows: as many count as the reply names.
    return None if find(benchmark).multiple else False


@contextmanager
def _output(path: str) -> Iterator[BinaryIO]:
    if path == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with replacing(Path(path)) as file:
        yield file
