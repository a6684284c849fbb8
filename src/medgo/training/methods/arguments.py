"""A stage's recipe in the words of TRL's configurations. Knows no model and no data.

TRL's and transformers' defaults that bite are set here one by one: bfloat16 and activation checkpointing are on by
default, rows are cut at 1,024 tokens, a model given by name is loaded as float32.
"""

from __future__ import annotations

from typing import Any

from medgo.training.job import Job
from medgo.training.recipe import Optimiser

_LOG_EVERY = 1
_LOG_LINES = 500  # about so many log lines a stage, however long it is


def common_arguments(job: Job, steps: int, accumulate: int, *, cpu: bool, autocast: bool) -> dict[str, Any]:
    """Arguments that all methods share.

    Args:
        steps: Optimiser steps of the whole stage.
        accumulate: Micro-batches per step on one device.
        cpu: Whether the stage runs without a GPU.
        autocast: See :class:`medgo.training.running.model.Numbers`.
    """
    stage = job.stage
    return {
        "output_dir": str(job.checkpoints),
        "max_steps": steps,
        "num_train_epochs": 1,
        "per_device_train_batch_size": stage.batch.micro_rows,
        "gradient_accumulation_steps": accumulate,
        "max_length": None,  # rows were measured before; nothing is cut here
        "use_cpu": cpu,
        "bf16": autocast,
        "gradient_checkpointing": job.devices.recompute,
        # Every weight that learns has a gradient in every step: nothing needs to be looked for.
        "ddp_find_unused_parameters": False,
        "seed": job.seed,
        "data_seed": job.seed,
        "logging_steps": max(_LOG_EVERY, steps // _LOG_LINES),
        "logging_first_step": True,
        "logging_nan_inf_filter": False,
        "save_strategy": "steps",
        "save_steps": stage.checkpoints.every,  # and after the first step: running/first_step.py
        "remove_unused_columns": False,
        "dataloader_drop_last": False,
        "accelerator_config": {"even_batches": False, "split_batches": False, "dispatch_batches": False},
        "report_to": list(job.trackers),
        "disable_tqdm": True,
        **optimiser_arguments(stage.optimiser),
    }


def optimiser_arguments(optimiser: Optimiser) -> dict[str, Any]:
    """AdamW and its schedule."""
    return {
        "optim": "adamw_torch",  # the fused kernel's sums depend on how tensors are laid out
        "learning_rate": optimiser.learning_rate,
        "lr_scheduler_type": {"constant": "constant_with_warmup"}.get(optimiser.schedule, optimiser.schedule),
        "warmup_steps": optimiser.warmup,  # below 1 it is a share of the steps
        "weight_decay": optimiser.weight_decay,
        "max_grad_norm": optimiser.max_grad_norm,
        "adam_beta2": optimiser.beta2,
    }
