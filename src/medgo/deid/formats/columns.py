"""The class of a column or key by its name, and the parts that its values give. Knows no file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Literal, cast

import yaml

from medgo.deid.classes import CLASSES, IdentifierClass
from medgo.deid.formats.protocol import CORPUS, Part
from medgo.deid.formats.values import PICTURE, date_part, is_encoded, is_nothing
from medgo.errors import InputError
from medgo.store.hashing import fingerprint
from medgo.text import fold_width

Kind = IdentifierClass | Literal["skip", "text"]
_KINDS = frozenset({*CLASSES, "skip", "text"})
_BETWEEN = re.compile(r"[\s_\-.()（）\[\]【】/:：*#']+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_AGES = frozenset({"age", "age_over_89"})
_YEARS = re.compile(r"\D*(\d{1,3})")
_PATIENT = (
    "patientid",
    "患者id",
    "病人id",
    "患者编号",
    "病人编号",
    "subjectid",
    "personid",
    "mrn",
    "病案号",
    "身份证号",
)
# Tables and records are joined by these, so that two must never become one: they get pseudonyms of the whole corpus.
_JOINING = frozenset(
    ("patientid", "patid", "personid", "subjectid", "encounterid", "visitid", "admissionid", "hadmid", "stayid",
     "患者id", "病人id", "患者编号", "病人编号", "brid", "hzid")
)  # fmt: skip
_BIRTHS = frozenset(
    ("dob", "dateofbirth", "birthdate", "birthday", "birthtime", "出生日期", "生日", "出生年月", "csrq")
)
_RECORD = ("id", "recordid", "noteid", "documentid", "rowid", "记录id", "文书编号", "序号")


@dataclass(frozen=True, slots=True)
class Columns:
    """Names and their classes.

    Args:
        kinds: Class by folded name.
    """

    kinds: Mapping[str, Kind]

    @property
    def sha256(self) -> str:
        """Equal for tables that say the same."""
        return fingerprint(dict(self.kinds))

    def kind(self, name: str) -> Kind | None:
        """The class of a column, ``skip``, or ``text`` where it is to be searched."""
        return self.kinds.get(folded(name), "text")

    def part(self, name: str, value: str, put: Callable[[str], None], where: str) -> Part | None:
        """The part that a value gives.

        Args:
            name: Of the column.
            value: Of the cell.
            put: Takes the new value.
            where: Name of the part.

        Returns:
            None where the value stays as it is.
        """
        kind = self.kind(name)
        if kind == "skip" or not value.strip():
            return None
        if is_encoded(value):  # a picture or a document, which is left out whatever it is called
            return Part(PICTURE, lambda new: put(new.text), "photo", where)
        if kind == "date" and (date := date_part(value, put, where)) is not None:
            return date
        years = _YEARS.match(value) if kind in _AGES else None
        if kind == "age_over_89" and years is not None and int(years[1]) <= 89:
            kind = "age"

        searched = kind in ("text", "date") or (kind in _AGES and years is None) or is_nothing(value)
        label = None if searched else cast("IdentifierClass", kind)
        return Part(
            value, lambda new: put(new.text), label, where, CORPUS if label and folded(name) in _JOINING else None
        )


@lru_cache(maxsize=512)
def folded(name: str) -> str:
    """A column's name as it is compared."""
    return _BETWEEN.sub("", _CAMEL.sub(" ", fold_width(name))).lower()


def is_birth(name: str) -> bool:
    """Whether a column or a path of keys ends in somebody's birth."""
    return folded(name.rpartition(".")[2]) in _BIRTHS


def patient_of(values: Mapping[str, str]) -> str:
    """The patient's id among a row's values by column; empty where there is none."""
    return _first(values, _PATIENT)


def record_of(values: Mapping[str, str]) -> str:
    """The record's id among a row's values by column; empty where there is none."""
    return _first(values, _RECORD)


def read_columns(path: Path | None = None) -> Columns:
    """The built-in table, and a file's on top.

    Raises:
        InputError: The file cannot be read, or names a class that does not exist.
    """
    own = _built_in()
    return own if path is None else Columns({**own.kinds, **_kinds(path.name, _text(path))})


@lru_cache(maxsize=1)
def _built_in() -> Columns:
    place = files("medgo.deid.formats").joinpath("columns.yaml")
    return Columns(_kinds("columns.yaml", place.read_text("utf-8")))


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}", hint="name a YAML file of classes and columns") from error


def _kinds(name: str, text: str) -> dict[str, Kind]:
    hint = "a class, then a list of column names with commas between them; columns.yaml shows the shape"
    try:
        table = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"{name} is not YAML: {error}", hint=hint) from error
    if not isinstance(table, dict):
        raise InputError(f"{name} is no table of columns", hint=hint)
    if odd := sorted(str(kind) for kind in table if kind not in _KINDS and kind != "text"):
        raise InputError(
            f"{name}: no class is called {', '.join(odd)}", hint=f"classes: {', '.join(CLASSES)}, text, skip"
        )
    found: dict[str, Kind] = {}
    for kind, lines in table.items():
        if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
            raise InputError(f"{name}: {kind} is no list of names", hint=hint)
        for column in (one for line in lines for one in line.split(",")):
            found[folded(column.strip())] = cast("Kind", kind)
    return found


def _first(values: Mapping[str, str], names: tuple[str, ...]) -> str:
    by_name = {folded(name): value.strip() for name, value in values.items()}
    return next((by_name[name] for name in names if by_name.get(name)), "")
