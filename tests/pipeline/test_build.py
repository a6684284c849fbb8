"""From a pipeline's file to steps: what moves with it, what is refused, and real rooms that do the work."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from medgo.cli._pipeline import build_pipeline_app
from medgo.errors import RecipeError
from medgo.pipeline.build import build_pipeline, state_file
from medgo.pipeline.engine import Outcome, run_pipeline
from medgo.pipeline.place import Place, Tools, overrides_of, places_of
from medgo.pipeline.recipe import EvaluationStep, PipelineRecipe, TrainingStep, load_pipeline, relocated
from medgo.pipeline.step import Step
from medgo.pipeline.steps import evaluation
from medgo.pipeline.steps.evaluation import evaluation_step
from medgo.pipeline.steps.training import begin_changed_stages_anew, training_recipe
from medgo.schema import Message
from medgo.store.recipes import read_recipe
from medgo.synthesis.runner import Overlap
from medgo.training.card.evaluations import read_evaluations
from medgo.training.card.records import read_records
from medgo.training.probes.items import ProbeItem, write_items
from medgo.training.probes.scoring import ProbeSummary
from medgo.training.recipe import TrainingRecipe
from tests.support.tiny_models import tiny_qwen3
from tests.training.card.conftest import changed_copy, make_run
from tests.training.rows.made_rows import sft, write_rows

TOOLS = Tools(
    lambda text: None,
    lambda recipe, folders, cache: (Overlap(None), ""),
    lambda folders: lambda options: (None, {"items": 0}),
    date(2026, 1, 2),
    1,
)


class Quiet:
    def __init__(self) -> None:
        self.words: list[str] = []

    def begins(self, step: Step, why: str) -> None: ...

    def ends(self, step: Step, outcome: Outcome, words: str, seconds: float) -> None:
        self.words.append(words)


def review(number: int, verdict: str, edited: str = "") -> dict[str, Any]:
    value = {
        "prompt": [{"role": "user", "content": f"Question {number}?"}],
        "answer": {"role": "assistant", "content": f"Answer {number}."},
        "verdict": verdict, "rater": "r1", "lang": "en", "task": "questions", "licence": "CC0-1.0",
    }  # fmt: skip
    return {**value, "edited": edited} if edited else value


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a pipeline of these steps with a synthesis and a training recipe beside it."""

    def written(**steps: dict[str, Any]) -> Path:
        home = tmp_path / "recipes"
        home.mkdir(exist_ok=True)
        synthesis = {
            "name": "small", "output": "results/small/rows",
            "sets": {"stage1": {"rows": 6, "mix": [{"generator": "safety", "weight": 1}]}},
            "keep": {"overlap": "off"},
        }  # fmt: skip
        (home / "synthesis.yaml").write_text(yaml.safe_dump(synthesis))
        training = {
            "name": "small", "output": "results/small/training", "model": str(tiny_qwen3()),
            "gates": {"overlap": "off"},
            "stages": [
                {"name": name, "method": "sft", "data": [{"path": path}], "optimiser": {"learning_rate": 0.001}}
                for name, path in (("one", "results/small/rows/stage1.jsonl"), ("two", "elsewhere/two.jsonl"))
            ],
        }  # fmt: skip
        (home / "training.yaml").write_text(yaml.safe_dump(training))
        path = home / "pipeline.yaml"
        path.write_text(yaml.safe_dump({"name": "small", "output": "results/small", "steps": steps}))
        return path

    return written


def test_one_output_moves_the_whole_pipeline(write: Callable[..., Path], tmp_path: Path) -> None:
    path = write(
        rows={"kind": "synthesis", "recipe": "synthesis.yaml"},
        training={"kind": "training", "recipe": "training.yaml", "needs": ["rows"]},
    )
    recipe = load_pipeline(path, [f"output={tmp_path / 'moved'}"])
    place = Place(recipe, path.parent, places_of(recipe, "results/small", path.parent), TOOLS)
    asked = recipe.steps["training"]
    assert isinstance(asked, TrainingStep)
    training = training_recipe(asked, place.folder("training"), place)
    assert training.output == str(tmp_path / "moved/training")
    assert training.stages[0].data[0].path == str(tmp_path / "moved/rows/stage1.jsonl")
    assert training.stages[1].data[0].path == "elsewhere/two.jsonl"
    assert relocated("results/small/rows-of-others/x", {"results/small/rows": Path("y")}) == (
        "results/small/rows-of-others/x"
    )


def test_a_training_step_depends_on_base_and_probe_items_and_records_no_expanded_path(
    write: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDGO_DATA", str(tmp_path))
    write_rows(tmp_path / "rows.jsonl", [sft("A?", "B.")])
    (tmp_path / "items.jsonl").write_text("one")
    model = tmp_path / "model"
    shutil.copytree(tiny_qwen3(), model)
    data = [{"path": "${MEDGO_DATA}/rows.jsonl"}]
    changes = {
        "model": str(model), "stages.0.data": data, "stages.1.data": data,
        "stages.1.probe": {"path": "${MEDGO_DATA}/items.jsonl"},
    }  # fmt: skip
    path = write(training={"kind": "training", "recipe": "training.yaml", "set": changes})
    _, (step,) = build_pipeline(path, [f"output={tmp_path / 'out'}"], TOOLS)
    before = step.inputs()
    assert before.files["two.probe"] == tmp_path / "items.jsonl"
    assert str(tmp_path / "rows.jsonl") not in json.dumps(before.value)
    shutil.rmtree(model)
    changed_copy(tiny_qwen3(), model)
    assert step.inputs().value["base"] != before.value["base"], "the same name, other weights"


def test_changed_probe_items_begin_their_stage_anew(tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "rows.jsonl", [sft("A?", "B.")])
    stages: list[dict[str, Any]] = [
        {"name": name, "method": "sft", "data": [{"path": str(rows)}], "optimiser": {"learning_rate": 0.001}}
        for name in ("a", "b")
    ]
    stages[1]["probe"] = {"path": str(tmp_path / "items.jsonl")}
    value = {"name": "x", "model": str(tiny_qwen3()), "output": str(tmp_path / "run"), "stages": stages}
    recipe = TrainingRecipe.model_validate(value)
    for name, moved in (("one", []), ("other", ["2-b.before-1"])):
        (tmp_path / "items.jsonl").write_text(name)
        for folder in ("1-a", "2-b"):
            (tmp_path / "run" / folder).mkdir(parents=True, exist_ok=True)
        assert [path.name for path in begin_changed_stages_anew(recipe, "")] == moved


def test_changes_of_a_step_reach_its_recipe(tmp_path: Path) -> None:
    changes = {"seed": 3, "langs": ["zh"], "name": "yes-no", "sets.stage1.rows": 4, "keep.overlap": "off"}
    given = overrides_of(changes, tmp_path)
    assert given[-1] == f"output={tmp_path}"
    assert [yaml.safe_load(text.partition("=")[2]) for text in given[:-1]] == list(changes.values())


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ({"a": {"kind": "nothing"}}, "kind"),
        ({"a": {"kind": "reviews", "path": "x", "needs": ["b"]}}, "a needs b, which is no step"),
        ({"a": {"kind": "card", "training": "b"}}, "no training step b"),
        (
            {"t": {"kind": "training", "recipe": "training.yaml"}, "c": {"kind": "card", "training": "t"}},
            "c reads t: add it to c.needs",
        ),
        ({"a": {"kind": "reviews", "path": "x", "paht": "y"}}, "paht"),
        ({"p": {"kind": "probes", "synthesis": "r"}}, "no synthesis step r"),
        (
            {
                "r": {"kind": "synthesis", "recipe": "synthesis.yaml"},
                "p": {"kind": "probes", "synthesis": "r", "needs": ["r"], "counts": {"nothing": 1}},
            },
            "no probes of nothing",
        ),
        ({"A b": {"kind": "reviews", "path": "x"}}, "pattern"),
        ({"t": {"kind": "training", "recipe": "gone.yaml"}}, "gone.yaml"),
    ],
)
def test_what_does_not_fit_is_named(write: Callable[..., Path], steps: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        build_pipeline(write(**steps), (), TOOLS)


def test_reviews_become_rows_and_changed_reviews_change_them(write: Callable[..., Path], tmp_path: Path) -> None:
    reviews = tmp_path / "reviews.jsonl"
    lines = [review(1, "accept"), review(2, "reject"), review(3, "edit", "A better answer.")]
    reviews.write_text("".join(json.dumps(line) + "\n" for line in lines))
    path = write(experts={"kind": "reviews", "path": str(reviews)})
    output = tmp_path / "out"

    def run() -> str:
        recipe, steps = build_pipeline(path, [f"output={output}"], TOOLS)
        return run_pipeline(steps, state_file(recipe), Quiet())["experts"]

    assert run() == "done"
    assert len((output / "experts/preference.jsonl").read_text().splitlines()) == 1
    labels = (output / "experts/labels.jsonl").read_bytes()
    assert run() == "skipped"
    with reviews.open("a") as file:
        file.write(json.dumps(review(4, "reject")) + "\n")
    assert run() == "done"
    assert (output / "experts/labels.jsonl").read_bytes() != labels
    assert (output / "experts.before-1/labels.jsonl").read_bytes() == labels


def test_a_changed_stage_begins_anew_with_those_after_it(tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "rows.jsonl", [sft("A?", "B."), sft("C?", "D.")])
    value = {
        "name": "x", "model": "embedded", "output": str(tmp_path / "run"),
        "stages": [
            {"name": name, "method": "sft", "data": [{"path": str(rows)}], "optimiser": {"learning_rate": 0.001}}
            for name in ("a", "b", "c")
        ],
    }  # fmt: skip

    def begin(**changes: Any) -> list[str]:
        for number in (1, 2, 3):
            (tmp_path / "run" / f"{number}-{'abc'[number - 1]}").mkdir(parents=True, exist_ok=True)
        moved = begin_changed_stages_anew(TrainingRecipe.model_validate({**value, **changes}), "")
        return [path.name for path in moved]

    assert begin() == [], "what was there before the first run is the run's own to judge"
    assert begin() == []
    value["stages"][1]["epochs"] = 3  # type: ignore[index]
    assert begin() == ["2-b.before-1", "3-c.before-1"]
    assert begin() == []
    write_rows(rows, [sft("E?", "F.")])
    assert begin() == ["1-a.before-1", "2-b.before-2", "3-c.before-2"]


@pytest.mark.slow
def test_every_model_of_a_run_is_asked_and_stands_beside_the_base(tmp_path: Path) -> None:
    made = make_run(tmp_path / "made")
    items = tmp_path / "items.jsonl"
    write_items(
        items,
        [
            ProbeItem(
                f"general-{n}", "general", "fact", "en", f"c{n}", (Message("user", f"{n}?"),), ("yes", "no"), "yes"
            )
            for n in range(6)
        ],
    )
    recipe = PipelineRecipe.model_validate(
        {
            "name": "x",
            "output": str(made.run.parent),
            "steps": {
                "run": {"kind": "training", "recipe": "r"},
                "asked": {"kind": "evaluation", "training": "run", "items": str(items), "needs": ["run"]},
            },
        }
    )
    place = Place(recipe, tmp_path, {}, TOOLS)
    asked = recipe.steps["asked"]
    assert isinstance(asked, EvaluationStep)
    step = evaluation_step("asked", asked, place)
    step.work()
    folder = place.folder("asked")
    assert sorted(path.parent.name for path in folder.glob("*/summary.json")) == ["base", "words"]
    measured = read_evaluations(read_records(made.run), place.evaluations(["asked"])).measured
    (beside,) = (each.against for each in measured if each.against is not None)
    assert beside.p == 1.0
    answers = (folder / "words/predictions.jsonl").read_bytes()
    at_once = asked.model_copy(update={"workers": 2})
    evaluation_step("at_once", at_once, place).work()
    assert (place.folder("at_once") / "words/predictions.jsonl").read_bytes() == answers
    step.work()
    assert (folder / "words/predictions.jsonl").read_bytes() == answers, "asked once"
    limited = asked.model_copy(update={"limit": 2})
    evaluation_step("asked", limited, place).work()
    assert len((folder / "words/predictions.jsonl").read_text().splitlines()) == 2
    assert len(list(folder.parent.glob("asked-*.before-1"))) == 2
    (folder / "words").rename(folder / "gone")  # a stage that had another name once
    evaluation_step("asked", limited, place).work()
    assert sorted(path.parent.name for path in folder.glob("*/summary.json")) == ["base", "words"]
    assert (folder.parent / "asked-gone.before-1/summary.json").exists()
    read_evaluations(read_records(made.run), place.evaluations(["asked"]))


@pytest.mark.parametrize(("workers", "expected"), [(1, None), (2, 3), (5, 1), (9, 1)])
def test_models_asked_at_once_share_the_cores(
    monkeypatch: pytest.MonkeyPatch, workers: int, expected: int | None
) -> None:
    told: list[int | None] = []

    def ask(*_: object, threads: int | None, **__: object) -> ProbeSummary:
        told.append(threads)
        return ProbeSummary("", "", "", {}, 0.0, Path())

    monkeypatch.setattr(evaluation, "usable_cores", lambda: 6)
    monkeypatch.setattr(evaluation, "evaluate_probes", ask)
    evaluation._ask(evaluation._Asking(Path(), Path(), Path(), None, workers))
    assert told == [expected]


def test_the_command_runs_shows_and_says_what_failed(write: Callable[..., Path], tmp_path: Path) -> None:
    path = write(experts={"kind": "reviews", "path": str(tmp_path / "reviews.jsonl")})
    arguments = [str(path), f"output={tmp_path / 'out'}"]
    failed = CliRunner().invoke(build_pipeline_app(), ["run", *arguments])
    assert failed.exit_code == 1
    assert "experts: failed" in failed.output
    (tmp_path / "reviews.jsonl").write_text(json.dumps(review(1, "reject")) + "\n")
    shown = CliRunner().invoke(build_pipeline_app(), ["status", *arguments])
    assert "changed" in shown.output, "the file that was missing is there now"
    done = CliRunner().invoke(build_pipeline_app(), ["run", *arguments])
    assert done.exit_code == 0, done.output
    shown = CliRunner().invoke(build_pipeline_app(), ["status", *arguments])
    assert "current" in shown.output
    assert CliRunner().invoke(build_pipeline_app(), ["run", str(tmp_path / "none.yaml")]).exit_code == 2


@pytest.mark.slow
def test_rows_are_made_and_probes_ask_about_what_they_hold_out(write: Callable[..., Path], tmp_path: Path) -> None:
    path = write(
        rows={"kind": "synthesis", "recipe": "synthesis.yaml", "set": {"concepts": {"part": "train"}}},
        probes={
            "kind": "probes",
            "synthesis": "rows",
            "needs": ["rows"],
            "counts": {"general": 4},
            "known_as": "p.jsonl",
        },
    )
    output = tmp_path / "out"

    def run(*more: str) -> dict[str, str]:
        recipe, steps = build_pipeline(path, [f"output={output}", *more], TOOLS)
        watch = Quiet()
        found = dict(run_pipeline(steps, state_file(recipe), watch))
        assert "failed" not in found.values(), watch.words
        return found

    assert run() == {"rows": "done", "probes": "done"}
    assert len((output / "rows/stage1.jsonl").read_text().splitlines()) == 6
    assert len((output / "probes/items.jsonl").read_text().splitlines()) == 4
    assert run() == {"rows": "skipped", "probes": "skipped"}
    assert run("steps.probes.seed=5") == {"rows": "skipped", "probes": "done"}
    assert run("steps.probes.seed=5", "steps.rows.set.seed=9") == {"rows": "done", "probes": "done"}
    assert (output / "rows.before-1/stage1.jsonl").exists()


def test_the_nano_pipeline_reads() -> None:
    recipe = read_recipe(Path("recipes/nano/pipeline.yaml"), PipelineRecipe)
    documents, records = ["corpus", "abstracts"], ["visits", "deid"]
    assert list(recipe.steps) == [
        *documents, *records, "curation", "synthesis", "probes", "training", "evaluation", "card", "report",
    ]  # fmt: skip
