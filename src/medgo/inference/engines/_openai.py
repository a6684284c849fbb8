"""The ``openai`` engine: any endpoint that speaks the chat-completions protocol, with many requests under way at once.

Knows no HTTP details (``_openai_http``) and no JSON (``_openai_wire``). What depends on the endpoint:

- Seeds, ``top_k``, ``ignore_eos``, ``answer_prefix`` and the thinking switch are honoured by vLLM and SGLang; others
  may refuse them (that request fails and says so) or ignore them. ``top_k`` 0 leaves the endpoint's own default.
- A thinking budget takes two requests, because no portable field exists: the first may write as many tokens as the
  budget has; if it ends there, the second goes on from the closed reasoning with what is left of ``max_new_tokens``.
- A JSON schema goes out as ``response_format``; a whole reply that is no JSON all the same is an error.
- The endpoint must separate the reasoning (vLLM: ``--reasoning-parser``) or write ``<think>`` itself.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import aclosing
from dataclasses import replace
from queue import SimpleQueue
from typing import Any, Protocol, TypeVar

from medgo.errors import EndpointError, InputError, MedGoError, UnsupportedRequestError
from medgo.inference.engines._loop import LoopThread
from medgo.inference.engines._openai_http import Endpoint, Refused, TryAgain
from medgo.inference.engines._openai_reply import EndpointReply
from medgo.inference.engines._openai_retry import RetryPolicy
from medgo.inference.engines._openai_scoring import label_scores
from medgo.inference.engines._openai_wire import Dialect, chat_body
from medgo.inference.engines.options import EngineOptions
from medgo.inference.grammar import is_json
from medgo.inference.protocol import (
    Completion,
    Delta,
    EngineInfo,
    GenerationRequest,
    LabelScores,
    RequestError,
    Sampling,
    ScoringRequest,
    Thinking,
)
from medgo.schema import Message

DEFAULT_SLOTS = 8
TOP_LOGPROBS = 20  # the most that the protocol allows
# How endpoints name what they do not like about a JSON schema.
_ABOUT_SCHEMAS = re.compile(r"response_format|schema|grammar|structured|guided", re.IGNORECASE)


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


Request = TypeVar("Request", bound=_HasId)
Result = TypeVar("Result")


def open_engine(options: EngineOptions) -> OpenAIEngine:
    """Connect to the endpoint that the options name, and ask it for the model's context length.

    Raises:
        InputError: No address was given, or address or key cannot be used.
        EndpointError: The endpoint cannot be reached or refuses the key.
        UnsupportedRequestError: Another template than the endpoint's own was asked for.
    """
    if not options.base_url:
        raise InputError(
            "the engine 'openai' needs the address of an endpoint",
            hint="give --base-url, such as http://localhost:8000/v1",
        )
    if options.template != "chat":
        raise UnsupportedRequestError(
            "the engine 'openai' sends conversations, and the endpoint has the chat template",
            hint="use --template chat, or a local engine for plain text",
        )
    key = options.api_key if options.api_key is not None else os.environ.get("OPENAI_API_KEY", "")
    return OpenAIEngine(replace(options, api_key=key.strip()), RetryPolicy(options.max_retries))


class OpenAIEngine:
    """Requests to one endpoint, at most ``batch_size`` of a ``generate`` or ``score`` call at once.

    Args:
        options: With ``base_url`` and ``api_key`` filled in.
        retry: When to ask again.
    """

    def __init__(self, options: EngineOptions, retry: RetryPolicy) -> None:
        self._model = options.model
        self._slots = options.batch_size or DEFAULT_SLOTS
        self._retry = retry
        self._dialect = Dialect()
        self._endpoint = Endpoint(options.base_url or "", options.api_key or "", options.timeout)
        self._loop = LoopThread()
        try:
            context_length = self._loop.submit(lambda: self._context_length(min(options.timeout, 10.0))).result()
        except BaseException:
            self.close()
            raise
        self._info = EngineInfo(
            engine="openai",
            model=options.model,
            dtype="unknown",
            device=self._endpoint.address,
            context_length=context_length,
            batch_invariant=False,
        )

    @property
    def info(self) -> EngineInfo:
        """What is known of the endpoint."""
        return self._info

    async def _context_length(self, timeout: float) -> int | None:
        """Endpoints need not list their models; one that cannot be reached or refuses the key is an error at once."""
        try:
            models = await self._endpoint.models(timeout)
        except TryAgain as trouble:
            if trouble.unreachable:
                raise trouble.error from trouble
            return None
        except Refused:
            return None
        return models.get(self._model)

    def generate(self, requests: Iterable[GenerationRequest]) -> Iterator[Completion]:
        """Answer all requests; see :class:`~medgo.inference.protocol.Engine`."""
        return self._all(requests, lambda request: self._answer(request, _ignore), Completion.failed)

    def score(self, requests: Iterable[ScoringRequest]) -> Iterator[LabelScores]:
        """Score labels of one token each by the endpoint's 20 most likely tokens; those outside are ``-inf``.

        A label that seems to be several tokens is an error: an endpoint shows the first one only.
        """
        return self._all(requests, self._score, lambda id_, error: LabelScores(id_, error=RequestError.of(error)))

    def stream(self, request: GenerationRequest) -> Iterator[Delta]:
        """Answer one request piece by piece. A try that fails is repeated only as long as nothing was given out."""
        deltas: SimpleQueue[Delta | None] = SimpleQueue()
        future = self._loop.submit(lambda: self._answer(request, deltas.put, once_begun_fail=True))
        future.add_done_callback(lambda _: deltas.put(None))
        try:
            while (delta := deltas.get()) is not None:
                yield delta
            yield Delta("", completion=future.result())
        finally:
            future.cancel()

    def count_tokens(self, messages: tuple[Message, ...], thinking: Thinking = Thinking()) -> int | None:  # noqa: ARG002
        """Unknown: the tokenizer is at the other end."""
        return None

    def close(self) -> None:
        """Close all connections. Closing twice does nothing."""
        self._loop.close(self._endpoint.close)

    def _all(
        self,
        requests: Iterable[Request],
        work: Callable[[Request], Coroutine[Any, Any, Result]],
        failed: Callable[[str, MedGoError], Result],
    ) -> Iterator[Result]:
        """Keep the slots full, give results as they come, and cancel the rest when the caller leaves."""

        async def guarded(request: Request) -> Result:
            try:
                return await work(request)
            except MedGoError as error:
                return failed(request.id, error)

        source = iter(requests)
        running: set[Future[Result]] = set()
        try:
            while True:
                self._fill(running, source, guarded)
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    # The freed slots go on working while the caller looks at this result.
                    self._fill(running, source, guarded)
                    yield future.result()
        finally:
            for future in running:
                future.cancel()

    def _fill(
        self,
        running: set[Future[Result]],
        source: Iterator[Request],
        work: Callable[[Request], Coroutine[Any, Any, Result]],
    ) -> None:
        while len(running) < self._slots:
            try:
                request = next(source)
            except StopIteration:
                return
            running.add(self._loop.submit(lambda request=request: work(request)))  # type: ignore[misc]

    async def _answer(
        self, request: GenerationRequest, emit: Callable[[Delta], None], *, once_begun_fail: bool = False
    ) -> Completion:
        """Answer one request, over as many tries as it takes.

        Args:
            once_begun_fail: What was emitted cannot be taken back, so a try that breaks off is the last.

        Raises:
            MedGoError: The request finally failed.
        """
        started = time.perf_counter()
        attempt = 0
        while True:
            reply = EndpointReply(request, emit)
            try:
                await self._converse(request, reply)
                return self._checked(reply.completion(time.perf_counter() - started), request)
            except TryAgain as trouble:
                pause = self._retry.wait(request.id, attempt, trouble.asked)
                if pause is None or (once_begun_fail and reply.has_begun):
                    raise _final(trouble, attempt) from trouble
                attempt += 1
                await asyncio.sleep(pause)

    def _checked(self, completion: Completion, request: GenerationRequest) -> Completion:
        """Refuse a whole reply that should be JSON and is not; whether it fits the schema is the endpoint's word.

        Raises:
            EndpointError: The endpoint did not do what ``response_format`` asks.
        """
        bound = request.json_schema is not None and completion.finish_reason == "stop"
        if bound and not is_json(completion.text):
            raise EndpointError(
                f"{self._endpoint.address} was asked for JSON and gave something else ({completion.text[:60]!r}): "
                "it seems to ignore response_format",
                hint="use an endpoint that honours JSON schemas (vLLM, SGLang, OpenAI), or a local engine",
            )
        return completion

    async def _converse(self, request: GenerationRequest, reply: EndpointReply) -> None:
        """Ask once or, with a thinking budget, up to twice."""
        limit, budget = request.sampling.max_new_tokens, request.thinking.budget
        await self._ask(request, reply, limit if budget is None else max(budget, 1), request.answer_prefix)
        if budget is None or not reply.ended_by_length or reply.stopped:
            return
        written = reply.continue_as_answer()
        # The reasoning is over: an endpoint told so does not take the answer for more of it.
        answer = replace(request, thinking=Thinking(enabled=False))
        await self._ask(answer, reply, limit - max(budget, 1), written)

    async def _ask(self, request: GenerationRequest, reply: EndpointReply, limit: int, written: str) -> None:
        while True:
            body = chat_body(self._model, request, self._dialect, limit=limit, written=written)
            try:
                await self._take_all(body, reply)
            except Refused as refusal:
                learned = self._dialect.learn(refusal.words, body)
                if learned is None:
                    raise _unsupported(refusal, body) from refusal
                self._dialect = learned
            else:
                return

    async def _take_all(self, body: dict[str, Any], reply: EndpointReply) -> None:
        # Without aclosing, a reply that is not wanted to its end would keep its connection until garbage collection.
        async with aclosing(self._endpoint.chat(body)) as chunks:
            async for chunk in chunks:
                reply.take(chunk)
                if reply.stopped:
                    return

    async def _score(self, request: ScoringRequest) -> LabelScores:
        if request.ends_turn:
            raise UnsupportedRequestError(
                "an endpoint shows the probability of a label's first token only, not that the turn ends after it",
                hint="score with a local engine, or let the model generate its answer (--method generate)",
            )
        # At temperature 1 every server's log-probabilities are the model's own; one token is drawn and ignored.
        probe = GenerationRequest(
            request.id,
            request.messages,
            Sampling(max_new_tokens=1, temperature=1.0),
            Thinking(request.thinking.enabled),
            logprobs=TOP_LOGPROBS,
            answer_prefix=request.answer_prefix,
        )
        completion = await self._answer(probe, _ignore)
        if not completion.logprobs:
            raise UnsupportedRequestError(
                f"{self._endpoint.address} returns no log-probabilities, which scoring labels needs",
                hint="use an endpoint that does (vLLM, SGLang), or a local engine",
            )
        return label_scores(request, completion)


def _final(trouble: TryAgain, attempt: int) -> MedGoError:
    error = trouble.error
    if trouble.asked is not None:
        return EndpointError(
            f"{error.message} (it asks to wait {trouble.asked:g} seconds; tried {attempt + 1} times)",
            hint="lower the number of requests at once, or try later",
        )
    return EndpointError(f"{error.message} (tried {attempt + 1} times)", hint=error.hint)


def _unsupported(refusal: Refused, body: dict[str, Any]) -> MedGoError:
    """A refusal of a field that other endpoints know says which part of the request it was."""
    if "response_format" in body and _ABOUT_SCHEMAS.search(refusal.words):
        return UnsupportedRequestError(
            refusal.error.message, hint="this endpoint does not take this JSON schema as response_format"
        )
    extensions = ("chat_template_kwargs", "continue_final_message", "top_k", "ignore_eos", "logprobs", "seed", "stop")
    for name in extensions:
        if name in body and name in refusal.words:
            return UnsupportedRequestError(refusal.error.message, hint=f"this endpoint does not know {name}")
    return refusal.error


def _ignore(_: Delta) -> None:
    """Nobody watches this reply grow."""
