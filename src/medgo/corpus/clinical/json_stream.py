"""A large JSON object member by member, and one of its lists item by item. Knows no standard of records."""

from __future__ import annotations

import codecs
import io
import json
import re
from collections.abc import Iterator
from typing import Any

from medgo.errors import InputError

# Of one member or item, in characters.
MAX_VALUE = 64 * 2**20
_CHUNK = 1 << 18
_SPACES = re.compile(r"[ \t\r\n]*")
# Halves of a character; a pair of them is one.
_HALF = re.compile(r"\\u[dD][89a-fA-F]")
# Numbers keep their digits: 1.10 is another dose than 1.1 to whoever reads it.
_DECODER = json.JSONDecoder(parse_float=str)


def parse(text: str, where: str) -> Any:
    """Parse a whole JSON value; numbers with a point stay text. See :class:`Undecodable`.

    Raises:
        InputError: It is none.
    """
    try:
        return _sound(json.loads(text, parse_float=str), text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where} is no valid JSON") from error


class Undecodable:
    """Stands for a value with half a character in it: valid JSON, but no text."""


def _sound(value: Any, source: str) -> Any:
    if _HALF.search(source) is None:
        return value
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return Undecodable()
    return value


def members(stream: io.BufferedReader, name: str, listed: str) -> Iterator[tuple[str, Any]]:
    """Members of the object in a file, in its order; of the list ``listed``, every item as a member of its own.

    No more is in memory than one member or item, and a piece of the file. See :class:`Undecodable`.

    Raises:
        InputError: From here on it is no JSON object in UTF-8, ends early, or a value is larger than
            :data:`MAX_VALUE`.
    """
    reading = _Reading(stream, name)
    reading.expect("{")
    if reading.take("}"):
        return
    while True:
        key = reading.value()
        if not isinstance(key, str):
            raise InputError(f"{name} holds no JSON object")
        reading.expect(":")
        if key == listed and reading.take("["):
            if not reading.take("]"):
                yield key, reading.value()
                while reading.take(","):
                    yield key, reading.value()
                reading.expect("]")
        else:
            yield key, reading.value()
        if not reading.take(","):
            reading.expect("}")
            return


class _Reading:
    def __init__(self, stream: io.BufferedReader, name: str) -> None:
        self._stream, self._name = stream, name
        self._decode = codecs.getincrementaldecoder("utf-8-sig")()
        self._text, self._at, self._ended = "", 0, False

    def take(self, sign: str) -> bool:
        """Go behind a sign, if that is what follows."""
        while True:
            match = _SPACES.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text):
                break
            if not self._more(_CHUNK):
                return False
        if self._text[self._at] != sign:
            return False
        self._at += 1
        return True

    def expect(self, sign: str) -> None:
        """Go behind a sign that has to follow."""
        if not self.take(sign):
            why = "ends early" if self._at >= len(self._text) else f"is no valid JSON: {sign} should follow"
            raise InputError(f"{self._name} {why}")

    def value(self) -> Any:
        """The value that follows."""
        self.take("")  # spaces
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except RecursionError as error:
                raise InputError(f"{self._name} is nested too deeply") from error
            except ValueError as error:
                # It may only not be whole yet.
                if len(self._text) - self._at > MAX_VALUE:
                    raise InputError(f"{self._name} is no valid JSON, or holds a value of more than 64 MiB") from error
                if not self._more(max(_CHUNK, len(self._text) - self._at)):
                    raise InputError(f"{self._name} is no valid JSON, or ends early") from error
                continue
            if end < len(self._text) or not isinstance(value, int | float) or not self._more(_CHUNK):
                begun, self._at = self._at, end
                return _sound(value, self._text[begun:end])

    def _more(self, size: int) -> bool:
        if self._ended:
            return False
        data = self._stream.read(size)
        self._ended = len(data) < size
        try:
            text = self._decode.decode(data, final=self._ended)
        except UnicodeDecodeError as error:
            raise InputError(f"{self._name} is no valid UTF-8, as JSON is") from error
        self._text, self._at = self._text[self._at :] + text, 0
        return bool(text)
