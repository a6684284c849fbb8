"""Grammars by themselves: which tokens they allow, what they refuse, and what becomes of them in a running engine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from medgo.errors import EngineFailureError, InputError, UnsupportedRequestError
from medgo.inference import grammar as grammar_module
from medgo.inference.engines import EngineOptions, open_engine
from medgo.inference.engines._continuous import ContinuousEngine
from medgo.inference.grammar import Grammar, check_schema
from medgo.inference.prompt import ChatRenderer
from medgo.inference.protocol import GenerationRequest, Sampling, Thinking
from medgo.inference.sampling import choose_tokens, forbid, request_rng
from tests.inference.engines.contract import answer, ask
from tests.support.json_check import BAD_SCHEMAS, LETTER, TREE, VERDICT, parse
from tests.support.thinking_model import opens_thinking
from tests.support.tiny_models import small_qwen3


@pytest.fixture(scope="module")
def renderer() -> ChatRenderer:
    return ChatRenderer.load(small_qwen3())


@pytest.fixture(scope="module")
def grammar(renderer: ChatRenderer) -> Grammar:
    return Grammar(renderer.tokenizer, renderer.eos_ids)


def _follow(grammar: Grammar, renderer: ChatRenderer, schema: str, rng: np.random.Generator, most: int = 400) -> str:
    """A random walk through what the grammar allows, to its end."""
    matcher = grammar.matcher(schema)
    ids: list[int] = []
    while len(ids) < most:
        token = int(rng.choice(np.flatnonzero(~matcher.forbidden())))
        matcher.accept(token)
        if token in renderer.eos_ids:
            assert matcher.finished
            return renderer.decode(ids)
        ids.append(token)
    pytest.fail(f"no end after {most} tokens: {renderer.decode(ids)}")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([VERDICT, LETTER, TREE]))
def test_every_way_through_a_grammar_is_json_of_its_schema(seed: int, schema: str) -> None:
    renderer = ChatRenderer.load(small_qwen3())
    walk = _follow(Grammar(renderer.tokenizer, renderer.eos_ids), renderer, schema, np.random.default_rng(seed), 4000)
    parse(walk, schema)


def test_only_the_end_of_the_turn_may_follow_whole_json(grammar: Grammar, renderer: ChatRenderer) -> None:
    matcher = grammar.matcher(LETTER)
    for token in renderer.encode('"B"'):
        assert not matcher.finished
        assert not matcher.forbidden()[token]
        matcher.accept(token)
    assert matcher.finished
    assert set(np.flatnonzero(~matcher.forbidden())) == set(renderer.eos_ids)


def test_the_turn_cannot_end_in_the_reasoning(grammar: Grammar, renderer: ChatRenderer) -> None:
    forbidden = grammar.matcher(LETTER).forbidden(reasoning=True)
    assert set(np.flatnonzero(forbidden)) == set(renderer.eos_ids)


def test_a_forbidden_token_is_an_error_from_then_on(grammar: Grammar, renderer: ChatRenderer) -> None:
    matcher = grammar.matcher(LETTER)
    (wrong,) = renderer.encode("x")
    with pytest.raises(EngineFailureError, match="JSON schema"):
        matcher.accept(wrong)
    matcher.forbidden()
    for token in (*renderer.encode('"'), *renderer.eos_ids):
        with pytest.raises(EngineFailureError):
            matcher.accept(token)


@pytest.mark.parametrize(
    "schema",
    [
        *BAD_SCHEMAS,
        '{"type": "array", "uniqueItems": true}',
        '{"type": "string", "format": "icd-10"}',
        '{"type": "string", "pattern": "(?=a)b"}',
        '{"$ref": "https://example.org/schema"}',
        # What a schema says of itself does not make unknown keywords pass.
        '{"type": "array", "uniqueItems": true, "x-guidance": {"lenient": true}}',
        '"\ud800"',
    ],
)
def test_what_cannot_be_enforced_is_refused(grammar: Grammar, schema: str) -> None:
    for refuse in (grammar.matcher, grammar.matcher, check_schema):
        with pytest.raises(InputError, match=r"JSON schema cannot be used: \w") as caught:
            refuse(schema)
        assert "\n" not in caught.value.message


def test_matchers_of_one_schema_do_not_share_their_place(grammar: Grammar, renderer: ChatRenderer) -> None:
    one, other = grammar.matcher(LETTER), grammar.matcher(LETTER)
    before = other.forbidden().copy()
    one.accept(renderer.encode('"')[0])
    assert (other.forbidden() == before).all()
    assert not (one.forbidden() == before).all()


def test_few_compiled_schemas_are_kept(renderer: ChatRenderer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grammar_module, "_KEPT_SCHEMAS", 3)
    grammar = Grammar(renderer.tokenizer, renderer.eos_ids)
    compiled: list[str] = []
    original = grammar._compile
    monkeypatch.setattr(grammar, "_compile", lambda schema: compiled.append(schema) or original(schema))
    schemas = [json.dumps({"enum": [n]}) for n in range(4)]
    for schema in (*schemas[:3], schemas[0], schemas[3], schemas[0], schemas[1]):
        grammar.matcher(schema)
    assert compiled == [*schemas, schemas[1]]  # the least recently used one was compiled again


def test_threads_may_share_a_grammar(grammar: Grammar, renderer: ChatRenderer) -> None:
    walks: list[str] = []
    threads = [
        threading.Thread(
            target=lambda n=n: walks.append(_follow(grammar, renderer, VERDICT, np.random.default_rng(n)))  # type: ignore[misc]
        )
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(walks) == 4
    for walk in walks:
        parse(walk, VERDICT)


def test_a_tokenizer_that_llguidance_cannot_read_is_refused(renderer: ChatRenderer) -> None:
    with pytest.raises(UnsupportedRequestError, match="tokenizer"):
        Grammar(object(), renderer.eos_ids).matcher(LETTER)


# --- logits ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [4, 3, 2])  # the model may have more columns than the tokenizer has tokens, or fewer
def test_only_what_is_allowed_is_left(width: int) -> None:
    row = torch.tensor([1.0, 2.0, 3.0, 9.0])[:width]
    forbid(row, np.array([False, True, False]))
    low = float("-inf")
    assert row.tolist() == [1.0, low, 3.0, low][:width]


def test_nan_stays_nan() -> None:
    row = torch.full((4,), float("nan"))
    forbid(row, np.array([False, True, False]))
    assert choose_tokens(row[None], [Sampling()], [request_rng(0)]) == [-1]


@pytest.mark.parametrize("sampling", [Sampling(), Sampling(temperature=1.0), Sampling(temperature=5.0, top_p=0.9)])
def test_what_is_forbidden_is_never_drawn(sampling: Sampling) -> None:
    forbidden = np.ones(300, dtype=np.bool_)
    forbidden[[7, 250]] = False
    drawn = set()
    for seed in range(60):
        logits = torch.linspace(9, 0, 300)[None]
        forbid(logits[0], forbidden)
        drawn |= set(choose_tokens(logits, [sampling], [request_rng(seed)]))
    assert drawn == ({7} if sampling.temperature == 0.0 else {7, 250} if sampling.temperature == 5.0 else drawn)
    assert drawn <= {7, 250}


# --- requests -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sampling", [Sampling(stop=("x",)), Sampling(ignore_eos=True)])
def test_json_takes_no_other_end(sampling: Sampling) -> None:
    with pytest.raises(InputError, match="JSON schema"):
        GenerationRequest("r", ask().messages, sampling, json_schema=LETTER)


class Script:
    """Makes an engine's model want to say a given text (and then end its turn), whatever is asked."""

    def __init__(self, engine: ContinuousEngine, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
        renderer = engine._renderer
        self.ids = [*renderer.encode(text), renderer.tokenizer.eos_token_id]
        self.at = 0
        original = engine._forward

        def forward(token_ids: torch.Tensor, batch: object, rows: torch.Tensor) -> torch.Tensor:
            logits = original(token_ids, batch, rows).clone()  # type: ignore[arg-type]
            logits[:, self.ids[min(self.at, len(self.ids) - 1)]] += 1000.0
            self.at += 1
            return logits

        monkeypatch.setattr(engine, "_forward", forward)


@pytest.fixture(scope="module", params=["opened by the template", "opened by the model"])
def thinker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ContinuousEngine]:
    folder: Path = small_qwen3()
    if request.param == "opened by the template":
        folder = opens_thinking(folder, tmp_path_factory.mktemp("models") / "thinking")
    engine = open_engine(EngineOptions(str(folder), "transformers", "float32", batch_size=4, device="cpu"))
    assert isinstance(engine, ContinuousEngine)
    yield engine
    engine.close()


def _opening(engine: ContinuousEngine) -> str:
    prompt = engine._renderer.render(ask().messages, Thinking(enabled=True))
    return "" if prompt.starts_in_reasoning else "<think>"


def test_reasoning_is_free_and_the_answer_is_not(thinker: ContinuousEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    said = _opening(thinker) + 'Is it {"B"}? No.</think>\n\n"C"'
    Script(thinker, monkeypatch, said)
    request = ask(thinking=Thinking(enabled=True), max_new_tokens=80, json_schema=LETTER)
    completion = answer(thinker, request)
    assert (completion.reasoning, completion.text, completion.finish_reason) == ('Is it {"B"}? No.', '"C"', "stop")
    assert not completion.thinking_forced
    assert completion.usage.completion == len(thinker._renderer.encode(said)) + 1


def test_a_model_that_wants_to_stop_thinking_without_an_answer_must_answer(
    thinker: ContinuousEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    Script(thinker, monkeypatch, _opening(thinker) + "Well")  # and then the end of the turn, over and over
    request = ask(thinking=Thinking(enabled=True, budget=10), max_new_tokens=80, json_schema=LETTER)
    completion = answer(thinker, request)
    assert completion.finish_reason == "stop" and completion.thinking_forced
    assert completion.reasoning is not None and completion.reasoning.startswith("Well")
    parse(completion.text, LETTER)


def test_reasoning_that_ends_in_single_letters_is_no_constrained_answer(
    thinker: ContinuousEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Script(thinker, monkeypatch, "")
    spelled = [thinker._renderer.encode(letter)[0] for letter in "no</think>free text"]
    script.ids = thinker._renderer.encode(_opening(thinker)) + spelled
    request = ask(thinking=Thinking(enabled=True), max_new_tokens=25, json_schema=LETTER)
    (completion,) = thinker.generate([request])
    assert completion.error is not None and completion.error.code == "engine_failure"
    assert "reasoning" in completion.error.message


def test_nan_under_a_grammar_costs_its_request(thinker: ContinuousEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    original = thinker._forward
    monkeypatch.setattr(thinker, "_forward", lambda *inputs: original(*inputs) * float("nan"))
    (completion,) = thinker.generate([ask(json_schema=LETTER)])
    assert completion.error is not None and "NaN" in completion.error.message
