"""For each labelled row another row whose answer does not belong to its prompt: KTO's KL term. Knows no trainer.

KTO measures how far the model has moved in general by its log-ratio on mismatched prompts and answers (x, y'). TRL
takes y' from the neighbour in the batch, so that a shuffle changes the pairs, no reference can be kept for them, a row
may meet its own prompt's other answer, and a last batch of one row meets itself: its KL is then its own reward. Here
every row has one partner for good, drawn before training: the answers of the set stay the answers of the set (a
permutation), in the row's language and of about its length. So one reference per row serves all epochs and any order.
Within a single step the mismatched answers are not exactly the step's own; over an epoch they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from medgo.errors import RecipeError

_REACH = 200  # rows on either side that are tried for another answer; another prompt is looked for everywhere
_JITTER = 0.1  # of an answer's length, so that another seed gives other partners


@dataclass(frozen=True, slots=True)
class MismatchRow:
    """What decides on a row's partner.

    Args:
        prompt: Anything hashable that is equal for equal prompts.
        answer: The same for answers.
        lang: Language.
        tokens: Of the answer.
    """

    prompt: object
    answer: object
    lang: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Partners.

    Args:
        partner: Row → the row whose answer it is shown with, shape [n]; a permutation without fixed points.
        same_answer: Rows whose partner has another prompt but the same answer, as no other was left.
        other_language: Rows whose partner is of another language, for the same reason.
    """

    partner: npt.NDArray[np.int64]
    same_answer: int
    other_language: int


def mismatched(rows: Sequence[MismatchRow], rng: np.random.Generator) -> Mismatch:
    """Give every row a partner: never of the same prompt, of another answer where possible.

    The rows of a language, in the order of their answers' lengths, are linked in a circle that goes up over every
    second one and comes back over the others; where two of one prompt meet, they swap partners with the nearest rows
    that allow it.

    Args:
        rows: The set.
        rng: Source of the choice among rows of like length.

    Raises:
        RecipeError: More than half of the rows share one prompt.
    """
    prompts, answers, langs = ([getattr(row, name) for row in rows] for name in ("prompt", "answer", "lang"))
    noise = rng.uniform(1 - _JITTER, 1 + _JITTER, len(rows))
    sorted_rows = sorted(range(len(rows)), key=lambda row: (rows[row].lang, rows[row].tokens * noise[row]))
    place = {row: index for index, row in enumerate(sorted_rows)}
    partner = np.empty(len(rows), dtype=np.int64)
    for circle in _circles(sorted_rows, langs):
        partner[circle] = np.roll(circle, 1)

    def apart(row: int, other: int) -> bool:
        return bool(prompts[row] != prompts[other])

    def unlike(row: int, other: int) -> bool:
        return apart(row, other) and bool(answers[row] != answers[other])

    def native(row: int, other: int) -> bool:
        return unlike(row, other) and langs[row] == langs[other]

    for rule, reach in ((native, _REACH), (unlike, _REACH), (apart, len(rows))):
        for row in range(len(rows)):
            if not rule(row, partner[row]):
                _swap(row, partner, sorted_rows, range(place[row], place[row] + reach), rule)
    if stuck := sum(not apart(row, partner[row]) for row in range(len(rows))):
        raise RecipeError(
            f"{stuck} of {len(rows)} labelled rows have no row of another prompt to be mismatched with",
            hint="the KL term of kto needs rows of many prompts; take kto.loss: apo_zero_unpaired, which has none",
        )
    return Mismatch(
        partner,
        sum(answers[row] == answers[partner[row]] for row in range(len(rows))),
        sum(langs[row] != langs[partner[row]] for row in range(len(rows))),
    )


def _circles(sorted_rows: Sequence[int], langs: Sequence[object]) -> Iterator[list[int]]:
    """Rows of each language, up over every second one and back over the others: no link leaps over the lengths."""
    groups: dict[object, list[int]] = {}
    for row in sorted_rows:
        groups.setdefault(langs[row], []).append(row)
    for group in groups.values():
        yield group[::2] + group[1::2][::-1]


def _swap(
    row: int,
    partner: npt.NDArray[np.int64],
    sorted_rows: Sequence[int],
    places: range,
    rule: Callable[[int, int], bool],
) -> None:
    """Exchange a row's partner with the nearest row's where both then keep the rule; leave it if there is none.

    Args:
        places: From the row's own place in ``sorted_rows`` upwards; as far is looked downwards.
    """
    for upward in places[1:]:
        for index in (2 * places.start - upward, upward):
            if not 0 <= index < len(sorted_rows):
                continue
            other = sorted_rows[index]
            if rule(row, partner[other]) and rule(other, partner[row]):
                partner[[row, other]] = partner[[other, row]]
                return
