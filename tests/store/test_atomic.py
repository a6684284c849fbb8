import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from medgo.errors import StorageError
from medgo.store import replacing, sole_writer


def test_the_old_version_stands_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    with replacing(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["a"]


def test_a_failure_leaves_the_old_version(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), replacing(path) as file:
        file.write(b"half")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a"]
    with pytest.raises(StorageError, match="cannot be written"), replacing(Path("/dev/null/a")):
        pass


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with sole_writer(path), pytest.raises(StorageError, match="another process is writing"), sole_writer(path):
        pass
    with sole_writer(path):
        pass
    assert os.listdir(tmp_path) == []


def test_a_killed_writer_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    program = (
        "import sys, time; from pathlib import Path; from medgo.store import sole_writer\n"
        f"with sole_writer(Path({str(path)!r})): print('held', flush=True); time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None and child.stdout.readline() == "held\n"
    with pytest.raises(StorageError), sole_writer(path):
        pass
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    with sole_writer(path):
        pass
