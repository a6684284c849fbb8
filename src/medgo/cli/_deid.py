"""``medgo deid``: the group and its parts."""

from __future__ import annotations

import typer

from medgo.cli._deid_check import (
    CERTIFY_EXAMPLES,
    CHECK_EXAMPLES,
    REVIEW_EXAMPLES,
    deid_certify_command,
    deid_check_command,
    deid_review_command,
)
from medgo.cli._deid_detect import deid_detect_command
from medgo.cli._deid_evaluate import deid_evaluate_command
from medgo.cli._deid_key import build_key
from medgo.cli._deid_reidentify import deid_reidentify_command
from medgo.cli._deid_run import RUN_EXAMPLES, deid_run_command

_ORDER = "The order: key new, run, certify, review, check. 次序：key new（建密钥）→ run → certify → review → check。"


def build_deid() -> typer.Typer:
    """The commands of ``medgo deid``."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode="rich",
        help="Find and replace identities in records, and prove it. 去标识化：替换病历中的身份信息， 并加以验证。",
        epilog=_ORDER,
    )
    app.command("run", epilog=RUN_EXAMPLES)(deid_run_command)
    app.command("certify", epilog=CERTIFY_EXAMPLES)(deid_certify_command)
    app.command("check", epilog=CHECK_EXAMPLES)(deid_check_command)
    app.command("review", epilog=REVIEW_EXAMPLES)(deid_review_command)
    app.command("detect")(deid_detect_command)
    app.command("evaluate")(deid_evaluate_command)
    app.command("reidentify")(deid_reidentify_command)
    app.add_typer(build_key(), name="key")
    return app
