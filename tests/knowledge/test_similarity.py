"""What looks alike: against sums done by hand, and as a clinician would expect."""

from __future__ import annotations

from itertools import pairwise
from math import log

import numpy as np
import pytest

from medgo.errors import UnknownConceptError
from medgo.knowledge import Knowledge
from medgo.knowledge.build import ensure, plan
from medgo.knowledge.similarity import Similarity
from medgo.schema import Concept, Relation
from tests.support.small_vocabulary import SmallReader, name


@pytest.fixture
def four(cache: object) -> Similarity:
    r"""
    Signs and diseases::

        root ─ a ─ a1, a2        D1: a1, b      D2: a2, b
             └ b                 D3: b          D4: a1, but a2 is negated
    """
    terms = {"root": "", "a": "root", "b": "root", "a1": "a", "a2": "a"}
    having = {"D:1": ["a1", "b"], "D:2": ["a2", "b"], "D:3": ["b"], "D:4": ["a1"]}
    said: list[Concept | Relation] = [Concept(f"HP:{t}", "sign", (name(t),), "small") for t in terms]
    said += [Relation(f"HP:{t}", "is_a", f"HP:{above}", "small") for t, above in terms.items() if above]
    said += [Concept(d, "disease", (name(f"Disease {n} of {d}"),), "small") for n, d in enumerate(having)]
    said += [Relation(d, "has_sign", f"HP:{t}", "small") for d, signs in having.items() for t in signs]
    said += [Relation("D:4", "has_sign", "HP:a2", "small", {"negated": True, "low": 0.0, "high": 0.0})]
    return Similarity(Knowledge(ensure(plan([SmallReader("small", said)]))), ["small"])


def test_information_content(four: Similarity) -> None:
    assert four.content("HP:root") == 0.0
    assert four.content("HP:a") == pytest.approx(-log(3 / 4))
    assert four.content("HP:a1") == pytest.approx(-log(2 / 4))
    assert four.content("HP:a2") == pytest.approx(-log(1 / 4))


def test_diseases_by_hand(four: Similarity) -> None:
    """D1 = {a1, a, b}, D2 = {a2, a, b}: they share a and b, of a, b, a1 and a2."""
    a, b, a1, a2 = -log(3 / 4), -log(3 / 4), -log(1 / 2), -log(1 / 4)
    likeness = dict(zip(four.diseases, four.likeness("D:1"), strict=True))
    assert likeness["D:1"] == pytest.approx(1)
    assert likeness["D:2"] == pytest.approx((a + b) / (a + b + a1 + a2))
    assert likeness["D:3"] == pytest.approx(b / (a + b + a1))
    assert likeness["D:4"] == pytest.approx((a + a1) / (a + b + a1))


def test_signs_by_hand(four: Similarity) -> None:
    a, a1, a2 = -log(3 / 4), -log(1 / 2), -log(1 / 4)
    assert four.lin("HP:a1", "HP:a2") == pytest.approx(2 * a / (a1 + a2))
    assert four.lin("HP:a1", "HP:a1") == pytest.approx(1)
    assert four.lin("HP:a1", "HP:b") == pytest.approx(0)


def test_same_seed_same_choice(four: Similarity) -> None:
    draws = [four.confusable("D:1", np.random.default_rng(3), 2) for _ in range(2)]
    assert draws[0] == draws[1]
    assert "D:1" not in draws[0]
    assert len(four.confusable("D:1", np.random.default_rng(0), 9)) == 3
    assert four.confusable("D:1", np.random.default_rng(0), 9, among={"D:1", "D:4"}) == ["D:4"]


def test_unknown_ones_are_refused(four: Similarity) -> None:
    with pytest.raises(UnknownConceptError):
        four.confusable("D:9", np.random.default_rng(0))
    with pytest.raises(UnknownConceptError):
        four.content("HP:9")


def test_real_diseases_are_confused_as_clinicians_confuse_them(real_hpo: Knowledge) -> None:
    similarity = Similarity(real_hpo)
    marfan, loeys_dietz, cystic_fibrosis = (
        similarity.diseases.index(d) for d in ("ORPHA:558", "ORPHA:60030", "ORPHA:586")
    )
    likeness = similarity.likeness("ORPHA:558")
    assert likeness[marfan] == pytest.approx(1)
    assert likeness[loeys_dietz] > 3 * likeness[cystic_fibrosis]
    rng = np.random.default_rng(1)
    for disease in similarity.diseases[::200]:
        scores = dict(zip(similarity.diseases, similarity.likeness(disease), strict=True))
        others = similarity.confusable(disease, rng, 4)
        assert len(others) == len(set(others)) == 4
        assert all(0 < scores[other] < 0.95 for other in others)
    for term in similarity.terms[::500]:
        above = set(real_hpo.ancestors(term))
        for other in similarity.confusable_signs(term, rng):
            assert other not in above
            assert term not in real_hpo.ancestors(other)


def test_real_index_holds_what_the_files_say(real_hpo: Knowledge) -> None:
    assert real_hpo.lookup("HP:0001275").id == "HP:0001250"
    assert real_hpo.search("Seizure")[0].id == "HP:0001250"
    assert real_hpo.ancestors("HP:0001250")[-1] == "HP:0000001"
    relations = list(real_hpo.statements("has_sign", "hpo_orpha"))
    assert len(relations) > 100_000
    assert all(first.subject <= second.subject for first, second in pairwise(relations))
    binned = [r for r in relations if "frequency" in r.attributes]
    assert len(binned) > 0.99 * len(relations)
    assert all(0 <= r.attributes["low"] <= r.attributes["high"] <= 1 for r in binned)
    terms = {concept.id for concept in real_hpo.concepts(source="hpo")}
    assert {relation.object for relation in relations} <= terms
