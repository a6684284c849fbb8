"""The tensors of a model folder by name, one at a time, over all its shards. Knows no model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from safetensors import SafetensorError, safe_open

from medgo.errors import CorruptModelError

if TYPE_CHECKING:
    import torch


class SafetensorsFolder:
    """Tensors of ``model.safetensors`` or of the shards that its index names.

    Raises:
        CorruptModelError: The files are missing or damaged.
    """

    def __init__(self, folder: Path) -> None:
        index = folder / "model.safetensors.index.json"
        try:
            if index.is_file():
                self._shards: dict[str, str] = json.loads(index.read_text("utf-8"))["weight_map"]
            else:
                with safe_open(folder / "model.safetensors", "pt") as file:
                    self._shards = dict.fromkeys(file.keys(), "model.safetensors")
            self._files = {shard: safe_open(folder / shard, "pt") for shard in sorted(set(self._shards.values()))}
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            raise CorruptModelError(f"the weights in {folder} cannot be read: {error}") from error

    def __iter__(self) -> Iterator[str]:
        return iter(self._shards)

    def __contains__(self, name: str) -> bool:
        return name in self._shards

    def __getitem__(self, name: str) -> torch.Tensor:
        if name not in self._shards:
            raise CorruptModelError(f"the weights lack the tensor {name}")
        tensor: torch.Tensor = self._files[self._shards[name]].get_tensor(name)  # type: ignore[no-untyped-call]
        return tensor

    @property
    def shards(self) -> dict[str, str]:
        """Tensor → the file that holds it."""
        return dict(self._shards)

    def dtype(self, name: str) -> str:
        """Type of a tensor as safetensors spells it, such as ``BF16``, without reading it."""
        return str(self._files[self._shards[name]].get_slice(name).get_dtype())  # type: ignore[no-untyped-call]

    def shape(self, name: str) -> tuple[int, ...]:
        """Shape of a tensor, without reading it."""
        return tuple(self._files[self._shards[name]].get_slice(name).get_shape())  # type: ignore[no-untyped-call]
