"""``MedGo`` with a real model and a real tokenizer."""

from collections.abc import Iterator

import pytest

from medgo import MedGo
from medgo.errors import PromptTooLongError, UnsupportedRequestError
from medgo.inference.chat import Turn
from medgo.inference.chat.context import flatten
from medgo.inference.protocol import Thinking
from medgo.schema import Message

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model() -> Iterator[MedGo]:
    with MedGo.load("embedded", engine="transformers") as loaded:
        yield loaded


def test_it_answers_and_streams_the_same(model: MedGo) -> None:
    reply = model.chat("What is hypertension?", temperature=0, max_new_tokens=24)
    assert "blood pressure" in str(reply)
    assert (reply.finish_reason, reply.usage.completion, reply.reasoning) == ("length", 24, None)
    pieces = list(model.stream("What is hypertension?", temperature=0, max_new_tokens=24))
    assert "".join(piece.text for piece in pieces) == reply.text
    assert len(pieces) > 10


async def test_the_same_from_a_task(model: MedGo) -> None:
    reply = await model.achat("What is hypertension?", temperature=0, max_new_tokens=8)
    assert str(reply) == str(model.chat("What is hypertension?", temperature=0, max_new_tokens=8))


def test_a_session_drops_turns_by_the_model_s_own_count(model: MedGo) -> None:
    context = model.engine.info.context_length
    assert context is not None
    question, long = Message("user", "再说一遍"), Message("assistant", "咳嗽三天，无发热。" * 40)
    turns = [Turn(Message("user", f"第 {n} 问"), long) for n in range(40)]
    session = model.session(system="简短", max_new_tokens=500)
    session.restore("简短", turns)
    session.ask(question.content).close()  # nothing is computed: what is sent is decided before
    count = model.engine.count_tokens
    sent, one_more = (flatten((Message("system", "简短"),), turns[session.first_turn - n :], question) for n in (0, 1))
    assert 0 < session.first_turn < 40
    assert (count(sent) or 0) + 500 <= context < (count(one_more) or 0) + 500
    with pytest.raises(PromptTooLongError, match=f"only {context - 500} fit"):
        session.ask(long.content * 40)


def test_thinking_is_refused_where_the_model_has_none(model: MedGo) -> None:
    session = model.session()
    with pytest.raises(UnsupportedRequestError, match="no thinking mode"):
        session.think(Thinking(True))
    assert not session.settings.thinking.enabled
