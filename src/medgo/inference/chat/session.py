"""A conversation: its turns, what of it is sent to the engine, and the reply that is being written.

Does no input or output: a terminal, a notebook or a service draws what it gets from here.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from types import TracebackType

from medgo.errors import InputError, PromptTooLongError
from medgo.inference.chat.context import Turn, fit_context, flatten
from medgo.inference.chat.prompts import default_system_prompt
from medgo.inference.chat.reply import ChatReply
from medgo.inference.chat.settings import ChatSettings
from medgo.inference.protocol import Delta, Engine, GenerationRequest, Thinking
from medgo.inference.serialized import close_stream
from medgo.schema import Message


class ChatSession:
    """A conversation of several turns with one engine.

    Args:
        engine: Answers; it stays open when the session ends.
        system: System prompt. None takes the medical default in the language of the first question; an empty text
            sends none.
        settings: How replies are generated; may be replaced between turns.
    """

    def __init__(self, engine: Engine, *, system: str | None = None, settings: ChatSettings | None = None) -> None:
        self.settings = settings or ChatSettings()
        self.system = system
        self.turns: list[Turn] = []
        self.unanswered: str | None = None
        self._engine = engine
        self.first_turn = 0
        self._attempt = 0

    @property
    def messages(self) -> tuple[Message, ...]:
        """The whole conversation, also the turns that are no longer sent."""
        first = self.turns[0].question.content if self.turns else ""
        out = list(self.system_message(first))
        for turn in self.turns:
            out += [turn.question, turn.answer]
        return tuple(out)

    def system_message(self, first_question: str) -> tuple[Message, ...]:
        """Return the system prompt as it is sent: one message or none.

        Args:
            first_question: Decides the language of the default; without turns yet, the question about to be asked.
        """
        text = default_system_prompt(first_question) if self.system is None else self.system
        return (Message("system", text),) if text else ()

    def keep(self, turn: Turn) -> None:
        """Add a turn; the question is answered."""
        self.turns.append(turn)
        self.unanswered = None

    def ask(self, question: str) -> ReplyStream:
        """Begin a reply to the user's next message.

        Returns:
            The reply as it is written. What it knows at once: the turns that were dropped to make room for it.

        Raises:
            InputError: The question is empty.
            PromptTooLongError: The question does not fit into the model's context even alone.
        """
        self._attempt = 0
        return self._begin(question)

    def retry(self) -> ReplyStream:
        """Answer the last question again, with another seed; the earlier answer is discarded.

        Raises:
            InputError: Nothing was asked yet.
        """
        if self.unanswered is not None:
            return self._begin(self.unanswered)
        if not self.turns:
            raise InputError("there is no question to answer again")
        question = self.turns.pop().question.content
        self._attempt += 1
        return self._begin(question)

    def think(self, thinking: Thinking) -> None:
        """Set the thinking mode of the replies to come.

        Raises:
            InputError: The budget leaves no room for the answer.
            UnsupportedRequestError: The model has no thinking mode.
        """
        settings = self.settings.with_thinking(thinking)
        self._engine.count_tokens((Message("user", "?"),), thinking)  # the chat template refuses here, not mid-talk
        self.settings = settings

    def reset(self) -> None:
        """Forget all turns; system prompt and settings stay."""
        self.restore(self.system, [])

    def restore(self, system: str | None, turns: list[Turn], unanswered: str | None = None) -> None:
        """Continue an earlier conversation instead of this one."""
        self.system, self.turns, self.unanswered = system, list(turns), unanswered
        self.first_turn = self._attempt = 0

    def _begin(self, question: str) -> ReplyStream:
        if not question.strip():
            raise InputError("the message is empty")
        self.unanswered = question
        message = Message("user", question)
        before = self.first_turn
        self._fit(message)
        return ReplyStream(self, message, before)

    def _fit(self, question: Message) -> None:
        context = self._engine.info.context_length
        fit = fit_context(
            self._system_for(question),
            self.turns[self.first_turn :],
            question,
            count=lambda messages: self._engine.count_tokens(messages, self.settings.thinking),
            limit=None if context is None else context - self.settings.reply_tokens,
        )
        self.first_turn += fit.first_turn  # turns that were dropped before stay dropped

    def open_stream(self, question: Message) -> Iterator[Delta]:
        """Ask the engine, with the turns that are still sent."""
        request = GenerationRequest(
            id=f"turn-{len(self.turns) + 1}",
            messages=flatten(self._system_for(question), self.turns[self.first_turn :], question),
            sampling=self.settings.sampling(self._attempt),
            thinking=self.settings.thinking,
        )
        return self._engine.stream(request)

    def drop_some(self) -> bool:
        """Drop the oldest quarter of the turns that are sent, at least one.

        Returns:
            Whether there was one.
        """
        sent = len(self.turns) - self.first_turn
        self.first_turn += max(1, sent // 4) if sent else 0
        return sent > 0

    def _system_for(self, question: Message) -> tuple[Message, ...]:
        return self.system_message((self.turns[0].question if self.turns else question).content)


class ReplyStream:
    """A reply while it is written: iterate over its pieces; closing it stops the reply.

    When the reply ends, it becomes a turn of the session. A reply that was stopped is kept too, marked as interrupted,
    because the user has read it and may refer to it; if nothing of the answer was there yet, or the engine failed, the
    question stays unanswered and ``session.retry()`` asks it again.

    Args:
        session: Gets the turn.
        question: What is answered.
        first_before: Index of the oldest turn that was sent until now.
    """

    def __init__(self, session: ChatSession, question: Message, first_before: int) -> None:
        self.reply: ChatReply | None = None
        self.first_before = first_before
        self.first_turn = session.first_turn
        self._session = session
        self._deltas = self._run(session.open_stream(question), question)

    @property
    def dropped(self) -> tuple[Turn, ...]:
        """Turns that are no longer sent, from this reply on. An endpoint may add some until its first piece comes."""
        return tuple(self._session.turns[self.first_before : self.first_turn])

    def __iter__(self) -> Iterator[Delta]:
        return self._deltas

    def __enter__(self) -> ReplyStream:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the reply, if it is still being written."""
        self._deltas.close()

    def _run(self, deltas: Iterator[Delta], question: Message) -> Generator[Delta, None, None]:
        text = {"answer": "", "reasoning": ""}
        try:
            for delta in self._fitted(deltas, question):
                text[delta.kind] += delta.text
                if delta.completion is not None:
                    self.reply = ChatReply.of(delta.completion)
                    self._keep(question, self.reply, interrupted=False)
                yield delta
        except (GeneratorExit, KeyboardInterrupt):
            if self.reply is None and text["answer"].strip():
                self._keep(question, ChatReply(text["answer"], text["reasoning"] or None), interrupted=True)
            raise

    def _fitted(self, deltas: Iterator[Delta], question: Message) -> Generator[Delta, None, None]:
        """Stream; while an engine that cannot count finds the prompt too long, drop turns and ask again."""
        while True:
            try:
                yield from deltas
            except PromptTooLongError:
                if not self._session.drop_some():
                    raise
            else:
                return
            finally:
                close_stream(deltas)
            self.first_turn = self._session.first_turn
            deltas = self._session.open_stream(question)

    def _keep(self, question: Message, reply: ChatReply, *, interrupted: bool) -> None:
        answer = Message("assistant", reply.text, reply.reasoning)
        self._session.keep(Turn(question, answer, interrupted))
