"""What a token of a stage costs, and what its devices could do: for the share of the peak that is shown. No trainer."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from transformers import AutoConfig
from trl.trainer.utils import get_peak_flops

from medgo.errors import UnsupportedRequestError
from medgo.training.job import Job
from medgo.training.ordering.order import Order
from medgo.training.plan.shapes import shape_of_config
from medgo.training.plan.work import Tokens, training_work
from medgo.training.running.progress import Speedometer
from medgo.training.running.step_tokens import ID_COLUMNS, row_lengths


def speedometer_of(job: Job, rows: Any, order: Order) -> Speedometer:
    """Useful operations of a mean token of the stage, and the peak of its GPUs in bfloat16.

    On a CPU, on an unknown GPU, and for families of models that are not counted, no share of the peak is shown.

    Args:
        job: The stage.
        rows: Its data set, with the columns of ``rows/token_file.py``.
        order: Of its rows.
    """
    if not torch.cuda.is_available():
        return Speedometer()
    peak = get_peak_flops(torch.cuda.get_device_name(0), "bfloat16")
    try:
        per_token = flops_per_token(job, rows, order)
    except UnsupportedRequestError:
        return Speedometer()
    return Speedometer(per_token, None if peak is None else peak * job.devices.processes * job.devices.machines)


def flops_per_token(job: Job, rows: Any, order: Order) -> float:
    """Useful operations of one token, forward and backward, as the planner counts them.

    Raises:
        UnsupportedRequestError: The model's family is not counted.
    """
    shape = shape_of_config(AutoConfig.from_pretrained(job.model_dir, local_files_only=True))
    prompt, answer, rejected = (row_lengths(rows, name)[order.rows] for name in ID_COLUMNS)
    whole = np.concatenate([prompt + answer, (prompt + rejected)[rejected > 0]])
    tokens = Tokens(float(whole.sum()), float(answer.sum() + rejected.sum()), float((whole**2).sum()))
    # Recomputation is no useful work: it is left out.
    return training_work(shape, job.stage.adapter, tokens, recompute=False).useful / tokens.total
