"""The launch files: accelerate's own classes read them, and they agree with the planner and with run.sh."""

from __future__ import annotations

import ast
import json
import os
import subprocess
from pathlib import Path

import pytest
import yaml
from accelerate.commands.config.config_args import ClusterConfig, load_config_from_file
from accelerate.commands.launch import _validate_launch_command, launch_command_parser
from accelerate.utils import DistributedType

from medgo.training.plan import memory
from medgo.training.recipe import Devices
from medgo.training.running import sharding
from medgo.training.running.sharding import sharding_arguments

_ROOT = Path(__file__).parents[3]
_LAUNCH = _ROOT / "recipes" / "launch"
_CONFIGS = sorted(_LAUNCH.glob("*_*.yaml"))
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
        assert (_ROOT / config.deepspeed_config["deepspeed_config_file"]).is_file()


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
        ["--config_file", str(_LAUNCH / f"{kind}_8xh200.yaml"), "-m", "worker", "folder"]
    )
    args, _, precision_from_file = _validate_launch_command(args)
    assert (args.num_processes, precision_from_file) == (8, True)
    assert args.use_fsdp is (kind == "fsdp2")


def test_zero3_has_the_buckets_that_the_planner_counts() -> None:
    zero = json.loads((_LAUNCH / "zero3.json").read_text())["zero_optimization"]
    assert zero["stage"] == 3
    assert zero["stage3_max_live_parameters"] == memory._ZERO_LIVE
    assert zero["reduce_bucket_size"] == memory._ZERO_BUCKET


def test_the_files_say_what_the_worker_sets() -> None:
    for path in _LAUNCH.glob("fsdp2_*.yaml"):
        ours = sharding_arguments(Devices(sharding="fsdp2", recompute=True), "lora", cpu=False)["fsdp_config"]
        file = yaml.safe_load(path.read_text())["fsdp_config"]
        assert {f"fsdp_{key}": value for key, value in ours.items()}.items() <= file.items()
    file = json.loads((_LAUNCH / "zero3.json").read_text())
    assert sharding._ZERO3["zero_optimization"].items() <= file["zero_optimization"].items()


def test_scripts_are_shell_and_templates_are_what_they_say() -> None:
    for name in ("run.sh", "slurm.sbatch"):
        subprocess.run(["bash", "-n", str(_LAUNCH / name)], check=True)
    sky = yaml.safe_load((_LAUNCH / "skypilot.yaml").read_text())
    assert sky["resources"]["accelerators"] == "H200:8"
    assert (_ROOT / sky["envs"]["RECIPE"]).is_file()
    assert (_ROOT / sky["envs"]["CONFIG"]).is_file()
    ast.parse((_LAUNCH / "on_ray.py").read_text())


def _stand_ins(folder: Path) -> dict[str, str]:
    """A ``medgo`` and an ``accelerate`` that write down how they were called."""
    log = folder / "log"
    (folder / "medgo").write_text(
        f'#!/usr/bin/env bash\necho "medgo $*" >> {log}\n'
        f'stage="${{@: -1}}"; [[ $2 == prepare ]] && mkdir -p {folder}/out/$stage && echo {folder}/out/$stage\n'
        f"[[ $2 == prepare ]] && cat {folder}/inputs > {folder}/out/$stage/job.json\n"
        f"[[ $2 == finish ]] && cat {folder}/inputs > $3/done.json; true\n"
    )
    (folder / "accelerate").write_text(f'#!/usr/bin/env bash\necho "accelerate $*" >> {log}\n')
    for name in ("medgo", "accelerate"):
        (folder / name).chmod(0o755)
    (folder / "out").mkdir()
    (folder / "inputs").write_text('{"inputs": "one"}')
    python = _ROOT / ".venv" / "bin"
    return {**os.environ, "PATH": f"{folder}:{python}:{os.environ['PATH']}"}


def test_run_sh_prepares_trains_and_finishes_each_stage_once(tmp_path: Path) -> None:
    variables = _stand_ins(tmp_path)
    recipe = _ROOT / "recipes" / "qwen3-0.6b" / "training.yaml"
    command = [str(_LAUNCH / "run.sh"), str(recipe), "config.yaml", "stage1 dpo", f"output={tmp_path}/out"]
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


def test_run_sh_on_another_machine_waits_and_only_trains(tmp_path: Path) -> None:
    variables = {**_stand_ins(tmp_path), "MACHINE_RANK": "1", "MAIN_IP": "node0", "RUN_ID": "7"}
    (tmp_path / "out" / "ready-7-stage1").write_text(f"{tmp_path}/out/stage1\n")
    recipe = _ROOT / "recipes" / "qwen3-0.6b" / "training.yaml"
    command = [str(_LAUNCH / "run.sh"), str(recipe), "config.yaml", "stage1", f"output={tmp_path}/out"]
    subprocess.run(command, env=variables, check=True)
    (line,) = (tmp_path / "log").read_text().splitlines()
    assert "--machine_rank 1 --main_process_ip node0" in line


def _on_second(folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    variables = {**_stand_ins(folder), "MACHINE_RANK": "1", "MAIN_IP": "node0", "POLL_SECONDS": "0.1", **more}
    recipe = _ROOT / "recipes" / "qwen3-0.6b" / "training.yaml"
    command = [str(_LAUNCH / "run.sh"), str(recipe), "config.yaml", "stage1", f"output={folder}/out"]
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
    variables = {**_stand_ins(tmp_path), "MACHINE_RANK": "0", "MAIN_IP": "node0", "RUN_ID": "7"}
    (tmp_path / "medgo").write_text("#!/usr/bin/env bash\nexit 3\n")
    recipe = _ROOT / "recipes" / "qwen3-0.6b" / "training.yaml"
    command = [str(_LAUNCH / "run.sh"), str(recipe), "config.yaml", "stage1", f"output={tmp_path}/out"]
    assert subprocess.run(command, env=variables, check=False).returncode == 3
    (tmp_path / "second").mkdir()
    second = _stand_ins(tmp_path / "second") | {"MACHINE_RANK": "1", "MAIN_IP": "node0", "RUN_ID": "7"}
    done = subprocess.run(command, env=second, check=False, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert "the first machine failed" in done.stderr
