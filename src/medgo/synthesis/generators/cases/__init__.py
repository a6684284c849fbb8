"""Complex cases: patients made from vocabularies, with the evidence of every sentence and a gold differential."""

from medgo.synthesis.generators.cases.generator import ComplexCases

__all__ = ["ComplexCases"]
