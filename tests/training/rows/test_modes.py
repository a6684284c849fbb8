"""Reasoning and direct answers: a model that can do both must see both, or it loses one (R5)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from medgo.inference.prompt import ChatRenderer
from medgo.schema import Row
from medgo.training.audit.terminal import gate_lines
from medgo.training.rows.report import GateLine
from medgo.training.rows.tokens import RowTokenizer
from tests.training.rows.made_rows import pair, sft
from tests.training.rows.taking import intake

DIRECT: list[Row] = [sft(f"{number}?", "the answer") for number in range(3)]
REASONED: list[Row] = [sft(f"{number}?", "the answer", "my reasons", task="cot") for number in range(2)]


def lines(tmp_path: Path, tokenizer: RowTokenizer, rows: Sequence[Row], method: str = "sft") -> list[GateLine]:
    """What is said of modes, after all rows were read and none stopped the stage."""
    taking = intake(tmp_path, tokenizer, rows, method)
    assert len(list(taking.rows())) == len(rows)
    return [line for line in taking.report().gates() if line.name == "reasoning"]


@pytest.mark.parametrize(
    ("rows", "counts", "way_out"),
    [
        (DIRECT, "0 rows with reasoning, 3 without", "add rows with reasoning"),
        (REASONED, "2 rows with reasoning, 0 without", "add rows without reasoning"),
    ],
)
def test_rows_of_one_mode_are_noted_for_a_model_with_both(
    tmp_path: Path, tokenizer: RowTokenizer, rows: list[Row], counts: str, way_out: str
) -> None:
    (line,) = lines(tmp_path, tokenizer, rows)
    assert line.state == "NOTE"
    assert line.why.startswith(counts)
    assert way_out in line.hint
    shown = gate_lines([line]).plain
    assert f"NOTE  reasoning · 推理: {counts}" in shown
    assert way_out in shown


def test_rows_of_both_modes_are_counted_over_all_tasks(tmp_path: Path, tokenizer: RowTokenizer) -> None:
    (line,) = lines(tmp_path, tokenizer, [*DIRECT, *REASONED])
    assert (line.state, line.why) == ("PASS", "2 rows with reasoning, 3 without")


def test_a_row_that_is_left_out_shows_no_mode(tmp_path: Path, tokenizer: RowTokenizer) -> None:
    """The only row with reasoning is too long: what is learnt has one mode."""
    rows = [*DIRECT, sft("4?", "the answer", "my reasons " * 200)]
    taking = intake(tmp_path, tokenizer, rows, lengths={"max_tokens": 100, "too_long": "drop"})
    assert len(list(taking.rows())) == 3
    (line,) = (line for line in taking.report().gates() if line.name == "reasoning")
    assert (line.state, line.why[:32]) == ("NOTE", "0 rows with reasoning, 3 without")


def test_nothing_is_said_where_no_row_is_left(tmp_path: Path, tokenizer: RowTokenizer) -> None:
    taking = intake(tmp_path, tokenizer, DIRECT, lengths={"max_tokens": 5, "too_long": "drop"})
    assert [line.state for line in taking.report().gates() if line.name == "reasoning"] == ["PASS"]


def test_a_model_without_thinking_has_no_mode_to_lose(tmp_path: Path, embedded_folder: Path) -> None:
    assert lines(tmp_path, RowTokenizer(ChatRenderer.load(embedded_folder)), DIRECT) == []


def test_a_template_that_always_reasons_has_no_mode_to_lose(tmp_path: Path, qwen_folder: Path) -> None:
    """As Qwen3-Thinking-2507: it knows ``<think>``, and nothing that is sent changes whether it reasons."""
    renderer = ChatRenderer.load(qwen_folder)
    before, switch, after = renderer.tokenizer.chat_template.partition("{%- if enable_thinking is defined")
    assert switch
    renderer.tokenizer.chat_template = before + "{{- '<think>\\n' }}{%- if false" + after
    assert renderer.supports_thinking
    assert lines(tmp_path, RowTokenizer(renderer), REASONED) == []


def test_preference_rows_choose_between_answers_of_one_mode(tmp_path: Path, tokenizer: RowTokenizer) -> None:
    """The mix of modes is made where answers are taught; pairs only move between two answers to one prompt."""
    assert lines(tmp_path, tokenizer, [pair("q?", "good", "bad")], "dpo") == []
