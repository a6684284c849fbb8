"""Ray: one task a node, each runs ``run.sh``. 每节点一个任务，各自运行 run.sh。

    ray job submit --working-dir . -- python recipes/launch/on_ray.py --nodes 2 -- \
      recipes/medgo-32b/training.yaml recipes/launch/gpus_2x8xh200.yaml "stage1 stage2 dpo kto" \
      devices.sharding=fsdp2 devices.machines=2

The recipe's output lies on a disk that all nodes share. Needs ``pip install "ray[default]"``. 输出目录须共享。
"""

from __future__ import annotations

import argparse
import os
import subprocess
import uuid

import ray
from ray.util.placement_group import placement_group
from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

_GPUS = 8


def address() -> str:
    """Address of the node that this task was put on."""
    return str(ray.util.get_node_ip_address())


def train(arguments: list[str], variables: dict[str, str]) -> None:
    """Run every stage on this node's GPUs; fails when a stage does."""
    subprocess.run(["recipes/launch/run.sh", *arguments], env={**os.environ, **variables}, check=True)


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
    run = uuid.uuid4().hex
    tasks = []
    for node in range(given.nodes):
        variables = {"MACHINE_RANK": str(node), "MAIN_IP": first, "RUN_ID": run}
        tasks.append(ray.remote(**on(node, _GPUS))(train).remote(given.arguments, variables))
    ray.get(tasks)


if __name__ == "__main__":
    main()
