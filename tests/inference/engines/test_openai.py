"""The ``openai`` engine against real HTTP: the contract, and everything that can go wrong with an endpoint."""

from __future__ import annotations

import json
import logging
import math
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.errors import EndpointError, EngineFailureError, InputError, MedGoError, UnsupportedRequestError
from medgo.inference.engines import EngineOptions, open_engine
from medgo.inference.engines._openai import OpenAIEngine
from medgo.inference.engines._openai_retry import RetryPolicy, asked_wait
from medgo.inference.engines._openai_sse import EventParser
from medgo.inference.protocol import Completion, Engine, ScoringRequest, Thinking
from medgo.schema import Message
from tests.inference.engines.contract import EngineContract, answer, answers, ask, joined, many, score
from tests.support.json_check import LETTER, TREE, parse
from tests.support.naive_engine import NaiveEngine
from tests.support.openai_server import (
    MODEL,
    EngineBackend,
    Fault,
    OpenAIServer,
    ReasoningField,
    ending,
    event,
    says,
)
from tests.support.thinking_model import opens_thinking
from tests.support.tiny_models import small_qwen3

KEY = "sk-secret-0123456789"


@pytest.fixture(scope="module")
def naive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NaiveEngine]:
    """A model of 320 tokens that reasons whenever it may."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # for a model this small, threads only wait for each other
    yield NaiveEngine(opens_thinking(small_qwen3(), tmp_path_factory.mktemp("models") / "thinking"))
    torch.set_num_threads(threads)


class TestContract(EngineContract):
    """The stand-in endpoint answers with a real, if random, model."""

    slots = 3
    thinking = True
    knows_missing_thinking = False
    speaks = False
    long_labels = False

    @pytest.fixture(scope="class", params=["reasoning_content", pytest.param("inline", marks=pytest.mark.slow)])
    @classmethod
    def options(cls, naive: NaiveEngine, request: pytest.FixtureRequest) -> Iterator[EngineOptions]:
        field: ReasoningField = request.param
        with OpenAIServer(EngineBackend(naive, field), context_length=naive.info.context_length) as server:
            yield EngineOptions(MODEL, "openai", base_url=server.url, batch_size=cls.slots)


def connect(server: OpenAIServer, **options: Any) -> OpenAIEngine:
    """Open the engine with retries that wait almost nothing."""
    retry = RetryPolicy(options.pop("max_retries", 2), base=0.01)
    key = options.pop("api_key", "")
    chosen = EngineOptions(options.pop("model", MODEL), "openai", base_url=server.url, api_key=key, **options)
    return OpenAIEngine(chosen, retry)


def failure(engine: Engine, **keywords: Any) -> tuple[str, str]:
    """Code and message of a request that must fail."""
    (completion,) = engine.generate([ask(**keywords)])
    assert completion.error is not None and completion.finish_reason == "error"
    return completion.error.code, completion.error.message


# --- trouble that passes ----------------------------------------------------------------------------------------------

PASSING = {
    "429": Fault(429),
    "429 with seconds": Fault(429, {"Retry-After": "0"}),
    "429 with milliseconds": Fault(429, {"retry-after-ms": "20"}),
    "429 with a date": Fault(429, {"Retry-After": format_datetime(datetime(2020, 1, 1, tzinfo=UTC), usegmt=True)}),
    "408": Fault(408),
    "409": Fault(409),
    "500": Fault(500, body=b"<html>oops</html>"),
    "503": Fault(503),
    "closed mid-stream": Fault(close_after=2),
    "closed before the first event": Fault(close_after=0),
    "silent before the first byte": Fault(hang_first=0.6),
    "silent mid-stream": Fault(hang_after=2),
    "no JSON": Fault(raw=(b'data: {"choices": [{"delta"\n\n',)),
    "no chat completion": Fault(raw=(b"data: [1, 2]\n\n",)),
    "content that is no text": Fault(raw=(b'data: {"choices": [{"delta": {"content": 7}}]}\n\n',)),
    "ended without an end": Fault(raw=(b'data: {"choices": [{"delta": {"content": "Hel"}}]}\n\n',)),
    "an error event": Fault(raw=(b'data: {"error": {"message": "engine died", "code": 500}}\n\n',)),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_passing_trouble_is_tried_again(fault: Fault) -> None:
    with OpenAIServer() as server:
        engine = connect(server, timeout=0.3)
        server.faults.extend([fault, fault])
        completion = answer(engine, ask())
        assert completion.text == "Hello there."
        assert completion.usage.completion == 3, "only the try that succeeded counts"
        assert len(server.bodies) == 3
        engine.close()


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_trouble_that_stays_costs_one_request(fault: Fault) -> None:
    with OpenAIServer() as server:
        engine = connect(server, timeout=0.3, max_retries=1)
        server.fault_of = lambda body: fault if body["messages"][0]["content"] == "bad" else None
        found = {c.request_id: c for c in engine.generate([ask(name="a"), ask("bad", name="x"), ask(name="b")])}
        assert found["a"].text == found["b"].text == "Hello there."
        error = found["x"].error
        assert error is not None and error.code == "endpoint_error"
        assert "tried 2 times" in error.message
        assert sum(body["messages"][0]["content"] == "bad" for body in server.bodies) == 2
        engine.close()


def test_the_wait_that_was_asked_for_is_kept() -> None:
    with OpenAIServer() as server:
        engine = connect(server)
        server.faults.append(Fault(429, {"Retry-After": "1"}))
        started = time.perf_counter()
        answer(engine, ask())
        assert 1.0 <= time.perf_counter() - started < 3.0
        engine.close()


def test_a_wait_of_an_hour_is_not_waited_for() -> None:
    with OpenAIServer() as server:
        engine = connect(server)
        server.faults.append(Fault(429, {"Retry-After": "3600"}))
        code, message = failure(engine)
        assert code == "endpoint_error" and "3600 seconds" in message
        assert len(server.bodies) == 1
        engine.close()


def test_a_server_that_is_gone_costs_requests_and_not_the_engine() -> None:
    with OpenAIServer() as server:
        engine = connect(server, max_retries=1)
    code, message = failure(engine)
    assert code == "endpoint_error" and "cannot be reached" in message
    engine.close()


# --- trouble that stays -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 413, 422, 301])
def test_refusals_are_not_repeated(status: int) -> None:
    with OpenAIServer() as server:
        engine = connect(server)
        server.fault_of = lambda body: Fault(status, body=b'{"error": {"message": "no such luck"}}')
        code, message = failure(engine)
        assert code == "endpoint_error"
        assert str(status) in message and "no such luck" in message and "→" in message
        assert len(server.bodies) == 1
        engine.close()


def test_an_unknown_model_is_told_the_known_ones() -> None:
    with OpenAIServer() as server:
        engine = connect(server, model="gpt-9")
        _, message = failure(engine)
        assert "gpt-9" in message and MODEL in message
        engine.close()


def test_a_web_page_is_not_an_answer() -> None:
    with OpenAIServer() as server:
        engine = connect(server)
        server.fault_of = lambda body: Fault(raw=(b"<html>Please log in</html>",), content_type="text/html")
        _, message = failure(engine)
        assert "text/html" in message and len(server.bodies) == 1
        engine.close()


def test_a_prompt_that_the_endpoint_finds_too_long_has_its_code() -> None:
    words = b'{"message": "This model\'s maximum context length is 4096 tokens. However, you requested 5000"}'
    with OpenAIServer() as server:
        engine = connect(server)
        server.fault_of = lambda body: Fault(400, body=words)
        code, message = failure(engine)
        assert code == "prompt_too_long" and "4096" in message
        engine.close()


def test_opening_fails_at_once_where_nothing_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    with pytest.raises(EndpointError, match="cannot be reached"):
        open_engine(EngineOptions(MODEL, "openai", base_url=url))


@pytest.mark.parametrize("url", [None, "", "localhost:8000/v1", "ftp://host/v1", "http://"])
def test_an_address_that_is_none_is_refused(url: str | None) -> None:
    with pytest.raises(InputError):
        open_engine(EngineOptions(MODEL, "openai", base_url=url))


# --- the key ----------------------------------------------------------------------------------------------------------


def test_the_key_comes_from_the_environment_and_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", f"{KEY}\n")
    with OpenAIServer(key=KEY) as server:
        engine = open_engine(EngineOptions(MODEL, "openai", base_url=server.url))
        assert answer(engine, ask()).text == "Hello there."
        engine.close()


def test_a_wrong_key_is_said_at_once_and_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with OpenAIServer(key="another") as server, pytest.raises(EndpointError) as caught:
        connect(server, api_key=KEY)
    assert "401" in str(caught.value) and "OPENAI_API_KEY" in str(caught.value)
    assert "***" in str(caught.value), "the endpoint repeats the key; we do not"
    assert KEY not in str(caught.value) + caplog.text


def test_the_key_is_in_no_message_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with OpenAIServer(key=KEY) as server:
        engine = connect(server, api_key=KEY, max_retries=0)
        echo = f'{{"error": {{"message": "key {KEY} has no credit"}}}}'.encode()
        for fault in (Fault(400, body=echo), Fault(403, body=echo), Fault(404, body=echo), Fault(500, body=echo)):
            server.faults.append(fault)
            assert KEY not in failure(engine)[1]
        server.faults.append(Fault(raw=(b"data: " + echo + b"\n\n",)))
        assert KEY not in failure(engine)[1]
        assert KEY not in repr(engine.info) + repr(engine) + caplog.text
        engine.close()


@pytest.mark.parametrize("key", ["käse", "two words", "line\nbreak"])
def test_a_key_that_cannot_be_sent_is_refused_without_showing_it(key: str) -> None:
    with OpenAIServer() as server, pytest.raises(InputError) as caught:
        connect(server, api_key=key)
    assert key not in str(caught.value)


def test_a_password_in_the_address_is_not_shown() -> None:
    with OpenAIServer() as server:
        options = EngineOptions(MODEL, "openai", base_url=server.url.replace("127", f"me:{KEY}@127"))
        engine = OpenAIEngine(options, RetryPolicy(0))
        server.faults.append(Fault(500))
        assert KEY not in failure(engine)[1] + repr(engine.info)
        engine.close()


# --- how much at once -------------------------------------------------------------------------------------------------


def test_requests_run_at_once_up_to_the_bound() -> None:
    with OpenAIServer(delay=0.05) as server:
        engine = connect(server, batch_size=5)
        started = time.perf_counter()
        assert len(answers(engine, many(30))) == 30
        assert server.peak == 5
        assert time.perf_counter() - started < 30 * 0.05, "they ran side by side"
        engine.close()


def test_a_slow_request_does_not_hold_up_the_others() -> None:
    with OpenAIServer() as server:
        engine = connect(server, batch_size=2, timeout=5.0)
        server.fault_of = lambda body: Fault(hang_first=1.0) if body["messages"][0]["content"] == "slow" else None
        order = [c.request_id for c in engine.generate([ask("slow", name="slow"), *many(20)])]
        assert order[-1] == "slow" and len(order) == 21
        engine.close()


def test_leaving_early_closes_the_connections() -> None:
    with OpenAIServer(says(*["word "] * 5000)) as server:
        engine = connect(server, batch_size=2)
        server.fault_of = lambda body: Fault(hang_first=1.5) if body["messages"][0]["content"] == "slow" else None
        completions = engine.generate([ask("Hi", name="fast"), ask("slow", name="slow")])
        assert next(completions).request_id == "fast"
        started = time.perf_counter()
        completions.close()  # type: ignore[attr-defined]
        engine.close()
        assert time.perf_counter() - started < 1.0, "nobody waits for the silent one"
        assert server.cut_by_client.wait(5), "the server saw the connection go"


def test_closing_a_stream_closes_its_connection() -> None:
    with OpenAIServer(says(*["word "] * 200_000)) as server:
        engine = connect(server)
        stream = engine.stream(ask())
        assert next(stream).text == "word "
        stream.close()  # type: ignore[attr-defined]
        assert server.cut_by_client.wait(5)
        server.backend = says("again")
        assert answer(engine, ask()).text == "again"
        engine.close()


def test_a_closed_engine_says_so() -> None:
    with OpenAIServer() as server:
        engine = connect(server)
        engine.close()
        with pytest.raises(EngineFailureError, match="closed"):
            list(engine.generate([ask()]))


# --- streaming --------------------------------------------------------------------------------------------------------


def test_pieces_arrive_as_they_are_sent() -> None:
    gate = threading.Event()

    def backend(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield event(content="first ")
        assert gate.wait(5)
        yield event(content="second")
        yield from ending()

    with OpenAIServer(backend) as server:
        engine = connect(server)
        stream = engine.stream(ask())
        assert next(stream).text == "first "
        gate.set()
        assert joined(stream) == "second"
        engine.close()


def test_a_stream_that_has_begun_is_not_begun_again() -> None:
    with OpenAIServer() as server:
        engine = connect(server)
        server.faults.append(Fault(close_after=2))
        stream = engine.stream(ask())
        assert next(stream).text == "Hello"
        with pytest.raises(EndpointError, match=r"tried 1 times"):
            next(stream)
        server.faults.append(Fault(503))
        assert joined(engine.stream(ask())) == "Hello there."
        engine.close()


def test_comments_keep_a_connection_alive_and_mean_nothing() -> None:
    with OpenAIServer() as server:
        engine = connect(server, timeout=0.5, max_retries=0)
        server.faults.append(Fault(only_comments=0.2))
        assert answer(engine, ask()).text == "Hello there.", "one second without an event, but not without a byte"
        engine.close()


TEXT = "血压 120/80 🩺\u2028next\u0085line\x0bend 👩‍⚕️ é"


def test_characters_survive_any_cut() -> None:
    wire = b"".join(
        b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + end
        for chunk, end in zip([event(content=TEXT), *ending()], (b"\n\n", b"\r\n\r\n", b"\r\r"), strict=True)
    )
    with OpenAIServer() as server:
        engine = connect(server, max_retries=0)
        server.faults.append(Fault(raw=tuple(bytes([byte]) for byte in wire)))
        assert answer(engine, ask()).text == TEXT
        engine.close()


def test_an_emoji_cut_into_utf_16_halves_is_one_again() -> None:
    raw = (
        b'data: {"choices": [{"delta": {"content": "a\\ud83e"}}]}\n\n',
        b'data: {"choices": [{"delta": {"content": "\\ude7ab"}}]}\n\n',
        b'data: {"choices": [{"delta": {"content": "\\ud83e"}, "finish_reason": "length"}]}\n\n',
    )
    with OpenAIServer() as server:
        engine = connect(server)
        server.faults.append(Fault(raw=raw))
        deltas = list(engine.stream(ask()))
        assert joined(deltas) == "a🩺b", "the last half has no other half"
        engine.close()


def test_an_endpoint_that_does_not_stream_is_read_too() -> None:
    raw = b'{"choices": [{"message": {"content": "whole"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 5}}'
    with OpenAIServer() as server:
        engine = connect(server)
        server.faults.append(Fault(raw=(raw,), content_type="application/json; charset=utf-8"))
        completion = answer(engine, ask())
        assert completion.text == "whole" and completion.usage.prompt == 5
        engine.close()


@given(st.lists(st.text(), max_size=4), st.sampled_from(["\n", "\r", "\r\n"]), st.integers(1, 7))
def test_events_do_not_depend_on_the_cuts(texts: list[str], newline: str, size: int) -> None:
    data = [text.replace("\r", "").replace("\n", "") for text in texts]
    wire = "".join(f": ping{newline}event: x{newline}data: {text}{newline}{newline}" for text in data).encode()
    parser = EventParser()
    events = [found for at in range(0, len(wire), size) for found in parser.feed(wire[at : at + size])]
    assert events + parser.finish() == [text.encode() for text in data if text]


# --- what is sent -----------------------------------------------------------------------------------------------------


def test_only_what_a_request_needs_is_sent() -> None:
    with OpenAIServer() as server:
        engine = connect(server)
        answer(engine, ask("Hi", max_new_tokens=9, temperature=0.5, top_p=0.9, seed=4, stop=("X",)))
        assert server.bodies[-1] == {
            "model": MODEL,
            "messages": [{"role": "user", "content": "Hi"}],
            "temperature": 0.5,
            "top_p": 0.9,
            "seed": 4,
            "max_tokens": 9,
            "stream": True,
            "stream_options": {"include_usage": True},
            "chat_template_kwargs": {"enable_thinking": False},
            "stop": ["X"],
        }
        answer(engine, ask("\ud800 half", top_k=3, ignore_eos=True, logprobs=2, answer_prefix="So:"))
        body = server.bodies[-1]
        assert body["messages"] == [
            {"role": "user", "content": "\ud800 half"},
            {"role": "assistant", "content": "So:"},
        ]
        assert body["continue_final_message"] is True and body["add_generation_prompt"] is False
        assert (body["top_k"], body["ignore_eos"], body["logprobs"], body["top_logprobs"]) == (3, True, True, 2)
        engine.close()


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("max_tokens", "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."),
        ("stream_options", "Unknown field: stream_options"),
        ("chat_template_kwargs", "Unrecognized request argument supplied: chat_template_kwargs"),
    ],
)
def test_a_dialect_is_learnt_once(field: str, words: str) -> None:
    with OpenAIServer() as server:
        engine = connect(server, batch_size=1)
        refusal = Fault(400, body=json.dumps({"error": {"message": words}}).encode())
        server.fault_of = lambda body: refusal if field in body else None
        assert len(answers(engine, many(4))) == 4
        assert [field in body for body in server.bodies] == [True, False, False, False, False]
        if field == "max_tokens":
            assert server.bodies[-1]["max_completion_tokens"] == 4 + 3
        engine.close()


def test_thinking_that_the_endpoint_cannot_switch_on_is_not_dropped_in_silence() -> None:
    with OpenAIServer() as server:
        engine = connect(server)
        server.fault_of = lambda body: Fault(400, body=b'{"error": {"message": "unknown: chat_template_kwargs"}}')
        code, message = failure(engine, thinking=Thinking(enabled=True))
        assert code == "unsupported_request" and "chat_template_kwargs" in message
        engine.close()


def test_a_json_schema_goes_out_as_response_format() -> None:
    with OpenAIServer(says('"', 'B"')) as server:
        engine = connect(server)
        assert answer(engine, ask(json_schema=LETTER)).text == '"B"'
        answer(engine, ask())
        (bound, free) = server.bodies
        assert bound["response_format"] == {
            "type": "json_schema",
            "json_schema": {"name": "reply", "strict": True, "schema": json.loads(LETTER)},
        }
        assert "response_format" not in free
        engine.close()


@pytest.mark.parametrize("said", ["The answer is B.", "", '```json\n"B"\n```', '"B'])
def test_an_endpoint_that_ignores_a_json_schema_fails_the_request(said: str) -> None:
    with OpenAIServer(says(said)) as server:
        engine = connect(server)
        code, message = failure(engine, json_schema=LETTER)
        assert code == "endpoint_error" and "ignore response_format" in message
        assert len(server.bodies) == 1, "asking again would cost and change nothing"
        assert answer(engine, ask()).text == said
        with pytest.raises(EndpointError, match="response_format"):
            list(engine.stream(ask(json_schema=LETTER)))
        engine.close()


def test_json_cut_by_its_length_is_not_held_against_the_endpoint() -> None:
    with OpenAIServer(reasons({"content": '{"side"'}, reason="length")) as server:
        engine = connect(server)
        completion = answer(engine, ask(json_schema=TREE))
        assert (completion.text, completion.finish_reason) == ('{"side"', "length")
        engine.close()


@pytest.mark.parametrize(
    "words",
    ["response_format is not supported by this model", "Grammar error: Invalid type: banana", "Invalid schema: strict"],
)
def test_a_refused_json_schema_says_so(words: str) -> None:
    refusal = Fault(400, body=json.dumps({"error": {"message": words}}).encode())
    with OpenAIServer(says('"B"')) as server:
        server.fault_of = lambda body: refusal if "response_format" in body else None
        engine = connect(server)
        code, message = failure(engine, json_schema=LETTER)
        assert code == "unsupported_request" and words in message and "JSON schema" in message
        assert answer(engine, ask()).text == '"B"'
        engine.close()


def test_a_stop_string_that_the_endpoint_ignores_still_stops() -> None:
    with OpenAIServer(says("one", " tw", "o th", "ree")) as server:
        engine = connect(server)
        assert answer(engine, ask(stop=("two",))).text == "one "
        assert answer(engine, ask(stop=("two",))).finish_reason == "stop"
        engine.close()


# --- thinking ---------------------------------------------------------------------------------------------------------


def reasons(*chunks: dict[str, str], reason: str = "stop") -> Any:
    """A backend that sends these deltas."""

    def backend(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield from (event(**chunk) for chunk in chunks)
        yield from ending(reason)

    return backend


@pytest.mark.parametrize(
    "chunks",
    [
        [{"reasoning_content": "\nLet me "}, {"reasoning_content": "see.\n"}, {"content": "\n\nIt is 4."}],
        [{"reasoning": "Let me see."}, {"content": "It is"}, {"content": " 4."}],
        [{"content": "<thi"}, {"content": "nk>\nLet me see.\n</th"}, {"content": "ink>\n\nIt is 4."}],
    ],
    ids=["reasoning_content", "reasoning", "inline"],
)
def test_reasoning_is_read_wherever_it_stands(chunks: list[dict[str, str]]) -> None:
    with OpenAIServer(reasons(*chunks)) as server:
        engine = connect(server)
        request = ask(thinking=Thinking(enabled=True), stop=("see",))
        *deltas, last = engine.stream(request)
        assert joined(deltas) == "It is 4."
        assert joined(deltas, "reasoning") == "Let me see."
        assert last.completion is not None and last.completion.reasoning == "Let me see."
        assert "stop" not in server.bodies[-1], "the endpoint would stop in the reasoning"
        assert server.bodies[-1]["chat_template_kwargs"] == {"enable_thinking": True}
        engine.close()


@pytest.mark.parametrize("field", ["reasoning_content", "inline"])
def test_a_budget_takes_two_requests(field: str) -> None:
    def backend(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if "continue_final_message" not in body:
            yield event(**({"content": "<think>\nHm, 2"} if field == "inline" else {"reasoning_content": "Hm, 2"}))
            yield from ending("length", completion=5)
        else:
            # Some servers take whatever a thinking model says for reasoning until </think> comes.
            yield event(**{"content" if field == "inline" else "reasoning_content": "It is 4."})
            yield from ending("stop", prompt=20, completion=4)

    with OpenAIServer(backend) as server:
        engine = connect(server)
        completion = answer(engine, ask(thinking=Thinking(enabled=True, budget=5), max_new_tokens=30))
        first, second = server.bodies
        assert (first["max_tokens"], second["max_tokens"]) == (5, 25)
        assert second["messages"][-1] == {"role": "assistant", "content": "<think>\nHm, 2\n</think>\n\n"}
        assert second["continue_final_message"] is True and second["add_generation_prompt"] is False
        assert (completion.reasoning, completion.text) == ("Hm, 2", "It is 4.")
        assert completion.thinking_forced
        usage = completion.usage
        assert (usage.prompt, usage.completion, usage.reasoning) == (7, 9, 5)
        engine.close()


@pytest.mark.parametrize("stream", [False, True])
def test_json_that_the_budget_cut_begins_anew(stream: bool) -> None:
    def backend(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield event(role="assistant", content="")
        if not body.get("continue_final_message"):
            yield event(reasoning_content="Hm")
            yield event(content='{"sid')
            yield from ending("length", completion=4)
        else:
            assert body["messages"][-1]["content"] == "<think>\nHm\n</think>\n\n"
            yield event(content='{"side":"left","below":[]}')
            yield from ending(completion=9)

    with OpenAIServer(backend) as server:
        engine = connect(server)
        request = ask(thinking=Thinking(enabled=True, budget=4), max_new_tokens=40, json_schema=TREE)
        if stream:
            *deltas, last = engine.stream(request)
            assert joined(deltas) == '{"side":"left","below":[]}' and joined(deltas, "reasoning") == "Hm"
            assert last.completion is not None
            completion = last.completion
        else:
            completion = answer(engine, request)
        parse(completion.text, TREE)
        assert completion.reasoning == "Hm" and not completion.thinking_forced
        assert completion.usage.completion == 13
        engine.close()


def test_json_that_a_budget_leaves_whole_is_given_out() -> None:
    chunks = [{"reasoning_content": "Hm"}, {"content": '"B"'}]
    with OpenAIServer(reasons(*chunks)) as server:
        engine = connect(server)
        request = ask(thinking=Thinking(enabled=True, budget=4), max_new_tokens=40, json_schema=LETTER)
        *deltas, last = engine.stream(request)
        assert last.completion is not None
        assert joined(deltas) == last.completion.text == '"B"'
        assert len(server.bodies) == 1
        engine.close()


def test_a_budget_spent_on_nothing_visible_is_spent() -> None:
    def backend(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        first = "continue_final_message" not in body
        yield event(content="" if first else "It is 4.")
        yield from ending("length" if first else "stop")

    with OpenAIServer(backend) as server:
        engine = connect(server)
        completion = answer(engine, ask(thinking=Thinking(enabled=True, budget=5), max_new_tokens=30))
        assert (completion.text, completion.reasoning, completion.thinking_forced) == ("It is 4.", "", True)
        engine.close()


def test_an_answer_that_the_budget_cut_goes_on() -> None:
    def backend(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if "continue_final_message" not in body:
            yield from (event(reasoning_content="Easy."), event(content="It is"))
            yield from ending("length")
        else:
            yield event(content=" 4.")
            yield from ending("stop")

    with OpenAIServer(backend) as server:
        engine = connect(server)
        completion = answer(engine, ask(thinking=Thinking(enabled=True, budget=5), max_new_tokens=30))
        assert server.bodies[1]["messages"][-1]["content"] == "<think>\nEasy.\n</think>\n\nIt is"
        assert (completion.text, completion.reasoning) == ("It is 4.", "Easy.")
        assert not completion.thinking_forced
        engine.close()


def test_the_second_request_is_what_qwen3s_own_template_would_hold(naive: NaiveEngine) -> None:
    pytest.importorskip("transformers")
    from transformers import AutoTokenizer

    from tests.support.qwen_tokenizer import qwen_tokenizer_folder

    folder = qwen_tokenizer_folder()
    if folder is None:
        pytest.skip("Qwen3's tokenizer is not in the cache; fetch it with: python -m tests.support.qwen_tokenizer")
    tokenizer = AutoTokenizer.from_pretrained(Path(folder))
    written = "<think>\nHm, 2\n</think>\n\n"
    conversation = [{"role": "user", "content": "2+2?"}, {"role": "assistant", "content": written}]
    rendered = tokenizer.apply_chat_template(
        conversation, tokenize=False, continue_final_message=True, add_generation_prompt=False, enable_thinking=False
    )
    assert rendered.rstrip("\n") == f"<|im_start|>user\n2+2?<|im_end|>\n<|im_start|>assistant\n{written}".rstrip("\n")


# --- scoring ----------------------------------------------------------------------------------------------------------


def candidates(**top: float) -> Any:
    """A backend whose next token has these probabilities."""

    def backend(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        entries = [{"token": token, "logprob": math.log(p)} for token, p in top.items()]
        chunk = event(content=entries[0]["token"])
        chunk["choices"][0]["logprobs"] = {"content": [{**entries[0], "top_logprobs": entries}]}
        yield chunk
        yield from ending("length")

    return backend


def test_labels_are_read_off_the_candidates() -> None:
    with OpenAIServer(candidates(A=0.5, B=0.25, The=0.125)) as server:
        engine = connect(server)
        scores = score(engine, ScoringRequest("s", ask().messages, ("A", "B", "C"), "Answer: "))
        assert scores.logprobs == pytest.approx({"A": math.log(0.5), "B": math.log(0.25), "C": -math.inf})
        assert scores.label_mass == pytest.approx(0.75) and scores.prompt_tokens == 7
        body = server.bodies[-1]
        assert (body["max_tokens"], body["logprobs"], body["top_logprobs"]) == (1, True, 20)
        assert body["temperature"] == 1.0 and body["messages"][-1]["content"] == "Answer: "
        engine.close()


def test_a_label_of_several_tokens_is_an_error_and_not_minus_infinity() -> None:
    with OpenAIServer(candidates(hyper=0.5, A=0.25)) as server:
        engine = connect(server)
        (scores,) = engine.score([ScoringRequest("s", ask().messages, ("A", "hypertension"))])
        assert scores.error is not None and scores.error.code == "unsupported_request"
        assert "hypertension" in scores.error.message
        engine.close()


def test_whether_the_turn_ends_cannot_be_seen_and_is_refused() -> None:
    with OpenAIServer(candidates(A=0.5, AC=0.25)) as server:
        engine = connect(server)
        (scores,) = engine.score([ScoringRequest("s", ask().messages, ("A", "AC"), ends_turn=True)])
        assert scores.error is not None and scores.error.code == "unsupported_request"
        assert not server.bodies, "nothing is asked in vain"
        engine.close()


@pytest.mark.parametrize("thinking", [Thinking(), Thinking(enabled=True), Thinking(enabled=True, budget=100)])
def test_scoring_passes_the_thinking_switch_on(thinking: Thinking) -> None:
    with OpenAIServer(candidates(A=0.5)) as server:
        engine = connect(server)
        score(engine, ScoringRequest("s", ask().messages, ("A",), thinking=thinking))
        assert server.bodies[-1]["chat_template_kwargs"] == {"enable_thinking": thinking.enabled}
        engine.close()


def test_plain_text_is_refused() -> None:
    with pytest.raises(UnsupportedRequestError, match="sends conversations"):
        open_engine(EngineOptions("m", "openai", base_url="http://localhost:1/v1", template="plain"))


def test_an_endpoint_without_logprobs_cannot_score() -> None:
    with OpenAIServer() as server:
        engine = connect(server)
        (scores,) = engine.score([ScoringRequest("s", ask().messages, ("A", "B"))])
        assert scores.error is not None and scores.error.code == "unsupported_request"
        engine.close()


# --- what is known of the endpoint ------------------------------------------------------------------------------------


def test_the_context_length_comes_from_the_endpoint() -> None:
    with OpenAIServer(context_length=4096) as server:
        engine = connect(server)
        assert engine.info.context_length == 4096
        assert engine.info.device == server.url and engine.info.model == MODEL
        assert engine.count_tokens((Message("user", "Hi"),)) is None
        engine.close()
        unknown = connect(server, model="unknown")
        assert unknown.info.context_length is None
        unknown.close()


# --- waiting ----------------------------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "9", "retry-after-ms": "250"}, 0.25),
        ({"retry-after": format_datetime(NOW + timedelta(seconds=90), usegmt=True)}, 90.0),
        ({"retry-after": format_datetime(NOW - timedelta(seconds=90), usegmt=True)}, 0.0),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
    ],
)
def test_the_asked_wait_is_read(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_wait(headers, NOW) == seconds


def test_waits_grow_differ_between_requests_and_repeat() -> None:
    policy = RetryPolicy(max_retries=8)
    waits = [policy.wait("a", attempt, None) for attempt in range(8)]
    assert waits == [policy.wait("a", attempt, None) for attempt in range(8)]
    for attempt, wait in enumerate(waits):
        top = min(20.0, 0.5 * 2**attempt)
        assert wait is not None and top / 2 <= wait <= top
    assert policy.wait("b", 0, None) != waits[0]
    assert policy.wait("a", 8, None) is None
    asked = policy.wait("a", 0, 30.0)
    assert asked is not None and 30.0 <= asked <= 31.0


def test_every_error_is_one_of_ours() -> None:
    with OpenAIServer() as server:
        engine = connect(server, max_retries=0, timeout=0.3)
        for fault in PASSING.values():
            server.faults.append(fault)
            with pytest.raises(MedGoError):
                list(engine.stream(ask()))
        assert isinstance(answer(engine, ask()), Completion)
        engine.close()
