"""The command line: thin commands over the package. ``main`` turns what was expected to fail into one clear line."""

from __future__ import annotations


def main() -> int:
    """Run ``medgo`` with the arguments of the process.

    Returns:
        0 when all went well, 1 when a part of the work failed, 2 for an error that MedGo explains, 130 after Ctrl-C.
    """
    from medgo.cli._app import build_app
    from medgo.errors import MedGoError

    try:
        build_app()(standalone_mode=True)
    except MedGoError as error:
        from rich.console import Console

        from medgo.cli._errors import show_error

        show_error(Console(stderr=True), error)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0
