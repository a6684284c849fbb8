"""Which of the models with a name are on this machine. Downloads and loads nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from medgo.errors import CorruptModelError, ModelNotFoundError
from medgo.inference.models import embedded
from medgo.inference.models.convert import converted_folder, is_intact
from medgo.inference.models.memory import fit
from medgo.inference.models.registry import KNOWN_MODELS, KnownModel
from medgo.inference.models.resolve import resolve_model

State = Literal["present", "absent", "damaged"]


@dataclass(frozen=True, slots=True)
class InventoryRow:
    """A model with a name.

    Args:
        resolves_to: Hub id, or what the embedded model is.
        download_bytes: Bytes of its weights in bfloat16, about what a download moves.
        path: Where it lies; empty when it is absent.
        detail: Why it is damaged, or how to get it.
    """

    alias: str
    resolves_to: str
    licence: str
    parameters: int
    download_bytes: int
    note: str
    state: State
    path: str
    detail: str


@dataclass(frozen=True, slots=True)
class EmbeddedState:
    """The embedded model, looked at closely.

    Args:
        works: Its file is there with the right hash.
        converted: Its float32 conversion is in the cache, every byte as it was written.
    """

    works: bool
    converted: bool
    path: str
    detail: str


def list_known_models() -> tuple[InventoryRow, ...]:
    """Look for every model of the registry."""
    return tuple(_row(known) for known in KNOWN_MODELS)


def examine_embedded() -> EmbeddedState:
    """Read every byte of the embedded model and of its conversion (about a second)."""
    try:
        path = embedded.find_embedded_gguf(full_check=True)
    except (ModelNotFoundError, CorruptModelError) as error:
        return EmbeddedState(False, False, "", str(error))
    folder = converted_folder(path, embedded.FILE_SHA256)
    if is_intact(folder, full_check=True):
        return EmbeddedState(True, True, str(folder), "file and conversion have the right hashes")
    state = "damaged; it is made again" if folder.exists() else "not made yet; that happens"
    return EmbeddedState(True, False, str(path), f"the file has the right hash; the conversion is {state} on first use")


def _row(known: KnownModel) -> InventoryRow:
    state: State = "present"
    path = detail = ""
    try:
        path = str(resolve_model(known.alias).path)
    except ModelNotFoundError as error:
        state, detail = "absent", error.hint
    except CorruptModelError as error:
        state, detail = "damaged", str(error)
    published = embedded.FILE_SIZE if not known.hub_id else _published_bytes(known)
    shown = known.hub_id or "SmolLM2-135M-Instruct"
    return InventoryRow(
        known.alias, shown, known.licence, known.architecture.parameters, published, known.note, state, path, detail
    )


def _published_bytes(known: KnownModel) -> int:
    return fit(known.architecture, "bfloat16", "", 0, context=1, batch=1).weights
