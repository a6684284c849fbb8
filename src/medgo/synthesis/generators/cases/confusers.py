"""Diseases that are easily mistaken for another, and which of their signs can mislead or be denied. Knows no words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from medgo.schema import Lang
from medgo.synthesis.generators.cases.likelihood import Likelihood, ranked
from medgo.synthesis.generators.cases.ontology import Ontology, Sex


@dataclass(frozen=True, slots=True)
class Borrowed:
    """A sign taken from a disease that the patient does not have."""

    sign: str
    disease: str


@dataclass(frozen=True)
class Patient:
    """What decides which signs a patient can have.

    Args:
        signs: All signs that the patient has, told or not, and what they are kinds of.
        excluded: Signs that the true disease never has.
        own: Signs of the true disease and what they are kinds of.
        sex: Sex; None where not settled yet.
        age: In years; None likewise.
        told: Signs that the case tells, as it tells them.
    """

    signs: frozenset[str]
    excluded: frozenset[str]
    own: Mapping[str, float]
    sex: Sex | None = None
    age: float | None = None
    told: tuple[str, ...] = ()

    def can_have(self, sign: str, ontology: Ontology) -> bool:
        """Whether sex and age allow the sign, so that denying it says something."""
        only = ontology.sex(sign)
        return (only is None or self.sex is None or only == self.sex) and (
            self.age is None or ontology.from_age(sign) <= self.age
        )


def confusers(likelihood: Likelihood, typical: Iterable[str], disease: str, top: int = 4) -> list[str]:
    """Diseases under which the typical signs of this one are likeliest, without itself."""
    total = likelihood.log_likelihoods(typical, ())
    return [other for other, _ in ranked(likelihood, total, top=top + 1) if other != disease][:top]


def red_herrings(
    others: Sequence[str],
    signs: Mapping[str, Sequence[str]],
    patient: Patient,
    ontology: Ontology,
    wanted: tuple[int, Sequence[Lang]],
    rng: np.random.Generator,
) -> list[Borrowed]:
    """Signs of easily mistaken diseases that the patient has by accident.

    Args:
        others: The diseases.
        signs: Disease → its signs.
        patient: What may be.
        ontology: Signs.
        wanted: How many at most, and the languages in which they need a name.
        rng: Chance.
    """
    most, langs = wanted
    found: list[Borrowed] = []
    for disease in others:
        if len(found) >= most:
            break
        taken = {one.sign for one in found}
        for at in rng.permutation(len(signs[disease])).tolist():
            sign = signs[disease][at]
            if sign in patient.own or sign in taken or not _usable(sign, patient, ontology, langs):
                continue
            if not patient.excluded.isdisjoint((sign, *ontology.ancestors(sign))):
                continue
            if patient.signs.isdisjoint(ontology.opposites(sign)):
                found.append(Borrowed(sign, disease))
                break
    return found


def _usable(sign: str, patient: Patient, ontology: Ontology, langs: Sequence[Lang]) -> bool:
    if ontology.heading(sign) or ontology.tumour(sign):
        return False
    return ontology.named(sign, langs) and patient.can_have(sign, ontology) and ontology.group(sign) != "early"


def denials(
    others: Sequence[str],
    signs: Mapping[str, Sequence[str]],
    patient: Patient,
    ontology: Ontology,
    wanted: tuple[int, Sequence[Lang]],
    rng: np.random.Generator,
) -> list[Borrowed]:
    """Frequent signs of easily mistaken diseases that the patient does not have: pertinent negatives.

    A sign can only be denied where the patient has no kind of it, told or not. Arguments as for :func:`red_herrings`.
    """
    most, langs = wanted
    found: list[Borrowed] = []
    for turn in range(2):
        for disease in others:
            if len(found) >= most:
                return found
            taken = {one.sign for one in found}
            if turn and rng.random() < 0.5:
                continue
            for at in rng.permutation(len(signs[disease])).tolist():
                sign = signs[disease][at]
                if sign in patient.signs or sign in taken or not _usable(sign, patient, ontology, langs):
                    continue
                if not ontology.deniable(sign) or any(ontology.alike(sign, other) for other in patient.told):
                    continue
                if taken.isdisjoint(ontology.ancestors(sign)) and not any(
                    sign in ontology.ancestors(other) for other in taken
                ):
                    found.append(Borrowed(sign, disease))
                    break
    return found
