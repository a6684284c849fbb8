"""A chat-completions endpoint on 127.0.0.1 for tests: real HTTP, scripted answers or a real engine, scripted faults.

It stands in for vLLM's server: SSE, usage, log-probabilities, reasoning in a field of its own or in the text, the
extensions ``chat_template_kwargs``, ``continue_final_message``, ``ignore_eos`` and ``top_k``, JSON schemas.
"""

from __future__ import annotations

import json
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from typing import Any, Literal

from medgo.errors import MedGoError, PromptTooLongError
from medgo.inference.protocol import Completion, Engine, GenerationRequest, Sampling, Thinking
from medgo.schema import Message

MODEL = "stand-in"
ReasoningField = Literal["reasoning_content", "reasoning", "inline"]
Backend = Callable[[dict[str, Any]], Iterator[dict[str, Any]]]


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request.

    Args:
        status: Answer this at once, with ``body`` and ``headers``.
        hang_first: Seconds of silence before the first byte.
        hang_after: After so many events, hang (until the server stops).
        close_after: After so many events, cut the connection.
        only_comments: Seconds between keep-alive comments that are sent before the first event; 5 of them.
        raw: Send these bytes, each in a packet of its own, as the whole body of a 200.
        pause: Seconds between the pieces of ``raw``.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b'{"error": {"message": "scripted"}}'
    content_type: str = "text/event-stream"
    hang_first: float = 0.0
    hang_after: int | None = None
    close_after: int | None = None
    only_comments: float = 0.0
    raw: tuple[bytes, ...] | None = None
    pause: float = 0.0


class OpenAIServer:
    """The endpoint. Use as a context manager.

    Args:
        backend: From a request body to the chunks of its answer; they need only ``choices`` or ``usage``.
        delay: Seconds of work before each answer, so that requests overlap.
        context_length: What ``/v1/models`` says.
        key: Required as a bearer token when not empty.
    """

    def __init__(
        self, backend: Backend | None = None, *, delay: float = 0.0, context_length: int | None = None, key: str = ""
    ) -> None:
        self.backend = backend or says("Hello", " there", ".")
        self.delay = delay
        self.context_length = context_length
        self.key = key
        self.faults: deque[Fault | None] = deque()
        self.fault_of: Callable[[dict[str, Any]], Fault | None] = lambda body: None
        self.bodies: list[dict[str, Any]] = []
        self.peak = 0
        self.cut_by_client = threading.Event()
        self.stopping = threading.Event()
        self._now = 0
        self._lock = threading.Lock()
        self._http = _Server(("127.0.0.1", 0), _Handler)
        self._http.owner = self

    @property
    def url(self) -> str:
        """The address to give to an engine."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def __enter__(self) -> OpenAIServer:
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._http.cut_all()

    def begin(self, body: dict[str, Any]) -> Fault | None:
        """Note a request; say what shall go wrong with it."""
        with self._lock:
            self.bodies.append(body)
            self._now += 1
            self.peak = max(self.peak, self._now)
            return self.faults.popleft() if self.faults else self.fault_of(body)

    def end(self) -> None:
        """Note that a request is over."""
        with self._lock:
            self._now -= 1


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    owner: OpenAIServer

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._connections: list[socket.socket] = []

    def get_request(self) -> tuple[socket.socket, Any]:
        """Remember the connection: a server that is gone answers on none."""
        connection, address = super().get_request()
        self._connections.append(connection)
        return connection, address

    def cut_all(self) -> None:
        """Cut every connection."""
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""

    def do_GET(self) -> None:
        owner = self.server.owner
        if self._may_enter() and self.path == "/v1/models":
            row = {"id": MODEL, "object": "model"}
            if owner.context_length is not None:
                row["max_model_len"] = owner.context_length  # type: ignore[assignment]
            self._plain(200, json.dumps({"object": "list", "data": [row]}).encode())

    def do_POST(self) -> None:
        owner = self.server.owner
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self._may_enter():
            return
        fault = owner.begin(body) or Fault()
        try:
            if fault.hang_first:
                owner.stopping.wait(fault.hang_first)
            if owner.delay:
                owner.stopping.wait(owner.delay)
            if fault.status != 200:
                self._plain(fault.status, fault.body, fault.headers)
            elif body["model"] != MODEL:
                self._plain(404, b'{"error": {"message": "The model does not exist."}}')
            else:
                self._answer(body, fault)
        except (BrokenPipeError, ConnectionResetError):
            owner.cut_by_client.set()
            self.close_connection = True
        finally:
            owner.end()

    def _may_enter(self) -> bool:
        key, given = self.server.owner.key, self.headers.get("Authorization", "")
        if key and given != f"Bearer {key}":
            words = f"Incorrect API key provided: {given.removeprefix('Bearer ')}"
            self._plain(401, json.dumps({"error": {"message": words}}).encode())
            return False
        return True

    def _plain(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _refuse(self, words: str) -> None:
        self._plain(400, json.dumps({"error": {"message": words, "type": "BadRequestError", "code": 400}}).encode())

    def _answer(self, body: dict[str, Any], fault: Fault) -> None:
        if fault.raw is None:
            try:
                chunks = self.server.owner.backend(body)
                first = next(chunks)
            except PromptTooLongError as error:
                self._refuse(f"This model's maximum context length is exceeded: {error.message}")
                return
            except MedGoError as error:
                self._refuse(error.message)
                return
        self.send_response(200)
        self.send_header("Content-Type", fault.content_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if fault.raw is not None:
            for piece in fault.raw:
                self._packet(piece)
                self.server.owner.stopping.wait(fault.pause)
        else:
            for _ in range(5 if fault.only_comments else 0):
                self._packet(b": keep-alive\n\n")
                self.server.owner.stopping.wait(fault.only_comments)
            if not self._events(first, chunks, fault):
                return
        self._packet(b"")

    def _events(self, first: dict[str, Any], rest: Iterator[dict[str, Any]], fault: Fault) -> bool:
        """Send all events; returns whether the reply came to its end."""
        for sent, chunk in enumerate(chain([first], rest)):
            if sent == fault.hang_after:
                self.server.owner.stopping.wait(60)
            if sent == fault.close_after:
                self.close_connection = True
                with suppress(OSError):
                    self.connection.shutdown(socket.SHUT_RDWR)
                return False
            self._packet(b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + b"\n\n")
        self._packet(b"data: [DONE]\n\n")
        return True

    def _packet(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()


def event(**delta: Any) -> dict[str, Any]:
    """A chunk with a piece of the reply."""
    return {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}


def ending(reason: str = "stop", *, prompt: int = 7, completion: int = 3) -> list[dict[str, Any]]:
    """The last chunk of a reply and the one with its usage."""
    usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    return [{"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}, {"choices": [], "usage": usage}]


def says(*pieces: str) -> Backend:
    """A backend that always answers the same, in these pieces."""

    def answer(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield event(role="assistant", content="")
        yield from (event(content=piece) for piece in pieces)
        yield from ending(completion=len(pieces))

    return answer


class EngineBackend:
    """Answers with a real engine, one request at a time.

    Args:
        engine: Generates the text.
        reasoning_field: Where reasoning goes.
    """

    def __init__(self, engine: Engine, reasoning_field: ReasoningField = "reasoning_content") -> None:
        self._engine = engine
        self._field = reasoning_field
        self._lock = threading.Lock()

    def __call__(self, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Stream the answer to a chat-completions body."""
        with self._lock:
            yield from self._stream(_request(body))

    def _stream(self, request: GenerationRequest) -> Iterator[dict[str, Any]]:
        opened = False
        done: Completion | None = None
        for delta in self._engine.stream(request):
            if (done := delta.completion) is not None:
                break
            if self._field != "inline":
                yield event(**{"content" if delta.kind == "answer" else self._field: delta.text})
                continue
            inside = delta.kind == "reasoning"
            mark = "" if inside == opened else "<think>\n" if inside else "\n</think>\n\n"
            opened = inside
            yield event(content=mark + delta.text)
        assert done is not None
        last, usage = ending(done.finish_reason, prompt=done.usage.prompt, completion=done.usage.completion)
        if done.logprobs is not None:
            last["choices"][0]["logprobs"] = {
                "content": [
                    {
                        "token": token.token,
                        "logprob": token.logprob,
                        "top_logprobs": [{"token": text, "logprob": p} for text, p in token.top],
                    }
                    for token in done.logprobs
                ]
            }
        usage["usage"]["prompt_tokens_details"] = {"cached_tokens": done.usage.cached}
        usage["usage"]["completion_tokens_details"] = {"reasoning_tokens": done.usage.reasoning}
        yield from (last, usage)


def _request(body: dict[str, Any]) -> GenerationRequest:
    messages = [Message(m["role"], m["content"], m.get("reasoning_content")) for m in body["messages"]]
    prefix = messages.pop().content if body.get("continue_final_message") else ""
    thinking = body.get("chat_template_kwargs", {}).get("enable_thinking", True)
    return GenerationRequest(
        "served",
        tuple(messages),
        Sampling(
            max_new_tokens=body["max_tokens"],
            temperature=body["temperature"],
            top_p=body["top_p"],
            top_k=body.get("top_k", 0),
            seed=body["seed"],
            stop=tuple(body.get("stop", ())),
            ignore_eos=body.get("ignore_eos", False),
        ),
        Thinking(enabled=thinking and not prefix),
        body.get("top_logprobs"),
        prefix,
        json.dumps(format_["json_schema"]["schema"]) if (format_ := body.get("response_format")) else None,
    )
