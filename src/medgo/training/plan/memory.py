"""Bytes that training takes on each device, part by part. Knows no device and no clock.

State: weights, gradients and AdamW's two moments are 16 bytes a learnt weight (4 + 4 + 8), the bytes of ZeRO
(https://arxiv.org/abs/1910.02054, section 3.1), whole on every device or in shards. Activations: what autograd keeps
of transformers' own layer, counted tensor by tensor and tested against what it really keeps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from medgo.inference.models.registry import Architecture
from medgo.training.plan.shapes import adapted, adapted_layers, head_weights, learnt_weights, linear_weights
from medgo.training.recipe import AdapterRecipe, Method

# ``zero2`` is planned to show what it costs beside the others; runs do not offer it.
Sharding = Literal["none", "zero2", "fsdp2", "zero3"]

# NF4: 4 bits a weight, 8 bits for each 64 of them, 32 bits for each 64 · 256 (https://arxiv.org/abs/2305.14314).
_NF4_BYTES = 4 / 8 + 1 / 64 + 4 / (64 * 256)
# TRL's head multiplies [4096 tokens, 32768 columns of the vocabulary] at a time.
_TILE_TOKENS, _TILE_COLUMNS = 4096, 32_768
# DeepSpeed's defaults and those of recipes/launch: weights gathered ahead, and buckets that gradients travel in.
_ZERO_LIVE, _ZERO_BUCKET = 1e9, 5e8
# Python, torch and its kernels: measured here on a CPU (resident), assumed for CUDA and NCCL.
_LIBRARIES_GPU, _LIBRARIES_CPU = 1.5e9, 0.65e9


@dataclass(frozen=True, slots=True)
class Setting:
    """How one stage is trained.

    Args:
        devices: Over all machines.
        float32: Frozen weights and products in float32 instead of bfloat16.
        recompute: Layers keep only their input.
        rows: Sequences that go through the model at once on one device; for DPO, pairs.
        row_tokens: Tokens of each, padding included.
        packed: A sequence is many rows, and its mask a square of bytes.
        cached_reference: Reference log-probabilities come from the cache; else the reference model is held too.
        gpu: On a CPU, libraries take less and tiles of the head are copied more.
    """

    method: Method
    adapter: AdapterRecipe
    sharding: Sharding
    devices: int
    float32: bool
    recompute: bool
    rows: int
    row_tokens: int
    packed: bool
    cached_reference: bool = True
    gpu: bool = True

    @property
    def sequences(self) -> int:
        """Sequences at once: a pair is two."""
        return self.rows * (2 if self.method == "dpo" else 1)

    @property
    def tokens(self) -> int:
        """Tokens at once on one device."""
        return self.sequences * self.row_tokens

    @property
    def full(self) -> bool:
        """Every weight learns."""
        return self.adapter.kind == "full"

    @property
    def bytes_per_value(self) -> int:
        """Of an activation."""
        return 4 if self.float32 else 2

    @property
    def share(self) -> float:
        """Of the sharded state, on one device."""
        return 1 / self.devices if self.sharding in ("fsdp2", "zero3") else 1.0


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes on each device at the peak of a step.

    Args:
        weights: Frozen and learnt, with the bfloat16 copies that products use.
        gradients: Of learnt weights, with buckets that they travel in.
        optimiser: AdamW's moments.
        activations: Kept for the backward pass, and what the layer at work needs; they are gone when AdamW takes its
            step, whose temporaries count instead where they are larger.
        head: Its tile of logits, its gradients.
        gathered: Weights put together from shards for the layers at work.
        reference: A reference model, where its log-probabilities are not cached.
        libraries: What is there before any tensor.
    """

    weights: float
    gradients: float
    optimiser: float
    activations: float
    head: float
    gathered: float
    reference: float
    libraries: float

    @property
    def total(self) -> float:
        """All of it."""
        return sum(self.parts().values())

    def parts(self) -> dict[str, float]:
        """Name → bytes, in the order of a table."""
        return {
            "weights": self.weights,
            "gradients": self.gradients,
            "optimiser": self.optimiser,
            "activations": self.activations,
            "head": self.head,
            "gathered": self.gathered,
            "reference": self.reference,
            "libraries": self.libraries,
        }


def memory_of(shape: Architecture, setting: Setting) -> Memory:
    """Bytes on each device at the peak of a step."""
    learnt = learnt_weights(shape, setting.adapter)
    split = 1 / setting.devices if setting.sharding != "none" else 1.0
    return Memory(
        weights=_weights(shape, setting, learnt),
        gradients=_gradients(setting, learnt),
        optimiser=8.0 * learnt * split,
        activations=max(_activations(shape, setting), _step(setting, learnt)),
        head=_head(shape, setting),
        gathered=_gathered(shape, setting),
        reference=_reference(shape, setting),
        libraries=_LIBRARIES_GPU if setting.gpu else _LIBRARIES_CPU,
    )


def scoring_memory(shape: Architecture, setting: Setting) -> float:
    """Bytes on each device while reference log-probabilities are computed: a whole copy of the model, no gradients."""
    if setting.method == "sft" or not setting.cached_reference:
        return 0.0
    size = setting.bytes_per_value
    weights = 4.0 * shape.parameters if setting.full else _frozen(shape, setting)
    copies = size * shape.hidden * shape.intermediate  # of a product's weights, under autocast
    tile = min(setting.tokens, _TILE_TOKENS) * min(_TILE_COLUMNS, shape.vocabulary)
    passing = setting.tokens * size * (3 * shape.intermediate + 4 * shape.hidden)
    return weights + copies + passing + size * tile + (_LIBRARIES_GPU if setting.gpu else _LIBRARIES_CPU)


def kept_per_token(shape: Architecture, setting: Setting) -> float:
    """Bytes that autograd keeps of one layer for one token, with fused attention (sdpa or flash), without dropout.

    Both norms compute in float32 and keep their input so (4 bytes). Under full training they keep their normalised
    values too, and each product its input; an adapter keeps its input once and its r values. The feed-forward keeps
    gate, up, the activated gate and their product; attention keeps queries, keys, values, its result, and a
    log-sum-exp a head. Norms of queries and keys (Qwen3) keep as the others do.
    """
    size = setting.bytes_per_value
    wide, narrow = shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
    attention: float = 2 * size * (wide + narrow) + 4 * shape.heads
    if shape.qk_norm:
        attention += (4 + (size if setting.full else 0)) * (wide + narrow) + 4 * (shape.heads + shape.kv_heads)
    gates = 4.0 * size * shape.intermediate
    norms = 2 * (4.0 * shape.hidden + 4)
    if not setting.full:
        adapters = size * setting.adapter.r * len(adapted(shape, setting.adapter))
        return attention + gates + norms + 2 * size * shape.hidden + adapters
    # Weights are float32 and so is what norms give: every product makes its own copy in bfloat16, five a layer.
    inputs = (2 * 4 + 2 * 4) if setting.float32 else (2 * 4 + 5 * 2)
    return attention + gates + norms + inputs * shape.hidden


def _activations(shape: Architecture, setting: Setting) -> float:
    layers = adapted_layers(shape, setting.adapter)
    kept = kept_per_token(shape, setting)
    residual = 4 if setting.full else setting.bytes_per_value
    a_token = layers * residual * shape.hidden + kept if setting.recompute else layers * kept
    # The layer at work backward: gradients of gate, up and their product, and of two residual streams.
    at_work = 3.0 * setting.bytes_per_value * shape.intermediate + 2.0 * residual * shape.hidden
    mask = setting.sequences * setting.row_tokens**2 if setting.packed else 0.0
    return setting.tokens * (a_token + at_work) + mask


def _step(setting: Setting, learnt: int) -> float:
    """torch's AdamW takes all roots at once on a GPU, 4 bytes a weight; on a CPU, and in DeepSpeed, one by one."""
    return 4.0 * learnt * setting.share if setting.gpu and setting.sharding in ("none", "fsdp2") else 0.0


def _head(shape: Architecture, setting: Setting) -> float:
    """Every token may carry a loss: the last norm's values, gradients in float32, and a tile of logits."""
    size = setting.bytes_per_value
    tile = min(setting.tokens, _TILE_TOKENS) * min(_TILE_COLUMNS, shape.vocabulary)
    copies = size if setting.gpu else size + 12  # on a CPU plain torch makes three float32 copies of a tile
    of_weight = 4.0 * head_weights(shape) if setting.full else 0.0
    return setting.tokens * shape.hidden * (4 + size + 4.0) + copies * tile + of_weight


def _weights(shape: Architecture, setting: Setting, learnt: float) -> float:
    if setting.full:
        if setting.sharding in ("zero2", "zero3"):  # DeepSpeed: bfloat16 weights, float32 ones with the optimiser
            return 2.0 * shape.parameters * setting.share + 4.0 * shape.parameters / setting.devices
        copies = 0.0 if setting.float32 or setting.sharding == "fsdp2" else 2.0 * linear_weights(shape)
        return 4.0 * shape.parameters * setting.share + copies
    frozen = _frozen(shape, setting)
    # accelerate 1.15 leaves 4-bit weights whole on every device (utils/fsdp_utils.py, "Params4bit").
    whole = _NF4_BYTES * linear_weights(shape) if setting.adapter.kind == "qlora" else 0.0
    return whole + (frozen - whole + 4.0 * learnt) * setting.share


def _frozen(shape: Architecture, setting: Setting) -> float:
    inner = linear_weights(shape)
    if setting.adapter.kind == "qlora":
        return _NF4_BYTES * inner + 2.0 * (shape.parameters - inner)
    return float(setting.bytes_per_value * shape.parameters)


def _gradients(setting: Setting, learnt: float) -> float:
    if setting.sharding in ("zero2", "zero3"):
        return 2.0 * learnt / setting.devices + 2 * 2.0 * min(_ZERO_BUCKET, learnt)
    # DistributedDataParallel sends buckets that are a second copy of all gradients.
    copies = 2 if setting.sharding == "none" and setting.devices > 1 else 1
    return 4.0 * learnt * setting.share * copies


def _gathered(shape: Architecture, setting: Setting) -> float:
    """Two layers at a time, and what belongs to none (embeddings, head), with the gradients of one layer and of those.

    In 4 bits, layers are not in shards; the weights of the widest projection are unpacked to be multiplied.
    """
    size = setting.bytes_per_value
    layer = 0.0 if setting.adapter.kind == "qlora" else linear_weights(shape) / shape.layers
    outside = shape.parameters - linear_weights(shape)
    widest = 2.0 * shape.hidden * shape.intermediate if setting.adapter.kind == "qlora" else 0.0
    if setting.sharding not in ("fsdp2", "zero3") or setting.devices == 1:
        return widest
    if setting.sharding == "zero3":
        return size * min(_ZERO_LIVE, 2 * layer + outside) + size * outside * setting.full + widest
    gradients = size * (layer + outside) if setting.full else 0.0
    return 2 * size * layer + size * outside + gradients + widest


def _reference(shape: Architecture, setting: Setting) -> float:
    """Under an adapter the reference is the same model with the adapter off."""
    if setting.method == "sft" or setting.cached_reference or not setting.full:
        return 0.0
    return setting.bytes_per_value * shape.parameters * setting.share
