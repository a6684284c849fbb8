"""Engines: the same protocol over transformers, OpenVINO GenAI, vLLM and OpenAI-compatible endpoints."""

from medgo.inference.engines._open import choose_engine, open_engine
from medgo.inference.engines.options import DtypeName, EngineName, EngineOptions

__all__ = ["DtypeName", "EngineName", "EngineOptions", "choose_engine", "open_engine"]
