"""One stage, audited: everything that is known of its rows before anything is trained. Writes no file and no screen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from itertools import zip_longest
from pathlib import Path
from typing import Any

from medgo.errors import RowsRefusedError
from medgo.inference.prompt import ChatRenderer
from medgo.training.audit.parity import Parity, ParityCheck
from medgo.training.audit.view import RowView, view_row
from medgo.training.recipe import Gates, StageRecipe
from medgo.training.rows.benchmarks import BenchmarkItems
from medgo.training.rows.intake import RowIntake, TakenRow
from medgo.training.rows.report import GateLine, IntakeReport
from medgo.training.rows.tokens import RowTokenizer

# Rows of each task, with and without reasoning, that are compared byte for byte; a template does not know tasks.
_COMPARED = 20

_Sort = tuple[str, bool, bool | None]


@dataclass(frozen=True, slots=True)
class StageAudit:
    """What an audit found.

    Args:
        report: What became of the rows.
        gates: What follows: those of the report, and those on tokens and template.
        parity: How rows compare with what is served.
        shown: Rows to look at, of every task.
    """

    report: IntakeReport
    gates: tuple[GateLine, ...]
    parity: Parity
    shown: tuple[RowView, ...]

    @property
    def failed(self) -> bool:
        """Whether a gate fails."""
        return any(line.state == "FAIL" for line in self.gates)

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            **self.report.to_dict(),
            "gates": [asdict(line) for line in self.gates],
            "parity": asdict(self.parity),
        }


class Auditor:
    """Audits the stages of a run.

    Args:
        model_dir: Folder of the model whose tokenizer and template all stages have.
        gates: The recipe's.
        benchmarks: What rows are compared with.
        today: Against which certificates expire.
        shown: Rows to show of every task.

    Raises:
        CorruptModelError: The folder's tokenizer cannot be read.
        UnsupportedRequestError: It has no chat template, or pads with the token that ends turns.
    """

    def __init__(self, model_dir: Path, gates: Gates, benchmarks: BenchmarkItems, today: date, shown: int = 3) -> None:
        self._gates, self._benchmarks, self._today, self._shown = gates, benchmarks, today, shown
        self._tokenizer = RowTokenizer(ChatRenderer.load(model_dir))
        self._parity = ParityCheck(self._tokenizer, model_dir)

    def audit(self, stage: StageRecipe) -> StageAudit:
        """Go through all rows of a stage.

        Raises:
            CertificateError: A certificate does not hold.
            InputError: A row cannot be read or tokenised.
        """
        tokenizer, parity = self._tokenizer, Parity()
        intake = RowIntake(stage, self._gates, tokenizer, self._benchmarks.index, self._today, self._benchmarks)
        views: dict[_Sort, list[RowView]] = defaultdict(list)
        compared: dict[_Sort, int] = defaultdict(int)
        for taken in _all_taken(intake):
            sort = (taken.row.task, taken.row.thinking, taken.row.label)
            if not taken.part and compared[sort] < _COMPARED:
                compared[sort] += 1
                parity.rows += 1
                parity.differences += self._parity.differences(taken)
            if len(views[sort]) < self._shown:
                views[sort].append(view_row(taken, tokenizer.renderer))
        report = intake.report()
        gates = (*report.gates(), _turn_ends(report, tokenizer), _empty_think(report, tokenizer), _parity(parity))
        shown = tuple(view for turn in zip_longest(*views.values()) for view in turn if view is not None)
        return StageAudit(report, gates, parity, shown)


def _all_taken(intake: RowIntake) -> Iterator[TakenRow]:
    """Rows until the last; that gates refuse some stands in the report and need not be raised."""
    rows = intake.rows()
    while True:
        try:
            yield next(rows)
        except (StopIteration, RowsRefusedError):
            return


def _turn_ends(report: IntakeReport, tokenizer: RowTokenizer) -> GateLine:
    """The intake has proven each answer's end by itself and would have raised; this says what it proved."""
    renderer = tokenizer.renderer
    ends = report.total(lambda task: task.ends)
    end, pad = renderer.token_text(tokenizer.end), renderer.tokenizer.pad_token
    return GateLine(
        "end of turn",
        "PASS",
        f"{ends} answers end with {end} ({tokenizer.end}), which is learnt; padding is {pad} "
        f"({renderer.tokenizer.pad_token_id}); the model stops at {', '.join(map(str, sorted(renderer.eos_ids)))}",
    )


def _empty_think(report: IntakeReport, tokenizer: RowTokenizer) -> GateLine:
    """Rows without reasoning hold the empty think block in their prompt: it is sent by the server, not generated."""
    name = "empty think"
    if not tokenizer.renderer.supports_thinking:
        return GateLine(name, "PASS", "the template has no thinking")
    thinking = report.total(lambda task: task.thinking)
    direct = report.total(lambda task: task.kept) - thinking
    held = report.total(lambda task: task.empty_think)
    split = report.total(lambda task: task.split)
    why = f"{held} of {direct} rows without reasoning hold it in their prompt, none learns it; {thinking} reason"
    if held + split < direct:
        return GateLine(name, "NOTE", f"{why}: this template does not write it for the others")
    return GateLine(name, "PASS", why)


def _parity(parity: Parity) -> GateLine:
    name = "served as learnt"
    if not parity.differences:
        why = f"{parity.rows} rows compared with template, server and saved copy: the same byte for byte"
        return GateLine(name, "PASS", why)
    first = parity.differences[0]
    return GateLine(
        name,
        "FAIL",
        f"{len(parity.differences)} differences in {parity.rows} rows; {first.row_id} against the {first.against}: "
        f"{first.ours!r} instead of {first.theirs!r}",
        "use the tokenizer files and template that the model was published with",
    )
