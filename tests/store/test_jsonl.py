import gzip
import json
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from medgo.errors import InputError
from medgo.store import RowFile, decode_object, encode_row, jsonl


def read(path: Path) -> list[jsonl.RawRow]:
    return list(RowFile(path))


def values(path: Path) -> list[object]:
    return [row.value for row in RowFile(path)]


def test_lines_are_numbered_and_blank_ones_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a": 1}\r\n\n   \n{"a": "\xe4\xb8\xad\xe2\x80\xa8x"}')
    source = RowFile(path)
    assert [(row.number, row.value) for row in source] == [(1, {"a": 1}), (4, {"a": "中\u2028x"})]
    assert source.blank_lines == 2
    assert len(list(source)) == 2 and source.blank_lines == 2


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b'{"a": \xff}', "not valid UTF-8 (byte 7)"),
        (b"{nope}", "not valid JSON"),
        (b"[1]", "expected a JSON object"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": 1e999}', "too large"),
        (b'{"a": "\\ud83d"}', "surrogate"),
        (b'{"a":' * 100_000, "not valid JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "not valid JSON"),
    ],
)
def test_a_bad_line_costs_itself_only(tmp_path: Path, line: bytes, words: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a": 1}\n' + line + b'\n{"a": 2}\n')
    first, bad, last = read(path)
    assert (first.value, last.value) == ({"a": 1}, {"a": 2})
    assert bad.number == 2 and bad.value is None and words in str(bad.error)


def test_a_huge_line_is_refused_without_being_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "MAX_LINE_BYTES", 1000)
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a": "' + b"x" * 100_000 + b'"}\n{"a": 2}\n' + b"x" * 1001)
    huge, good, tail = read(path)
    assert "longer than" in str(huge.error) and "longer than" in str(tail.error)
    assert (good.number, good.value, tail.number) == (2, {"a": 2}, 3)


def test_a_megabyte_in_one_line_is_fine(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(encode_row({"a": "病" * 2**20}))
    assert values(path) == [{"a": "病" * 2**20}]


def test_a_byte_order_mark_is_no_character(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}\n')
    assert values(path) == [{"a": 1}]
    path.write_text('{"a": 1}\n', "utf-16")
    with pytest.raises(InputError, match="UTF-16"):
        read(path)


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.jsonl.zst", "a.json", "a.json.gz", "a.json.zst"])
def test_compressed_and_plain_are_the_same(tmp_path: Path, name: str) -> None:
    rows = [{"a": i, "t": "发热" * i} for i in range(500)]
    data = json.dumps(rows).encode() if ".json." in name + "." else b"".join(map(encode_row, rows))
    if name.endswith(".gz"):
        data = gzip.compress(data[:100]) + gzip.compress(data[100:])
    elif name.endswith(".zst"):
        data = zstandard.compress(data[:100]) + zstandard.compress(data[100:])
    (tmp_path / name).write_bytes(data)
    assert values(tmp_path / name) == rows


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_truncated_archive_is_an_error_at_every_length(tmp_path: Path, pack: object) -> None:
    rows = b"".join(encode_row({"a": i}) for i in range(300))
    name = "a.jsonl.gz" if pack is gzip.compress else "a.jsonl.zst"
    whole = pack(rows)  # type: ignore[operator]
    for length in range(1, len(whole), 7):
        (tmp_path / name).write_bytes(whole[:length])
        with pytest.raises(InputError, match=r"ends in the middle|cannot be read"):
            read(tmp_path / name)


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.jsonl.zst", "a.csv.gz"])
def test_what_is_no_archive_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b'{"a": 1}\n' * 50)
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path / name)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read(tmp_path / "none.jsonl")
    with pytest.raises(InputError, match="directory"):
        read(tmp_path)


def test_json_elements(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(' \n[{"a": 1}, 7, {"a": "\\ud83d"}, {"a": 2}]')
    assert [row.number for row in RowFile(path)] == [1, 2, 3, 4]
    assert [row.error is None for row in RowFile(path)] == [True, False, False, True]
    path.write_text('[{"a": 1}, ')
    with pytest.raises(InputError, match="not valid JSON"):
        read(path)


def test_a_json_file_of_lines_or_of_one_object(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"a": 1}\n{"a": 2}\n')
    assert values(path) == [{"a": 1}, {"a": 2}]
    path.write_text('{\n  "a": 1\n}\n')
    assert values(path) == [{"a": 1}]


def test_csv(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes('\ufeffid,prompt\r\n1,"多行\n文字, ""引号"""\r\n\r\n2,x\r\n'.encode())
    source = RowFile(path)
    assert [(r.number, r.value) for r in source] == [
        (1, {"id": "1", "prompt": '多行\n文字, "引号"'}),
        (3, {"id": "2", "prompt": "x"}),
    ]
    assert source.blank_lines == 1


def test_a_bad_record_costs_itself_only(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,prompt\n1,\xd6\xd0\n2,x,y\n3\n" + '4,"a"b\n5,好\n'.encode())
    rows = read(path)
    assert [row.value for row in rows][-1] == {"id": "5", "prompt": "好"}
    words = ["not valid UTF-8", "3 cells, but 2 columns", "1 cells", "not valid CSV"]
    assert all(word in str(row.error) for word, row in zip(words, rows, strict=False)), rows


def test_an_open_quotation_mark_is_no_silent_loss(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('id,prompt\n1,"open\n2,x\n3,y\n')
    with pytest.raises(InputError, match="record 1 is never closed"):
        read(path)


def test_a_header_must_name_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,id\n1,2\n")
    with pytest.raises(InputError, match="different, non-empty names"):
        read(path)


def test_a_cell_may_be_longer_than_the_default_limit(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("id\tprompt\n1\t" + "x" * 200_000 + "\n")
    assert len(values(path)[0]["prompt"]) == 200_000  # type: ignore[index]


_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXT,
    lambda v: st.lists(v, max_size=3) | st.dictionaries(_TEXT, v, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(_TEXT, _VALUE, max_size=5))
def test_what_is_written_is_read_and_is_one_line_for_everybody(row: dict[str, object]) -> None:
    line = encode_row(row)
    assert decode_object(line) == row
    assert len(line.decode().rstrip("\n").splitlines()) == 1


def test_half_a_pair_from_an_endpoint_can_still_be_written() -> None:
    assert json.loads(encode_row({"a": "\ud83d"})) == {"a": "\ud83d"}
