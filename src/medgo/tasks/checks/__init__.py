"""What can be found wrong with an output without a model: pure functions that tasks put together.

Each function here makes a check; its arguments are names of fields (dotted into nested models), read from the output
and, where it has none of that name, from the input.
"""

from medgo.tasks.checks.completeness import chief_complaint, coded, filled, sections_in_order
from medgo.tasks.checks.drugs import drugs_from_input, medication_lines
from medgo.tasks.checks.grounding import numbers_from_input, patient_fits, sides_from_input
from medgo.tasks.checks.texts import input_text, output_text, texts_of
from medgo.tasks.checks.timing import LIMITS, dates_in_order, timely
from medgo.tasks.checks.wording import asked_language, not_copied, not_final, of_every_document, review_asked

__all__ = [
    "LIMITS",
    "asked_language",
    "chief_complaint",
    "coded",
    "dates_in_order",
    "drugs_from_input",
    "filled",
    "input_text",
    "medication_lines",
    "not_copied",
    "not_final",
    "numbers_from_input",
    "of_every_document",
    "output_text",
    "patient_fits",
    "review_asked",
    "sections_in_order",
    "sides_from_input",
    "texts_of",
    "timely",
]
