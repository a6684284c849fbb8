"""One row of a benchmark's file, read field by field: what does not fit is named with file, row and field.

Knows no benchmark; the readers of the benchmarks are written on top of it.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from medgo.errors import BenchmarkDataError

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Row:
    """A row with its place.

    Args:
        values: Field → value, as the file has it.
        file: Name of the file, for messages.
        number: Counted from 1.
        key: Name of the row where the file names its rows (a JSON object of objects); else empty.
    """

    values: Mapping[str, Any]
    file: str
    number: int
    key: str = ""

    def text(self, field: str, *, default: str | None = None) -> str:
        """A text, stripped; numbers are written out.

        Raises:
            BenchmarkDataError: The field is missing, empty or something else, and there is no default.
        """
        value = self.values.get(field)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if default is not None and (value is None or isinstance(value, str)):
            return default
        raise self.error(field, "text", value)

    def integer(self, field: str) -> int:
        """A whole number, or a text that is one.

        Raises:
            BenchmarkDataError: It is neither.
        """
        value = self.values.get(field)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if isinstance(value, str) and value.strip().lstrip("-").isascii() and value.strip().lstrip("-").isdigit():
            return int(value)
        raise self.error(field, "a whole number", value)

    def texts(self, field: str) -> list[str]:
        """A list of texts, or such a list in a text, written as JSON or as Python writes it.

        Raises:
            BenchmarkDataError: It is neither.
        """
        value = self._decoded(field)
        if isinstance(value, Iterable) and not isinstance(value, str | Mapping):
            items = list(value)
            if items and all(isinstance(item, str) for item in items):
                return items
        raise self.error(field, "a list of texts", value)

    def mapping(self, field: str) -> dict[str, Any]:
        """An object, or such an object in a text, written as JSON or as Python writes it.

        Raises:
            BenchmarkDataError: It is neither.
        """
        value = self._decoded(field)
        if not isinstance(value, Mapping) or not value:
            raise self.error(field, "an object", value)
        return dict(value)

    def options(self, field: str) -> dict[str, str]:
        """Options as letter → text, from ``{"A": …}``, ``[…]`` or ``[{"key": "A", "value": …}, …]``.

        Empty and missing options are left out (Parquet fills absent ones with nothing).

        Raises:
            BenchmarkDataError: Fewer than two options are left, or a key is no letter.
        """
        value = self._decoded(field)
        if isinstance(value, Mapping):
            pairs = [(str(key).strip().upper(), text) for key, text in value.items()]
        elif isinstance(value, Iterable) and not isinstance(value, str):
            pairs = list(self._listed(field, list(value)))
        else:
            raise self.error(field, "options as an object or a list", value)
        return self.checked_options(field, pairs)

    def checked_options(self, field: str, pairs: Iterable[tuple[str, Any]]) -> dict[str, str]:
        """Drop empty options and check the letters.

        Raises:
            BenchmarkDataError: Fewer than two options are left, a letter is none or stands twice.
        """
        options: dict[str, str] = {}
        for label, text in pairs:
            if text is None or not str(text).strip():
                continue
            if len(label) != 1 or label not in LETTERS or label in options:
                raise self.error(field, "different letters A to Z as option names", label)
            options[label] = str(text).strip()
        if len(options) < 2:
            raise self.error(field, "at least two options", self.values.get(field))
        return options

    def labels(self, field: str, options: Mapping[str, str]) -> tuple[str, ...]:
        """Gold labels from ``"C"``, ``"ACD"``, ``"A,C"``, ``"(ACD)"`` or a list, in the order of the options.

        Raises:
            BenchmarkDataError: A label is not among the options, or there is none.
        """
        value = self.values.get(field)
        parts = value if isinstance(value, list | tuple) else [value]
        letters = "".join(part for part in parts if isinstance(part, str))
        if not all(isinstance(part, str) for part in parts):
            raise self.error(field, "letters", value)
        found = {char for char in letters.upper() if char.isalpha()}
        if not found or not found <= set(options):
            raise self.error(field, f"letters among {', '.join(options)}", value)
        return tuple(label for label in options if label in found)

    def error(self, field: str, expected: str, found: object) -> BenchmarkDataError:
        """Make the error that says which field of which row does not fit, and what was expected."""
        what = "nothing" if found is None else f"{type(found).__name__} {str(found)[:80]!r}"
        name = f" ({self.key})" if self.key else ""
        return BenchmarkDataError(
            f"{self.file}, row {self.number}{name}, field {field!r}: expected {expected}, found {what}"
        )

    def _decoded(self, field: str) -> Any:
        value = self.values.get(field)
        if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
            for decode in (json.loads, ast.literal_eval):  # pandas writes lists into CSV cells as Python does
                try:
                    return decode(value)
                except (ValueError, SyntaxError, RecursionError):
                    continue
        return value

    def _listed(self, field: str, value: list[Any]) -> Iterable[tuple[str, Any]]:
        for letter, item in zip(LETTERS, value, strict=False):
            if isinstance(item, Mapping):
                key = item.get("key", item.get("letter", item.get("label")))
                text = item.get("value", item.get("content", item.get("text")))
                if key is None:
                    raise self.error(field, "objects with key and value", item)
                yield str(key).strip().upper(), text
            else:
                yield letter, item
