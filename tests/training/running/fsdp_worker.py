"""Trains a small model with torch's own FSDP2 on CPUs: ``python -m tests.training.running.fsdp_worker FOLDER``.

The rows, their order, the head and the loss are ours; transformers' Trainer is left out, because accelerate ignores
``fsdp`` on a CPU. Every process takes every world-size-th micro-batch of a step.
"""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from safetensors.torch import save_file
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from transformers import AutoModelForCausalLM

from medgo.training.job import Job
from medgo.training.methods.collate import IGNORED, SftCollator
from medgo.training.methods.head import compact_head
from medgo.training.ordering.order import Order
from medgo.training.rows.token_file import read_token_file


def train(job: Job, rank: int, world: int) -> Any:
    """Three optimiser steps; the model."""
    from trl.trainer.utils import add_fused_lm_head

    model = AutoModelForCausalLM.from_pretrained(job.model_dir, dtype=torch.float32)
    add_fused_lm_head(model)
    assert compact_head(model)
    if world > 1:
        mesh = init_device_mesh("cpu", (world,))
        for layer in model.model.layers:
            fully_shard(layer, mesh=mesh)
        fully_shard(model, mesh=mesh)
    rows, order = read_token_file(job.rows_file), Order.load(job.order_file)
    collate = SftCollator(256, {"terms": 0, "questions": 1})
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3)
    micro = list(order)
    for step in range(order.steps):
        batches = [collate(list(rows.select(rows_))) for rows_ in micro[step * order.per_step :][: order.per_step]]
        learnt = sum(int((batch["labels"][:, 1:] != IGNORED).sum()) for batch in batches)
        for batch in batches[rank::world]:
            batch.pop("task_ids")
            losses = -model(**batch, use_cache=False, fused_lm_head=True).log_probs
            (losses.sum() / learnt * world).backward()  # FSDP averages gradients over the processes
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
    return model


def main() -> None:
    """Train the stage in the folder that was given; the first process writes the gathered weights."""
    warnings.simplefilter("ignore")
    job, rank, world = Job.load(Path(sys.argv[1])), int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    dist.init_process_group("gloo")
    model = train(job, rank, world)
    sharded = sum(weight.to_local().numel() for weight in model.parameters())
    state = get_model_state_dict(model, options=StateDictOptions(full_state_dict=True, cpu_offload=True))
    if rank == 0:
        (job.folder / "held").write_text(str(sharded))
        # Tied weights are one tensor under two names.
        save_file({name: value.clone() for name, value in state.items()}, job.folder / "weights.safetensors")
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
