"""What the index answers."""

from __future__ import annotations

import multiprocessing
import pickle
from dataclasses import replace

import pytest

from medgo.errors import UnknownConceptError
from medgo.knowledge import Knowledge
from medgo.knowledge.build import ensure, plan
from medgo.schema import Concept, Relation
from tests.support.small_vocabulary import SmallReader, name, statements


def ids(knowledge: Knowledge, text: str, **options: object) -> list[str]:
    return [hit.id for hit in knowledge.search(text, **options)]  # type: ignore[arg-type]


def test_lookup_gives_all_that_was_said(small: Knowledge) -> None:
    concept = small.lookup("HP:2")
    assert concept == Concept("HP:2", "sign", (name("Pain"), name("疼痛", "zh")), "small", "It hurts.")
    assert small.lookup("HP:3").name("zh") == "腹痛"
    assert small.lookup("DRUG:a").attributes == {"doses": [1, 2]}


def test_replaced_ids_are_resolved(small: Knowledge) -> None:
    assert small.lookup("HP:44").id == "HP:4"
    assert small.parents("HP:44") == ("HP:2",)


@pytest.mark.parametrize("unknown", ["HP:33", "hp:3", "", "STATE:pregnancy", "HP:999", "%"])
def test_unknown_ids_are_refused_with_near_ones(small: Knowledge, unknown: str) -> None:
    with pytest.raises(UnknownConceptError) as error:
        small.lookup(unknown)
    assert "medgo knowledge search" in error.value.hint
    if unknown == "hp:3":
        assert "HP:3" in error.value.hint


def test_hierarchy(small: Knowledge) -> None:
    assert small.ancestors("HP:3") == ("HP:2", "HP:1")
    assert small.parents("HP:1") == ()
    assert small.children("HP:2") == ("HP:3", "HP:4")
    assert small.children("HP:4") == ()


def test_a_cycle_ends(cache: object) -> None:
    extra = [Relation("HP:1", "is_a", "HP:3", "small")]
    knowledge = Knowledge(ensure(plan([SmallReader("small", statements() + extra)])))
    assert set(knowledge.ancestors("HP:3")) == {"HP:2", "HP:1"}


def test_relations_both_ways(small: Knowledge) -> None:
    signs = small.relations("DISEASE:colic", "has_sign")
    assert [(r.object, r.attributes["frequency"]) for r in signs] == [("HP:3", "3/4"), ("HP:5", "1/4")]
    assert [r.subject for r in small.relations("HP:5", "has_sign", inverse=True)] == ["DISEASE:colic"]
    assert {r.predicate for r in small.relations("HP:3", inverse=True)} == {"has_sign"}
    # What only relations name has no names, but can be asked about.
    (against,) = small.relations("STATE:pregnancy", inverse=True)
    assert against == Relation("DRUG:a", "contraindicated_in", "STATE:pregnancy", "small", {"severity": "high"})


def test_same_text_comes_first_then_beginnings_then_words(small: Knowledge) -> None:
    assert ids(small, "pain") == ["HP:2", "HP:3"]
    scores = [hit.score for hit in small.search("pain")]
    assert scores[0] == 1.0
    assert scores == sorted(scores, reverse=True)
    assert ids(small, "head") == ["HP:4"]
    assert ids(small, "mellitus diab") == ["ICD10CM:E11.9"]


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("腹痛", "HP:3"),
        ("腹泻", "HP:5"),
        ("头痛", "HP:4"),
        ("痛", "HP:2"),
        ("bellyaches", "HP:3"),
        ("DIARRHOEA", "HP:5"),
        ("AB霉素", "DRUG:a"),
        ("ａｂ霉素", "DRUG:a"),
        ("sjogren colic", "DISEASE:colic"),
        ("E11.9", "ICD10CM:E11.9"),
        ("e11.9", "ICD10CM:E11.9"),
        ("ICD10CM:E11.9", "ICD10CM:E11.9"),
        ("HP:44", "HP:4"),
        ("diarhea", "HP:5"),
        ("abdomnial pain", "HP:3"),
        ("alphamicyn", "DRUG:a"),
        ("绞痛感", "DISEASE:colic"),
    ],
)
def test_search_finds(small: Knowledge, text: str, id: str) -> None:  # noqa: A002
    assert id in ids(small, text)


def test_search_narrows(small: Knowledge) -> None:
    assert ids(small, "痛", lang="en") == []
    assert ids(small, "痛", kind="disease") == ["DISEASE:colic"]
    assert len(ids(small, "痛", limit=2)) == 2
    assert ids(small, "pain", limit=0) == []


@pytest.mark.parametrize(
    "text", ["", "  ", "，", '"', "a OR b*", "NEAR(", "zzzzqqqq", "𠀀", "%_", "'; DROP TABLE name"]
)
def test_odd_searches_find_nothing_and_break_nothing(small: Knowledge, text: str) -> None:
    assert ids(small, text) == []


def test_each_concept_is_found_once(cache: object) -> None:
    many = Concept("X:1", "drug", tuple(name(f"Pill {n}", role="synonym") for n in range(50)), "small")
    few = Concept("X:2", "drug", (name("Pill of another kind altogether"),), "small")
    knowledge = Knowledge(ensure(plan([SmallReader("small", [many, few])])))
    assert ids(knowledge, "pill", limit=2) == ["X:1", "X:2"]


def test_a_code_is_shown_under_its_preferred_name(cache: object) -> None:
    concept = Concept("ICD10:K21", "disease", (name("Reflux disease"), name("Reflux", role="synonym")), "small")
    knowledge = Knowledge(ensure(plan([SmallReader("small", [concept])])))
    (hit,) = knowledge.search("K21")
    assert (hit.name.text, hit.score) == ("Reflux disease", 1.0)


def test_fewer_slips_are_nearer(cache: object) -> None:
    said = [Concept(f"X:{text}", "drug", (name(text),), "small") for text in ("metformin", "merbromin", "metrodin")]
    knowledge = Knowledge(ensure(plan([SmallReader("small", said)])))
    assert ids(knowledge, "metfromin") == ["X:metformin"]


def test_streams_are_complete_and_in_order(small: Knowledge) -> None:
    concepts = list(small.concepts())
    assert [concept.id for concept in concepts] == sorted(concept.id for concept in concepts)
    assert concepts == [small.lookup(concept.id) for concept in concepts]
    assert [concept.id for concept in small.concepts("drug")] == ["DRUG:a"]
    assert [r.subject for r in small.statements("is_a")] == ["HP:2", "HP:3", "HP:4", "HP:5"]
    assert list(small.statements("has_sign", "small")) == list(small.relations("DISEASE:colic", "has_sign"))
    with pytest.raises(UnknownConceptError):
        list(small.statements("is_a", "no_such_source"))


def test_streams_longer_than_a_page(cache: object) -> None:
    many = [Concept(f"X:{n:05d}", "sign", (name(f"Sign {n}"),), "small") for n in range(4_500)]
    marks = [Relation("X:00000", "has_sign", f"X:{n:05d}", "small", {"n": n}) for n in range(4_500)]
    knowledge = Knowledge(ensure(plan([SmallReader("small", many + marks)])))
    assert [concept.id for concept in knowledge.concepts()] == [concept.id for concept in many]
    assert [relation.attributes["n"] for relation in knowledge.statements("has_sign")] == list(range(4_500))


def test_the_first_source_defines_and_the_others_add_names(cache: object) -> None:
    second = Concept(
        "HP:2", "class", (replace(name("Ache"), source="other"), name("疼", "zh", source="other")), "other"
    )
    first = SmallReader("small", statements())
    knowledge = Knowledge(ensure(plan([first, SmallReader("other", [second])])))
    concept = knowledge.lookup("HP:2")
    assert (concept.kind, concept.source, concept.definition) == ("sign", "small", "It hurts.")
    assert [n.text for n in concept.names] == ["Pain", "疼痛", "Ache", "疼"]
    assert [source.id for source in knowledge.sources()][:2] == ["small", "other"]


def test_sources_say_their_licence(small: Knowledge) -> None:
    assert small.source("small").licence == "Licence of small"
    assert small.meta["orphans"] == {"small": 1}
    with pytest.raises(UnknownConceptError, match="no_such"):
        small.source("no_such")


def _asks(knowledge: Knowledge) -> str:
    return knowledge.lookup("HP:2").id


def test_other_processes_and_copies_ask_too(small: Knowledge) -> None:
    assert _asks(small) == "HP:2"
    assert _asks(pickle.loads(pickle.dumps(small))) == "HP:2"
    # A forked child must not use the parent's connection.
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(_asks, [small] * 4) == ["HP:2"] * 4


def test_variant_spellings_are_found_and_chance_likeness_is_not(cache: object) -> None:
    aspirin = Concept("DRUG:a", "drug", (name("阿司匹林", "zh"),), "small")
    count = Concept("HP:7", "sign", (name("常规以外的白细胞形态改变", "zh"),), "small")
    knowledge = Knowledge(ensure(plan([SmallReader("small", [aspirin, count])])))
    (hit,) = knowledge.search("阿斯匹林")
    assert hit.id == "DRUG:a" and 0.9 < hit.score < 1
    (slip,) = knowledge.search("阿司匹琳")  # one wrong character
    assert slip.id == "DRUG:a" and slip.score < 0.3
    assert ids(knowledge, "血常规") == []


def test_of_one_abbreviation_the_disease_comes_before_the_sign(cache: object) -> None:
    short = name("MI", role="abbreviation")
    sign = Concept("HP:1", "sign", (name("Infarction"), short), "small")
    disease = Concept("X:2", "disease", (name("Infarction of the heart"), short), "small")
    knowledge = Knowledge(ensure(plan([SmallReader("small", [sign, disease])])))
    assert ids(knowledge, "MI") == ["X:2", "HP:1"]


def test_a_search_of_any_length_is_answered(small: Knowledge) -> None:
    assert ids(small, "abcdefghi" * 2500) == []
    assert ids(small, "痛苦疾患" * 5000) == []
    assert ids(small, "a b1 " * 4000) == []
