"""Detectors that read with a model: plug-ins, behind the same protocol as the rules, for recall beyond them."""

from medgo.deid.tier_b.choosing import DEFAULT, tier_b

__all__ = ["DEFAULT", "tier_b"]
