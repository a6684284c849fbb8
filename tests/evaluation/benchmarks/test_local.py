"""Files are found by path, told apart by content, merged where they agree, and refused where they do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from medgo.errors import BenchmarkDataError
from medgo.evaluation.benchmarks.load import DataSources, LoadedBenchmark, load_benchmark
from tests.evaluation.benchmarks.toy import COLUMNS, TOY, exam, question
from tests.support.tables import cells, json_array, jsonl, parquet, put


def load(folder: Path) -> LoadedBenchmark:
    return load_benchmark(TOY, DataSources(folders=(folder,)))


def load_named(path: Path) -> LoadedBenchmark:
    return load_benchmark(TOY, DataSources(named={"toy": path}))


def ids(loaded: LoadedBenchmark) -> list[str]:
    return [item.id for item in loaded.items]


def bare_rows(*numbers: int) -> list[dict[str, str]]:
    return [dict(zip(COLUMNS, (f"Which is {n}?", f"this, {n}", "that", "A"), strict=True)) for n in numbers]


@pytest.mark.parametrize("name", ["toy-exam/test.jsonl", "TOY_EXAM/data/x.jsonl", "a/b/toyExam-v2.jsonl"])
def test_paths_are_compared_by_letters_and_digits(tmp_path: Path, name: str) -> None:
    exam(tmp_path, name)
    exam(tmp_path, "another/test.jsonl", (7,))
    assert ids(load(tmp_path)) == ["q1", "q2", "q3"]


def test_the_folder_itself_may_carry_the_name(tmp_path: Path) -> None:
    exam(tmp_path)
    assert ids(load(tmp_path / "toy-exam")) == ["q1", "q2", "q3"]


def test_a_named_file_or_folder_needs_no_name_in_its_path(tmp_path: Path) -> None:
    path = exam(tmp_path, "x/questions.jsonl")
    assert ids(load_named(path)) == ids(load_named(path.parent)) == ["q1", "q2", "q3"]
    # A file that is called like the examples is what the user says it is.
    assert ids(load_named(exam(tmp_path, "y/train.jsonl"))) == ["q1", "q2", "q3"]


def test_examples_are_never_items(tmp_path: Path) -> None:
    exam(tmp_path)
    exam(tmp_path, "toy-exam/dev.jsonl", (8, 9))
    loaded = load(tmp_path)
    assert ids(loaded) == ["q1", "q2", "q3"]
    assert [item.id for item in loaded.dev] == ["q8", "q9"]
    assert [file.path.name for file in loaded.files] == ["test.jsonl", "dev.jsonl"]


def test_the_first_form_wins_unless_another_is_complete(tmp_path: Path) -> None:
    """A sample in the official form does not hide the whole file in another one."""
    exam(tmp_path, numbers=(1,))
    assert load(tmp_path).form == "official"
    put(tmp_path / "toy-exam/all.csv", cells(bare_rows(1, 2, 3), header=False))
    assert load(tmp_path).form == "bare"
    exam(tmp_path)
    assert load(tmp_path).form == "official"


def test_a_form_without_items_does_not_hide_one_with_some(tmp_path: Path) -> None:
    put(tmp_path / "toyexam/essays.jsonl", jsonl([question(1, kind="essay")]))
    put(tmp_path / "toyexam/bare.csv", cells(bare_rows(1, 2), header=False))
    assert load(tmp_path).form == "bare"


def test_a_file_without_header_is_told_from_one_with(tmp_path: Path) -> None:
    put(tmp_path / "toyexam/a.csv", cells(bare_rows(1, 2, 3)))
    with pytest.raises(BenchmarkDataError, match="no header"):
        load(tmp_path)


def test_rows_of_something_else_are_counted(tmp_path: Path) -> None:
    rows = [question(1), question(2, kind="essay"), question(3), question(4)]
    put(tmp_path / "toyexam.json", json_array(rows))
    loaded = load(tmp_path)
    assert ids(loaded) == ["q1", "q3", "q4"]
    assert loaded.left_out == 1
    assert loaded.files[0].rows == 4


def test_copies_in_two_files_count_once(tmp_path: Path) -> None:
    """The same items as JSON lines and as CSV-like copies that differ in white space only."""
    exam(tmp_path, numbers=(1, 2))
    spaced = question(2) | {"question": "Which  is\nnumber 2? "}
    put(tmp_path / "toy-exam/more.json", json_array([spaced, question(3)]))
    loaded = load(tmp_path)
    assert ids(loaded) == ["q2", "q3", "q1"]
    assert loaded.notes == ("1 items stand in more than one file and count once",)


@pytest.mark.parametrize("change", [{"answer": "B"}, {"question": "Another one?"}, {"options": ["this, 1", "these"]}])
def test_one_id_for_two_items_names_both_places(tmp_path: Path, change: dict[str, object]) -> None:
    exam(tmp_path)
    put(tmp_path / "toy-exam/test2.jsonl", jsonl([question(4), question(1) | change]))
    with pytest.raises(BenchmarkDataError, match=r"'q1'.*test\.jsonl, row 1 and .*test2\.jsonl, row 2"):
        load(tmp_path)


def test_an_id_twice_in_one_file_is_an_error(tmp_path: Path) -> None:
    exam(tmp_path, numbers=(1, 2, 1))
    with pytest.raises(BenchmarkDataError, match=r"'q1' stands twice: .*row 1 and .*row 3"):
        load(tmp_path)


def test_a_question_twice_in_a_file_without_ids_stays_twice(tmp_path: Path) -> None:
    """Nothing is lost, and intervals know that the two are one."""
    put(tmp_path / "toyexam.csv", cells(bare_rows(1, 2, 1), header=False))
    loaded = load(tmp_path)
    first, second, third = loaded.items
    assert third.id == f"{first.id}-2"
    assert third.unit == first.unit != second.unit
    assert "more than once" in loaded.notes[0]


def test_the_row_and_field_that_do_not_fit_are_named(tmp_path: Path) -> None:
    put(tmp_path / "toyexam.jsonl", jsonl([question(1), question(2, answer="E")]))
    with pytest.raises(BenchmarkDataError, match=r"toyexam\.jsonl, row 2, field 'answer': expected letters among A, B"):
        load(tmp_path)


def test_the_closest_form_is_explained(tmp_path: Path) -> None:
    rows = [{name: value for name, value in question(1).items() if name != "options"}]
    put(tmp_path / "toyexam.jsonl", jsonl(rows))
    put(tmp_path / "toyexam/readme.json", b'{"about": "toy"}')
    with pytest.raises(BenchmarkDataError) as caught:
        load(tmp_path)
    message = caught.value.message
    assert "none of the 2 files" in message
    assert "toyexam.jsonl, row 1, field 'options': missing; the form 'official' has the fields answer, id" in message
    assert "found id, question, answer" in message


def test_a_later_row_that_lacks_a_field_is_named(tmp_path: Path) -> None:
    rows = [question(1), question(2)]
    del rows[1]["options"]
    put(tmp_path / "toyexam.jsonl", jsonl(rows))
    with pytest.raises(BenchmarkDataError, match="row 2, field 'options': missing"):
        load(tmp_path)


def test_a_broken_file_beside_a_complete_one_is_only_mentioned(tmp_path: Path) -> None:
    exam(tmp_path)
    put(tmp_path / "toy-exam/train.parquet", parquet([question(1)])[:40])
    loaded = load(tmp_path)
    assert ids(loaded) == ["q1", "q2", "q3"]
    assert "train.parquet is not usable" in loaded.notes[0]


def test_a_broken_file_beside_too_few_items_is_an_error(tmp_path: Path) -> None:
    exam(tmp_path, numbers=(1, 2))
    put(tmp_path / "toy-exam/part2.parquet", parquet([question(3)])[:40])
    with pytest.raises(BenchmarkDataError, match=r"part2\.parquet is not usable.*cut off"):
        load(tmp_path)


def test_a_half_file_is_an_error_even_though_its_first_rows_fit(tmp_path: Path) -> None:
    path = exam(tmp_path, numbers=(1, 2, 3, 4, 5))
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(BenchmarkDataError, match="ends in the middle of row 5"):
        load(tmp_path)


@pytest.mark.parametrize("named", [True, False])
def test_half_of_a_surrogate_pair_inside_of_json_in_a_cell(tmp_path: Path, named: bool) -> None:
    """Only once the cell's JSON is read it is there; with and without an id of the file's own."""
    header, start = ("id,question,options,answer", "1,Q,") if named else ("question,choices,answer", "Q,")
    cell = '"[""a \\ud83d"", ""b""]"'
    put(tmp_path / "toyexam.csv", f"{header}\n{start}{cell},A\n".encode())
    with pytest.raises(BenchmarkDataError, match=r"toyexam\.csv, row 1, field '(options|choices)': .*surrogate"):
        load(tmp_path)


def test_hidden_folders_and_other_files_are_not_looked_into(tmp_path: Path) -> None:
    exam(tmp_path)
    exam(tmp_path, ".git/toy-exam/test.jsonl", (9,))
    put(tmp_path / "toy-exam/readme.md", b"# Toy")
    assert ids(load(tmp_path)) == ["q1", "q2", "q3"]


@pytest.mark.parametrize("name", ["notoyexam/test.jsonl", "to/yard/toyota/examples.jsonl", "mytoy-exam.jsonl"])
def test_a_name_begins_where_a_word_does(tmp_path: Path, name: str) -> None:
    exam(tmp_path, name)
    with pytest.raises(BenchmarkDataError, match="its data is not in"):
        load(tmp_path)


def test_linked_folders_are_entered_and_a_link_in_a_circle_ends(tmp_path: Path) -> None:
    exam(tmp_path / "elsewhere")
    data = tmp_path / "data"
    data.mkdir()
    (data / "sets").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (tmp_path / "elsewhere" / "back").symlink_to(data, target_is_directory=True)
    assert ids(load(data)) == ["q1", "q2", "q3"]
