"""Tokenizer and shape of a model without its weights, for estimates. Offline."""

from __future__ import annotations

from collections.abc import Sequence

from medgo.errors import InputError, MedGoError
from medgo.evaluation.estimate import Tokenize
from medgo.inference.engines.options import Template
from medgo.inference.models import ensure_hf_folder, resolve_model
from medgo.inference.models.registry import ALIASES, KNOWN_MODELS, Architecture, parse_model_name
from medgo.inference.prompt import ChatRenderer
from medgo.inference.protocol import Thinking
from medgo.schema import Message


def local_tokenizer(model: str, thinking: Thinking, template: Template = "chat") -> Tokenize | None:
    """The model's own renderer; None when the model is not on this machine."""
    try:
        renderer = ChatRenderer.load(ensure_hf_folder(resolve_model(model)), template)
    except MedGoError:
        return None  # not here: the estimate says that its tokens are guessed

    def tokenize(messages: tuple[Message, ...]) -> Sequence[int]:
        return renderer.render(messages, thinking).token_ids

    return tokenize


def shape_of(model: str) -> Architecture:
    """The published shape of a model that the registry knows, by alias or hub id.

    Raises:
        InputError: The registry does not know it.
    """
    name = parse_model_name(model)
    for known in KNOWN_MODELS:
        if ALIASES.get(model.lower()) is known or (name.target and known.hub_id == name.target):
            return known.architecture
    raise InputError(f"the shape of {model!r} is not known", hint=f"estimate with one of {', '.join(ALIASES)}")
