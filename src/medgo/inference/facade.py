"""MedGo in Python: load a model, ask it, once or in conversation, synchronously or not.

Knows engines through their protocol only; imports none before ``load``.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, closing, suppress
from types import TracebackType
from typing import Any, TypedDict, Unpack

from medgo.errors import EngineFailureError, InputError
from medgo.inference.chat import ChatReply, ChatSession, ChatSettings, default_system_prompt
from medgo.inference.engines import DtypeName, EngineName, EngineOptions, open_engine
from medgo.inference.protocol import Completion, Delta, Engine, GenerationRequest, Thinking
from medgo.inference.serialized import SerializedEngine, close_stream
from medgo.schema import Message, parse_messages

Question = str | Sequence[Message | Mapping[str, Any]]


class LoadOptions(TypedDict, total=False):
    """How to open an engine; see :class:`~medgo.inference.engines.EngineOptions`."""

    engine: EngineName
    dtype: DtypeName
    batch_size: int | None
    device: str
    base_url: str | None
    api_key: str | None
    timeout: float
    max_retries: int
    threads: int | None


class ChatOptions(TypedDict, total=False):
    """How to answer; what is not given is as in :class:`~medgo.inference.chat.ChatSettings`.

    ``system`` is the system prompt: absent, the medical default in the language of the question; empty, none.
    ``thinking`` is ``"off"``, ``"on"``, a number of tokens, or a :class:`~medgo.inference.protocol.Thinking`.
    """

    system: str
    thinking: str | int | Thinking
    max_new_tokens: int
    temperature: float
    top_p: float
    seed: int
    stop: Sequence[str]


class MedGo:
    """A loaded model that answers.

    Safe to share between threads and tasks: the engine serves one call at a time, the others wait. To answer many
    questions fast, use ``batch``.

    Args:
        engine: Answers; closed with this object.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = SerializedEngine(engine)
        # One thread: the engine serves one call at a time anyway, and waiting calls then cost no thread each.
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="medgo")

    @classmethod
    def load(cls, model: str = "embedded", **options: Unpack[LoadOptions]) -> MedGo:
        """Load a model.

        Args:
            model: Alias (``embedded``, ``medgo``, ``qwen3-0.6b`` …), hub id, local folder or GGUF file.
            options: See :class:`~medgo.inference.engines.EngineOptions`.

        Raises:
            MedGoError: There is no such model, its files are damaged, or the engine is not installed.
        """
        return cls(open_engine(EngineOptions(model=model, **options)))

    @property
    def engine(self) -> Engine:
        """The engine, for scoring and for requests of your own; calls to it take their turn like all others."""
        return self._engine

    def chat(self, question: Question, **options: Unpack[ChatOptions]) -> ChatReply:
        """Answer a question or continue a conversation.

        Args:
            question: The question, or the messages so far (``Message`` or dicts with ``role`` and ``content``).
            options: See :class:`ChatOptions`.

        Returns:
            The reply; ``str(reply)`` is the answer.

        Raises:
            MedGoError: The question cannot be answered (too long, an option out of range, the engine failed).
        """
        return _last(self.stream(question, **options))

    def stream(self, question: Question, **options: Unpack[ChatOptions]) -> Generator[Delta, None, None]:
        """Answer piece by piece; whole characters only.

        Returns:
            Pieces with ``text`` and ``kind`` (``answer`` or ``reasoning``); the last has no text and carries the
            ``completion``. Closing the iterator stops the reply.

        Raises:
            MedGoError: As ``chat``; a bad option at once, the rest when the first piece is read.
        """
        return self._run(_request(question, options))

    def batch(self, questions: Sequence[Question], **options: Unpack[ChatOptions]) -> list[ChatReply]:
        """Answer many questions together, much faster than one by one.

        Returns:
            One reply a question, in their order. A question that failed has ``finish_reason == "error"`` and says why
            in ``error``; it costs nothing but its own answer.

        Raises:
            MedGoError: An option is out of range, a question is not a conversation, or the engine itself broke.
        """
        requests = [_request(question, options, name=str(n)) for n, question in enumerate(questions)]
        replies = {done.request_id: ChatReply.of(done) for done in self._engine.generate(requests)}
        return [replies[request.id] for request in requests]

    async def achat(self, question: Question, **options: Unpack[ChatOptions]) -> ChatReply:
        """Like ``chat``, without blocking the event loop; cancelling it stops the reply."""
        completion = None
        async with aclosing(self._arun(_request(question, options))) as deltas:
            async for delta in deltas:
                completion = delta.completion or completion
        return _reply_of(completion)

    def astream(self, question: Question, **options: Unpack[ChatOptions]) -> AsyncGenerator[Delta, None]:
        """Like ``stream``, as an asynchronous iterator; cancelling or closing it stops the reply."""
        return self._arun(_request(question, options))

    def session(self, **options: Unpack[ChatOptions]) -> ChatSession:
        """Begin a conversation of several turns that remembers what was said."""
        system, settings = _settings(options)
        return ChatSession(self._engine, system=system, settings=settings)

    def close(self) -> None:
        """Free the model, after the reply that is being written, if any. Closing twice does nothing."""
        self._worker.shutdown(wait=True, cancel_futures=True)
        self._engine.close()

    def __enter__(self) -> MedGo:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self, request: GenerationRequest) -> Generator[Delta, None, None]:
        yield from self._engine.stream(request)

    async def _arun(self, request: GenerationRequest) -> AsyncGenerator[Delta, None]:
        """Run the engine in the worker thread and hand its pieces to the event loop."""
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[Delta | None] = asyncio.Queue()
        unwanted = threading.Event()

        def hand_over(piece: Delta | None) -> None:
            with suppress(RuntimeError):  # the event loop is closed: nobody listens any more
                loop.call_soon_threadsafe(pieces.put_nowait, piece)

        def write() -> None:
            deltas = self._engine.stream(request)
            try:
                for delta in deltas:
                    if unwanted.is_set():
                        return
                    hand_over(delta)
            finally:
                close_stream(deltas)

        job = self._worker.submit(write)
        job.add_done_callback(lambda _: hand_over(None))
        try:
            while (piece := await pieces.get()) is not None:
                yield piece
            if job.cancelled():
                raise InputError("the model was closed before it could answer")
            job.result()
        finally:
            # Not waited for: a cancelled task must end at once, and the engine stops at its next token.
            unwanted.set()
            job.cancel()


def _last(deltas: Generator[Delta, None, None]) -> ChatReply:
    completion = None
    with closing(deltas):
        for delta in deltas:
            completion = delta.completion or completion
    return _reply_of(completion)


def _reply_of(completion: Completion | None) -> ChatReply:
    if completion is None:
        raise EngineFailureError("the engine ended a reply without saying how")
    return ChatReply.of(completion)


def _request(question: Question, options: ChatOptions, name: str = "chat") -> GenerationRequest:
    system, settings = _settings(options)
    return GenerationRequest(
        id=name, messages=_messages(question, system), sampling=settings.sampling(), thinking=settings.thinking
    )


def _settings(options: ChatOptions) -> tuple[str | None, ChatSettings]:
    """Split options into the system prompt and the settings; a name that is no option is a TypeError."""
    rest: dict[str, Any] = dict(options)
    system, thinking = rest.pop("system", None), rest.pop("thinking", Thinking())
    if "stop" in rest:
        rest["stop"] = tuple(rest["stop"])
    settings = ChatSettings(**rest)
    return system, settings.with_thinking(_thinking(thinking))


def _thinking(value: str | int | Thinking) -> Thinking:
    if isinstance(value, Thinking):
        return value
    if isinstance(value, bool):  # before numbers: True is not a budget of one token
        return Thinking(enabled=value)
    return Thinking.parse(str(value))


def _messages(question: Question, system: str | None) -> tuple[Message, ...]:
    """Make a conversation of a question, with the system prompt that it should have."""
    if isinstance(question, str):
        messages: tuple[Message, ...] = (Message("user", question),)
    else:
        rows = [item.to_dict() if isinstance(item, Message) else item for item in question]
        messages = parse_messages(rows)
    if any(message.role == "system" for message in messages):
        if system is not None:
            raise InputError("the messages have a system prompt already", hint="give it there or as system=…, not both")
        return messages
    if system is None:
        first = next((message.content for message in messages if message.role == "user"), "")
        system = default_system_prompt(first)
    return (Message("system", system), *messages) if system else messages
