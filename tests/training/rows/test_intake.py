"""Rows on their way in: what is counted, what stops a stage, and when."""

from __future__ import annotations

from pathlib import Path

import pytest

from medgo.errors import InputError, RowsRefusedError
from medgo.training.rows.gates import Refusal
from medgo.training.rows.intake import TakenRow
from medgo.training.rows.tokens import RowTokenizer
from tests.training.rows.made_rows import labelled, pair, sft
from tests.training.rows.taking import intake


def test_tokens_are_counted_by_what_they_are(tmp_path: Path, tokenizer: RowTokenizer) -> None:
    taking = intake(tmp_path, tokenizer, [sft("What?", "Flu."), sft("Why?", "Fever.", "Let me think.", task="cot")])
    rows = list(taking.rows())
    direct, cot = (taking.report().tasks[name] for name in ("questions", "cot"))
    assert [taken.entry for taken in rows] == [0, 0]
    assert (direct.kept, direct.reasoning, direct.ends, direct.empty_think) == (1, 0, 1, 1)
    assert (cot.kept, cot.ends, cot.empty_think, cot.thinking) == (1, 1, 0, 1)
    assert cot.reasoning == rows[1].row.answers["completion"].reasoning > 0
    assert direct.loss_tokens == direct.answer + 1
    assert direct.tokens == rows[0].row.tokens


def test_long_rows_stop_a_stage_after_all_were_counted(tmp_path: Path, tokenizer: RowTokenizer) -> None:
    rows = [sft("a?", "word " * 100), sft("b?", "short"), sft("c?", "word " * 90)]
    taking = intake(tmp_path, tokenizer, rows, lengths={"max_tokens": 40})
    taken: list[TakenRow] = []
    with pytest.raises(RowsRefusedError, match=r"2 of 3 rows \(66\.7%\) exceed 40 tokens") as refused:
        for row in taking.rows():
            taken.append(row)
    assert "lengths.max_tokens" in refused.value.hint
    assert [row.source for row in taken] == [rows[1]]
    assert taking.report().tasks["questions"].kept == 1
    assert taking.report().refused(Refusal.TOO_LONG).row_ids == [rows[0].row_id, rows[2].row_id]
    within = intake(tmp_path, tokenizer, rows, lengths={"max_tokens": 40, "budget": 0.7})
    assert [row.source for row in within.rows()] == [rows[1]]


def test_kto_takes_pairs_apart_and_counts_labels(tmp_path: Path, tokenizer: RowTokenizer) -> None:
    taking = intake(tmp_path, tokenizer, [pair("q?", "good", "bad"), labelled("r?", "fine", True)], "kto")
    rows = list(taking.rows())
    assert [row.row.label for row in rows] == [True, False, True]
    whole = taking.report()
    assert (whole.total(lambda task: task.halves), whole.total(lambda task: task.unwanted)) == (2, 1)


def test_a_row_that_was_changed_after_it_was_written_is_named(tmp_path: Path, tokenizer: RowTokenizer) -> None:
    value = sft("q?", "a").to_dict()
    value["completion"][0]["content"] = "b"
    with pytest.raises(InputError, match=r"rows\.jsonl, line 2: row_id: .* was changed"):
        list(intake(tmp_path, tokenizer, [sft("p?", "a"), value]).rows())
