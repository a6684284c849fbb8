"""OpenVINO model files in the cache: built once for each model and precision, whole or not at all."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
import xml.etree.ElementTree as ET
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from medgo.errors import StorageError
from medgo.inference.engines._openvino_graph import Storage, build_graph
from medgo.inference.engines._openvino_library import ov
from medgo.inference.engines._openvino_precision import Precision
from medgo.inference.models.safetensors_folder import SafetensorsFolder
from medgo.store.paths import cache_dir

FILE_NAME = "openvino_model.xml"
_STALE_SECONDS = 3600.0
_VERSION = 1  # raise it when what is built changes
# Operations that stay in float32 in a mixed model: the residual sums, the norms and what follows a product.
_KEPT = frozenset({"Add", "Clamp", "Divide", "Multiply", "Power", "ReduceMean", "Sqrt"})


def ensure_model_file(folder: Path, config: Any, weights_hash: str, precision: Precision) -> Path:
    """Return the OpenVINO model of a Hugging Face folder, building it on first use.

    Args:
        folder: The model.
        config: Its configuration.
        weights_hash: Of every byte of its weights.
        precision: How its weights are held.

    Raises:
        EngineUnavailableError: The model is of a kind that cannot be built.
        CorruptModelError: Its weights are damaged.
        StorageError: The cache has no room for it.
    """
    settings = hashlib.sha256((folder / "config.json").read_bytes() + str(precision).encode()).hexdigest()
    target = cache_dir() / "openvino" / f"{weights_hash[:16]}-{settings[:8]}-v{_VERSION}"
    if not (target / FILE_NAME).is_file():
        write_model_file(target, folder, config, precision)
    return target / FILE_NAME


def write_model_file(target: Path, folder: Path, config: Any, precision: Precision) -> None:
    """Build a model into the folder ``target``, which appears only when it is complete.

    Raises:
        StorageError: The disk did not take it.
    """
    weights = SafetensorsFolder(folder)
    own = weights["model.norm.weight"].dtype
    short = own if own != torch.float32 else torch.float16
    storage = Storage(
        products=precision.products or own,
        embedding=short if precision.mixed else own,
        keep_outputs=precision.mixed,
    )
    graph = build_graph(config, weights, storage)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(target)
        temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        try:
            _save(graph, temporary, keep_float32=precision.mixed)
            # Another process that was first has made the same file.
            with suppress(FileExistsError):
                temporary.replace(target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        if (target / FILE_NAME).is_file():
            return
        raise StorageError(
            f"the OpenVINO model cannot be written to {target.parent}: {error.strerror or error}",
            hint="make room, or point MEDGO_CACHE to a larger disk",
        ) from error


def _remove_leftovers(target: Path) -> None:
    """Remove what a killed process left of the same model; younger folders may be another process at work."""
    for folder in target.parent.glob(f".{target.name}-*"):
        if time.time() - folder.stat().st_mtime > _STALE_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _save(graph: ov.Model, folder: Path, *, keep_float32: bool) -> None:
    path = folder / FILE_NAME
    try:
        ov.save_model(graph, path, compress_to_fp16=False)
        tree = ET.parse(path)  # noqa: S314 - written by the line above
    except (RuntimeError, ET.ParseError) as error:
        raise OSError(f"OpenVINO could not write the file ({error})") from error
    layers = tree.getroot().find("layers")
    assert layers is not None  # noqa: S101 - a model has layers
    # A full disk leaves a short file without an error (OpenVINO 2026.4), so its length is checked.
    ends = [int(d.get("offset", 0)) + int(d.get("size", 0)) for d in layers.iterfind("layer[@type='Const']/data")]
    if path.with_suffix(".bin").stat().st_size < max(ends):
        raise OSError("the file of weights is shorter than it should be; the disk is probably full")
    if keep_float32:
        for layer in layers:
            if layer.get("type") in _KEPT:
                _keep(layer)
        tree.write(path)


def _keep(layer: ET.Element) -> None:
    """Mark an operation as one that no precision hint may shorten; there is no call for it in OpenVINO's Python API."""
    info = layer.find("rt_info")
    if info is None:
        info = ET.Element("rt_info")
        layer.insert(0 if layer.find("data") is None else 1, info)
    ET.SubElement(info, "attribute", {"name": "precise", "version": "0"})
