"""Exports of hospital systems (CSV, TSV, XLSX) as records."""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest

from medgo.corpus.clinical.delimited import delimiter_of
from medgo.corpus.clinical.spreadsheet import shown
from medgo.corpus.clinical.tables import TableReader
from medgo.errors import InputError
from tests.corpus.clinical.reading import Records, read_records, written

EXPORT = (
    "海滨医院出院病人一览表,,,,,,\n"
    "导出时间：2026-03-02,,,,,,\n"
    "病案号,姓名,性别,文书类型,主诉,现病史,出院诊断\n"
    'BA0099887,濮阳青,女,出院记录,胸痛2小时,"患者2小时前胸痛,\n伴大汗。",急性心肌梗死\n'
    "BA0099888,欧阳松,男,入院记录,咳嗽3天,受凉后咳嗽。,\n"
)


def read(tmp_path: Path, name: str, data: str | bytes, mapping: str = "") -> Records:
    path = written(tmp_path / name, data)
    return read_records(TableReader(), path, written(tmp_path / "map.yaml", mapping) if mapping else None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_columns_are_known_by_their_names(tmp_path: Path, encoding: str) -> None:
    reading = read(tmp_path, "export.csv", EXPORT.encode(encoding))
    first, second = reading.records
    assert first.document == "discharge_summary" and second.document == "admission_record"
    assert first.sections == {
        "chief_complaint": "胸痛2小时",
        "present_illness": "患者2小时前胸痛,\n伴大汗。",
        "discharge_diagnoses": "急性心肌梗死",
    }
    assert first.meta == {"patient": {"病案号": "BA0099887", "姓名": "濮阳青", "性别": "女"}}
    assert first.patient == "BA0099887" and first.lang == "zh" and not first.synthetic
    assert reading.ledger.omitted == {"row above the header": 2}


@pytest.mark.parametrize("sign", [",", "\t", ";", "|"])
def test_delimiters(sign: str) -> None:
    assert delimiter_of(f"title\nname{sign}age{sign}note\nA{sign}3{sign}a, b; c\nB{sign}4{sign}d\nB{sign}4") == sign


def test_a_mapping_says_what_columns_mean(tmp_path: Path) -> None:
    data = "num;who;kind;what;said\n1;Vance;DS;Course;Treated.\n1;Vance;DS;Advice;Rest.\n2;Moss;DS;Course;Operated.\n"
    mapping = """
document: {column: kind, values: {DS: discharge_summary}}
patient: num
group_by: [num]
text: {title: what, text: said}
header: {name: who}
lang: en
synthetic: true
"""
    first, second = read(tmp_path, "a.csv", data, mapping).records
    assert first.sections == {"course": "Treated.", "advice": "Rest."} and second.sections == {"course": "Operated."}
    assert first.document == "discharge_summary" and first.synthetic and first.lang == "en"
    assert first.meta["patient"] == {"num": "1", "name": "Vance"}


def test_several_columns_of_a_section_keep_their_names(tmp_path: Path) -> None:
    mapping = "sections: {advice: [Diet, Follow-up]}\nskip: [Sort]\nheader_row: 2\nid: 'No'"
    record = read(tmp_path, "a.csv", "x\nNo,Diet,Follow-up,Sort\n7,Low salt,In a week,9\n", mapping).one
    assert record.sections == {"advice": "Diet: Low salt\nFollow-up: In a week"}
    assert record.meta == {"patient": {"record_number": "7"}}


def test_rows_of_results_are_one_report(tmp_path: Path) -> None:
    data = (
        "姓名,病案号,报告号,项目名称,结果,单位,参考范围,提示\n濮阳青,BA1,R1,血钾,6.80,mmol/L,3.5-5.3,↑\n"
        "濮阳青,BA1,R1,血钠,140,mmol/L,137-147,\n欧阳松,BA2,R2,血钾,4.10,mmol/L,3.5-5.3,\n"
    )
    first, second = read(tmp_path, "lis.csv", data).records
    assert first.document == "laboratory_report"
    assert first.sections == {"investigations": "血钾 6.80 mmol/L (3.5-5.3) ↑\n血钠 140 mmol/L (137-147)"}
    assert first.meta["patient"] == {"病案号": "BA1", "姓名": "濮阳青", "order_number": "R1"}
    assert second.patient == "BA2"


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    text = EXPORT.encode("gb18030") + b"BA3,\xff\xff,M,x,x,y,z\n"
    text += "BA4,王,男,入院记录,头痛1天,头痛。,,多出来的\n".encode("gb18030")
    reading = read(tmp_path, "a.csv", text)
    assert len(reading.records) == 2
    assert reading.ledger.omitted == {"row above the header": 2, "undecodable": 1, "more cells than the header": 1}
    assert not read(tmp_path, "b.csv", "").records and not read(tmp_path, "b.csv", "1,2\n3,4\n").records


@pytest.mark.parametrize(
    ("mapping", "why"),
    [
        ("[1]", "no mapping"), ("patient: nobody", "no column nobody"), ("colour: red", "has no colour"),
        ("lang: fr", "zh or en"), ("synthetic: 'yes'", "true or false"), ("a: [", "no mapping"),
        ("id: No", "quotation marks"),
        ("encoding: klingon", "no encoding"),
    ],
)  # fmt: skip
def test_mappings_that_say_nothing_sensible(tmp_path: Path, mapping: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read(tmp_path, "a.csv", EXPORT, mapping)


def spreadsheet(path: Path) -> Path:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    rows = [
        ["海滨医院检验结果"],
        ["病案号", "姓名", "项目名称", "结果", "单位", "采样时间"],
        ["000123", "濮阳青", "血钾", 6.8, "mmol/L", datetime(2026, 3, 1, 9, 30)],
        [None, None, "乳酸", 2, "mmol/L", date(2026, 3, 1)],
        ["000124", "欧阳松", "INR", 1.25, "", date(2026, 3, 2)],
    ]
    for row in rows:
        sheet.append(row)
    for place in ("A1:F1", "A3:A4", "B3:B4"):
        sheet.merge_cells(place)
    sheet["D3"].number_format = "0.00"
    sheet["F4"].number_format = sheet["F5"].number_format = "yyyy/m/d"
    hidden = book.create_sheet("旧")
    hidden.append(["病案号", "主诉"])
    hidden.sheet_state = "hidden"
    book.save(path)
    return path


def test_spreadsheets_are_read_as_they_are_shown(tmp_path: Path) -> None:
    path = spreadsheet(tmp_path / "lis.xlsx")
    assert TableReader().recognises(path.name, path.read_bytes()[:100])
    reading = read_records(TableReader(), path)
    first, second = reading.records
    assert first.sections == {"investigations": "血钾 6.80 mmol/L\n乳酸 2 mmol/L"}
    assert first.meta["patient"] == {
        "病案号": "000123",
        "姓名": "濮阳青",
        "采样时间": ["2026-03-01 09:30", "2026-03-01"],
    }
    assert second.patient == "000124" and second.sections == {"investigations": "INR 1.25"}
    assert reading.ledger.omitted == {"row above the header": 1, "hidden sheet": 1}


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (0.1 + 0.2, "General", "0.3"), (5, "General", "5"), (1234.5, "#,##0.00", "1,234.50"), (0.125, "0.0%", "12.5%"),
        (7, "000", "007"), (1.5, "0.0#", "1.5"), (12000, "0.00E+00", "1.20E+04"), (True, "General", "TRUE"),
        (None, "General", ""), (date(2026, 3, 1), "yyyy/m/d", "2026-03-01"), (36.5, '0.0"℃"', "36.5"),
    ],
)  # fmt: skip
def test_numbers_as_excel_shows_them(value: object, number_format: str, text: str) -> None:
    assert shown(value, number_format) == text


def test_damaged_and_hostile_spreadsheets(tmp_path: Path) -> None:
    good = spreadsheet(tmp_path / "good.xlsx")
    with pytest.raises(InputError, match="damaged"):
        read_records(TableReader(), written(tmp_path / "cut.xlsx", good.read_bytes()[:-200]))
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (80 * 2**20))
    with pytest.raises(InputError, match="grows"):
        read_records(TableReader(), bomb)
    laughing = tmp_path / "laughing.xlsx"
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(laughing, "w") as archive:
        for name in old.namelist():
            data = old.read(name)
            archive.writestr(name, b'<!DOCTYPE x [<!ENTITY a "ha">]>' + data if name.endswith("sheet1.xml") else data)
    with pytest.raises(InputError, match="document type"):
        read_records(TableReader(), laughing)


def test_a_quotation_mark_that_is_never_closed_is_no_endless_cell(tmp_path: Path) -> None:
    reading = read(tmp_path, "a.csv", EXPORT + '"open,' + "x\n" * 50)
    assert [record.patient for record in reading.records][:2] == ["BA0099887", "BA0099888"]
