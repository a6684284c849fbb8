"""Articles as they lie in a file: alone, several in one XML, or in a tar or zip package. Knows no element's meaning."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from medgo.corpus.ledger import Ledger
from medgo.corpus.opening import BROKEN_ZIP, MAX_RATIO, open_source
from medgo.corpus.xml import MAX_ELEMENT_BYTES, Element, elements
from medgo.errors import InputError
from medgo.store.compression import uncompressed_name

_TAGS = ("article",)
_XML = (".nxml", ".xml")
_BLOCK = 512


def articles(path: Path, ledger: Ledger) -> Iterator[tuple[str, Element]]:
    """Yield each article with the name of the file or member that it stands in.

    A member of a package that cannot be read costs itself only, and is named in the ledger, as is every member that
    is no XML.

    Raises:
        InputError: The file cannot be read from here on, or is no XML.
    """
    name = uncompressed_name(path).lower()
    if name.endswith(".tgz"):
        raise InputError(f"{path.name} has the short form of a suffix", hint="rename it to .tar.gz")
    if name.endswith(".zip"):
        yield from _zip(path, ledger)
    elif name.endswith(".tar"):
        yield from _tar(path, ledger)
    else:
        with open_source(path) as stream:
            for element in elements(stream, path.name, _TAGS):
                yield path.name, element


def _tar(path: Path, ledger: Ledger) -> Iterator[tuple[str, Element]]:
    with open_source(path) as stream:
        ends = _Ends(stream)
        try:
            with tarfile.open(fileobj=ends, mode="r|") as archive:
                for member in archive:
                    if not member.isfile():
                        continue
                    data = archive.extractfile(member)
                    if data is not None and _is_wanted(path, member.name, member.size, ledger):
                        yield from _member(path, member.name, data.read(), ledger)
        except (tarfile.TarError, EOFError) as error:
            raise InputError(f"{path.name} is damaged or ends early: {error}", hint="get it again") from error
        ends.drain()
        if not ends.complete:
            raise InputError(f"{path.name} ends early: the mark of its end is missing", hint="get it again")


def _zip(path: Path, ledger: Ledger) -> Iterator[tuple[str, Element]]:
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if member.is_dir():
                    continue
                if member.flag_bits & 1:
                    ledger.omit(path.name, member.filename, "encrypted")
                elif member.file_size > max(MAX_RATIO * member.compress_size, 2**20):
                    ledger.omit(path.name, member.filename, "grows too large")
                elif _is_wanted(path, member.filename, member.file_size, ledger):
                    try:
                        data = archive.read(member)
                    except BROKEN_ZIP as error:
                        ledger.omit(path.name, member.filename, "damaged", str(error))
                        continue
                    yield from _member(path, member.filename, data, ledger)
    except (zipfile.BadZipFile, NotImplementedError, OSError) as error:
        raise InputError(f"{path.name} is no zip file that can be read: {error}", hint="get it again") from error


def _is_wanted(path: Path, name: str, size: int, ledger: Ledger) -> bool:
    if not name.lower().endswith(_XML):
        ledger.omit(path.name, name, "no XML")
        return False
    if size > MAX_ELEMENT_BYTES:
        ledger.omit(path.name, name, "too large", f"{size} bytes")
        return False
    return True


def _member(path: Path, name: str, data: bytes, ledger: Ledger) -> Iterator[tuple[str, Element]]:
    try:
        for element in elements(io.BytesIO(data), name, _TAGS):
            yield name, element
    except InputError as error:
        ledger.omit(path.name, name, "malformed XML", error.message)


class _Ends(io.RawIOBase):
    """Remembers the last blocks: a tar ends with two of zeros, which ``tarfile`` does not ask for."""

    def __init__(self, stream: io.BufferedReader) -> None:
        self._stream = stream
        self._last = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(size)
        self._last = (self._last + data)[-2 * _BLOCK :]
        return data

    def drain(self) -> None:
        """Read on to the end, so that what is compressed is verified to its end."""
        while self.read(2**16):
            pass

    @property
    def complete(self) -> bool:
        """Whether it ended as it should."""
        return len(self._last) == 2 * _BLOCK and not any(self._last)
