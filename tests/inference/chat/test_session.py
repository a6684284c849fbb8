"""A conversation remembers, fits, survives interruptions and failures, and asks again."""

import pytest

from medgo.errors import EndpointError, InputError, PromptTooLongError
from medgo.inference.chat import ChatSession, ChatSettings, ReplyStream, Turn
from medgo.inference.chat.prompts import MEDICAL_SYSTEM_PROMPTS
from medgo.inference.protocol import Engine, GenerationRequest, Thinking
from medgo.schema import Message
from tests.support.scripted_engine import ScriptedEngine


def _read(stream: ReplyStream) -> str:
    return "".join(delta.text for delta in stream if delta.kind == "answer")


def _contents(messages: tuple[Message, ...]) -> list[tuple[str, str]]:
    return [(message.role, message.content) for message in messages]


def test_the_scripted_engine_is_an_engine() -> None:
    assert isinstance(ScriptedEngine(), Engine)


def test_each_turn_is_sent_with_all_before_it() -> None:
    engine = ScriptedEngine()
    session = ChatSession(engine, system="be brief")
    assert _read(session.ask("one")) == "re: one"
    assert _read(session.ask("two")) == "re: two"
    expected = [("system", "be brief"), ("user", "one"), ("assistant", "re: one"), ("user", "two")]
    assert _contents(engine.requests[1].messages) == expected
    assert _contents(session.messages) == [*expected, ("assistant", "re: two")]


def test_the_default_system_prompt_keeps_the_language_of_the_first_message() -> None:
    engine = ScriptedEngine()
    session = ChatSession(engine)
    for question in ("什么是高血压？", "and in English?"):
        _read(session.ask(question))
    assert {request.messages[0].content for request in engine.requests} == {MEDICAL_SYSTEM_PROMPTS["zh"]}
    session.reset()
    _read(session.ask("What is hypertension?"))
    assert engine.requests[-1].messages[0].content == MEDICAL_SYSTEM_PROMPTS["en"]


def test_an_empty_system_prompt_sends_none() -> None:
    engine = ScriptedEngine()
    _read(ChatSession(engine, system="").ask("hi"))
    assert _contents(engine.requests[0].messages) == [("user", "hi")]


def test_reasoning_is_kept_but_not_sent_again() -> None:
    engine = ScriptedEngine(lambda request: ("hm", "yes"))
    session = ChatSession(engine, system="", settings=ChatSettings(thinking=Thinking(True)))
    stream = session.ask("one")
    assert [delta.kind for delta in stream if delta.text] == ["reasoning"] * 2 + ["answer"] * 3
    assert session.messages[-1] == Message("assistant", "yes", "hm")
    _read(session.ask("two"))
    assert engine.requests[1].messages[1] == Message("assistant", "yes")
    assert engine.requests[1].thinking == Thinking(True)


def test_old_turns_are_dropped_once_and_named_and_stay_in_the_history() -> None:
    engine = ScriptedEngine(lambda request: "a" * 10, context_length=100)
    session = ChatSession(engine, system="s" * 10, settings=ChatSettings(max_new_tokens=40))  # 50 left: 2 turns + 10
    questions = [letter * 10 for letter in "bcdef"]
    dropped = []
    for question in questions:
        stream = session.ask(question)
        dropped.append([turn.question.content[0] for turn in stream.dropped])
        _read(stream)
    assert dropped == [[], [], [], ["b"], ["c"]]
    assert [m.content[0] for m in engine.requests[-1].messages] == ["s", "d", "a", "e", "a", "f"]
    assert len(session.turns) == 5


def test_a_question_too_long_alone_changes_nothing() -> None:
    engine = ScriptedEngine(context_length=100)
    session = ChatSession(engine, system="", settings=ChatSettings(max_new_tokens=40))
    _read(session.ask("short"))
    before = session.messages
    with pytest.raises(PromptTooLongError):
        session.ask("x" * 61)
    assert session.messages == before
    assert _read(session.ask("short again")) == "re: short again"
    assert len(engine.requests[-1].messages) == 3  # nothing was dropped for the question that was refused


def test_an_engine_that_cannot_count_is_asked_again_with_fewer_turns() -> None:
    def answer(request: GenerationRequest) -> str | PromptTooLongError:
        return "a" if len(request.messages) <= 5 else PromptTooLongError("the endpoint answered 400: context length")

    engine = ScriptedEngine(answer, counts=False)
    session = ChatSession(engine, system="")
    dropped = []
    for question in "bcdef":
        stream = session.ask(question)
        assert _read(stream) == "a"
        dropped.append([turn.question.content for turn in stream.dropped])
    assert dropped == [[], [], [], ["b"], ["c"]]
    assert [message.content for message in engine.requests[-1].messages] == ["d", "a", "e", "a", "f"]
    assert len(session.turns) == 5 and engine.running == 0


def test_an_endpoint_that_refuses_even_the_question_alone_is_an_error() -> None:
    engine = ScriptedEngine(lambda request: PromptTooLongError("400"), counts=False)
    with pytest.raises(PromptTooLongError):
        _read(ChatSession(engine, system="").ask("one"))
    assert len(engine.requests) == 1


def test_closing_a_stream_stops_the_engine_and_keeps_what_was_said() -> None:
    engine = ScriptedEngine(lambda request: "a long answer")
    session = ChatSession(engine, system="")
    with session.ask("one") as stream:
        said = [next(iter(stream)).text for _ in range(6)]
    assert engine.stopped_early.is_set()
    assert session.turns == [Turn(Message("user", "one"), Message("assistant", "".join(said)), interrupted=True)]
    assert stream.reply is None
    _read(session.ask("two"))
    assert _contents(engine.requests[1].messages)[:2] == [("user", "one"), ("assistant", "a long")]


@pytest.mark.parametrize("pieces", [0, 2])
def test_a_reply_stopped_before_its_answer_began_leaves_the_question_for_retry(pieces: int) -> None:
    engine = ScriptedEngine(lambda request: ("think", "answer"))
    session = ChatSession(engine, system="")
    with session.ask("one") as stream:
        for _ in range(pieces):
            next(iter(stream))
    assert (session.turns, session.unanswered) == ([], "one")
    assert _read(session.retry()) == "answer"
    assert session.unanswered is None


def test_an_engine_failure_leaves_the_session_usable() -> None:
    engine = ScriptedEngine(fails_after=(3, EndpointError("the endpoint closed the connection")))
    session = ChatSession(engine, system="")
    with pytest.raises(EndpointError):
        _read(session.ask("one"))
    assert (session.turns, session.unanswered, engine.running) == ([], "one", 0)
    _read(ChatSession(ScriptedEngine(), system="").ask("x"))


def test_retry_replaces_the_last_answer_with_another_seed() -> None:
    engine = ScriptedEngine(lambda request: f"seed {request.sampling.seed}")
    session = ChatSession(engine, system="", settings=ChatSettings(seed=7))
    answers = [_read(session.ask("one")), _read(session.retry()), _read(session.retry()), _read(session.ask("two"))]
    assert answers == ["seed 7", "seed 8", "seed 9", "seed 7"]
    assert _contents(session.messages)[:2] == [("user", "one"), ("assistant", "seed 9")]
    assert len(session.turns) == 2


def test_nothing_to_retry_and_empty_questions_are_said() -> None:
    session = ChatSession(ScriptedEngine())
    with pytest.raises(InputError, match="no question"):
        session.retry()
    with pytest.raises(InputError, match="empty"):
        session.ask("  \n")


@pytest.mark.parametrize(
    ("thinking", "given", "tokens"),
    [("off", None, 1024), ("on", None, 5120), ("200", None, 1224), ("on", 300, 300)],
)
def test_room_for_a_reply_grows_with_the_reasoning_unless_it_is_given(
    thinking: str, given: int | None, tokens: int
) -> None:
    settings = ChatSettings(max_new_tokens=given).with_thinking(Thinking.parse(thinking))
    assert settings.sampling().max_new_tokens == tokens


def test_a_budget_that_leaves_no_room_is_refused() -> None:
    with pytest.raises(InputError, match="no room to answer"):
        ChatSettings(max_new_tokens=100).with_thinking(Thinking(True, 100))
