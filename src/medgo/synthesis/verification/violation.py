"""What can be wrong with a generated text. Knows no checks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from medgo.text import Span


class ViolationKind(StrEnum):
    """Sorts of violations, as reports of yield count them."""

    CONCEPT = "concept"  # a finding, disease, test or drug that no cited fact names
    POLARITY = "polarity"  # said to be there and is not, or the other way round
    QUANTITY = "quantity"  # a number that no cited fact holds
    UNIT = "unit"  # the number is right, its unit is not
    DOSE = "dose"
    AGE = "age"
    SEX = "sex"
    SIDE = "side"
    MISSING_SENTENCE = "missing sentence"  # listed in the evidence and not in the row
    MISSING_FACT = "missing fact"  # cited and not in the evidence
    UNCOVERED = "uncovered"  # a clinical statement outside all listed sentences
    CONTRADICTION = "contradiction"  # the row's facts contradict one another
    CONTRAINDICATION = "contraindication"
    STATE = "state"  # a value outside the state that it is said to have
    EXCLUDED = "excluded sign"  # a sign that the disease's source says does not occur


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that the evidence does not support.

    Args:
        kind: What sort.
        part: Where in the row (``prompt[0]``, ``completion``, …); empty for the row as a whole.
        text: The words concerned.
        span: Where they stand in the part; None where that cannot be said.
        expected: What would have been supported, for a reader.
    """

    kind: ViolationKind
    part: str
    text: str
    span: Span | None = None
    expected: str = ""
