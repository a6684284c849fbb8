"""Scores of the local engines against the library itself, and what they cost: nothing is read twice, nothing padded."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from medgo.inference.engines import EngineName, EngineOptions, _scoring, open_engine
from medgo.inference.engines._path_store import PathStore
from medgo.inference.engines._ragged import CacheShape, RaggedBatch, SlotCache
from medgo.inference.engines._scheduler import Limits
from medgo.inference.engines._scoring import LabelScorer
from medgo.inference.prompt import ChatRenderer
from medgo.inference.protocol import Engine, LabelScores, ScoringRequest, Thinking
from medgo.schema import Message
from tests.support.tiny_models import small_qwen3

LETTERS = ("A", "B", "C", "D")
WORDS = ("aspirin", "aspirin and rest", "insulin", "阿司匹林", "as")


@pytest.fixture(scope="module", params=["transformers", "openvino"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    name: EngineName = request.param
    pytest.importorskip(name)
    engine = open_engine(EngineOptions(str(small_qwen3()), name, "float32", device="cpu"))
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def renderer() -> ChatRenderer:
    return ChatRenderer.load(small_qwen3())


@pytest.fixture(scope="module")
def model() -> Any:
    return AutoModelForCausalLM.from_pretrained(small_qwen3(), dtype=torch.float32).eval()


def _requests(few_shot: str = "") -> list[ScoringRequest]:
    """Prompts of all kinds of kinship: equal ones, one that another begins with, prefixes that a label writes too."""
    texts = ["Which drug?", "Which drug lowers fever?", "Which drug?", "Hi", "发热用什么药？", "Which diet?"]
    requests = []
    for i, text in enumerate(texts):
        messages = (Message("user", few_shot + text),)
        requests += [
            ScoringRequest(f"{i} letters", messages, LETTERS),
            ScoringRequest(f"{i} words", messages, WORDS, answer_prefix="Answer: "),
            ScoringRequest(f"{i} begun", messages, (" and rest", "x"), answer_prefix="Answer: aspirin"),
            ScoringRequest(f"{i} whole", messages, ("A", "AC", "ACD", "C"), ends_turn=True),
        ]
    return requests


def _ids(renderer: ChatRenderer, request: ScoringRequest) -> tuple[tuple[int, ...], dict[str, tuple[int, ...]]]:
    prompt = renderer.render(request.messages, request.thinking, request.answer_prefix).token_ids
    end = (renderer.end_of_turn_id,) if request.ends_turn else ()
    return prompt, {label: (*renderer.encode(label), *end) for label in request.labels}


def _expected(model: Any, renderer: ChatRenderer, request: ScoringRequest) -> tuple[dict[str, float], float]:
    """Each label in a forward pass of its own; the probability of its distinct first tokens."""
    prompt, labels = _ids(renderer, request)
    totals = {}
    for label, ids in labels.items():
        with torch.inference_mode():
            logprobs = model(torch.tensor([prompt + ids])).logits[0].double().log_softmax(-1)
        totals[label] = sum(float(logprobs[len(prompt) - 1 + n, token]) for n, token in enumerate(ids))
        first = logprobs[len(prompt) - 1].exp()
    return totals, sum(float(first[token]) for token in {ids[0] for ids in labels.values()})


def _scores(engine: Engine, requests: list[ScoringRequest]) -> dict[str, LabelScores]:
    found = {scores.request_id: scores for scores in engine.score(requests)}
    assert len(found) == len(requests)
    assert not any(scores.error for scores in found.values())
    return found


# Long enough that what it takes to read it apart from the questions pays (see _ragged).
_FEW_SHOT = "Question: which drug? Answer: A. " * 8


@pytest.mark.parametrize("few_shot", ["", _FEW_SHOT], ids=["zero-shot", "few-shot"])
def test_scores_are_those_of_the_library(engine: Engine, model: Any, renderer: ChatRenderer, few_shot: str) -> None:
    requests = _requests(few_shot)
    found = _scores(engine, requests)
    for request in requests:
        totals, mass = _expected(model, renderer, request)
        assert found[request.id].logprobs == pytest.approx(totals, abs=1e-3), request.id
        assert tuple(found[request.id].logprobs) == request.labels
        assert found[request.id].label_mass == pytest.approx(mass, abs=1e-4)
        assert found[request.id].prompt_tokens == len(_ids(renderer, request)[0])


def test_every_distinct_token_is_forwarded_once(engine: Engine, renderer: ChatRenderer) -> None:
    requests = _requests(_FEW_SHOT)
    beginnings: set[tuple[int, ...]] = set()
    predicted: set[tuple[int, ...]] = set()
    for request in requests:
        prompt, labels = _ids(renderer, request)
        for ids in labels.values():
            whole = prompt + ids
            beginnings |= {whole[:end] for end in range(1, len(whole))}
            predicted |= {whole[:end] for end in range(len(prompt), len(whole))}
    found = _scores(engine, requests).values()
    assert sum(scores.forwarded_tokens for scores in found) == len(beginnings)
    assert sum(scores.head_rows for scores in found) == len(predicted)


def test_letters_take_one_row_each(engine: Engine) -> None:
    requests = [ScoringRequest(str(i), (Message("user", f"{i}?"),), LETTERS) for i in range(20)]
    assert {scores.head_rows for scores in _scores(engine, requests).values()} == {1}


def test_company_and_order_change_nothing_that_matters(engine: Engine) -> None:
    requests = _requests(_FEW_SHOT)
    together = _scores(engine, requests)
    shuffled = _scores(engine, random.Random(3).sample(requests, len(requests)))
    for request in requests:
        alone = _scores(engine, [request])[request.id]
        for other in (shuffled[request.id], alone):
            assert other.logprobs == pytest.approx(together[request.id].logprobs, abs=1e-4)
            best = [max(scores.logprobs, key=scores.logprobs.__getitem__) for scores in (other, together[request.id])]
            assert best[0] == best[1]


def test_the_same_call_gives_the_same_bits(engine: Engine) -> None:
    requests = _requests()
    assert _scores(engine, requests) == _scores(engine, requests)


def test_prompts_longer_than_a_pass(engine: Engine, model: Any, renderer: ChatRenderer) -> None:
    """A prompt of 3,000 tokens goes through in pieces; one that leaves it in the middle finds its beginning there."""
    requests = [
        ScoringRequest(str(length), (Message("user", "0123456789" * length),), WORDS) for length in (1, 300, 210)
    ]
    found = _scores(engine, requests)
    for request in requests:
        assert found[request.id].logprobs == pytest.approx(_expected(model, renderer, request)[0], abs=2e-3)


def test_labels_that_begin_one_another_can_be_compared(engine: Engine) -> None:
    """With the end of the turn, the probabilities of different replies are those of disjoint events."""
    labels = ("A", "AC", "ACD", "C")
    messages = (Message("user", "Which drugs?"),)
    open_ended = _scores(engine, [ScoringRequest("o", messages, labels)])["o"]
    whole = _scores(engine, [ScoringRequest("w", messages, labels, ends_turn=True)])["w"]
    assert all(whole.logprobs[label] < open_ended.logprobs[label] for label in labels)
    assert sum(map(math.exp, whole.logprobs.values())) <= whole.label_mass + 1e-6


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (ScoringRequest("bad", (Message("user", "q"),), ()), "invalid_input"),
        (ScoringRequest("bad", (Message("user", "q"),), ("A", "")), "invalid_input"),
        (ScoringRequest("bad", (Message("user", "q"),), ("A", "\ud800")), "invalid_input"),
        (ScoringRequest("bad", (Message("user", "q"),), ("A",), answer_prefix="\udfff"), "invalid_input"),
        (ScoringRequest("bad", (Message("user", "q" * 5000),), ("A",)), "prompt_too_long"),
        (ScoringRequest("bad", (Message("user", "q"),), ("A" * 5000,)), "prompt_too_long"),
    ],
    ids=["no labels", "empty label", "half a character", "half a character before", "long prompt", "long label"],
)
def test_a_bad_request_costs_only_itself(engine: Engine, bad: ScoringRequest, code: str) -> None:
    good = _requests()
    found = {scores.request_id: scores for scores in engine.score([good[0], bad, *good[1:]])}
    error = found.pop("bad").error
    assert error is not None and error.code == code
    assert {name: scores.logprobs for name, scores in found.items()} == {
        name: scores.logprobs for name, scores in _scores(engine, good).items()
    }


def test_a_caller_that_leaves_early_leaves_a_sound_engine(engine: Engine) -> None:
    requests = _requests()
    before = _scores(engine, requests)
    begun = engine.score(requests)
    next(begun)
    begun.close()  # type: ignore[attr-defined]
    assert _scores(engine, requests) == before


def test_a_label_named_twice_counts_once(engine: Engine) -> None:
    messages = (Message("user", "q"),)
    twice = _scores(engine, [ScoringRequest("s", messages, ("A", "B", "A"))])["s"]
    once = _scores(engine, [ScoringRequest("s", messages, ("A", "B"))])["s"]
    assert twice.logprobs == pytest.approx(once.logprobs, abs=1e-6)
    assert twice.label_mass == pytest.approx(once.label_mass, abs=1e-6)


def test_an_answer_after_given_reasoning(engine: Engine, model: Any, renderer: ChatRenderer) -> None:
    reasoning = "<think>\nFever, so A.\n</think>\n\nAnswer: "
    messages = (Message("user", "Which drug?"),)
    request = ScoringRequest("s", messages, LETTERS, reasoning, Thinking(enabled=True))
    assert _scores(engine, [request])["s"].logprobs == pytest.approx(_expected(model, renderer, request)[0], abs=1e-3)
    off = ScoringRequest("s", messages, LETTERS, "Answer: ")
    assert _scores(engine, [request])["s"].prompt_tokens != _scores(engine, [off])["s"].prompt_tokens


def test_a_model_that_gives_no_numbers_fails_its_requests(renderer: ChatRenderer) -> None:
    """One row of NaN costs the request that wanted it, not its neighbours."""
    broken = renderer.render((Message("user", "Hi"),)).token_ids

    def forward(token_ids: torch.Tensor, batch: RaggedBatch, rows: torch.Tensor) -> torch.Tensor:
        logits = torch.zeros(len(rows), 320)
        ends = {chunk.start + chunk.length for chunk in batch.chunks}
        if len(broken) in ends:
            logits[[i for i, chunk in enumerate(batch.chunks) if chunk.start + chunk.length == len(broken)]] = torch.nan
        return logits

    cache = SlotCache(CacheShape(1, 1, 1), 1, torch.float32, torch.device("cpu"))
    limits = Limits(1, 2048, 10_000, exact=True)
    scorer = LabelScorer(forward, renderer, PathStore(cache, exact=True), limits)
    requests = [ScoringRequest(text, (Message("user", text),), LETTERS) for text in ("Hi", "Why?", "Hello")]
    found = {scores.request_id: scores for scores in scorer.run(iter(requests))}
    assert found["Hi"].error is not None and found["Hi"].error.code == "engine_failure"
    for name in ("Why?", "Hello"):
        assert found[name].logprobs == pytest.approx(dict.fromkeys(LETTERS, -math.log(320)), abs=1e-5)


def test_a_small_window_forwards_what_its_windows_do_not_share(
    renderer: ChatRenderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests are pulled a window at a time; each gets its own result."""
    monkeypatch.setattr(_scoring, "_WINDOW_REQUESTS", 4)
    pulled = 0

    def source() -> Iterator[ScoringRequest]:
        nonlocal pulled
        for i in range(10):
            pulled += 1
            yield ScoringRequest(str(i), (Message("user", f"{i}?"),), LETTERS)

    def forward(token_ids: torch.Tensor, batch: RaggedBatch, rows: torch.Tensor) -> torch.Tensor:
        return torch.zeros(len(rows), 320)

    cache = SlotCache(CacheShape(1, 1, 1), 1, torch.float32, torch.device("cpu"))
    scorer = LabelScorer(forward, renderer, PathStore(cache, exact=True), Limits(1, 2048, 10_000, exact=True))
    results = scorer.run(source())
    first = next(results)
    assert pulled == 4
    assert {first.request_id, *(scores.request_id for scores in results)} == {str(i) for i in range(10)}
