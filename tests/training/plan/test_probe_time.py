"""What probes take is planned: as often as they are asked, each option once through the model, shared among devices."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer import Typer
from typer.testing import CliRunner

from medgo.cli._train_plan import plan
from medgo.errors import InputError
from medgo.inference.devices import DEVICES
from medgo.inference.prompt import ChatRenderer
from medgo.schema import Message
from medgo.training.plan.planning import RunPlan, plan_run
from medgo.training.plan.shapes import model_shape
from medgo.training.plan.tokens import ProbeTokens, count_probes
from medgo.training.plan.work import forward_work
from medgo.training.probes.in_memory import MemoryProbe
from medgo.training.probes.items import ProbeKind, read_items, write_items
from medgo.training.recipe import TrainingRecipe
from tests.support.tiny_models import small_qwen3
from tests.training.probes.made import made_item
from tests.training.probes.test_in_training import Run, lines


def _recipe(path: str | Path | None, model: str = "qwen3-32b", processes: int = 8, **probe: Any) -> TrainingRecipe:
    stage = {"name": "one", "method": "sft", "data": [{"path": "none"}], "optimiser": {"learning_rate": 1e-4}}
    asked = None if path is None else {"path": str(path), **probe}
    return TrainingRecipe.model_validate(
        {
            "name": "test",
            "model": model,
            "output": "out",
            "stages": [{**stage, "probe": asked}],
            "devices": {"processes": processes},
        }
    )


def _asked(recipe: TrainingRecipe, steps: float = 10) -> ProbeTokens:
    found = count_probes(recipe, recipe.stages[0], steps)
    assert found is not None
    return found


def _planned(recipe: TrainingRecipe) -> RunPlan:
    return plan_run(recipe, DEVICES["h200"], {"one": 60e6})


@pytest.mark.parametrize(("steps", "every"), [(4, 2), (5, 2), (1, 2), (3, 1), (3, None)])
def test_probes_are_planned_as_often_as_they_are_asked(tmp_path: Path, steps: int, every: int | None) -> None:
    Run([10] * 9, tmp_path, every=every).go(steps)
    assert _asked(_recipe("none", every=every), steps).times == len(lines(tmp_path))
    assert _asked(_recipe("none", every=every), steps - 0.4).times == len(lines(tmp_path)), "no step is done by half"


def test_what_is_asked_is_counted_in_the_items(tmp_path: Path) -> None:
    """Beside what the probe itself puts through the model; replies are not asked for, and no item beyond the limit."""
    kinds: tuple[ProbeKind, ...] = ("term", "preference", "escalation")
    prompt = (Message("user", "Aching since Monday, and what is it called? " * 8),)
    items = [made_item(kind, number, prompt=prompt) for kind in kinds for number in range(30)]
    write_items(tmp_path / "items.jsonl", items)
    asked = _asked(_recipe(tmp_path / "items.jsonl", model=str(small_qwen3()), items=20))
    probe = MemoryProbe(read_items(tmp_path / "items.jsonl", limit=20), ChatRenderer.load(small_qwen3()))
    lengths = [len(line.ids) for batch in probe._batches for line in batch]
    assert (asked.items, asked.source) == (40, "counted")
    assert asked.once.total == pytest.approx(sum(lengths), rel=0.1)
    assert asked.once.squares == pytest.approx(sum(length**2 for length in lengths), rel=0.2)


def test_items_that_are_not_made_yet_are_taken_to_be_as_many_as_are_usually_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MEDGO_DATA", raising=False)
    for path in (tmp_path / "none.jsonl", "${MEDGO_DATA}/items.jsonl"):
        whole, few = _asked(_recipe(path)), _asked(_recipe(path, items=100))
        assert (whole.items, whole.source) == (3 * 640 + 220, "assumed")
        assert (few.items, few.source) == (400, "assumed")
        assert whole.once.total > 5 * few.once.total > 5 * few.once.loss > 0


def test_items_that_cannot_be_read_stop_the_plan(tmp_path: Path) -> None:
    (tmp_path / "items.jsonl").write_text('{"id": "term-1"}\n')
    with pytest.raises(InputError, match="not a probe item"):
        _planned(_recipe(tmp_path / "items.jsonl"))


def test_time_energy_and_cost_have_the_probes_in_them() -> None:
    """Naive: six hundred items a kind every hundred steps cost nothing."""
    without, planned = _planned(_recipe(None)), _planned(_recipe("none", every=10))
    stage = planned.stages[0]
    assert without.stages[0].probes is None
    assert stage.time == without.stages[0].time
    assert stage.probes
    assert stage.probe_time
    device = DEVICES["h200"]
    work = stage.probes.times * forward_work(model_shape("qwen3-32b"), stage.probes.once)
    assert stage.probe_time.seconds == pytest.approx(work / (8 * device.flops * 0.4))
    assert planned.seconds == pytest.approx(without.seconds + stage.probe_time.seconds)
    hours = 8 * stage.probe_time.seconds / 3600
    assert stage.probe_time.kilowatt_hours == pytest.approx(hours * device.watts / 1000)
    assert stage.probe_time.dollars == pytest.approx(hours * device.price)


def test_devices_share_the_items() -> None:
    """Naive: each asks all of them, and eight devices take as long as one, at eight times the price."""
    one, eight = (_planned(_recipe("none", every=10, processes=count)).stages[0].probe_time for count in (1, 8))
    assert one
    assert eight
    assert eight.seconds == pytest.approx(one.seconds / 8)
    assert eight.dollars == pytest.approx(one.dollars)


def test_the_command_shows_probes_in_a_line_of_their_own(tmp_path: Path) -> None:
    app = Typer()
    app.command()(plan)
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(json.dumps(_recipe(tmp_path / "items.jsonl", every=1000).model_dump(mode="json")))
    command = [str(recipe), "--tokens", "one=60M"]
    words = "The probes' items are not made yet"
    assumed = CliRunner().invoke(app, command)
    assert "2 × 2,140 items" in assumed.stdout
    assert words in assumed.stdout
    write_items(tmp_path / "items.jsonl", [made_item("term", number) for number in range(10)])
    counted = CliRunner().invoke(app, command)
    assert "2 × 10 items" in counted.stdout
    assert words not in counted.stdout
    told = json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)["stages"][0]["probes"]
    assert (told["times"], told["items"], told["source"]) == (2, 10, "guessed")
    assert told["seconds"] > 0
    unprobed = CliRunner().invoke(app, [*command, "stages.0.probe=null"])
    assert "probes" not in unprobed.stdout
