"""kill -9 at any moment: no line lost or torn, no finished row computed twice, the same bytes in the end."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from medgo.store import encode_row
from tests.support.tiny_models import small_qwen3

ROOT = Path(__file__).parents[3]
ROWS = 1500  # several times what a run reaches before it is killed


def start(*arguments: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.support.toy_engine", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def finish(child: subprocess.Popen[bytes]) -> tuple[int, str]:
    try:
        _, errors = child.communicate(timeout=240)
    finally:
        child.kill()
    return child.returncode, errors.decode()


def whole_rows(output: Path) -> list[dict[str, object]]:
    """What counts as finished: whole lines. A torn one must be the last."""
    if not output.exists():
        return []
    return [json.loads(line) for line in output.read_bytes().split(b"\n")[:-1]]


def wait_for_rows(output: Path, n: int) -> None:
    deadline = time.monotonic() + 120
    while len(whole_rows(output)) < n:
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    rows = [encode_row({"id": f"q{i}", "prompt": f"第 {i} 个问题 " * (1 + i % 50)}) for i in range(ROWS)]
    rows[17] = b"{bad line\n"
    path.write_bytes(b"".join(rows))
    return path


@pytest.mark.slow
def test_twenty_kills_change_nothing(tmp_path: Path, questions: Path) -> None:
    undisturbed, output, log = tmp_path / "undisturbed.jsonl", tmp_path / "out.jsonl", tmp_path / "computed"
    assert finish(start(questions, undisturbed, "--ordered"))[0] == 1  # one bad line

    rng, kills = random.Random(20), 0
    while kills < 20:
        finished = {str(row["id"]) for row in whole_rows(output)}
        log.write_text("")
        child = start(questions, output, "--ordered", "--delay", 0.02, "--computed", log)
        wait_for_rows(output, len(finished) + rng.randrange(0, 12))
        time.sleep(rng.random() * 0.1)
        child.send_signal(signal.SIGKILL)
        finish(child)
        kills += 1
        computed = log.read_text().split()
        assert finished.isdisjoint(computed)
        assert finished <= {str(row["id"]) for row in whole_rows(output)}

    log.write_text("")
    finished = {str(row["id"]) for row in whole_rows(output)}
    assert 20 < len(finished) < ROWS
    assert finish(start(questions, output, "--ordered", "--computed", log))[0] == 1
    assert finished.isdisjoint(log.read_text().split())
    assert output.read_bytes() == undisturbed.read_bytes()


def real_run(questions: Path, output: Path, *arguments: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "scripts/inference.py", "--model_path", str(small_qwen3())]
    command += ["--input_file", str(questions), "--output_file", str(output), "--engine", "transformers"]
    command += ["--dtype", "float32", "--temperature", "0.9", "--top_p", "0.95", "--seed", "11", "--ordered"]
    command += ["--max_new_tokens", "48", *map(str, arguments)]
    # A second thread makes nothing of this size faster, and much slower where other work has the cores.
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_twenty_kills_with_a_real_model_and_sampling(tmp_path: Path) -> None:
    """float32 numbers do not depend on the batch: a run that was killed 20 times, at other batch sizes, is the same."""
    questions, undisturbed, output = (tmp_path / name for name in ("in.jsonl", "undisturbed.jsonl", "out.jsonl"))
    questions.write_bytes(b"".join(encode_row({"prompt": f"Question {i}: " + "发热? " * (i % 30)}) for i in range(600)))
    returned, errors = finish(real_run(questions, undisturbed))
    assert returned == 0, errors

    rng, finished = random.Random(4), 0
    for _ in range(20):
        child = real_run(questions, output, "--batch_size", rng.choice([1, 3, 8, 64]))
        wait_for_rows(output, finished + rng.randrange(0, 6))
        time.sleep(rng.random() * 0.1)
        child.send_signal(signal.SIGKILL)
        finish(child)
        assert finished <= len(whole_rows(output))
        finished = len(whole_rows(output))
    assert 0 < finished < 600
    returned, errors = finish(real_run(questions, output))
    assert returned == 0, errors
    assert output.read_bytes() == undisturbed.read_bytes()


@pytest.mark.slow
def test_a_kill_while_the_output_is_put_in_order(tmp_path: Path, questions: Path) -> None:
    """Stop the process inside the rewrite by making its temporary file a pipe that nobody reads."""
    undisturbed, output = tmp_path / "undisturbed.jsonl", tmp_path / "out.jsonl"
    finish(start(questions, undisturbed, "--ordered"))
    os.mkfifo(tmp_path / "out.jsonl.ordering")
    child = start(questions, output, "--ordered")
    wait_for_rows(output, ROWS)
    time.sleep(0.5)
    assert child.poll() is None
    child.send_signal(signal.SIGKILL)
    finish(child)
    os.unlink(tmp_path / "out.jsonl.ordering")
    assert output.read_bytes() != undisturbed.read_bytes()
    (tmp_path / "out.jsonl.ordering").write_text("left over from the kill")
    assert finish(start(questions, output, "--ordered", "--never"))[0] == 1
    assert output.read_bytes() == undisturbed.read_bytes()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_drains(tmp_path: Path, questions: Path, number: signal.Signals, code: int) -> None:
    output, log = tmp_path / "out.jsonl", tmp_path / "computed"
    child = start(questions, output, "--delay", 0.05, "--computed", log)
    wait_for_rows(output, 10)
    child.send_signal(number)
    returned, errors = finish(child)
    assert returned == code, errors
    rows = whole_rows(output)
    assert {row["id"] for row in rows if row["error"] is None} == set(log.read_text().split())
    assert 10 <= len(rows) < ROWS and output.read_bytes().endswith(b"\n")
    assert "Stopping after the rows" in errors and "the same command continues" in errors
    assert sorted(os.listdir(tmp_path)) == [
        "computed",
        "in.jsonl",
        "out.jsonl",
        "out.jsonl.run.json",
        "out.jsonl.timings.jsonl",
    ]


def test_a_second_signal_stops_at_once(tmp_path: Path, questions: Path) -> None:
    output, log = tmp_path / "out.jsonl", tmp_path / "computed"
    child = start(questions, output, "--delay", 20.0, "--computed", log)
    wait_for_rows(output, 1)  # the bad line comes first
    while not log.exists():
        time.sleep(0.01)
    child.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert child.poll() is None
    child.send_signal(signal.SIGINT)
    started = time.monotonic()
    assert finish(child)[0] == -signal.SIGINT
    assert time.monotonic() - started < 5
    assert len(whole_rows(output)) == 1
