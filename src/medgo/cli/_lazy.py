"""A group of commands whose parts are imported when they are asked for. Knows no command."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup


class LazyGroup(TyperGroup):
    """Adds groups that cost an import each only when one of them, or the list of all, is asked for."""

    builders: ClassVar[dict[str, Callable[[], typer.Typer]]] = {}

    def list_commands(self, ctx: Any) -> list[str]:
        """Names of all commands, those not yet imported last."""
        return [*super().list_commands(ctx), *self.builders]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, imported now where need be."""
        if cmd_name in self.builders:
            command = typer.main.get_command(self.builders[cmd_name]())
            command.name = cmd_name
            return command
        return super().get_command(ctx, cmd_name)
