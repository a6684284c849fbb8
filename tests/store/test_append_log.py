import errno
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medgo.errors import StorageError
from medgo.store import AppendLog, RowFile, encode_row

ROWS = [{"id": i, "text": "血压 120/80 \n" * i} for i in range(4)]
WHOLE = b"".join(map(encode_row, ROWS))


def test_a_torn_last_line_is_cut_at_every_byte(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    for length in range(len(WHOLE) + 1):
        path.write_bytes(WHOLE[:length])
        kept = WHOLE[:length].rfind(b"\n") + 1
        with AppendLog(path) as log:
            assert log.torn_bytes == length - kept
            log.append({"next": True})
        assert path.read_bytes() == WHOLE[:kept] + encode_row({"next": True})


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.text(max_size=30), max_size=6), torn=st.integers(0, 200_000), data=st.data())
def test_recovery_keeps_exactly_the_whole_rows(tmp_path: Path, rows: list[str], torn: int, data: st.DataObject) -> None:
    # The torn piece may be longer than the blocks in which the end is searched.
    whole = b"".join(encode_row({"t": text}) for text in rows)
    junk = data.draw(st.sampled_from([b"\0", b"x", b"\xe4"])) * torn
    path = tmp_path / "log.jsonl"
    path.write_bytes(whole + junk)
    AppendLog(path).close()
    assert path.read_bytes() == whole
    assert [row.value for row in RowFile(path)] == [{"t": text} for text in rows]


def test_each_row_is_in_the_file_when_append_returns(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "log.jsonl"
    log = AppendLog(path)
    for n, row in enumerate(ROWS, 1):
        log.append(row)
        assert path.read_bytes() == b"".join(map(encode_row, ROWS[:n]))
    log.close()
    log.close()


def test_the_disk_is_told_by_rows_and_by_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now, synced = [0.0], []
    monkeypatch.setattr(os, "fsync", lambda fd: synced.append(now[0]))
    log = AppendLog(tmp_path / "log.jsonl", fsync_rows=3, fsync_seconds=10.0, clock=lambda: now[0])
    synced.clear()
    for now[0] in (1.0, 2.0, 3.0, 4.0, 14.0, 15.0):
        log.append({})
    assert synced == [3.0, 14.0]
    log.close()
    assert synced == [3.0, 14.0, 15.0]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small file system can only be mounted by root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_leaves_whole_rows_and_room_heals_it(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 20_000)
    path = small_disk / "log.jsonl"
    row = {"t": "y" * 1000}
    log = AppendLog(path)
    with pytest.raises(StorageError, match="No space left") as caught:
        for _ in range(1000):
            log.append(row)
    assert f"the {log.appended} rows" in str(caught.value) and "run the same command again" in str(caught.value)
    assert path.read_bytes() == encode_row(row) * log.appended
    ballast.unlink()
    log.append({"t": "after"})
    log.close()
    assert path.read_bytes() == encode_row(row) * (log.appended - 1) + encode_row({"t": "after"})


def test_a_file_size_limit_tears_no_row(tmp_path: Path) -> None:
    """The same without root: the kernel takes the first part of a row and refuses the rest."""
    program = f"""
import resource, signal
from medgo.errors import StorageError
from medgo.store import AppendLog
from pathlib import Path
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2500, {resource.getrlimit(resource.RLIMIT_FSIZE)[1]}))
log = AppendLog(Path({str(tmp_path / "log.jsonl")!r}))
try:
    while True:
        log.append({{"t": "y" * 1000}})
except StorageError as error:
    assert log.appended == 2, log.appended
    raise SystemExit(0)
"""
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
    assert (tmp_path / "log.jsonl").read_bytes() == encode_row({"t": "y" * 1000}) * 2


def test_a_failed_fsync_is_no_success(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = AppendLog(tmp_path / "log.jsonl", fsync_rows=1)

    def broken(fd: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(StorageError, match="Input/output error"):
        log.append({})
    with pytest.raises(StorageError):
        log.close()


def test_a_folder_that_cannot_be_written() -> None:
    with pytest.raises(StorageError, match="cannot be opened"):
        AppendLog(Path("/dev/null/log.jsonl"))
