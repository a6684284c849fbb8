"""Is what a checkpoint holds what was learnt? Asked after one step, so that a broken save costs that step, not a run.

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
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_utils import SaveStrategy

from medgo.errors import CorruptModelError
from medgo.training.job import Job

# Names and shapes in the files' headers.
_HEADER_SHARE, _HEADER_BYTES = 0.02, 2**20
_BROKEN = "the way weights are saved is broken with these versions; do not train on"


class SaveFirstStep(TrainerCallback):  # type: ignore[misc]
    """Has a checkpoint saved after the first step of a run, however many steps the next one is away.

    A run that goes on from a checkpoint is past its first step. All processes count the same steps, so all save.
    """

    def on_step_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **_: Any,
    ) -> None:
        """Ask for it, unless nothing of this run is saved."""
        if state.global_step == 1 and args.save_strategy != SaveStrategy.NO:
            control.should_save = True


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

    Under FSDP2 and ZeRO-3 no process holds the whole, so less is checked. Of an adapter, which is gathered into one
    file: names, shapes (one process's shard has others), and that values are finite; not that they are those in memory.
    Of a whole model: nothing. What only resuming reads is not looked at: the optimiser's state, and under sharding
    the weights once more, as FSDP2 or DeepSpeed lay them out; the manifest has its hashes.

    Args:
        model: What is trained, unwrapped.
        folder: The checkpoint.
        job: Whose it is.

    Raises:
        CorruptModelError: A weight is missing, is of another shape, has another value, or is not finite.
    """
    whole = job.devices.sharding == "none"
    if isinstance(model, PeftModel):
        saved = load_peft_weights(folder, device="cpu")
        if whole:
            _same(get_peft_model_state_dict(model), saved, folder)
        _check_places(model, saved, folder)
    elif whole:
        _check_whole(model, folder)


def _check_whole(model: Any, folder: Path) -> None:
    saved: set[str] = set()
    state = model.state_dict()
    for name, value in _saved_tensors(folder):
        saved.add(name)
        _same({name: state[name]} if name in state else {}, {name: value}, folder)
    # Tied weights are saved once, under one of their names.
    places = {state[name].data_ptr() for name in saved}
    if missing := [name for name, value in state.items() if value.data_ptr() not in places]:
        raise CorruptModelError(f"{folder} lacks weights: {', '.join(missing[:5])}")


def _check_places(model: PeftModel, saved: dict[str, torch.Tensor], folder: Path) -> None:
    """All find their place in a fresh model (on ``meta``: shapes without memory), which gets all it needs."""
    base = model.get_base_model()
    with torch.device("meta"):
        fresh = get_peft_model(type(base)(base.config), PeftConfig.from_pretrained(folder))
    _same_layout(get_peft_model_state_dict(fresh), saved, folder)
    if broken := [name for name, value in saved.items() if not bool(value.isfinite().all())]:
        raise CorruptModelError(f"{folder} has weights that are not finite: {', '.join(broken[:5])}")
    result = set_peft_model_state_dict(fresh, saved, low_cpu_mem_usage=True)
    if result.unexpected_keys:
        raise CorruptModelError(f"{folder} has weights that fit nowhere: {', '.join(result.unexpected_keys[:5])}")


def _same(live: dict[str, torch.Tensor], saved: dict[str, torch.Tensor], folder: Path) -> None:
    _same_layout(live, saved, folder)
    for name, value in live.items():
        if not torch.equal(value.detach().cpu(), saved[name].cpu()):
            raise CorruptModelError(
                f"{folder}: {name} reads back with other values ({saved[name].dtype}) than in memory ({value.dtype})",
                hint=_BROKEN,
            )


def _same_layout(expected: dict[str, torch.Tensor], saved: dict[str, torch.Tensor], folder: Path) -> None:
    if expected.keys() != saved.keys():
        names = sorted(expected.keys() ^ saved.keys())
        raise CorruptModelError(f"{folder} has other weights than are trained: {', '.join(names[:5])}", hint=_BROKEN)
    for name, value in expected.items():
        if value.shape != saved[name].shape:
            raise CorruptModelError(
                f"{folder}: {name} reads back as {tuple(saved[name].shape)}, not as {tuple(value.shape)}", hint=_BROKEN
            )


def _saved_tensors(folder: Path) -> Iterator[tuple[str, torch.Tensor]]:
    for file in sorted(folder.glob("*.safetensors")):
        with safe_open(file, framework="pt") as tensors:
            for name in tensors.keys():  # noqa: SIM118 - not a dict
                yield name, tensors.get_tensor(name)
