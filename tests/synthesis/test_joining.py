import json
from pathlib import Path
from typing import Any

import pytest

from medgo.errors import StorageError
from medgo.schema.rows import row_from_dict
from medgo.synthesis import registry
from medgo.synthesis.joining import SetReport, join_set
from medgo.synthesis.recipe import SetName
from medgo.synthesis.shards import Job
from tests.synthesis.rows import Counting, Pairs, draft
from tests.synthesis.test_shards import job, lines, make


@pytest.fixture(autouse=True)
def _generators(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "GENERATORS", (Counting, Pairs))


def joined(tmp_path: Path, jobs: list[Job], name: SetName = "stage1") -> tuple[SetReport, list[dict[str, Any]]]:
    for each in jobs:
        make(tmp_path / "shards", each)
    report = join_set(name, jobs, sum(each.rows for each in jobs), tmp_path, 7)
    rows, proofs = (list(lines(tmp_path / f"{name}{end}")) for end in (".jsonl", ".evidence.jsonl"))
    assert [row["row_id"] for row in rows] == [proof["row_id"] for proof in proofs]
    return report, rows


def test_components_are_mixed_in_their_proportions_from_the_first_row_on(tmp_path: Path) -> None:
    jobs = [
        job(component="a", rows=60, number=0),
        job(component="a", rows=60, number=1),
        job(component="b", rows=30, of=1),
    ]
    report, rows = joined(tmp_path, jobs)
    assert (report.rows, report.wanted, report.duplicates) == (150, 150, 0)
    head = [row["provenance"]["seed"].split("/")[2] for row in rows[:50]]
    assert head.count("b") == 10


def test_the_same_text_stands_once_whoever_made_it(tmp_path: Path) -> None:
    small = {"highest": 3}
    report, rows = joined(
        tmp_path, [job(component="a", options=small, rows=5), job(component="b", options=small, rows=5)]
    )
    assert report.duplicates > 0
    assert report.rows == len(rows) == 10 - report.duplicates
    assert len({row["prompt"][0]["content"] for row in rows}) == len(rows)


def test_pairs_become_wanted_and_unwanted_rows_in_no_order(tmp_path: Path) -> None:
    report, rows = joined(tmp_path, [job(set="labels", component="p", generator="pairs", rows=40)], "labels")
    labels = [row["label"] for row in rows]
    assert report.rows == 80
    assert sum(labels) == 40
    assert {(labels[i], labels[i + 1]) for i in range(0, 80, 2)} == {(True, False), (False, True)}


def test_each_half_of_a_pair_keeps_the_evidence_of_its_own_side(tmp_path: Path) -> None:
    joined(tmp_path, [job(set="labels", component="p", generator="pairs", rows=10)], "labels")
    rows, proofs = (list(lines(tmp_path / f"labels{end}")) for end in (".jsonl", ".evidence.jsonl"))
    for row, proof in zip(rows, proofs, strict=True):
        texts = {"prompt[0]": row["prompt"][0]["content"], "completion": row["completion"][0]["content"]}
        assert {sentence["part"]: sentence["text"] for sentence in proof["sentences"]} == texts


def test_rows_come_back_as_they_were() -> None:
    row = draft("How much is it in all?", "It is seven in all.").row
    assert row_from_dict(json.loads(json.dumps(row.to_dict()))) == row


def test_a_finished_shard_that_was_damaged_is_an_error_and_not_a_shorter_set(tmp_path: Path) -> None:
    make(tmp_path / "shards", job())
    path = tmp_path / "shards/stage1/counting/00000.jsonl"
    for content in (path.read_bytes()[:-40], path.read_bytes()[: path.read_bytes().index(b"\n") + 1], None):
        path.unlink() if content is None else path.write_bytes(content)
        with pytest.raises(StorageError, match="damaged"):
            join_set("stage1", [job()], 20, tmp_path, 7)
        assert not (tmp_path / "stage1.jsonl").exists()


def test_a_finished_shard_whose_two_files_were_cut_alike_is_an_error_too(tmp_path: Path) -> None:
    make(tmp_path / "shards", job())
    for end in (".jsonl", ".evidence.jsonl"):
        path = tmp_path / f"shards/stage1/counting/00000{end}"
        path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    with pytest.raises(StorageError, match="damaged: it holds 19 rows instead of 20") as error:
        join_set("stage1", [job()], 20, tmp_path, 7)
    assert "00000.done.json" in error.value.hint
