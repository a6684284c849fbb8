"""Chance: which signs a patient has, which of them are told, and how precisely. Knows no words.

Which signs a patient has is drawn sign by sign and never looked at again, so that over many cases each bin is met.
Which of them are told is drawn without regard to the bin; where the true disease would not be found, one more is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from medgo.schema import Lang
from medgo.synthesis.generators.cases.ontology import Ontology, Sex
from medgo.synthesis.generators.cases.rare import Annotation


def sample_signs(signs: Sequence[Annotation], rng: np.random.Generator) -> list[Annotation]:
    """Draw the signs that one patient has: the share of patients evenly from the bin, then whether this one has it."""
    low = np.array([sign.low for sign in signs])
    high = np.array([sign.high for sign in signs])
    share = low + (high - low) * rng.random(len(signs))
    return [sign for sign, has in zip(signs, rng.random(len(signs)) < share, strict=True) if has]


def tellable(present: Iterable[str], ontology: Ontology, langs: Sequence[Lang], rng: np.random.Generator) -> list[str]:
    """Signs in random order that can be told together: named, no opposites, none a kind of another."""
    order = [sign for sign in present if ontology.named(sign, langs) and not ontology.heading(sign)]
    rng.shuffle(order)
    told: list[str] = []
    above: set[str] = set()
    sex: Sex | None = None
    for sign in order:
        mine = ontology.ancestors(sign)
        if sign in above or not set(told).isdisjoint((*mine, *ontology.opposites(sign))):
            continue
        only = ontology.sex(sign)
        if only and sex and only != sex:
            continue
        sex = sex or only
        told.append(sign)
        above.update(mine)
    return told


def tell_enough(order: Sequence[str], at_least: int, good: Callable[[Sequence[str]], bool]) -> Sequence[str]:
    """The first signs of the order, as few as are good; all where none is."""
    count = min(at_least, len(order))
    while count < len(order) and not good(order[:count]):
        count += 1
    return order[:count]


def blur(
    told: Sequence[str], share: float, ontology: Ontology, langs: Sequence[Lang], rng: np.random.Generator
) -> dict[str, str]:
    """Which signs are told by a broader term, and by which: one or two steps up, never beyond the organ system.

    Returns:
        Sign → the term that is told instead.
    """
    chosen: dict[str, str] = {}
    taken = set(told)
    for sign in told:
        if rng.random() >= share:
            continue
        broader = [term for term in ontology.broader(sign, langs)[:3] if term not in taken]
        broader = [term for term in broader if not any(term in ontology.ancestors(other) for other in taken - {sign})]
        if broader:
            term = broader[int(rng.integers(min(2, len(broader))))]
            chosen[sign] = term
            taken.add(term)
    return chosen
