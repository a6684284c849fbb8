"""What became of a stage's rows, and what follows from it: gates that pass, fail, or say something. Reads no row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from medgo.training.recipe import StageRecipe
from medgo.training.rows.account import EXAMPLES, Refused, TaskAccount
from medgo.training.rows.benchmarks import BenchmarkItems
from medgo.training.rows.gates import Refusal
from medgo.training.rows.label_balance import label_balance


@dataclass(frozen=True, slots=True)
class GateLine:
    """What a gate says.

    Args:
        name: Of the gate.
        state: ``FAIL`` stops the run, ``NOTE`` is for people to know.
        why: The figures behind it.
        hint: The way out of a failure.
    """

    name: str
    state: Literal["PASS", "FAIL", "NOTE"]
    why: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class IntakeReport:
    """What became of a stage's rows.

    Args:
        stage: The stage.
        tasks: Task → account, in the order in which tasks were met.
        certificates: Ids of the certificates that were verified.
        compared: Whether rows were compared with benchmark items.
        benchmarks: Which items these were; None where nobody said.
        thinking_switch: Whether the model's template writes prompts for answers with and without reasoning.
    """

    stage: StageRecipe
    tasks: dict[str, TaskAccount]
    certificates: tuple[str, ...]
    compared: bool
    benchmarks: BenchmarkItems | None = None
    thinking_switch: bool = False

    def total(self, what: Callable[[TaskAccount], int]) -> int:
        """A figure summed over tasks."""
        return sum(what(task) for task in self.tasks.values())

    def refused(self, reason: Refusal) -> Refused:
        """The rows of all tasks that were refused for a reason."""
        whole = Refused()
        for part in (task.refused[reason] for task in self.tasks.values() if reason in task.refused):
            whole.rows += part.rows
            whole.tokens += part.tokens
            whole.row_ids = (whole.row_ids + part.row_ids)[:EXAMPLES]
            whole.details += part.details
        return whole

    def gates(self) -> list[GateLine]:
        """What follows: which gates pass."""
        return [*_gates(self)]

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "stage": self.stage.name,
            "method": self.stage.method,
            "tasks": {name: task.to_dict() for name, task in self.tasks.items()},
            "certificates": list(self.certificates),
            "compared_with_benchmarks": self.compared,
            "benchmarks": None
            if self.benchmarks is None
            else {
                "items": self.benchmarks.items,
                "names": list(self.benchmarks.benchmarks),
                "absent": list(self.benchmarks.absent),
            },
            "gates": [asdict(line) for line in self.gates()],
        }


def _gates(report: IntakeReport) -> list[GateLine]:
    method = report.stage.method
    lines = [
        _rows_left(report),
        _must_be_none(
            report, Refusal.LICENCE, "take the rows out, or name the licence in gates.licences if you agreed to it"
        ),
        _must_be_none(
            report,
            Refusal.CERTIFICATE,
            "name the certified file in gates.certified_files and its issuer's key in gates.trusted_keys",
        ),
        _benchmarks(report),
        _left_out(report, Refusal.DUPLICATE),
        _lengths(report),
        _thinking(report),
    ]
    if method == "sft" and report.thinking_switch:
        lines.append(_modes(report))
    if method == "dpo":
        lines.append(_left_out(report, Refusal.IDENTICAL_PAIR))
    if method == "kto":
        lines.append(_labels(report))
    return lines


def _rows_left(report: IntakeReport) -> GateLine:
    kept, read = report.total(lambda task: task.kept), report.total(lambda task: task.read)
    why = f"{kept} of {read} rows are learnt from"
    if not kept:
        return GateLine("rows", "FAIL", why, "nothing can be learnt: see what was left out, and why")
    gone = [name for name, task in report.tasks.items() if not task.kept]
    if gone:
        return GateLine("rows", "NOTE", f"{why}, and none of {', '.join(gone)}")
    return GateLine("rows", "PASS", why)


def _must_be_none(report: IntakeReport, reason: Refusal, hint: str) -> GateLine:
    found = report.refused(reason)
    if found.rows:
        named = ", ".join(f"{what} {count}" for what, count in found.details.most_common(EXAMPLES))
        return GateLine(str(reason), "FAIL", f"{_rows(found)}: {named}; {_first(found)}", hint)
    if reason is Refusal.CERTIFICATE:
        verified = ", ".join(report.certificates) or "none is needed"
        return GateLine(str(reason), "PASS", f"verified: {verified}")
    return GateLine(str(reason), "PASS", "every source's licence is allowed")


def _benchmarks(report: IntakeReport) -> GateLine:
    name = str(Refusal.BENCHMARK_ITEM)
    if not report.compared:
        return GateLine(
            name, "NOTE", "ROWS WERE NOT COMPARED WITH BENCHMARK ITEMS", "gates.overlap=required, gates.benchmarks"
        )
    line = _left_out(report, Refusal.BENCHMARK_ITEM)
    if (found := report.benchmarks) is None:
        return line
    here, absent = ", ".join(found.benchmarks), ", ".join(found.absent) or "none"
    return replace(line, why=f"{line.why}; compared with {found.items:,} items of {here}; not here: {absent}")


def _left_out(report: IntakeReport, reason: Refusal) -> GateLine:
    found = report.refused(reason)
    return GateLine(str(reason), "PASS", f"{_rows(found)} left out; {_first(found)}" if found.rows else "none")


def _lengths(report: IntakeReport) -> GateLine:
    lengths, found = report.stage.lengths, report.refused(Refusal.TOO_LONG)
    judged = report.total(lambda task: task.kept) + found.rows
    if not found.rows:
        split, truncated = report.total(lambda task: task.split), report.total(lambda task: task.truncated)
        return GateLine(str(Refusal.TOO_LONG), "PASS", f"none left out; {split} split, {truncated} prompts shortened")
    share = found.rows / judged
    why = f"{found.rows} of {judged} rows ({share:.1%}) exceed {lengths.max_tokens} tokens; {_first(found)}"
    if lengths.too_long == "error" and share > lengths.budget:
        return GateLine(
            str(Refusal.TOO_LONG),
            "FAIL",
            f"{why}; the budget is {lengths.budget:.1%}",
            "raise lengths.max_tokens or lengths.budget, or choose lengths.too_long: drop, truncate_prompt, split",
        )
    return GateLine(str(Refusal.TOO_LONG), "PASS", f"{why}; left out")


def _thinking(report: IntakeReport) -> GateLine:
    found = report.refused(Refusal.NO_THINKING)
    if not found.rows:
        count = report.total(lambda task: task.thinking)
        return GateLine(str(Refusal.NO_THINKING), "PASS", f"{count} rows with reasoning")
    why = f"{_rows(found)} with reasoning, and the model's template has no thinking; {_first(found)}"
    if report.stage.lengths.thinking == "error":
        hint = "take a thinking model, or lengths.thinking=drop"
        return GateLine(str(Refusal.NO_THINKING), "FAIL", why, hint)
    return GateLine(str(Refusal.NO_THINKING), "NOTE", f"{why}; left out")


def _modes(report: IntakeReport) -> GateLine:
    """A model that can answer in two ways forgets the one that no row shows, or falls into it at random.

    Seen with Qwen3 after SFT: https://github.com/modelscope/ms-swift/issues/4810,
    https://github.com/hiyouga/LLaMA-Factory/issues/7905
    """
    reasoned = report.total(lambda task: task.thinking)
    direct = report.total(lambda task: task.kept) - reasoned
    why = f"{reasoned} rows with reasoning, {direct} without"
    if bool(reasoned) == bool(direct):  # both, or nothing is learnt at all
        return GateLine("reasoning", "PASS", why)
    lacking, switch = ("without", "off") if reasoned else ("with", "on")
    return GateLine(
        "reasoning",
        "NOTE",
        f"{why}: the template has both modes, and a model that learns one loses the other or mixes them up",
        f"add rows {lacking} reasoning to data, such as the base's own answers with thinking {switch}; "
        "what is lost shows when the stage is finished",
    )


def _labels(report: IntakeReport) -> GateLine:
    wanted, unwanted = report.total(lambda task: task.wanted), report.total(lambda task: task.unwanted)
    if not wanted or not unwanted:
        why = f"{wanted} wanted and {unwanted} unwanted rows: nothing tells them apart"
        return GateLine("label balance", "FAIL", why, "add rows of the other label")
    balance = label_balance(wanted, unwanted, report.stage.kto)
    least, most = balance.desirable_range
    why = (
        f"before mixing {wanted} wanted, {unwanted} unwanted, weighted ratio {balance.ratio:.2f}; "
        f"equation 8 wants 1 to 1.33: desirable_weight {least:.3g} to {most:.3g}"
    )
    contradicting = report.total(lambda task: task.contradicting)
    if contradicting:
        why += f"; labelled both ways: {contradicting}"
    return GateLine("label balance", "PASS" if balance.holds and not contradicting else "NOTE", why)


def _rows(found: Refused) -> str:
    return "1 row" if found.rows == 1 else f"{found.rows} rows"


def _first(found: Refused) -> str:
    return f"first {', '.join(found.row_ids)}"
