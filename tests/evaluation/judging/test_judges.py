"""Asking judges: one queue, retries that differ, garbage that ends, a cache that a killed process goes on from."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from medgo.errors import EndpointError, StorageError
from medgo.evaluation.judging import (
    Grader,
    JudgeFailingError,
    UnusableJudgeError,
    VerdictCache,
    family,
    judges_itself,
    summarise,
)
from medgo.inference.protocol import GenerationRequest, Sampling
from medgo.schema import Criterion
from tests.evaluation.judging.items import RUBRIC, judge, rubric_item
from tests.support.judge_engine import Answer, JudgeEngine, by_words, down, met

PAIRS = [(rubric_item(f"i{n}"), f"Reply {n}.") for n in range(12)]


def test_all_calls_are_one_queue_with_equal_beginnings_next_to_each_other() -> None:
    engine = JudgeEngine()
    grades = list(Grader("rubric", [judge(engine)], template="shared-prefix").grade(reversed(PAIRS)))
    assert engine.batches == 1
    assert [grade.item for grade in grades] == [item.key for item, _ in reversed(PAIRS)]
    conversations = [request.messages[-1].content.rpartition("<criterion>")[0] for request in engine.asked]
    assert len(list(itertools.groupby(conversations))) == len(PAIRS)
    assert all(json.loads(request.json_schema or "")["required"] for request in engine.asked)


def test_equal_questions_are_asked_once() -> None:
    engine = JudgeEngine()
    grades = list(Grader("rubric", [judge(engine)]).grade([PAIRS[0]] * 5))
    assert len(engine.asked) == len(RUBRIC)
    assert len({grade.scores["score"] for grade in grades}) == 1


def test_equal_replies_to_different_conversations_are_not_the_same_question() -> None:
    engine = JudgeEngine()
    list(
        Grader("rubric", [judge(engine)]).grade(
            [(rubric_item("a"), "I do not know."), (rubric_item("b"), "I do not know.")]
        )
    )
    assert len(engine.asked) == 2 * len(RUBRIC)


def test_a_judge_that_only_returns_garbage_is_given_up_soon_and_says_so(tmp_path: Path) -> None:
    """simple-evals asks again and again for ever."""
    engine = JudgeEngine(lambda request: "Sure! The reply looks great.")
    pairs = [(rubric_item(str(n)), "x") for n in range(500)]
    with VerdictCache(tmp_path / "v.jsonl") as cache, pytest.raises(UnusableJudgeError) as caught:
        list(Grader("rubric", [judge(engine, name="bad")], cache=cache).grade(pairs))
    assert len(engine.asked) <= 40 + engine.slots
    assert "'bad'" in caught.value.message
    assert "holds no JSON object" in caught.value.message
    assert caught.value.hint


def test_garbage_for_a_small_set_ends_too_and_is_no_score() -> None:
    engine = JudgeEngine(lambda request: "no")
    summary = summarise(Grader("rubric", [judge(engine)]).grade(PAIRS[:2]), np.random.default_rng(0))
    assert len(engine.asked) == 2 * len(RUBRIC) * 3  # the first try and two more, each
    assert (summary.coverage, summary.undefined, summary.scores) == (0.0, 2, {})
    assert summary.bounds == (0.0, 1.0)


def test_an_endpoint_that_is_down_ends_soon_too() -> None:
    engine = JudgeEngine(down)
    with pytest.raises(JudgeFailingError, match="connection refused"):
        list(Grader("rubric", [judge(engine)]).grade([(rubric_item(str(n)), "x") for n in range(100)]))


def mostly_down(good: int, of: int) -> Callable[[GenerationRequest], Answer]:
    """A verdict on so many requests of a number, spread evenly, and an endpoint's failure on the others."""
    calls = itertools.count()
    return lambda request: met(True) if next(calls) * good % of < good else down(request)


def test_a_failing_endpoint_is_not_called_a_judge_that_follows_no_instructions() -> None:
    pairs = [(rubric_item(str(n)), "x") for n in range(100)]
    failing = JudgeEngine(mostly_down(19, 40))
    with pytest.raises(JudgeFailingError, match=r"2[12] of the last 40 requests .* failed") as caught:
        list(Grader("rubric", [judge(failing)]).grade(pairs))
    assert "instructions" not in caught.value.hint
    # Of the replies that did come, most are verdicts: neither limit is passed.
    list(Grader("rubric", [judge(JudgeEngine(mostly_down(21, 40)), retries=0)]).grade(pairs))


def test_nonsense_between_failures_is_seen_among_the_replies_that_came() -> None:
    calls = itertools.count()

    def answer(request: GenerationRequest) -> Answer:
        return EndpointError("502") if next(calls) % 2 else "hm"

    with pytest.raises(UnusableJudgeError, match="40 of the last 40 replies") as caught:
        list(Grader("rubric", [judge(JudgeEngine(answer))]).grade([(rubric_item(str(n)), "x") for n in range(100)]))
    assert "502" not in caught.value.message


def test_nonsense_after_a_failure_does_not_settle_the_question(tmp_path: Path) -> None:
    tries: dict[str, int] = {}

    def answer(request: GenerationRequest) -> Answer:
        tries[request.id] = tries.get(request.id, 0) + 1
        return EndpointError("502") if tries[request.id] == 1 else "hm"

    with VerdictCache(tmp_path / "v") as cache:
        grade = next(Grader("rubric", [judge(JudgeEngine(answer), retries=1)], cache=cache).grade(PAIRS[:1]))
    assert grade.coverage == 0.0
    assert all("502; then: the reply holds no JSON" in part.verdicts[0].reason for part in grade.parts)
    with VerdictCache(tmp_path / "v") as cache:
        grade = next(Grader("rubric", [judge(JudgeEngine(), retries=1)], cache=cache).grade(PAIRS[:1]))
    assert grade.coverage == 1.0


def test_a_few_failures_are_coverage_and_neither_zeros_nor_the_end() -> None:
    """HELM drops a failed juror without a word, and gives 0 when all fail."""
    failing = {PAIRS[3][1], PAIRS[7][1]}

    def answer(request: GenerationRequest) -> Answer:
        text = request.messages[-1].content
        if any(reply in text for reply in failing) and "calls:" in text:
            return EndpointError("timed out")
        return by_words(calls=True, aspirin=True)(request)

    grades = list(Grader("rubric", [judge(JudgeEngine(answer))]).grade(PAIRS))
    summary = summarise(grades, np.random.default_rng(0))
    assert summary.unavailable == 2
    assert summary.coverage == pytest.approx(1 - 2 / (12 * 4))
    assert {grade.scores["score"] for grade in grades} == {1.0}  # of the criteria that there is a verdict on
    assert summary.scores["score"].value == 1.0
    assert summary.bounds == (pytest.approx((10 + 2 * 5 / 15) / 12), 1.0)
    assert "timed out" in grades[3].parts[0].verdicts[0].reason


def test_retries_differ_from_the_first_try_and_are_bounded() -> None:
    seen: dict[str, int] = {}

    def answer(request: GenerationRequest) -> Answer:
        seen[request.id] = seen.get(request.id, 0) + 1
        return met(True) if seen[request.id] == 3 else "hm"

    engine = JudgeEngine(answer)
    grade = next(Grader("rubric", [judge(engine, sampling=Sampling(64, seed=5))]).grade(PAIRS[:1]))
    assert grade.coverage == 1.0
    assert {part.verdicts[0].attempts for part in grade.parts} == {3}
    tries = [(r.sampling.seed, r.sampling.temperature) for r in engine.asked if r.id == engine.asked[0].id]
    assert tries == [(5, 0.0), (6, 0.7), (7, 0.7)]


def test_what_the_engine_never_returns_is_unavailable() -> None:
    class Forgetful(JudgeEngine):
        def generate(self, requests):  # type: ignore[no-untyped-def]
            yield from itertools.islice(super().generate(requests), 2)

    grade = next(Grader("rubric", [judge(Forgetful(), retries=0)]).grade(PAIRS[:1]))
    assert grade.unavailable == 2
    assert {v.reason for p in grade.parts for v in p.verdicts} == {"", "the engine returned nothing"}


def test_nothing_is_asked_twice_after_a_kill_and_a_torn_line_costs_itself(tmp_path: Path) -> None:
    file = tmp_path / "verdicts.jsonl"
    with VerdictCache(file) as cache:
        whole = list(Grader("rubric", [judge(JudgeEngine(by_words(calls=True)))], cache=cache).grade(PAIRS))
    lines = file.read_bytes().splitlines(keepends=True)
    assert len(lines) == len(PAIRS) * len(RUBRIC)
    for keep in (0, 7, 30, len(lines) - 1):
        file.write_bytes(b"".join(lines[:keep]) + lines[keep][: len(lines[keep]) // 2])
        engine = JudgeEngine(by_words(calls=True))
        with VerdictCache(file) as cache:
            again = list(Grader("rubric", [judge(engine)], cache=cache).grade(PAIRS))
        assert len(engine.asked) == len(lines) - keep
        assert again == whole
        assert sorted(file.read_bytes().splitlines()) == sorted(line.rstrip() for line in lines)


def test_a_process_that_dies_in_the_middle_loses_nothing(tmp_path: Path) -> None:
    calls = itertools.count(1)

    def dies(request: GenerationRequest) -> Answer:
        if next(calls) > 20:
            raise KeyboardInterrupt
        return met(True)

    with VerdictCache(tmp_path / "v") as cache, pytest.raises(KeyboardInterrupt):
        list(Grader("rubric", [judge(JudgeEngine(dies))], cache=cache).grade(PAIRS))
    engine = JudgeEngine()
    with VerdictCache(tmp_path / "v") as cache:
        list(Grader("rubric", [judge(engine)], cache=cache).grade(PAIRS))
    assert len(engine.asked) == len(PAIRS) * len(RUBRIC) - 20


def test_nonsense_is_kept_but_an_engines_failure_is_asked_again(tmp_path: Path) -> None:
    for first, again in ((lambda request: "hm", 0), (down, len(RUBRIC))):
        file = tmp_path / f"{again}.jsonl"
        with VerdictCache(file) as cache:
            list(Grader("rubric", [judge(JudgeEngine(first), retries=1)], cache=cache).grade(PAIRS[:1]))
        engine = JudgeEngine()
        with VerdictCache(file) as cache:
            grade = next(Grader("rubric", [judge(engine, retries=1)], cache=cache).grade(PAIRS[:1]))
        assert len(engine.asked) == again
        assert grade.coverage == (1.0 if again else 0.0)


@pytest.mark.parametrize(
    "other",
    [
        {"engine": JudgeEngine(model="judge-2")},
        {"engine": JudgeEngine(weights="f00")},
        {"engine": JudgeEngine(), "sampling": Sampling(1024, temperature=0.5)},
        {"engine": JudgeEngine(), "template": "shared-prefix"},
        {"engine": JudgeEngine(), "reply": "Reply 0!"},
        {"engine": JudgeEngine(), "points": 9.0},
    ],
)
def test_a_verdict_holds_for_its_judge_settings_wording_reply_and_criterion_only(other: dict[str, object]) -> None:
    cache, change = VerdictCache(), dict(other)
    rubric = (Criterion("calls", 10),)
    list(Grader("rubric", [judge(JudgeEngine())], cache=cache).grade([(rubric_item(rubric=rubric), "Reply 0.")]))
    engine = change.pop("engine")
    assert isinstance(engine, JudgeEngine)
    template, reply = str(change.pop("template", "official-order")), str(change.pop("reply", "Reply 0."))
    changed = (Criterion("calls", float(str(change.pop("points", 10)))),)
    grader = Grader("rubric", [judge(engine, **change)], template=template, cache=cache)
    list(grader.grade([(rubric_item(rubric=changed), reply)]))
    assert len(engine.asked) == 1
    engine.asked.clear()


def test_two_processes_do_not_write_one_cache(tmp_path: Path) -> None:
    with VerdictCache(tmp_path / "v"), pytest.raises(StorageError):
        VerdictCache(tmp_path / "v")


def test_a_damaged_line_is_counted_and_asked_again(tmp_path: Path) -> None:
    file = tmp_path / "v"
    with VerdictCache(file) as cache:
        list(Grader("rubric", [judge(JudgeEngine())], cache=cache).grade(PAIRS[:1]))
    lines = file.read_text().splitlines()
    file.write_text("\n".join([lines[0], "garbage", '{"key": "k", "verdict": 3}', *lines[2:]]) + "\n")
    engine = JudgeEngine()
    with VerdictCache(file) as cache:
        assert cache.damaged == 2
        list(Grader("rubric", [judge(engine)], cache=cache).grade(PAIRS[:1]))
    assert len(engine.asked) == 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Qwen/Qwen3-32B", "qwen"),
        ("OpenMedZoo/MedGo", "qwen"),  # trained from Qwen3
        ("lingshu-medical-mllm/Lingshu-32B", "qwen"),
        ("google/medgemma-27b-text-it", "gemma"),
        ("gpt-4.1-2025-04-14", "gpt"),
        ("HuggingFaceTB/SmolLM2-135M", "smollm"),
        ("/models/deepseek-r1-distill-llama-70b/", "llama"),
        ("7b", ""),
    ],
)
def test_families(name: str, expected: str) -> None:
    assert family(name) == expected


def test_judging_oneself_or_ones_family_is_seen() -> None:
    assert judges_itself(JudgeEngine(model="x", weights="abc"), model="y", weights="abc")
    assert judges_itself(JudgeEngine(model="Qwen/Qwen3-8B"), model="OpenMedZoo/MedGo", weights="other")
    assert not judges_itself(JudgeEngine(model="google/gemma-3-27b-it"), model="OpenMedZoo/MedGo")
    assert not judges_itself(JudgeEngine(model="7b"), model="7b-other")
