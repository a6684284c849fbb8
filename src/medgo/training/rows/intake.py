"""A stage's rows on their way in: read, let through, tokenised, fitted, and counted. One pass, in constant memory.

Whatever stops a stage is raised after the last row, so that the report shows everything that is the matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from medgo.curation.decontamination import OverlapIndex
from medgo.errors import InputError, RowsRefusedError
from medgo.inference.prompt import THINK_CLOSE, THINK_OPEN, ChatRenderer
from medgo.inference.protocol import Thinking
from medgo.schema import Message
from medgo.schema.rows import LabelledRow, Row
from medgo.training.recipe import Gates, StageRecipe
from medgo.training.rows.account import TaskAccount
from medgo.training.rows.benchmarks import BenchmarkItems
from medgo.training.rows.gates import Refusal, RowGates
from medgo.training.rows.lengths import Fitted, check_policy, fit
from medgo.training.rows.masks import check_learnt, check_stops
from medgo.training.rows.reading import ReadRow, read_stage_rows
from medgo.training.rows.report import IntakeReport
from medgo.training.rows.tokens import RowTokenizer, TokenRow


@dataclass(frozen=True, slots=True)
class TakenRow:
    """What is learnt from: a row, or one part of one.

    Args:
        row: As tokens.
        entry: Which of the stage's ``data`` it came from.
        source: As text; its oldest turns may be gone.
        part: Whether it is a part of a split answer, and so may not end the turn.
    """

    row: TokenRow
    entry: int
    source: Row
    part: bool = False


class RowIntake:
    """Takes a stage's rows in.

    Args:
        stage: Names files, method and what becomes of long rows.
        gates: What rows must be.
        tokenizer: Of the model that is trained.
        overlap: Finds benchmark items in texts; None where none is at hand.
        today: Against which certificates expire.
        compared: What is behind ``overlap``, for the report.

    Raises:
        CertificateError: A certificate does not hold.
        InputError: The length policy does not fit the method, or benchmark items are required and absent.
        UnsupportedRequestError: The model does not stop at the token that ends its turns.
    """

    def __init__(
        self,
        stage: StageRecipe,
        gates: Gates,
        tokenizer: RowTokenizer,
        overlap: OverlapIndex | None,
        today: date,
        compared: BenchmarkItems | None = None,
    ) -> None:
        check_policy(stage.lengths, stage.method)
        check_stops(tokenizer)
        self._stage = stage
        self._tokenizer = tokenizer
        self._compared = compared
        self._gate_rules, self._overlap, self._today = gates, overlap, today
        self._gates = RowGates(gates, overlap, today)
        self._tasks: dict[str, TaskAccount] = {}
        self._labels: dict[int, bool] = {}
        renderer = tokenizer.renderer
        self._thinks, self._switch = renderer.supports_thinking, _has_switch(renderer)
        empty = f"{THINK_OPEN}\n\n{THINK_CLOSE}\n\n"
        self._empty_think = tuple(renderer.encode_reply(empty)) if self._thinks else ()

    def rows(self) -> Iterator[TakenRow]:
        """Read all rows anew and yield those that are learnt from, in the order of the files.

        Raises:
            InputError: A row cannot be read or tokenised; names file, line and field.
            RowsRefusedError: After the last row, when a gate says stop; the report is then complete.
        """
        self._gates = RowGates(self._gate_rules, self._overlap, self._today)
        self._tasks, self._labels = {}, {}
        for read in read_stage_rows(self._stage.data, self._stage.method):
            account = self._tasks.setdefault(read.row.task, TaskAccount())
            account.read += 1
            fitted = self._take(read, account)
            if fitted is None:
                continue
            self._count(read, fitted, account)
            for row in fitted.parts:
                account.count_part(row, self._tokenizer.end)
                yield TakenRow(row, read.entry, fitted.source, part=len(fitted.parts) > 1)
        self._stop_if_refused()

    def report(self) -> IntakeReport:
        """What became of the rows that were read so far."""
        certificates = tuple(sorted(self._gates.certificates))
        return IntakeReport(self._stage, self._tasks, certificates, self._gates.compares, self._compared, self._switch)

    def _take(self, read: ReadRow, account: TaskAccount) -> Fitted | None:
        row = read.row
        if (refusal := self._gates.refusal(row)) is not None:
            account.refuse(refusal[0], row.row_id, refusal[1])
            return None
        if row.thinking and not self._thinks:
            account.refuse(Refusal.NO_THINKING, row.row_id)
            return None
        try:
            tokens = self._tokenizer(row)
            check_learnt(tokens, self._tokenizer)
            fitted = fit(row, tokens, self._stage.lengths, self._tokenizer)
        except InputError as error:
            raise InputError(f"{read.place}: {error.message}", hint=error.hint) from error
        if len({answer.ids for answer in tokens.answers.values()}) < len(tokens.answers):
            account.refuse(Refusal.IDENTICAL_PAIR, row.row_id, tokens=tokens.tokens)
            return None
        if not fitted.parts:
            account.refuse(Refusal.TOO_LONG, row.row_id, tokens=tokens.tokens)
            return None
        return fitted

    def _count(self, read: ReadRow, fitted: Fitted, account: TaskAccount) -> None:
        first = fitted.parts[0]
        account.kept += 1
        account.thinking += first.thinking
        account.halves += read.half
        if self._empty_think and first.prompt[-len(self._empty_think) :] == self._empty_think:
            account.empty_think += 1
        if len(fitted.parts) > 1:
            account.split += 1
            account.parts += len(fitted.parts)
        account.truncated += fitted.truncated > 0
        account.turns_dropped += fitted.truncated
        if isinstance(read.row, LabelledRow):
            account.wanted += read.row.label
            account.unwanted += not read.row.label
            answer = hash((read.row.prompt, read.row.completion))
            account.contradicting += self._labels.setdefault(answer, read.row.label) != read.row.label

    def _stop_if_refused(self) -> None:
        failed = [line for line in self.report().gates() if line.state == "FAIL"]
        if failed:
            raise RowsRefusedError(
                f"{self._stage.name}: " + "; ".join(f"{line.name}: {line.why}" for line in failed),
                hint="; ".join(line.hint for line in failed if line.hint),
            )


def _has_switch(renderer: ChatRenderer) -> bool:
    """Whether a prompt says if reasoning is wanted; a template that always reasons has nothing to lose."""
    asked = (Message("user", "question"),)
    texts = {renderer.render_text(asked, Thinking(enabled)) for enabled in (False, True)}
    return renderer.supports_thinking and len(texts) > 1
