"""The terminal of ``medgo chat``: reading messages and writing replies.

Knows no session and no engine. With a terminal: styles, line editing, a prompt. Without one (a pipe): answers alone go
to standard output, everything else to standard error, one line of input is one message.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress

from rich.console import Console
from rich.text import Text

from medgo.cli._errors import show_error, without_controls
from medgo.errors import InputError, MedGoError
from medgo.inference.protocol import DeltaKind

BLOCK = '"""'
_PROMPT, _PROMPT_IN_BLOCK = "> ", ". "


class Screen:
    """Writes what is said.

    Args:
        out: For answers.
        err: For everything else when there is no terminal.
        interactive: Both ends are a terminal.
    """

    def __init__(self, out: Console, err: Console, *, interactive: bool) -> None:
        self.interactive = interactive
        self.err = err
        self._out = out
        self._notes = out if interactive else err
        self._kind: DeltaKind | None = None

    @classmethod
    def of_terminal(cls) -> Screen:
        """Use the process's own standard streams."""
        interactive = sys.stdin.isatty() and sys.stdout.isatty()
        if interactive:
            with suppress(ImportError):  # Windows has none
                importlib.import_module("readline")  # gives input() line editing and history
        return cls(Console(), Console(stderr=True), interactive=interactive)

    @contextmanager
    def waiting(self, text: str) -> Iterator[None]:
        """Show that something takes its time."""
        with self._out.status(text) if self.interactive else nullcontext():
            yield

    def note(self, text: str, style: str = "dim") -> None:
        """Say something about the conversation."""
        self._notes.print(Text(without_controls(text), style=style), soft_wrap=True)

    def table(self, rows: list[tuple[str, str]]) -> None:
        """Show names with their descriptions."""
        width = max(len(name) for name, _ in rows)
        for name, text in rows:
            self._notes.print(Text.assemble((f"  {name:<{width}}  ", "bold"), text), soft_wrap=True)

    def error(self, error: MedGoError) -> None:
        """Say what went wrong and the way out."""
        show_error(self._notes, error)

    def piece(self, text: str, kind: DeltaKind, label: str) -> None:
        """Write a piece of a reply as it comes.

        Args:
            label: Heading of reasoning, which is kept apart from the answer.
        """
        reasoning = kind == "reasoning"
        target = self._notes if reasoning else self._out
        if kind != self._kind:
            self._end_part()
            self._kind = kind
            if reasoning:
                target.out(f"[{label}]", style="dim italic", highlight=False)
        text = without_controls(text)
        if target.is_terminal:
            # `out` and not `print`: no markup, as a model may write square brackets, and no wrapping, as only the
            # terminal knows where in the line a piece begins.
            target.out(text, style="dim" if reasoning else None, highlight=False, end="")
        else:
            target.file.write(text)  # exactly what the model wrote; rich would expand its tabs
        target.file.flush()

    def end_reply(self) -> None:
        """End the line of a reply."""
        self._end_part()
        self._kind = None

    def _end_part(self) -> None:
        if self._kind is not None:
            (self._notes if self._kind == "reasoning" else self._out).out("")

    def read(self) -> str | None:
        """Read the user's next message; lines between two ``\"\"\"`` are one.

        Returns:
            None at the end of input.

        Raises:
            InputError: The input is not UTF-8 text.
            KeyboardInterrupt: The user pressed Ctrl-C.
        """
        line = self._line(_PROMPT)
        if line is None or not line.lstrip().startswith(BLOCK):
            return line
        lines = [line.lstrip()[len(BLOCK) :]]
        while not lines[-1].rstrip().endswith(BLOCK):
            line = self._line(_PROMPT_IN_BLOCK)
            if line is None:
                return "\n".join(lines).strip()
            lines.append(line)
        lines[-1] = lines[-1].rstrip()[: -len(BLOCK)]
        return "\n".join(lines).strip()

    def _line(self, prompt: str) -> str | None:
        try:
            if self.interactive:
                return input(prompt)
            raw = sys.stdin.buffer.readline()
            return raw.decode("utf-8").rstrip("\r\n") if raw else None
        except EOFError:
            return None
        except UnicodeDecodeError as error:
            raise InputError(
                "this line is not UTF-8 text; it was left out", hint="set the terminal or the file to UTF-8"
            ) from error
