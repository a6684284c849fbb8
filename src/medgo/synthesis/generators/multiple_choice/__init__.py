"""Multiple choice with distractors that are near, and provably wrong."""

from medgo.synthesis.generators.multiple_choice.generator import MultipleChoice

__all__ = ["MultipleChoice"]
