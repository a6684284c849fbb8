"""Which words are medicine: the gate that stands between finding and redacting."""

from medgo.deid.protection.gate import ProtectedTerms

__all__ = ["ProtectedTerms"]
