"""Options that several commands have: declared and put together once, and handed over as one value."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

from rich.console import Console

from medgo.cli._errors import errors_shown

Command = Callable[..., None]


def takes(name: str, group: Callable[..., object]) -> Callable[[Command], Command]:
    """Put the options of a group in the place of one parameter of a command.

    Args:
        name: Of the parameter.
        group: Takes the options, each annotated for typer and with a default; what it returns is the parameter's value.

    Returns:
        A decorator. Typer is given a command that takes each option by its name, and ends with the exit code of the
        error where the group refuses a value.
    """
    ours = inspect.signature(group, eval_str=True).parameters

    def decorate(command: Command) -> Command:
        signature = inspect.signature(command, eval_str=True)
        parameters: list[inspect.Parameter] = []
        for parameter in signature.parameters.values():
            parameters += ours.values() if parameter.name == name else [parameter]
        # By name, as typer gives them: options with and without defaults may then stand in any order.
        shown = signature.replace(parameters=[one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in parameters])

        @wraps(command)
        def wrapped(**kwargs: Any) -> None:
            bound = shown.bind(**kwargs)
            bound.apply_defaults()
            values = dict(bound.arguments)
            given = {option: values.pop(option) for option in ours}
            with errors_shown(Console(stderr=True)):
                values[name] = group(**given)
            command(**values)

        # What typer reads: the signature, and the annotations beside it.
        wrapped.__signature__ = shown  # type: ignore[attr-defined]
        wrapped.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return wrapped

    return decorate
