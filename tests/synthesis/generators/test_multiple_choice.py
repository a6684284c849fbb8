from collections import Counter
from collections.abc import Iterator
from itertools import islice

import numpy as np
import pytest

from medgo.errors import RecipeError
from medgo.knowledge import Knowledge, open_knowledge
from medgo.schema import Fact, Predicate, Relation, SftRow
from medgo.synthesis.generators.multiple_choice import MultipleChoice
from medgo.synthesis.protocol import Draft, Source


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return open_knowledge()


@pytest.fixture(scope="module")
def drafts(knowledge: Knowledge) -> list[Draft]:
    return make(knowledge, 600)


def make(knowledge: Knowledge, count: int, seed: int = 3, **options: object) -> list[Draft]:
    generator = MultipleChoice.model_validate(options)
    return list(islice(generator.rows(Source(knowledge, seed="s"), np.random.default_rng(seed)), count))


def of_kind(drafts: list[Draft], kind: str) -> list[Draft]:
    return [draft for draft in drafts if draft.evidence.labels["kind"] == kind]


def right_and_wrong(draft: Draft) -> tuple[str, list[str], list[tuple[Fact, ...]]]:
    """The right option's line, the wrong ones', and the facts of all option lines in their order."""
    assert isinstance(draft.row, SftRow)
    lines = draft.row.prompt[0].content.splitlines()[1:]
    answer = next(s.text for s in draft.evidence.sentences if s.part == "completion").rstrip("。.")
    right = next(line for line in lines if line.startswith(f"{answer[-1]}. "))
    facts = {fact.id: fact for fact in draft.evidence.facts}
    named = [tuple(facts[i] for i in s.facts) for s in draft.evidence.sentences if s.text in lines]
    return right, [line for line in lines if line != right], named


def test_all_kinds_in_both_languages(drafts: list[Draft]) -> None:
    seen = Counter((draft.evidence.labels["kind"], draft.row.lang) for draft in drafts)
    kinds = ("sign_of_disease", "disease_of_signs", "contraindication", "drug_to_avoid", "laboratory")
    assert all(seen[kind, lang] > 3 for kind in kinds for lang in ("zh", "en")), seen


def test_options_differ_and_the_right_one_stands_anywhere(drafts: list[Draft]) -> None:
    places = Counter[str]()
    for draft in drafts:
        right, wrong, _ = right_and_wrong(draft)
        texts = [line[3:].casefold() for line in (right, *wrong)]
        assert len(set(texts)) == len(texts) >= 2
        if len(texts) == 4:
            places[right[0]] += 1
    expected = sum(places.values()) / 4
    assert sum((places[label] - expected) ** 2 / expected for label in "ABCD") < 16.3  # chi², 3 df, p = 0.001


def test_wrong_signs_are_not_annotated_and_right_ones_are_typical(drafts: list[Draft], knowledge: Knowledge) -> None:
    for draft in of_kind(drafts, "sign_of_disease")[:120]:
        disease = draft.evidence.facts[0].concept
        annotated: dict[str, list[float]] = {}
        for relation in knowledge.relations(disease, "has_sign"):
            annotated.setdefault(relation.object, []).append(relation.attributes["low"])
        closure = {up for sign in annotated for up in (sign, *knowledge.ancestors(sign))}
        right, _, options = right_and_wrong(draft)
        for fact in (fact for facts in options for fact in facts):
            if right[3:].casefold() == fact.value.casefold():
                assert min(annotated[fact.concept]) >= 0.8
            else:
                assert fact.concept not in closure


def test_a_wrong_disease_lacks_a_sign_and_the_right_one_has_all(drafts: list[Draft], knowledge: Knowledge) -> None:
    for draft in of_kind(drafts, "disease_of_signs")[:120]:
        asked = draft.evidence.sentences[0].facts
        signs = {fact.concept for fact in draft.evidence.facts if fact.id in asked}
        for fact in (fact for facts in right_and_wrong(draft)[2] for fact in facts):
            typical = {r.object for r in knowledge.relations(fact.concept, "has_sign")}
            closure = {up for sign in typical for up in (sign, *knowledge.ancestors(sign))}
            right = right_and_wrong(draft)[0][3:].casefold()
            is_right = right == str(knowledge.lookup(fact.concept).name(draft.row.lang)).casefold()
            assert (signs <= closure) == is_right


def test_contraindications_are_stated_and_indications_are_free_of_cautions(
    drafts: list[Draft], knowledge: Knowledge
) -> None:
    for draft in of_kind(drafts, "contraindication"):
        drug = draft.evidence.facts[0].concept
        stated = {r.object: r.attributes["severity"] for r in knowledge.relations(drug, "contraindicated_in")}
        treats = {r.subject for r in knowledge.relations(drug, "treated_by", inverse=True)}
        options = [fact for facts in right_and_wrong(draft)[2] for fact in facts]
        assert sum(stated.get(fact.concept) == "contraindicated" for fact in options) == 1
        for fact in options:
            if fact.concept in stated:
                assert right_and_wrong(draft)[0][3:].casefold() == fact.value.casefold()
            else:
                assert fact.concept in treats
                assert fact.concept not in stated


def test_knowledge_that_gives_nothing_to_ask_ends_the_run_instead_of_going_round(knowledge: Knowledge) -> None:
    class Poor:
        """The index without drugs and laboratory values."""

        def __getattr__(self, name: str) -> object:
            return getattr(knowledge, name)

        def statements(self, predicate: Predicate, source: str | None = None) -> Iterator[Relation]:
            return knowledge.statements(predicate, source) if predicate in ("is_a", "has_sign") else iter(())

    generator = MultipleChoice(kinds={"laboratory": 1, "drug_to_avoid": 1})
    with pytest.raises(RecipeError, match="nothing to ask"):
        next(generator.rows(Source(Poor(), seed="s"), np.random.default_rng(0)))  # type: ignore[arg-type]
