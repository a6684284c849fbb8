"""What a training stage leaves behind, without training: adapters and full models with random changes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

_TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def load(folder: Path, dtype: str = "auto") -> Any:
    """The model of a folder."""
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, local_files_only=True)


def random_adapter(base: Path, folder: Path, *, spread: float = 0.02, seed: int = 1, **options: Any) -> Path:
    """Save a LoRA adapter of a base; ``spread`` is the deviation of its B matrices, 0 leaves them as they start."""
    import torch
    from peft import LoraConfig, get_peft_model

    settings: dict[str, Any] = {"r": 4, "lora_alpha": 8, "target_modules": _TARGETS, "task_type": "CAUSAL_LM"} | options
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = get_peft_model(load(base, "float32"), LoraConfig(**settings))
        for name, weights in model.named_parameters():
            if "lora_B" in name:
                weights.data.normal_(std=spread) if spread else weights.data.zero_()
    model.save_pretrained(folder)
    return folder


def random_full(base: Path, folder: Path, *, spread: float = 0.02, seed: int = 1, dtype: str = "float32") -> Path:
    """Save a full model in which every matrix moved."""
    import torch

    model = load(base, "float32")
    generator = torch.Generator().manual_seed(seed)
    for weights in model.parameters():
        weights.data += torch.randn(weights.shape, generator=generator) * spread
    model.to(getattr(torch, dtype)).save_pretrained(folder)
    return folder


def as_stored(base: Path, folder: Path, *, dtype: str = "float32", max_shard_size: str = "50GB") -> Path:
    """Save a base again, in another type or in shards, with its tokenizer's files."""
    load(base, dtype).save_pretrained(folder, max_shard_size=max_shard_size)
    for file in base.iterdir():
        if not (folder / file.name).exists() and file.suffix != ".safetensors":
            shutil.copy(file, folder)
    return folder


def untied(base: Path, folder: Path) -> Path:
    """A copy of a tied base with an output matrix of its own."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.from_pretrained(base)
    config.tie_word_embeddings = False
    with torch.random.fork_rng():
        torch.manual_seed(3)
        model = AutoModelForCausalLM.from_config(config)
    model.save_pretrained(folder)
    for file in base.iterdir():
        if not (folder / file.name).exists() and file.suffix != ".safetensors":
            shutil.copy(file, folder)
    settings = json.loads((base / "generation_config.json").read_text())
    (folder / "generation_config.json").write_text(json.dumps(settings))
    return folder
