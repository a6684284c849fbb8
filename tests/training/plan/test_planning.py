"""Plans of the recipes in the repository, refusals that say what would fit (R12), tokens and time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from typer import Typer
from typer.testing import CliRunner

from medgo.cli._train_plan import plan
from medgo.errors import InputError, PlanRefusedError
from medgo.inference.devices import DEVICES
from medgo.training.job import Job
from medgo.training.ordering.order import Order
from medgo.training.plan.devices import measured_cpu
from medgo.training.plan.planning import plan_run, require_fit
from medgo.training.plan.tokens import count_tokens, parse_stated
from medgo.training.recipe import TrainingRecipe, load_training_recipe
from medgo.training.rows.token_file import write_token_file
from medgo.training.rows.tokens import Answer, TokenRow

_RECIPES = Path(__file__).parents[3] / "recipes"
_32B = _RECIPES / "medgo-32b" / "training.yaml"
_UNPROBED = ("stages.0.probe=null", "stages.1.probe=null")  # shards allow no probe in training
_SHARDED = ("devices.sharding=fsdp2", *_UNPROBED)
_FULL = ("stages.0.adapter.kind=full", "stages.1.adapter.kind=full")


def _recipe(**fields: Any) -> TrainingRecipe:
    stage = {"name": "one", "method": "sft", "data": [{"path": "rows.jsonl"}], "optimiser": {"learning_rate": 1e-4}}
    return TrainingRecipe.model_validate(
        {
            "name": "test",
            "model": "embedded",
            "output": "out",
            "stages": [{**stage, **fields.pop("stage", {})}],
            **fields,
        }
    )


@pytest.mark.parametrize(
    ("name", "device", "overrides"),
    [
        ("medgo-32b", "h200", ()),
        ("medgo-32b", "h200", (*_FULL, *_SHARDED)),
        ("medgo-32b", "h200", (*_FULL, *_UNPROBED, "devices.sharding=zero3", "devices.machines=2")),
        ("medgo-32b", "h100", (*_SHARDED, "stages.0.lengths.max_tokens=4096")),
        ("qwen3-0.6b", "rtx4090", ()),
        ("qwen3-4b", "rtx4090", ()),
        ("qwen3-8b", "h100", ()),
        ("qwen3-8b", "h200", ("devices.processes=8", "devices.sharding=fsdp2", "stages.0.adapter.kind=full")),
        ("qwen3-8b", "rtx4090", tuple(f"stages.{n}.adapter.kind=qlora" for n in range(4))),
    ],
)
def test_recipes_fit_where_they_say(name: str, device: str, overrides: tuple[str, ...]) -> None:
    recipe = load_training_recipe(_RECIPES / name / "training.yaml", overrides)
    assert [stage.method for stage in recipe.stages] == ["sft", "sft", "dpo", "kto"]
    planned = plan_run(recipe, DEVICES[device])
    if name == "medgo-32b" and device == "h100":  # 65 GB of reference, scored before the model is sharded
        assert all(stage.fits for stage in planned.stages[:2])
    else:
        require_fit(planned)


def test_full_32b_without_shards_is_refused_and_the_nearest_way_is_to_shard() -> None:
    planned = plan_run(load_training_recipe(_32B, _FULL), DEVICES["h200"])
    with pytest.raises(PlanRefusedError) as caught:
        require_fit(planned)
    assert "gradients 262 GB, optimiser 262 GB" in caught.value.message
    assert caught.value.hint.startswith(" ".join((*_SHARDED, "(")))
    assert "stages.0.adapter.kind=lora" in caught.value.hint


def test_float32_32b_on_one_h200_is_refused() -> None:
    recipe = load_training_recipe(_32B, ("devices.processes=1", "precision=float32"))
    with pytest.raises(PlanRefusedError, match="weights 13"):
        require_fit(plan_run(recipe, DEVICES["h200"]))
    require_fit(plan_run(load_training_recipe(_32B, ("devices.processes=1",)), DEVICES["h200"]))


def test_what_is_said_to_fit_fits_when_it_is_asked_for() -> None:
    for overrides in (_FULL, ("devices.recompute=false",), ("precision=float32",)):
        refused = plan_run(load_training_recipe(_32B, overrides), DEVICES["h200"]).stages[0]
        assert not refused.fits
        for way in refused.ways:
            keys = [word for word in way.words if not word.startswith("--")]
            changed = load_training_recipe(_32B, (*overrides, *keys))
            assert plan_run(changed, way.device).stages[0].fits, way.words


def test_full_preference_training_holds_the_whole_model_while_scoring() -> None:
    recipe = load_training_recipe(_32B, ("stages.2.adapter.kind=full", *_SHARDED))
    planned = plan_run(recipe, DEVICES["h200"])
    assert planned.stages[2].memory.total < 0.9 * 141e9
    with pytest.raises(PlanRefusedError, match="scoring the reference"):
        require_fit(planned)


def test_stated_tokens_make_time_and_it_grows_with_work() -> None:
    stated = parse_stated(("stage1=60M", "dpo=2.5M"), load_training_recipe(_32B))
    assert stated == {"stage1": 60e6, "dpo": 2.5e6}
    lora = plan_run(load_training_recipe(_32B), DEVICES["h200"], stated)
    full = plan_run(load_training_recipe(_32B, (*_FULL, *_SHARDED)), DEVICES["h200"], stated)
    two = plan_run(load_training_recipe(_32B, ("devices.machines=2",)), DEVICES["h200"], stated)
    first, whole, both = lora.stages[0].time, full.stages[0].time, two.stages[0].time
    assert first and whole and both
    assert lora.stages[1].time is None
    assert whole.seconds > 1.25 * first.seconds
    assert both.seconds == pytest.approx(first.seconds * 0.9 / 1.6)
    assert first.dollars == pytest.approx(first.seconds / 3600 * 8 * 3.5)
    with pytest.raises(InputError, match="stage3=60M"):
        parse_stated(("stage3=60M",), load_training_recipe(_32B))


def test_tokens_of_row_files_are_counted(tmp_path: Path) -> None:
    row = {"prompt": [{"role": "user", "content": "什么是高血压？" * 10}], "task": "qa"}
    row["completion"] = [{"role": "assistant", "content": "血压持续升高。" * 10}]
    other = {**row, "task": "other"}
    lines = [json.dumps(value, ensure_ascii=False) for value in (row, other, row)]
    (tmp_path / "rows.jsonl").write_text("\n".join(lines))
    recipe = _recipe(model="qwen3-32b", stage={"data": [{"path": str(tmp_path / "rows.jsonl"), "tasks": ["qa"]}]})
    found = count_tokens(recipe, recipe.stages[0], None, gpu=True)
    assert found is not None
    assert (found.rows, found.source) in ((2, "guessed"), (2, "counted"))
    assert 150 < found.work.total < 300
    assert found.work.loss < 0.6 * found.work.total
    assert count_tokens(_recipe(), _recipe().stages[0], None, gpu=True) is None


def _prepared(folder: Path, *, packed: bool) -> TrainingRecipe:
    """Three rows of 10, 20 and 30 tokens, half of them learnt; two micro-batches a step."""
    recipe = _recipe(output=str(folder), stage={"batch": {"rows": 4, "micro_rows": 2}})
    job = Job(folder / "1-one", folder, "m", "t", recipe.stages[0], 0, "auto", recipe.devices, (), "i", packed=packed)
    job.folder.mkdir(parents=True)
    rows = [
        TokenRow(str(n), "sft", "qa", "en", False, (1,) * half, {"completion": Answer((1,) * half, 0)})
        for n, half in enumerate((5, 10, 15))
    ]
    write_token_file(job.rows_file, rows)
    Order.of([[[0, 1], [2]], [[0, 2], [1]]]).save(job.order_file)
    job.save()
    return recipe


@pytest.mark.parametrize(("packed", "computed", "micro"), [(False, 40 + 30 + 60 + 20, (2, 30)), (True, 120, (1, 40))])
def test_a_prepared_order_is_counted_exactly(tmp_path: Path, packed: bool, computed: int, micro: Any) -> None:
    recipe = _prepared(tmp_path, packed=packed)
    found = count_tokens(recipe, recipe.stages[0], None, gpu=False)
    assert found is not None
    assert (found.source, found.work.total, found.work.loss, found.steps) == ("prepared", 120, 60, 2)
    assert found.work.squares == 2 * (100 + 400 + 900)
    assert (found.computed, found.micro) == (computed, micro)
    changed = _recipe(output=str(tmp_path), stage={"epochs": 3})
    assert count_tokens(changed, changed.stages[0], None, gpu=False) is None  # prepared for another recipe


def test_the_cpu_is_measured() -> None:
    device = measured_cpu()
    assert device.flops > 1e9
    assert device.memory > 1e9


def _app() -> Typer:
    app = Typer()
    app.command()(plan)
    return app


def test_the_command_prints_tables_and_refuses_with_code_one() -> None:
    run = CliRunner().invoke(_app(), [str(_32B), "--tokens", "stage1=60M"])
    assert run.exit_code == 0
    for word in ("activations", "± ", "CPU only", "120.0 M stated", "Worked out, not measured"):
        assert word in run.stdout
    refused = CliRunner().invoke(_app(), [str(_32B), _FULL[0], "--json"])
    assert refused.exit_code == 1
    value = json.loads(refused.stdout)
    assert not value["fits"]
    assert value["stages"][0]["would_fit"][0] == list(_SHARDED)
    assert "devices.sharding=fsdp2" in refused.stderr
    assert CliRunner().invoke(_app(), [str(_32B), "--device", "abacus"]).exit_code == 2


def test_weights_of_four_bits_under_zero_3_are_refused_before_anything_is_planned() -> None:
    stage = {"adapter": {"kind": "qlora"}, "batch": {"rows": 16, "micro_rows": 1}}
    with pytest.raises(ValidationError, match="ZeRO-3 cannot shard weights of 4 bits"):
        _recipe(stage=stage, devices={"processes": 8, "sharding": "zero3"})
    assert _recipe(stage=stage, devices={"processes": 8, "sharding": "fsdp2"})
