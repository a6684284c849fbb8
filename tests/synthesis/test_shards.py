import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from medgo.curation.decontamination import GuardedItem, ItemIndex
from medgo.errors import RecipeError, StorageError
from medgo.knowledge import Knowledge
from medgo.synthesis import registry
from medgo.synthesis.keeping import Keeper
from medgo.synthesis.protocol import Source
from medgo.synthesis.recipe import KeepRecipe
from medgo.synthesis.shards import Job, make_shard, read_report
from tests.synthesis.rows import Counting, Lenient, Mislabelled, Pairs


@dataclass
class SmallWorkshop:
    keeper: Keeper = field(default_factory=lambda: Keeper(KeepRecipe(), Lenient()))

    def source(self, job: Job) -> Source:
        return Source(knowledge=cast(Knowledge, None), seed=f"{job.seed}/{job.name}")


@pytest.fixture(autouse=True)
def _generators(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "GENERATORS", (Counting, Pairs, Mislabelled))


def job(**changes: Any) -> Job:
    base = Job("stage1", "counting", "counting", {}, number=0, of=2, rows=20, seed=7, depends="x")
    return replace(base, **changes)


def make(folder: Path, the_job: Job, keeper: Keeper | None = None) -> Any:
    workshop = SmallWorkshop(keeper) if keeper else SmallWorkshop()
    return make_shard(the_job, workshop, folder, lambda _rows: None)


def lines(path: Path) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())


def test_rows_and_evidence_stand_line_by_line(tmp_path: Path) -> None:
    report = make(tmp_path, job())
    rows, proofs = (list(lines(tmp_path / f"stage1/counting/00000{end}")) for end in (".jsonl", ".evidence.jsonl"))
    assert (report.kept, report.tried, len(rows)) == (20, 20, 20)
    assert [row["row_id"] for row in rows] == [proof["row_id"] for proof in proofs]
    assert rows[3]["provenance"]["seed"] == "7/stage1/counting/00000/3"
    assert set(rows[0]) == {
        "prompt", "completion", "chat_template_kwargs", "task", "stage", "lang", "row_id", "provenance",
    }  # fmt: skip


def test_the_same_orders_give_the_same_bytes_and_other_orders_others(tmp_path: Path) -> None:
    for name in ("a", "b"):
        make(tmp_path / name, job())
    file = "stage1/counting/00000.jsonl"
    assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    make(tmp_path / "a", job(number=1))
    make(tmp_path / "c", job(seed=8))
    others = [tmp_path / "a/stage1/counting/00001.jsonl", tmp_path / "c" / file]
    ids = [{row["row_id"] for row in lines(path)} for path in (tmp_path / "a" / file, *others)]
    assert not ids[0] & ids[1]
    assert not ids[0] & ids[2]


def test_a_finished_shard_is_not_made_again_unless_something_it_depends_on_changed(tmp_path: Path) -> None:
    make(tmp_path, job())
    path = tmp_path / "stage1/counting/00000.jsonl"
    path.write_text("marked\n")
    make(tmp_path, job())
    assert path.read_text() == "marked\n"
    make(tmp_path, job(depends="y"))
    assert path.read_text() != "marked\n"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"job": 1}'])
def test_a_damaged_mark_counts_as_not_finished(tmp_path: Path, text: str) -> None:
    make(tmp_path, job())
    done = tmp_path / "stage1/counting/00000.done.json"
    done.write_text(text)
    assert read_report(done) is None
    assert make(tmp_path, job()).kept == 20


def test_every_draft_that_is_not_kept_is_counted_with_its_reason(tmp_path: Path) -> None:
    question = "What is the sum of 411 and 92, please? Give reasons for what you say, step by step."
    items = ItemIndex.build([GuardedItem("q", "1", question)])
    keeper = Keeper(KeepRecipe(), Lenient({"5": "number", "6": "unit"}), items)
    report = make(tmp_path, job(rows=5), keeper)
    assert report.kept == 5
    assert report.tried == 5 + sum(report.refused.values())
    assert report.refused["unsupported number"] > 0
    assert report.given_up == {"thought about it": report.tried}
    assert all("5" not in row["completion"][0]["content"] for row in lines(tmp_path / "stage1/counting/00000.jsonl"))


@pytest.mark.parametrize(
    ("options", "rules", "reason"),
    [
        ({"licence": "CC-BY-NC-4.0"}, {}, "licence"),
        ({}, {"max_characters": 20}, "too long"),
        ({"highest": 2}, {}, "duplicate"),
    ],
)
def test_a_shard_that_cannot_be_filled_ends_and_says_why(
    tmp_path: Path, options: dict[str, Any], rules: dict[str, Any], reason: str
) -> None:
    report = make(tmp_path, job(options=options, rows=30), Keeper(KeepRecipe(**rules), Lenient()))
    assert report.kept < report.wanted
    assert report.tried == 600
    assert report.refused[reason] == 600 - report.kept


def test_a_share_of_no_rows_makes_none(tmp_path: Path) -> None:
    report = make(tmp_path, job(rows=0))
    assert (report.kept, report.tried) == (0, 0)
    assert (tmp_path / "stage1/counting/00000.jsonl").read_bytes() == b""


def test_a_source_that_ends_ends_the_shard(tmp_path: Path) -> None:
    report = make(tmp_path, job(options={"ends": 4}))
    assert (report.kept, report.wanted) == (4, 20)


def test_a_generator_that_makes_another_kind_of_row_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="PreferenceRow"):
        make(tmp_path, job(generator="mislabelled"))
    assert not (tmp_path / "stage1/counting/00000.done.json").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_leaves_no_mark(tmp_path: Path) -> None:
    folder = tmp_path / "stage1/counting"
    folder.mkdir(parents=True)
    (folder / "00000.jsonl.partial").symlink_to("/dev/full")
    with pytest.raises(StorageError):
        make(tmp_path, job())
    assert not (folder / "00000.done.json").exists()


_ENDLESS = """
import sys, time
from pathlib import Path
from medgo.synthesis import registry
from tests.synthesis.test_shards import SmallWorkshop, job
from tests.synthesis.rows import Counting
from medgo.synthesis.shards import make_shard
registry.GENERATORS = (Counting,)
for number in range(2):
    make_shard(job(number=number, rows=300), SmallWorkshop(), Path(sys.argv[1]), lambda _: time.sleep(0.002))
    print("done", flush=True)
"""


def test_a_kill_loses_only_the_shard_under_way(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", _ENDLESS, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(0.1)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert read_report(tmp_path / "stage1/counting/00000.done.json") is not None
    assert read_report(tmp_path / "stage1/counting/00001.done.json") is None
    for number in range(2):
        make(tmp_path, job(number=number, rows=300))
        make(tmp_path / "whole", job(number=number, rows=300))
        name = f"stage1/counting/{number:05d}.jsonl"
        assert (tmp_path / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
