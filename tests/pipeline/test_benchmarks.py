"""Benchmark items are indexed once for the same files, and never to tell a state."""

from __future__ import annotations

from pathlib import Path

import pytest

from medgo.errors import RunFolderError
from medgo.pipeline.benchmarks import benchmark_mark


def test_the_same_files_are_indexed_once(tmp_path: Path) -> None:
    data, cache, calls = tmp_path / "data", tmp_path / "cache", []
    data.mkdir()
    (data / "a.jsonl").write_text("{}")

    def index() -> str:
        calls.append(1)
        return f"mark {len(calls)}"

    def mark(*, may_index: bool = True) -> str:
        return benchmark_mark([str(data)], cache, index, may_index=may_index)

    assert mark(may_index=False).startswith("not indexed yet")
    assert not calls
    assert [mark(), mark(), mark(may_index=False)] == ["mark 1"] * 3
    (data / "b.jsonl").write_text("{}")
    assert mark(may_index=False).startswith("not indexed yet"), "another file, another mark"
    assert mark() == "mark 2"
    (data / "b.jsonl").unlink()
    assert mark() == "mark 1"
    (cache / "marks.json").write_text("{")
    with pytest.raises(RunFolderError, match=r"marks\.json"):
        mark()
