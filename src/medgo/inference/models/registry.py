"""The models that MedGo knows by name, and how a name is read. Touches no disk and no network."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Literal

from medgo.errors import ModelNotFoundError

Source = Literal["hf", "modelscope"]
Scope = Literal["embedded", "hub", "local"]

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_REVISION = re.compile(r"[\w./-]+")


@dataclass(frozen=True, slots=True)
class Architecture:
    """The published shape of a decoder-only model, enough to count its bytes.

    Args:
        qk_norm: Queries and keys are normalised per head (Qwen3), which adds two vectors of ``head_dim`` a layer.
        context: Longest sequence it was trained for, in tokens.
        qkv_bias: Queries, keys and values have a bias (Qwen2).
    """

    layers: int
    hidden: int
    intermediate: int
    heads: int
    kv_heads: int
    head_dim: int
    vocabulary: int
    context: int
    tied_embeddings: bool
    qk_norm: bool = True
    qkv_bias: bool = False

    @property
    def parameters(self) -> int:
        """Number of parameters, each tensor counted once."""
        attention = self.hidden * self.head_dim * (2 * self.heads + 2 * self.kv_heads)
        norms = 2 * self.hidden + (2 * self.head_dim if self.qk_norm else 0)
        biases = self.head_dim * (self.heads + 2 * self.kv_heads) if self.qkv_bias else 0
        layer = attention + 3 * self.hidden * self.intermediate + norms + biases
        embeddings = self.vocabulary * self.hidden * (1 if self.tied_embeddings else 2)
        return self.layers * layer + embeddings + self.hidden

    def kv_cache_bytes(self, tokens: int, bytes_per_value: int = 2) -> int:
        """Return the bytes that keys and values of ``tokens`` tokens take."""
        return 2 * self.layers * self.kv_heads * self.head_dim * bytes_per_value * tokens


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model with a short name.

    Args:
        hub_id: ``organisation/name`` on Hugging Face and ModelScope; empty for the embedded model.
        licence: SPDX identifier as published.
    """

    alias: str
    hub_id: str
    licence: str
    architecture: Architecture
    note: str


@dataclass(frozen=True, slots=True)
class ModelName:
    """A name, read.

    Args:
        text: As the user wrote it.
        target: Hub id for ``hub``, a path for ``local``, empty for ``embedded``.
        source: Where the name says that it comes from; None when it does not say.
        revision: Branch, tag or commit; None is the default branch.
    """

    text: str
    scope: Scope
    target: str = ""
    source: Source | None = None
    revision: str | None = None


def _qwen3(layers: int, hidden: int, intermediate: int, heads: int, *, tied: bool) -> Architecture:
    # https://huggingface.co/Qwen: config.json of each size. Heads of 128, 8 of them for keys and values, in every size.
    return Architecture(layers, hidden, intermediate, heads, 8, 128, 151_936, 40_960, tied_embeddings=tied)


_SMOLLM2_135M = Architecture(30, 576, 1536, 9, 3, 64, 49_152, 8_192, tied_embeddings=True, qk_norm=False)
_QWEN3_32B = _qwen3(64, 5120, 25_600, 64, tied=False)

KNOWN_MODELS: tuple[KnownModel, ...] = (
    KnownModel(
        "embedded",
        "",
        "Apache-2.0",
        _SMOLLM2_135M,
        "SmolLM2-135M-Instruct, installed with MedGo: shows that the machinery works, has no medical skill",
    ),
    KnownModel("medgo", "OpenMedZoo/MedGo", "Apache-2.0", _QWEN3_32B, "the MedGo medical model, based on Qwen3-32B"),
    *(
        KnownModel(
            f"qwen3-{size.lower()}", f"Qwen/Qwen3-{size}", "Apache-2.0", architecture, "general model, zh and en"
        )
        for size, architecture in (
            ("0.6B", _qwen3(28, 1024, 3072, 16, tied=True)),
            ("1.7B", _qwen3(28, 2048, 6144, 16, tied=True)),
            ("4B", _qwen3(36, 2560, 9728, 32, tied=True)),
            ("8B", _qwen3(36, 4096, 12_288, 32, tied=False)),
            ("14B", _qwen3(40, 5120, 17_408, 40, tied=False)),
            ("32B", _QWEN3_32B),
        )
    ),
)
ALIASES: dict[str, KnownModel] = {model.alias: model for model in KNOWN_MODELS}


def parse_model_name(name: str) -> ModelName:
    """Read an alias, ``[hf:|modelscope:]organisation/name[@revision]``, a folder or a ``.gguf`` file.

    Raises:
        ModelNotFoundError: The text is none of these.
    """
    if known := ALIASES.get(name.lower()):
        return ModelName(name, "hub", known.hub_id) if known.hub_id else ModelName(name, "embedded")
    prefix, _, rest = name.partition(":")
    source: Source | None = "hf" if prefix == "hf" else "modelscope" if prefix == "modelscope" else None
    if source is None:
        if name.lower().endswith(".gguf") or name.startswith((".", "/", "~")) or "\\" in name:
            return ModelName(name, "local", name)
        rest = name
    target, _, revision = rest.partition("@")
    if known := ALIASES.get(target.lower()):
        target = known.hub_id
    if _HUB_ID.fullmatch(target) and (not revision or _REVISION.fullmatch(revision)):
        return ModelName(name, "hub", target, source, revision or None)
    raise ModelNotFoundError(f"there is no model called {name!r}", hint=_suggestion(name))


def _suggestion(name: str) -> str:
    close = difflib.get_close_matches(name.lower(), ALIASES, n=1)
    if close:
        return f"did you mean {close[0]!r}? `medgo models` lists all names"
    return f"use a folder, a .gguf file, a hub id such as Qwen/Qwen3-4B, or one of: {', '.join(ALIASES)}"
