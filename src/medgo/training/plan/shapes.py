"""How many weights a model has, and how many of them learn. Reads configurations; loads no weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medgo.errors import UnsupportedRequestError
from medgo.inference.models import resolve_model
from medgo.inference.models.config import read_config
from medgo.inference.models.registry import ALIASES, KNOWN_MODELS, Architecture, parse_model_name
from medgo.training.recipe import AdapterRecipe

# transformers' model types whose layer is: two RMS norms, attention with separate projections, gated feed-forward.
_FAMILIES = {"llama": False, "mistral": False, "qwen2": False, "qwen3": True}
_FREE_OF_BIAS = ("attention_bias", "mlp_bias")


@dataclass(frozen=True, slots=True)
class Linear:
    """One projection of a layer.

    Args:
        inputs: Width of what goes in.
        outputs: Width of what comes out.
    """

    name: str
    inputs: int
    outputs: int

    @property
    def weights(self) -> int:
        """Its weights, without a bias."""
        return self.inputs * self.outputs


def model_shape(model: str) -> Architecture:
    """The shape of a model: published ones need no download, others only their ``config.json``.

    Args:
        model: Alias, hub id, or a folder with a ``config.json``.

    Raises:
        UnsupportedRequestError: Its layers are of another kind than those counted here.
        MedGoError: There is no such model on this machine.
    """
    folder = Path(model).expanduser()
    if not (folder / "config.json").is_file():
        name = parse_model_name(model)
        for known in KNOWN_MODELS:
            if ALIASES.get(model.lower()) is known or (name.target and known.hub_id == name.target):
                return known.architecture
        folder = resolve_model(model).path
    return shape_of_config(read_config(folder))


def shape_of_config(config: Any) -> Architecture:
    """The shape that a ``transformers`` configuration describes.

    Raises:
        UnsupportedRequestError: A family that is not counted here, or projections with a bias that is not counted.
    """
    value: dict[str, Any] = config.to_dict()
    family = value["model_type"]
    if family not in _FAMILIES:
        raise UnsupportedRequestError(
            f"a {family!r} model cannot be planned: only {', '.join(_FAMILIES)} are counted here",
            hint="plan with a dense model of that size, for example model=qwen3-8b, to get near",
        )
    if biased := [name for name in _FREE_OF_BIAS if value.get(name)]:
        raise UnsupportedRequestError(f"a {family} model with {biased[0]} is not counted here")
    heads = value["num_attention_heads"]
    return Architecture(
        layers=value["num_hidden_layers"],
        hidden=value["hidden_size"],
        intermediate=value["intermediate_size"],
        heads=heads,
        kv_heads=value.get("num_key_value_heads") or heads,
        head_dim=value.get("head_dim") or value["hidden_size"] // heads,
        vocabulary=value["vocab_size"],
        context=value["max_position_embeddings"],
        tied_embeddings=bool(value["tie_word_embeddings"]),
        qk_norm=_FAMILIES[family],
        qkv_bias=family == "qwen2",
    )


def linears(shape: Architecture) -> tuple[Linear, ...]:
    """The projections of one layer."""
    wide, narrow = shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
    return (
        Linear("q_proj", shape.hidden, wide),
        Linear("k_proj", shape.hidden, narrow),
        Linear("v_proj", shape.hidden, narrow),
        Linear("o_proj", wide, shape.hidden),
        Linear("gate_proj", shape.hidden, shape.intermediate),
        Linear("up_proj", shape.hidden, shape.intermediate),
        Linear("down_proj", shape.intermediate, shape.hidden),
    )


def linear_weights(shape: Architecture) -> int:
    """Weights of all projections of all layers, without embeddings, head and norms."""
    return shape.layers * sum(linear.weights for linear in linears(shape))


def head_weights(shape: Architecture) -> int:
    """Weights that the head multiplies by, whether it shares them with the embeddings or not."""
    return shape.vocabulary * shape.hidden


def adapted(shape: Architecture, adapter: AdapterRecipe) -> tuple[Linear, ...]:
    """The projections of a layer that carry an adapter.

    Raises:
        UnsupportedRequestError: The recipe names a module that a layer does not have.
    """
    all_of = linears(shape)
    if adapter.targets == "all-linear":
        return all_of
    names = {linear.name for linear in all_of}
    if unknown := sorted(set(adapter.targets) - names):
        raise UnsupportedRequestError(
            f"a layer has no {', '.join(unknown)}", hint=f"adapter.targets are all-linear or some of {sorted(names)}"
        )
    return tuple(linear for linear in all_of if linear.name in adapter.targets)


def adapted_layers(shape: Architecture, adapter: AdapterRecipe) -> int:
    """Layers, from the top, that anything is computed backward through."""
    if adapter.kind == "full":
        return shape.layers
    return min(adapter.layers or shape.layers, shape.layers)


def adapter_weights(shape: Architecture, adapter: AdapterRecipe) -> int:
    """Weights of a low-rank adapter: r (inputs + outputs) a projection (https://arxiv.org/abs/2106.09685, 4.1)."""
    a_layer = sum(adapter.r * (linear.inputs + linear.outputs) for linear in adapted(shape, adapter))
    return adapted_layers(shape, adapter) * a_layer


def learnt_weights(shape: Architecture, adapter: AdapterRecipe) -> int:
    """Weights that learn."""
    return shape.parameters if adapter.kind == "full" else adapter_weights(shape, adapter)
