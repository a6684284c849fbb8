"""One pass over the input before anything expensive: ids, duplicates, rows that cannot be used. Knows no model.

Memory: one id a row; the rows themselves are read again when they are needed.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from medgo.errors import InputError
from medgo.inference.batch.config import STANDARD_STREAM
from medgo.inference.batch.inputs import RowDefaults, RowId, build_request, own_id
from medgo.inference.protocol import GenerationRequest
from medgo.store import RowFile
from medgo.store.jsonl import RawRow

_SHOWN_DUPLICATES = 5


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A row of the input with its place and id, as a request or as an error.

    Args:
        position: Counted from 0 over the rows, blank lines left out.
        row_id: Its own id, else its number.
        value: Its fields; None when it could not be parsed.
        text: The beginning of the line where it could not be parsed.
        request: What to ask the engine; None when there is an error.
        error: Why nothing can be asked.
    """

    position: int
    row_id: RowId
    value: dict[str, Any] | None
    text: str
    request: GenerationRequest | None
    error: InputError | None


class InputIndex:
    """The ids of an input and where they stand.

    Args:
        source: The input.
        defaults: What applies to rows that do not say otherwise.

    Raises:
        InputError: Two rows have one id, the input has no rows, or cannot be read at all.
    """

    def __init__(self, source: RowFile, defaults: RowDefaults) -> None:
        self.source = source
        self.defaults = defaults
        self.bad_positions: set[int] = set()
        self._positions: dict[str, int] = {}
        self._numbers = array("q")
        self._scan()
        self.blank_lines = source.blank_lines
        self.sha256 = _sha256(source.path)

    def __len__(self) -> int:
        return len(self._numbers)

    def position_of(self, row_id: object) -> int | None:
        """Where the row of this id stands; None for an id that the input does not have."""
        return self._positions.get(str(row_id))

    def rows(self, limit: int | None = None) -> Iterator[BatchRow]:
        """Read the input again, row by row."""
        for position, raw in enumerate(islice(self.source, limit)):
            yield self._row(position, raw)

    def _scan(self) -> None:
        anonymous = array("q")
        duplicates: list[tuple[str, int, int]] = []
        for position, raw in enumerate(self.source):
            self._numbers.append(raw.number)
            if self._is_bad(raw):
                self.bad_positions.add(position)
            row_id = _own_id(raw)
            if row_id is None:
                anonymous.append(position)
            else:
                self._note(str(row_id), position, duplicates)
        explicit = frozenset(str(self._numbers[p]) for p in anonymous if str(self._numbers[p]) in self._positions)
        for position in anonymous:
            number = str(self._numbers[position])
            self._note(f"line-{number}" if number in explicit else number, position, duplicates)
        if duplicates:
            self._refuse(duplicates)
        if not self._numbers:
            raise InputError(f"{self.source.name} has no rows", hint="docs/batch.md shows what a row looks like")

    def _is_bad(self, raw: RawRow) -> bool:
        try:
            build_request(raw.value or {}, "check", self.defaults)
        except InputError:
            return True
        return raw.error is not None

    def _note(self, key: str, position: int, duplicates: list[tuple[str, int, int]]) -> None:
        first = self._positions.setdefault(key, position)
        if first != position:
            duplicates.append((key, self._numbers[first], self._numbers[position]))

    def _refuse(self, duplicates: list[tuple[str, int, int]]) -> None:
        unit = self.source.unit
        shown = "; ".join(f"{key!r} on {unit} {a} and {unit} {b}" for key, a, b in duplicates[:_SHOWN_DUPLICATES])
        more = f"; and {len(duplicates) - _SHOWN_DUPLICATES} more" if len(duplicates) > _SHOWN_DUPLICATES else ""
        raise InputError(
            f"{self.source.name} has rows with the same id: {shown}{more}",
            hint='ids (id, custom_id or idx; 1 and "1" are the same) must be unique; rows without one get their number',
        )

    def _row(self, position: int, raw: RawRow) -> BatchRow:
        if position >= len(self) or self._numbers[position] != raw.number:
            raise InputError(f"{self.source.name} changed while it was being read", hint="run the same command again")
        row_id = _own_id(raw)
        if row_id is None:
            number = raw.number
            row_id = number if self._positions.get(str(number)) == position else f"line-{number}"
        if self._positions.get(str(row_id)) != position:
            raise InputError(f"{self.source.name} changed while it was being read", hint="run the same command again")
        request, error = None, raw.error
        if error is None:
            try:
                request = build_request(raw.value or {}, row_id, self.defaults)
            except InputError as found:
                error = found
        if error is not None:
            error = type(error)(f"{self.source.unit} {raw.number}: {error.message}", hint=error.hint)
        return BatchRow(position, row_id, raw.value, raw.text, request, error)


def _own_id(raw: RawRow) -> RowId | None:
    try:
        return own_id(raw.value or {})
    except InputError:
        return None  # the row fails under its number


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def open_source(name: str) -> Iterator[RowFile]:
    """The input as a file that can be read more than once; standard input is spooled to a temporary one."""
    if name != STANDARD_STREAM:
        yield RowFile(Path(name))
        return
    with tempfile.NamedTemporaryFile(prefix="medgo-stdin-") as spool:
        try:
            shutil.copyfileobj(sys.stdin.buffer, spool)
            spool.flush()
        except OSError as error:
            raise InputError(f"standard input cannot be spooled to {spool.name}: {error.strerror}") from error
        yield RowFile(Path(spool.name), name="standard input")
