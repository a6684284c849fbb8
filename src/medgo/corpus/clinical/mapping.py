"""The mapping file of a table (YAML): which columns mean what. Other sources use its ``synthetic`` only.

document: discharge_summary          # or {column: 文书类型, values: {出院记录: discharge_summary}}
id: 文书编号                          # of the record at its source
patient: 病案号                       # of the patient
group_by: [住院号]                    # rows on end with the same values are one record
sections: {course: 诊疗经过, advice: [出院医嘱, 健康指导]}
text: {title: 段落, text: 内容}        # a section a row: its title in one column, its text in another
results: {section: investigations, columns: [项目, 结果, 单位, 参考范围, 提示]}
header: {name: 姓名, mrn: 病案号, phone: 电话}
skip: [排序]
lang: zh
synthetic: true                      # only where nobody's record is in it
sheet: 出院                           # XLSX; all sheets where it is not given
encoding: gb18030                    # CSV; told by the bytes where it is not given
delimiter: ","
header_row: 3                        # counted from 1
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from medgo.errors import InputError
from medgo.schema import Lang

_HINT = "docs/corpus.md shows the keys of a mapping file"
_KEYS = frozenset({
    "document", "id", "patient", "group_by", "sections", "text", "results", "header", "skip", "lang", "synthetic",
    "sheet", "encoding", "delimiter", "header_row",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class TableMapping:
    """What a mapping file says; all fields are empty where it says nothing.

    Args:
        document: Name of the task whose document the records are.
        document_column: Column that names it.
        documents: Value of that column → name.
        id: Column of the record's id.
        patient: Column of the patient's id.
        group_by: Columns whose values make rows one record.
        sections: Key → columns.
        title: Column of a section's title.
        text: Column of its text.
        results: Section of result rows.
        result_columns: Name, value, unit, reference range, flag.
        header: Key of an identifier → column.
        skip: Columns to leave out.
        lang: Of all records.
        synthetic: Whether nobody's record is in it.
        sheet: Name.
        encoding: Of CSV.
        delimiter: Of CSV.
        header_row: From 1; 0 finds it.
    """

    document: str = ""
    document_column: str = ""
    documents: Mapping[str, str] = field(default_factory=dict)
    id: str = ""
    patient: str = ""
    group_by: tuple[str, ...] = ()
    sections: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    title: str = ""
    text: str = ""
    results: str = ""
    result_columns: tuple[str, ...] = ()
    header: Mapping[str, str] = field(default_factory=dict)
    skip: frozenset[str] = frozenset()
    lang: Lang | None = None
    synthetic: bool = False
    sheet: str = ""
    encoding: str = ""
    delimiter: str = ""
    header_row: int = 0

    def columns(self) -> set[str]:
        """All columns that it names."""
        single = (self.document_column, self.id, self.patient, self.title, self.text)
        sections = (column for columns in self.sections.values() for column in columns)
        named = {*single, *self.group_by, *sections, *self.result_columns, *self.header.values()}
        return {one for one in named if one}


def read_mapping(path: Path | None) -> TableMapping:
    """Read a mapping file; an empty one where there is none.

    Raises:
        InputError: It cannot be read, or holds something that no mapping has.
    """
    if path is None:
        return TableMapping()
    try:
        value = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"{path.name} is no mapping file: {error}", hint=_HINT) from error
    if not isinstance(value, dict):
        raise InputError(f"{path.name} is no mapping file", hint=_HINT)
    if odd := sorted(str(key) for key in value if key not in _KEYS):
        raise InputError(f"{path.name}: a mapping has no {', '.join(odd)}", hint=f"keys: {', '.join(sorted(_KEYS))}")
    try:
        return _mapping(value)
    except (TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{path.name}: {error}", hint=_HINT) from error


def says_synthetic(path: Path | None) -> bool:
    """Whether a mapping file says that the source holds nobody's record; nothing else is taken for saying so."""
    return read_mapping(path).synthetic


def _mapping(value: dict[str, Any]) -> TableMapping:
    document, text, results = (value.get(key) or {} for key in ("document", "text", "results"))
    if value.get("lang") not in (None, "zh", "en"):
        raise ValueError("lang is zh or en")
    if not isinstance(value.get("synthetic", False), bool):
        raise TypeError("synthetic is true or false")
    by_column = document if isinstance(document, dict) else {}
    return TableMapping(
        "" if by_column else _name(document), _name(by_column.get("column")),
        {_name(key): _name(name) for key, name in (by_column.get("values") or {}).items()},
        _name(value.get("id")), _name(value.get("patient")), _names(value.get("group_by")),
        {_name(key): _names(columns) for key, columns in (value.get("sections") or {}).items()},
        _name(text.get("title")), _name(text.get("text")), _name(results.get("section")),
        _names(results.get("columns")),
        {_name(key): _name(column) for key, column in (value.get("header") or {}).items()},
        frozenset(_names(value.get("skip"))), value.get("lang"), value.get("synthetic", False),
        _name(value.get("sheet")), _name(value.get("encoding")), _name(value.get("delimiter")),
        int(value.get("header_row") or 0),
    )  # fmt: skip


def _name(value: Any) -> str:
    if isinstance(value, bool):
        raise TypeError("Yes, No, On and Off are no names in YAML: put quotation marks around them")
    return str(value or "")


def _names(value: Any) -> tuple[str, ...]:
    return tuple(map(_name, value)) if isinstance(value, list) else (_name(value),) if value is not None else ()
