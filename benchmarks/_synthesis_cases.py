"""Complex cases counted again from the statements of the index, without the generator's own tables.

Used by ``synthesis.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
from scipy.stats import chisquare

from medgo.knowledge import Knowledge
from medgo.schema import Fact, Relation
from medgo.synthesis.generators.cases import ComplexCases
from medgo.synthesis.protocol import Draft, Source

# The frequency terms of HPO and the shares of patients that each means. https://hpo.jax.org, HP:0040279
_BINS = {
    "HP:0040280": ("obligate", 1.0, 1.0),
    "HP:0040281": ("very_frequent", 0.80, 0.99),
    "HP:0040282": ("frequent", 0.30, 0.79),
    "HP:0040283": ("occasional", 0.05, 0.29),
    "HP:0040284": ("very_rare", 0.01, 0.04),
}
_EXCLUDED = "HP:0040285"
Pair = tuple[Draft, Draft]


def check_cases(knowledge: Knowledge, cases: int, seed: int) -> Iterator[tuple[str, str]]:
    """Lines of a table: what was looked at, and what was found."""
    drafts = ComplexCases().rows(Source(knowledge, seed="bench"), np.random.default_rng(seed))
    both = list(islice(drafts, 2 * cases))
    pairs = list(zip(both[::2], both[1::2], strict=True))
    said: dict[str, list[Relation]] = {}
    for relation in knowledge.statements("has_sign"):
        said.setdefault(relation.subject, []).append(relation)
    yield from _bins(said, pairs)
    yield "present signs that the disease excludes", _excluded(knowledge, said, pairs)
    yield "drugs contraindicated by what the case states", _contraindicated(knowledge, pairs)
    yield "values outside their state or what is possible", _values(knowledge, pairs)
    yield "cases of which zh and en state other facts", _disagreeing(pairs)


def _bins(said: dict[str, list[Relation]], pairs: Sequence[Pair]) -> Iterator[tuple[str, str]]:
    """How often signs of each bin were drawn, against the middle of the bin; a χ² test each."""
    had: Counter[str] = Counter()
    could: Counter[str] = Counter()
    for case, _ in pairs:
        drawn = case.evidence.labels.get("sampled")
        if drawn is None:  # a common disease: its signs have no frequencies
            continue
        had.update({name: len(signs) for name, signs in drawn.items()})
        stated = {one.object: one for one in said[case.evidence.labels["truth"]]}
        could.update(_BINS[f][0] for one in stated.values() if (f := one.attributes.get("frequency")) in _BINS)
    for name, low, high in _BINS.values():
        if not could[name]:
            continue
        expected = could[name] * (low + high) / 2
        line = f"{had[name]:,} of {could[name]:,}, expected {expected:,.0f}"
        if expected < could[name]:
            observed = [had[name], could[name] - had[name]]
            line += f", p = {chisquare(observed, [expected, could[name] - expected]).pvalue:.2f}"
        yield f"signs drawn, {name}", line


def _excluded(knowledge: Knowledge, said: dict[str, list[Relation]], pairs: Sequence[Pair]) -> str:
    """An excluded term excludes all its kinds. Distractors are findings of the patient as well, and count."""
    found = looked = 0
    for case, _ in pairs:
        stated = said.get(case.evidence.labels["truth"], [])
        never = {one.object for one in stated if one.attributes.get("frequency") == _EXCLUDED}
        never |= {one.object for one in stated if one.attributes.get("negated")}
        if not never:
            continue
        for fact in case.evidence.facts:
            if fact.kind == "sign" and fact.polarity == "present":
                looked += 1
                found += not never.isdisjoint((fact.concept, *knowledge.ancestors(fact.concept)))
    return f"{found} of {looked:,} in diseases that exclude any"


def _contraindicated(knowledge: Knowledge, pairs: Sequence[Pair]) -> str:
    found = given = 0
    for case, _ in pairs:
        facts = case.evidence.facts
        states = {one.concept for one in facts if one.kind in ("history", "allergy", "sign") and _present(one)}
        states |= {case.evidence.labels["truth"], *case.evidence.labels.get("states", ())} | set(_own_states(facts))
        for drug in (one for one in facts if one.kind == "drug" and _present(one)):
            given += 1
            found += any(
                one.object in states and one.attributes.get("severity") == "contraindicated"
                for one in knowledge.relations(drug.concept, "contraindicated_in")
            )
    return f"{found} of {given:,} drugs"


def _own_states(facts: Sequence[Fact]) -> Iterator[str]:
    """What numbers of the case say by themselves."""
    for fact in facts:
        if fact.kind == "age" and (fact.unit != "years" or float(fact.value) < 18):
            yield "STATE:child"
        if fact.concept == "LAB:egfr" and float(fact.value) < 30:
            yield "STATE:egfr_below_30"
        if fact.concept == "LAB:potassium" and fact.attributes["state"] != "normal":
            yield "STATE:hyperkalaemia" if fact.attributes["state"] == "high" else "STATE:hypokalaemia"


def _values(knowledge: Knowledge, pairs: Sequence[Pair]) -> str:
    """The range of the row where it gives one (it depends on sex and age), else the index's."""
    found = looked = 0
    for case, _ in pairs:
        for fact in case.evidence.facts:
            if fact.kind in ("lab", "vital"):
                looked += 1
                scale = {**knowledge.lookup(fact.concept).attributes, **fact.attributes}
                value = float(fact.value)
                state = "low" if value < float(scale["low"]) else "high" if value > float(scale["high"]) else "normal"
                possible = float(scale["min"]) <= value <= float(scale["max"])
                found += not (possible and state == fact.attributes["state"])
    return f"{found} of {looked:,} values"


def _disagreeing(pairs: Sequence[Pair]) -> str:
    """Facts, and which of them each sentence states."""
    found = 0
    for zh, en in pairs:
        ours, theirs = ([(one.part, one.section, one.facts) for one in draft.evidence.sentences] for draft in (zh, en))
        found += zh.evidence.facts != en.evidence.facts or ours != theirs or (zh.row.lang, en.row.lang) != ("zh", "en")
    return f"{found} of {len(pairs):,}"


def _present(fact: Fact) -> bool:
    return fact.polarity == "present"
