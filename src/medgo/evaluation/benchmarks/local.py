"""Finds a benchmark's files in a folder, tells by their content in which form they are, and reads their items.

Knows no hub and no benchmark of its own; what it looks for stands in the definition that it is given.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from medgo.errors import BenchmarkDataError, InputError
from medgo.evaluation.benchmarks._half_pairs import half_pair_error
from medgo.evaluation.benchmarks._keys import answers_in, completed
from medgo.evaluation.benchmarks._merge import Merger, Place
from medgo.evaluation.benchmarks._tables import CELL_SUFFIXES, SUFFIXES, Table, first_rows, suffix_of
from medgo.evaluation.benchmarks.definition import Benchmark, Form, Split
from medgo.evaluation.benchmarks.row import Row
from medgo.schema import EvalItem
from medgo.store.hashing import sha256_of_file

_UNFINISHED = (".part", ".partial", ".incomplete", ".crdownload", ".download", ".tmp")
_SHOWN = 5
_ELSEWHERE = 0.3  # a form of another path is as far as one of this path that lacks a third of its fields


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may be a benchmark's.

    Args:
        path: The file.
        name: Its path below the folder that was searched; how messages call it.
        named: The user said that it is this benchmark's, whatever it is called.
    """

    path: Path
    name: str
    named: bool = False


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file that items came from: path, SHA-256 of its bytes, rows in it (without a header)."""

    path: Path
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class Match:
    """The form in which a split was found, its files, and those of its answer key."""

    form: Form
    files: tuple[Candidate, ...]
    keys: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """Items of a form's files; ``left_out`` counts rows that belong to something else."""

    items: tuple[EvalItem, ...]
    files: tuple[DataFile, ...]
    left_out: int
    notes: tuple[str, ...]


def candidates_in(folder: Path, benchmark: Benchmark) -> list[Candidate]:
    """Files below a folder whose path names the benchmark; the folder's own name counts where nothing below it does.

    Raises:
        BenchmarkDataError: There is no such folder.
    """
    if folder.is_file():
        raise BenchmarkDataError(f"{folder} is a file", hint=f"say which benchmark's: --data NAME={folder}")
    if not folder.is_dir():
        raise BenchmarkDataError(f"there is no folder {folder}", hint="give a folder with --data")
    files = list(data_files(folder))
    inside = [Candidate(path, name) for path, name in files if _names(benchmark, name)]
    return inside or [
        Candidate(path, name) for path, name in files if _names(benchmark, f"{folder.absolute().name}/{name}")
    ]


def candidates_named(path: Path) -> list[Candidate]:
    """The file, or the files below the folder, that the user gave for one benchmark.

    Raises:
        BenchmarkDataError: There is neither.
    """
    if path.is_dir():
        return [Candidate(file, name, named=True) for file, name in data_files(path)]
    if not path.is_file():
        raise BenchmarkDataError(f"there is no file or folder {path}", hint="give one with --data NAME=PATH")
    return [Candidate(path, path.name, named=True)]


def unfinished_in(folder: Path, benchmark: Benchmark) -> list[Path]:
    """Half downloads (``.part``, ``.incomplete`` …) whose path names the benchmark."""
    return [
        path
        for path in _everything_below(folder)
        if path.suffix.lower() in _UNFINISHED and _names(benchmark, path.relative_to(folder).as_posix())
    ]


class Recogniser:
    """Tells which of a benchmark's forms its candidates have, by their first rows.

    Args:
        benchmark: Whose forms.
        candidates: Files that may be its own.
    """

    def __init__(self, benchmark: Benchmark, candidates: Sequence[Candidate]) -> None:
        self._benchmark = benchmark
        self._candidates = candidates
        self._misfits = cache(self._look)
        self._heads: dict[tuple[Path, tuple[str, ...]], list[Row] | BenchmarkDataError] = {}

    @property
    def damaged(self) -> list[BenchmarkDataError]:
        """Why files could not be looked into, for those that no form explains; filled by :meth:`matches`."""
        opened = {path for (path, _), head in self._heads.items() if not isinstance(head, BenchmarkDataError)}
        broken = {path: head for (path, _), head in self._heads.items() if isinstance(head, BenchmarkDataError)}
        return [error for path, error in broken.items() if path not in opened]

    def matches(self, split: Split) -> Iterator[Match]:
        """Yield the forms of which there are files, in the benchmark's order, each with all its files."""
        forms = [form for form in self._benchmark.forms if form.split == split]
        found = False
        for form in forms:
            files = [file for file in self._candidates if self._fits(form, file) and not self._is_anothers(form, file)]
            if files:
                found = True
                yield Match(form, tuple(files), self._keys(form))
        if found or split == "dev":  # a file that the user named without more holds what is asked, never the examples
            return
        for form in forms:
            files = [file for file in self._candidates if file.named and self._misfits(form, file) == ""]
            if files:
                yield Match(form, tuple(files), self._keys(form))

    def may_be(self, file: Candidate) -> bool:
        """Tell whether a form's path or fields fit a file at all, or the user named it."""
        return file.named or any(_path_fits(form, file) for form in self._benchmark.forms) or self._fields_fit(file)

    def has_fields(self, file: Candidate) -> bool:
        """Tell whether a file has the fields of one of the forms or of an answer key, whatever its path."""
        forms = self._benchmark.forms
        keys = [Form("answer key", form.key.fields, form.read) for form in forms if form.key is not None]
        return self._fields_fit(file) or any(not self._misfits(key, file) for key in keys)

    def _fields_fit(self, file: Candidate) -> bool:
        return any(not self._misfits(form, file) for form in self._benchmark.forms)

    def seen(self) -> str:
        """Say what was seen of files that have the benchmark's name but none of its forms; empty where none are."""
        if not self._candidates:
            return ""
        names = shown([file.name for file in self._candidates])
        count = "one file there has" if len(self._candidates) == 1 else f"{len(self._candidates)} files there have"
        return f"; {count} its name, but none of its forms ({names}). Closest: {self.closest()}"

    def closest(self) -> str:
        """Say what kept the file that came closest from being read."""
        tries = [
            (self._distance(form, file), form, file)
            for form in self._benchmark.forms
            if form.split == "test"
            for file in self._candidates
        ]
        if not tries:
            return ""
        _, form, file = min(tries, key=lambda entry: entry[0])
        if why := self._misfits(form, file):
            return why
        return f"{file.name} has the fields of the form {form.name!r}, but its path does not match {form.path!r}"

    def _keys(self, form: Form) -> tuple[Candidate, ...]:
        key = form.key
        if key is None:
            return ()
        as_form = Form("answer key", key.fields, form.read, path=key.path)
        return tuple(file for file in self._candidates if self._fits(as_form, file))

    def _fits(self, form: Form, file: Candidate) -> bool:
        return _path_fits(form, file) and self._misfits(form, file) == ""

    def _is_anothers(self, form: Form, file: Candidate) -> bool:
        """A form that asks for something in the path is more specific than one that does not."""
        return not form.path and any(
            other.path and other is not form and self._fits(other, file) for other in self._benchmark.forms
        )

    def _head(self, form: Form, file: Candidate) -> list[Row] | BenchmarkDataError:
        key = (file.path, form.columns)
        if key not in self._heads:
            try:
                self._heads[key] = first_rows(Table(file.path, form.columns, name=file.name))
            except BenchmarkDataError as error:
                self._heads[key] = error
        return self._heads[key]

    def _look(self, form: Form, file: Candidate) -> str:
        """Say why a file is not of a form; empty where it is."""
        if form.columns and suffix_of(file.path) not in CELL_SUFFIXES:
            return f"{file.name}: the form {form.name!r} is a CSV or TSV file without a header"
        head = self._head(form, file)
        if isinstance(head, BenchmarkDataError):
            return head.message
        if not head:
            return f"{file.name} holds no rows"
        if form.columns and _is_header(head[0], form.columns):
            return f"{file.name}, row 1: the form {form.name!r} has no header, found {list(head[0].values.values())}"
        for row in head:
            missing = sorted(form.fields - row.values.keys())
            if missing:
                return (
                    f"{file.name}, row {row.number}, field {missing[0]!r}: missing; the form {form.name!r} has the "
                    f"fields {', '.join(sorted(form.fields))}, found {', '.join(list(row.values)[:20])}"
                )
        return ""

    def _distance(self, form: Form, file: Candidate) -> float:
        """Share of a form's fields that a file lacks, more in another path; damaged and other files come last."""
        head = self._head(form, file) if not form.columns or suffix_of(file.path) in CELL_SUFFIXES else []
        if isinstance(head, BenchmarkDataError):
            return 0.99
        if not head:
            return 1.0
        missing = len(form.fields - head[0].values.keys()) / max(1, len(form.fields))
        return (missing if self._misfits(form, file) else 0.0) + (0.0 if _path_fits(form, file) else _ELSEWHERE)


def read_form(match: Match, benchmark: Benchmark) -> Reading:
    """Read all files of a form and merge their items.

    Raises:
        BenchmarkDataError: A file is damaged, a row does not fit, an id stands for two different items, or an item
            has no gold.
    """
    merger = Merger()
    files, notes, left_out = [], [], 0
    key, answers = match.form.key, {}
    if key is not None and match.keys:
        answers = answers_in((Table(file.path, name=file.name) for file in match.keys), key)
        files += [DataFile(file.path, sha256_of_file(file.path), len(answers)) for file in match.keys]
    for file in match.files:
        table = Table(file.path, match.form.columns, name=file.name)
        rows = 0
        for row in table:
            rows += 1
            items = _items_of(match.form, completed(row, key, answers) if key else row, benchmark)
            left_out += not items
            for item in items:
                merger.add(item, Place(file.path, file.name, row.number))
        files.append(DataFile(file.path, sha256_of_file(file.path), rows))
        notes += table.notes
    return Reading(merger.items, tuple(files), left_out, (*notes, *merger.notes))


def _items_of(form: Form, row: Row, benchmark: Benchmark) -> tuple[EvalItem, ...]:
    try:
        items = form.read(row)
    except UnicodeEncodeError as error:  # a cell that holds JSON brings what the file itself does not have
        raise half_pair_error(row) from error
    except BenchmarkDataError as error:
        message = error.message
        if benchmark.confidential:  # what stands in the row must not end up in a bug report
            message = f"{message.partition(', found ')[0]}, found something else (withheld)"
        raise BenchmarkDataError(message, hint=error.hint or f"it was read as the form {form.name!r}") from error
    except InputError as error:
        raise BenchmarkDataError(f"{row.file}, row {row.number}: {error.message}", hint=error.hint) from error
    if items is None:
        return ()
    found = items if isinstance(items, tuple) else (items,)
    for item in found:
        if not _is_text("".join((item.question, *item.options.values()))):
            raise half_pair_error(row)
        if not _has_gold(item, benchmark):
            raise BenchmarkDataError(
                f"{row.file}, row {row.number}: {item.id} has no gold answer",
                hint="the file is a version whose answers are withheld; get the one with answers",
            )
    return found


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _has_gold(item: EvalItem, benchmark: Benchmark) -> bool:
    if benchmark.kind == "choice":
        return bool(item.answer)
    return bool(item.rubric) if benchmark.kind == "rubric" else bool(item.reference or item.answer)


def data_files(folder: Path) -> Iterator[tuple[Path, str]]:
    """Files below a folder that may hold rows, hidden ones left out, each with its path below the folder."""
    for path in _everything_below(folder):
        name = path.relative_to(folder).as_posix()
        hidden = any(part.startswith(".") for part in Path(name).parts)
        if not hidden and suffix_of(path) in SUFFIXES and path.is_file():
            yield path, name


def _names(benchmark: Benchmark, name: str) -> bool:
    """A fragment counts where a word begins: ``afrimedqa`` is no ``medqa``, ``bench/leader`` is no ``hle``."""
    words = re.findall(r"[a-z0-9]+", name.lower())
    plain = ["".join(words[place:]) for place in range(len(words))]
    return any(rest.startswith(benchmark.paths) for rest in plain)


def _path_fits(form: Form, file: Candidate) -> bool:
    return re.search(form.path, file.name.lower()) is not None


def _is_header(row: Row, columns: Iterable[str]) -> bool:
    """A first row in which a cell is the name of its column; one-letter names (A, B) may be cells."""
    return any(len(name) > 1 and str(row.values[name]).strip().lower() == name.lower() for name in columns)


def shown(names: Sequence[object]) -> str:
    """Write a list of files or ids for a message, the first few of them."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(str(name) for name in names[:_SHOWN]) + more


def _everything_below(folder: Path) -> list[Path]:
    """All files below a folder, sorted; linked folders are entered too, each place once."""
    found: list[Path] = []
    seen: set[str] = set()
    for root, folders, files in os.walk(folder, followlinks=True):
        place = os.path.realpath(root)
        if place in seen:
            folders.clear()
            continue
        seen.add(place)
        found += [Path(root, name) for name in files]
    return sorted(found)
