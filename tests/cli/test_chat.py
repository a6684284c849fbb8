"""``medgo chat`` as a process: through pipes, and through a real pseudo-terminal with real Ctrl-C."""

import contextlib
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from medgo import __version__
from medgo.cli._chat_texts import EMBEDDED_NOTICE, Texts, user_language
from medgo.inference.chat import load_transcript

_COMMAND = [sys.executable, "-m", "tests.support.scripted_chat", "chat", "--model", "embedded"]
_ENV = {k: v for k, v in os.environ.items() if not k.startswith("LC_")} | {"LANG": "C.UTF-8", "TERM": "xterm"}


def _piped(
    stdin: str | bytes, *options: str, code: int = 0, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    raw = subprocess.run(
        [*_COMMAND, *options],
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        env=_ENV | (env or {}),
        timeout=60,
    )
    done = subprocess.CompletedProcess(raw.args, raw.returncode, raw.stdout.decode(), raw.stderr.decode())
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done


def test_a_pipe_gets_one_answer_a_line_and_nothing_else_on_standard_output() -> None:
    done = _piped("hello\n\n什么是高血压？\n/help\n/quit\nnever read\n")
    assert done.stdout == "re: hello 🩺\nre: 什么是高血压？ 🩺\n"
    assert f"MedGo {__version__} · script · scripted · float32 · cpu · context 100000" in done.stderr
    assert "/thinking off|on|N" in done.stderr


def test_several_lines_between_quotes_are_one_message() -> None:
    assert _piped('"""one\ntwo\n/quit\n"""\nthree').stdout == "re: one\ntwo\n/quit 🩺\nre: three 🩺\n"
    assert _piped('"""never\nclosed').stdout == "re: never\nclosed 🩺\n"
    assert _piped('"""in one line"""\n').stdout == "re: in one line 🩺\n"


def test_reasoning_stays_apart_from_the_answer_and_text_is_not_markup() -> None:
    done = _piped("please think\n")
    assert done.stdout == "答案 [bold]42[/bold]\n"
    assert "[reasoning]\n先想一想\n" in done.stderr


def test_a_model_cannot_control_the_terminal() -> None:
    assert _piped("escape\n").stdout == "[2Jgone\ttab\nline31m\n"


def test_a_failed_reply_is_said_the_talk_goes_on_and_the_exit_code_tells() -> None:
    done = _piped("will fail\nhello\n", code=1)
    assert done.stdout == "re: hello 🩺\n"
    assert "error: the endpoint closed the connection\n  → try again\n" in done.stderr


def test_a_line_that_is_not_utf8_costs_only_itself() -> None:
    done = _piped(b"\xff\xfe\nhello\n", code=1)
    assert done.stdout == "re: hello 🩺\n"
    assert "not UTF-8" in done.stderr


def test_a_conversation_that_no_longer_fits_says_which_turns_it_drops() -> None:
    options = ("--system", "s" * 20, "--max-new-tokens", "40")
    lines = "".join(f"{letter * 20}\n" for letter in "abcd") + "x" * 200 + "\nend\n"
    done = _piped(lines, *options, code=1, env={"CONTEXT": "190"})  # room for the prompt: 150, a turn takes 46
    assert "no longer fits into the model's context of 190 tokens: turn 1 will not be sent any more" in done.stderr
    assert "220 tokens, but only 150 fit" in done.stderr
    assert done.stdout.endswith("re: end 🩺\n")
    chinese = _piped(lines, *options, code=1, env={"CONTEXT": "190", "LANG": "zh_CN.UTF-8"})
    assert "对话已超出模型的上下文（190 个词元）：第 1 轮不再发送给模型" in chinese.stderr


def test_a_transcript_is_kept_and_continued(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    _piped("one\n/system be brief\ntwo think\n", "--transcript", str(path), "--seed", "4", "--thinking", "7")
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line.get("role") for line in lines] == [None, "system", "user", "assistant", "system", "user", "assistant"]
    assert lines[0]["medgo"] == __version__ and lines[0]["settings"]["seed"] == 4
    assert lines[0]["settings"]["thinking"] == "7"
    assert lines[-1] == {"role": "assistant", "content": "答案 [bold]42[/bold]", "reasoning_content": "先想一想"}
    done = _piped("three\n/retry\n", "--transcript", str(path))
    assert "loaded 2 turns" in done.stderr
    found = load_transcript(path)
    assert [turn.question.content for turn in found.turns] == ["one", "two think", "three"]
    assert (found.system, found.unanswered) == ("be brief", None)


def test_save_load_and_reset(tmp_path: Path) -> None:
    path, kept = tmp_path / "saved.jsonl", tmp_path / "kept.jsonl"
    done = _piped(
        f"one\n/save {path}\ntwo\n/save {path}\n/reset\nthree\n/load {path}\nfour\n", "--transcript", str(kept)
    )
    assert [turn.question.content for turn in load_transcript(path).turns] == ["one", "two"]
    assert [turn.question.content for turn in load_transcript(kept).turns] == ["one", "two", "four"]
    assert "saved 2 turns" in done.stderr and "loaded 2 turns" in done.stderr
    assert '"three"' in kept.read_text(encoding="utf-8")  # a reset loses nothing of what is kept


def test_saving_never_overwrites_a_file_of_before(tmp_path: Path) -> None:
    precious = tmp_path / "precious.txt"
    precious.write_text("mine")
    done = _piped(f"one\n/save {precious}\n/save {tmp_path}/none/x\n", code=1)
    assert "exists already" in done.stderr and "could not be written" in done.stderr
    assert precious.read_text() == "mine"


def test_a_bad_transcript_is_refused_before_the_model_is_loaded_and_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a transcript, and no end of line")
    done = _piped("one\n", "--transcript", str(path), code=2)
    assert "line 1 of" in done.stderr and "MedGo" not in done.stderr
    assert path.read_text() == "not a transcript, and no end of line"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_a_full_disk_is_said_and_does_not_end_the_talk() -> None:
    done = _piped("one\ntwo\n", "--transcript", "/dev/full", code=1)
    assert done.stdout == "re: one 🩺\nre: two 🩺\n"
    assert "No space left on device" in done.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--temperature", "-1"], "temperature must be"),
        (["--thinking", "maybe"], "thinking must be"),
        (["--thinking", "50", "--max-new-tokens", "50"], "no room to answer"),
        (["--engine", "abacus"], "abacus"),
        (["--max-retries", "-1"], "max_retries must be"),
        (["--timeout", "0"], "timeout must be"),
    ],
)
def test_bad_options_are_errors_with_exit_code_2(options: list[str], message: str) -> None:
    assert message in _piped("one\n", *options, code=2).stderr


def test_an_unknown_model_is_an_error_with_a_way_out() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "medgo", "chat", "--model", "qwen3-06b"], capture_output=True, text=True, env=_ENV
    )
    assert done.returncode == 2
    assert "qwen3-0.6b" in done.stderr and "→" in done.stderr and "Traceback" not in done.stderr


def test_the_embedded_model_is_called_what_it_is_in_both_languages_and_others_are_not() -> None:
    assert all(notice in _piped("").stderr for notice in EMBEDDED_NOTICE)
    other = _piped("", "--model", "qwen3-0.6b").stderr
    assert "not a doctor" in other and not any(notice in other for notice in EMBEDDED_NOTICE)


def test_version_and_help() -> None:
    for option, text in (("--version", f"medgo {__version__}"), ("--help", "中英双语")):
        done = subprocess.run([sys.executable, "-m", "medgo", option], capture_output=True, text=True, env=_ENV)
        assert (done.returncode, text in done.stdout) == (0, True)


def test_the_language_of_the_notices_is_that_of_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    for locale, language in (("zh_TW.UTF-8", "zh"), ("de_DE.UTF-8", "en"), ("C.UTF-8", "en")):
        monkeypatch.setenv("LANG", locale)
        assert user_language() == language
    assert Texts("zh").turns(2, 2) == "第 2 轮"
    assert "medical" in EMBEDDED_NOTICE[0] and "不具备医学能力" in EMBEDDED_NOTICE[1]


class Terminal:
    """A process behind a pseudo-terminal."""

    def __init__(self, *options: str, **env: str) -> None:
        self.screen = ""
        self._seen = 0
        self._raw = b""
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.execvpe(_COMMAND[0], [*_COMMAND, *options], _ENV | env)

    def type(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def interrupt(self) -> None:
        """Press Ctrl-C at the prompt. CPython's input() shows its prompt a moment before it listens for signals."""
        time.sleep(0.4)
        self.type("\x03")

    def wait_for(self, text: str, seconds: float = 30) -> str:
        """Read until the text appears after what was waited for before; returns what came until then."""
        deadline = time.monotonic() + seconds
        while (at := self.screen.find(text, self._seen)) < 0:
            assert self._read(deadline - time.monotonic()), f"no {text!r} in:\n{self.screen}"
        before, self._seen = self.screen[self._seen : at], at + len(text)
        return before

    def leave(self) -> int:
        """Read to the end; return the exit code."""
        while self._read(30):
            pass
        os.close(self._fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def _read(self, seconds: float) -> bool:
        if seconds <= 0 or not select.select([self._fd], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._fd, 7)  # small and odd: characters arrive in halves here, and must still be whole
        except OSError:  # Linux reports the end of a pseudo-terminal as an error
            return False
        self._raw += data
        self.screen = re.sub(r"\x1b\[\??[\d;]*[A-Za-z]", "", self._raw.decode("utf-8", errors="ignore"))
        return bool(data)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    talk = Terminal(DELAY="0.003")
    talk.wait_for("> ")
    yield talk
    with contextlib.suppress(ProcessLookupError, ChildProcessError):  # most tests end it themselves
        os.kill(talk.pid, signal.SIGKILL)
        os.waitpid(talk.pid, 0)


def test_ctrl_c_stops_the_reply_and_keeps_the_session(terminal: Terminal, tmp_path: Path) -> None:
    assert "/help lists the commands" in terminal.screen
    terminal.type("be slow\n")
    terminal.wait_for("很慢的回答 很慢")
    terminal.type("\x03")
    terminal.wait_for("the part above stays in the conversation")
    terminal.wait_for("> ")
    terminal.type("what did you say?\n")
    terminal.wait_for("re: what did you say? 🩺")
    terminal.wait_for("> ")
    terminal.type(f"/save {tmp_path}/t\n")
    terminal.wait_for("saved 2 turns")
    terminal.wait_for("> ")
    terminal.type("\x04")
    assert terminal.leave() == 0
    first, second = load_transcript(tmp_path / "t").turns
    assert first.interrupted and first.answer.content.startswith("很慢的回答 很慢") and not second.interrupted
    assert "\N{REPLACEMENT CHARACTER}" not in terminal.screen


def test_ctrl_c_at_the_prompt_asks_first_and_a_message_between_resets_it(terminal: Terminal) -> None:
    terminal.interrupt()
    terminal.wait_for("Ctrl-C again or Ctrl-D leaves")
    terminal.wait_for("> ")
    terminal.type("hi\n")
    terminal.wait_for("re: hi 🩺")
    terminal.wait_for("> ")
    terminal.interrupt()
    terminal.wait_for("Ctrl-C again or Ctrl-D leaves")
    terminal.wait_for("> ")
    terminal.interrupt()
    assert terminal.leave() == 0
    assert "Traceback" not in terminal.screen


def test_reasoning_is_dimmed_on_a_terminal(terminal: Terminal) -> None:
    terminal.type("please think\n")
    terminal.wait_for("答案 [bold]42[/bold]")
    assert "\x1b[2m先".encode() in terminal._raw
    assert "[reasoning]\r\n先想一想\r\n答案" in terminal.screen


def test_sigint_ends_a_piped_talk_with_130_and_keeps_the_transcript(tmp_path: Path) -> None:
    path = tmp_path / "t"
    process = subprocess.Popen(
        [*_COMMAND, "--transcript", str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_ENV | {"DELAY": "0.003"},
    )
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    process.stdin.write(b"be slow\nnever asked\n")
    process.stdin.flush()
    process.stdout.read(30)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert b"Traceback" not in err
    (turn,) = load_transcript(path).turns
    assert turn.interrupted and turn.answer.content.startswith("很慢的回答")
