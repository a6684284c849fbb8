"""``medgo eval read`` as a user calls it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from medgo.cli._eval_read import eval_read_command

DRUGS = {"A": "Penicillin G", "B": "Azithromycin", "C": "Ceftriaxone"}


def read(*arguments: object, stdin: str | bytes | None = None):
    app = typer.Typer()
    app.command()(eval_read_command)
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def replies(tmp_path: Path) -> Path:
    path = tmp_path / "replies.jsonl"
    rows = [
        {"id": "q1", "reply": "**答案：C**", "options": DRUGS},
        {"id": "q2", "reply": "I would need to examine the patient.", "options": DRUGS},
        {"id": 3, "reply": "<think>maybe B", "options": DRUGS},
        {"id": "q4", "reply": "I cannot provide medical advice.", "options": DRUGS},
    ]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def test_a_file_of_replies(tmp_path: Path, replies: Path):
    output = tmp_path / "new" / "out.jsonl"
    result = read("--input", replies, "--output", output)
    assert result.exit_code == 0, result.stderr
    assert lines(output.read_text()) == [
        {"id": "q1", "answer": ["C"], "status": "answered", "rule": "announced", "span": [5, 6]},
        {"id": "q2", "answer": None, "status": "unparsed", "rule": "none", "span": None},
        {"id": 3, "answer": None, "status": "truncated", "rule": "thinking", "span": None},
        {"id": "q4", "answer": None, "status": "refused", "rule": "refusal", "span": [2, 16]},
    ]
    assert "4 replies: 1 answered, 1 unparsed, 1 truncated, 1 refused, 0 bad" in result.stderr
    assert result.stdout == ""


def test_bad_rows_cost_themselves_and_the_exit_code(tmp_path: Path):
    source = tmp_path / "replies.jsonl"
    source.write_text(
        '{"id": "a", "reply": "B", "options": {"A": "x", "B": "y"}}\n'
        "not json\n"
        "\n"
        '{"id": "c", "reply": 5}\n'
        '{"id": "d", "reply": "B", "options": {"one": "x", "two": "y"}}\n'
        '{"id": "e", "response": null, "error": {"code": "engine_failure", "message": "out of memory"}}\n'
        '{"id": "f", "reply": "B", "multiple": "yes"}\n'
        '{"id": "g", "reply": "A", "options": ["x", "y"]}\n'
    )
    result = read("--input", source, "--output", tmp_path / "out.jsonl")
    assert result.exit_code == 1
    rows = lines((tmp_path / "out.jsonl").read_text())
    assert [(row["id"], row["status"]) for row in rows] == [
        ("a", "answered"),
        (None, "error"),
        ("c", "error"),
        ("d", "error"),
        ("e", "error"),
        ("f", "error"),
        ("g", "answered"),
    ]
    assert "not valid JSON" in rows[1]["error"]["message"]
    assert "'reply' or 'response'" in rows[2]["error"]["message"]
    assert rows[3]["error"]["message"].endswith('found {"one": "x", "two": "y"}')
    assert {row["error"]["code"] for row in rows if row["status"] == "error"} == {"invalid_input"}
    assert [row.get("line") for row in rows] == [None, 2, 4, 5, 6, 7, None]
    assert "out of memory" in rows[4]["error"]["message"]
    assert all(row["answer"] is None for row in rows if row["status"] == "error")
    assert "7 replies: 2 answered, 0 unparsed, 0 truncated, 0 refused, 5 bad" in result.stderr
    assert result.stderr.startswith("line 2: the line is not valid JSON")
    assert "line 4 (id c): no text in field" in result.stderr


def test_a_line_number_is_never_taken_for_an_id():
    stdin = '{"id": 3, "reply": "A"}\n{"reply": "B"}\nbroken\n'
    rows = lines(read("--input", "-", "--output", "-", stdin=stdin).stdout)
    assert [(row["id"], row.get("line"), row["answer"]) for row in rows] == [
        (3, None, ["A"]),
        (None, 2, ["B"]),
        (None, 3, None),
    ]


def test_an_array_on_standard_input():
    rows = [{"id": "a", "reply": "A"}, 5]
    result = read("--input", "-", "--output", "-", stdin=json.dumps(rows, indent=1))
    assert [row["answer"] for row in lines(result.stdout)] == [["A"], None]
    assert result.stderr.startswith("element 2: ")


@pytest.mark.parametrize("empty", ["", "\n\n"])
def test_an_empty_input_is_mentioned(tmp_path: Path, empty: str):
    (tmp_path / "replies.jsonl").write_text(empty)
    result = read("--input", tmp_path / "replies.jsonl", "--output", tmp_path / "out.jsonl")
    assert result.exit_code == 0
    assert "replies.jsonl holds no rows: there was nothing to read" in " ".join(result.stderr.split())
    assert (tmp_path / "out.jsonl").read_text() == ""


def test_standard_input_and_output():
    stdin = '{"id": "a", "reply": "答案：Ｃ"}\n\nbroken\n{"custom_id": "b", "reply": "Answer: A, C"}\n'
    result = read("--input", "-", "--output", "-", stdin=stdin)
    assert result.exit_code == 1
    assert [row["answer"] for row in lines(result.stdout)] == [["C"], None, ["A", "C"]]
    assert "3 replies" in result.stderr


def test_output_of_batch_fits_as_it_is(tmp_path: Path):
    source = tmp_path / "predictions.jsonl.gz"
    row = {"id": 1, "question": "?", "options": ["x", "y"], "response": "Answer: B, because", "finish_reason": "length"}
    unfinished = row | {"id": 2, "response": "Let us think: the answer"}
    source.write_bytes(gzip.compress("\n".join(map(json.dumps, (row, unfinished))).encode()))
    result = read("--input", source, "--output", "-")
    assert [(row["answer"], row["status"]) for row in lines(result.stdout)] == [
        (["B"], "answered"),
        (None, "truncated"),
    ]


def test_the_benchmark_says_whether_several_answers_are_allowed():
    stdin = '{"id": "a", "reply": "A、C", "options": {"A": "x", "B": "y", "C": "z"}}\n'
    several = lines(read("--input", "-", "--output", "-", "--benchmark", "cmexam", stdin=stdin).stdout)
    one = lines(read("--input", "-", "--output", "-", "--benchmark", "medmcqa", stdin=stdin).stdout)
    assert several[0]["answer"] == ["A", "C"]
    assert (one[0]["answer"], one[0]["status"], one[0]["rule"]) == (None, "unparsed", "several")
    row_decides = stdin.replace("}}", '}, "multiple": true}')
    assert lines(read("-i", "-", "-o", "-", "--benchmark", "medmcqa", stdin=row_decides).stdout)[0]["answer"] == [
        "A",
        "C",
    ]


def test_nothing_starts_with_a_wrong_name_or_file(tmp_path: Path, replies: Path):
    output = tmp_path / "out.jsonl"
    for arguments in (
        ("--input", tmp_path / "absent.jsonl", "--output", output),
        ("--input", replies, "--output", output, "--benchmark", "no such benchmark"),
        ("--input", replies, "--output", replies),
    ):
        result = read(*arguments)
        assert result.exit_code == 2
        assert "error:" in result.stderr
    assert not output.exists()
    assert len(lines(replies.read_text())) == 4


def test_a_broken_file_leaves_the_old_output(tmp_path: Path):
    source, output = tmp_path / "replies.jsonl.gz", tmp_path / "out.jsonl"
    source.write_bytes(gzip.compress(b'{"id": 1, "reply": "A"}\n' * 5000)[:-20])
    output.write_text("old\n")
    assert read("--input", source, "--output", output).exit_code == 2
    assert output.read_text() == "old\n"
