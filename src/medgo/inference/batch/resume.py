"""Which rows are finished, and whether they were made with the configuration of now. Knows no engine's inside."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from medgo import __version__
from medgo.errors import ResumeMismatchError, StorageError
from medgo.inference.batch.config import BatchConfig
from medgo.inference.batch.index import InputIndex
from medgo.inference.protocol import EngineInfo
from medgo.store import replacing
from medgo.store.hashing import fingerprint

_FORMAT = 1
_TO_START_OVER = "--resume force starts over (the old output is kept as .bak); or choose another output"
# Numbers that a user can ask for by name; others are what ``auto`` finds on some machines.
_NAMED_NUMBERS = ("float32", "bfloat16")


def manifest_path(output: Path) -> Path:
    """The sidecar with the run's configuration."""
    return output.with_name(output.name + ".run.json")


def timings_path(output: Path) -> Path:
    """The side log with what differs from run to run."""
    return output.with_name(output.name + ".timings.jsonl")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the rows of an output depend on.

    Args:
        requested: Known before the model is loaded.
        engine: What was found when it was; None as long as no row needed it.
    """

    requested: dict[str, Any]
    engine: dict[str, Any] | None = None

    @classmethod
    def read(cls, path: Path) -> Manifest | None:
        """Read a sidecar; None when there is none.

        Raises:
            ResumeMismatchError: It is no sidecar of ours.
        """
        try:
            content = json.loads(path.read_bytes())
            if content["format"] != _FORMAT:
                raise ResumeMismatchError(f"{path} has format {content['format']}, not {_FORMAT}", hint=_TO_START_OVER)
            return cls(content["requested"], content["engine"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ResumeMismatchError(f"{path} cannot be read: {error}", hint=_TO_START_OVER) from error

    def write(self, path: Path) -> None:
        """Write the sidecar, whole or not at all."""
        content = {"format": _FORMAT, "fingerprint": self.fingerprint, **asdict(self)}
        with replacing(path) as file:
            file.write(json.dumps(content, ensure_ascii=False, indent=2).encode() + b"\n")

    @property
    def fingerprint(self) -> str:
        """Equal for equal configurations."""
        return fingerprint(asdict(self))

    def refuse_unless_same(self, other: Manifest, output: Path) -> None:
        """Compare what both know.

        Raises:
            ResumeMismatchError: Names each setting that differs, with both values.
        """
        before = self.requested
        if self._may_get_numbers(other.requested["dtype"]):
            before = before | {"dtype": other.requested["dtype"]}
        changes = _changes(before, other.requested)
        if self.engine is not None and other.engine is not None:
            changes += _changes(self.engine, other.engine)
        if changes:
            lines = "".join(f"\n    {change}" for change in changes)
            raise ResumeMismatchError(
                f"{output} was written with another configuration:{lines}",
                hint=f"{self._way_to_continue(changes)}; {_TO_START_OVER}",
            )

    @property
    def _numbers(self) -> str | None:
        return None if self.engine is None else self.engine.get("numbers")

    def _may_get_numbers(self, dtype: str) -> bool:
        """Whether this ``--dtype`` may give the numbers of the rows; what ``auto`` gives, the loaded engine says."""
        return dtype in ("auto", self._numbers)

    def _way_to_continue(self, changes: list[str]) -> str:
        names = [change.partition(":")[0] for change in changes]
        if "numbers" in names and self._numbers not in _NAMED_NUMBERS:
            return f"continue on a machine, and with as much free memory, where --dtype auto gives {self._numbers}"
        if "numbers" in names or "dtype" in names:
            dtype = self._numbers if self._numbers in _NAMED_NUMBERS else self.requested["dtype"]
            others = " and otherwise the same configuration" if len(changes) > 1 else ""
            return f"--dtype {dtype}{others} continues"
        return "use the same configuration to continue"


def requested(config: BatchConfig, index: InputIndex, engine: str) -> dict[str, Any]:
    """The part of the configuration that needs no model. Batch size, device number and limit change no row's meaning.

    Args:
        config: The run.
        index: Its input.
        engine: The engine that will run, ``auto`` resolved.
    """
    sampling = asdict(config.sampling)
    return {
        "model": config.engine.model,
        "engine": engine,
        "dtype": config.engine.dtype,
        "base_url": _without_credentials(config.engine.base_url),
        **{name: list(value) if isinstance(value, tuple) else value for name, value in sampling.items()},
        "thinking": str(config.thinking),
        "system": config.system,
        "logprobs": config.logprobs,
        "latency": config.latency,
        "input_sha256": index.sha256,
        "medgo": __version__,
    }


def found(info: EngineInfo) -> dict[str, Any]:
    """The part of the configuration that is known once the model is loaded.

    Nothing that the free memory or the mood of an endpoint decides: the same command must always be able to continue.
    """
    return {
        "weights": info.weights,
        "numbers": info.dtype,
        "device": info.device.partition(":")[0],
    }


@dataclass(slots=True)
class Finished:
    """The rows that an output already has.

    Args:
        states: One byte a row of the input: 0 open, 1 answered, 2 failed.
        reasons: How many rows ended for which reason.
    """

    states: bytearray
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def rows(self) -> int:
        """How many rows are finished."""
        return len(self.states) - self.states.count(0)

    @property
    def failed(self) -> int:
        """How many of them failed."""
        return self.states.count(2)

    def note(self, position: int, reason: str) -> None:
        """Count a row."""
        self.states[position] = 2 if reason == "error" else 1
        self.reasons[reason] += 1


def read_finished(output: Path, index: InputIndex) -> Finished:
    """Read which rows an output has.

    Raises:
        StorageError: A line is damaged.
        ResumeMismatchError: A row is not of this input, or there twice.
    """
    finished = Finished(bytearray(len(index)))
    for number, _, row in output_lines(output):
        position = index.position_of(row.get("id"))
        if position is None or finished.states[position]:
            what = "is not in the input" if position is None else "is there twice"
            raise ResumeMismatchError(f"{output}, line {number}: id {row.get('id')!r} {what}", hint=_TO_START_OVER)
        finished.note(position, str(row.get("finish_reason")))
    return finished


def drop_failed(output: Path) -> None:
    """Rewrite an output without its failed rows, so that they are computed again."""
    with replacing(output) as file:
        for _, line, row in output_lines(output):
            if row.get("error") is None:
                file.write(line)


def output_lines(output: Path) -> Iterator[tuple[int, bytes, dict[str, Any]]]:
    """Yield number, bytes and content of each whole line; a torn last line is left out.

    Raises:
        StorageError: A line is damaged.
    """
    try:
        with output.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.endswith(b"\n"):
                    yield number, line, _parse(output, number, line)
    except FileNotFoundError:
        return


def _parse(output: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        row = error
    if not isinstance(row, dict) or "finish_reason" not in row:
        raise StorageError(
            f"{output}, line {number} is not a row of a batch output, so what is finished is not known",
            hint="remove or repair that line (its row is then computed again), or start over with --resume force",
        )
    return row


def set_aside(output: Path) -> None:
    """Keep an earlier output and its side files as ``<output>.bak``, ``.bak2``, …; an empty output is forgotten.

    Raises:
        StorageError: They cannot be moved.
    """
    try:
        if not output.exists() or not output.stat().st_size:
            for path in (manifest_path(output), timings_path(output)):
                path.unlink(missing_ok=True)
            return
        # The output last: a run that is killed in between finds it here and sets it aside again.
        for path, kept in zip(_files_of(output), _files_of(_free_backup(output)), strict=True):
            if path.exists():
                path.replace(kept)
    except OSError as error:
        raise StorageError(f"{output} cannot be moved out of the way: {error.strerror or error}") from error


def _files_of(output: Path) -> tuple[Path, Path, Path]:
    return manifest_path(output), timings_path(output), output


def _free_backup(output: Path) -> Path:
    names = (output.with_name(f"{output.name}.bak{'' if number == 1 else number}") for number in count(1))
    return next(backup for backup in names if not any(path.exists() for path in _files_of(backup)))


def _changes(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    names = [*before, *(name for name in now if name not in before)]
    return [
        f"{name}: {_short(before.get(name))} → {_short(now.get(name))}"
        for name in names
        if before.get(name) != now.get(name)
    ]


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:60]}… ({len(text)} characters)"


def _without_credentials(url: str | None) -> str | None:
    if url is None:
        return None
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
