"""Whether generated text says what its evidence supports, and whether a paraphrase says what its source said."""

from medgo.synthesis.verification.guard import Difference, DifferenceKind, ParaphraseGuard
from medgo.synthesis.verification.inject import Injection, InjectionKind, inject
from medgo.synthesis.verification.verifier import Verifier
from medgo.synthesis.verification.violation import Violation, ViolationKind

__all__ = [
    "Difference",
    "DifferenceKind",
    "Injection",
    "InjectionKind",
    "ParaphraseGuard",
    "Verifier",
    "Violation",
    "ViolationKind",
    "inject",
]
