"""Replies of a teacher on disk, so that a killed run asks nothing twice. Knows no script and no engine.

One append-only file of lines; memory holds where each reply begins, not what it says.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from medgo.errors import StorageError
from medgo.inference.protocol import Completion, Usage
from medgo.store import AppendLog
from medgo.store.atomic import sole_writer
from medgo.store.jsonl import encode_row


class ReplyCache:
    """Replies by key. About 150 bytes of memory a reply, whatever its length.

    Args:
        path: The JSONL file; created with its folders when it is not there.

    Raises:
        StorageError: The file cannot be opened, or another process writes to it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damaged = 0
        """Lines that could not be read; their questions are asked again."""
        self._offsets: dict[bytes, int] = {}
        with ExitStack() as stack:
            stack.enter_context(sole_writer(path))
            # Opening it cuts off the line that a dying process left unfinished.
            self._log = stack.enter_context(AppendLog(path))
            try:
                self._file: BinaryIO = stack.enter_context(path.open("rb"))
                self._end = self._index()
            except OSError as error:
                raise StorageError(f"{path} cannot be read: {error.strerror or error}") from error
            self._closing = stack.pop_all()

    def __len__(self) -> int:
        return len(self._offsets)

    def get(self, key: str) -> Completion | None:
        """The reply that was kept under a key, or None.

        Raises:
            StorageError: The disk does not give it back.
        """
        offset = self._offsets.get(bytes.fromhex(key))
        if offset is None:
            return None
        try:
            self._file.seek(offset)
            row = json.loads(self._file.readline())
        except (OSError, ValueError) as error:
            raise StorageError(
                f"{self.path} was changed while it was in use: {error}",
                hint="leave it alone, then run the same command again",
            ) from error
        return _completion(row)

    def put(self, key: str, completion: Completion) -> None:
        """Keep a reply.

        Raises:
            StorageError: The disk took no more; what it has is whole.
        """
        row = {
            "key": key,
            "text": completion.text,
            "reasoning": completion.reasoning,
            "finish_reason": completion.finish_reason,
            "thinking_forced": completion.thinking_forced,
            "usage": asdict(completion.usage),
        }
        self._log.append(row)
        self._offsets[bytes.fromhex(key)] = self._end
        self._end += len(encode_row(row))

    def close(self) -> None:
        """Sync and close the file. Closing twice does nothing."""
        self._closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _index(self) -> int:
        """Note where each line begins; returns where the file ends."""
        offset = 0
        for line in self._file:
            try:
                row = json.loads(line)
                _completion(row)
                self._offsets[bytes.fromhex(row["key"])] = offset
            except (ValueError, KeyError, TypeError):
                self.damaged += 1
            offset += len(line)
        return offset


def _completion(row: dict[str, Any]) -> Completion:
    """Raises ValueError, KeyError or TypeError for a line that is none of ours."""
    if not isinstance(row["text"], str) or row["finish_reason"] not in ("stop", "length"):
        raise ValueError("no reply")
    return Completion(
        request_id="",
        text=row["text"],
        finish_reason=row["finish_reason"],
        reasoning=row["reasoning"],
        usage=Usage(**row["usage"]),
        thinking_forced=row["thinking_forced"],
    )
