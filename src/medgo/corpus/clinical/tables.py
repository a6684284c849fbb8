"""Tables that hospital systems export (CSV, TSV, XLSX) as records: a row each, or rows that belong together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from medgo.corpus.clinical.delimited import rows
from medgo.corpus.clinical.mapping import TableMapping, read_mapping
from medgo.corpus.clinical.records import Draft, put, stated_language
from medgo.corpus.clinical.sections import document_of, folded, section_of_title
from medgo.corpus.clinical.spreadsheet import is_spreadsheet, sheets
from medgo.corpus.clinical.wording import result
from medgo.corpus.ledger import Ledger
from medgo.corpus.protocol import Item, Source
from medgo.errors import InputError
from medgo.store.compression import uncompressed_name

_SUFFIXES = (".csv", ".tsv")
_HEADER_WITHIN = 10
_LONG = 30
# Columns that say how rows belong together; all others keep their names, by which de-identification knows them.
_PATIENT = "patient id, subject id, mrn, 患者id, 病人id, 患者编号, 病案号, 住院号, 病历号, 登记号, 门诊号"
_DOCUMENT = "document type, note type, doc type, category, 文书类型, 文书名称, 病历类型, 记录类型, 报告类型"
_LANG = "lang, language, 语言"
_TITLE = "section, section title, 段落, 章节, 标题, 项目标题"
_RESULTS = (
    "item, test, test name, analyte, 项目, 项目名称, 检验项目, 检查项目名称, 检验项目名称",
    "result, value, 结果, 检验结果, 结果值, 测定值",
    "unit, units, 单位",
    "reference range, ref range, normal range, 参考范围, 参考区间, 参考值, 正常范围",
    "flag, abnormal flag, 提示, 异常标志, 异常提示, 标志",
)
_REPORT = "report id, accession number, order id, 报告号, 报告单号, 检验单号, 申请单号, 标本号, 样本号, 条码号"


class TableReader:
    """With a mapping file as it says; without one by the names of columns."""

    name: ClassVar[str] = "csv"
    holds: ClassVar[Literal["records"]] = "records"

    def recognises(self, name: str, head: bytes) -> bool:
        """See :class:`medgo.corpus.protocol.Reader`."""
        return name.lower().endswith(_SUFFIXES) or is_spreadsheet(name, head)

    def read(self, source: Source, ledger: Ledger) -> Iterator[Item]:
        """See :class:`medgo.corpus.protocol.Reader`; the rows of one record are in memory."""
        mapping = read_mapping(source.mapping)
        if uncompressed_name(source.path).lower().endswith((".xlsx", ".xlsm")):
            for title, lines in sheets(source.path, ledger, mapping.sheet):
                numbered: Iterator[tuple[int, list[str] | None]] = enumerate(lines, 1)
                yield from self._table(source, ledger, mapping, numbered, f"sheet {title} ")
        else:
            delimiter = mapping.delimiter or ("\t" if uncompressed_name(source.path).lower().endswith(".tsv") else "")
            numbered = rows(source.path, ledger, mapping.encoding, delimiter)
            yield from self._table(source, ledger, mapping, numbered, "")

    def _table(
        self,
        source: Source,
        ledger: Ledger,
        mapping: TableMapping,
        lines: Iterator[tuple[int, list[str] | None]],
        where: str,
    ) -> Iterator[Item]:
        header, first = _header(lines, mapping, ledger, source.path.name, where)
        if not header:
            ledger.omit(source.path.name, where.strip() or "table", "no header row")
            return
        table = _Table(_layout(header, mapping, source.path.name), where)
        for number, cells in _chained(first, lines):
            place = f"{where}row {number}"
            if cells is None:
                ledger.omit(source.path.name, place, "undecodable")
            elif not any(cells):
                continue
            elif len(cells) > len(header) and any(cells[len(header) :]):
                ledger.omit(source.path.name, place, "more cells than the header")
            else:
                for draft in table.take(place, cells):
                    yield from _records(draft, source, self.name, ledger, mapping)
        for draft in table.rest():
            yield from _records(draft, source, self.name, ledger, mapping)


@dataclass(frozen=True, slots=True)
class _Layout:
    """What columns mean, by their numbers; -1 for none."""

    names: tuple[str, ...]
    sections: dict[int, str]
    headers: dict[int, str]
    group_by: tuple[int, ...]
    patient: int
    document: int
    lang: int
    title: int
    text: int
    results: tuple[int, ...]
    mapping: TableMapping


@dataclass
class _Table:
    layout: _Layout
    where: str
    _draft: Draft | None = None
    _key: tuple[str, ...] = ()
    _last: dict[str, str] = field(default_factory=dict)

    def take(self, place: str, cells: list[str]) -> Iterator[Draft]:
        """Take a row; gives the record before it where the row begins another one."""
        cells = cells + [""] * (len(self.layout.names) - len(cells))
        key = tuple(cells[number] for number in self.layout.group_by)
        if self._draft is None or not any(key) or key != self._key:
            yield from self.rest()
            self._draft, self._key, self._last = Draft(place, lang=self.layout.mapping.lang), key, {}
        self._fill(self._draft, cells)

    def rest(self) -> Iterator[Draft]:
        """The last record."""
        if self._draft is not None:
            yield self._draft
        self._draft = None

    def _fill(self, draft: Draft, cells: Sequence[str]) -> None:
        layout = self.layout
        self._about(draft, cells)
        used = {layout.patient, layout.document, layout.lang, layout.title, *layout.results}
        if layout.title >= 0 and layout.text >= 0:
            title = cells[layout.title]
            self._add(draft, section_of_title(title) or title or "text", cells[layout.text])
            used.add(layout.text)
        if layout.results:
            self._add(draft, layout.mapping.results or "investigations", _result(cells, layout.results))
        for number, cell in enumerate(cells[: len(layout.names)]):
            name = layout.names[number]
            if not cell or number in used or name in layout.mapping.skip:
                continue
            if number in layout.headers:
                put(draft.header, layout.headers[number], cell)
            elif number in layout.sections:
                several = sum(key == layout.sections[number] for key in layout.sections.values()) > 1
                self._add(draft, layout.sections[number], f"{name}: {cell}" if several else cell)
            elif len(cell) >= _LONG or "\n" in cell or "。" in cell:
                self._add(draft, name, cell)
            else:
                put(draft.header, name, cell)

    def _about(self, draft: Draft, cells: Sequence[str]) -> None:
        layout = self.layout
        if layout.patient >= 0:
            draft.patient = draft.patient or cells[layout.patient]
            put(draft.header, layout.names[layout.patient], cells[layout.patient])
        said = cells[layout.document] if layout.document >= 0 else ""
        known = layout.mapping.documents.get(said) or layout.mapping.document or document_of("", said) or said
        draft.document = draft.document or known or ("laboratory_report" if layout.results else "")
        if layout.lang >= 0 and draft.lang is None:
            draft.lang = stated_language(cells[layout.lang])

    def _add(self, draft: Draft, key: str, text: str) -> None:
        """Rows of one record repeat what is the same in all of them."""
        if text and self._last.get(key) != text:
            draft.add(key, text)
            self._last[key] = text


def _records(draft: Draft, source: Source, name: str, ledger: Ledger, mapping: TableMapping) -> Iterator[Item]:
    draft.document = draft.document or _document_by_sections(draft)
    record = draft.record(source, name, ledger, synthetic=mapping.synthetic)
    if record is not None:
        yield record


def _document_by_sections(draft: Draft) -> str:
    keys = draft.sections.keys()
    if keys & {"discharge_diagnoses", "course", "discharge_condition"}:
        return "discharge_summary"
    if keys & {"gross", "microscopy"}:
        return "pathology_report"
    if "findings" in keys and keys & {"impression", "technique"}:
        return "imaging_report"
    is_admission = "present_illness" in keys and keys & {"personal_history", "admission_diagnoses"}
    return "admission_record" if is_admission else "record"


def _result(cells: Sequence[str], columns: tuple[int, ...]) -> str:
    name, value, unit, span, flag = (cells[number] if number >= 0 else "" for number in columns)
    return result(name, value, unit, span, (flag,))


def _header(
    lines: Iterator[tuple[int, list[str] | None]], mapping: TableMapping, ledger: Ledger, file: str, where: str
) -> tuple[list[str], list[tuple[int, list[str] | None]]]:
    """The names of columns, and the rows below them that were read already."""
    ahead: list[tuple[int, list[str] | None]] = []
    for number, cells in lines:
        ahead.append((number, cells))
        if len(ahead) >= max(_HEADER_WITHIN, mapping.header_row):
            break
    if mapping.header_row:
        at = min(mapping.header_row, len(ahead)) - 1
    else:
        wanted = mapping.columns()
        scores = [_score(cells or [], wanted) for _, cells in ahead]
        at = scores.index(max(scores)) if scores and max(scores) > (0, 0) else -1
    if at < 0 or at >= len(ahead):
        return [], []
    for number, cells in ahead[:at]:
        if cells and any(cells):
            ledger.omit(file, f"{where}row {number}", "row above the header")
    names = [" ".join(name.split()) for name in ahead[at][1] or []]
    while names and not names[-1]:
        names.pop()
    return [name or f"column {number}" for number, name in enumerate(names, 1)], ahead[at + 1 :]


def _score(cells: list[str], wanted: set[str]) -> tuple[int, int]:
    """How much a row looks like names of columns: known ones, then cells of different short texts."""
    filled = [cell for cell in cells if cell]
    if len(set(filled)) < len(filled) or not filled:
        return (0, 0)
    known = sum(cell in wanted or bool(section_of_title(cell)) or folded(cell) in _KNOWN for cell in filled)
    short = sum(len(cell) <= _LONG and not cell.replace(".", "").replace("-", "").isdigit() for cell in filled)
    return (known, short if short == len(filled) else 0)


def _layout(header: list[str], mapping: TableMapping, file: str) -> _Layout:
    """Raises InputError where the mapping names a column that the table does not have."""
    if missing := sorted(mapping.columns() - set(header)):
        raise InputError(f"{file} has no column {', '.join(missing)}", hint=f"columns: {', '.join(header)}")
    places = {name: number for number, name in reversed(list(enumerate(header)))}
    built_in = mapping == TableMapping(synthetic=mapping.synthetic, lang=mapping.lang, sheet=mapping.sheet)

    def known(names: str, own: str = "") -> int:
        if own:
            return places[own]
        wanted = {folded(one) for one in names.split(",")}
        return next((number for number, name in enumerate(header) if folded(name) in wanted), -1) if names else -1

    results = tuple(places[one] for one in mapping.result_columns)
    if built_in and not results:
        found = tuple(known(names) for names in _RESULTS)
        results = found if found[0] >= 0 and found[1] >= 0 else ()
    results = (*results, *[-1] * (5 - len(results))) if results else ()
    sections = {places[column]: key for key, columns in mapping.sections.items() for column in columns}
    if not mapping.sections and not mapping.text:
        sections = {number: key for number, name in enumerate(header) if (key := section_of_title(name))}
    patient = known(_PATIENT, mapping.patient)
    title = known(_TITLE if built_in else "", mapping.title)
    text = places[mapping.text] if mapping.text else next((n for n, key in sections.items() if key == "text"), -1)
    group = tuple(places[one] for one in mapping.group_by)
    if not group and built_in and (results or (title >= 0 and text >= 0)):
        together = (patient, known(_REPORT), known("id, note id, 文书编号, 记录id"))
        group = tuple(number for number in together if number >= 0)
    numbers = {folded(one) for one in _REPORT.split(",")}
    headers = {at: "order_number" for at, name in enumerate(header) if folded(name) in numbers}
    headers |= {places[column]: key for key, column in mapping.header.items()}
    headers |= {places[mapping.id]: "record_number"} if mapping.id else {}
    return _Layout(
        tuple(header), sections, headers, group, patient, known(_DOCUMENT, mapping.document_column), known(_LANG),
        title, text, results, mapping,
    )  # fmt: skip


def _chained(
    first: list[tuple[int, list[str] | None]], rest: Iterator[tuple[int, list[str] | None]]
) -> Iterator[tuple[int, list[str] | None]]:
    yield from first
    yield from rest


_KNOWN = {
    folded(one)
    for names in (_PATIENT, _DOCUMENT, _LANG, _TITLE, _REPORT, *_RESULTS, "姓名, 性别, 年龄, name, sex, age, id, date")
    for one in names.split(",")
}
