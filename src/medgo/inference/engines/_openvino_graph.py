"""A Llama-like model as an OpenVINO graph: Hugging Face weights in, a model file that OpenVINO's own tools run out.

Written with OpenVINO's operations from the model's configuration, because the reader of GGUF files loses precision and
the exporters of PyTorch models need other versions of ``transformers``. Knows nothing of requests, caches or precision
hints; which operations stay in float32 is written into the file (see ``docs/decisions/0003-openvino-precision.md``).

    b batch, s tokens, h hidden width, n heads, d head width
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

from medgo.errors import CorruptModelError, EngineUnavailableError
from medgo.inference.engines._openvino_library import Variable, VariableInfo, op, ov, state_op
from medgo.inference.models.safetensors_folder import SafetensorsFolder

SUPPORTED = ("llama", "qwen2", "qwen3")
# A clamp that changes nothing: fused into the product before it, it lets the product give float32.
_NO_BOUND = 3.0e38
_TYPES = {torch.float32: ov.Type.f32, torch.float16: ov.Type.f16, torch.bfloat16: ov.Type.bf16}


@dataclass(frozen=True, slots=True)
class Storage:
    """How weights are held in the file.

    Args:
        products: Type of the matrices inside the layers.
        embedding: Type of the embedding and the output matrix.
        keep_outputs: Products give float32 although they multiply in a shorter type.
    """

    products: torch.dtype
    embedding: torch.dtype
    keep_outputs: bool


def build_graph(config: Any, weights: SafetensorsFolder, storage: Storage) -> ov.Model:
    """Build the graph of a model: token ids and positions in, logits in float32 out, keys and values as state.

    Args:
        config: Configuration of ``transformers``.
        weights: Its tensors.
        storage: How they are held.

    Raises:
        EngineUnavailableError: The model is of a kind that is not built here.
        CorruptModelError: A tensor is missing.
    """
    check_supported(config)
    return _Builder(config, weights, storage).build()


def check_supported(config: Any) -> None:
    """Refuse a model that this graph would compute wrongly.

    Raises:
        EngineUnavailableError: Names what is not supported, and the engine that does it.
    """
    reasons = []
    if config.model_type not in SUPPORTED:
        reasons.append(f"the model type {config.model_type} (it runs {', '.join(SUPPORTED)})")
    elif config.hidden_act != "silu":
        reasons.append(f"the activation {config.hidden_act}")
    elif set(getattr(config, "layer_types", None) or ["full_attention"]) != {"full_attention"}:
        reasons.append("sliding-window attention")
    elif getattr(config, "mlp_bias", False):
        reasons.append("biases in the feed-forward layers")
    elif _rope_type(config) not in ("default", "linear", "llama3", "yarn"):
        reasons.append(f"the position encoding {_rope_type(config)}")
    if reasons:
        raise EngineUnavailableError(
            f"the openvino engine cannot run {reasons[0]}", hint="use --engine transformers for this model"
        )


def _rope_type(config: Any) -> str:
    return str(config.rope_parameters.get("rope_type", "default"))


def _rope_table(config: Any, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Cosines and sines of every position, [positions, d] each, computed as ``transformers`` does (float32)."""
    if _rope_type(config) == "default":
        base = config.rope_parameters["rope_theta"]
        frequencies, scale = 1.0 / (base ** (torch.arange(0, width, 2, dtype=torch.float) / width)), 1.0
    else:
        frequencies, scale = ROPE_INIT_FUNCTIONS[_rope_type(config)](config, torch.device("cpu"))
    angles = torch.outer(torch.arange(config.max_position_embeddings, dtype=torch.float), frequencies)
    angles = torch.cat([angles, angles], dim=-1)
    return (angles.cos() * scale).numpy(), (angles.sin() * scale).numpy()


class _Builder:
    """Names of tensors and operations in the order of the model."""

    def __init__(self, config: Any, weights: SafetensorsFolder, storage: Storage) -> None:
        self._config, self._weights, self._storage = config, weights, storage
        self._heads = config.num_attention_heads
        self._kv_heads = getattr(config, "num_key_value_heads", None) or self._heads
        self._width = getattr(config, "head_dim", None) or config.hidden_size // self._heads
        self._sinks: list[Any] = []

    def build(self) -> ov.Model:
        self._ids = _parameter("input_ids", [-1, -1], np.int64)
        self._mask = _parameter("attention_mask", [-1, -1], np.int64)
        self._positions = _parameter("position_ids", [-1, -1], np.int64)
        self._beams = _parameter("beam_idx", [-1], np.int32)
        table = self._matrix("model.embed_tokens.weight", self._storage.embedding)
        hidden = op.gather(table, op.convert(self._ids, "i32"), _i64(0))  # [b, s, h]
        self._cos, self._sin = (
            op.unsqueeze(op.gather(op.constant(values), self._positions, _i64(0)), _i64(1))  # [b, 1, s, d]
            for values in _rope_table(self._config, self._width)
        )
        self._visible = self._causal_mask()
        for layer in range(self._config.num_hidden_layers):
            hidden = self._layer(hidden, f"model.layers.{layer}.", layer)
        hidden = self._norm(hidden, "model.norm.weight")
        if not self._config.tie_word_embeddings:
            table = self._matrix("lm_head.weight", self._storage.embedding)
        logits = op.matmul(hidden, table, False, True, name="lm_head")
        logits.output(0).set_names({"logits"})
        parameters = [self._ids, self._mask, self._positions, self._beams]
        return ov.Model([op.result(logits, name="logits")], self._sinks, parameters, self._config.model_type)

    def _layer(self, hidden: Any, name: str, layer: int) -> Any:
        normed = self._norm(hidden, f"{name}input_layernorm.weight")
        query = self._rotate(self._project(normed, f"{name}self_attn.q", self._heads))
        key = self._rotate(self._project(normed, f"{name}self_attn.k", self._kv_heads))
        value = self._project(normed, f"{name}self_attn.v", self._kv_heads)
        key = self._remember(f"past_key_values.{layer}.keypresent.{layer}.key", key)
        value = self._remember(f"past_key_values.{layer}.valuepresent.{layer}.value", value)
        attended = op.scaled_dot_product_attention(query, key, value, self._visible)
        attended = op.reshape(op.transpose(attended, _i64([0, 2, 1, 3])), _i64([0, 0, -1]), True)
        hidden = op.add(hidden, self._linear(attended, f"{name}self_attn.o_proj"))
        normed = self._norm(hidden, f"{name}post_attention_layernorm.weight")
        gate = op.swish(self._linear(normed, f"{name}mlp.gate_proj"))
        inner = op.multiply(gate, self._linear(normed, f"{name}mlp.up_proj"))
        return op.add(hidden, self._linear(inner, f"{name}mlp.down_proj"))

    def _matrix(self, name: str, dtype: torch.dtype) -> Any:
        constant = op.constant(_tensor(self._weights[name].to(dtype)), name=name)
        return constant if dtype == torch.float32 else op.convert(constant, "f32")

    def _vector(self, name: str) -> Any:
        return op.constant(self._weights[name].float().numpy())

    def _linear(self, x: Any, name: str) -> Any:
        """[…, in] → […, out]."""
        y = op.matmul(x, self._matrix(f"{name}.weight", self._storage.products), False, True, name=name)
        if f"{name}.bias" in self._weights:
            y = op.add(y, self._vector(f"{name}.bias"))
        return op.clamp(y, -_NO_BOUND, _NO_BOUND) if self._storage.keep_outputs else y

    def _norm(self, x: Any, name: str) -> Any:
        """Divide by the root mean square over the last axis."""
        mean = op.reduce_mean(op.power(x, _f32(2.0)), _i64([-1]), True)
        scale = op.divide(_f32(1.0), op.sqrt(op.add(mean, _f32(self._config.rms_norm_eps))))
        return op.multiply(op.multiply(x, scale), self._vector(name))

    def _project(self, x: Any, name: str, heads: int) -> Any:
        """[b, s, h] → [b, n, s, d]."""
        y = op.reshape(self._linear(x, f"{name}_proj"), _i64([0, 0, heads, self._width]), True)
        if f"{name}_norm.weight" in self._weights:
            y = self._norm(y, f"{name}_norm.weight")
        return op.transpose(y, _i64([0, 2, 1, 3]))

    def _rotate(self, x: Any) -> Any:
        half = self._width // 2
        first = op.slice(x, _i64([0]), _i64([half]), _i64([1]), _i64([3]))
        second = op.slice(x, _i64([half]), _i64([self._width]), _i64([1]), _i64([3]))
        turned = op.concat([op.multiply(second, _f32(-1.0)), first], -1)
        return op.add(op.multiply(x, self._cos), op.multiply(turned, self._sin))

    def _remember(self, name: str, new: Any) -> Any:
        """Append to the state [b, kv heads, s, d] and repeat it for the query heads: [b, n, s, d]."""
        info = VariableInfo()
        info.data_shape = ov.PartialShape([-1, self._kv_heads, -1, self._width])
        info.data_type, info.variable_id = ov.Type.f32, name
        variable = Variable(info)
        batch = op.gather(op.shape_of(self._ids, "i64"), _i64([0]), _i64(0))
        empty = op.broadcast(_f32(0.0), op.concat([batch, _i64([self._kv_heads, 0, self._width])], 0))
        past = op.gather(state_op.read_value(empty, variable), self._beams, _i64(0))
        whole = op.concat([past, new], 2)
        self._sinks.append(state_op.assign(whole, variable))
        repeats = _i64([1, 1, self._heads // self._kv_heads, 1, 1])
        repeated = op.broadcast(op.unsqueeze(whole, _i64(2)), repeats, broadcast_spec="BIDIRECTIONAL")
        return op.reshape(repeated, _i64([0, self._heads, -1, self._width]), True)

    def _causal_mask(self) -> Any:
        """[b, 1, s, past + s]: 0 where a token may look, else as good as minus infinity."""
        length = op.gather(op.shape_of(self._mask, "i64"), _i64(1), _i64(0))
        keys = op.unsqueeze(op.range(_i64(0), length, _i64(1), "i64"), _i64([0, 1]))
        earlier = op.less_equal(keys, op.unsqueeze(self._positions, _i64(2)))
        seen = op.logical_and(earlier, op.unsqueeze(op.convert(self._mask, "boolean"), _i64(1)))
        return op.unsqueeze(op.select(seen, _f32(0.0), _f32(-65504.0)), _i64(1))


def _tensor(values: torch.Tensor) -> ov.Tensor:
    """The same bytes as an OpenVINO tensor; numpy has no bfloat16."""
    values = values.contiguous()
    tensor = ov.Tensor(_TYPES[values.dtype], ov.Shape(list(values.shape)))

    if values.dtype == torch.float32:
        tensor.data[...] = values.numpy()
    else:
        tensor.data.view(np.int16)[...] = values.view(torch.int16).numpy()
    return tensor


def _parameter(name: str, shape: list[int], dtype: Any) -> Any:
    parameter = op.parameter(shape, dtype, name=name)
    parameter.output(0).set_names({name})
    return parameter


def _i64(values: int | list[int]) -> Any:
    return op.constant(np.array(values, dtype=np.int64))


def _f32(value: float) -> Any:
    if not math.isfinite(value):
        raise CorruptModelError(f"the configuration holds {value}")
    return op.constant(np.float32(value))
