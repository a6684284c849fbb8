"""Is what a checkpoint holds what was learnt? Asked of the first one, so that a broken save costs one step, not a run.

Seen elsewhere: only the first process's shard was saved (https://github.com/huggingface/accelerate/issues/4206), or
the whole base in each adapter checkpoint.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from peft import (
    PeftConfig,
    PeftModel,
    get_peft_model,
    get_peft_model_state_dict,
    load_peft_weights,
    set_peft_model_state_dict,
)
from safetensors import safe_open

from medgo.errors import CorruptModelError
from medgo.training.job import Job

# Names and shapes in the files' headers.
_HEADER_SHARE, _HEADER_BYTES = 0.02, 2**20


def check_size(model: Any, folder: Path, job: Job) -> None:
    """Compare the bytes of saved weights with those that learn.

    Under ZeRO-3 a process does not know the whole sizes, and under FSDP2 the weights may lie in shards: then nothing
    is compared.

    Args:
        model: What is trained, in this process.
        folder: Of the checkpoint.
        job: Whether an adapter or all weights learn.

    Raises:
        CorruptModelError: The files hold far more (the base within an adapter) or far less (one process's shard).
    """
    files = sorted(folder.glob("*.safetensors"))
    if job.devices.sharding != "none" and not files:
        return
    if job.devices.sharding == "zero3":
        return
    learnt = sum(weight.numel() * weight.element_size() for weight in model.parameters() if weight.requires_grad)
    saved = sum(file.stat().st_size for file in files)
    slack = _HEADER_SHARE * learnt + _HEADER_BYTES
    if saved > learnt + slack:
        raise CorruptModelError(
            f"the checkpoint holds {saved} bytes of weights, but only {learnt} bytes learn: the base is in it",
            hint="a tokenizer with added tokens makes PEFT save the embeddings; train with the base's own tokenizer",
        )
    if saved < learnt - slack:
        raise CorruptModelError(f"the checkpoint holds {saved} bytes of weights, but {learnt} bytes learn")


def check_saved_weights(model: Any, folder: Path, job: Job) -> None:
    """Load the weights of a checkpoint as a later program would, and compare them bit for bit with those in memory.

    Sharded states are not compared here: no process holds the whole.

    Args:
        model: What is trained, unwrapped.
        folder: The checkpoint.
        job: Whose it is.

    Raises:
        CorruptModelError: A weight is missing, is of another shape, or has another value.
    """
    if job.devices.sharding != "none":
        return
    if isinstance(model, PeftModel):
        _check_adapter(model, folder)
        return
    saved: set[str] = set()
    state = model.state_dict()
    for name, value in _saved_tensors(folder):
        saved.add(name)
        _same({name: state[name]} if name in state else {}, {name: value}, folder)
    # Tied weights are saved once, under one of their names.
    places = {state[name].data_ptr() for name in saved}
    if missing := [name for name, value in state.items() if value.data_ptr() not in places]:
        raise CorruptModelError(f"{folder} lacks weights: {', '.join(missing[:5])}")


def _check_adapter(model: PeftModel, folder: Path) -> None:
    """Values as in memory, and all of them find their place in a fresh model (on ``meta``: shapes without memory)."""
    saved = load_peft_weights(folder, device="cpu")
    _same(get_peft_model_state_dict(model), saved, folder)
    base = model.get_base_model()
    with torch.device("meta"):
        fresh = get_peft_model(type(base)(base.config), PeftConfig.from_pretrained(folder))
    result = set_peft_model_state_dict(fresh, saved, low_cpu_mem_usage=True)
    if result.unexpected_keys:
        raise CorruptModelError(f"{folder} has weights that fit nowhere: {', '.join(result.unexpected_keys[:5])}")
    if lacking := sorted(get_peft_model_state_dict(fresh).keys() - saved.keys()):
        raise CorruptModelError(f"{folder} lacks weights: {', '.join(lacking[:5])}")


def _same(live: dict[str, torch.Tensor], saved: dict[str, torch.Tensor], folder: Path) -> None:
    if live.keys() != saved.keys():
        names = sorted(live.keys() ^ saved.keys())
        raise CorruptModelError(f"{folder} has other weights than are trained: {', '.join(names[:5])}")
    for name, value in live.items():
        other = saved[name]
        if value.shape != other.shape or not torch.equal(value.detach().cpu(), other.cpu()):
            raise CorruptModelError(
                f"{folder}: {name} reads back as {tuple(other.shape)} {other.dtype}, "
                f"unlike the {tuple(value.shape)} {value.dtype} in memory",
                hint="the way weights are saved is broken with these versions; do not train on",
            )


def _saved_tensors(folder: Path) -> Iterator[tuple[str, torch.Tensor]]:
    for file in sorted(folder.glob("*.safetensors")):
        with safe_open(file, framework="pt") as tensors:
            for name in tensors.keys():  # noqa: SIM118 - not a dict
                yield name, tensors.get_tensor(name)
