"""On-policy pairs: both orders must agree, and the chosen reply must not win by its length."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from medgo.errors import EndpointError
from medgo.inference.protocol import GenerationRequest
from medgo.schema import LabelledRow, PreferenceRow
from medgo.synthesis.generators.teacher.judged_preferences import JudgedLabels, JudgedPreferences
from medgo.synthesis.teacher import Teacher
from tests.support.scripted_engine import Answer, ScriptedEngine
from tests.synthesis.teacher.support import Stub, run, source_of

REPLIES = ["考虑肺炎，建议胸片。", "可能是感冒，多喝水。", "像是肺炎，先拍胸片。", "不清楚，再观察一下。"]


def shown(request: GenerationRequest) -> tuple[str, str]:
    first, _, second = request.messages[-1].content.partition("【第一个回答】\n")[2].partition("\n\n【第二个回答】\n")
    return first, second


def judge(better: Callable[[str, str], str], replies: list[str] = REPLIES) -> Callable[[GenerationRequest], Answer]:
    """Replies in order; comparisons by a function of the two replies."""
    left = list(replies)

    def answer(request: GenerationRequest) -> Answer:
        if request.json_schema is None:
            if len(left) == 1:
                left.extend(replies)
            return left.pop(0)
        return json.dumps({"why": "因为", "better": better(*shown(request))})

    return answer


def by_rank(first: str, second: str) -> str:
    return "first" if REPLIES.index(first) < REPLIES.index(second) else "second"


def by_length(first: str, second: str) -> str:
    return "first" if len(first) > len(second) else "second" if len(second) > len(first) else "same"


def test_the_best_and_the_worst_reply_make_a_pair() -> None:
    (draft,), rejected = run(JudgedPreferences(of=Stub()), judge(by_rank))
    row = draft.row
    assert isinstance(row, PreferenceRow)
    assert not rejected
    assert row.chosen.content == REPLIES[0]
    assert row.rejected.content == REPLIES[3]
    assert draft.evidence.labels["wins"] == 3


@pytest.mark.parametrize("place", ["first", "second", "same"])
def test_a_judge_that_prefers_a_place_decides_nothing(place: str) -> None:
    _, rejected = run(JudgedPreferences(of=Stub()), judge(lambda first, second: place))
    assert rejected == {"judge finds no difference": 1}


def test_each_temperature_gives_a_reply_and_verdicts_are_greedy() -> None:
    source = source_of(judge(by_rank))
    list(JudgedPreferences(of=Stub()).rows(source, np.random.default_rng(0)))
    asked = source.teacher.engine.requests  # type: ignore[union-attr]
    assert [r.sampling.temperature for r in asked if r.json_schema is None] == [0.3, 0.7, 1.0, 1.2]
    assert {r.sampling.temperature for r in asked if r.json_schema is not None} == {0.0}
    assert sum(r.json_schema is not None for r in asked) == 12


def test_a_much_longer_reply_is_not_chosen() -> None:
    replies = ["考虑肺炎，建议胸片。" + "同时注意休息，多饮水，清淡饮食，按时服药，定期复查血常规。", *REPLIES[1:]]

    def better(first: str, second: str) -> str:
        return "first" if replies.index(first) < replies.index(second) else "second"

    (draft,), _ = run(JudgedPreferences(of=Stub()), judge(better, replies))
    assert draft.row.chosen.content == REPLIES[1]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("replies", "why"),
    [
        (["考虑肺炎。"], "fewer than two replies"),
        (["", "考虑肺炎。"] * 2, "fewer than two replies"),
        (["抱歉，我无法回答。"], "fewer than two replies"),
        (["考虑肺炎。", "考虑肺炎，建议尽快完善胸部影像学检查，并留取痰培养，必要时住院。"], "lengths too different"),
    ],
)
def test_replies_that_cannot_be_compared_are_given_up(replies: list[str], why: str) -> None:
    _, rejected = run(JudgedPreferences(of=Stub()), judge(by_length, replies))
    assert rejected == {why: 1}


def test_an_engine_that_fails_costs_the_item() -> None:
    _, rejected = run(JudgedPreferences(of=Stub()), lambda request: EndpointError("gone"))
    assert rejected == {"teacher failed: endpoint_error": 1}


def test_a_judge_that_answers_rubbish_costs_the_item() -> None:
    left = list(REPLIES)
    _, rejected = run(JudgedPreferences(of=Stub()), lambda request: "rubbish" if request.json_schema else left.pop(0))
    assert rejected == {"not the JSON asked for": 1}


@pytest.mark.parametrize("kind", [JudgedPreferences, JudgedLabels])
def test_the_chosen_replies_of_a_shard_are_not_longer_on_the_whole(kind: type[JudgedPreferences]) -> None:
    def answer(request: GenerationRequest) -> Answer:
        if request.json_schema is None:
            longer = request.sampling.temperature < 1
            return f"考虑肺炎，建议胸片{'和血培养' if longer else ''}{request.sampling.seed % 9}。"
        return json.dumps({"why": "", "better": by_length(*shown(request))})

    source = source_of(answer)
    drafts = list(kind(of=Stub(count=60)).rows(source, np.random.default_rng(0)))
    pairs = {draft.row.provenance.seed for draft in drafts}
    assert source.rejected["length balance"] == 60 - len(pairs) > 30
    assert len(pairs) >= 20, "the first ones say where the balance lies"
    if kind is JudgedLabels:
        assert sum(draft.row.label for draft in drafts) * 2 == len(drafts), "never one label of a pair"  # type: ignore[union-attr]


def test_the_policy_answers_and_the_teacher_judges() -> None:
    def refuse(request: GenerationRequest) -> Answer:
        raise AssertionError("this engine is not asked for that")

    left = [*REPLIES, "", "", "", ""]
    both = source_of(judge(by_rank))
    assert both.teacher is not None
    engine = ScriptedEngine(lambda r: left.pop(0) if r.json_schema is None else refuse(r))
    engine.info = replace(engine.info, weights="another")
    policy = Teacher(engine)
    teacher = Teacher(ScriptedEngine(lambda r: judge(by_rank)(r) if r.json_schema else refuse(r)))
    source = replace(both, teacher=teacher, policy=policy)
    drafts = list(JudgedPreferences(of=Stub(count=2), items=1).rows(source, np.random.default_rng(0)))
    assert [draft.row.chosen.content for draft in drafts] == [REPLIES[0]]  # type: ignore[union-attr]
    assert drafts[0].row.provenance.teacher == policy.fingerprint
    assert drafts[0].evidence.labels["judge"] == teacher.fingerprint != policy.fingerprint
    assert (policy.asked, teacher.asked) == (4, 12)
    source.rejected.clear()
    assert not list(JudgedPreferences(of=Stub(count=1)).rows(source, np.random.default_rng(0)))
    assert source.rejected == {"fewer than two replies": 1}


def test_labels_are_one_wanted_and_one_unwanted_reply() -> None:
    drafts, _ = run(JudgedLabels(of=Stub()), judge(by_rank))
    rows: list[Any] = [draft.row for draft in drafts]
    assert all(isinstance(row, LabelledRow) for row in rows)
    assert [(row.completion.content, row.label) for row in rows] == [(REPLIES[0], True), (REPLIES[3], False)]
    assert {draft.evidence.labels["judge"] for draft in drafts} == {rows[0].provenance.teacher}
