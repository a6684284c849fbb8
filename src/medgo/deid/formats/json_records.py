"""JSONL and JSON of any shape: each string is a part, labelled where its key says what it is.

Keys that look like no name of a field (``{"谭雨澄": {…}}``) are searched as texts are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from medgo.deid.formats.columns import Columns, folded, is_birth, patient_of, record_of
from medgo.deid.formats.decoding import decode_text
from medgo.deid.formats.json_tree import Number, leaves, objects, read_tree, renamed, setter, write_tree
from medgo.deid.formats.protocol import Format, HeldBackError, Part, Record, Unit, data_of
from medgo.deid.formats.units import lines_of, whole_file
from medgo.deid.formats.values import known_of, language_said, old_births
from medgo.deid.replacing.protocol import Replaced

# A shorter number without a key that names its class is a count or a measurement.
_DIGITS_OF_AN_ID = 7
# ``note_text``, ``noteText``, ``T1``, ``DIAGNOSIS``. Names of people begin with a capital and go on in small letters.
_FIELD_NAME = re.compile(r"[a-z][A-Za-z0-9_]*|[A-Z0-9_]+")
_DIGITS_OF_A_KEY = 5
# Of two keys that became the same, ``renamed`` numbers the later one.
_NUMBERED = re.compile(r"(\[.*) \(\d+\)", re.DOTALL)
_PEOPLE = frozenset({"patient", "subject", "person", "患者", "病人", "受试者"})


class JsonLines(Format):
    """One record a line: ``{id, text, lang?, patient_id?}`` and whatever else there is, to any depth."""

    name: ClassVar[str] = "jsonl"

    def __init__(self, columns: Columns) -> None:
        self.columns = columns

    def units(self, path: Path) -> Iterator[Unit]:
        """The lines that are not blank; ``.gz`` and ``.zst`` are decompressed on the way."""
        return lines_of(path)

    def record(self, unit: Unit) -> Record:
        """Read a line."""
        text, encoding = decode_text(data_of(unit), f"line {unit.number}")
        value = read_tree(text, f"line {unit.number}")
        if not isinstance(value, dict):
            raise HeldBackError("malformed", f"line {unit.number} holds no object")
        record = json_record(value, self.columns, str(unit.number), partial(_line, value))
        return replace(record, encoding=unit.original or encoding)


class JsonFile(Format):
    """One JSON value, which is one record."""

    name: ClassVar[str] = "json"

    def __init__(self, columns: Columns) -> None:
        self.columns = columns

    def units(self, path: Path) -> Iterator[Unit]:
        """The file."""
        return whole_file(path)

    def record(self, unit: Unit) -> Record:
        """Read the file."""
        text, encoding = decode_text(data_of(unit), "the file")
        value = read_tree(text, "the file")
        if not isinstance(value, dict | list):
            raise HeldBackError("malformed", "the file holds neither an object nor a list")
        record = json_record(value, self.columns, unit.name, partial(_file, value))
        return replace(record, encoding=unit.original or encoding)


def json_record(value: Any, columns: Columns, number: str, write: Any) -> Record:
    """The record of a tree.

    Args:
        value: A dict or list; parts are put into it.
        columns: Classes of keys.
        number: The record's id where it has none.
        write: Gives its bytes.
    """
    top = {key: str(one) for key, one in value.items() if isinstance(one, str)} if isinstance(value, dict) else {}
    patient = _patient(value, top)
    parts = old_births(
        (part for place in leaves(value) if (part := _part(*place, columns, patient)) is not None), is_birth
    )
    keys = Keys()
    parts += keys.parts(value, columns)
    name = record_of(top) or number
    lang = language_said(top.get("lang", ""))

    def written() -> bytes:
        keys.rename()
        return bytes(write())

    return Record(name, patient or name, lang, parts, known_of(parts), written)


@dataclass
class Keys:
    """Keys that may identify somebody. They change when everything else has, since values are put by the old ones.

    Args:
        objects: Objects with such keys, and the new names of keys in each.
    """

    objects: list[tuple[dict[str, Any], dict[str, str]]] = field(default_factory=list)

    def parts(self, value: Any, columns: Columns) -> Iterator[Part]:
        """A part for every key that looks like no name of a field."""
        for one in objects(value):
            names: dict[str, str] = {}
            self.objects.append((one, names))
            for key in one:
                if not is_field_name(key, columns):
                    numbered = _NUMBERED.fullmatch(key)
                    text = numbered[1] if numbered else key
                    yield Part(text, partial(_rename, names, key, text), None, "key")

    def rename(self) -> None:
        """Put the new names in."""
        for one, names in self.objects:
            if names:
                new = renamed(one, names)
                one.clear()
                one.update(new)


def is_field_name(key: str, columns: Columns) -> bool:
    """Whether a key names a field: the table knows it, or it is an identifier of a program without a long number."""
    if key.startswith("["):  # ``[PHONE]``, which a run has put for one, is a key that was read
        return False
    if folded(key) in columns.kinds or not any(map(str.isalnum, key)):
        return True
    return _FIELD_NAME.fullmatch(key) is not None and sum(map(str.isdigit, key)) < _DIGITS_OF_A_KEY


def _rename(names: dict[str, str], key: str, text: str, new: Replaced) -> None:
    if new.text != text:
        names[key] = new.text


def _part(container: Any, key: Any, path: tuple[str, ...], columns: Columns, patient: str) -> Part | None:
    value, name = str(container[key]), path[-1] if path else ""
    # Keys that may identify somebody are in no name of a part, which stands in vaults and lists.
    where = ".".join(one if is_field_name(one, columns) else "*" for one in path)
    put = setter(container, key)
    if len(path) == 1 and record_of({name: value}) and value == patient:
        name = "patient id"  # the record is called by its patient's number
    elif folded(name) == "id" and len(path) > 1:
        # The id of a person further in is no record's name.
        name = "patient id" if folded(path[-2]) in _PEOPLE else "text"
    part = columns.part(name, value, put, where)
    if part is None or part.label is not None or not isinstance(container[key], Number):
        return part
    return part if len(value.lstrip("-")) >= _DIGITS_OF_AN_ID and value.lstrip("-").isdecimal() else None


def _patient(value: Any, top: Mapping[str, str]) -> str:
    if found := patient_of(top):
        return found
    inner = value.get("patient") if isinstance(value, dict) else None
    if isinstance(inner, dict):
        texts = {key: str(one) for key, one in inner.items() if isinstance(one, str)}
        return patient_of(texts) or record_of(texts)
    return ""


# JSON is UTF-8 (RFC 8259), whatever the input was.
def _line(value: Any) -> bytes:
    return (write_tree(value) + "\n").encode()


def _file(value: Any) -> bytes:
    return (write_tree(value, indent=2) + "\n").encode()
