"""Scripts over one stream of an engine, which is never idle as long as there are scripts. Knows no generator.

An engine pulls requests when it has room for one and takes "no more" for good. So there is never "nothing ready yet":
what a finished reply leads to goes first (its conversation is still in the engine's cache), and where nothing waits,
the next script begins. Only when all scripts have begun does a stream run dry; what is still to be asked then goes into
further streams, each as wide as what is left. Many scripts in one :meth:`Teacher.run` therefore cost less than the
same scripts in many runs.

    scripts ──begin──►┐
                      ├─ ready ──pull──► engine.generate ──reply──► script.send ─┬─ next question ─► ready
    cache ──reply────►┘                                       └──► cache         └─ result ─► in order of the scripts
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any, Generic, TypeVar

from medgo.errors import EndpointError, EngineFailureError, MedGoError, UnsupportedRequestError
from medgo.inference.protocol import Completion, Engine, GenerationRequest
from medgo.store.hashing import fingerprint
from medgo.synthesis.teacher.cache import ReplyCache
from medgo.synthesis.teacher.script import Ask, AskFailedError, Item, Rejected, RejectionError, Script

T = TypeVar("T")

# Failures that are the engine's and not the question's.
_ENGINE_CODES = (EngineFailureError.code, EndpointError.code, UnsupportedRequestError.code)
# Bounds that OpenAI's strict schemas do not know; the reply is read by its model afterwards, which does.
_UNKNOWN_TO_ENDPOINTS = ("minLength", "maxLength", "minItems", "maxItems", "pattern")


class Teacher:
    """A model that writes.

    Args:
        engine: The loaded model; closing it is the caller's.
        cache: Where replies are kept; None keeps none.
        window: Most scripts that have begun and whose results have not been given. Results come in the order of the
            scripts, so this bounds what waits for a slow one; at least twice the engine's batch.
        max_failures: After so many failures of the engine in a row (not of the questions), the run ends.
    """

    def __init__(
        self, engine: Engine, cache: ReplyCache | None = None, *, window: int = 1024, max_failures: int = 16
    ) -> None:
        self.engine, self.cache = engine, cache
        self.window, self.max_failures = window, max_failures
        info = engine.info
        self._identity = fingerprint({"model": info.weights or info.model, "engine": info.engine, "dtype": info.dtype})
        self.asked = 0
        """Replies that the engine gave."""
        self.remembered = 0
        """Replies that came from the cache."""
        self.tokens = 0
        """Tokens that the engine wrote."""

    @property
    def fingerprint(self) -> str:
        """Which model wrote: for ``Provenance.teacher``. Its name, and a hash of weights, engine and numbers.

        Not the address of an endpoint, which moves, and no folder of this machine.
        """
        name = self.engine.info.model.replace("\\", "/").rstrip("/").rpartition("/")[2]
        return f"{name}@{self._identity[:16]}"

    def run(self, items: Iterable[Item[T]]) -> Iterator[T | Rejected]:
        """Run scripts, many at a time.

        Args:
            items: Pulled as the engine has room, so they may be without end.

        Yields:
            What each script returned, in the order of the scripts; :class:`Rejected` where it gave up. A generator that
            counts does ``source.rejected[result.reason] += 1`` for these.

        Raises:
            EngineFailureError: The engine died, or fails on everything; replies so far are in the cache.
            StorageError: The disk took no more.
        """
        yield from _Run(self, iter(items)).results()

    def request(self, ask: Ask, item: str, number: int) -> GenerationRequest:
        """The request for a question: the ``number``-th of an item's script."""
        schema = ask.json_schema
        if schema is not None and self.engine.info.engine == "openai":
            schema = _without_bounds(schema)
        sampling = replace(ask.sampling, seed=_seed(item, number, ask.sampling.seed))
        if not sampling.temperature:
            sampling = replace(sampling, seed=0)  # a greedy reply is the same for everybody who asks this
        return GenerationRequest(f"{item}#{number}", ask.messages, sampling, ask.thinking, json_schema=schema)

    def key(self, request: GenerationRequest) -> str:
        """Under which the cache keeps the reply to a request: the model and all of the request but its id."""
        return fingerprint(
            [
                self._identity,
                [message.to_dict() for message in request.messages],
                asdict(request.sampling),
                str(request.thinking),
                request.json_schema,
            ]
        )


@dataclass(slots=True, eq=False)
class _Talk(Generic[T]):
    """A script under way: its place among the scripts, and what it waits for."""

    place: int
    item: str
    script: Script[T]
    questions: int = 0
    request: GenerationRequest | None = None
    key: str = ""


class _Run(Generic[T]):
    """The state of one run."""

    def __init__(self, teacher: Teacher, items: Iterator[Item[T]]) -> None:
        self.teacher, self.items = teacher, items
        self.more = True
        self.begun = self.given = 0
        self.ready: deque[_Talk[T]] = deque()
        self.asked: dict[str, _Talk[T]] = {}
        self.done: dict[int, T | Rejected] = {}
        self.failures = 0
        self.streams = 0
        self.own_error: BaseException | None = None

    def results(self) -> Iterator[T | Rejected]:
        while True:
            while not self.ready and self._may_begin():
                self._begin()
                yield from self._finished()  # from the cache alone: no need to pile them up
            if not self.ready:
                return
            yield from self._stream()

    def _stream(self) -> Iterator[T | Rejected]:
        """One ``generate`` call, as long as it can be fed."""
        self.streams += 1
        completions = self.teacher.engine.generate(self._requests())
        try:
            for completion in self._guarded(completions):
                self._take(self.asked.pop(completion.request_id), completion)
                yield from self._finished()
        finally:
            # An engine's iterator is a generator: closing it stops the work on what was sent already.
            if isinstance(completions, Generator):
                completions.close()
        for talk in list(self.asked.values()):
            del self.asked[_request_of(talk).id]
            forgotten = EngineFailureError("the engine ended without answering")
            self._take(talk, Completion.failed("", forgotten))
        yield from self._finished()

    def _guarded(self, completions: Iterator[Completion]) -> Iterator[Completion]:
        """An exception from the engine means that it is gone; one from the scripts, which it pulls, is theirs."""
        try:
            yield from completions
        except Exception as error:
            if error is self.own_error or (isinstance(error, MedGoError) and not isinstance(error, EngineFailureError)):
                raise
            why = error.message if isinstance(error, MedGoError) else f"{type(error).__name__}: {error}"
            raise EngineFailureError(f"the teacher's engine died: {why}", hint=_GO_ON) from error

    def _requests(self) -> Iterator[GenerationRequest]:
        """What the engine pulls: what waits, else the beginning of the next script."""
        while True:
            try:
                while not self.ready and self._may_begin():
                    self._begin()
            except BaseException as error:
                self.own_error = error
                raise
            if not self.ready:
                return
            talk = self.ready.popleft()
            request = _request_of(talk)
            self.asked[request.id] = talk
            yield request

    def _may_begin(self) -> bool:
        return self.more and self.begun - self.given < self.teacher.window

    def _begin(self) -> None:
        item = next(self.items, None)
        if item is None:
            self.more = False
            return
        talk = _Talk(self.begun, item.id, item.script)
        self.begun += 1
        self._advance(talk, lambda: next(talk.script))

    def _take(self, talk: _Talk[T], completion: Completion) -> None:
        """Keep a reply and let its script go on with it."""
        if completion.error is not None:
            self._count_failure(completion)
            error = AskFailedError(completion.error)
            self._advance(talk, lambda: talk.script.throw(error))
            return
        self.failures = 0
        teacher = self.teacher
        teacher.asked += 1
        teacher.tokens += completion.usage.completion
        kept = _encodable(completion)
        if teacher.cache is not None:
            teacher.cache.put(talk.key, kept)
        self._advance(talk, lambda: talk.script.send(kept))

    def _advance(self, talk: _Talk[T], step: Any) -> None:
        """Let a script run on to a question that the cache cannot answer, or to its end."""
        teacher = self.teacher
        while True:
            try:
                ask: Ask = step()
            except StopIteration as end:
                self.done[talk.place] = end.value
                return
            except RejectionError as given_up:
                self.done[talk.place] = Rejected(given_up.reason, given_up.detail)
                return
            talk.request = teacher.request(ask, talk.item, talk.questions)
            talk.questions += 1
            kept = None
            if teacher.cache is not None:
                talk.key = teacher.key(talk.request)
                kept = teacher.cache.get(talk.key)
            if kept is None:
                # Ids are unique in a stream only if items are; their place makes them so in any case.
                talk.request = replace(talk.request, id=f"{talk.place}#{talk.request.id}")
                self.ready.append(talk)
                return
            teacher.remembered += 1
            step = _sender(talk.script, replace(kept, request_id=talk.request.id))

    def _count_failure(self, completion: Completion) -> None:
        """An engine that fails on everything will fail on the thousandth.

        Raises:
            EngineFailureError: It has failed so often, and nothing went well in between.
        """
        error = completion.error
        if error is None or error.code not in _ENGINE_CODES:
            return
        self.failures += 1
        if self.failures >= self.teacher.max_failures:
            raise EngineFailureError(
                f"the teacher failed {self.failures} times in a row, the last time with: {error.message}", hint=_GO_ON
            )

    def _finished(self) -> Iterator[T | Rejected]:
        """Results whose turn it is."""
        while self.given in self.done:
            self.given += 1
            yield self.done.pop(self.given - 1)


_GO_ON = "replies so far are kept: run the same command again and it goes on from there"


def _sender(script: Script[T], completion: Completion) -> Any:
    return lambda: script.send(completion)


def _request_of(talk: _Talk[T]) -> GenerationRequest:
    assert talk.request is not None  # noqa: S101 - set before a talk gets into `ready`
    return talk.request


def _seed(item: str, number: int, seed: int) -> int:
    """31 bits: every engine's random numbers take such a seed."""
    digest = hashlib.sha256(f"{item}\0{number}\0{seed}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1


def _encodable(completion: Completion) -> Completion:
    """Half of a surrogate pair, which an endpoint may send, is no character and cannot be written to a row."""

    def cleaned(text: str) -> str:
        return text.encode("utf-8", "replace").decode()

    reasoning = None if completion.reasoning is None else cleaned(completion.reasoning)
    return replace(completion, text=cleaned(completion.text), reasoning=reasoning, logprobs=None)


@lru_cache(maxsize=64)
def _without_bounds(schema: str) -> str:
    def stripped(value: Any, names: bool = False) -> Any:
        """``names``: the keys of this object are names of fields, whatever they look like."""
        if isinstance(value, dict):
            return {
                key: stripped(part, names=key == "properties" and not names)
                for key, part in value.items()
                if names or key not in _UNKNOWN_TO_ENDPOINTS
            }
        return [stripped(part) for part in value] if isinstance(value, list) else value

    return json.dumps(stripped(json.loads(schema)), ensure_ascii=False)
