"""A stage's devices in the words of transformers' arguments: FSDP2 and ZeRO-3. Knows no model."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from medgo.errors import EngineUnavailableError, UnsupportedRequestError
from medgo.training.recipe import Adapter, Devices

# DeepSpeed fills "auto" in from the Trainer's arguments.
_ZERO3: dict[str, Any] = {
    "zero_optimization": {
        "stage": 3,
        "overlap_comm": True,
        "contiguous_gradients": True,
        # Without it what was learnt is saved as shards that only DeepSpeed reads.
        "stage3_gather_16bit_weights_on_model_save": True,
    },
    "bf16": {"enabled": "auto"},
    "gradient_accumulation_steps": "auto",
    "gradient_clipping": "auto",
    "train_batch_size": "auto",
    "train_micro_batch_size_per_gpu": "auto",
}


def sharding_arguments(devices: Devices, adapter: Adapter, *, cpu: bool) -> dict[str, Any]:
    """Arguments of the Trainer that spread a model over devices; whatever launches the processes, these decide.

    Args:
        devices: Of the stage.
        adapter: Which weights learn.
        cpu: Whether the stage runs without a GPU.

    Raises:
        UnsupportedRequestError: Sharding without a GPU.
        EngineUnavailableError: ZeRO-3 without DeepSpeed.
    """
    if devices.sharding == "none":
        return {}
    if cpu:
        # accelerate ignores `fsdp` with `use_cpu`: every process would hold the whole model, without a word.
        raise UnsupportedRequestError(
            f"{devices.sharding} shards a model over GPUs, and there is none here", hint="set devices.sharding=none"
        )
    if devices.sharding == "fsdp2":
        return {"fsdp": True, "fsdp_config": _fsdp2(devices, adapter), "gradient_checkpointing": False}
    if find_spec("deepspeed") is None:
        raise EngineUnavailableError(
            "devices.sharding=zero3 needs DeepSpeed, which is not installed",
            hint="pip install deepspeed, or set devices.sharding=fsdp2, which torch brings along",
        )
    return {"deepspeed": _ZERO3}


def _fsdp2(devices: Devices, adapter: Adapter) -> dict[str, Any]:
    return {
        "version": 2,
        "reshard_after_forward": True,
        "auto_wrap_policy": "TRANSFORMER_BASED_WRAP",  # one unit a layer, as the model names its layers
        # With true only the first process would read weights, and reference models are not synchronised.
        "cpu_ram_efficient_loading": False,
        # An adapter is small: gathered, its checkpoints can be read back and compared. Whole models stay in shards,
        # which are written by all processes at once.
        "state_dict_type": "SHARDED_STATE_DICT" if adapter == "full" else "FULL_STATE_DICT",
        # FSDP's own recomputation gathers weights once less than the Trainer's:
        # https://github.com/huggingface/transformers/issues/30404
        "activation_checkpointing": devices.recompute,
    }


def gather_what_is_saved(accelerator: Any) -> None:
    """Have the next save write whole weights instead of shards; call it before what was learnt is written."""
    plugin = accelerator.state.fsdp_plugin
    if plugin is not None:
        plugin.set_state_dict_type("FULL_STATE_DICT")
