"""A stage's files of rows as one stream; a row that cannot be read is named by file, line and field. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from medgo.errors import InputError
from medgo.schema.rows import LabelledRow, PreferenceRow, Row, SftRow, row_from_dict
from medgo.store import RowFile
from medgo.store.recipes import expand_path
from medgo.training.recipe import Method, RowFiles

_SUFFIXES = (".jsonl", ".jsonl.gz", ".jsonl.zst")
_EVIDENCE = ".evidence.jsonl"
# What each method learns from; KTO takes pairs apart.
_FITTING: dict[Method, tuple[type[Row], ...]] = {
    "sft": (SftRow,),
    "dpo": (PreferenceRow,),
    "kto": (LabelledRow, PreferenceRow),
}
_NAMES: dict[type[Row], str] = {SftRow: "sft", PreferenceRow: "preference", LabelledRow: "labelled"}


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row with where it was read.

    Args:
        row: The row, of a kind that the method learns from.
        entry: Which of the stage's ``data`` it came from: its weight, priority and whether it is replay.
        place: File and line, for messages.
        half: Whether it is one side of a pair that was taken apart.
    """

    row: Row
    entry: int
    place: str
    half: bool = False


def row_files(entry: RowFiles) -> list[Path]:
    """The files of an entry, in the order of their names; files of evidence that lie beside rows are none.

    Raises:
        InputError: There is no such file or folder, or the folder holds no file of rows.
        RecipeError: The path names a variable that is not set.
    """
    path = expand_path(entry.path)
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InputError(f"{path} is not there", hint="give a JSONL file of rows, or a folder of them")
    files = sorted(p for p in path.iterdir() if p.name.endswith(_SUFFIXES) and not p.name.endswith(_EVIDENCE))
    if not files:
        raise InputError(f"{path} holds no file of rows (*.jsonl)", hint="give a JSONL file of rows, or a folder")
    return files


def read_stage_rows(data: Sequence[RowFiles], method: Method) -> Iterator[ReadRow]:
    """Read a stage's rows one by one, entry after entry.

    Args:
        data: The stage's entries.
        method: Decides which kinds of rows fit; for ``kto`` a pair becomes a wanted and an unwanted row.

    Raises:
        InputError: A file or row cannot be read, a row does not fit the method, or an entry has none of its tasks.
    """
    for number, entry in enumerate(data):
        taken = 0
        for place, row in _rows_of(entry):
            if entry.tasks and row.task not in entry.tasks:
                continue
            taken += 1
            if not isinstance(row, _FITTING[method]):
                wanted = " or ".join(_NAMES[kind] for kind in _FITTING[method])
                raise InputError(
                    f"{place}: {method} learns from {wanted} rows, and this is one of kind {_NAMES[type(row)]}",
                    hint="name the file with the rows of this stage in data.path",
                )
            if method == "kto" and isinstance(row, PreferenceRow):
                yield from (ReadRow(half, number, place, half=True) for half in take_apart(row))
            else:
                yield ReadRow(row, number, place)
        if not taken:
            only = f" of the tasks {', '.join(entry.tasks)}" if entry.tasks else ""
            raise InputError(f"data.{number}: {entry.path} holds no rows{only}")


def take_apart(pair: PreferenceRow) -> tuple[LabelledRow, LabelledRow]:
    """A pair as a wanted and an unwanted row."""
    rest = {field.name: getattr(pair, field.name) for field in fields(pair) if field.name not in ("chosen", "rejected")}
    return (
        LabelledRow(completion=pair.chosen, label=True, **rest),
        LabelledRow(completion=pair.rejected, label=False, **rest),
    )


def _rows_of(entry: RowFiles) -> Iterator[tuple[str, Row]]:
    for path in row_files(entry):
        file = RowFile(path)
        for raw in file:
            place = f"{path}, {file.unit} {raw.number}"
            if raw.value is None:
                problem = raw.error or InputError("not a row")
                raise InputError(f"{place}: {problem.message}", hint=problem.hint)
            try:
                row = row_from_dict(raw.value)
            except InputError as error:
                raise InputError(f"{place}: {error.message}", hint=error.hint) from error
            said = raw.value.get("row_id")
            if said is not None and said != row.row_id:
                raise InputError(
                    f"{place}: row_id: {said!r}, but the row's text has the id {row.row_id}: it was changed after it "
                    "was written",
                    hint="restore it, or remove row_id if the change was meant",
                )
            yield place, row
