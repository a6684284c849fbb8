"""Where rows go as they finish: a file that survives, or standard output. Knows rows, not their meaning."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Protocol, Self

from medgo.errors import StorageError
from medgo.inference.batch.resume import timings_path
from medgo.store import AppendLog, encode_row


class Sink(Protocol):
    """Takes each row once."""

    def write(self, position: int, row: dict[str, Any], timing: dict[str, Any] | None) -> None:
        """Take a row, its place in the input and, if it was computed, its timing.

        Raises:
            StorageError: The row could not be kept.
        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class FileSink:
    """Appends rows to the output and timings to their side log.

    The timings may lose their last seconds in a power cut: they tell of a run, no row depends on them.
    """

    def __init__(self, output: Path) -> None:
        self._rows = AppendLog(output)
        self._timings = AppendLog(timings_path(output), fsync_rows=100_000, fsync_seconds=60.0)

    def write(self, position: int, row: dict[str, Any], timing: dict[str, Any] | None) -> None:  # noqa: ARG002
        """Append a row; it is the operating system's when this returns."""
        self._rows.append(row)
        if timing is not None:
            self._timings.append(timing)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._rows.close()
        finally:
            self._timings.close()


class StreamSink:
    """Writes rows to a stream; in order it holds those back in memory whose turn has not come.

    Args:
        stream: Binary, such as ``sys.stdout.buffer``.
        ordered: Keep the order of the input.
    """

    def __init__(self, stream: BinaryIO, *, ordered: bool) -> None:
        self._stream, self._ordered = stream, ordered
        self._waiting: dict[int, bytes] = {}
        self._next = 0

    def write(self, position: int, row: dict[str, Any], timing: dict[str, Any] | None) -> None:  # noqa: ARG002
        """Write the row, now or when those before it are written."""
        if not self._ordered:
            self._put(encode_row(row))
            return
        self._waiting[position] = encode_row(row)
        while (line := self._waiting.pop(self._next, None)) is not None:
            self._put(line)
            self._next += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A run that stopped early has gaps: what is behind them still goes out, in order.
        for position in sorted(self._waiting):
            self._put(self._waiting.pop(position))

    def _put(self, line: bytes) -> None:
        try:
            self._stream.write(line)
            self._stream.flush()
        except OSError as error:
            raise StorageError(f"standard output takes no more rows: {error.strerror or error}") from error
