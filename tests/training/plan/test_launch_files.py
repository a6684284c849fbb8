"""The launch files: accelerate's own classes read them, and they agree with the planner, run.sh and the recipes."""

from __future__ import annotations

import ast
import importlib.util
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from accelerate.commands.config.config_args import ClusterConfig, load_config_from_file
from accelerate.commands.launch import _validate_launch_command, launch_command_parser
from accelerate.utils import DistributedType
from torch.distributed.run import get_args_parser as torchrun_parser

from medgo.synthesis.recipe import load_recipe
from medgo.training.plan import memory
from medgo.training.recipe import Devices, load_training_recipe
from medgo.training.running import sharding
from medgo.training.running.sharding import sharding_arguments
from tests.training.plan.shown import ANY_RECIPE, LAUNCH, MEDGO_32B, ROOT, changes, medgo_commands, starts
from tests.training.plan.stand_ins import stand_ins

_CONFIGS = sorted(LAUNCH.glob("*_*.yaml"))
_TEMPLATES = [LAUNCH / name for name in ("run.sh", "slurm.sbatch", "on_ray.py", "skypilot.yaml")]
_RECIPES = sorted(ROOT.glob("recipes/*/training.yaml"))
_PAGES = sorted(ROOT.glob("docs/training*.md"))
_KINDS = {"gpus": DistributedType.MULTI_GPU, "fsdp2": DistributedType.FSDP, "zero3": DistributedType.DEEPSPEED}


def test_every_kind_has_a_file_for_one_node_and_for_two() -> None:
    assert [path.name for path in _CONFIGS] == sorted(
        f"{kind}_{nodes}8xh200.yaml" for kind in _KINDS for nodes in ("", "2x")
    )


@pytest.mark.parametrize("path", _CONFIGS, ids=lambda path: path.stem)
def test_accelerate_reads_it(path: Path) -> None:
    config = load_config_from_file(str(path))
    assert isinstance(config, ClusterConfig)
    machines = 2 if "2x8" in path.stem else 1
    assert config.distributed_type == _KINDS[path.stem.split("_")[0]]
    assert (config.num_machines, config.num_processes) == (machines, 8 * machines)
    if config.distributed_type is DistributedType.FSDP:
        assert config.fsdp_config["fsdp_version"] == 2
        assert config.fsdp_config["fsdp_reshard_after_forward"] is True
        assert config.fsdp_config["fsdp_cpu_ram_efficient_loading"] is False  # else references come from empty weights
    if config.distributed_type is DistributedType.DEEPSPEED:
        assert config.deepspeed_config["zero3_init_flag"] is False
        assert (ROOT / config.deepspeed_config["deepspeed_config_file"]).is_file()


@pytest.mark.parametrize("path", _CONFIGS, ids=lambda path: path.stem)
def test_accelerate_launch_takes_its_fields(path: Path) -> None:
    """Every field of a section is an argument of ``accelerate launch``: a misspelt one would be ignored silently."""
    known = {action.dest for action in launch_command_parser()._actions}
    config = yaml.safe_load(path.read_text())
    for section in ("fsdp_config", "deepspeed_config"):
        assert set(config.get(section, ())) <= known
    args = launch_command_parser().parse_args(["--config_file", str(path), "-m", "worker", "folder"])
    assert args.module
    assert args.training_script_args == ["folder"]


@pytest.mark.parametrize("kind", ["gpus", "fsdp2"])
def test_accelerate_takes_the_defaults_from_the_file(kind: str) -> None:
    args = launch_command_parser().parse_args(
        ["--config_file", str(LAUNCH / f"{kind}_8xh200.yaml"), "-m", "worker", "folder"]
    )
    args, _, precision_from_file = _validate_launch_command(args)
    assert (args.num_processes, precision_from_file) == (8, True)
    assert args.use_fsdp is (kind == "fsdp2")


def test_zero3_has_the_buckets_that_the_planner_counts() -> None:
    zero = json.loads((LAUNCH / "zero3.json").read_text())["zero_optimization"]
    assert zero["stage"] == 3
    assert zero["stage3_max_live_parameters"] == memory._ZERO_LIVE
    assert zero["reduce_bucket_size"] == memory._ZERO_BUCKET


def test_the_files_say_what_the_worker_sets() -> None:
    for path in LAUNCH.glob("fsdp2_*.yaml"):
        ours = sharding_arguments(Devices(sharding="fsdp2", recompute=True), "lora", cpu=False)["fsdp_config"]
        file = yaml.safe_load(path.read_text())["fsdp_config"]
        assert {f"fsdp_{key}": value for key, value in ours.items()}.items() <= file.items()
    file = json.loads((LAUNCH / "zero3.json").read_text())
    assert sharding._ZERO3["zero_optimization"].items() <= file["zero_optimization"].items()


def test_scripts_are_shell_and_templates_are_what_they_say() -> None:
    for name in ("run.sh", "slurm.sbatch"):
        subprocess.run(["bash", "-n", str(LAUNCH / name)], check=True)
    assert _sky()["resources"]["accelerators"] == "H200:8"
    ast.parse((LAUNCH / "on_ray.py").read_text())


@pytest.mark.parametrize(
    "file", [*_CONFIGS, *_TEMPLATES, *_RECIPES, *_PAGES], ids=lambda file: f"{file.parent.name}/{file.name}"
)
def test_recipes_take_every_change_that_is_shown(file: Path) -> None:
    """``devices.sharding=fsdp2`` alone is refused by a recipe with probes, whatever the page says of it."""
    shown = list(changes(file.read_text()))
    assert shown or file.name == "run.sh"
    for each in shown:
        for recipe in each.recipes:
            load_training_recipe(ROOT / recipe, each.overrides)
    for words in medgo_commands(file.read_text()):
        if words[1] == "synthesize" and "=" in words[-1]:
            load_recipe(ROOT / words[2], words[3:])


@pytest.mark.parametrize("file", [*_CONFIGS, *_TEMPLATES[:3], *_PAGES[:2]], ids=lambda file: file.name)
def test_every_start_that_is_shown_names_the_devices_of_its_config(file: Path) -> None:
    """A step's micro-batches are dealt out to the recipe's devices; accelerate starts those of its file."""
    shown = list(starts(file.read_text()))
    assert shown
    for each in shown:
        for recipe in each.recipes:
            loaded = load_training_recipe(ROOT / recipe, _with_eight(recipe, each.overrides))
            assert set(each.stages) == {stage.name for stage in loaded.stages}
            if each.config != "torchrun":
                _expect_devices(each.config, loaded.devices)


def _with_eight(recipe: str, overrides: tuple[str, ...]) -> tuple[str, ...]:
    """The small recipes are for one GPU; a page that says RECIPE means one for eight."""
    return overrides if recipe == MEDGO_32B else ("devices.processes=8", *overrides)


def _expect_devices(config: str, devices: Devices) -> None:
    file = yaml.safe_load((ROOT / config).read_text())
    assert (file["num_machines"], file["num_processes"]) == (devices.machines, devices.processes * devices.machines)


def test_the_launch_files_say_recipe_and_mean_all_of_them() -> None:
    for path in _CONFIGS:
        assert {recipe for each in starts(path.read_text()) for recipe in each.recipes} == set(ANY_RECIPE)


def _sky() -> dict[str, Any]:
    sky: dict[str, Any] = yaml.safe_load((LAUNCH / "skypilot.yaml").read_text())
    return sky


def test_the_rented_node_trains_what_its_recipe_takes() -> None:
    envs = _sky()["envs"]
    recipe = load_training_recipe(ROOT / envs["RECIPE"], envs["CHANGES"].split())
    _expect_devices(envs["CONFIG"], recipe.devices)
    assert envs["STAGES"].split() == [stage.name for stage in recipe.stages]
    assert any(stage.probe for stage in recipe.stages)  # what is given up for nothing on these GPUs


def _rented(folder: Path, script: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a part of the SkyPilot file in a work folder, with stand-ins for all programs."""
    (folder / ".venv/bin").mkdir(parents=True, exist_ok=True)
    (folder / ".venv/bin/activate").touch()
    (folder / "recipes").unlink(missing_ok=True)
    (folder / "recipes").symlink_to(ROOT / "recipes")
    variables = {**stand_ins(folder), **_sky()["envs"], "CHANGES": f"output={folder}/out", "HOME": str(folder), **more}
    return subprocess.run(
        ["bash", "-c", _sky()[script]],
        env=variables,
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_rented_node_is_set_up_with_benchmarks_rows_and_probes(tmp_path: Path) -> None:
    """The recipe's rows are compared with benchmarks or not made, and two of its stages ask probes."""
    sky = _sky()
    assert sky["envs"]["MEDGO_DATA"] in sky["file_mounts"]
    probes = {stage.probe.path for stage in load_training_recipe(ROOT / MEDGO_32B).stages if stage.probe}
    for _ in range(2):  # the second on a node that is there: medgo train probes refuses a file that is there
        done = _rented(tmp_path, "setup")
        assert done.returncode == 0, done.stderr
    first, second = (tmp_path / "log").read_text().split("medgo download qwen3-32b\n")[1:]
    rows = "results/synthesis/medgo-32b"
    assert first.splitlines()[:2] == [
        "medgo synthesize recipes/medgo-32b/synthesis.yaml", f"medgo train probes {probes.pop()} --rows {rows}",
    ]  # fmt: skip
    assert not probes
    assert "medgo train probes" not in second


def test_a_rented_job_that_is_recovered_waits_anew(tmp_path: Path) -> None:
    """It keeps its id on new machines; the first node's ready files of before must not be taken for this start's."""
    for address in ("10.0.0.4", "10.0.7.9"):
        known = {"SKYPILOT_NODE_RANK": "0", "SKYPILOT_TASK_ID": "job_1", "STAGES": "stage1"}
        done = _rented(tmp_path, "run", SKYPILOT_NODE_IPS=f"{address}\n10.0.0.5", **known)
        assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "out").glob("ready-job_1*-stage1"))) == 2
    assert "--main_process_ip 10.0.0.4" in (tmp_path / "log").read_text()


def test_a_ray_task_begins_in_the_repository_wherever_ray_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ray")
    spec = importlib.util.spec_from_file_location("on_ray", LAUNCH / "on_ray.py")
    assert spec is not None
    assert spec.loader is not None
    on_ray = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(on_ray)
    monkeypatch.setenv("PATH", stand_ins(tmp_path)["PATH"])
    monkeypatch.chdir(tmp_path)
    variables = {"MACHINE_RANK": "0", "MAIN_IP": "node0", "RUN_ID": "7"}
    on_ray.train([MEDGO_32B, "config.yaml", "stage1", f"output={tmp_path}/out"], variables, ROOT)
    assert "medgo train finish" in (tmp_path / "log").read_text()


def test_run_sh_prepares_trains_and_finishes_each_stage_once(tmp_path: Path) -> None:
    variables = stand_ins(tmp_path)
    recipe = ROOT / "recipes" / "qwen3-0.6b" / "training.yaml"
    command = [str(LAUNCH / "run.sh"), str(recipe), "config.yaml", "stage1 dpo", f"output={tmp_path}/out"]
    subprocess.run(command, env=variables, check=True)
    lines = (tmp_path / "log").read_text().splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["medgo", "train", "prepare"], ["accelerate", "launch", "--config_file"], ["medgo", "train", "finish"],
    ] * 2  # fmt: skip
    assert lines[1].endswith(f"config.yaml -m medgo.training.running.worker {tmp_path}/out/stage1")
    subprocess.run(command, env=variables, check=True)
    again = (tmp_path / "log").read_text().splitlines()[len(lines) :]
    assert [line.split()[2] for line in again] == ["prepare", "prepare"]  # what is done is not trained again
    # Naive: done.json is there, so a stage that was prepared from other rows is passed over.
    (tmp_path / "inputs").write_text('{"inputs": "other"}')
    subprocess.run(command, env=variables, check=True)
    anew = (tmp_path / "log").read_text().splitlines()[len(lines) + len(again) :]
    assert [line.split()[1] for line in anew] == ["train", "launch", "train"] * 2


_STATIC = {"MACHINE_RANK": "1", "MAIN_IP": "node0", "RUN_ID": "7"}


@pytest.mark.parametrize(
    ("changes", "variables", "said"),
    [
        ([], {}, "--nnodes 1 --nproc-per-node 8 --standalone"),
        (["devices.processes=4"], {}, "--nnodes 1 --nproc-per-node 4 --standalone"),
        (["devices.machines=2"], _STATIC,
         "--nnodes 2 --nproc-per-node 8 --node-rank 1 --master-addr node0 --master-port 29500"),
    ],
)  # fmt: skip
def test_run_sh_starts_torchrun_with_the_recipes_devices(
    tmp_path: Path, changes: list[str], variables: dict[str, str], said: str
) -> None:
    programs = {**stand_ins(tmp_path), **variables}
    (tmp_path / "out" / "ready-7-stage1").write_text(f"{tmp_path}/out/stage1\n")
    command = [str(LAUNCH / "run.sh"), str(ROOT / MEDGO_32B), "torchrun", "stage1", f"output={tmp_path}/out", *changes]
    subprocess.run(command, env=programs, check=True)
    (line,) = [line for line in (tmp_path / "log").read_text().splitlines() if line.startswith("torchrun")]
    assert line == f"torchrun {said} -m medgo.training.running.worker {tmp_path}/out/stage1"
    args = torchrun_parser().parse_args(line.split()[1:])  # torchrun's own: a misspelt option would be refused
    assert (args.module, args.training_script) == (True, "medgo.training.running.worker")
    assert (tmp_path / "patience").read_text() == "600\n"


def test_several_machines_without_the_address_of_the_first_are_refused(tmp_path: Path) -> None:
    """torchrun would wait for the others on this machine's own address."""
    command = [str(LAUNCH / "run.sh"), str(ROOT / MEDGO_32B), "torchrun", "stage1", f"output={tmp_path}/out"]
    command.append("devices.machines=2")
    done = subprocess.run(command, env=stand_ins(tmp_path), check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "MAIN_IP: the recipe names several machines" in done.stderr
    assert not (tmp_path / "log").exists()


def test_run_sh_on_another_machine_waits_and_only_trains(tmp_path: Path) -> None:
    variables = {**stand_ins(tmp_path), "MACHINE_RANK": "1", "MAIN_IP": "node0", "RUN_ID": "7"}
    (tmp_path / "out" / "ready-7-stage1").write_text(f"{tmp_path}/out/stage1\n")
    recipe = ROOT / "recipes" / "qwen3-0.6b" / "training.yaml"
    command = [str(LAUNCH / "run.sh"), str(recipe), "config.yaml", "stage1", f"output={tmp_path}/out"]
    subprocess.run(command, env=variables, check=True)
    (line,) = (tmp_path / "log").read_text().splitlines()
    assert "--machine_rank 1 --main_process_ip node0" in line


def _on_second(folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    variables = {**stand_ins(folder), "MACHINE_RANK": "1", "MAIN_IP": "node0", "POLL_SECONDS": "0.1", **more}
    recipe = ROOT / "recipes" / "qwen3-0.6b" / "training.yaml"
    command = [str(LAUNCH / "run.sh"), str(recipe), "config.yaml", "stage1", f"output={folder}/out"]
    return subprocess.run(command, env=variables, check=False, capture_output=True, text=True, timeout=30)


def test_another_machine_waits_for_so_long_and_says_what_is_missing(tmp_path: Path) -> None:
    done = _on_second(tmp_path, RUN_ID="7", READY_SECONDS="1")
    assert done.returncode == 1
    assert "ready-7-stage1 did not come" in done.stderr
    assert not (tmp_path / "log").exists()


def test_several_machines_without_a_run_of_their_own_are_refused(tmp_path: Path) -> None:
    """What an earlier start prepared would be taken for this one's."""
    done = _on_second(tmp_path)
    assert done.returncode != 0
    assert "RUN_ID: several machines need it" in done.stderr


def test_another_machine_hears_that_the_first_failed(tmp_path: Path) -> None:
    variables = {**stand_ins(tmp_path), "MACHINE_RANK": "0", "MAIN_IP": "node0", "RUN_ID": "7"}
    (tmp_path / "medgo").write_text("#!/usr/bin/env bash\nexit 3\n")
    recipe = ROOT / "recipes" / "qwen3-0.6b" / "training.yaml"
    command = [str(LAUNCH / "run.sh"), str(recipe), "config.yaml", "stage1", f"output={tmp_path}/out"]
    assert subprocess.run(command, env=variables, check=False).returncode == 3
    (tmp_path / "second").mkdir()
    second = stand_ins(tmp_path / "second") | {"MACHINE_RANK": "1", "MAIN_IP": "node0", "RUN_ID": "7"}
    done = subprocess.run(command, env=second, check=False, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert "the first machine failed" in done.stderr
