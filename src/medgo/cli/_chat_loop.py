"""The loop of ``medgo chat``: a message in, a reply out, until the user leaves.

Joins a session, a screen and a transcript; decides nothing about any of them.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import FrameType

from medgo.cli._chat_screen import Screen
from medgo.cli._chat_texts import Texts
from medgo.errors import InputError, MedGoError, StorageError
from medgo.inference.chat import (
    ChatSession,
    Command,
    ReplyStream,
    Transcript,
    TranscriptLog,
    load_transcript,
    parse_command,
    save_transcript,
)
from medgo.inference.chat.transcript import Row, answer_row, header_row, message_rows
from medgo.inference.protocol import EngineInfo, Thinking
from medgo.schema import Message


class ChatLoop:
    """Talks until the user leaves.

    Args:
        session: The conversation.
        info: What is running, for transcripts.
        screen: Reads and writes.
        texts: In the user's language.
        log: Transcript that is kept while we talk, if any.
    """

    def __init__(
        self, session: ChatSession, info: EngineInfo, screen: Screen, texts: Texts, log: TranscriptLog | None = None
    ) -> None:
        self._session, self._info, self._screen, self._texts, self._log = session, info, screen, texts, log
        self._own_files: set[Path] = set()
        self._logged_system: tuple[Message, ...] = ()
        self._commands: dict[str, Callable[[str], None]] = {
            "help": self._help,
            "reset": self._reset,
            "retry": self._retry,
            "save": self._save,
            "load": self._load,
            "system": self._system,
            "thinking": self._thinking,
        }
        self.failed = False

    def run(self) -> None:
        """Talk until the input ends or the user leaves. ``failed`` says whether anything went wrong on the way."""
        asked_to_leave = False
        while True:
            try:
                line = self._screen.read()
                if line is None or not self._handle(line):
                    return
                asked_to_leave = False
            except KeyboardInterrupt:
                if not self._screen.interactive:
                    raise
                if asked_to_leave:
                    return
                asked_to_leave = True
                self._screen.note(f"\n{self._texts('leave')}")
            except MedGoError as error:
                self.failed = True
                self._screen.error(error)

    def _handle(self, line: str) -> bool:
        """Serve one line of input. Returns False when the user wants to leave."""
        if not line.strip():
            return True
        command = parse_command(line)
        if command is None:
            self._log_question(line)
            self._answer(self._session.ask(line))
        elif command.name == "quit":
            return False
        else:
            self._obey(command)
        return True

    def _obey(self, command: Command) -> None:
        self._commands[command.name](command.argument)

    def _answer(self, stream: ReplyStream) -> None:
        turns_before = len(self._session.turns)
        interrupted = False
        try:
            with stream, _ctrl_c(lambda: self._screen.note(f"\n{self._texts('stopping')}")) as pressed:
                for n, delta in enumerate(stream):
                    if n == 0:
                        self._say_dropped(stream)
                    if delta.text:
                        self._screen.piece(delta.text, delta.kind, self._texts("reasoning"))
                    if interrupted := pressed():
                        break
        except KeyboardInterrupt:  # the second Ctrl-C: the reply was stopped the hard way, the session goes on
            interrupted = True
        finally:
            self._screen.end_reply()
        self._say_end(stream)
        if len(self._session.turns) > turns_before:
            self._append([answer_row(self._session.turns[-1])])
        if interrupted and not self._screen.interactive:
            raise KeyboardInterrupt  # nobody is there to ask another question

    def _say_dropped(self, stream: ReplyStream) -> None:
        if stream.dropped:
            turns = self._texts.turns(stream.first_before + 1, stream.first_turn)
            limit = self._texts("limit", tokens=self._info.context_length) if self._info.context_length else ""
            self._screen.note(self._texts("dropped", limit=limit, turns=turns), "yellow")

    def _say_end(self, stream: ReplyStream) -> None:
        if stream.reply is None:
            kept = self._session.unanswered is None
            self._screen.note(self._texts("interrupted" if kept else "nothing_kept"), "yellow")
        elif stream.reply.finish_reason == "length":
            self._screen.note(self._texts("length", tokens=stream.reply.usage.completion), "yellow")

    # --- commands

    def _help(self, _: str) -> None:
        self._screen.table(self._texts.help())

    def _reset(self, _: str) -> None:
        self._session.reset()
        self._log_whole()
        self._screen.note(self._texts("reset"))

    def _retry(self, _: str) -> None:
        self._answer(self._session.retry())

    def _save(self, name: str) -> None:
        path = Path(name).expanduser()
        if path.exists() and path.resolve() not in self._own_files:
            raise InputError(f"{path} exists already", hint="choose another name, so that nothing is overwritten")
        save_transcript(path, self._rows())
        self._own_files.add(path.resolve())
        self._screen.note(self._texts("saved", turns=len(self._session.turns), path=path))

    def _load(self, name: str) -> None:
        path = Path(name).expanduser()
        self.restore(load_transcript(path), path)
        self._log_whole()

    def _system(self, text: str) -> None:
        if text:
            self._session.system = text
            self._screen.note(self._texts("system_set"))
            return
        shown = self._session.system_message(self._first_question())
        if self._session.system is None:
            self._screen.note(self._texts("system_default"))
        self._screen.note(shown[0].content if shown else self._texts("system_none"))

    def _thinking(self, text: str) -> None:
        self._session.think(Thinking.parse(text))
        self._screen.note(self._texts("thinking", mode=self._session.settings.thinking))

    # --- transcripts

    def restore(self, found: Transcript, path: Path) -> None:
        """Continue a conversation that was read from a file."""
        empty = not found.turns and found.unanswered is None
        # A conversation that was held without a system prompt goes on without one.
        system = found.system if found.system is not None or empty else ""
        self._session.restore(system, found.turns, found.unanswered)
        self._screen.note(self._texts("loaded", turns=len(found.turns), path=path))
        if found.unanswered is not None:
            self._screen.note(self._texts("unanswered"))

    def begin_log(self, *, continues: bool) -> None:
        """Write the first line of this run into the transcript that is kept."""
        self._append([self._header(continues=continues)])
        if continues:
            self._logged_system = self._session.system_message(self._first_question())

    def _log_question(self, question: str) -> None:
        system = self._session.system_message(self._first_question() or question)
        new_system = system if system != self._logged_system else ()
        self._append([*message_rows(new_system, [], question)])
        self._logged_system = system

    def _log_whole(self) -> None:
        """Begin anew in the transcript that is kept: the conversation is another one now."""
        self._append(self._rows())
        self._logged_system = self._session.system_message(self._first_question()) if self._session.turns else ()

    def _append(self, rows: Iterable[Row]) -> None:
        if self._log is None:
            return
        try:
            self._log.append(rows)
        except StorageError as error:  # a full disk must not end the conversation, nor go unnoticed
            self.failed = True
            self._screen.error(error)

    def _rows(self) -> list[Row]:
        session = self._session
        system = session.system_message(self._first_question()) if session.turns or session.system else ()
        return [self._header(), *message_rows(system, session.turns, session.unanswered)]

    def _header(self, *, continues: bool = False) -> Row:
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        return header_row(self._info, self._session.settings, started=now, continues=continues)

    def _first_question(self) -> str:
        if self._session.turns:
            return self._session.turns[0].question.content
        return self._session.unanswered or ""


@contextmanager
def _ctrl_c(say: Callable[[], None]) -> Generator[Callable[[], bool], None, None]:
    """While a reply is written, let Ctrl-C ask for its end between two pieces; a second one interrupts at once.

    An exception in the middle of an engine's step could leave the engine unusable; between two pieces it cannot.
    """
    pressed = False

    def on_signal(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        if pressed:
            signal.default_int_handler(number, frame)
        pressed = True
        say()

    before = signal.signal(signal.SIGINT, on_signal)
    try:
        yield lambda: pressed
    finally:
        signal.signal(signal.SIGINT, before)
