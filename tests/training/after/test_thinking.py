"""The thinking probe: both rates from what a model says, and nothing where a template has no thinking."""

from __future__ import annotations

from pathlib import Path

import pytest

from medgo.errors import EngineFailureError, UnsupportedRequestError
from medgo.inference.engines import EngineOptions, open_engine
from medgo.inference.protocol import GenerationRequest
from medgo.training.after.prompts import DEFAULT_PROMPTS, read_prompts
from medgo.training.after.thinking import ThinkingReport, judge_thinking, probe_thinking
from tests.support.scripted_engine import ScriptedEngine
from tests.support.thinking_model import opens_thinking


def test_a_model_that_does_as_it_is_told() -> None:
    engine = ScriptedEngine(lambda request: ("step by step", "42") if request.thinking.enabled else "42")
    assert probe_thinking(engine) == ThinkingReport(True, len(DEFAULT_PROMPTS), 1.0, 1.0)


def test_a_model_that_lost_its_reasoning_and_one_that_reasons_at_random() -> None:
    assert probe_thinking(ScriptedEngine(lambda request: "42")).on == 0.0
    empty = probe_thinking(ScriptedEngine(lambda request: ("\n\n", "42")))
    assert (empty.on, empty.off) == (0.0, 1.0)

    def every_second(request: GenerationRequest) -> tuple[str, str] | str:
        return ("hm", "42") if int(request.id) % 2 else "42"

    random = probe_thinking(ScriptedEngine(every_second))
    assert (random.on, random.off) == (0.5, 0.5)


def test_a_template_without_thinking_is_said() -> None:
    def refuse(request: GenerationRequest) -> UnsupportedRequestError | str:
        return UnsupportedRequestError("no thinking") if request.thinking.enabled else "42"

    assert probe_thinking(ScriptedEngine(refuse)) == ThinkingReport(False, len(DEFAULT_PROMPTS))


def test_an_engine_that_fails_is_no_rate() -> None:
    with pytest.raises(EngineFailureError, match="broke"):
        probe_thinking(ScriptedEngine(lambda request: EngineFailureError("broke")))


def test_with_a_real_engine(base: Path, tmp_path: Path) -> None:
    engine = open_engine(EngineOptions(model=str(opens_thinking(base, tmp_path / "thinks")), engine="transformers"))
    report = probe_thinking(engine, DEFAULT_PROMPTS[:2], tokens=8)
    engine.close()
    assert report.supported
    assert report.on == 1.0  # its template opens the reasoning itself


def test_prompts_are_as_many_zh_as_en() -> None:
    assert [any("\u4e00" <= c <= "\u9fff" for c in text) for text in DEFAULT_PROMPTS] == [True, False] * 8


def test_prompts_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "prompts.txt").write_text("一\n\n two \n", encoding="utf-8")
    assert read_prompts(tmp_path / "prompts.txt") == ("一", "two")


@pytest.mark.parametrize(
    ("on", "off", "failed"),
    [
        (0.9, 1.0, []),
        (0.2, 1.0, ["reasons when asked to"]),
        (0.9, 0.4, ["does not reason when asked not to"]),
    ],
)
def test_thinking_that_training_took_away_fails(on: float, off: float, failed: list[str]) -> None:
    base, merged = ThinkingReport(True, 16, 1.0, 1.0), ThinkingReport(True, 16, on, off)
    assert [check.name for check in judge_thinking(base, merged) if not check.passed] == failed


def test_a_base_that_does_not_reason_has_nothing_to_lose() -> None:
    never = ThinkingReport(True, 16, 0.1, 1.0)
    assert all(check.passed for check in judge_thinking(never, ThinkingReport(True, 16, 0.0, 1.0)))
    assert judge_thinking(ThinkingReport(False, 16), ThinkingReport(False, 16)) == []
