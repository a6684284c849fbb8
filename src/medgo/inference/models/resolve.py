"""From the name of a model to its files on this machine. Never asks the network and never loads a model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from medgo.errors import ModelNotFoundError
from medgo.inference.models import embedded, hub_huggingface, hub_modelscope
from medgo.inference.models.check import check_gguf, check_hf_folder, known_sha256, weights_identity
from medgo.inference.models.convert import convert_gguf
from medgo.inference.models.registry import ModelName, parse_model_name
from medgo.store.hashing import fingerprint


@dataclass(frozen=True, slots=True)
class ResolvedModel:
    """A model whose files are here and whole.

    Args:
        name: As the user wrote it.
        path: A folder in Hugging Face format, or a ``.gguf`` file.
        weights: Identity of the weights: 64 hexadecimal digits, cheap to get, the same on every machine.
    """

    name: str
    path: Path
    format: Literal["hf", "gguf"]
    is_embedded: bool
    weights: str


def resolve_model(name: str) -> ResolvedModel:
    """Find a model on this machine and check that its files are whole.

    An existing folder or file wins over a hub id of the same spelling. A hub id is looked for in ``./models``, then in
    the cache of Hugging Face, then in that of ModelScope (only there for ``modelscope:…``).

    Args:
        name: Alias, ``[hf:|modelscope:]organisation/name[@revision]``, folder or ``.gguf`` file.

    Raises:
        ModelNotFoundError: No such model is here; the hint is the command that gets it.
        CorruptModelError: It is here but damaged or incomplete.
    """
    if _looks_like_folder(name):
        return _local(name, Path(name).expanduser())
    parsed = parse_model_name(name)
    if parsed.scope == "embedded":
        return ResolvedModel(name, embedded.find_embedded_gguf(), "gguf", True, embedded.FILE_SHA256)
    if parsed.scope == "local":
        return _local(name, Path(parsed.target).expanduser())
    for folder in candidate_folders(parsed):
        if (folder / "config.json").is_file():
            return _hf_folder(name, folder)
    raise ModelNotFoundError(f"the model {name!r} is not on this machine", hint=f"medgo download {name}")


def ensure_hf_folder(model: ResolvedModel) -> Path:
    """Return the model as a folder in Hugging Face format; a GGUF is dequantised to float32 once, into the cache.

    Raises:
        StorageError: The cache has no room for it.
        CorruptModelError: The GGUF cannot be read as a model.
    """
    if model.format == "hf":
        return model.path
    return convert_gguf(model.path, weights_hash(model), pad_token=embedded.PAD_TOKEN if model.is_embedded else None)


def weights_hash(model: ResolvedModel) -> str:
    """Hash every byte of the weights: the name under which conversions are kept. Unchanged files are read once.

    Returns:
        64 hexadecimal digits.

    Raises:
        CorruptModelError: The model's files are not whole any more.
        StorageError: The cache cannot be written to.
    """
    if model.is_embedded:
        return model.weights  # already the hash of the whole file
    if model.format == "gguf":
        return known_sha256(model.path)
    return fingerprint([known_sha256(file.path) for file in check_hf_folder(model.path)])


def candidate_folders(name: ModelName) -> list[Path]:
    """Return the folders where a hub model may lie, best first; they need not exist."""
    folders = []
    if name.source is None and name.revision is None:
        short = name.target.rpartition("/")[2]
        folders += [Path("models") / part for part in dict.fromkeys((name.text, name.target, short))]
    if name.source in (None, "hf"):
        snapshot = hub_huggingface.cached_snapshot(name.target, name.revision)
        folders += [snapshot] if snapshot is not None else []
    if name.source in (None, "modelscope"):
        folders += hub_modelscope.cached_folders(name.target, name.revision)
    return folders


def _looks_like_folder(name: str) -> bool:
    return "/" in name and (Path(name).expanduser() / "config.json").is_file()


def _local(name: str, path: Path) -> ResolvedModel:
    if not path.exists():
        raise ModelNotFoundError(f"there is no {path}", hint="check the path; `medgo models` lists what is here")
    if path.is_dir():
        return _hf_folder(name, path)
    checked = check_gguf(path)
    return ResolvedModel(name, path.absolute(), "gguf", False, weights_identity([checked]))


def _hf_folder(name: str, folder: Path) -> ResolvedModel:
    files = check_hf_folder(folder)
    return ResolvedModel(name, folder.absolute(), "hf", False, weights_identity(files, folder))
