"""Cuts files of documents into shards at line ends, and reads one back. Knows no step."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from medgo.errors import InputError
from medgo.schema import Document
from medgo.store import decode_object
from medgo.store.compression import open_bytes, uncompressed_name
from medgo.store.jsonl import MAX_LINE_BYTES

# Beside documents lie these of ``medgo corpus read``, which are none.
_NO_DOCUMENTS = (".withdrawn.jsonl", ".omitted.jsonl")


@dataclass(frozen=True, slots=True)
class Shard:
    """A stretch of a file.

    Args:
        number: Among all shards, from 0.
        path: The file.
        start: First byte; a shard begins with the first line that begins there or later.
        end: Lines that begin here or later are the next shard's; None for none.
        key: Equal for the same stretch of the same file.
    """

    number: int
    path: Path
    start: int
    end: int | None
    key: str


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that holds no document.

    Args:
        name: File and byte at which it begins.
        reason: Why.
    """

    name: str
    reason: str


def document_files(path: Path) -> list[Path]:
    """Files of documents below a folder, in order, or the file itself.

    Raises:
        InputError: There is none.
    """
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    found = [
        file
        for file in files
        if uncompressed_name(file).endswith(".jsonl") and not uncompressed_name(file).endswith(_NO_DOCUMENTS)
    ]
    if not found or not path.exists():
        raise InputError(f"{path} holds no documents", hint="medgo corpus read writes them: JSONL files")
    return found


def plan_shards(files: Sequence[Path], shard_bytes: int) -> list[Shard]:
    """Cut files into shards of about so many bytes; compressed files are one shard each."""
    shards: list[Shard] = []
    for path in files:
        state = path.stat()
        cut = uncompressed_name(path) == path.name
        bounds = list(range(0, max(state.st_size, 1), shard_bytes)) if cut else [0]
        for start, end in zip(bounds, [*bounds[1:], None], strict=True):
            said = json.dumps([str(path), state.st_size, state.st_mtime_ns, start, end])
            shards.append(Shard(len(shards), path, start, end, hashlib.sha256(said.encode()).hexdigest()))
    return shards


def documents_of(shard: Shard) -> Iterator[Document | BadLine]:
    """Everything in a shard, in order; a line that holds no document comes as one that is bad.

    Raises:
        InputError: A compressed file is damaged or ends early, or the file cannot be read.
    """
    try:
        for at, line in _lines(shard):
            yield _document(f"{shard.path.name}@{at}", line)
    except (OSError, EOFError) as error:
        raise InputError(f"{shard.path.name} is damaged or ends early: {error}", hint="make it again") from error


def _lines(shard: Shard) -> Iterator[tuple[int, bytes]]:
    with open_bytes(shard.path) as stream:
        at = shard.start
        if at:
            # Whoever has the byte before this one has the line that it belongs to.
            stream.seek(at - 1)
            at += len(stream.readline()) - 1
        while shard.end is None or at < shard.end:
            line = stream.readline(MAX_LINE_BYTES + 1)
            if not line:
                return
            begins, at = at, at + len(line)
            while len(line) > MAX_LINE_BYTES and not line.endswith(b"\n"):
                rest = stream.readline(MAX_LINE_BYTES)
                at += len(rest)
                if not rest or rest.endswith(b"\n"):
                    break
            if line.strip():
                yield begins, line


def _document(name: str, line: bytes) -> Document | BadLine:
    if len(line) > MAX_LINE_BYTES:
        return BadLine(name, "too long")
    try:
        return Document.from_dict(decode_object(line))
    except InputError as error:
        return BadLine(name, error.message)
