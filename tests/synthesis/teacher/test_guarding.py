"""What a text names besides its case: new facts, none of which takes the id of another."""

from __future__ import annotations

from dataclasses import replace

from medgo.schema import Evidence, Fact
from medgo.synthesis.generators.teacher.guarding import named_besides
from tests.synthesis.teacher.support import FACTS, source_of


def test_what_is_named_besides_gets_ids_that_are_free() -> None:
    source = source_of(lambda request: "")
    held = Evidence((*FACTS[:9], Fact("n1", "sign", "HP:9"), Fact("n3", "diagnosis", "DISEASE:pneumonia")), ())
    texts = ("肺炎，还要考虑心肌梗死。", "是否咯血？阿司匹林？")
    (weighed,) = named_besides(source, held, texts, ("disease",), "medgo:considered")
    assert weighed == Fact("n2", "diagnosis", "DISEASE:infarction", polarity="absent", sources=("medgo:considered",)), (
        "pneumonia is a fact of the case"
    )
    both = replace(held, facts=(*held.facts[3:5], *held.facts[-2:], weighed))
    asked = named_besides(source, both, texts, ("disease", "sign", "drug"), "medgo:asked")
    assert [(fact.id, fact.concept) for fact in asked] == [("n4", "HP:4"), ("n5", "DRUG:aspirin")]
