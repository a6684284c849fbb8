"""What people type for a concept, and which one is meant."""

from __future__ import annotations

import pytest

from medgo.errors import InputError, UnknownConceptError
from medgo.knowledge import Knowledge
from medgo.knowledge.build import ensure, plan
from medgo.knowledge.resolve import resolve
from medgo.schema import Concept
from tests.support.small_vocabulary import SmallReader, name


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("HP:3", "HP:3"),
        ("hp:3", "HP:3"),
        (" Hp：3 ", "HP:3"),
        ("hp:44", "HP:4"),
        ("disease:Colic", "DISEASE:colic"),
        ("icd10cm:e11.9", "ICD10CM:E11.9"),
        ("e11.9", "ICD10CM:E11.9"),
        ("腹痛", "HP:3"),
        ("BELLYACHE", "HP:3"),
    ],
)
def test_an_id_a_code_or_a_whole_name(small: Knowledge, typed: str, meant: str) -> None:
    assert resolve(small, typed).concept.id == meant


def test_a_code_of_several_vocabularies_is_icd_10_cm_and_the_others_are_said(cache: object) -> None:
    ids = ("ICD10:I10", "ICD10CM:I10", "A:I10")
    concepts = [Concept(curie, "disease", (name(f"High pressure {n}"),), "small") for n, curie in enumerate(ids)]
    found = resolve(Knowledge(ensure(plan([SmallReader("small", concepts)]))), "i10")
    assert (found.concept.id, found.others) == ("ICD10CM:I10", ("ICD10:I10", "A:I10"))


def test_a_name_of_several_concepts_is_asked_back(cache: object) -> None:
    concepts = [Concept(curie, "disease", (name("Ache"),), "small") for curie in ("A:1", "A:2")]
    knowledge = Knowledge(ensure(plan([SmallReader("small", concepts)])))
    with pytest.raises(UnknownConceptError, match="several") as caught:
        resolve(knowledge, "ache")
    assert "A:1" in caught.value.hint and "A:2" in caught.value.hint


def test_what_is_like_a_name_is_offered(small: Knowledge) -> None:
    with pytest.raises(UnknownConceptError) as caught:
        resolve(small, "abdominal pian")
    assert "did you mean HP:3" in caught.value.hint


@pytest.mark.parametrize("typed", ["HP:77", "qqqqzzzz", "%", "STATE:pregnancy"])
def test_what_is_unknown_is_refused(small: Knowledge, typed: str) -> None:
    with pytest.raises(UnknownConceptError):
        resolve(small, typed)


def test_blank_and_endless_texts(small: Knowledge) -> None:
    with pytest.raises(InputError, match="no id"):
        resolve(small, "  ")
    for endless in ("ab" * 10_000, "x:" + "ab" * 10_000):
        with pytest.raises(UnknownConceptError) as caught:
            resolve(small, endless)
        assert len(caught.value.message) < 200
