"""``MedGo`` in Python: one question, many, streams, tasks, threads; each call gets its own answer."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import medgo
from medgo.errors import EndpointError, InputError, PromptTooLongError
from medgo.inference.chat import ChatReply
from medgo.inference.chat.prompts import MEDICAL_SYSTEM_PROMPTS
from medgo.inference.facade import MedGo
from medgo.inference.protocol import GenerationRequest, Thinking
from medgo.schema import Message
from tests.support.scripted_engine import ScriptedEngine


def _contents(request: GenerationRequest) -> list[tuple[str, str]]:
    return [(message.role, message.content) for message in request.messages]


def test_the_package_exports_it() -> None:
    assert medgo.MedGo is MedGo
    with pytest.raises(AttributeError):
        _ = medgo.NoSuchThing


def test_a_question_gets_the_medical_prompt_and_the_card_s_sampling() -> None:
    engine = ScriptedEngine()
    reply = MedGo(engine).chat("什么是高血压？")
    assert (str(reply), reply.finish_reason, reply.reasoning) == ("re: 什么是高血压？", "stop", None)
    (request,) = engine.requests
    assert _contents(request) == [("system", MEDICAL_SYSTEM_PROMPTS["zh"]), ("user", "什么是高血压？")]
    assert (request.sampling.temperature, request.sampling.top_p, request.thinking) == (0.7, 0.9, Thinking())


def test_options_reach_the_request() -> None:
    engine = ScriptedEngine(lambda request: ("hm", "yes"))
    reply = MedGo(engine).chat(
        "?", system="", thinking=20, max_new_tokens=50, temperature=0, top_p=0.5, seed=3, stop=["\n"]
    )
    (request,) = engine.requests
    assert _contents(request) == [("user", "?")]
    s = request.sampling
    assert (s.max_new_tokens, s.temperature, s.top_p, s.seed, s.stop) == (50, 0, 0.5, 3, ("\n",))
    assert request.thinking == Thinking(True, 20)
    assert (reply.text, reply.reasoning, reply.usage.reasoning) == ("yes", "hm", 2)


@pytest.mark.parametrize(
    ("value", "thinking"),
    [("off", Thinking()), ("on", Thinking(True)), (True, Thinking(True)), (False, Thinking()), (1, Thinking(True, 1))],
)
def test_thinking_may_be_written_in_every_natural_way(value: str | int, thinking: Thinking) -> None:
    engine = ScriptedEngine()
    MedGo(engine).chat("?", thinking=value)
    assert engine.requests[0].thinking == thinking


@pytest.mark.parametrize("option", [{"temperature": -1}, {"thinking": "maybe"}, {"thinking": 9, "max_new_tokens": 9}])
def test_a_bad_option_is_an_input_error_before_the_engine_is_asked(option: dict[str, object]) -> None:
    engine = ScriptedEngine()
    with pytest.raises(InputError):
        MedGo(engine).chat("?", **option)  # type: ignore[arg-type]
    assert engine.requests == []


def test_an_unknown_option_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="temprature"):
        MedGo(ScriptedEngine()).chat("?", temprature=1)  # type: ignore[call-arg]


def test_messages_keep_their_own_system_prompt_or_get_the_default() -> None:
    engine = ScriptedEngine()
    model = MedGo(engine)
    model.chat([{"role": "system", "content": "mine"}, {"role": "user", "content": "a"}])
    model.chat([Message("user", "a"), Message("assistant", "b"), Message("user", "c")])
    assert _contents(engine.requests[0]) == [("system", "mine"), ("user", "a")]
    assert [role for role, _ in _contents(engine.requests[1])] == ["system", "user", "assistant", "user"]
    with pytest.raises(InputError, match="system prompt already"):
        model.chat([Message("system", "mine"), Message("user", "a")], system="other")
    with pytest.raises(InputError, match="role"):
        model.chat([{"role": "doctor", "content": "a"}])


def test_errors_of_the_engine_are_raised() -> None:
    with pytest.raises(PromptTooLongError):
        MedGo(ScriptedEngine(lambda request: PromptTooLongError("too long"))).chat("?")


def test_a_batch_comes_back_in_order_and_a_failure_costs_one_reply() -> None:
    def answer(request: GenerationRequest) -> str | PromptTooLongError:
        text = request.messages[-1].content
        return PromptTooLongError("too long") if text == "2" else f"re: {text}"

    replies = MedGo(ScriptedEngine(answer)).batch([str(n) for n in range(12)])
    assert [reply.text for n, reply in enumerate(replies) if n != 2] == [f"re: {n}" for n in range(12) if n != 2]
    assert replies[2].finish_reason == "error" and replies[2].error is not None
    assert replies[2].error.code == "prompt_too_long"
    assert MedGo(ScriptedEngine()).batch([]) == []


def test_a_stream_gives_the_text_piece_by_piece_and_stops_when_closed() -> None:
    engine = ScriptedEngine(lambda request: "心电图🩺")
    model = MedGo(engine)
    assert [delta.text for delta in model.stream("?")] == ["心", "电", "图", "🩺", ""]
    for _ in model.stream("?"):
        break
    assert engine.stopped_early.is_set()
    assert str(model.chat("?")) == "心电图🩺"


def test_asking_while_the_same_thread_holds_an_open_stream_is_an_error_and_no_deadlock() -> None:
    engine = ScriptedEngine()
    model = MedGo(engine)
    stream = model.stream("one")
    next(stream)
    with pytest.raises(InputError, match="still being streamed"):
        model.chat("two")
    stream.close()
    assert str(model.chat("two")) == "re: two"
    left_open = model.stream("three")
    next(left_open)
    model.close()
    assert engine.closed == 1


def test_threads_take_turns() -> None:
    engine = ScriptedEngine(delay=0.001)
    model = MedGo(engine)
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda n: str(model.chat(str(n))), range(16)))
    assert replies == [f"re: {n}" for n in range(16)]
    assert engine.most_running == 1


async def test_concurrent_tasks_get_their_own_answers_without_blocking_the_loop() -> None:
    engine = ScriptedEngine(delay=0.002)
    model = MedGo(engine)
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.001)

    ticking = asyncio.create_task(tick())
    replies = await asyncio.gather(*(model.achat(str(n)) for n in range(16)))
    ticking.cancel()
    assert [str(reply) for reply in replies] == [f"re: {n}" for n in range(16)]
    assert engine.most_running == 1
    assert ticks > 20


async def test_an_asynchronous_stream_gives_the_same_pieces() -> None:
    model = MedGo(ScriptedEngine(lambda request: ("想", "答案")))
    pieces = [(delta.text, delta.kind) async for delta in model.astream("?")]
    assert pieces == [("想", "reasoning"), ("答", "answer"), ("案", "answer"), ("", "answer")]


async def test_asynchronous_errors_are_raised() -> None:
    model = MedGo(ScriptedEngine(fails_after=(2, EndpointError("gone"))))
    with pytest.raises(EndpointError, match="gone"):
        await model.achat("?")
    with pytest.raises(InputError):
        await model.achat("?", top_p=2)


async def test_cancelling_stops_the_generation_and_frees_the_engine() -> None:
    engine = ScriptedEngine(lambda request: "x" * 10_000, delay=0.01)
    model = MedGo(engine)
    task = asyncio.create_task(model.achat("?"))
    await asyncio.sleep(0.05)
    started = time.perf_counter()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.perf_counter() - started < 0.05  # the task ends at once …
    assert await asyncio.to_thread(engine.stopped_early.wait, 1.0)  # … and the engine at its next piece


async def test_leaving_an_asynchronous_stream_stops_the_generation() -> None:
    engine = ScriptedEngine(lambda request: "x" * 10_000, delay=0.005)
    model = MedGo(engine)
    pieces = model.astream("?")
    await anext(pieces)
    await pieces.aclose()
    assert await asyncio.to_thread(engine.stopped_early.wait, 1.0)


async def test_a_task_cancelled_while_it_waits_never_reaches_the_engine() -> None:
    engine = ScriptedEngine(delay=0.02)
    model = MedGo(engine)
    first = asyncio.create_task(model.achat("first"))
    second = asyncio.create_task(model.achat("second"))
    await asyncio.sleep(0.03)
    second.cancel()
    assert str(await first) == "re: first"
    assert str(await model.achat("third")) == "re: third"
    assert [request.messages[-1].content for request in engine.requests] == ["first", "third"]


async def test_closing_ends_calls_that_still_wait() -> None:
    engine = ScriptedEngine(delay=0.02)
    model = MedGo(engine)
    waiting = [asyncio.create_task(model.achat(str(n))) for n in range(3)]
    await asyncio.sleep(0.03)
    await asyncio.to_thread(model.close)
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert str(results[0]) == "re: 0"
    assert [type(result) for result in results[1:]] == [InputError, InputError]


def test_an_event_loop_that_ends_early_leaves_no_noise(capfd: pytest.CaptureFixture[str]) -> None:
    engine = ScriptedEngine(lambda request: "x" * 10_000, delay=0.005)
    model = MedGo(engine)

    async def ask_and_give_up() -> None:
        await asyncio.wait_for(model.achat("?"), timeout=0.03)

    with pytest.raises(TimeoutError):
        asyncio.run(ask_and_give_up())
    assert engine.stopped_early.wait(1.0)
    model.close()
    assert capfd.readouterr().err == ""


def test_a_session_remembers_and_takes_its_turn() -> None:
    engine = ScriptedEngine()
    model = MedGo(engine)
    session = model.session(system="", seed=5)
    for question in ("one", "two"):
        with session.ask(question) as stream:
            for _ in stream:
                pass
    assert stream.reply == ChatReply.of(next(iter(MedGo(ScriptedEngine()).engine.generate([engine.requests[1]]))))
    assert [content for _, content in _contents(engine.requests[1])] == ["one", "re: one", "two"]
    assert engine.requests[1].sampling.seed == 5


def test_the_context_manager_closes_the_engine() -> None:
    engine = ScriptedEngine()
    with MedGo(engine) as model:
        model.chat("?")
    assert engine.closed == 1


def test_close_waits_for_a_reply_in_another_thread() -> None:
    engine = ScriptedEngine(lambda request: "x" * 20, delay=0.005)
    model = MedGo(engine)
    thread = threading.Thread(target=model.chat, args=("?",))
    thread.start()
    time.sleep(0.02)
    model.close()
    assert engine.running == 0
    thread.join()
    assert not engine.stopped_early.is_set()
