"""An audit on a terminal: a table per task, gates as lines, rows with coloured masks. Finds nothing out itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from medgo.training.audit.view import Piece, RowView, TurnView
from medgo.training.audit.words import both
from medgo.training.rows.account import TaskAccount
from medgo.training.rows.report import GateLine, IntakeReport

_STATES = {"PASS": "bold green", "FAIL": "bold red", "NOTE": "bold yellow"}
_STYLES = {"masked": "bright_black", "reasoning": "cyan", "answer": "green", "end": "bold green"}
_REJECTED = {"reasoning": "magenta", "answer": "red", "end": "bold red"}
# A long prompt is shown by its beginning and end; what lies between is said in tokens.
_SHOWN_TOKENS = 160


def audit_table(report: IntakeReport) -> RenderableType:
    """One table for each task: what became of rows and tokens, and what the loss falls on."""
    return Group(*(Padding(_task_table(name, task), (0, 0, 1, 0)) for name, task in report.tasks.items()))


def gate_lines(gates: Iterable[GateLine]) -> Text:
    """``PASS``, ``FAIL`` or ``NOTE``, the gate's name and its figures, a line each."""
    text = Text()
    for line in gates:
        text.append(f"{line.state}  ", _STATES[line.state])
        text.append(f"{both(line.name)}: ", "bold")
        text.append(f"{line.why}\n")
        if line.hint and line.state != "PASS":
            text.append(f"      → {line.hint}\n", "cyan")
    return text


def mask_view(view: RowView) -> Text:
    """A row in colours: grey is read only, green learnt, red to be moved away from, bold the end of the turn."""
    text = Text()
    heading = f"{view.task} · {view.lang} · {view.row_id} · {view.masked} masked, {view.learnt} learnt tokens\n"
    text.append(heading, "bold underline")
    for piece in _abridged(view.prompt):
        text.append(piece.text, _STYLES[piece.role])
    for turn in view.turns:
        if len(view.turns) > 1:
            text.append(f"\n[{turn.name}] ", "bold")
        _append_turn(text, turn)
    return text.append("\n")


def legend() -> Text:
    """What the colours mean."""
    parts = [("read, not learnt · 不计损失", _STYLES["masked"]), ("reasoning · 推理", _STYLES["reasoning"])]
    parts += [("answer · 回答", _STYLES["answer"]), ("end of turn · 结束符", f"{_STYLES['end']} reverse")]
    parts += [("rejected · 劣选", _REJECTED["answer"])]
    return Text("  ").join(Text(word, style) for word, style in parts)


def _append_turn(text: Text, turn: TurnView) -> None:
    for piece in turn.pieces:
        style = _REJECTED[piece.role] if turn.unwanted else _STYLES[piece.role]
        text.append(piece.text, f"{style} reverse" if piece.role == "end" else style)


def _abridged(pieces: Sequence[Piece]) -> Iterator[Piece]:
    if len(pieces) <= _SHOWN_TOKENS:
        yield from pieces
        return
    half = _SHOWN_TOKENS // 2
    yield from pieces[:half]
    yield Piece("masked", f" … {sum(piece.tokens for piece in pieces[half:-half])} tokens … ", 0)
    yield from pieces[-half:]


def _task_table(name: str, task: TaskAccount) -> Table:
    table = Table(
        Column(Text(name, "bold")),
        "rows\n样本",
        "tokens\n词元",
        "share\n占比",
        box=None,
        pad_edge=False,
        header_style="dim",
    )
    for column in table.columns[1:]:
        column.justify = "right"
    table.columns[0].min_width = 44
    for label, rows, tokens, share in task_lines(task):
        table.add_row(label, _number(rows), _number(tokens), share)
    return table


def task_lines(task: TaskAccount) -> Iterator[tuple[str, int | None, int | None, str]]:
    """Label in both languages, rows, tokens, share.

    Shares are of the task's rows, those of the loss of its tokens, and those of the parts of the loss of the loss.
    Beside the chosen answers stands in how many pairs they are longer than the rejected ones.
    """
    yield both("read"), task.read, None, ""
    yield both("learnt from"), task.kept, task.tokens, _share(task.kept, task.read)
    if task.split:
        yield f"  {both('split')}, {task.parts}", task.split, None, _share(task.split, task.read)
    if task.truncated:
        shortened = f"  {both('prompt shortened')}, −{task.turns_dropped}"
        yield shortened, task.truncated, None, _share(task.truncated, task.read)
    for reason, part in task.refused.items():
        yield f"{both('left out')}: {both(str(reason))}", part.rows, part.tokens or None, _share(part.rows, task.read)
    if not task.kept:
        return
    yield both("loss"), None, task.loss_tokens, _share(task.loss_tokens, task.tokens)
    if task.reasoning:
        yield f"  {both('reasoning')}", task.thinking, task.reasoning, _share(task.reasoning, task.loss_tokens)
    yield f"  {both('answer')}", None, task.answer, _share(task.answer, task.loss_tokens)
    yield f"  {both('end of turn')}", None, task.ends, _share(task.ends, task.loss_tokens)
    if task.empty_think:
        label = both("empty think in the prompt")
        yield label, task.empty_think, None, _share(task.empty_think, task.kept)
    if task.wanted or task.unwanted:
        yield both("wanted"), task.wanted, None, _share(task.wanted, task.kept)
        yield both("unwanted"), task.unwanted, None, _share(task.unwanted, task.kept)
    if task.rejected_tokens:
        yield both("chosen, mean length"), None, round(task.chosen_tokens / task.kept), _longer(task)
        yield both("rejected, mean length"), None, round(task.rejected_tokens / task.kept), ""
    yield f"{both('longest')}: {task.longest_row}", None, task.longest, ""


def _longer(task: TaskAccount) -> str:
    return f"> {_share(task.chosen_longer, task.kept)}"


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else ""
