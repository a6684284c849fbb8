"""CSV and TSV: columns by their names, rows over several lines, encodings and line ends as they were."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medgo.deid.formats import HeldBackError, open_format, read_columns
from medgo.errors import InputError
from tests.deid.formats.texts import changed, format_of, labelled, records_of, unchanged

CELLS = st.text(st.sampled_from('abc,;"\n\t 张三1'), max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(CELLS, CELLS, CELLS).filter(any), min_size=1, max_size=6),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]),
)
def test_a_table_comes_back(tmp_path: Path, rows: list[tuple[str, str, str]], encoding: str) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows([("患者姓名", "病历摘要", "c"), *rows])
    path = tmp_path / "t.csv"
    path.write_bytes(out.getvalue().encode(encoding))
    form = format_of("csv")
    data = form.preamble(path) + b"".join(unchanged(form.record(unit)) for unit in form.units(path))
    assert list(csv.reader(io.StringIO(data.decode(encoding), newline=""))) == [
        ["患者姓名", "病历摘要", "c"],
        *map(list, rows),
    ]


def test_columns_say_what_cells_are(tmp_path: Path) -> None:
    data = "住院号,姓名,年龄,入院时间,主治医师,主诉,lang\nZY1,申屠寒江,47,2024-03-05 10:20,濮阳静仪,咳嗽3天,zh\n"
    (record,) = records_of("csv", data.encode("gb18030"), tmp_path)
    assert labelled(record) == {
        "ZY1": "medical_record_number",
        "申屠寒江": "name",
        "47": "age",
        "2024-03-05": "date",
        "濮阳静仪": "name_clinician",
        "咳嗽3天": None,
    }
    assert record.lang == "zh"
    out = changed(record, lambda part: "2024-03-12" if part.label == "date" else part.text)
    assert out.decode("gb18030") == "ZY1,申屠寒江,47,2024-03-12 10:20,濮阳静仪,咳嗽3天,zh\n"


@pytest.mark.parametrize(
    ("born", "label"), [("1933-05-01", "age_over_89"), ("1934-05-01", "age_over_89"), ("1935-05-01", "date")]
)
def test_births_of_people_over_89_are_ages(tmp_path: Path, born: str, label: str) -> None:
    (record,) = records_of("csv", f"出生日期,入院日期\n{born},2024-03-05\n".encode(), tmp_path)
    assert labelled(record) == {born: label, "2024-03-05": "date"}


def test_own_columns_count(tmp_path: Path) -> None:
    mapping = tmp_path / "columns.yaml"
    mapping.write_text("name: [Wer]\ntext: [患者姓名]\nskip: [x]\n")
    columns = read_columns(mapping)
    assert (columns.kind("wer"), columns.kind("患者姓名"), columns.kind("X"), columns.kind("MRN")) == (
        "name", "text", "skip", "medical_record_number",
    )  # fmt: skip
    mapping.write_text("nmae: [Wer]\n")
    with pytest.raises(InputError, match="nmae"):
        read_columns(mapping)
    assert open_format("csv", columns).name == "csv"


def test_rows_that_cannot_be_read_are_held_back_alone(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("id,text\n1,患者可\n2,患".encode() + b"\xff\n3,a,b\n4,fine\n")
    form = format_of("csv")
    found = []
    for unit in form.units(path):
        try:
            found.append(form.record(unit).id)
        except HeldBackError as error:
            found.append(error.reason)
    assert found == ["1", "undecodable", "malformed", "4"]


def test_a_table_without_names_on_top_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,a\n1,2\n")
    with pytest.raises(InputError, match="different names"):
        list(format_of("csv").units(path))
