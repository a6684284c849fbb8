"""The commands of a conversation (``/help`` and so on): their names, their help, and how a line is read. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from medgo.errors import InputError


@dataclass(frozen=True, slots=True)
class CommandHelp:
    """How a command is written and what it does, in both languages."""

    usage: str
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command as the user typed it.

    Args:
        name: One of :data:`COMMANDS`.
        argument: The rest of the line; empty when there is none.
    """

    name: str
    argument: str = ""


COMMANDS: dict[str, CommandHelp] = {
    "help": CommandHelp("/help", "show this list", "显示本列表"),
    "reset": CommandHelp("/reset", "begin a new conversation", "开始新的对话"),
    "retry": CommandHelp("/retry", "answer the last question again", "重新回答上一个问题"),
    "save": CommandHelp("/save FILE", "write the conversation to a JSONL file", "将对话保存为 JSONL 文件"),
    "load": CommandHelp("/load FILE", "continue a saved conversation", "载入并继续已保存的对话"),
    "system": CommandHelp("/system [TEXT]", "show or set the system prompt", "显示或设置系统提示词"),
    "thinking": CommandHelp(
        "/thinking off|on|N", "reason before answering, N: at most N tokens", "回答前是否先推理；N 为推理的词元上限"
    ),
    "quit": CommandHelp("/quit", "leave (also Ctrl-D)", "退出（或按 Ctrl-D）"),
}
_NEEDS_ARGUMENT = ("save", "load", "thinking")


def parse_command(line: str) -> Command | None:
    """Read a line as a command.

    Only a line whose first word is ``/`` and letters is one; ``/`` elsewhere, as in ``120/80 mmHg?``, is text.

    Returns:
        None when the line is a message to the model.

    Raises:
        InputError: There is no such command, or its argument is missing.
    """
    word, argument = [*line.split(maxsplit=1), "", ""][:2]
    name = word[1:].lower()
    if not word.startswith("/") or not name.isascii() or not name.isalpha():
        return None
    if name not in COMMANDS:
        close = get_close_matches(name, COMMANDS, n=1)
        hint = f"did you mean /{close[0]}? " if close else ""
        raise InputError(f"there is no command /{name}", hint=f"{hint}/help lists the commands")
    argument = argument.rstrip()
    if name in _NEEDS_ARGUMENT and not argument:
        raise InputError(f"/{name} needs an argument", hint=f"write {COMMANDS[name].usage}")
    return Command(name, argument)
