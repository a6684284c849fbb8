"""Ray: one task a node, each runs ``run.sh``. 每节点一个任务，各自运行 run.sh。

    ray job submit -- python /shared/medgo/recipes/launch/on_ray.py --nodes 2 -- \
      recipes/medgo-32b/training.yaml recipes/launch/gpus_2x8xh200.yaml "stage1 stage2 dpo kto" devices.machines=2

As the recipe is: the whole model on every GPU, and probes while it trains. What sharding gives up: fsdp2_*.yaml.
The repository, with rows and probes, lies on a disk that all nodes share (here ``/shared/medgo``), so the recipe's
output does, too: ``--working-dir`` gives each node a copy without what git ignores. Set MEDGO_DATA, then start Ray.
Needs ``pip install "ray[default]"``. 代码、数据与输出须位于各节点共享的磁盘；启动 Ray 前设置 MEDGO_DATA。
"""

from __future__ import annotations

import argparse
import os
import subprocess
import uuid
from pathlib import Path

import ray
from ray.util.placement_group import placement_group
from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

_GPUS = 8


def address() -> str:
    """Address of the node that this task was put on."""
    return str(ray.util.get_node_ip_address())


def train(arguments: list[str], variables: dict[str, str], repository: Path) -> None:
    """Run every stage on this node's GPUs; fails when a stage does.

    Args:
        arguments: Of ``run.sh``; paths are from the repository.
        variables: What tells the nodes of a run apart, and where they meet.
        repository: The same folder on every node: a task of Ray's begins anywhere.
    """
    command = ["recipes/launch/run.sh", *arguments]
    subprocess.run(command, env={**os.environ, **variables}, cwd=repository, check=True)


def main() -> None:
    """Reserve whole nodes, let the first tell its address, start on all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=1)
    parser.add_argument("arguments", nargs="+")
    given = parser.parse_args()
    ray.init()
    group = placement_group([{"GPU": _GPUS, "CPU": _GPUS}] * given.nodes, strategy="STRICT_SPREAD")
    ray.get(group.ready())

    def on(node: int, gpus: int) -> dict[str, object]:
        strategy = PlacementGroupSchedulingStrategy(group, placement_group_bundle_index=node)
        return {"num_gpus": gpus, "scheduling_strategy": strategy, "max_retries": 0}

    first = ray.get(ray.remote(**on(0, 0))(address).remote())
    run, repository = uuid.uuid4().hex, Path(__file__).resolve().parents[2]
    tasks = []
    for node in range(given.nodes):
        variables = {"MACHINE_RANK": str(node), "MAIN_IP": first, "RUN_ID": run}
        tasks.append(ray.remote(**on(node, _GPUS))(train).remote(given.arguments, variables, repository))
    ray.get(tasks)


if __name__ == "__main__":
    main()
