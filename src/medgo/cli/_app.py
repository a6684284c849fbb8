"""The tree of commands. Imports no library that is slow to load; each command does so when it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, ClassVar

import typer

from medgo import __version__
from medgo.cli._batch import batch_command
from medgo.cli._card import card_command
from medgo.cli._chat import chat_command
from medgo.cli._export import export_gguf_command
from medgo.cli._lazy import LazyGroup
from medgo.cli._logging import show_notes
from medgo.cli._models import doctor_command, download_command, models_command


def _build_corpus() -> typer.Typer:
    from medgo.cli._corpus import build_corpus

    return build_corpus()


def _build_curate() -> typer.Typer:
    from medgo.cli._curate import build_curate

    return build_curate()


def _build_deid() -> typer.Typer:
    from medgo.cli._deid import build_deid

    return build_deid()


def _build_eval() -> typer.Typer:
    from medgo.cli._eval import build_eval

    return build_eval()


def _build_knowledge() -> typer.Typer:
    from medgo.cli._knowledge import build_knowledge

    return build_knowledge()


def _build_task() -> typer.Typer:
    from medgo.cli._task import build_task

    return build_task()


def _build_synthesize() -> typer.Typer:
    from medgo.cli._synthesize import build_synthesize

    return build_synthesize()


def _build_pipeline() -> typer.Typer:
    from medgo.cli._pipeline import build_pipeline_app

    return build_pipeline_app()


def _build_train() -> typer.Typer:
    from medgo.cli._train import build_train

    return build_train()


class _Commands(LazyGroup):
    """``medgo`` and the groups that are imported when they are used."""

    builders: ClassVar[dict[str, Callable[[], typer.Typer]]] = {
        "corpus": _build_corpus,
        "curate": _build_curate,
        "deid": _build_deid,
        "eval": _build_eval,
        "knowledge": _build_knowledge,
        "pipeline": _build_pipeline,
        "synthesize": _build_synthesize,
        "task": _build_task,
        "train": _build_train,
    }


def build_app() -> typer.Typer:
    """Make the ``medgo`` command with all its parts."""
    app = typer.Typer(
        name="medgo",
        cls=_Commands,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    app.command("chat")(chat_command)
    app.command("batch")(batch_command)
    app.command("card")(card_command)
    app.command("models")(models_command)
    app.command("download")(download_command)
    app.command("doctor")(doctor_command)
    export = typer.Typer(no_args_is_help=True, help="Write a model in another format. 导出模型。")
    export.command("gguf")(export_gguf_command)
    app.add_typer(export, name="export")
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"medgo {__version__}")
        raise typer.Exit


def _root(
    _version: Annotated[
        bool, typer.Option("--version", help="Show the version and leave.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    """MedGo, a medical language model in Chinese and English. 中英双语医学大语言模型。"""
    show_notes()
