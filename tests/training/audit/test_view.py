"""Rows as people see them: every token once, in its colour, and nothing that acts on a terminal or a page."""

from __future__ import annotations

import json
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from medgo.training.audit.page import write_page
from medgo.training.audit.stage import Auditor, StageAudit
from medgo.training.audit.terminal import audit_table, gate_lines, mask_view
from medgo.training.audit.view import view_row
from medgo.training.audit.words import both
from medgo.training.recipe import Gates
from medgo.training.rows.account import TaskAccount
from medgo.training.rows.benchmarks import BenchmarkItems
from medgo.training.rows.gates import Refusal
from medgo.training.rows.intake import TakenRow
from medgo.training.rows.tokens import RowTokenizer
from tests.training.rows.made_rows import labelled, pair, sft, write_rows
from tests.training.rows.taking import stage

EVIL = "<script>alert(1)</script> \x1b[31m 😀 & more"


def test_every_token_is_shown_once_with_what_becomes_of_it(tokenizer: RowTokenizer) -> None:
    row = sft("发热？", "流感 😀", "先想想")
    view = view_row(TakenRow(tokenizer(row), 0, row), tokenizer.renderer)
    (turn,) = view.turns
    tokens = tokenizer(row)
    assert (view.masked, view.learnt) == (len(tokens.prompt), tokens.loss_tokens)
    text = tokenizer.renderer.tokenizer.decode(tokens.prompt)
    assert "".join(piece.text for piece in view.prompt) == text  # four tokens of an emoji make one piece
    by_role = {role: "".join(p.text for p in turn.pieces if p.role == role) for role in ("reasoning", "answer", "end")}
    assert by_role == {"reasoning": "<think>\n先想想\n</think>", "answer": "\n\n流感 😀", "end": "<|im_end|>"}


def test_unwanted_turns_are_red_and_the_prompt_is_grey(tokenizer: RowTokenizer) -> None:
    for row, unwanted in ((pair("q?", "good", "bad"), [False, True]), (labelled("q?", "bad", False), [True])):
        view = view_row(TakenRow(tokenizer(row), 0, row), tokenizer.renderer)
        assert [turn.unwanted for turn in view.turns] == unwanted
        text = mask_view(view)
        styles = {text.plain[span.start : span.end]: str(span.style) for span in text.spans}
        assert "red" in styles["d"]
        assert styles["?"] == "bright_black"
        assert "reverse" in styles["<|im_end|>"] or "bright_black" in styles["<|im_end|>"]


def test_a_long_prompt_says_how_much_of_it_is_not_shown(tokenizer: RowTokenizer) -> None:
    row = sft("x" * 1000, "a")
    tokens = tokenizer(row)
    shown = mask_view(view_row(TakenRow(tokens, 0, row), tokenizer.renderer)).plain
    assert f"… {len(tokens.prompt) - 160} tokens …" in shown


@pytest.fixture
def audit(tmp_path: Path, folder: Path) -> StageAudit:
    rows = [sft(EVIL, EVIL), sft("q?", "a", "r", task="<b>cot</b>"), sft(EVIL, EVIL)]
    path = write_rows(tmp_path / "rows.jsonl", rows)
    auditor = Auditor(folder, Gates(overlap="off"), BenchmarkItems(), date(2026, 11, 22))
    return auditor.audit(stage(path))


def test_the_page_needs_nothing_else_and_lets_no_text_act(tmp_path: Path, audit: StageAudit) -> None:
    write_page(tmp_path / "audit.html", "run <1>", [audit])
    page = (tmp_path / "audit.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "http" not in page
    assert "<b>cot" not in page
    assert "\x1b" not in page
    for words in ("run &lt;1&gt;", "训练数据审计", "training audit", "end of turn · 结束符", "empty think · 空推理块"):
        assert words in page


def test_the_terminal_shows_tables_of_both_tasks_and_all_gates(audit: StageAudit) -> None:
    console = Console(record=True, width=100, file=StringIO())
    console.print(audit_table(audit.report))
    console.print(gate_lines(audit.gates))
    for view in audit.shown:
        console.print(mask_view(view))
    text = console.export_text()
    assert "<b>cot</b>" in text
    assert "\x1b" not in text
    assert text.count("learnt from · 用于训练") == 2
    assert text.count("PASS") + text.count("NOTE") == len(audit.gates)
    assert json.loads(json.dumps(audit.to_dict()))["tasks"]["<b>cot</b>"]["reasoning"] > 0


def test_every_reason_has_both_names() -> None:
    for reason in Refusal:
        assert both(str(reason))
    account = TaskAccount()
    account.refuse(Refusal.TOO_LONG, "x", tokens=3)
    assert account.to_dict()["refused"]["too long"]["tokens"] == 3
