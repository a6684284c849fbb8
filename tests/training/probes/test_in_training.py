"""Probes of a model in memory and through an engine say the same; the callback keeps the best step that is allowed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, TrainerControl, TrainerState

from medgo.errors import ResumeMismatchError, TrainingFailedError
from medgo.inference.prompt import ChatRenderer
from medgo.training.probes.callback import ProbeCallback
from medgo.training.probes.comparing import compare_probes
from medgo.training.probes.in_memory import MemoryProbe
from medgo.training.probes.items import ProbeItem, write_items
from medgo.training.probes.measures import Answered
from medgo.training.probes.scoring import ProbeSummary, evaluate_probes, read_answers
from medgo.training.recipe import ProbeRecipe
from tests.support.tiny_models import small_qwen3
from tests.training.probes.made import made_item

ITEMS = [
    *(made_item("term", n) for n in range(4)),
    *(made_item("general", n) for n in range(4)),
    *(made_item("preference", n, options=(f"it is {n}", "no")) for n in range(4)),
    *(made_item("escalation", n, sort="danger" if n < 2 else "benign") for n in range(2)),
]


@pytest.fixture(scope="module")
def folder() -> Path:
    return small_qwen3()


@pytest.fixture(scope="module")
def answered(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ProbeSummary]:
    base = tmp_path_factory.mktemp("probes")
    write_items(base / "items.jsonl", ITEMS)
    return base, evaluate_probes(folder, base / "items.jsonl", base / "out", engine="transformers")


def test_a_model_in_memory_scores_as_an_engine_does(folder: Path, answered: tuple[Path, ProbeSummary]) -> None:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    model.train()
    probe = MemoryProbe(ITEMS, ChatRenderer.load(folder), batch_tokens=300)
    mine = probe.answers(model)
    assert model.training
    theirs = read_answers(answered[0] / "out")
    assert set(mine) == {item.id for item in ITEMS if item.kind != "escalation"}
    for key, one in mine.items():
        assert one.logprobs == pytest.approx(theirs[key].logprobs, rel=2e-3)  # the engine multiplies in bfloat16


def test_an_evaluation_goes_on_where_it_was_and_asks_nothing_twice(
    folder: Path, answered: tuple[Path, ProbeSummary], tmp_path: Path
) -> None:
    base, whole = answered
    lines = (base / "out/predictions.jsonl").read_text().splitlines(keepends=True)
    out = tmp_path / "out"
    out.mkdir()
    (out / "asked.json").write_bytes((base / "out/asked.json").read_bytes())
    (out / "predictions.jsonl").write_text("".join(lines[:5]))
    told: list[tuple[int, int]] = []
    again = evaluate_probes(
        folder, base / "items.jsonl", out, engine="transformers", tell=lambda done, most: told.append((done, most))
    )
    assert again.estimates == whole.estimates
    assert told[0] == (6, len(lines))
    assert told[-1] == (len(lines), len(lines))
    assert (out / "predictions.jsonl").read_text().startswith("".join(lines[:5]))
    assert all(one.difference.value == 0 for one in compare_probes(base / "out", out, base / "items.jsonl"))


def test_answers_to_other_items_are_not_mixed(
    folder: Path, answered: tuple[Path, ProbeSummary], tmp_path: Path
) -> None:
    write_items(tmp_path / "items.jsonl", ITEMS[:3])
    with pytest.raises(ResumeMismatchError, match="answers to other items"):
        evaluate_probes(folder, tmp_path / "items.jsonl", answered[0] / "out", engine="transformers")


class Fixed(MemoryProbe):
    """Says what it is told for each step: how many of forty items are right."""

    def __init__(self, right: Sequence[int]) -> None:
        self.items: list[ProbeItem] = [made_item("general", n) for n in range(40)]
        self._right = list(right)

    def answers(self, model: Any) -> dict[str, Answered]:
        right = self._right.pop(0)
        return {
            item.id: Answered(item.id, (-1.0, -9.0, -9.0) if n < right else (-9.0, -1.0, -9.0))
            for n, item in enumerate(self.items)
        }


class Run:
    """A trainer's calls, one weight and no training: after each step the weight is the step's number."""

    def __init__(self, right: Sequence[int], folder: Path, **recipe: Any) -> None:
        self.model = torch.nn.Linear(1, 1, bias=False)
        asked = ProbeRecipe(path="x", **{"every": 1, **recipe})
        self.callback = ProbeCallback(Fixed(right), asked, folder, lambda step: 100 * step)

    def go(self, steps: int, start: int = 0) -> int:
        """Train; returns the last step."""
        state, control = TrainerState(max_steps=steps, global_step=start), TrainerControl()
        call: dict[str, Any] = {"args": SimpleNamespace(), "state": state, "control": control, "model": self.model}
        self.callback.on_train_begin(**call)
        for step in range(start + 1, steps + 1):
            torch.nn.init.constant_(self.model.weight, step)
            state.global_step = step
            self.callback.on_step_end(**call)
            if control.should_training_stop:
                break
        self.callback.on_train_end(**call)
        return state.global_step

    @property
    def weight(self) -> float:
        return float(self.model.weight.detach())


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "probes.jsonl").read_text().splitlines()]


def test_the_best_step_is_kept_and_not_the_last(tmp_path: Path) -> None:
    run = Run([10, 20, 30, 25], tmp_path, guard=("general",))
    assert run.go(3) == 3
    assert run.weight == 2
    assert [(one["step"], one["tokens"], one["mean"]) for one in lines(tmp_path)] == [
        (0, 0, 0.25), (1, 100, 0.5), (2, 200, 0.75), (3, 300, 0.625),
    ]  # fmt: skip
    assert not list(tmp_path.glob("best-*"))


def test_patience_ends_a_run_that_learns_no_more(tmp_path: Path) -> None:
    run = Run([10, 20, 15, 15, 15, 15], tmp_path, patience=2)
    assert run.go(9) == 3
    assert run.weight == 1


def test_a_run_that_forgets_what_is_guarded_is_not_promoted(tmp_path: Path) -> None:
    run = Run([36, 12, 10], tmp_path, guard=("general",))
    with pytest.raises(TrainingFailedError, match="nothing is promoted: general fell"):
        run.go(2)
    assert [one["fell"] for one in lines(tmp_path)] == [[], ["general"], ["general"]]
    # Without the guard, the naive way, the model that forgot would have been kept.
    naive = Run([36, 12, 10], tmp_path)
    naive.go(2)
    assert naive.weight == 1


def test_a_fall_within_the_interval_is_no_fall(tmp_path: Path) -> None:
    run = Run([30, 29], tmp_path, guard=("general",))
    run.go(1)
    assert lines(tmp_path)[1]["fell"] == []


def test_a_resumed_run_compares_with_the_same_start_and_forgets_no_best_step(tmp_path: Path) -> None:
    whole = Run([10, 30, 20, 25], tmp_path / "whole")
    (tmp_path / "whole").mkdir()
    whole.go(3)
    broken = tmp_path / "broken"
    broken.mkdir()
    first = Run([10, 30, 20], broken)
    with pytest.raises(IndexError):
        first.go(3)  # killed while it probes step 3, having probed 2; the checkpoint is of step 1
    second = Run([20, 25], broken)
    second.go(3, start=1)
    assert lines(broken) == lines(tmp_path / "whole")
    assert second.weight == whole.weight == 1


def test_a_resumed_run_without_its_start_says_so(tmp_path: Path) -> None:
    with pytest.raises(TrainingFailedError, match="does not hold the probe of the start"):
        Run([10], tmp_path).go(3, start=1)
