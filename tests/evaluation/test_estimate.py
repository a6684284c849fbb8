"""Estimates: shared beginnings are counted once, replies by how they are asked for, models that fit nowhere refused."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from medgo.errors import InputError
from medgo.evaluation.config import RunConfig
from medgo.evaluation.estimate import RunEstimate, estimate_run, guess_tokens
from medgo.evaluation.runs import plan_run
from medgo.evaluation.tokenizing import shape_of
from medgo.inference.devices import DEVICES
from medgo.inference.engines import EngineOptions
from medgo.inference.models.registry import Architecture
from medgo.inference.protocol import Thinking
from medgo.schema import Message
from tests.support.exam import exam_items, loaded, select


def characters(messages: tuple[Message, ...]) -> Sequence[int]:
    return [ord(char) for message in messages for char in message.content]


def estimate(shape: Architecture | None = None, **changes: object) -> RunEstimate:
    config = replace(RunConfig(EngineOptions(), Path("run")), **changes)  # type: ignore[arg-type]
    dev = exam_items(20, series="d")
    plan = plan_run(config, select(loaded(exam_items(40), dev=dev)))
    return estimate_run(plan, shape or shape_of("medgo"), DEVICES["h200"], characters, exact=True)


def test_shared_beginnings_are_counted_once() -> None:
    (bare,) = estimate(method="score").benchmarks
    (shots,) = estimate(method="score", shots=5).benchmarks
    assert bare.requests == shots.requests == 40
    assert bare.forwarded < bare.prompt
    assert shots.prompt - bare.prompt > 40 * 200
    assert shots.forwarded - bare.forwarded < 4 * 5 * 200  # the examples of two languages, once each


def test_replies_cost_what_they_are_asked_for() -> None:
    direct, reasoning, thinking = (
        estimate(**changes)
        for changes in ({}, {"reasoning": True}, {"thinking": Thinking(True)})  # type: ignore[arg-type]
    )
    assert estimate(method="score").benchmarks[0].reply == 0
    assert direct.benchmarks[0].reply < reasoning.benchmarks[0].reply < thinking.benchmarks[0].reply
    assert direct.seconds < reasoning.seconds < thinking.seconds
    assert estimate(thinking=Thinking(True, 100)).benchmarks[0].reply < thinking.benchmarks[0].reply


def test_devices_are_as_many_as_hold_the_weights() -> None:
    shape = shape_of("medgo")
    assert estimate(shape).devices == 1
    assert estimate(replace(shape, layers=4 * shape.layers)).devices == 4
    with pytest.raises(InputError, match="do not fit on eight"):
        estimate(replace(shape, layers=40 * shape.layers))


def test_guesses_share_beginnings_as_tokens_do() -> None:
    one = guess_tokens((Message("user", "高血压患者的首选药物是什么？甲"),))
    other = guess_tokens((Message("user", "高血压患者的首选药物是什么？乙"),))
    assert list(one)[:-1] == list(other)[:-1]
    assert list(one) != list(other)
    assert len(guess_tokens((Message("user", "word " * 100),))) == pytest.approx(125, abs=10)
