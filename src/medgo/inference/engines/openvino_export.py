"""A model folder as an OpenVINO model file of one's own, and the logits of such a file. Knows nothing of requests.

The engine builds the same file for itself, into the cache (``_openvino_file``).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

from medgo.inference.engines._openvino_file import FILE_NAME, write_model_file
from medgo.inference.engines._openvino_graph import check_supported
from medgo.inference.engines._openvino_paged import PagedModel
from medgo.inference.engines._openvino_precision import FLOAT32, MIXED
from medgo.inference.engines._ragged import Chunk, RaggedBatch
from medgo.inference.models.config import read_config
from medgo.inference.models.safetensors_folder import SafetensorsFolder


def export_openvino(model_dir: Path, target: Path) -> None:
    """Build ``openvino_model.xml`` and ``.bin`` in a new folder, with the weights in their own type.

    Args:
        model_dir: Folder in Hugging Face format.
        target: Must not exist; appears when it is complete.

    Raises:
        EngineUnavailableError: The model is of a kind that cannot be built.
        CorruptModelError: Its weights are damaged.
        StorageError: The disk did not take it.
    """
    config = read_config(model_dir)
    check_supported(config)
    stored = SafetensorsFolder(model_dir).dtype("model.norm.weight")
    # What is stored in bfloat16 may be multiplied so where the processor can; sums are marked to stay in float32.
    write_model_file(target, model_dir, config, MIXED if stored == "BF16" else FLOAT32)


def open_logits(folder: Path) -> Callable[[tuple[int, ...], tuple[int, ...]], torch.Tensor]:
    """Load a model file to ask for the logits of given replies, computed in float32: what is stored is looked at.

    Args:
        folder: Holds ``openvino_model.xml``.

    Returns:
        (prompt, reply) → [tokens of the reply, vocabulary], float32: what it expects at each token of the reply.

    Raises:
        CorruptModelError: OpenVINO cannot read the file.
    """
    model = PagedModel(folder / FILE_NAME, FLOAT32)

    def logits(prompt: tuple[int, ...], reply: tuple[int, ...]) -> torch.Tensor:
        ids = torch.tensor([*prompt, *reply[:-1]])
        cache = model.new_cache(1)
        cache.reserve(len(ids))
        batch = RaggedBatch(cache, [Chunk(0, 0, len(ids))], [], [], exact=False)
        return model.forward(ids, batch, torch.arange(len(prompt) - 1, len(ids))).clone()

    return logits
