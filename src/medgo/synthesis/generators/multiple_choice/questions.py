"""The kinds of questions: each picks a right answer and wrong ones that the sources prove wrong.

A question returns None where chance gave it nothing to ask. Knows tables and words; no file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from medgo.schema import Lang, Relation
from medgo.synthesis.generators.composing import Sheet
from medgo.synthesis.generators.kinds import Used
from medgo.synthesis.generators.multiple_choice import words as w
from medgo.synthesis.generators.multiple_choice.tables import Tables

T = TypeVar("T")
_OPTIONS = "ABCDE"
_WRITTEN_SMALL = ("HP:", "SIGN:", "DISEASE:", "DRUG:", "LAB:")
_PROPER = re.compile(
    r"\w+['’]s |(?:Alzheimer|Barrett|Crohn|Cushing|Graves|Hashimoto|Hodgkin|Lyme|Meniere|Ménière|Parkinson|Paxlovid"
    r"|Raynaud|Sjogren|Sjögren|Babinski|Kayser|Gowers|Brushfield|Wilms|Ewing|Schirmer)"
)
# An entry of an index, "Intellectual disability, severe", which running text turns round.
_TURNED = re.compile(r"(.+), (mild|moderate|severe|profound|borderline)")


@dataclass(frozen=True, slots=True)
class Option:
    """One option: its text, the facts that it names, and the sentence that says why it is right or wrong."""

    text: str
    facts: tuple[str, ...]
    why: str
    why_facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Desk:
    """What a question is written with."""

    tables: Tables
    rng: np.random.Generator
    sheet: Sheet

    @property
    def lang(self) -> Lang:
        """Language of the question."""
        return self.sheet.lang

    def pick(self, choices: Sequence[T]) -> T:
        """One of them by chance."""
        return choices[int(self.rng.integers(len(choices)))]

    def some(self, choices: Sequence[T], count: int) -> list[T]:
        """So many of them by chance, in an order by chance."""
        return [choices[i] for i in self.rng.permutation(len(choices))[:count].tolist()]

    def apart(self, curies: Sequence[str], count: int, other_than: str) -> list[str]:
        """So many concepts by chance, none of whose names holds another's: options must not be the same thing."""
        taken: list[str] = []
        names = [self.name(other_than).casefold()]
        for curie in self.some(curies, len(curies)):
            name = self.name(curie).casefold()
            if len(taken) < count and not any(name in known or known in name for known in names):
                taken.append(curie)
                names.append(name)
        return taken

    def word(self, phrasings: w.Phrasings, **slots: str) -> str:
        """One of the phrasings, filled; an English sentence begins with a capital."""
        text = self.pick(phrasings[self.lang]).format(**slots)
        return _capital(text)

    def name(self, curie: str) -> str:
        """What the row calls it; inside an English sentence a sign is written small."""
        text = self.tables.names[curie][self.lang]
        self.sheet.names.append((curie, self.tables.name_sources[curie][self.lang]))
        if self.lang == "en" and (turned := _TURNED.fullmatch(text)):
            return f"{turned.group(2)} {turned.group(1)[0].lower()}{turned.group(1)[1:]}"
        plain = self.lang == "en" and curie.startswith(_WRITTEN_SMALL) and text[1:2].islower()
        return text[0].lower() + text[1:] if plain and not _PROPER.match(text) else text

    def knows(self, curie: str) -> bool:
        """Whether it has a name in the row's language."""
        return self.tables.named(curie, self.lang)

    def rivals(self, disease: str) -> list[str]:
        """Up to eight confusable diseases with a name in the row's language."""
        return self.tables.similarity.confusable(disease, self.rng, k=8, among=self.tables.rivals[self.lang])

    def fact(self, curie: str, *sources: str) -> str:
        """A concept that is named; its definition is its source where no statement is given.

        The facts of a question are terms: it speaks of diseases and drugs in general, and of no patient.
        """
        return self.sheet.fact("term", curie, value=self.name(curie), sources=sources or (self.tables.sources[curie],))

    def ask(self, text: str, facts: Sequence[str], right: Option, wrong: Sequence[Option]) -> str:
        """Write question, options in an order by chance, the answer and why. Returns the right label."""
        self.sheet.say("user", text, *facts)
        order = [right, *wrong]
        shuffled = [order[i] for i in self.rng.permutation(len(order)).tolist()]
        for label, option in zip(_OPTIONS, shuffled, strict=False):
            line = w.OPTION.format(label=label, text=_capital(option.text))
            self.sheet.say("user", line, *option.facts, newline=True)
        label = _OPTIONS[shuffled.index(right)]
        self.sheet.say("completion", self.word(w.ANSWER, label=label))
        self.sheet.say("completion", right.why, *right.why_facts)
        for option in wrong:
            self.sheet.say("completion", option.why, *option.why_facts, newline=True)
        return label


def _capital(text: str) -> str:
    """A capital at the beginning; Greek letters of Chinese names (β-地中海贫血) stay as they are."""
    return text[0].upper() + text[1:] if text[0].isascii() else text


def sign_of_disease(desk: Desk) -> Used | None:
    """A sign of 80 % or more, among signs of confusable diseases that this one is not annotated with."""
    disease, typical = _disease(desk)
    if not typical:
        return None
    relation = desk.pick(typical)
    if desk.tables.bears_name(relation.object, disease):
        return None
    its = desk.fact(disease)
    sign = desk.fact(relation.object, _said(relation))
    right = Option(
        desk.name(relation.object),
        (sign,),
        desk.word(w.SIGN_RIGHT, sign=desk.name(relation.object), disease=desk.name(disease)),
        (sign, its, desk.sheet.fact("rule", value="80%", sources=(_said(relation),), basis=(sign,))),
    )
    wrong: list[Option] = []
    used: Used = [(disease, relation.source), (relation.object, "hpo")]
    for other, far in _foreign_signs(desk, disease, relation.object):
        theirs, its_sign = desk.fact(other), desk.fact(far.object, _said(far))
        slots = {"sign": desk.name(far.object), "other": desk.name(other), "disease": desk.name(disease)}
        facts = (its_sign, theirs, its)
        wrong.append(Option(slots["sign"], (its_sign,), desk.word(w.SIGN_WRONG, **slots), facts))
        used += [(other, far.source), (far.object, "hpo")]
    if len(wrong) < 2:
        return None
    desk.ask(desk.word(w.SIGN_OF, disease=desk.name(disease)), (its,), right, wrong)
    return used


def disease_of_signs(desk: Desk) -> Used | None:
    """Three typical signs → the disease, among confusable ones that lack at least one of them."""
    disease, typical = _disease(desk)
    if len(typical) < 3:
        return None
    shown = _apart(desk, desk.some(typical, len(typical)))
    if any(desk.tables.bears_name(relation.object, disease) for relation in shown):
        return None
    if len(shown) < 3 or not any(desk.tables.specific(r.object) for r in shown):
        return None
    signs = [desk.fact(relation.object, _said(relation)) for relation in shown]
    listed = w.listed([desk.name(relation.object) for relation in shown], desk.lang)
    its = desk.fact(disease)
    rule = desk.sheet.fact("rule", value="80%", sources=tuple(map(_said, shown)), basis=tuple(signs))
    why = desk.word(w.DISEASE_RIGHT, signs=listed, disease=desk.name(disease))
    right = Option(desk.name(disease), (its,), why, (its, rule, *signs))
    wrong: list[Option] = []
    used: Used = [(disease, shown[0].source), *((relation.object, "hpo") for relation in shown)]
    for other in desk.rivals(disease):
        if not desk.knows(other) or len(wrong) == 3:
            continue
        lacking = [r for r in shown if desk.tables.specific(r.object) and _is_foreign(desk, other, r.object)]
        if not lacking:
            continue
        theirs = desk.fact(other)
        missing = desk.pick(lacking)
        absent = desk.fact(missing.object, other)
        text = desk.word(w.DISEASE_WRONG, disease=desk.name(other), sign=desk.name(missing.object))
        wrong.append(Option(desk.name(other), (theirs,), text, (theirs, absent)))
        used.append((other, shown[0].source))
    if len(wrong) < 2:
        return None
    desk.ask(desk.word(w.DISEASE_OF, signs=listed), signs, right, wrong)
    return used


def contraindication(desk: Desk) -> Used | None:
    """What speaks against a drug, among diseases that it is given for."""
    drug = desk.pick(sorted(desk.tables.against)) if desk.tables.against else ""
    relations = [r for r in desk.tables.against.get(drug, ()) if desk.knows(r.object)]
    given_for = [d for d in desk.tables.treats.get(drug, ()) if _uncontested(desk, drug, d)]
    if not relations or len(given_for) < 2 or not desk.knows(drug):
        return None
    relation = desk.pick(relations)
    its, target, reason = desk.fact(drug), desk.fact(relation.object), _reason(desk, relation)
    slots = {"drug": desk.name(drug), "target": desk.name(relation.object), "reason": reason[0]}
    why = desk.word(w.AGAINST_RIGHT, **slots)
    right = Option(desk.name(relation.object), (target,), why, (its, target, reason[1]))
    wrong = []
    for disease in desk.apart(given_for, 3, relation.object):
        fact = desk.fact(disease, f"{disease} treated_by {drug}")
        text = desk.word(w.AGAINST_WRONG, disease=desk.name(disease), drug=desk.name(drug))
        wrong.append(Option(desk.name(disease), (fact,), text, (fact, its)))
    if len(wrong) < 2:
        return None
    desk.ask(desk.word(w.AGAINST, drug=desk.name(drug)), (its,), right, wrong)
    desk.sheet.say("completion", desk.word(w.CAUTION), newline=True)
    return [(drug, relation.source), (drug, "faker")]


def drug_to_avoid(desk: Desk) -> Used | None:
    """The drug that a disease forbids, among those that treat it."""
    pairs = [
        relation
        for relations in desk.tables.against.values()
        for relation in relations
        if relation.object in desk.tables.treated and desk.knows(relation.object) and desk.knows(relation.subject)
    ]
    if not pairs:
        return None
    relation = desk.pick(pairs)
    disease, drug = relation.object, relation.subject
    treating = [d for d in desk.tables.treated[disease] if _uncontested(desk, d, disease) and d != drug]
    if len(treating) < 2 or drug in desk.tables.treated[disease]:
        return None
    its, bad, reason = desk.fact(disease), desk.fact(drug), _reason(desk, relation)
    slots = {"drug": desk.name(drug), "target": desk.name(disease), "reason": reason[0]}
    right = Option(desk.name(drug), (bad,), desk.word(w.AGAINST_RIGHT, **slots), (its, bad, reason[1]))
    wrong = []
    for other in desk.apart(treating, 3, drug):
        fact = desk.fact(other, f"{disease} treated_by {other}")
        text = desk.word(w.AVOID_WRONG, drug=desk.name(other), disease=desk.name(disease))
        wrong.append(Option(desk.name(other), (fact,), text, (fact, its)))
    if len(wrong) < 2:
        return None
    desk.ask(desk.word(w.AVOID, disease=desk.name(disease)), (its,), right, wrong)
    desk.sheet.say("completion", desk.word(w.CAUTION), newline=True)
    return [(drug, relation.source), (disease, "faker")]


def laboratory(desk: Desk) -> Used | None:
    """Which value a disease moves in a direction, among one that it moves the other way and ones of other diseases."""
    both = [d for d, rs in sorted(desk.tables.effects.items()) if len({r.predicate for r in rs}) == 2]
    asked = [(d, way) for d in both if desk.knows(d) for way in ("raises", "lowers") if _opposite(desk, d, way)]
    if not asked:
        return None
    disease, way = desk.pick(asked)
    relation = desk.pick([r for r in desk.tables.effects[disease] if desk.knows(r.object) and r.predicate == way])
    opposite = _opposite(desk, disease, way)
    its = desk.fact(disease)
    right = _lab_option(desk, relation, its, w.LAB_RIGHT)
    wrong = [_lab_option(desk, other, its, w.LAB_WRONG) for other in desk.some(opposite, 3)]
    direction = w.DIRECTION[desk.lang][relation.predicate]
    desk.ask(desk.word(w.LAB_OF, disease=desk.name(disease), direction=direction), (its,), right, wrong)
    return [(disease, relation.source)]


KINDS: Mapping[str, Callable[[Desk], Used | None]] = {
    "sign_of_disease": sign_of_disease,
    "disease_of_signs": disease_of_signs,
    "contraindication": contraindication,
    "drug_to_avoid": drug_to_avoid,
    "laboratory": laboratory,
}


def _said(relation: Relation) -> str:
    return f"{relation.subject} {relation.predicate} {relation.object}"


def _disease(desk: Desk) -> tuple[str, list[Relation]]:
    diseases = desk.tables.diseases[desk.lang]
    if not diseases:
        return "", []
    disease = desk.pick(diseases)
    return disease, [r for r in desk.tables.typical[disease] if desk.knows(r.object)]


def _apart(desk: Desk, typical: Sequence[Relation]) -> list[Relation]:
    """Three of the signs, none a kind of another."""
    shown: list[Relation] = []
    for relation in typical:
        near = any(desk.tables.related(relation.object, other.object) for other in shown)
        if len(shown) < 3 and not near:
            shown.append(relation)
    return shown


def _foreign_signs(desk: Desk, disease: str, sign: str) -> list[tuple[str, Relation]]:
    """Typical signs of up to three confusable diseases that this one is not annotated with, nor anything below them."""
    own = desk.tables.signs[disease]
    found: list[tuple[str, Relation]] = []
    taken = {sign}
    for other in desk.rivals(disease):
        foreign = [
            r
            for r in desk.tables.typical.get(other, ())
            if desk.knows(r.object)
            and desk.tables.specific(r.object)
            and not desk.tables.bears_name(r.object, other)
            and r.object not in taken
            and _is_foreign(desk, disease, r.object)
            and not _above_any(desk, own, r.object)
        ]
        if foreign and desk.knows(other) and len(found) < 3:
            found.append((other, desk.pick(foreign)))
            taken.add(found[-1][1].object)
    return found


def _is_foreign(desk: Desk, disease: str, sign: str) -> bool:
    """Whether a disease is annotated neither with a sign nor with anything below it, and does not bear its name."""
    if desk.tables.in_family(disease, sign):
        return False
    names = (desk.tables.names[curie][desk.lang].casefold() for curie in (sign, disease))
    return next(names) not in next(names)


def _above_any(desk: Desk, own: frozenset[str], sign: str) -> bool:
    """Whether the disease has the parent of the sign: then the sign would be a finer point, not a wrong one."""
    return any(parent in own for parent in desk.tables.parents.get(sign, ()))


def _uncontested(desk: Desk, drug: str, disease: str) -> bool:
    """Whether nothing is said against the drug in the disease that it is given for."""
    return desk.knows(drug) and desk.knows(disease) and disease not in desk.tables.cautions.get(drug, frozenset())


def _reason(desk: Desk, relation: Relation) -> tuple[str, str]:
    """Why a drug is contraindicated: the words, and the fact that holds them."""
    text = str(relation.attributes[f"reason_{desk.lang}"]).rstrip("。.")
    if desk.lang == "en" and (text[1:2].islower() or text.startswith("A ")):
        text = text[0].lower() + text[1:]  # it stands behind a colon
    return text, desk.sheet.fact("rule", value=text, sources=(_said(relation),))


def _opposite(desk: Desk, disease: str, way: str) -> list[Relation]:
    """What a disease moves the other way; empty where that is one value only, which would be no choice."""
    known = [r for r in desk.tables.effects[disease] if desk.knows(r.object)]
    found = [r for r in known if r.predicate != way]
    return found if len(found) > 1 and len(found) < len(known) else []


def _lab_option(desk: Desk, relation: Relation, disease: str, why: w.Phrasings) -> Option:
    fact = desk.fact(relation.object, _said(relation))
    slots = {
        "lab": desk.name(relation.object),
        "disease": desk.name(relation.subject),
        "direction": w.DIRECTION[desk.lang][relation.predicate],
    }
    return Option(slots["lab"], (fact,), desk.word(why, **slots), (fact, disease))
