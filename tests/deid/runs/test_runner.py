"""Runs: nothing passes unread, and a killed run ends as if it had never been."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from medgo.deid.runs import run_deid, run_folder
from medgo.errors import InputError, ResumeMismatchError
from tests.deid.runs.fakes import FATAL, WRONG, config_of, open_fakes

TEXT = "Ysolde was seen; 电话13900001111。"
SAFE = "<name> was seen; 电话<name>。"


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    path.write_text("".join(json.dumps({"id": f"r{n}", "text": f"{n} {TEXT}"}) + "\n" for n in range(300)))
    return path


def test_every_record_is_written_in_order(source: Path, tmp_path: Path) -> None:
    report = run_deid(config_of(source, tmp_path / "out.jsonl"), open_run_tools=open_fakes)
    assert [row["text"] for row in rows(tmp_path / "out.jsonl")] == [f"{n} {SAFE}" for n in range(300)]
    assert report.totals.records == 300
    assert report.totals.labels == {"name": 600}
    assert report.finished


def test_workers_write_the_same_bytes(source: Path, tmp_path: Path) -> None:
    run_deid(config_of(source, tmp_path / "one.jsonl"), open_run_tools=open_fakes)
    run_deid(config_of(source, tmp_path / "two.jsonl"), workers=2, open_run_tools=open_fakes)
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()


def test_what_fails_is_held_back_and_named_and_never_quoted(tmp_path: Path) -> None:
    source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    lines = [
        json.dumps({"id": "good", "text": TEXT}),
        json.dumps({"id": "wrong", "text": f"{WRONG} Ysolde"}),
        '{"id": "torn", "text": "Ysolde',
        '{"id": "twice", "text": "Ysolde", "text": "x"}',
        '{"id": "half", "text": "\\ud83d Ysolde"}',
    ]
    source.write_bytes("\n".join(lines).encode() + b'\n{"id": "bytes", "text": "Ysolde \xff\xfe"}\n')
    report = run_deid(config_of(source, output), open_run_tools=open_fakes)
    assert [row["id"] for row in rows(output)] == ["good"]
    held = rows(run_folder(output) / "held_back.jsonl")
    assert [(row["number"], row["reason"]) for row in held] == [
        (2, "detector_failed"), (3, "malformed"), (4, "malformed"), (5, "malformed"), (6, "undecodable"),
    ]  # fmt: skip
    assert held[0]["id"] == "wrong"
    assert report.totals.held_back.total() == 5
    for file in (output, *run_folder(output).iterdir()):
        assert b"Ysolde" not in file.read_bytes(), file


def test_a_record_that_kills_its_process_is_held_back_and_others_are_done(tmp_path: Path) -> None:
    source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    texts = [TEXT] * 70 + [FATAL] + [TEXT] * 70
    source.write_text("".join(json.dumps({"id": str(n), "text": text}) + "\n" for n, text in enumerate(texts)))
    report = run_deid(config_of(source, output), workers=2, open_run_tools=open_fakes)
    assert report.totals.held_back == {"crashed": 1}
    assert [row["id"] for row in rows(output)] == [str(n) for n in range(141) if n != 70]


def test_log_and_audit_hold_no_id(source: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    run_deid(config_of(source, output), open_run_tools=open_fakes)
    for name in ("log.jsonl", "audit.json"):
        text = (run_folder(output) / name).read_text()
        assert "r17" not in text
        assert "Ysolde" not in text
    audit = json.loads((run_folder(output) / "audit.json").read_text())
    assert audit["records"] == 300
    assert audit["encodings"] == {"utf-8": 300}
    assert audit["detectors"] == {"secrets": "1"}
    assert len(audit["policy"]["sha256"]) == len(audit["output_sha256"]) == 64
    assert json.loads((run_folder(output) / "checkpoint.json").read_text())["salt"] == ""


def test_a_finished_run_is_not_done_again(source: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    run_deid(config_of(source, output), open_run_tools=open_fakes)
    before = output.stat().st_mtime_ns
    assert run_deid(config_of(source, output), open_run_tools=open_fakes).again
    assert output.stat().st_mtime_ns == before


@pytest.mark.parametrize("after", [0, 1, 3])
def test_a_stopped_run_goes_on_to_the_same_bytes(source: Path, tmp_path: Path, after: int) -> None:
    whole, output = tmp_path / "whole.jsonl", tmp_path / "out.jsonl"
    run_deid(config_of(source, whole), open_run_tools=open_fakes)
    asked = iter(range(100))
    first = run_deid(config_of(source, output), open_run_tools=open_fakes, should_stop=lambda: next(asked) >= after)
    assert not first.finished
    assert 0 < first.totals.records < 300
    with output.open("ab") as file:  # what a process wrote after its last checkpoint
        file.write(b'{"id": "r299", "text": "half a ro')
    second = run_deid(config_of(source, output), open_run_tools=open_fakes)
    assert second.finished
    assert output.read_bytes() == whole.read_bytes()
    assert second.totals.records == 300
    assert len(rows(run_folder(output) / "pieces.jsonl")) == 300


def test_a_killed_run_goes_on_to_the_same_bytes(source: Path, tmp_path: Path) -> None:
    output, whole = tmp_path / "out.jsonl", tmp_path / "whole.jsonl"
    script = textwrap.dedent(f"""
        import time
        from pathlib import Path
        from medgo.deid.runs import run_deid, runner, working
        from tests.deid.runs.fakes import config_of, open_fakes
        working._BATCH_UNITS, runner._SECONDS_BETWEEN_CHECKPOINTS = 4, 0.0
        def slow(job, tools):
            time.sleep(0.005)
            return working.clean_unit(job, tools)
        run_deid(config_of(Path({str(source)!r}), Path({str(output)!r})), open_run_tools=open_fakes, work=slow)
    """)
    process = subprocess.Popen([sys.executable, "-c", script], cwd=Path(__file__).parents[3])
    deadline = time.monotonic() + 30
    while not (output.exists() and output.stat().st_size > 3000) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert 0 < len(output.read_bytes().splitlines()) < 300
    report = run_deid(config_of(source, output), open_run_tools=open_fakes)
    run_deid(config_of(source, whole), open_run_tools=open_fakes)
    assert output.read_bytes() == whole.read_bytes()
    assert report.totals.records == 300
    assert report.totals.starts == 2


def test_a_changed_input_or_run_is_refused(source: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    run_deid(config_of(source, output), open_run_tools=open_fakes, should_stop=lambda: True)
    with pytest.raises(ResumeMismatchError, match="another lang"):
        run_deid(config_of(source, output, lang="zh"), open_run_tools=open_fakes)
    with pytest.raises(ResumeMismatchError, match="another policy"):
        run_deid(config_of(source, output, policy="strict"), open_run_tools=open_fakes)
    source.write_text(source.read_text().replace("r7", "r8"))
    with pytest.raises(ResumeMismatchError, match="another input"):
        run_deid(config_of(source, output), open_run_tools=open_fakes)


def test_a_file_of_no_run_is_not_overwritten(source: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    output.write_text("mine")
    with pytest.raises(ResumeMismatchError, match="exists"):
        run_deid(config_of(source, output), open_run_tools=open_fakes)
    assert output.read_text() == "mine"


def test_an_output_in_the_input_is_refused(source: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="outside"):
        run_deid(config_of(tmp_path, tmp_path / "out"), open_run_tools=open_fakes)


def test_surrogates_need_a_key(source: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="key"):
        run_deid(config_of(source, tmp_path / "out.jsonl", mode="surrogate"), open_run_tools=open_fakes)
    assert not (tmp_path / "out.jsonl").exists()


def test_ids_that_join_records_stay_joined_and_apart(tmp_path: Path) -> None:
    source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(
        "".join(json.dumps({"id": str(n), "patient_id": f"P{n % 50}", "text": "ok"}) + "\n" for n in range(100))
    )
    run_deid(config_of(source, output), open_run_tools=open_fakes)
    ids = [row["patient_id"] for row in rows(output)]
    assert ids[:50] == ids[50:]
    assert len(set(ids)) == 50
    assert not {f"P{n}" for n in range(50)} & set(map(str, ids))


def test_a_folder_of_texts(tmp_path: Path) -> None:
    source, output = tmp_path / "in", tmp_path / "out"
    (source / "sub").mkdir(parents=True)
    (source / "note_1.txt").write_text(TEXT, encoding="utf-8")
    (source / "sub" / "申屠寒江_出院小结.txt").write_bytes(
        ("申屠寒江，男，" + "患者一般情况可。" * 3).encode("gb18030")
    )
    (source / "latin.txt").write_bytes("Ysolde est all\xe9e".encode("latin-1"))
    (source / "scan.pdf").write_bytes(b"%PDF-1.7\x00Ysolde")
    report = run_deid(config_of(source, output), open_run_tools=open_fakes)
    written = {str(path.relative_to(output)): path.read_bytes() for path in output.rglob("*") if path.is_file()}
    assert written == {
        "note_1.txt": SAFE.encode(),
        "000004.txt": ("<name>，男，" + "患者一般情况可。" * 3).encode("gb18030"),
    }
    assert report.totals.held_back == {"undecodable": 1, "unknown_format": 1}
    names = rows(run_folder(output) / "names.jsonl")
    assert {"input": "sub/申屠寒江_出院小结.txt", "output": "000004.txt"} in names


def test_a_stopped_folder_goes_on(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    for number in range(6):
        (source / f"notes_{number}.jsonl").write_text((json.dumps({"text": TEXT}) + "\n") * 50)
    whole, output = tmp_path / "whole", tmp_path / "out"
    run_deid(config_of(source, whole), open_run_tools=open_fakes)
    asked = iter(range(100))
    run_deid(config_of(source, output), open_run_tools=open_fakes, should_stop=lambda: next(asked) >= 1)
    run_deid(config_of(source, output), open_run_tools=open_fakes)
    assert {p.name: p.read_bytes() for p in whole.iterdir()} == {p.name: p.read_bytes() for p in output.iterdir()}
    assert len(list(output.iterdir())) == 6


def test_an_empty_file_gives_an_empty_file(tmp_path: Path) -> None:
    source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.touch()
    assert run_deid(config_of(source, output), open_run_tools=open_fakes).finished
    assert output.read_bytes() == b""


def test_an_empty_text_and_a_text_of_a_megabyte(tmp_path: Path) -> None:
    source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(
        json.dumps({"id": "0", "text": ""}) + "\n" + json.dumps({"id": "1", "text": TEXT * 40_000}) + "\n"
    )
    run_deid(config_of(source, output), open_run_tools=open_fakes)
    assert [row["text"] for row in rows(output)] == ["", SAFE * 40_000]
