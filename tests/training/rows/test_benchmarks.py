"""Benchmark items that rows are compared with: which are here, and what happens without them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from medgo.errors import InputError
from medgo.inference.prompt import ChatRenderer
from medgo.training.audit.stage import Auditor
from medgo.training.recipe import Gates
from medgo.training.rows.benchmarks import benchmarks_for, index_benchmarks, load_benchmarks
from medgo.training.rows.intake import RowIntake
from medgo.training.rows.tokens import RowTokenizer
from tests.evaluation.benchmarks.exam_files import REAL, write
from tests.support.tiny_models import tiny_qwen3
from tests.training.rows.made_rows import sft, write_rows
from tests.training.rows.taking import TODAY, intake, stage

QUESTION = "A fact sheet of our own: which exercise helps a gardener whose left knee aches on the stairs in May?"


@pytest.fixture
def exam(tmp_path: Path) -> Path:
    options = {"A": "Rest", "B": "Squats", "C": "Chess", "D": "Prayer"}
    row = {"question": QUESTION, "answer": "Squats", "options": options, "meta_info": "step1", "answer_idx": "B"}
    write(tmp_path / "exam/medqa/test.jsonl", [row])
    return tmp_path / "exam"


def test_items_that_are_here_are_found_and_those_that_are_not_are_named(exam: Path) -> None:
    found = index_benchmarks([str(exam)])
    assert (found.items, found.benchmarks) == (1, ("medqa",))
    assert "medmcqa" in found.absent
    assert found.index is not None
    assert found.index.find(f"Question: {QUESTION.upper()}") is not None
    assert found.index.find("Which exercise helps?") is None


def test_what_a_recipe_asks_for(tmp_path: Path, exam: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert benchmarks_for(Gates(overlap="off", benchmarks=("nowhere",))).index is None
    assert benchmarks_for(Gates(overlap="required", benchmarks=(str(exam),))).items == 1
    monkeypatch.delenv("MEDGO_DATA", raising=False)
    assert benchmarks_for(Gates()).index is None
    with pytest.raises(InputError, match="none are here"):
        benchmarks_for(Gates(overlap="required"))
    monkeypatch.setenv("MEDGO_DATA", str(tmp_path / "absent"))
    with pytest.raises(InputError, match="which is no folder"):
        benchmarks_for(Gates())


def test_an_audit_says_what_rows_were_compared_with(tmp_path: Path, exam: Path, embedded_folder: Path) -> None:
    path = write_rows(tmp_path / "rows.jsonl", [sft("a?", "a"), sft(QUESTION, "Squats.")])
    gates = Gates(benchmarks=(str(exam),))
    audit = Auditor(embedded_folder, gates, benchmarks_for(gates), date(2026, 11, 22)).audit(stage(path))
    (line,) = (line for line in audit.gates if line.name == "benchmark item")
    assert line.state == "PASS"
    assert line.why.startswith("1 row left out; first ")
    assert "compared with 1 items of medqa; not here: " in line.why
    assert "medmcqa" in line.why
    assert audit.to_dict()["benchmarks"]["items"] == 1


def test_what_a_stage_is_prepared_with_says_so_too(tmp_path: Path, exam: Path, tokenizer: RowTokenizer) -> None:
    """One benchmark of many satisfies "required": the audit that lies with the run must name it, and those absent."""
    found = benchmarks_for(Gates(overlap="required", benchmarks=(str(exam),)))
    taking = intake(tmp_path, tokenizer, [sft("a?", "a")], overlap=found.index, compared=found)
    list(taking.rows())
    kept = taking.report().to_dict()
    assert kept["benchmarks"]["names"] == ["medqa"] and kept["benchmarks"]["items"] == 1
    assert "medmcqa" in kept["benchmarks"]["absent"]
    assert any("compared with 1 items of medqa; not here: " in line["why"] for line in kept["gates"])


@pytest.mark.data
def test_questions_of_the_real_benchmarks_are_left_out(tmp_path: Path) -> None:
    items, _ = load_benchmarks([str(REAL.parent)])
    asked = [item for item in items if len(item.question) > 80][:20]
    found = index_benchmarks([str(REAL.parent)])
    path = write_rows(tmp_path / "rows.jsonl", [sft("a?", "a"), *(sft(f"Now: {item.question}", "B") for item in asked)])
    tokenizer = RowTokenizer(ChatRenderer.load(tiny_qwen3()))
    taken = list(RowIntake(stage(path), Gates(), tokenizer, found.index, TODAY).rows())
    assert len(asked) == 20
    assert [row.source.prompt[-1].content for row in taken] == ["a?"]
