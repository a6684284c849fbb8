"""Short rows for small models: one question, one short answer, and wrong answers beside it."""

from medgo.synthesis.generators.short.general import General
from medgo.synthesis.generators.short.pairs import ShortPairs
from medgo.synthesis.generators.short.record_questions import RecordQuestions
from medgo.synthesis.generators.short.terms import ShortTerms
from medgo.synthesis.generators.short.triage import Triage

__all__ = ["General", "RecordQuestions", "ShortPairs", "ShortTerms", "Triage"]
