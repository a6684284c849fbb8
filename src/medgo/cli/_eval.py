"""The ``medgo eval`` commands. Imported only when one of them runs: statistics take a second to load."""

from __future__ import annotations

import typer

from medgo.cli._eval_compare import eval_compare_command
from medgo.cli._eval_contamination import eval_contamination_command
from medgo.cli._eval_estimate import eval_estimate_command
from medgo.cli._eval_judge import eval_judge_command, eval_judge_meta_command
from medgo.cli._eval_list import eval_list_command
from medgo.cli._eval_read import eval_read_command
from medgo.cli._eval_report import eval_report_command
from medgo.cli._eval_run import eval_run_command


def build_eval() -> typer.Typer:
    """Make the ``eval`` group."""
    app = typer.Typer(
        no_args_is_help=True, add_completion=False, help="Measure models on medical benchmarks. 医学评测。"
    )
    app.command("list")(eval_list_command)
    app.command("estimate")(eval_estimate_command)
    app.command("run")(eval_run_command)
    app.command("report")(eval_report_command)
    app.command("compare")(eval_compare_command)
    app.command("contamination")(eval_contamination_command)
    app.command("read")(eval_read_command)
    app.command("judge")(eval_judge_command)
    app.command("judge-meta")(eval_judge_meta_command)
    return app
