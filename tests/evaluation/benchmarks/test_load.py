"""What a loaded benchmark says of itself, and what is said when it is not here."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from medgo.errors import BenchmarkDataError
from medgo.evaluation.benchmarks.load import DataSources, how_to_get, load_benchmark
from tests.evaluation.benchmarks.toy import TOY, exam, question
from tests.support.tables import jsonl, put


def test_files_are_listed_with_hash_and_rows(tmp_path: Path) -> None:
    path = exam(tmp_path)
    loaded = load_benchmark(TOY, DataSources(folders=(tmp_path,)))
    (file,) = loaded.files
    assert (file.path, file.rows) == (path, 3)
    assert file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (loaded.form, loaded.revision, loaded.left_out, loaded.notes) == ("official", "", 0, ())


def test_another_size_than_published_is_a_note(tmp_path: Path) -> None:
    exam(tmp_path, numbers=(1, 2))
    loaded = load_benchmark(TOY, DataSources(folders=(tmp_path,)))
    assert loaded.notes == ("2 items, where 3 are published",)


def test_several_folders_and_a_named_path(tmp_path: Path) -> None:
    exam(tmp_path / "a", numbers=(1,))
    exam(tmp_path / "b", numbers=(2, 3))
    both = DataSources(folders=(tmp_path / "a", tmp_path / "b"))
    assert [item.id for item in load_benchmark(TOY, both).items] == ["q1", "q2", "q3"]
    named = replace(both, named={"toy": tmp_path / "b"})
    assert [item.id for item in load_benchmark(TOY, named).items] == ["q2", "q3"]


def test_copies_in_two_folders_and_a_folder_given_twice(tmp_path: Path) -> None:
    exam(tmp_path / "a")
    exam(tmp_path / "b")
    loaded = load_benchmark(TOY, DataSources(folders=(tmp_path / "a", tmp_path / "b")))
    assert loaded.notes == ("3 items stand in more than one file and count once",)
    loaded = load_benchmark(TOY, DataSources(folders=(tmp_path / "a", tmp_path / "a", tmp_path / "a" / "toy-exam")))
    assert (len(loaded.items), len(loaded.files), loaded.notes) == (3, 1, ())


def test_missing_data_says_how_to_get_it(tmp_path: Path) -> None:
    for sources in (DataSources(), DataSources(folders=(tmp_path,))):
        with pytest.raises(BenchmarkDataError) as caught:
            load_benchmark(TOY, sources)
        assert caught.value.message.startswith("toy: its data is not")
        assert "--download` gets acme/toy-exam" in caught.value.hint
        assert "--data toy=PATH" in caught.value.hint


def test_how_to_get_names_terms_and_pages() -> None:
    gated = replace(TOY, source=replace(TOY.source, gated=True))
    assert "accept its terms on https://example.org/toy" in how_to_get(gated)
    elsewhere = replace(TOY, source=replace(TOY.source, hub=""))
    assert "get it from https://example.org/toy" in how_to_get(elsewhere)


def test_missing_paths_are_named(tmp_path: Path) -> None:
    for sources in (DataSources(folders=(tmp_path / "no",)), DataSources(named={"toy": tmp_path / "no"})):
        with pytest.raises(BenchmarkDataError, match="there is no"):
            load_benchmark(TOY, sources)


def test_a_file_in_place_of_a_folder_is_explained(tmp_path: Path) -> None:
    path = exam(tmp_path)
    with pytest.raises(BenchmarkDataError, match="is a file") as caught:
        load_benchmark(TOY, DataSources(folders=(path,)))
    assert f"--data NAME={path}" in caught.value.hint


def test_an_unfinished_download_is_named(tmp_path: Path) -> None:
    put(tmp_path / "toy-exam/test.jsonl.part", b"{")
    with pytest.raises(BenchmarkDataError, match=r"only an unfinished download is here: .*test\.jsonl\.part"):
        load_benchmark(TOY, DataSources(folders=(tmp_path,)))


def test_withheld_answers_are_an_error(tmp_path: Path) -> None:
    put(tmp_path / "toyexam.jsonl", jsonl([question(1, answer="")]))
    with pytest.raises(BenchmarkDataError, match="row 1: q1 has no gold answer") as caught:
        load_benchmark(TOY, DataSources(folders=(tmp_path,)))
    assert "withheld" in caught.value.hint


def test_a_file_without_rows_or_items_is_an_error(tmp_path: Path) -> None:
    path = put(tmp_path / "toyexam.jsonl", b"\n\n")
    with pytest.raises(BenchmarkDataError, match="holds no rows"):
        load_benchmark(TOY, DataSources(folders=(tmp_path,)))
    path.write_bytes(jsonl([question(1, kind="essay"), question(2, kind="essay")]))
    with pytest.raises(BenchmarkDataError, match="no items; all 2 rows belong to something else"):
        load_benchmark(TOY, DataSources(folders=(tmp_path,)))
