"""Puts a tier's detectors and the gate together. The only file that knows which there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from medgo.deid.classes import IdentifierClass
from medgo.deid.deidentifier import Deidentifier
from medgo.deid.policy import Policy, read_policy
from medgo.deid.protocol import Detector

Tier = Literal["a", "ab"]
# Tier B by default: what reads Chinese and what reads English.
PLUGINS = ("lac", "spacy")


def deidentifier(tier: Tier = "a", plugins: tuple[str, ...] = PLUGINS, policy: Policy | None = None) -> Deidentifier:
    """Detectors of a tier behind the gate; loads their lexicons, so once a process.

    Args:
        tier: ``a``: rules and lexicons alone; ``ab``: models beside them.
        plugins: Which models, by name (:func:`medgo.deid.tier_b.tier_b`); counts for ``ab`` alone.
        policy: Nothing is found of classes that it keeps, and detectors of such a class alone do not run; None for
            the built-in one that is used by default.

    Raises:
        EngineUnavailableError: A plug-in's library or model is not installed.
    """
    from medgo.deid.protection import ProtectedTerms
    from medgo.deid.tier_a import tier_a

    kept = (policy or read_policy()).kept
    detectors: tuple[Detector, ...] = (*tier_a(), *_quasi(kept))
    if tier == "ab":
        from medgo.deid.tier_b import tier_b

        detectors += tier_b(plugins)
    return Deidentifier(detectors, ProtectedTerms(), kept)


def _quasi(kept: frozenset[IdentifierClass]) -> Iterator[Detector]:
    """Detectors of quasi-identifiers that the policy acts on."""
    from medgo.deid.quasi import OriginDetector, YoungerAgeDetector

    if "age" not in kept:
        yield YoungerAgeDetector()
    if "origin" not in kept:
        yield OriginDetector()
