"""Conversations as JSONL files: a header line, then one message a line.

Knows turns and files; knows no session and no terminal. Two ways to write: ``save_transcript`` writes a whole file at
once, ``TranscriptLog`` appends while people talk, so that a crash loses nothing. Reading follows the order of lines:

- a header begins a conversation (the last one in the file counts), unless it says ``"continues": true``;
- a system message sets the system prompt from there on;
- a question that follows a question replaces it: the first was never answered;
- an answer that follows an answer replaces it: it is a second attempt.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from medgo import __version__
from medgo.errors import InputError, StorageError
from medgo.inference.chat.context import Turn
from medgo.inference.chat.settings import ChatSettings
from medgo.inference.protocol import EngineInfo
from medgo.schema import Message, parse_messages

Row = dict[str, Any]
HEADER_KEY = "medgo_transcript"
FORMAT_VERSION = 1
# A transcript can hold a patient's words: readable by its owner only.
_OWNER_ONLY = 0o600


@dataclass(slots=True)
class Transcript:
    """A conversation as it was read.

    Args:
        header: With which model, engine and settings.
        system: The system prompt; None when the file has none.
        turns: Questions with their answers, oldest first.
        unanswered: A last question without an answer.
    """

    header: Row = field(default_factory=dict)
    system: str | None = None
    turns: list[Turn] = field(default_factory=list)
    unanswered: str | None = None


def header_row(info: EngineInfo, settings: ChatSettings, *, started: str, continues: bool = False) -> Row:
    """Describe what a conversation runs with.

    Args:
        info: The engine.
        settings: How replies are generated.
        started: Date and time in ISO 8601.
        continues: The conversation before this line goes on.
    """
    engine = {"model": info.model, "engine": info.engine, "dtype": info.dtype, "weights": info.weights}
    chosen = asdict(settings) | {
        "max_new_tokens": settings.reply_tokens,
        "stop": list(settings.stop),
        "thinking": str(settings.thinking),
    }
    row = {HEADER_KEY: FORMAT_VERSION, "medgo": __version__, "started": started, **engine, "settings": chosen}
    return row | {"continues": True} if continues else row


def message_rows(system: Iterable[Message], turns: Iterable[Turn], unanswered: str | None = None) -> Iterator[Row]:
    """Describe a conversation, one row a message."""
    yield from (message.to_dict() for message in system)
    for turn in turns:
        yield turn.question.to_dict()
        yield answer_row(turn)
    if unanswered is not None:
        yield Message("user", unanswered).to_dict()


def answer_row(turn: Turn) -> Row:
    """Describe the answer of a turn."""
    row: Row = dict(turn.answer.to_dict())
    return row | {"interrupted": True} if turn.interrupted else row


def load_transcript(path: Path) -> Transcript:
    """Read the last conversation of a file.

    A last line that was cut off while it was written is left out.

    Raises:
        InputError: The file cannot be read, or a line is not what it should be; names the line.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise InputError(f"the transcript {path} cannot be read: {error.strerror}") from error
    transcript = Transcript()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        row = _parse_line(line)
        if row is None and number == len(lines) and transcript.header:
            break
        where = f"line {number} of {path}"
        if row is None:
            raise InputError(f"{where} is not a JSON object in UTF-8", hint="correct or remove this line")
        _take(transcript, row, where)
    if not transcript.header:
        raise InputError(f"{path} is empty", hint="give a file that /save or --transcript wrote")
    return transcript


def _parse_line(line: bytes) -> Row | None:
    try:
        row = json.loads(line.decode("utf-8"))
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def _take(transcript: Transcript, row: Row, where: str) -> None:
    if HEADER_KEY in row:
        _take_header(transcript, row, where)
        return
    if not transcript.header:
        raise InputError(
            f"{where} is not the header of a transcript (it has no {HEADER_KEY!r})",
            hint="give a file that /save or --transcript wrote",
        )
    try:
        (message,) = parse_messages([row])
    except InputError as error:
        raise InputError(f"{where} is not a message: {error.message}") from error
    if message.role == "system":
        transcript.system = message.content
    elif message.role == "user":
        transcript.unanswered = message.content
    else:
        _take_answer(transcript, message, row, where)


def _take_header(transcript: Transcript, row: Row, where: str) -> None:
    if row[HEADER_KEY] != FORMAT_VERSION:
        raise InputError(
            f"{where}: this MedGo reads transcripts of version {FORMAT_VERSION}, found {row[HEADER_KEY]!r}",
            hint="update MedGo",
        )
    if not row.get("continues"):
        transcript.system, transcript.turns, transcript.unanswered = None, [], None
    transcript.header = row


def _take_answer(transcript: Transcript, answer: Message, row: Row, where: str) -> None:
    if transcript.unanswered is not None:
        question = Message("user", transcript.unanswered)
    elif transcript.turns:
        question = transcript.turns.pop().question
    else:
        raise InputError(f"{where} is an answer without a question before it", hint="correct or remove this line")
    transcript.unanswered = None
    transcript.turns.append(Turn(question, answer, interrupted=row.get("interrupted") is True))


def save_transcript(path: Path, rows: Iterable[Row]) -> None:
    """Write a file whole or not at all.

    Raises:
        StorageError: The file cannot be written; what was there before is untouched.
    """
    temporary = None
    try:
        # mkstemp makes files that only their owner can read.
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(_encode(rows))
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise _not_written(path, error) from error


class TranscriptLog:
    """A transcript that grows while people talk; each append is on the disk when it returns.

    Args:
        path: The file. If it exists, it must be a transcript (see :func:`load_transcript`); a cut-off last line is
            removed before the first append.

    Raises:
        StorageError: The file cannot be opened for writing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, _OWNER_ONLY)
            self._mend()
        except OSError as error:
            raise _not_written(path, error) from error

    def append(self, rows: Iterable[Row]) -> None:
        """Write rows and wait until they are on the disk.

        Raises:
            StorageError: They could not be written (full disk).
        """
        data = memoryview(_encode(rows))
        try:
            while data:
                data = data[os.write(self._file, data) :]
            os.fsync(self._file)
        except OSError as error:
            raise _not_written(self.path, error) from error

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _mend(self) -> None:
        """Make the file end with a whole line."""
        content = self.path.read_bytes() if self.path.is_file() else b""
        whole, _, last = content.rpartition(b"\n")
        if last and _parse_line(last) is None:
            os.ftruncate(self._file, len(whole) + 1 if whole else 0)
        elif last:
            os.write(self._file, b"\n")


def _encode(rows: Iterable[Row]) -> bytes:
    # Half of a surrogate pair can come from a terminal in another encoding; it must not cost the conversation.
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return text.encode("utf-8", errors="replace")


def _not_written(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"the transcript {path} could not be written: {error.strerror}",
        hint="free some space or choose another file",
    )
