"""Which lines are commands, which are messages, and which are mistakes."""

import pytest

from medgo.errors import InputError
from medgo.inference.chat import COMMANDS, Command, parse_command


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("/help", Command("help")),
        ("  /QUIT  ", Command("quit")),
        ("/save my notes.jsonl ", Command("save", "my notes.jsonl")),
        ("/system 你是\n药师。", Command("system", "你是\n药师。")),
        ("/system", Command("system")),
        ("/thinking 200", Command("thinking", "200")),
        ("/thinking\ton", Command("thinking", "on")),
    ],
)
def test_commands(line: str, command: Command) -> None:
    assert parse_command(line) == command


@pytest.mark.parametrize(
    "line", ["120/80 mmHg?", "/", "//", "/120 over 80", "/etc/passwd", "/帮助", " what /help does"]
)
def test_everything_else_is_a_message(line: str) -> None:
    assert parse_command(line) is None


def test_an_unknown_command_suggests_the_nearest() -> None:
    with pytest.raises(InputError, match="there is no command /rest") as caught:
        parse_command("/rest now")
    assert "/reset" in caught.value.hint


@pytest.mark.parametrize("name", ["save", "load", "thinking"])
def test_a_missing_argument_shows_the_usage(name: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_command(f"/{name} ")
    assert COMMANDS[name].usage in caught.value.hint


def test_every_command_is_explained_in_both_languages() -> None:
    assert all(text.en and text.zh and text.usage.startswith(f"/{name}") for name, text in COMMANDS.items())
