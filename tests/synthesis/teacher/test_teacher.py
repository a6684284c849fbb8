"""Scripts over an engine: order, seeds, faults, and an engine that is kept busy."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from medgo.errors import EndpointError, EngineFailureError, MedGoError, PromptTooLongError, StorageError
from medgo.inference.protocol import Completion, GenerationRequest, Sampling, Usage
from medgo.schema import Message
from medgo.synthesis.teacher import (
    Ask,
    AskFailedError,
    Item,
    Rejected,
    RejectionError,
    ReplyCache,
    Script,
    Teacher,
    ask_json,
)
from tests.support.judge_engine import JudgeEngine
from tests.support.scripted_engine import ScriptedEngine

WARM = Sampling(max_new_tokens=50, temperature=0.8)


def ask(text: str, sampling: Sampling = WARM, schema: str | None = None) -> Ask:
    return Ask((Message("user", text),), sampling, json_schema=schema)


def echo(request: GenerationRequest) -> str:
    """Depends on all that a reply may depend on, and on nothing else."""
    text = repr((request.messages, request.sampling))
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def rounds(name: str, n: int) -> Script[str]:
    """Ask n times, each time about the last reply."""
    said = name
    for _ in range(n):
        said = (yield ask(said)).text
    return f"{name}:{said}"


def items(*lengths: int) -> Iterator[Item[str]]:
    return (Item(f"7/x/{i}", rounds(str(i), n)) for i, n in enumerate(lengths))


@dataclass
class StepEngine:
    """Slots that each write one token a step, as continuous batching does; counts the slots that stood empty."""

    slots: int = 8
    length: int = 5
    asked: list[GenerationRequest] = field(default_factory=list)
    steps: int = 0
    empty: int = 0

    def generate(self, requests: Iterable[GenerationRequest]) -> Iterator[Completion]:
        feed, more = iter(requests), True
        running: dict[str, tuple[GenerationRequest, int]] = {}
        while more or running:
            while more and len(running) < self.slots:
                request = next(feed, None)
                if request is None:
                    more = False
                    break
                self.asked.append(request)
                running[request.id] = (request, 1 + request.sampling.seed % (2 * self.length))
            self.steps += bool(running)
            self.empty += (self.slots - len(running)) if running else 0
            running = {name: (request, left - 1) for name, (request, left) in running.items()}
            for name in [name for name, (_, left) in running.items() if not left]:
                request, _ = running.pop(name)
                yield Completion(name, echo(request), "stop", usage=Usage(completion=1))

    info = JudgeEngine().info


@given(st.lists(st.integers(0, 5), max_size=30), st.integers(1, 9), st.integers(1, 40))
def test_results_come_in_the_order_of_scripts_whatever_the_batch_and_window(
    lengths: list[int], slots: int, window: int
) -> None:
    reference = list(Teacher(ScriptedEngine(echo)).run(items(*lengths)))
    assert [str(result).partition(":")[0] for result in reference] == [str(i) for i in range(len(lengths))]
    for engine in (JudgeEngine(echo, slots=slots), StepEngine(slots)):
        assert list(Teacher(engine, window=window).run(items(*lengths))) == reference  # type: ignore[arg-type]


def test_a_seed_depends_on_item_and_question_only() -> None:
    def seeds(*names: str) -> dict[str, int]:
        engine = ScriptedEngine(lambda request: "same")
        list(Teacher(engine).run(Item(name, rounds("same words", 2)) for name in names))
        return {request.id.partition("#")[2]: request.sampling.seed for request in engine.requests}

    both = seeds("a", "b")
    assert len(set(both.values())) == 4, "each question of each item has its own, though all ask the same"
    assert seeds("b", "a") == both
    assert seeds("b") == {name: seed for name, seed in both.items() if name.startswith("b")}
    assert all(0 <= seed < 2**31 for seed in both.values())


def test_greedy_questions_share_their_reply(tmp_path: Path) -> None:
    def script() -> Script[str]:
        return (yield ask("hello", Sampling(max_new_tokens=50))).text

    engine = ScriptedEngine(echo)
    with ReplyCache(tmp_path / "r.jsonl") as cache:
        teacher = Teacher(engine, cache)
        first = list(teacher.run([Item("a", script())]))
        assert list(teacher.run([Item("b", script())])) == first
    assert len(engine.requests) == 1
    assert (teacher.asked, teacher.remembered) == (1, 1)


def test_scripts_without_end_are_begun_only_as_they_are_needed() -> None:
    begun = 0

    def endless() -> Iterator[Item[str]]:
        nonlocal begun
        for i in count():
            begun += 1
            yield Item(str(i), rounds(str(i), 3))

    results = Teacher(StepEngine(slots=4), window=20).run(endless())  # type: ignore[arg-type]
    assert len(list(islice(results, 50))) == 50
    assert begun <= 50 + 20
    results.close()  # type: ignore[attr-defined]


def test_leaving_early_stops_the_engine() -> None:
    closed = []

    class Engine(StepEngine):
        def generate(self, requests: Iterable[GenerationRequest]) -> Iterator[Completion]:
            try:
                yield from super().generate(requests)
            finally:
                closed.append(True)

    results = Teacher(Engine()).run(items(*[3] * 40))  # type: ignore[arg-type]
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert closed == [True]


def test_the_engine_has_no_empty_slot_until_all_scripts_have_begun() -> None:
    engine = StepEngine(slots=8)
    seen = 0

    def watched() -> Iterator[Item[str]]:
        nonlocal seen
        for item in items(*[4] * 300):
            yield item
            seen = engine.empty

    list(Teacher(engine).run(watched()))  # type: ignore[arg-type]
    assert seen == 0
    assert engine.empty < 0.05 * engine.steps * engine.slots, "the end of the run is a small part of it"


def test_a_follow_up_goes_before_a_new_script() -> None:
    engine = StepEngine(slots=1)
    list(Teacher(engine).run(items(3, 3)))  # type: ignore[arg-type]
    assert [request.id.partition("#")[0] for request in engine.asked] == ["0"] * 3 + ["1"] * 3


def test_a_script_may_handle_what_the_engine_fails_on() -> None:
    def careful() -> Script[str]:
        try:
            yield ask("too long")
        except AskFailedError as error:
            short = yield ask("short")
            return f"{error.error.code} then {short.text}"
        return "never"

    def careless() -> Script[str]:
        return (yield ask("too long")).text

    def answer(request: GenerationRequest) -> str | MedGoError:
        return PromptTooLongError("2000 tokens") if request.messages[-1].content == "too long" else "fine"

    results = list(Teacher(ScriptedEngine(answer)).run([Item("a", careful()), Item("b", careless())]))
    assert results == ["prompt_too_long then fine", Rejected("teacher failed: prompt_too_long", "2000 tokens")]


def test_a_script_gives_up_with_a_reason() -> None:
    def script() -> Script[str]:
        yield ask("hello")
        raise RejectionError("cut off", "after 7 tokens")

    assert list(Teacher(ScriptedEngine()).run([Item("a", script())])) == [Rejected("cut off", "after 7 tokens")]


def test_a_mistake_in_a_script_is_not_taken_for_the_engines() -> None:
    def at_once() -> Script[str]:
        raise ZeroDivisionError
        yield ask("")

    def later() -> Script[str]:
        yield ask("hello")
        raise ZeroDivisionError

    for script in (at_once(), later()):
        before = [Item(f"{i}", rounds("a", 1)) for i in range(3)]
        with pytest.raises(ZeroDivisionError):
            list(Teacher(JudgeEngine(echo)).run([*before, Item("a", script)]))


def test_an_engine_that_fails_on_everything_ends_the_run() -> None:
    engine = JudgeEngine(lambda request: EndpointError("connection refused"))
    with pytest.raises(EngineFailureError, match=r"16 times in a row.*connection refused"):
        list(Teacher(engine).run(items(*[1] * 100)))
    assert len(engine.asked) < 30


def test_questions_that_are_too_long_do_not_end_the_run() -> None:
    engine = JudgeEngine(lambda request: PromptTooLongError("no"))
    assert len(list(Teacher(engine).run(items(*[1] * 100)))) == 100


def test_an_engine_that_dies_leaves_what_it_said(tmp_path: Path) -> None:
    class Dying(StepEngine):
        def generate(self, requests: Iterable[GenerationRequest]) -> Iterator[Completion]:
            yield from islice(super().generate(requests), 37)
            raise RuntimeError("the device is gone")

    path = tmp_path / "replies.jsonl"
    work = [3] * 20
    with (
        ReplyCache(path) as cache,
        pytest.raises(EngineFailureError, match="died: RuntimeError: the device is gone"),
    ):
        list(Teacher(Dying(), cache).run(items(*work)))  # type: ignore[arg-type]
    engine = StepEngine()
    with ReplyCache(path) as cache:
        assert len(cache) == 37
        teacher = Teacher(engine, cache)  # type: ignore[arg-type]
        assert list(teacher.run(items(*work))) == list(Teacher(ScriptedEngine(echo)).run(items(*work)))
    assert (len(engine.asked), teacher.remembered) == (60 - 37, 37)


def test_an_engine_that_ends_without_answering_costs_the_items() -> None:
    class Forgetful(StepEngine):
        def generate(self, requests: Iterable[GenerationRequest]) -> Iterator[Completion]:
            for n, completion in enumerate(super().generate(requests)):
                if n % 3:
                    yield completion

    results = list(Teacher(Forgetful()).run(items(*[1] * 9)))  # type: ignore[arg-type]
    assert sum(isinstance(result, Rejected) for result in results) == 3


def test_the_whole_run_again_needs_no_engine(tmp_path: Path) -> None:
    with ReplyCache(tmp_path / "replies.jsonl") as cache:
        first = list(Teacher(StepEngine(), cache, window=4).run(items(*[2, 3] * 10)))  # type: ignore[arg-type]
        engine = StepEngine()
        assert list(Teacher(engine, cache, window=4).run(items(*[2, 3] * 10))) == first  # type: ignore[arg-type]
    assert not engine.asked


def test_another_model_is_asked_again(tmp_path: Path) -> None:
    with ReplyCache(tmp_path / "replies.jsonl") as cache:
        for model in ("a", "b"):
            engine = JudgeEngine(echo, model=model)
            list(Teacher(engine, cache).run(items(1)))
            assert len(engine.asked) == 1


def test_the_fingerprint_names_no_folder() -> None:
    name, _, identity = Teacher(JudgeEngine(model="/home/someone/models/med-8b/")).fingerprint.partition("@")
    assert name == "med-8b"
    assert len(identity) == 16
    other = Teacher(JudgeEngine(model="/home/someone/models/med-8b/", weights="x")).fingerprint
    assert other != f"{name}@{identity}"


def test_half_of_a_surrogate_pair_does_not_reach_a_row(tmp_path: Path) -> None:
    with ReplyCache(tmp_path / "replies.jsonl") as cache:
        for _ in range(2):
            (result,) = Teacher(JudgeEngine(lambda request: "a\ud83d"), cache).run(items(1))
            assert result == "0:a?"


class Reply(BaseModel):
    model_config = ConfigDict(extra="forbid")

    maxLength: int  # noqa: N815 - a field that is called like a bound is no bound


def test_json_is_asked_again_and_then_given_up() -> None:
    def script(greedy: bool) -> Script[int]:
        sampling = Sampling(max_new_tokens=20) if greedy else WARM
        return (yield from ask_json(Reply, ask("how many?", sampling))).maxLength

    replies = iter(
        [
            "rubbish",
            '{"maxLength": 3}',
            "rubbish",
            '{"maxLength": "%s"}' % ("many, " * 10),
        ]
    )
    engine = ScriptedEngine(lambda request: next(replies))
    teacher = Teacher(engine)
    assert list(teacher.run([Item("a", script(greedy=True))])) == [3]
    first, second = engine.requests
    assert first.sampling.temperature == 0
    assert second.sampling.temperature > 0
    assert second.sampling.seed != first.sampling.seed
    assert first.json_schema is not None
    (result,) = teacher.run([Item("a", script(greedy=False))])
    assert isinstance(result, Rejected)
    assert result.reason == "cut off"


def test_an_endpoint_gets_no_bounds_it_does_not_know() -> None:
    schema = '{"properties": {"maxLength": {"type": "string", "maxLength": 5}}, "maxItems": 3}'
    engine = JudgeEngine()
    assert Teacher(engine).request(ask("a", schema=schema), "a", 0).json_schema == schema

    class Endpoint(JudgeEngine):
        info = JudgeEngine().info.__class__("openai", "m", "", "", None, False)  # type: ignore[assignment]

    sent = Teacher(Endpoint()).request(ask("a", schema=schema), "a", 0).json_schema
    assert sent == '{"properties": {"maxLength": {"type": "string"}}}'


class TestCache:
    def reply(self, text: str) -> Completion:
        return Completion("x", text, "stop", reasoning="因为", usage=Usage(3, 4, reasoning=2), thinking_forced=True)

    def test_gives_back_what_it_got(self, tmp_path: Path) -> None:
        path = tmp_path / "a" / "replies.jsonl"
        texts = ["plain", "多行\n\u2028文字", "", "😀" * 100]
        with ReplyCache(path) as cache:
            for n, text in enumerate(texts):
                cache.put(f"{n:064x}", self.reply(text))
            assert cache.get("f" * 64) is None
        with ReplyCache(path) as cache:
            for n, text in enumerate(texts):
                kept = cache.get(f"{n:064x}")
                assert kept is not None
                assert (kept.text, kept.reasoning, kept.usage.completion, kept.thinking_forced) == (
                    text, "因为", 4, True,
                )  # fmt: skip

    def test_survives_a_torn_and_a_damaged_line(self, tmp_path: Path) -> None:
        path = tmp_path / "replies.jsonl"
        with ReplyCache(path) as cache:
            for n in range(3):
                cache.put(f"{n:064x}", self.reply(str(n)))
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(lines[0] + b'{"key": "zz"}\n' + lines[1] + lines[2][:-20])
        with ReplyCache(path) as cache:
            assert (len(cache), cache.damaged) == (2, 1)
            cache.put(f"{2:064x}", self.reply("again"))
            kept = [cache.get(f"{n:064x}") for n in range(3)]
        assert [completion and completion.text for completion in kept] == ["0", "1", "again"]

    def test_has_one_writer(self, tmp_path: Path) -> None:
        path = tmp_path / "replies.jsonl"
        with ReplyCache(path), pytest.raises(StorageError, match="another process"):
            ReplyCache(path)
        ReplyCache(path).close()
