"""Probes of a model in memory and through an engine say the same; the callback keeps the best step that is allowed."""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from pydantic import ValidationError
from transformers import AutoModelForCausalLM, TrainerControl, TrainerState

from medgo.errors import InputError, ResumeMismatchError, RunFolderError, StorageError, TrainingFailedError
from medgo.inference.prompt import ChatRenderer
from medgo.training.job import Job
from medgo.training.probes.callback import ProbeCallback, forget_kept, guarded_items
from medgo.training.probes.comparing import compare_probes
from medgo.training.probes.history import ProbeLog, answers_of_base
from medgo.training.probes.in_memory import MemoryProbe, Scores
from medgo.training.probes.items import ProbeItem, write_items
from medgo.training.probes.scoring import ProbeSummary, evaluate_probes, read_answers
from medgo.training.recipe import Devices, Optimiser, ProbeRecipe, RowFiles, StageRecipe, TrainingRecipe
from medgo.training.running.processes import share_of
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
    """Says what it is told for each step: how many of forty items are right; of several processes, each its share."""

    def __init__(self, right: Sequence[int]) -> None:
        self.items: list[ProbeItem] = [made_item("general", n) for n in range(40)]
        self._right = list(right)

    def scores(self, model: Any) -> Scores:
        right = self._right.pop(0)
        return {
            (item.id, at): -1.0 if at == (0 if n < right else 1) else -9.0
            for n, item in share_of(list(enumerate(self.items)))
            for at in range(3)
        }


class Run:
    """A trainer's calls, one weight and no training: after each step the weight is the step's number."""

    def __init__(self, right: Sequence[int], folder: Path, base: int | None = None, **recipe: Any) -> None:
        self.model = torch.nn.Linear(1, 1, bias=False)
        asked = ProbeRecipe(path="x", **{"every": 1, **recipe})
        before = None if base is None else Fixed([base]).answers(None)
        self.callback = ProbeCallback(Fixed(right), asked, folder, lambda step: 100 * step, before)

    def go(self, steps: int, start: int = 0, stop: int | None = None) -> int:
        """Train; returns the last step.

        Args:
            steps: Of the whole stage.
            start: Step of the checkpoint to go on from.
            stop: Step after which a signal ends training.
        """
        state, control = TrainerState(max_steps=steps, global_step=start), TrainerControl()
        call: dict[str, Any] = {"args": SimpleNamespace(), "state": state, "control": control, "model": self.model}
        self.callback.on_train_begin(**call)
        for step in range(start + 1, steps + 1):
            torch.nn.init.constant_(self.model.weight, step)
            state.global_step = step
            self.callback.on_step_end(**call)
            control.should_training_stop |= step == stop
            if control.should_training_stop:
                break
        self.callback.on_train_end(**call)
        return state.global_step

    @property
    def weight(self) -> float:
        return float(self.model.weight.detach())


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "probes.jsonl").read_text().splitlines()]


def promotion(folder: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((folder / "promotion.json").read_text())
    return value


def job(run: Path, number: int) -> Job:
    """Stage ``number`` of a run, from the merged model of the one before it."""
    folder = run / f"{number}-s{number}"
    folder.mkdir()
    optimiser = Optimiser(learning_rate=1)
    made = Job(
        folder=folder,
        model_dir=run / "base" if number == 1 else run / f"{number - 1}-s{number - 1}/merged",
        model_hash="",
        template_hash="",
        stage=StageRecipe(name=f"s{number}", method="sft", data=(RowFiles(path="x"),), optimiser=optimiser),
        seed=0,
        precision="auto",
        devices=Devices(),
        trackers=(),
        inputs="",
    )
    made.save()
    return made


def test_the_best_step_is_kept_and_not_the_last(tmp_path: Path) -> None:
    run = Run([10, 20, 30, 25], tmp_path, guard=("general",))
    assert run.go(3) == 3
    assert run.weight == 2
    assert [(one["step"], one["tokens"], one["mean"]) for one in lines(tmp_path)] == [
        (0, 0, 0.25), (1, 100, 0.5), (2, 200, 0.75), (3, 300, 0.625),
    ]  # fmt: skip
    assert promotion(tmp_path) == {
        "last_step": 3, "promoted_step": 2, "start_mean": 0.25, "promoted_mean": 0.75, "why": "",
    }  # fmt: skip
    # A worker that is killed before the stage's weights are written still has those of the step that is promoted.
    assert [path.name for path in tmp_path.glob("best-*")] == ["best-2.safetensors"]
    forget_kept(tmp_path)
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
    assert promotion(tmp_path)["promoted_step"] is None
    assert "general fell" in promotion(tmp_path)["why"]


def test_a_stage_that_made_nothing_better_is_not_promoted(tmp_path: Path) -> None:
    # One of forty is within any interval; the naive way, which asks for no fall beyond it, promotes the worse model.
    for guard in ((), ("general",)):
        run = Run([30, 29, 28], tmp_path, guard=guard)
        with pytest.raises(TrainingFailedError, match=r"no step is as good as the start.*75.0%.*72.5%, at step 1"):
            run.go(2)
        assert all(not one.fell for one in run.callback.history)


def test_slow_loss_over_stages_is_seen_against_the_runs_base(tmp_path: Path) -> None:
    run = Run([20, 21, 22], tmp_path, base=36, guard=("general",))
    with pytest.raises(TrainingFailedError, match="general fell below the model that the stage or the run started"):
        run.go(2)
    assert [(one["fell"], one["fell_from_base"]) for one in lines(tmp_path)[1:]] == [([], ["general"])] * 2
    naive = Run([20, 21, 22], tmp_path, guard=("general",))
    naive.go(2)
    assert naive.weight == 2


def test_answers_of_the_base_are_those_of_the_earliest_stage(tmp_path: Path) -> None:
    items = [made_item("general", n) for n in range(40)]
    first, second, third = (job(tmp_path, number) for number in (1, 2, 3))
    assert answers_of_base(third, items) is None, "no stage was probed"
    for stage, right in ((first, 30), (second, 20)):
        Run([right, 40], stage.folder).go(1)
        forget_kept(stage.folder)
    found = answers_of_base(third, items)
    assert found == Fixed([30]).answers(None)
    assert answers_of_base(first, items) is None, "its start is the base"
    assert answers_of_base(third, items[1:]) is None, "other items"


def test_a_stage_is_not_gone_on_with_other_items(tmp_path: Path) -> None:
    with pytest.raises(IndexError):
        Run([10, 20], tmp_path).go(3)
    other = Run([10, 20, 30], tmp_path)
    other.callback._log = ProbeLog(tmp_path, [made_item("general", n) for n in range(1, 41)])
    with pytest.raises(RunFolderError, match="other items"):
        other.go(3, start=1)


@pytest.mark.parametrize("kind", ["escalation", "term_said", "general/zh", "nothing"])
def test_only_what_is_measured_in_training_can_be_guarded(kind: str) -> None:
    with pytest.raises(ValidationError, match="cannot be measured in training"):
        ProbeRecipe(path="x", guard=("general", kind))


def test_a_guarded_kind_without_items_is_refused(tmp_path: Path) -> None:
    write_items(tmp_path / "items.jsonl", [made_item("general", 1)])
    recipe = ProbeRecipe(path=str(tmp_path / "items.jsonl"), guard=("general",))
    assert len(guarded_items(recipe)) == 1
    with pytest.raises(InputError, match="holds no item of term"):
        guarded_items(recipe.model_copy(update={"guard": ("term", "general")}))


def test_probes_and_sharded_weights_do_not_go_together() -> None:
    stage = {
        "name": "a", "method": "sft", "data": [{"path": "x"}], "optimiser": {"learning_rate": 1},
        "probe": {"path": "p"},
    }  # fmt: skip
    recipe = {"name": "x", "model": "m", "output": "o", "stages": [stage]}
    TrainingRecipe.model_validate(recipe)
    with pytest.raises(ValidationError, match="need the whole model in every process"):
        TrainingRecipe.model_validate({**recipe, "devices": {"sharding": "zero3"}})


def test_a_fall_within_the_interval_is_no_fall(tmp_path: Path) -> None:
    run = Run([30, 29, 30], tmp_path, guard=("general",))
    run.go(2)
    assert lines(tmp_path)[1]["fell"] == []
    assert run.weight == 2


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


def test_a_stopped_run_promotes_nothing_and_goes_on_as_an_unbroken_one(tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for folder in (whole, broken):
        folder.mkdir()
    unbroken = Run([10, 30, 20, 25], whole, every=2)
    unbroken.go(6)
    # Naive: step 3 is probed because training ends there, and what is not the best of steps 0 to 3 is forgotten.
    stopped = Run([10, 30, 99], broken, every=2)
    assert stopped.go(6, stop=3) == 3
    assert stopped.weight == 3, "no other weights are put into the model of a run that goes on"
    assert not (broken / "promotion.json").exists()
    assert (broken / "best-2.safetensors").exists()
    resumed = Run([20, 25], broken, every=2)
    resumed.go(6, start=3)
    assert lines(broken) == lines(whole)
    assert promotion(broken) == promotion(whole)
    assert resumed.weight == unbroken.weight == 2


def test_killed_after_patience_ended_it_goes_on_to_the_same_end(tmp_path: Path) -> None:
    whole = Run([10, 30, 20], tmp_path, patience=1)
    assert whole.go(9) == 2
    before = promotion(tmp_path), lines(tmp_path)
    resumed = Run([], tmp_path, patience=1)  # it asks nothing any more
    resumed.go(9, start=2)
    assert (promotion(tmp_path), lines(tmp_path)) == before
    assert resumed.weight == whole.weight == 1


def test_a_resumed_run_without_its_start_says_so(tmp_path: Path) -> None:
    with pytest.raises(TrainingFailedError, match="does not hold the probe of the start"):
        Run([10], tmp_path).go(3, start=1)


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """Let no file of this process grow further, as on a full disk: real writes fail."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_the_start_that_a_resumed_run_compares_with(tmp_path: Path) -> None:
    """Naive: the file is removed and written again, and between the two nothing holds the start."""
    Run([10, 20, 30], tmp_path).go(3, stop=2)
    before = (tmp_path / "probes.jsonl").read_bytes()
    with no_file_beyond(1_000), pytest.raises(StorageError, match=r"probes\.jsonl cannot be written"):
        Run([], tmp_path).go(3, start=1)
    assert (tmp_path / "probes.jsonl").read_bytes() == before
    again = Run([40, 10], tmp_path)
    assert (again.go(3, start=1), again.weight) == (3, 2)
    assert [line["step"] for line in lines(tmp_path)] == [0, 1, 2, 3]


def test_a_disk_that_takes_no_weights_is_named_with_the_way_out(tmp_path: Path) -> None:
    """Naive: the library's own error, and half a file that takes what room is left."""
    run = Run([10, 20, 30], tmp_path)
    run.model = torch.nn.Linear(200, 200, bias=False)  # 160 kB; the log's lines are far smaller
    with (
        no_file_beyond(50_000),
        pytest.raises(StorageError, match=r"best-1\.safetensors could not be written") as caught,
    ):
        run.go(2)
    assert "there is no checkpoint yet" in caught.value.message
    assert "make room" in caught.value.hint
    assert [path.name for path in tmp_path.iterdir()] == ["probes.jsonl"]
    again = Run([10, 20, 30], tmp_path)
    assert (again.go(2), again.weight) == (2, 2)
