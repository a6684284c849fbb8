"""Which names of TRL's and transformers' trainers ours override, call, read or set, looked up in the libraries' source.

All other names of our trainers are ours alone. A new use of a library's name belongs into one of the tables.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from medgo.training.methods.dpo import OrderedDPOTrainer
from medgo.training.methods.kto import OrderedKTOTrainer
from medgo.training.methods.sft import OrderedSFTTrainer

TRAINERS: tuple[type, ...] = (OrderedSFTTrainer, OrderedDPOTrainer, OrderedKTOTrainer)
_BEGUN_BY_US = {"__init__", "train"}
_OVERRIDDEN_BY_ALL = {
    "_clip_grad_norm", "_get_output_dir", "_save_checkpoint", "_send_telemetry", "compute_loss",
    "get_train_dataloader", "log", "save_model", "training_step",
}  # fmt: skip
_OVERRIDDEN: dict[type, set[str]] = {
    OrderedSFTTrainer: set(),
    OrderedDPOTrainer: {"_prepare_dataset", "get_batch_samples"},
    OrderedKTOTrainer: {"_prepare_dataset", "get_batch_samples", "_compute_kl_logps"},
}
_USED_BY_ALL = {
    "accelerator", "add_callback", "args", "callback_handler", "control", "data_collator", "is_fsdp_enabled",
    "is_world_process_zero", "model", "state", "train_dataset",
}  # fmt: skip
_USED: dict[type, set[str]] = {
    OrderedSFTTrainer: {"_metrics", "_total_train_tokens"},
    OrderedDPOTrainer: {"beta", "ld_alpha", "loss_types", "loss_weights", "precompute_ref_logps", "ref_model"},
    OrderedKTOTrainer: {
        "_prepare_inputs", "beta", "calculate_KL", "compute_loss_context_manager", "model_wrapped",
        "precompute_ref_logps", "ref_model",
    },
}  # fmt: skip


def overridden(trainer: type) -> set[str]:
    """Methods that the libraries call and ours stand in for."""
    return _OVERRIDDEN_BY_ALL | _OVERRIDDEN[trainer]


def used(trainer: type) -> set[str]:
    """Methods and attributes that ours call, read or set."""
    return _USED_BY_ALL | _USED[trainer]


@dataclass
class Source:
    """What the source of some classes defines, and what it reaches through ``self`` or ``super()``."""

    defined: set[str]
    read: set[str]
    written: set[str]
    calls: list[ast.Call]

    @classmethod
    def of(cls, text: str) -> Source:
        found = cls(set(), set(), set(), [])
        tree = ast.parse(text)
        for part in (node for whole in tree.body if isinstance(whole, ast.ClassDef) for node in whole.body):
            if isinstance(part, ast.FunctionDef):
                found.defined.add(part.name)
            elif isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                found.defined.add(part.target.id)
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and _is_self(node.value):
                (found.read if isinstance(node.ctx, ast.Load) else found.written).add(node.attr)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_self(node.func.value):
                found.calls.append(node)
        return found

    @property
    def names(self) -> set[str]:
        return self.defined | self.read | self.written


def _is_self(node: ast.expr) -> bool:
    """``self`` or ``super()``."""
    if isinstance(node, ast.Call):
        node = node.func
    return isinstance(node, ast.Name) and node.id in ("self", "super")


def classes(trainer: type, *, ours: bool) -> list[type]:
    return [part for part in trainer.__mro__[:-1] if part.__module__.startswith("medgo.") == ours]


@cache
def source(trainer: type, *, ours: bool) -> str:
    return "\n".join(textwrap.dedent(inspect.getsource(part)) for part in classes(trainer, ours=ours))


def unmet(trainer: type, theirs: str) -> set[str]:
    """Names that the libraries' source does not have, does not call or read, or has and we take for our own."""
    own, library = Source.of(source(trainer, ours=True)), Source.of(theirs)
    asked_for = overridden(trainer) | used(trainer)
    hooks = asked_for | _BEGUN_BY_US
    return (
        (hooks - own.names)
        | ((overridden(trainer) | _BEGUN_BY_US) - library.defined)
        | (asked_for - library.read)
        | (own.names & library.names) - hooks
    )


def misfits(trainer: type) -> list[str]:
    """Methods of ours that do not take what the libraries give, and of theirs that do not take what we give."""
    theirs, ours = (Source.of(source(trainer, ours=own)) for own in (False, True))
    found: list[str] = []
    for name in sorted((overridden(trainer) | used(trainer)) & theirs.defined):
        library, mine = (_method(classes(trainer, ours=own), name) for own in (False, True))
        if mine is not None and library is not None:
            found += [f"{name}: {why}" for why in (*_other_names(mine, library), *_refused(mine, name, theirs.calls))]
        if library is not None:
            found += [f"{name}: {why}" for why in _refused(library, name, ours.calls)]
    return found


def _method(parts: Sequence[type], name: str) -> Callable[..., Any] | None:
    """As it stands first among some classes."""
    return next((vars(part)[name] for part in parts if name in vars(part)), None)


def _refused(function: Callable[..., Any], name: str, calls: Sequence[ast.Call]) -> Iterator[str]:
    """Calls of ``self.name(…)`` that a function would not take."""
    for call in calls:
        starred = any(isinstance(value, ast.Starred) for value in call.args) or any(
            keyword.arg is None for keyword in call.keywords
        )
        if not isinstance(call.func, ast.Attribute) or call.func.attr != name or starred:
            continue
        try:
            inspect.signature(function).bind(None, *call.args, **{str(word.arg): word for word in call.keywords})
        except TypeError as error:
            yield f"{error}: {ast.unparse(call)}"


def _other_names(mine: Callable[..., Any], library: Callable[..., Any]) -> Iterator[str]:
    """What stands at the same place means the same; a name of ours that begins with _ is one that we do not use."""
    for ours, theirs in zip(positional(mine), positional(library), strict=False):
        if ours.lstrip("_") != theirs.lstrip("_"):
            yield f"{ours} stands where the library has {theirs}"


def positional(function: Callable[..., Any]) -> list[str]:
    """Names of what a function takes in order."""
    parameters = inspect.signature(function).parameters.values()
    return [each.name for each in parameters if each.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
