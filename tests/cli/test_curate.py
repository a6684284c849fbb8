"""``medgo curate`` and ``medgo corpus`` at the terminal: exit codes, what is written, and what is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from medgo.cli._curate import build_curate
from medgo.schema import Document, SourceRef
from medgo.store import encode_row
from tests.evaluation.benchmarks.exam_files import write

TEXT = (
    "Metformin is the first choice for most people with type 2 diabetes. It lowers glucose without causing weight "
    "gain, and the dose is raised slowly so that the stomach can get used to it. Note {n} is about {n} people."
)
QUESTION = "A fact sheet of our own: which exercise helps a gardener whose left knee aches on the stairs in May?"


def curate(*arguments: object) -> Result:
    return CliRunner().invoke(build_curate(), [*map(str, arguments)], env={"COLUMNS": "120"})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEDGO_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("MEDGO_DATA", raising=False)
    options = {"A": "Rest", "B": "Squats", "C": "Chess", "D": "Prayer"}
    row = {"question": QUESTION, "answer": "Squats", "options": options, "meta_info": "step1", "answer_idx": "B"}
    write(tmp_path / "exam/medqa/test.jsonl", [row])
    texts = [TEXT.format(n="one"), TEXT.format(n="one"), "Short.", f"A chapter. {TEXT.format(n='two')} {QUESTION}"]
    rows = [
        Document(SourceRef(f"d{n}", "made", "CC0-1.0" if n != 9 else ""), "en", text).to_dict()
        for n, text in enumerate(texts)
    ]
    (tmp_path / "in.jsonl").write_bytes(b"".join(map(encode_row, rows)))
    (tmp_path / "recipe.yaml").write_text(
        f"name: made\noutput: {tmp_path}/out\ninputs:\n  - {{path: {tmp_path}/in.jsonl}}\n"
        f"  - {{path: {tmp_path}/none.jsonl, optional: true}}\n"
        "steps:\n  - {use: normalise}\n  - {use: quality}\n  - {use: licence}\n  - {use: retraction}\n"
        "  - {use: decontaminate}\ncomparisons:\n  - {use: versions}\n  - {use: exact_duplicates}\n"
        "  - {use: near_duplicates, options: {engine: numpy}}\n"
    )
    return tmp_path


def kept(output: Path) -> list[str]:
    return [json.loads(line)["id"] for file in sorted((output / "documents").iterdir()) for line in file.open()]


def test_a_recipe_is_run_and_its_card_written(folder: Path) -> None:
    result = curate("run", folder / "recipe.yaml", "--benchmarks", folder / "exam")
    assert result.exit_code == 0, result.output
    assert kept(folder / "out") == ["d0"]
    card = (folder / "out/README.md").read_text("utf-8")
    assert "none.jsonl" in card
    assert "medqa" in card
    removed = [json.loads(line) for file in (folder / "out/removed").iterdir() for line in file.open()]
    assert {(row["id"], row["step"]) for row in removed} == {
        ("d1", "exact_duplicates"),
        ("d2", "quality"),
        ("d3", "decontamination"),
    }


def test_without_benchmarks_nothing_passes(folder: Path) -> None:
    result = curate("run", folder / "recipe.yaml")
    assert result.exit_code == 2
    assert "every one of them would pass" in result.output
    assert not (folder / "out/documents").exists()


def test_a_recipe_may_go_on_without_benchmarks_and_the_terminal_says_so(folder: Path) -> None:
    result = curate("run", folder / "recipe.yaml", "steps.4.options={benchmarks: if_present}")
    assert result.exit_code == 0, result.output
    assert "NOT COMPARED WITH ANY BENCHMARK" in result.output
    assert kept(folder / "out") == ["d0", "d3"]
    compared = curate("run", folder / "recipe.yaml", "steps.4.options={benchmarks: if_present}", "--benchmarks",
                      folder / "exam", f"output={folder}/again")  # fmt: skip
    assert "NOT COMPARED" not in compared.output
    assert kept(folder / "again") == ["d0"]


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("steps.0.use=normalize", "did you mean normalise"),
        ("steps.1.options={min_wrods: 3}", "min_wrods"),
        ("steps.0.use=near_duplicates", "it is a comparison"),
        ("inputs.0.path=nowhere.jsonl", "nowhere.jsonl does not exist"),
        ("shard_bytes=1", "shard_bytes"),
        ("steps.4.options={benchmarks: maybe}", "benchmarks is no 'maybe'"),
    ],
)
def test_a_recipe_that_does_not_fit_is_refused(folder: Path, override: str, said: str) -> None:
    result = curate("run", folder / "recipe.yaml", override, "--benchmarks", folder / "exam")
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())


def test_dedup(folder: Path) -> None:
    result = curate("dedup", folder / "in.jsonl", folder / "unique", "--workers", 2)
    assert result.exit_code == 0, result.output
    assert kept(folder / "unique") == ["d0", "d2", "d3"]
    assert "0.8: 0.95" in result.output


def test_decontaminate_lists_the_items_for_medgo_eval(folder: Path) -> None:
    result = curate("decontaminate", folder / "in.jsonl", folder / "clean", "--benchmarks", folder / "exam")
    assert result.exit_code == 0, result.output
    assert kept(folder / "clean") == ["d0", "d1", "d2"]
    (hit,) = [json.loads(line) for line in (folder / "clean/contamination.jsonl").open()]
    assert (hit["benchmark"], hit["document"], hit["kind"]) == ("medqa", "d3", "verbatim")
    counts = json.loads((folder / "clean/contamination.json").read_text("utf-8"))
    assert counts["benchmarks"]["medqa"]["found"] == 1
    assert "medmcqa" in counts["absent"]


def test_a_file_that_is_not_there(folder: Path) -> None:
    result = curate("dedup", folder / "nothing.jsonl", folder / "unique")
    assert result.exit_code == 2


def test_steps_are_listed_with_their_options() -> None:
    result = curate("steps")
    assert result.exit_code == 0
    for said in ("normalise", "near_duplicates", "bands=16", "decontaminate", "min_words"):
        assert said in result.output
