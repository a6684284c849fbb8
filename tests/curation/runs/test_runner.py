"""The same bytes whatever the shards, processes, kills and executors; nothing is lost, and every removal is named."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgo.curation.protocol import Place, Removal
from medgo.curation.runs.runner import CurationPlan, CurationReport, ShardsFailedError, run_curation
from medgo.curation.runs.shards import BadLine, documents_of, plan_shards
from medgo.execution import LocalExecutor, open_executor
from medgo.schema import Document, SourceRef
from medgo.store import encode_row


@dataclass(frozen=True)
class Upper:
    """Changes texts, removes what is forbidden, and kills its process where a mark is missing."""

    name: ClassVar[str] = "upper"
    version: ClassVar[str] = "1"
    mark: Path | None = None

    @property
    def fingerprint(self) -> str:
        return "upper 1"

    def apply(self, document: Document) -> Document | Removal:
        if "die" in document.text and self.mark is not None and not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if "forbidden" in document.text:
            return Removal(self.name, "forbidden", document.text[:20])
        return replace(document, text=document.text.upper()) if not document.text.isupper() else document


@dataclass(frozen=True)
class Same:
    """Removes later copies of a text."""

    name: ClassVar[str] = "same"
    version: ClassVar[str] = "1"

    @property
    def fingerprint(self) -> str:
        return "same 1"

    def sign(self, document: Document) -> bytes:
        return sha256(document.text.encode()).digest()

    def decide(self, signed: Iterable[tuple[Place, str, bytes]]) -> Iterator[tuple[Place, Removal]]:
        seen: dict[bytes, str] = {}
        for place, name, signature in signed:
            if signature in seen:
                yield place, Removal(self.name, "copy", seen[signature])
            seen.setdefault(signature, name)


class Quiet:
    def begin(self, what: str, total: int) -> None: ...

    def advance(self) -> None: ...


def document(number: int) -> Document:
    texts = {0: "forbidden thing", 1: "the same text", 2: "let it die", 3: "头痛三天。"}
    ref = SourceRef(f"d{number}", "made", "CC0-1.0", "2026")
    return Document(ref, "en", texts.get(number % 7, f"text {number}"))


def plan_of(folder: Path, output: str = "out", *, mark: Path | None = None, shard_bytes: int = 1024) -> CurationPlan:
    return CurationPlan("made", folder / output, (folder / "in",), (Upper(mark),), (Same(),), shard_bytes)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    for file in range(3):
        rows = b"".join(encode_row(document(number).to_dict()) for number in range(file * 40, file * 40 + 40))
        (tmp_path / "in" / f"{file}.jsonl").write_bytes(rows + (b"not json\n" if file == 1 else b""))
    (tmp_path / "in" / "0.withdrawn.jsonl").write_text("{}\n")
    return tmp_path


def texts(output: Path) -> bytes:
    return b"".join(
        file.read_bytes() for kind in ("documents", "removed") for file in sorted((output / kind).iterdir())
    )


def run(plan: CurationPlan, workers: int = 1) -> CurationReport:
    return run_curation(plan, LocalExecutor(workers), Quiet())


def test_every_document_is_kept_or_named(folder: Path) -> None:
    report = run(plan_of(folder))
    kept = [json.loads(line) for file in sorted((folder / "out/documents").iterdir()) for line in file.open()]
    gone = [json.loads(line) for file in sorted((folder / "out/removed").iterdir()) for line in file.open()]
    assert len(kept) == report.after.documents
    assert {row["id"] for row in kept} | {row["id"] for row in gone if row["step"] != "input"} == {
        f"d{number}" for number in range(120)
    }
    assert len(kept) + len(gone) == 121
    assert report.removed["upper · forbidden"] == 18
    assert report.removed["input · unreadable line"] == 1
    assert report.removed["same · copy"] == 3 * 17 - 3
    assert report.before.documents == 120
    assert next(row for row in gone if row["step"] == "same")["evidence"] in {"d1", "d2", "d3"}
    assert all(row["text"].isupper() or row["text"] == "头痛三天。" for row in kept)


def test_processes_and_shards_do_not_show_in_the_bytes(folder: Path) -> None:
    run(plan_of(folder, "one"))
    run(plan_of(folder, "two"), workers=2)
    run(plan_of(folder, "whole", shard_bytes=1 << 20))
    assert texts(folder / "one") == texts(folder / "two")
    everything = [
        b"".join(f.read_bytes() for f in sorted((folder / o / "documents").iterdir())) for o in ("one", "whole")
    ]
    assert everything[0] == everything[1]


def test_a_killed_worker_costs_nothing(folder: Path) -> None:
    run(plan_of(folder, "calm"))
    run(plan_of(folder, "killed", mark=folder / "mark"), workers=2)
    assert (folder / "mark").exists()
    assert texts(folder / "calm") == texts(folder / "killed")


@pytest.mark.skipif(find_spec("ray") is None, reason="pip install 'medgo[ray]'")
def test_ray_writes_the_same_bytes(folder: Path) -> None:
    run(plan_of(folder, "local"))
    run_curation(plan_of(folder, "ray"), open_executor("ray", workers=2), Quiet())
    assert texts(folder / "local") == texts(folder / "ray")


def test_what_is_done_is_not_done_again(folder: Path) -> None:
    run(plan_of(folder))
    marks = {file: file.stat().st_mtime_ns for file in (folder / "out").rglob("*.jsonl")}
    run(plan_of(folder))
    assert marks == {file: file.stat().st_mtime_ns for file in (folder / "out").rglob("*.jsonl")}
    changed = folder / "in" / "2.jsonl"
    changed.write_bytes(changed.read_bytes() + encode_row(document(200).to_dict()))
    assert run(plan_of(folder)).before.documents == 121


def test_a_shard_that_fails_stops_no_other(folder: Path) -> None:
    (folder / "in" / "3.jsonl.gz").write_bytes(b"\x1f\x8b no gzip")
    with pytest.raises(ShardsFailedError, match=r"3\.jsonl\.gz"):
        run(plan_of(folder))
    assert len(list((folder / "out/.work/clean").glob("*.json"))) >= 12
    (folder / "in" / "3.jsonl.gz").unlink()
    assert run(plan_of(folder)).before.documents == 120


@settings(max_examples=60, deadline=None)
@given(lines=st.lists(st.text(max_size=30), max_size=20), size=st.integers(1, 200), newline=st.booleans())
def test_shards_hold_every_line_once(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], size: int, newline: bool
) -> None:
    path = tmp_path_factory.mktemp("cut") / "a.jsonl"
    rows = b"".join(
        encode_row(Document(SourceRef(str(n), "s", "l"), "zh", text).to_dict()) for n, text in enumerate(lines)
    )
    path.write_bytes(rows if newline else rows.rstrip(b"\n"))
    found = [one for shard in plan_shards([path], size) for one in documents_of(shard)]
    assert not any(isinstance(one, BadLine) for one in found)
    assert [(one.ref.id, one.text) for one in found if isinstance(one, Document)] == [
        (str(n), text) for n, text in enumerate(lines)
    ]
