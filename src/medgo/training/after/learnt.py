"""What a stage learnt, tensor by tensor: a LoRA adapter or a whole model. Writes no model; never holds more than one.

An adapter's folder is PEFT's, with ``medgo.json`` beside it in which the worker named the base.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import torch
from safetensors import SafetensorError, safe_open

from medgo.errors import CorruptModelError, InputError, ModelNotFoundError, UnsupportedRequestError
from medgo.inference.models import resolve_model, weights_hash
from medgo.inference.models.check import check_hf_folder, check_safetensors, known_sha256, read_json_object
from medgo.inference.models.convert import MARKER as CONVERSION
from medgo.inference.models.convert import is_intact
from medgo.inference.models.safetensors_folder import SafetensorsFolder
from medgo.store.hashing import fingerprint

SIGNATURE = "medgo.json"
ADAPTER_CONFIG, ADAPTER_WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
_PREFIX = "base_model.model."
_HEAD, _EMBEDDING = "lm_head.weight", "model.embed_tokens.weight"
_A, _B = ".lora_A.weight", ".lora_B.weight"
# Settings of an adapter that change what it computes, with the only value that is merged here.
_PLAIN: dict[str, Any] = {
    "use_rslora": False,
    "use_dora": False,
    "fan_in_fan_out": False,
    "lora_bias": False,
    "bias": "none",
    "modules_to_save": None,
    "target_parameters": None,
    "trainable_token_indices": None,
}


class Learnt(Protocol):
    """What was learnt about a base's tensors."""

    kind: Literal["lora", "full"]
    changed: frozenset[str]

    def learnt(self, name: str) -> torch.Tensor:
        """The tensor after training, in float32; ``name`` is one of ``changed``."""
        ...


def hash_of_model(folder: Path) -> str:
    """Hash every byte of a model folder's weights.

    Raises:
        ModelNotFoundError: There is no model.
        CorruptModelError: It is damaged.
    """
    return weights_hash(resolve_model(str(folder.absolute())))


def names_of_model(folder: Path) -> set[str]:
    """Hashes that a stage may name a base by: of its weights, or of the GGUF file it was converted from."""
    names = {hash_of_model(folder)}
    if (folder / CONVERSION).is_file() and is_intact(folder):
        names.add(str(read_json_object(folder / CONVERSION)["weights"]))
    return names


def is_adapter(folder: Path) -> bool:
    """Whether the folder holds an adapter, not a whole model."""
    return (folder / ADAPTER_CONFIG).is_file()


def hash_of_learnt(folder: Path) -> str:
    """Hash what was learnt: weights, and an adapter's configuration.

    Raises:
        ModelNotFoundError: The folder holds neither an adapter nor a model.
        CorruptModelError: A file is missing or damaged.
    """
    files = [file.path for file in check_hf_folder(folder)] if not is_adapter(folder) else _adapter_files(folder)
    return fingerprint([known_sha256(path) for path in files])


def open_learnt(folder: Path, base_dir: Path, base: SafetensorsFolder) -> Learnt:
    """Open an adapter or a whole model and check that it belongs to a base.

    Args:
        folder: What was learnt.
        base_dir: Folder of the base.
        base: Its weights.

    Raises:
        InputError: It was trained on another base.
        UnsupportedRequestError: An adapter of a kind that cannot be added to the weights here.
        CorruptModelError: A file is missing or damaged.
        ModelNotFoundError: The folder holds neither.
    """
    if not folder.is_dir():
        raise ModelNotFoundError(f"there is no folder {folder}", hint="give the adapter/ or model/ folder of a stage")
    _check_signature(folder, base_dir)
    return LoraWeights(folder, base) if is_adapter(folder) else FullWeights(folder, base_dir, base)


class FullWeights:
    """A whole model that was trained, as the trainer saved it."""

    kind: Literal["lora", "full"] = "full"

    def __init__(self, folder: Path, base_dir: Path, base: SafetensorsFolder) -> None:
        check_hf_folder(folder)
        self._weights = SafetensorsFolder(folder)
        # A tied head may be stored or not, on either side; it always is the embedding.
        tied = {_HEAD} if read_json_object(base_dir / "config.json").get("tie_word_embeddings") else set()
        if apart := sorted((set(base) ^ set(self._weights)) - tied):
            raise _another_base(folder, f"the tensor {apart[0]} is in one of them only")
        self._source = {name: name if name in self._weights else _EMBEDDING for name in base}
        self.changed = frozenset(self._source)
        for name, source in self._source.items():
            if self._weights.shape(source) != base.shape(name):
                raise _another_base(folder, _shapes(name, self._weights.shape(source), base.shape(name)))

    def learnt(self, name: str) -> torch.Tensor:
        """See :class:`Learnt`."""
        return self._weights[self._source[name]].float()


@dataclass(frozen=True, slots=True)
class _Pair:
    a: str  # names in the adapter's file
    b: str
    scale: float


class LoraWeights:
    """A LoRA adapter of PEFT: W + scale · B A, with scale = alpha / r (https://arxiv.org/abs/2106.09685, section 4.1).

    Args:
        folder: Of the adapter.
        base: Weights it is added to.
    """

    kind: Literal["lora", "full"] = "lora"

    def __init__(self, folder: Path, base: SafetensorsFolder) -> None:
        self._base = base
        config = _read_config(folder)
        _adapter_files(folder)
        try:
            file: Any = safe_open(folder / ADAPTER_WEIGHTS, "pt")
        except (OSError, SafetensorError) as error:
            raise CorruptModelError(f"{folder / ADAPTER_WEIGHTS} cannot be read: {error}") from error
        self._file = file
        self._pairs = _pair_up(folder, list(map(str, file.keys())), config, self._shape)
        self.changed = frozenset(self._pairs)
        for name, pair in self._pairs.items():
            if name not in base:
                raise _another_base(folder, f"the base has no tensor {name}")
            shape = (self._shape(pair.b)[0], self._shape(pair.a)[1])
            if shape != base.shape(name):
                raise _another_base(folder, _shapes(name, shape, base.shape(name)))

    def learnt(self, name: str) -> torch.Tensor:
        """See :class:`Learnt`; [out, in]."""
        pair = self._pairs[name]
        a: torch.Tensor = self._file.get_tensor(pair.a).float()  # [r, in]
        b: torch.Tensor = self._file.get_tensor(pair.b).float()  # [out, r]
        return self._base[name].float() + (b @ a) * pair.scale

    def _shape(self, key: str) -> tuple[int, ...]:
        return tuple(self._file.get_slice(key).get_shape())


def _read_config(folder: Path) -> dict[str, Any]:
    config = read_json_object(folder / ADAPTER_CONFIG)
    if config.get("peft_type") != "LORA":
        raise UnsupportedRequestError(f"{folder} is an adapter of kind {config.get('peft_type')}; only LoRA is merged")
    for key, plain in _PLAIN.items():
        if config.get(key) and config[key] != plain:
            raise UnsupportedRequestError(
                f"the adapter in {folder} has {key} = {config[key]!r}, which is not merged here",
                hint="merge it with peft's merge_and_unload, or train an adapter without it",
            )
    return config


def _pair_up(folder: Path, keys: list[str], config: dict[str, Any], shape: Any) -> dict[str, _Pair]:
    from peft.utils.other import get_pattern_key

    pairs = {}
    for key in keys:
        if not (key.startswith(_PREFIX) and key.endswith((_A, _B))):
            raise UnsupportedRequestError(f"the adapter in {folder} holds {key}, which is no LoRA matrix of a layer")
        module = key.removeprefix(_PREFIX).removesuffix(_A).removesuffix(_B)
        a, b = _PREFIX + module + _A, _PREFIX + module + _B
        if a not in keys or b not in keys:
            raise CorruptModelError(f"the adapter in {folder} has only one of the two matrices of {module}")
        patterns: dict[str, float] = config.get("alpha_pattern") or {}
        alpha = patterns.get(get_pattern_key(list(patterns), module), config["lora_alpha"])
        pairs[f"{module}.weight"] = _Pair(a, b, alpha / shape(a)[0])
    if not pairs:
        raise CorruptModelError(f"the adapter in {folder} is empty")
    return pairs


def _adapter_files(folder: Path) -> list[Path]:
    weights = folder / ADAPTER_WEIGHTS
    if not weights.is_file():
        raise CorruptModelError(
            f"{folder} has an {ADAPTER_CONFIG} but no {ADAPTER_WEIGHTS}", hint="train the stage again, or resume it"
        )
    check_safetensors(weights)
    return [weights, folder / ADAPTER_CONFIG]


def _check_signature(folder: Path, base_dir: Path) -> None:
    path = folder / SIGNATURE
    if not path.is_file():
        return  # made elsewhere: names and shapes still have to fit
    signed = read_json_object(path).get("base")
    if signed not in (names := names_of_model(base_dir)):
        raise _another_base(folder, f"it was trained on weights {str(signed)[:16]}…, the base is {min(names)[:16]}…")


def _another_base(folder: Path, reason: str) -> InputError:
    return InputError(
        f"{folder} was not trained on this base: {reason}", hint="give the model folder that the stage started from"
    )


def _shapes(name: str, found: tuple[int, ...], expected: tuple[int, ...]) -> str:
    return f"{name} is {list(found)} here and {list(expected)} there"
