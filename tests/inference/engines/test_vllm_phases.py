"""What the vllm engine makes of a second phase that is refused; vLLM itself is played by a few lines."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest

from medgo.errors import EngineFailureError, MedGoError, UnsupportedRequestError
from medgo.inference.engines._vllm import VllmEngine
from medgo.inference.engines._vllm_core import News
from medgo.inference.engines._vllm_setup import Started
from medgo.inference.models import ResolvedModel
from medgo.inference.prompt import ChatRenderer
from medgo.inference.protocol import Thinking
from tests.inference.engines.contract import answer, ask
from tests.support.thinking_model import opens_thinking
from tests.support.tiny_models import small_qwen3

BUDGET = Thinking(enabled=True, budget=2)


class Core:
    """Writes each phase at once, and refuses the prompts it has continued: second phases."""

    def __init__(self, token_id: int, error: MedGoError) -> None:
        self.token_id, self.error = token_id, error
        self.prompts: list[tuple[int, ...]] = []
        self.phases: dict[str, int] = {}

    def submit(self, token_ids: Collection[int], length: int, wish: str = "tokens") -> str:
        prompt = tuple(token_ids)
        if any(prompt[: len(earlier)] == earlier for earlier in self.prompts):
            raise self.error
        self.prompts.append(prompt)
        name = str(len(self.prompts))
        self.phases[name] = length
        return name

    def wait(self, names: Collection[str]) -> list[tuple[str, News]]:
        return [(name, News([self.token_id] * self.phases[name], [], finished=True, cached=0)) for name in names]

    def abort(self, names: Collection[str]) -> None:
        assert all(name in self.phases for name in names)


def _engine(folder: Path, error: MedGoError, monkeypatch: pytest.MonkeyPatch) -> VllmEngine:
    renderer = ChatRenderer.load(folder)
    engine = VllmEngine(Started(None, "cpu", "float32", 256, 4), renderer, ResolvedModel("m", folder, "hf", False, "w"))
    (token_id, *_) = renderer.render(ask("word").messages, Thinking()).token_ids[-3:]
    monkeypatch.setattr(engine, "_core", Core(token_id, error))
    monkeypatch.setattr(VllmEngine, "_params", lambda self, writing, phase: phase.max_new_tokens)
    return engine


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return opens_thinking(small_qwen3(), tmp_path / "thinking")


def test_a_refused_second_phase_costs_its_own_request(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = _engine(folder, UnsupportedRequestError("no"), monkeypatch)
    requests = [ask("What is fever?", name="thinks", thinking=BUDGET), ask("Who are you?", name="plain")]
    found = {completion.request_id: completion for completion in engine.generate(requests)}
    assert found["thinks"].error is not None and found["thinks"].error.code == "unsupported_request"
    assert found["plain"].error is None and len(found) == 2
    with pytest.raises(UnsupportedRequestError):
        list(engine.stream(ask("Is it so?", thinking=BUDGET)))


def test_a_broken_engine_still_ends_the_batch(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = _engine(folder, EngineFailureError("gone"), monkeypatch)
    with pytest.raises(EngineFailureError, match="gone"):
        list(engine.generate([ask(thinking=BUDGET)]))


class Ends(Core):
    """Ends every reply at once, with the end of the turn or because vLLM gave it up."""

    def __init__(self, token_id: int, *, failed: bool) -> None:
        super().__init__(token_id, UnsupportedRequestError("never"))
        self.failed = failed

    def submit(self, token_ids: Collection[int], length: int, wish: str = "tokens") -> str:
        self.prompts.clear()
        return super().submit(token_ids, length, wish)

    def wait(self, names: Collection[str]) -> list[tuple[str, News]]:
        return [
            (name, News([] if self.failed else [self.token_id], [], finished=True, cached=0, failed=self.failed))
            for name in names
        ]


@pytest.mark.parametrize("failed", [False, True])
def test_json_that_vllm_does_not_finish_fails(folder: Path, monkeypatch: pytest.MonkeyPatch, failed: bool) -> None:
    engine = _engine(folder, UnsupportedRequestError("no"), monkeypatch)
    end_of_turn = engine._renderer.tokenizer.eos_token_id
    monkeypatch.setattr(engine, "_core", Ends(end_of_turn, failed=failed))
    (completion,) = engine.generate([ask(json_schema='{"type": "object"}')])
    assert completion.error is not None and completion.error.code == "engine_failure"
    with pytest.raises(EngineFailureError):
        list(engine.stream(ask(json_schema='{"type": "object"}')))
    if not failed:
        assert answer(engine, ask()).finish_reason == "stop"
