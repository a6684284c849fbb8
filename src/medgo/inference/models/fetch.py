"""Fetches one file: continues a partial one, checks its hash, and only then gives it its name. Knows no hub."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import httpx

from medgo.errors import DownloadError, StorageError
from medgo.inference.models.registry import Source
from medgo.inference.models.remote import RemoteFile, status_error
from medgo.inference.models.retry import Retry

_CHUNK = 1 << 20
_SUFFIX = ".incomplete"

Advance = Callable[[int], None]


class Fetcher:
    """Fetches files over one pool of connections; may be used from several threads.

    Args:
        source: The hub, for its errors.
        headers: Sent with every request; a token is dropped when a hub redirects to another host.
        timeout: Seconds without any byte before a try counts as failed.
        advance: Called with the number of bytes that arrived, negative when they have to be fetched again.
    """

    def __init__(self, source: Source, headers: Mapping[str, str], *, timeout: float, advance: Advance) -> None:
        self._source = source
        self._advance = advance
        # A compressed transfer would make offsets in the file and in the transfer differ.
        self._client = httpx.Client(
            headers={**headers, "Accept-Encoding": "identity"},
            timeout=httpx.Timeout(timeout, connect=min(timeout, 20.0)),
            follow_redirects=True,
        )

    def fetch(self, file: RemoteFile, target: Path) -> None:
        """Fetch ``file`` to ``target``; bytes that an earlier try left beside it are not asked for again.

        Raises:
            DownloadError: The hub refuses, does not answer, or sends other bytes than it announced.
            ModelNotFoundError: The hub does not have the file.
            StorageError: The disk is full or cannot be written to.
        """
        partial = target.with_name(target.name + _SUFFIX)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            # The bytes from an earlier process may be the bad ones: then one more try without them.
            tries = 2 if partial.exists() and partial.stat().st_size > 0 else 1
            for _ in range(tries):
                if self._complete(file, partial) == file.digest:
                    partial.replace(target)
                    return
                self._discard(partial)
        except OSError as error:
            raise StorageError(
                f"cannot write {file.path} ({file.size} bytes) to {target.parent}: {error}",
                hint="free some space, or give another folder with --local-dir",
            ) from error
        raise DownloadError(
            f"{file.path} arrived with another {file.algorithm} hash than the hub announced",
            hint="try again, without a mirror (HF_ENDPOINT) if you use one",
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _complete(self, file: RemoteFile, partial: Path) -> str:
        """Fetch what is missing of the partial file and return its hash."""
        retry = Retry(f"the hub for {file.path}")
        with partial.open("a+b") as stream:
            if stream.tell() > file.size:
                stream.truncate(0)
            digest = self._hash_prefix(file, stream)
            while (have := stream.tell()) < file.size:
                try:
                    digest = self._receive(file, stream, digest, retry)
                except httpx.TransportError as error:
                    if stream.tell() > have:
                        retry.progress()
                    retry.wait(error or type(error).__name__)
            stream.flush()
            os.fsync(stream.fileno())
        return str(digest.hexdigest())

    def _receive(self, file: RemoteFile, stream: BinaryIO, digest: Any, retry: Retry) -> Any:
        have = stream.tell()
        headers = {"Range": f"bytes={have}-"} if have else {}
        with self._client.stream("GET", file.url, headers=headers) as response:
            if response.status_code == 200 and have:  # a server that does not know ranges begins again
                self._advance(-have)
                stream.truncate(0)
                digest = _new_digest(file)
            elif response.status_code not in (200, 206):
                if not retry.is_worth(response.status_code):
                    raise status_error(response.status_code, file.path, self._source)
                retry.wait(f"HTTP {response.status_code}", response.headers.get("Retry-After"))
                return digest
            for chunk in response.iter_raw():  # as it comes: a fixed size would lose the last piece of a cut transfer
                if stream.tell() + len(chunk) > file.size:
                    raise DownloadError(
                        f"the hub sends more than the {file.size} bytes that it announced for {file.path}",
                        hint="try again, without a mirror (HF_ENDPOINT) if you use one",
                    )
                stream.write(chunk)
                digest.update(chunk)
                self._advance(len(chunk))
        if stream.tell() < file.size:  # a clean end that came too early
            raise httpx.RemoteProtocolError(f"the connection ended after {stream.tell()} of {file.size} bytes")
        return digest

    def _hash_prefix(self, file: RemoteFile, stream: BinaryIO) -> Any:
        digest = _new_digest(file)
        stream.seek(0)
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            self._advance(len(chunk))
        return digest

    def _discard(self, partial: Path) -> None:
        self._advance(-partial.stat().st_size)
        partial.unlink()


def _new_digest(file: RemoteFile) -> Any:
    if file.algorithm == "sha256":
        return hashlib.sha256()
    return hashlib.sha1(f"blob {file.size}\0".encode(), usedforsecurity=False)
