"""What a clinical text says, without knowing medicine: sentences, quantities, negation, laterality, age and sex."""

from medgo.text.folding import Folded, fold, fold_width
from medgo.text.language import language_of
from medgo.text.laterality import SideMention, sides
from medgo.text.patient import Sex, SexMention, ages, sexes
from medgo.text.polarity import Assertion, Assertions, polarity_of
from medgo.text.quantities import Quantity, quantities
from medgo.text.sentences import sentences
from medgo.text.span import Span
from medgo.text.units import normalise_unit, parse_unit, same_amount

__all__ = [
    "Assertion",
    "Assertions",
    "Folded",
    "Quantity",
    "Sex",
    "SexMention",
    "SideMention",
    "Span",
    "ages",
    "fold",
    "fold_width",
    "language_of",
    "normalise_unit",
    "parse_unit",
    "polarity_of",
    "quantities",
    "same_amount",
    "sentences",
    "sexes",
    "sides",
]
