"""Benchmarks come from a hub on this machine that refuses, cuts and lies; then they are found without it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from medgo.errors import BenchmarkDataError, DownloadError, StorageError
from medgo.evaluation.benchmarks.definition import Benchmark
from medgo.evaluation.benchmarks.hub import cached, fetch
from medgo.evaluation.benchmarks.load import DataSources, LoadedBenchmark, load_benchmark
from medgo.store.atomic import sole_writer
from tests.evaluation.benchmarks.toy import TOY, exam, question
from tests.support.hub_server import COMMIT, Hub, running_hub
from tests.support.tables import parquet, put

TEST, DEV = "data/test-00000.parquet", "data/dev-00000.parquet"
ONLINE = DataSources(download=True)


def pinned(revision: str) -> Benchmark:
    return replace(TOY, source=replace(TOY.source, revision=revision))


def ids(loaded: LoadedBenchmark) -> list[str]:
    return [item.id for item in loaded.items]


@pytest.fixture
def hub(empty_caches: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    files = {
        TEST: parquet([question(number) for number in (1, 2, 3)]),
        DEV: parquet([question(8)]),
        "README.md": b"# Toy",
        "loader.py": b"import os",
        "data/train-00000.parquet": b"large",
    }
    with running_hub("datasets/acme/toy-exam", files) as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        monkeypatch.setattr("medgo.inference.models.retry.sleep", lambda seconds: None)
        yield running


def test_only_the_wanted_files_are_fetched_and_their_commit_is_recorded(hub: Hub) -> None:
    loaded = load_benchmark(TOY, ONLINE)
    assert ids(loaded) == ["q1", "q2", "q3"]
    assert [item.id for item in loaded.dev] == ["q8"]
    assert (loaded.revision, loaded.form) == (COMMIT, "official")
    assert {request.file for request in hub.requests if request.file} == {TEST, DEV}


def test_nothing_is_asked_without_download(hub: Hub) -> None:
    with pytest.raises(BenchmarkDataError, match="its data is not here"):
        load_benchmark(TOY, DataSources())
    assert hub.requests == []


def test_an_earlier_download_needs_no_network(hub: Hub) -> None:
    load_benchmark(TOY, ONLINE)
    asked = len(hub.requests)
    for sources in (DataSources(), ONLINE):
        loaded = load_benchmark(TOY, sources)
        assert (ids(loaded), loaded.revision) == (["q1", "q2", "q3"], COMMIT)
    assert len(hub.requests) == asked


def test_local_files_come_before_the_hub(hub: Hub, tmp_path: Path) -> None:
    exam(tmp_path, numbers=(5, 6, 7))
    loaded = load_benchmark(TOY, DataSources(folders=(tmp_path,), download=True))
    assert (ids(loaded), loaded.revision) == (["q5", "q6", "q7"], "")
    assert hub.requests == []


def test_files_that_do_not_fit_are_mentioned_when_the_hub_has_some(hub: Hub, tmp_path: Path) -> None:
    put(tmp_path / "toy-exam/notes.json", b'[{"id": 1}]')
    loaded = load_benchmark(TOY, DataSources(folders=(tmp_path,), download=True))
    assert ids(loaded) == ["q1", "q2", "q3"]
    assert loaded.notes[0].startswith("taken from the hub: the file that was found is not in a form that is known")


def test_a_named_file_that_does_not_fit_is_not_replaced(hub: Hub, tmp_path: Path) -> None:
    path = put(tmp_path / "other.json", b'[{"x": 1}]')
    with pytest.raises(BenchmarkDataError, match="not in a form that is known"):
        load_benchmark(TOY, DataSources(named={"toy": path}, download=True))
    assert hub.requests == []


def test_the_pinned_commit_is_asked_for(hub: Hub) -> None:
    loaded = load_benchmark(pinned(COMMIT), ONLINE)
    assert loaded.revision == COMMIT
    assert any(request.path.endswith(f"/revision/{COMMIT}?blobs=true") for request in hub.requests)
    with pytest.raises(DownloadError, match="no data set acme/toy-exam at deadbeef"):
        load_benchmark(pinned("deadbeef"), ONLINE)


def test_a_cut_download_continues(hub: Hub) -> None:
    hub.faults.cut_after[TEST] = (2, 500)
    assert ids(load_benchmark(TOY, ONLINE)) == ["q1", "q2", "q3"]
    assert hub.ranges_of(TEST) == [None, "bytes=500-", "bytes=1000-"]


def test_half_a_download_is_not_taken_for_one(hub: Hub) -> None:
    hub.faults.cut_after[DEV] = (100, 0)
    with pytest.raises(DownloadError, match="did not answer"):
        fetch(TOY.source)
    assert cached(TOY.source) is None
    hub.faults.cut_after.clear()
    assert set(fetch(TOY.source).files) == {TEST, DEV}
    assert len(hub.ranges_of(TEST)) == 1


def test_other_bytes_than_announced_are_refused(hub: Hub) -> None:
    hub.faults.wrong_bytes[TEST] = 5
    with pytest.raises(DownloadError, match="another sha256 hash"):
        fetch(TOY.source)


def test_two_processes_do_not_fetch_into_one_file(hub: Hub, empty_caches: Path) -> None:
    with (
        sole_writer(empty_caches / "medgo/datasets/acme--toy-exam"),
        pytest.raises(StorageError, match="another process"),
    ):
        fetch(TOY.source)


def test_a_gated_data_set_says_what_to_do(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.faults.gated = "hf_secret"
    with pytest.raises(DownloadError, match="gated") as caught:
        load_benchmark(TOY, ONLINE)
    assert "accept its terms on https://example.org/toy" in caught.value.hint
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert ids(load_benchmark(TOY, ONLINE)) == ["q1", "q2", "q3"]


def test_a_data_set_that_is_gone_or_changed_says_so(hub: Hub) -> None:
    other = replace(TOY, source=replace(TOY.source, hub="acme/elsewhere"))
    with pytest.raises(DownloadError, match="no data set acme/elsewhere"):
        load_benchmark(other, ONLINE)
    renamed = replace(TOY, source=replace(TOY.source, files=("test.json",)))
    with pytest.raises(DownloadError, match=r"none of the files test\.json"):
        load_benchmark(renamed, ONLINE)


def test_an_unreachable_hub_says_so(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    with pytest.raises(DownloadError, match="did not answer 5 times in a row"):
        load_benchmark(TOY, ONLINE)


def test_a_passing_fault_of_the_hub_is_waited_out(hub: Hub) -> None:
    hub.faults.statuses = [503, 429]
    assert ids(load_benchmark(TOY, ONLINE)) == ["q1", "q2", "q3"]


def test_names_that_lead_out_of_the_folder_are_not_fetched(hub: Hub) -> None:
    hub.files["../data/test-evil.parquet"] = hub.files["/data/test-evil.parquet"] = b"x"
    source = replace(TOY.source, files=("*test-*.parquet",))
    assert fetch(source).files == (TEST,)


def test_a_copy_in_the_cache_of_the_hugging_face_libraries_is_found(empty_caches: Path) -> None:
    repository = empty_caches / "hf" / "datasets--acme--toy-exam"
    put(repository / "snapshots" / COMMIT / TEST, parquet([question(number) for number in (1, 2, 3)]))
    assert ids(load_benchmark(pinned(COMMIT), DataSources())) == ["q1", "q2", "q3"]
    with pytest.raises(BenchmarkDataError, match="not here"):
        load_benchmark(TOY, DataSources())
    put(repository / "refs" / "main", COMMIT.encode())
    assert load_benchmark(TOY, DataSources()).revision == COMMIT
