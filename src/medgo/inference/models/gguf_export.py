"""Writing a Hugging Face folder as a GGUF file, for Ollama and llama.cpp. One tensor is in memory at a time.

Knows Llama, Qwen2 and Qwen3. Names and layout follow llama.cpp's ``convert_hf_to_gguf.py``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import gguf
import numpy as np
import torch
import yaml
from gguf import GGMLQuantizationType as Kind
from gguf import GGUFWriter

from medgo.errors import CorruptModelError, StorageError, UnsupportedRequestError
from medgo.inference.models.config import read_config
from medgo.inference.models.gguf_tokenizer import GgufTokenizer, describe_tokenizer
from medgo.inference.models.safetensors_folder import SafetensorsFolder
from medgo.store.atomic import fsync_folder

GgufDtype = Literal["f32", "f16", "bf16", "q8_0"]

_ARCHITECTURES = {"llama": gguf.MODEL_ARCH.LLAMA, "qwen2": gguf.MODEL_ARCH.QWEN2, "qwen3": gguf.MODEL_ARCH.QWEN3}
_KINDS = {"f32": Kind.F32, "f16": Kind.F16, "bf16": Kind.BF16, "q8_0": Kind.Q8_0}
_FILE_TYPES = {
    "f32": gguf.LlamaFileType.ALL_F32,
    "f16": gguf.LlamaFileType.MOSTLY_F16,
    "bf16": gguf.LlamaFileType.MOSTLY_BF16,
    "q8_0": gguf.LlamaFileType.MOSTLY_Q8_0,
}
_Q8_BLOCK = 32


@dataclass(frozen=True, slots=True)
class _Plan:
    """A tensor to be written: from which one, under which name, and whether its rows are permuted."""

    source: str
    name: str
    kind: Kind
    shape: tuple[int, ...]
    permute_heads: int | None


def export_gguf(model_dir: Path, output: Path, dtype: GgufDtype = "q8_0") -> None:
    """Write a model as one GGUF file, which appears only when it is complete.

    Args:
        model_dir: Folder in Hugging Face format with safetensors and a fast tokenizer.
        output: The file to write or replace.
        dtype: How matrices are held; vectors are always float32.

    Raises:
        UnsupportedRequestError: The model's architecture, position encoding or tokenizer has no GGUF form here.
        CorruptModelError: The folder cannot be read.
        StorageError: The disk did not take the file; nothing is left of it.
    """
    config, tokenizer = _load(model_dir)
    weights = SafetensorsFolder(model_dir)
    plans = list(_plan_tensors(config, weights, dtype))
    temporary = output.with_name(f".{output.name}.{os.getpid()}.partial")
    writer = GGUFWriter(None, gguf.MODEL_ARCH_NAMES[_ARCHITECTURES[config.model_type]])
    _describe_model(writer, config, model_dir, dtype)
    _describe_tokenizer(writer, describe_tokenizer(tokenizer, config.vocab_size))
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        _write(writer, plans, weights, temporary)
        temporary.replace(output)
        fsync_folder(output.parent)
    except OSError as error:
        raise StorageError(
            f"{output} cannot be written: {error.strerror or error}", hint="make room, or choose another folder"
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _load(model_dir: Path) -> tuple[Any, Any]:
    from transformers import AutoTokenizer

    config = read_config(model_dir)
    try:
        tokenizer = AutoTokenizer.from_pretrained(model_dir, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        raise CorruptModelError(f"the tokenizer in {model_dir} cannot be read: {error}") from error
    if config.model_type not in _ARCHITECTURES:
        raise UnsupportedRequestError(
            f"models of type {config.model_type} cannot be written to GGUF",
            hint=f"this works for {', '.join(_ARCHITECTURES)}",
        )
    return config, tokenizer


def _plan_tensors(config: Any, weights: SafetensorsFolder, dtype: GgufDtype) -> Iterator[_Plan]:
    architecture = _ARCHITECTURES[config.model_type]
    names = gguf.get_tensor_name_map(architecture, config.num_hidden_layers)
    for source in weights:
        if source == "lm_head.weight" and config.tie_word_embeddings:
            continue
        name = names.get_name(source, try_suffixes=(".weight", ".bias"))
        if name is None:
            raise UnsupportedRequestError(f"the tensor {source} has no place in a GGUF file")
        shape = weights.shape(source)
        kind = _KINDS[dtype] if len(shape) > 1 else Kind.F32
        if kind is Kind.Q8_0 and shape[-1] % _Q8_BLOCK:
            kind = Kind.F16  # rows that are not whole blocks
        yield _Plan(source, name, kind, shape, _heads_to_permute(config, source))


def _heads_to_permute(config: Any, source: str) -> int | None:
    """llama.cpp rotates neighbouring pairs in Llama (not in Qwen), so the rows of q and k are put side by side."""
    if config.model_type != "llama":
        return None
    if ".q_proj." in source:
        return int(config.num_attention_heads)
    return int(config.num_key_value_heads) if ".k_proj." in source else None


def _convert(plan: _Plan, tensor: torch.Tensor) -> np.ndarray:
    """Values as they stand in the file; a float is kept exactly where its type allows."""
    values: np.ndarray = tensor.float().contiguous().numpy()
    if plan.permute_heads is not None:
        split = values.reshape(plan.permute_heads, 2, -1, *values.shape[1:])
        values = split.swapaxes(1, 2).reshape(values.shape)
    if plan.kind is Kind.F32:
        return np.ascontiguousarray(values)
    if plan.kind is Kind.F16:
        return values.astype(np.float16)
    quantized: np.ndarray = gguf.quants.quantize(values, plan.kind)
    return quantized


def _write(writer: GGUFWriter, plans: list[_Plan], weights: SafetensorsFolder, path: Path) -> None:
    for plan in plans:
        block, block_bytes = gguf.GGML_QUANT_SIZES[plan.kind]
        size = int(np.prod(plan.shape)) // block * block_bytes
        writer.add_tensor_info(plan.name, plan.shape, np.dtype(np.float32), size, raw_dtype=plan.kind)
    writer.open_output_file(path)
    try:
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for plan in plans:
            writer.write_tensor_data(_convert(plan, weights[plan.source]))
        for file in writer.fout or []:
            file.flush()
            os.fsync(file.fileno())
    finally:
        writer.close()


def _describe_model(writer: GGUFWriter, config: Any, model_dir: Path, dtype: GgufDtype) -> None:
    heads = config.num_attention_heads
    width = getattr(config, "head_dim", None) or config.hidden_size // heads
    writer.add_type(gguf.GGUFType.MODEL)
    writer.add_name(model_dir.resolve().name)
    if license_id := _license(model_dir):
        writer.add_license(license_id)
    writer.add_file_type(_FILE_TYPES[dtype])
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_vocab_size(config.vocab_size)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(heads)
    writer.add_head_count_kv(getattr(config, "num_key_value_heads", None) or heads)
    writer.add_key_length(width)
    writer.add_value_length(width)
    writer.add_rope_dimension_count(width)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    _describe_rope(writer, config.rope_parameters)


def _describe_rope(writer: GGUFWriter, rope: dict[str, Any]) -> None:
    kind = rope.get("rope_type", "default")
    writer.add_rope_freq_base(rope["rope_theta"])
    if kind == "default":
        return
    if kind not in ("linear", "yarn"):
        raise UnsupportedRequestError(f"the position encoding {kind} cannot be written to GGUF")
    writer.add_rope_scaling_type(gguf.RopeScalingType(kind))
    writer.add_rope_scaling_factor(rope["factor"])
    if kind == "yarn":
        writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])


def _describe_tokenizer(writer: GGUFWriter, tokenizer: GgufTokenizer) -> None:
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(tokenizer.pre)
    writer.add_token_list(tokenizer.tokens)
    writer.add_token_types(tokenizer.types)
    if tokenizer.merges:
        writer.add_token_merges(tokenizer.merges)
    add = {
        "bos": writer.add_bos_token_id,
        "eos": writer.add_eos_token_id,
        "unk": writer.add_unk_token_id,
        "pad": writer.add_pad_token_id,
    }
    for name, token_id in tokenizer.special.items():
        add[name](token_id)
    writer.add_add_bos_token(False)
    if tokenizer.chat_template:
        writer.add_chat_template(tokenizer.chat_template)


def _license(model_dir: Path) -> str | None:
    """The licence that the folder's model card names, if there is one."""
    card = model_dir / "README.md"
    if not card.is_file():
        return None
    parts = card.read_text("utf-8", errors="replace").split("---\n", 2)
    if len(parts) < 3 or parts[0].strip():
        return None
    try:
        meta = yaml.safe_load(parts[1])
    except yaml.YAMLError:
        return None
    found = meta.get("license") if isinstance(meta, dict) else None
    return found if isinstance(found, str) else None
