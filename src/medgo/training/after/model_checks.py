"""What must hold of a merged folder before it is loaded: files, sizes, weights, tokenizer, template, stops.

Reads files; loads no model.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from medgo.errors import CorruptModelError, MedGoError, ModelNotFoundError
from medgo.inference.models.check import check_hf_folder, read_json_object
from medgo.inference.models.safetensors_folder import SafetensorsFolder
from medgo.inference.prompt import ChatRenderer
from medgo.training.after.learnt import hash_of_learnt, hash_of_model
from medgo.training.after.merge import MANIFEST, STORED, altered_files, read_manifest
from medgo.training.after.model_folder import REQUIRED_FILES, TEMPLATE_FILES, as_ids, end_ids, text_files
from medgo.training.after.shards import DTYPES

# Of the length of what training changed; more is no failure by itself, as rounding has no direction, and training has.
_MUCH_ROUNDING = 0.5
_OFTEN = 0.5


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that had to hold.

    Args:
        name: What.
        passed: Whether it did.
        found: What was found, in words.
        needed_to_load: The model cannot be loaded, or must not be, if it does not hold.
        warning: It held, but somebody should look at what was found.
    """

    name: str
    passed: bool
    found: str
    needed_to_load: bool = False
    warning: bool = False


def fell_far(now: float, before: float) -> bool:
    """Whether a model does less than half as often what its base did at least every second time.

    Args:
        now: Share of the model's replies.
        before: Share of the base's; one that does it rarely has nothing to lose.
    """
    return before >= _OFTEN and now < before / 2


def check_files(base_dir: Path, learnt: Path, merged: Path) -> list[Check]:
    """Check a merged folder without loading its model.

    Args:
        base_dir: The base.
        learnt: What was learnt.
        merged: The folder to check.

    Returns:
        The checks that could be made; those that need what another found missing are left out.
    """
    checks = [_required(merged), *_weights(base_dir, merged)]
    if all(check.passed for check in checks):
        checks.append(_attempt("sources", lambda: _sources(base_dir, learnt, merged)))
        checks.append(_attempt("written bytes", lambda: _altered(merged)))
        checks.append(_attempt("weights changed", lambda: _changed(base_dir, merged)))
        if (merged / MANIFEST).is_file():
            checks.append(_attempt("rounding", lambda: _rounding(merged)))
        checks.append(_attempt("stops", lambda: _stops(merged)))
    return [*checks, *_same_texts(base_dir, merged)]


def stored_types(folder: Path) -> str:
    """Types of a folder's weights, such as ``BF16`` or ``BF16+F32``."""
    weights = SafetensorsFolder(folder)
    return "+".join(sorted({weights.dtype(name) for name in weights}))


def required_files(folder: Path) -> list[str]:
    """Which files a folder lacks that serving needs."""
    missing = [name for name in REQUIRED_FILES if not (folder / name).is_file()]
    if "tokenizer_config.json" not in missing and not any((folder / name).is_file() for name in TEMPLATE_FILES):
        settings = read_json_object(folder / "tokenizer_config.json")
        missing += [] if settings.get("chat_template") else [TEMPLATE_FILES[0]]
    return missing


def _required(merged: Path) -> Check:
    missing = required_files(merged)
    found = f"missing: {', '.join(missing)}" if missing else f"{', '.join(REQUIRED_FILES)}, chat template"
    return Check("files", not missing, found, needed_to_load=True)


def _weights(base_dir: Path, merged: Path) -> list[Check]:
    """Every tensor of the base is there in its shape, and no shard is short."""
    name = "size of the weights"
    try:
        check_hf_folder(merged)
        base, found = SafetensorsFolder(base_dir), SafetensorsFolder(merged)
    except (CorruptModelError, ModelNotFoundError) as error:
        return [Check(name, False, error.message, needed_to_load=True)]
    apart = sorted(set(base) ^ set(found))
    apart += [tensor for tensor in base if tensor in found and base.shape(tensor) != found.shape(tensor)]
    if apart:
        return [Check(name, False, f"{len(apart)} tensors are not the base's, such as {apart[0]}", needed_to_load=True)]
    size = sum(math.prod(found.shape(tensor)) * DTYPES[found.dtype(tensor)].itemsize for tensor in found)
    asked = _asked_type(merged)
    expected = sum(math.prod(base.shape(tensor)) * DTYPES[asked or base.dtype(tensor)].itemsize for tensor in base)
    words = f"{size:,} bytes in {len(set(base))} tensors, {expected:,} expected"
    return [Check(name, size == expected, words, needed_to_load=True)]


def _asked_type(merged: Path) -> str | None:
    """The type that the merge was asked for; None is each tensor's own in the base."""
    if not (merged / MANIFEST).is_file():
        return None
    return STORED.get(read_manifest(merged)["sources"]["dtype"].partition("-")[0])


def _sources(base_dir: Path, learnt: Path, merged: Path) -> Check:
    sources = read_manifest(merged)["sources"]
    other = [
        name
        for name, digest in (("base", hash_of_model(base_dir)), ("learnt", hash_of_learnt(learnt)))
        if sources.get(name) != digest
    ]
    return Check("sources", not other, f"merged from another {' and '.join(other)}" if other else "base and learnt")


def _altered(merged: Path) -> Check:
    altered = altered_files(merged)
    found = f"missing or altered: {', '.join(altered)}" if altered else "as the manifest says"
    return Check("written bytes", not altered, found)


def _changed(base_dir: Path, merged: Path) -> Check:
    base, found = SafetensorsFolder(base_dir), SafetensorsFolder(merged)
    changed = sum(not torch.equal(base[name].to(found[name].dtype), found[name]) for name in base)
    words = f"{changed} of {len(set(base))} tensors differ from the base's"
    return Check("weights changed", changed > 0, words if changed else "these are the base's weights")


def _rounding(merged: Path) -> Check:
    share = float(read_manifest(merged)["report"]["rounding"])
    much = share > _MUCH_ROUNDING
    advice = "; --dtype float32 keeps all of it" if much else ""
    words = f"rounding moved the weights {share:.2g} times as far as training did{advice}"
    return Check("rounding", True, words, warning=much)


def _stops(merged: Path) -> Check:
    """``generation_config.json`` names every token that ends a reply, and padding is not the end of a turn."""
    renderer = ChatRenderer.load(merged)
    named = as_ids(read_json_object(merged / "generation_config.json").get("eos_token_id"))
    lacking = [renderer.token_text(token) for token in end_ids(merged, renderer) if token not in named]
    if lacking:
        return Check("stops", False, f"generation_config.json lacks {', '.join(lacking)} in eos_token_id")
    if renderer.tokenizer.pad_token_id == renderer.end_of_turn_id:
        return Check("stops", False, f"padding is {renderer.tokenizer.pad_token}, which ends a turn")
    return Check("stops", True, "at " + ", ".join(renderer.token_text(token) for token in named))


def _same_texts(base_dir: Path, merged: Path) -> list[Check]:
    groups: dict[str, list[str]] = {"tokenizer": [], "chat template": []}
    for name in sorted({*text_files(base_dir), *text_files(merged)}):
        group = "chat template" if "template" in name else "tokenizer"
        one, other = base_dir / name, merged / name
        same = one.is_file() and other.is_file() and one.read_bytes() == other.read_bytes()
        groups[group] += [] if same else [name]
    checks = []
    for group, apart in groups.items():
        found = f"not the base's: {', '.join(apart)}" if apart else "byte for byte the base's"
        checks.append(Check(group, not apart, found))
    return checks


def _attempt(name: str, check: Callable[[], Check]) -> Check:
    """A check that cannot be made has failed, and says why."""
    try:
        return check()
    except MedGoError as error:
        return Check(name, False, error.message)
