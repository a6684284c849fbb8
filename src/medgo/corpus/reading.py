"""Reads many files into one file of documents or records: file by file, each finished for good. Knows no format.

Every input file becomes a part of its own in ``OUTPUT.parts/``, whose report is written last and says that the part is
whole. A run that was killed begins with the first file that has none; the parts are then put together in the order of
the files, so that the bytes depend neither on kills nor on the number of processes.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from medgo.corpus.ledger import Ledger, Omission
from medgo.corpus.protocol import Item, Reader, Source
from medgo.corpus.registry import detect, find_reader
from medgo.corpus.reports import FileReport, ReadReport
from medgo.errors import InputError, StorageError
from medgo.execution import Executor
from medgo.schema import ClinicalRecord, Lang, Withdrawal
from medgo.store import encode_row, replacing, sole_writer
from medgo.store.compression import uncompressed_name

AUTO = "auto"
_STREAMS = ("items", "withdrawn", "omitted")


@dataclass(frozen=True, slots=True)
class ReadConfig:
    """What is read into what.

    Args:
        inputs: Files, folders (all files below) or patterns.
        output: JSONL file.
        format: Name of a reader; ``auto`` looks into each file.
        collection: See :class:`medgo.corpus.protocol.Source`, as the rest.
        licence: Of what states none.
        retrieved: Version or date.
        lang: Where a file does not say.
        mapping: For tables.
    """

    inputs: tuple[str, ...]
    output: Path
    format: str = AUTO
    collection: str = ""
    licence: str = ""
    retrieved: str = ""
    lang: Lang | None = None
    mapping: Path | None = None


@dataclass(frozen=True, slots=True)
class _Task:
    number: int
    name: str
    path: Path


def read_corpus(config: ReadConfig, executor: Executor, watch: Callable[[str, int], None]) -> ReadReport:
    """Read everything; what was finished by an earlier run of the same command stays.

    Args:
        config: What is read.
        executor: Where files are read.
        watch: Is told the name and size in bytes of each file that is done.

    Raises:
        InputError: There is no file, or documents and records would come into one output.
        StorageError: The disk does not take it, or another run writes the same output.
    """
    tasks = [_Task(number, name, path) for number, (name, path) in enumerate(files_of(config.inputs))]
    folder = config.output.with_name(config.output.name + ".parts")
    with sole_writer(config.output):
        _check_holds(config, tasks)
        reports: dict[int, FileReport] = {}
        failed: dict[str, str] = {}
        for outcome in executor.run(partial(_read_one, config, folder), tasks):
            task = tasks[outcome.number]
            if isinstance(outcome.error, StorageError):
                raise outcome.error  # of the machine, not of the file: the parts stay
            if outcome.error is not None:
                failed[task.name] = outcome.error.message
            elif outcome.value is not None:
                reports[outcome.number] = outcome.value
                if outcome.value.error:
                    failed[task.name] = outcome.value.error
            watch(task.name, task.path.stat().st_size)
        report = ReadReport([reports[number] for number in sorted(reports)], failed)
        _join(config, folder, [task for task in tasks if task.number in reports], report)
        if len(reports) == len(tasks):  # else a further run does those alone whose process died
            shutil.rmtree(folder, ignore_errors=True)
    return report


def files_of(inputs: Sequence[str]) -> list[tuple[str, Path]]:
    """Files with their names, in order: those that are given, below folders that are, or that match patterns.

    Raises:
        InputError: A path does not exist, or there is no file at all.
    """
    found: dict[Path, str] = {}
    for one in inputs:
        path = Path(one)
        if path.is_dir():
            below = sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))
            found |= {file: str(file.relative_to(path)) for file in below}
        elif path.is_file():
            found[path] = path.name
        else:
            matching = sorted(file for file in Path(path.anchor or ".").glob(_pattern(path)) if file.is_file())
            if not matching:
                raise InputError(f"{one} does not exist", hint="a file, a folder, or a pattern in quotes")
            found |= {file: file.name for file in matching}
    if not found:
        raise InputError(f"there is no file in {', '.join(inputs)}")
    return [(name, path) for path, name in found.items()]


def _pattern(path: Path) -> str:
    return str(path.relative_to(path.anchor)) if path.anchor else str(path)


def _reader(config: ReadConfig, path: Path) -> Reader:
    reader = detect(path) if config.format == AUTO else find_reader(config.format)
    if reader is None:
        raise InputError(
            f"{path.name} has no format that is read", hint="--format says what it is; see medgo corpus formats"
        )
    return reader


def _check_holds(config: ReadConfig, tasks: Sequence[_Task]) -> None:
    """Records are private, documents are not: they must not come into one file."""
    held: dict[str, str] = {}
    for task in tasks:
        try:
            held.setdefault(_reader(config, task.path).holds, task.name)
        except InputError:
            if config.format != AUTO:
                raise
    if len(held) > 1:
        raise InputError(
            f"{held['records']} holds patients' records and {held['documents']} documents",
            hint="read them into two outputs: records go to `medgo deid run` next",
        )


def _read_one(config: ReadConfig, folder: Path, task: _Task) -> FileReport:
    """In any process: one file into its part, unless the part is there."""
    marker = folder / f"{task.number:06d}.report.json"
    key = _key(config, task.path)
    try:
        done = json.loads(marker.read_bytes())
    except (OSError, ValueError):
        done = {}
    if done.get("key") == key and done.get("sizes") == _sizes(folder, task):
        return FileReport.from_dict(done["report"])
    report = _write_part(config, folder, task)
    # Nothing of a part is synced, which would take longer than reading a small file: sizes tell what a power cut took.
    with _writing(marker) as file:
        file.write(encode_row({"key": key, "sizes": _sizes(folder, task), "report": report.to_dict()}))
    return report


def _part(folder: Path, task: _Task, stream: str) -> Path:
    return folder / f"{task.number:06d}.{stream}.jsonl"


def _sizes(folder: Path, task: _Task) -> dict[str, int]:
    paths = {stream: _part(folder, task, stream) for stream in _STREAMS}
    return {stream: path.stat().st_size if path.is_file() else -1 for stream, path in paths.items()}


@contextmanager
def _writing(path: Path) -> Iterator[BinaryIO]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            yield file
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror or error}", hint="make room and try again"
        ) from error


def _key(config: ReadConfig, path: Path) -> str:
    state = path.stat()
    said = (config.format, config.collection, config.licence, config.retrieved, config.lang, str(config.mapping or ""))
    text = json.dumps([*said, str(path), state.st_size, state.st_mtime_ns])
    return hashlib.sha256(text.encode()).hexdigest()


def _write_part(config: ReadConfig, folder: Path, task: _Task) -> FileReport:
    report = FileReport(task.name)
    paths = [_part(folder, task, stream) for stream in _STREAMS]
    with _writing(paths[0]) as items, _writing(paths[1]) as gone, _writing(paths[2]) as left:

        def listen(omission: Omission) -> None:
            left.write(
                encode_row({"file": task.name, "id": omission.id, "reason": omission.reason, "detail": omission.detail})
            )

        ledger = Ledger(listen, report.omitted, report.noted)
        try:
            reader = _reader(config, task.path)
            report.format = reader.name
            source = Source(
                task.path,
                config.collection,
                config.licence,
                config.retrieved,
                config.lang,
                config.mapping,
                label=task.name,
            )
            for item in reader.read(source, ledger):
                _write_item(item, items, gone, report)
        except InputError as error:
            report.error = error.message
            ledger.omit(task.name, "from here on", "unreadable", error.message)
    return report


def _write_item(item: Item, items: BinaryIO, gone: BinaryIO, report: FileReport) -> None:
    if isinstance(item, Withdrawal):
        gone.write(encode_row(item.to_dict()))
        report.withdrawn += 1
        return
    items.write(encode_row(item.to_dict()))
    report.items += 1
    report.characters += sum(map(len, item.sections.values())) if isinstance(item, ClinicalRecord) else len(item.text)


def _join(config: ReadConfig, folder: Path, tasks: Sequence[_Task], report: ReadReport) -> None:
    targets = {"items": config.output, **{one: beside(config.output, one) for one in _STREAMS[1:]}}
    for stream, target in targets.items():
        with replacing(target) as file:
            # Patients' records may be among them, and ids of records among what was left out.
            os.fchmod(file.fileno(), 0o600)
            for task in tasks:
                with _part(folder, task, stream).open("rb") as part:
                    shutil.copyfileobj(part, file, 1 << 20)
    with replacing(beside(config.output, "report").with_suffix(".json")) as file:
        file.write(
            json.dumps(
                {"files": [one.to_dict() for one in report.files], "failed": report.failed},
                ensure_ascii=False,
                indent=1,
            ).encode()
        )


def beside(output: Path, stream: str) -> Path:
    """The file beside an output that holds what was left out (``omitted``) or taken back (``withdrawn``)."""
    name = uncompressed_name(output)
    return output.with_name(f"{name.removesuffix('.jsonl')}.{stream}.jsonl")
