"""Terminology alignment from vocabularies."""

from medgo.synthesis.generators.terminology.generator import Terminology

__all__ = ["Terminology"]
