"""A disk that is full: a run ends with its reason, and the same command goes on from what was finished."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

PAGE = "<html><body><article><h1>{0}</h1><p>{1}</p></article></body></html>"


def run(folder: Path, most: int | None) -> subprocess.CompletedProcess[str]:
    """``medgo corpus read`` with files of at most so many bytes: writing more fails as on a full disk."""

    def limit() -> None:
        if most is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    command = [str(Path(sys.executable).parent / "medgo"), "corpus", "read", "in", "out.jsonl"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, preexec_fn=limit)


def test_what_was_finished_stays(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name, times in (("a", 4), ("b", 400)):
        text = "Heart failure is a syndrome of breathlessness and swelling. " * times
        (tmp_path / "in" / f"{name}.html").write_text(PAGE.format(name, text), "utf-8")
    failed = run(tmp_path, 8_000)
    assert failed.returncode == 4, failed.stderr
    assert "cannot be written" in failed.stderr
    assert not (tmp_path / "out.jsonl").exists()
    marker = tmp_path / "out.jsonl.parts" / "000000.report.json"
    before = marker.stat().st_mtime_ns
    assert run(tmp_path, 8_000).returncode == 4
    assert marker.stat().st_mtime_ns == before  # was not read again
    # What a power cut leaves of a part that was not synced.
    (marker.parent / "000000.items.jsonl").write_bytes(b"")
    done = run(tmp_path, None)
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "out.jsonl").read_text("utf-8").splitlines()) == 2
    assert not marker.parent.exists()
