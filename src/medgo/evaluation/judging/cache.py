"""Verdicts on disk: an append-only file, so that a killed grading goes on where it was and nothing is asked twice."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from medgo.errors import InputError
from medgo.evaluation.judging.verdict import Verdict
from medgo.store import AppendLog, RowFile
from medgo.store.atomic import sole_writer


class VerdictCache:
    """Verdicts by key; a later line of the same key replaces an earlier one.

    Args:
        path: The JSONL file; None keeps them in memory only.

    Raises:
        StorageError: The file cannot be opened, or another process writes to it.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._verdicts: dict[str, Verdict] = {}
        self._closing = ExitStack()
        self._log: AppendLog | None = None
        self.damaged = 0
        """Lines that could not be read; their questions are asked again."""
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._closing.enter_context(sole_writer(path))
            # Opening it cuts off the line that a dying process left unfinished.
            self._log = self._closing.enter_context(AppendLog(path))
            self._load(path)

    def get(self, key: str) -> Verdict | None:
        """The verdict that was given, or None. One that the engine owes us (``failed``) is none."""
        verdict = self._verdicts.get(key)
        return None if verdict is None or verdict.failed else verdict

    def put(self, key: str, verdict: Verdict, **described: str) -> None:
        """Keep a verdict.

        Args:
            key: Hash of judge and question.
            verdict: What came of it.
            described: Further fields of the line, for people who read the file.

        Raises:
            StorageError: The disk took no more.
        """
        self._verdicts[key] = verdict
        if self._log is not None:
            self._log.append({"key": key, **described, "verdict": verdict.to_row()})

    def __len__(self) -> int:
        return len(self._verdicts)

    def close(self) -> None:
        """Sync and close the file. Closing twice does nothing."""
        self._closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _load(self, path: Path) -> None:
        for row in RowFile(path):
            fields = row.value or {}
            try:
                self._verdicts[fields["key"]] = Verdict.from_row(fields["verdict"])
            except (InputError, KeyError):
                self.damaged += 1
