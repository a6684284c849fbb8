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

from medgo.cli._batch import OK, ROWS_FAILED, code_of
from medgo.cli._errors import show_error, without_controls
from medgo.errors import InputError, MedGoError
from medgo.evaluation.reading.rows import read_row
from medgo.store.atomic import replacing
from medgo.store.jsonl import RawRow, RowFile, decode_object, encode_row

_COUNTED = ("answered", "unparsed", "truncated", "refused", "error")
_SHOWN_ERRORS = 3


def eval_read_command(
    input_file: Annotated[
        str, typer.Option("--input", "-i", help="Replies as JSONL, JSON or CSV, .gz and .zst too; - is standard input.")
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
    try:
        counts, errors = read_file(input_file, output_file, multiple=_may_be_several(benchmark))
    except MedGoError as error:
        show_error(console, error)
        raise typer.Exit(code_of(error)) from None
    for row_id, message in errors:
        console.print(without_controls(f"{row_id}: {message}"), style="red", markup=False, highlight=False)
    parts = [f"{counts[status]:,} {'bad' if status == 'error' else status}" for status in _COUNTED]
    console.print(f"{counts.total():,} replies: {', '.join(parts)}", highlight=False)
    raise typer.Exit(ROWS_FAILED if counts["error"] else OK)


def read_file(
    input_file: str, output_file: str, *, multiple: bool | None
) -> tuple[Counter[str], list[tuple[object, str]]]:
    """Read the replies of a file one by one.

    Returns:
        Rows by status (``error``: not understood), and the first few (id, message) of those.

    Raises:
        InputError: The input cannot be read, or is the output.
        StorageError: The output cannot be written.
    """
    if input_file != "-" and output_file != "-" and Path(input_file).resolve() == Path(output_file).resolve():
        raise InputError(f"{input_file} is both input and output", hint="write to another file")
    counts: Counter[str] = Counter()
    errors: list[tuple[object, str]] = []
    name = "standard input" if input_file == "-" else Path(input_file).name
    rows = _standard_input() if input_file == "-" else RowFile(Path(input_file))
    with _output(output_file) as output:
        for raw in rows:
            out = read_row(raw, multiple=multiple, name=name)
            counts[out["status"]] += 1
            if out["status"] == "error" and len(errors) < _SHOWN_ERRORS:
                errors.append(_shown(out))
            output.write(encode_row(out))
    return counts, errors


def _shown(out: dict[str, Any]) -> tuple[object, str]:
    return out["id"], out["error"]["message"]


def _may_be_several(benchmark: str | None) -> bool | None:
    if benchmark is None:
        return None
    # A registry of all benchmarks is not needed to read replies.
    from medgo.evaluation.benchmarks.registry import find

    # Where several may be right, it is the item that knows: as many count as the reply names.
    return None if find(benchmark).multiple else False


def _standard_input() -> Iterator[RawRow]:
    for number, line in enumerate(sys.stdin.buffer, 1):
        if not line.strip():
            continue
        try:
            yield RawRow(number, decode_object(line))
        except InputError as error:
            yield RawRow(number, None, error)


@contextmanager
def _output(path: str) -> Iterator[BinaryIO]:
    if path == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with replacing(Path(path)) as file:
        yield file
