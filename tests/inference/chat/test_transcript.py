"""Transcripts: what is written is read again, and damage is found and named."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from medgo.errors import InputError, StorageError
from medgo.inference.chat import ChatSettings, TranscriptLog, Turn, load_transcript, save_transcript
from medgo.inference.chat.transcript import Row, header_row, message_rows
from medgo.inference.protocol import EngineInfo, Thinking
from medgo.schema import Message

INFO = EngineInfo("scripted", "a model", "float32", "cpu", 100, True, weights="w")
HEADER = header_row(INFO, ChatSettings(thinking=Thinking(True, 9)), started="2026-01-02T03:04:05+00:00")
SYSTEM = (Message("system", "be brief"),)
TURNS = [
    Turn(Message("user", "咳嗽\n三天 \u2028 “é” 🩺"), Message("assistant", "多喝水", "想一想")),
    Turn(Message("user", "and?"), Message("assistant", "It"), interrupted=True),
]


def _write(path: Path, *rows: Row | str | bytes) -> Path:
    encoded = (r if isinstance(r, bytes) else (r if isinstance(r, str) else json.dumps(r)).encode() for r in rows)
    path.write_bytes(b"".join(row + b"\n" for row in encoded))
    return path


def _user(text: str) -> Row:
    return {"role": "user", "content": text}


def _assistant(text: str) -> Row:
    return {"role": "assistant", "content": text}


def test_what_is_saved_is_loaded_again(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    save_transcript(path, [HEADER, *message_rows(SYSTEM, TURNS, "left open")])
    found = load_transcript(path)
    assert (found.system, found.turns, found.unanswered) == ("be brief", TURNS, "left open")
    assert found.header == HEADER
    assert {HEADER[k] for k in ("model", "engine", "dtype", "weights")} == {"a model", "scripted", "float32", "w"}
    assert HEADER["settings"]["thinking"] == "9" and HEADER["settings"]["max_new_tokens"] == 1033


def test_only_the_owner_can_read_a_transcript(tmp_path: Path) -> None:
    save_transcript(tmp_path / "saved", [HEADER])
    TranscriptLog(tmp_path / "kept").close()
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("saved", "kept")} == {0o600}


def test_a_log_reads_as_what_was_last_true(tmp_path: Path) -> None:
    rows = [
        HEADER,
        _user("forgotten by a reset"),
        HEADER,
        {"role": "system", "content": "old"},
        _user("never answered"),
        _user("one"),
        _assistant("first try"),
        _assistant("second try"),
        HEADER | {"continues": True},
        {"role": "system", "content": "new"},
        _user("two"),
    ]
    found = load_transcript(_write(tmp_path / "log", *rows))
    assert found.turns == [Turn(Message("user", "one"), Message("assistant", "second try"))]
    assert (found.system, found.unanswered) == ("new", "two")


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (b"{not json", "not a JSON object"),
        (b'"text"', "not a JSON object"),
        (b'{"role":"user","content":"\xff\xfe"}', "not a JSON object in UTF-8"),
        (b'{"role":"doctor","content":"x"}', "role"),
        (b'{"role":"user"}', "content"),
        (b'{"role":"assistant","content":"x","reasoning_content":1}', "reasoning_content"),
        (b'{"medgo_transcript":2}', "version 1, found 2"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, bad: bytes, why: str) -> None:
    path = _write(tmp_path / "t", HEADER, b"", _user("one"), bad, _assistant("x"))
    with pytest.raises(InputError, match=r"line 4 of .*") as caught:
        load_transcript(path)
    assert why in caught.value.message


def test_an_answer_needs_a_question(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"line 2 .* without a question"):
        load_transcript(_write(tmp_path / "t", HEADER, _assistant("x")))


def test_other_files_are_refused(tmp_path: Path) -> None:
    for content in (b'{"role":"user","content":"x"}\n', b"notes without an end of line"):
        (tmp_path / "t").write_bytes(content)
        with pytest.raises(InputError, match="line 1"):
            load_transcript(tmp_path / "t")
    (tmp_path / "t").write_bytes(b"\n")
    with pytest.raises(InputError, match="empty"):
        load_transcript(tmp_path / "t")
    with pytest.raises(InputError, match="No such file"):
        load_transcript(tmp_path / "absent")


@pytest.mark.parametrize("cut", [1, 5, 20, 40])
def test_a_torn_last_line_is_left_out_and_mended(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "t"
    save_transcript(path, [HEADER, *message_rows((), TURNS[:1])])
    whole = path.read_bytes()
    path.write_bytes(whole + json.dumps(_user("一二三四五六"), ensure_ascii=False).encode()[:cut])
    assert load_transcript(path).turns == TURNS[:1]
    log = TranscriptLog(path)
    log.append([_user("next")])
    log.close()
    assert path.read_bytes() == whole + json.dumps(_user("next")).encode() + b"\n"


def test_a_whole_last_line_without_its_end_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "t"
    path.write_bytes(_write(path, HEADER, _user("one")).read_bytes()[:-1])
    log = TranscriptLog(path)
    log.append([_assistant("two")])
    log.close()
    assert load_transcript(path).turns == [Turn(Message("user", "one"), Message("assistant", "two"))]


def test_saving_to_an_impossible_place_says_so_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="could not be written"):
        save_transcript(tmp_path / "no folder" / "t", [HEADER])
    (tmp_path / "folder").mkdir()
    with pytest.raises(StorageError):
        save_transcript(tmp_path / "folder", [HEADER])
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_a_full_disk_is_a_storage_error() -> None:
    log = TranscriptLog(Path("/dev/full"))
    with pytest.raises(StorageError, match="No space left"):
        log.append([HEADER])
    log.close()


_WRITER = """
import sys
from pathlib import Path
from medgo.inference.chat import TranscriptLog
log = TranscriptLog(Path(sys.argv[1]))
log.append([{"medgo_transcript": 1}])
for n in range(10**6):
    log.append([{"role": "user", "content": f"{n} 问" * 50}, {"role": "assistant", "content": str(n)}])
    print(n, flush=True)
"""


def test_kill_9_loses_no_turn_that_was_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "t"
    process = subprocess.Popen([sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    rest = process.stdout.read().split()
    process.wait()
    turns = load_transcript(path).turns
    assert [turn.answer.content for turn in turns] == [str(n) for n in range(len(turns))]
    assert len(turns) > int((rest or ["0"])[-1])
