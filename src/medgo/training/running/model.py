"""The model that a stage trains: weights in the right numbers, an adapter where one is asked for. Knows no data."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import torch

from medgo.errors import EngineUnavailableError, UnsupportedRequestError
from medgo.inference.models import quiet_transformers
from medgo.training.job import Job
from medgo.training.methods.attention import use_short_attention
from medgo.training.methods.lora_kernel import fuse_adapters
from medgo.training.recipe import AdapterRecipe


@dataclass(frozen=True, slots=True)
class Numbers:
    """How a stage computes.

    Args:
        weights: Type that the base model is held in.
        autocast: Whether products are computed in bfloat16 while weights stay float32.
    """

    weights: torch.dtype
    autocast: bool


def numbers_for(job: Job, device: str) -> Numbers:
    """Choose number formats.

    A frozen base is held in bfloat16 where the device computes in it; weights that learn are float32, because an
    update of 1e-4 is lost in 8 bits of mantissa.
    """
    if job.precision == "float32":
        return Numbers(torch.float32, False)
    from medgo.inference.engines._numerics import cpu_has_bf16

    # Emulated, as on GPUs before Ampere, it is slower than float32.
    native = cpu_has_bf16() if device == "cpu" else torch.cuda.is_bf16_supported(including_emulation=False)
    if not native and job.precision == "auto":
        return Numbers(torch.float32, False)
    if job.stage.adapter.kind == "full":
        return Numbers(torch.float32, True)
    return Numbers(torch.bfloat16, False)


def open_model(job: Job, device: str) -> Any:
    """Load the stage's base model and put its adapter on, both from the job's seed.

    Raises:
        UnsupportedRequestError: A mixture of experts, or 4-bit weights without a GPU.
    """
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.from_pretrained(job.model_dir, local_files_only=True)
    if hasattr(config.get_text_config(), "output_router_logits"):
        raise UnsupportedRequestError("mixtures of experts are not trained: their balance loss is not followed")
    weights, more = numbers_for(job, device).weights, {}
    if job.stage.adapter.kind == "qlora":
        # Weights of 4 bits are made on a GPU and stay there: without a map, those of all processes on the first.
        more = {"quantization_config": _four_bits(weights), "device_map": {"": int(os.environ.get("LOCAL_RANK", "0"))}}
    with quiet_transformers():
        model = AutoModelForCausalLM.from_pretrained(job.model_dir, dtype=weights, local_files_only=True, **more)
    model.config.use_cache = False
    use_short_attention(model)
    if job.stage.adapter.kind == "full":
        return model
    return _with_adapter(model, job.stage.adapter, job.seed)


def _with_adapter(model: Any, adapter: AdapterRecipe, seed: int) -> Any:
    from peft import LoraConfig, get_peft_model

    layers = model.config.num_hidden_layers
    config = LoraConfig(
        r=adapter.r,
        lora_alpha=adapter.alpha,
        lora_dropout=adapter.dropout,
        target_modules=_targets(model, adapter),
        layers_to_transform=None if adapter.layers is None else list(range(layers - adapter.layers, layers)),
        task_type="CAUSAL_LM",
    )
    torch.manual_seed(seed)  # the adapter's first weights are random
    adapted = get_peft_model(model, config)
    fuse_adapters(adapted)
    return adapted


def _targets(model: Any, adapter: AdapterRecipe) -> str | list[str]:
    if isinstance(adapter.targets, tuple):
        return list(adapter.targets)
    if adapter.layers is None:
        return adapter.targets
    # PEFT takes layers only together with names.
    body = model.get_decoder().named_modules()
    return sorted({name.rpartition(".")[2] for name, module in body if isinstance(module, torch.nn.Linear)})


def _four_bits(computed_in: torch.dtype) -> Any:
    from importlib.util import find_spec

    if not torch.cuda.is_available():
        raise UnsupportedRequestError(
            "qlora holds the base model in 4 bits, which needs a GPU", hint="set adapter.kind=lora"
        )
    if find_spec("bitsandbytes") is None:
        raise EngineUnavailableError("qlora needs bitsandbytes", hint="pip install bitsandbytes")
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_compute_dtype=computed_in,
        bnb_4bit_use_double_quant=True,
    )
