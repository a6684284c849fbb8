"""Rows that teach safety, and their benign twins. Knows our own policy tables and the knowledge index."""

from medgo.synthesis.generators.safety.generator import Safety
from medgo.synthesis.generators.safety.pairs import SafetyPairs

__all__ = ["Safety", "SafetyPairs"]
