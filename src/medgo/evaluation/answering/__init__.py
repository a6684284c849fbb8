"""Two ways to answer an item: label probabilities after one reading of the prompt, or a reply that is read."""

from medgo.evaluation.answering.asking import Ask
from medgo.evaluation.answering.generating import forced_request, generation_request, read_completion, read_forced
from medgo.evaluation.answering.scoring import read_scores, scoring_requests

__all__ = [
    "Ask",
    "forced_request",
    "generation_request",
    "read_completion",
    "read_forced",
    "read_scores",
    "scoring_requests",
]
