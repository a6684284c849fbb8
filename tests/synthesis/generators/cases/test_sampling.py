"""Which signs patients have meets the bins of the source, over a thousand cases."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import numpy as np
from scipy.stats import chisquare

from medgo.knowledge import Knowledge
from medgo.synthesis.generators.cases import ComplexCases
from medgo.synthesis.generators.cases.rare import BINS, Annotation
from medgo.synthesis.generators.cases.sampling import blur, sample_signs, tellable
from medgo.synthesis.generators.cases.tables import read_tables
from medgo.synthesis.protocol import Source


def deviations(knowledge: Knowledge, cases: int, seed: int) -> dict[str, float]:
    """p-value per bin: how often signs of that bin are there in generated cases, against what the bin says."""
    tables = read_tables(knowledge)
    source = Source(knowledge, langs=("en",), seed="x")
    had: Counter[str] = Counter()
    could: Counter[str] = Counter()
    for draft in islice(ComplexCases(kinds=("rare", "mixed")).rows(source, np.random.default_rng(seed)), cases):
        disease = tables.rare.diseases[draft.evidence.labels["truth"]]
        could.update(one.bin for one in disease.signs)
        for name, signs in draft.evidence.labels["sampled"].items():
            had[name] += len(signs)
    found = {}
    for name, low, high in BINS.values():
        expected = could[name] * (low + high) / 2
        if 0 < expected < could[name]:
            observed = [had[name], could[name] - had[name]]
            found[name] = float(chisquare(observed, [expected, could[name] - expected]).pvalue)
        else:
            assert had[name] == expected
    return found


def test_a_thousand_cases_meet_the_bins(invented: Knowledge) -> None:
    found = deviations(invented, 1000, seed=3)
    assert set(found) == {"very_frequent", "frequent", "occasional", "very_rare"}
    assert min(found.values()) > 0.01, found


def test_obligate_signs_are_always_there_and_impossible_ones_never() -> None:
    signs = [Annotation("HP:1", "obligate", 1.0, 1.0), Annotation("HP:2", "excluded", 0.0, 0.0)]
    rng = np.random.default_rng(0)
    assert all([one.sign for one in sample_signs(signs, rng)] == ["HP:1"] for _ in range(500))


def test_no_sign_is_told_beside_a_kind_of_itself(invented: Knowledge) -> None:
    ontology = read_tables(invented).ontology
    rng = np.random.default_rng(1)
    for _ in range(50):
        told = tellable(["HP:94000", "HP:9300", "HP:9200", "HP:94013"], ontology, ("zh", "en"), rng)
        assert len([sign for sign in told if sign in ("HP:94000", "HP:9300", "HP:9200")]) == 1


def test_an_imprecise_term_is_an_ancestor_below_the_organ_system(invented: Knowledge) -> None:
    ontology = read_tables(invented).ontology
    told = ["HP:94000", "HP:94010", "HP:94020"]
    for sign, term in blur(told, 1.0, ontology, ("zh", "en"), np.random.default_rng(2)).items():
        assert term in ontology.ancestors(sign)
        assert term not in ontology.systems
