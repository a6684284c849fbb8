import re
from collections import Counter
from itertools import islice

import numpy as np
import pytest
from pydantic import ValidationError

from medgo.knowledge import Knowledge, open_knowledge
from medgo.knowledge.curated.tables import abbreviations
from medgo.synthesis.generators.terminology import Terminology
from medgo.synthesis.generators.terminology.qualifiers import agree
from medgo.synthesis.generators.terminology.rows import KINDS
from medgo.synthesis.generators.terminology.terms import terms_of
from medgo.synthesis.protocol import Draft, Source


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return open_knowledge()


@pytest.fixture(scope="module")
def drafts(knowledge: Knowledge) -> list[Draft]:
    return make(knowledge, 1500)


def make(knowledge: Knowledge, count: int, seed: int = 3, **options: object) -> list[Draft]:
    generator = Terminology.model_validate(options)
    return list(islice(generator.rows(Source(knowledge, seed="s"), np.random.default_rng(seed)), count))


def of_kind(drafts: list[Draft], kind: str) -> list[Draft]:
    return [draft for draft in drafts if draft.evidence.labels["kind"] == kind]


def test_all_kinds_in_both_languages_and_no_row_twice_by_construction(drafts: list[Draft]) -> None:
    seen = Counter((draft.evidence.labels["kind"], draft.row.lang) for draft in drafts)
    assert {kind for kind, _ in seen} == set(KINDS)
    assert all(
        seen[kind, lang] > 20
        for kind in ("preferred", "translation", "hierarchy", "abbreviation")
        for lang in ("zh", "en")
    )
    assert len({draft.row.row_id for draft in drafts}) > 0.95 * len(drafts)


def test_every_sentence_stands_in_its_part_and_cites_facts_that_exist(drafts: list[Draft]) -> None:
    for draft in drafts:
        ids = {fact.id for fact in draft.evidence.facts}
        texts = {"prompt[0]": draft.row.prompt[0].content, "completion": draft.row.completion.content}  # type: ignore[union-attr]
        for sentence in draft.evidence.sentences:
            assert sentence.text in texts[sentence.part]
            assert set(sentence.facts) <= ids


def test_names_and_codes_are_those_of_the_index(drafts: list[Draft], knowledge: Knowledge) -> None:
    for draft in drafts[:300]:
        for fact in draft.evidence.facts:
            if fact.kind == "term":
                assert fact.value in {name.text for name in knowledge.synonyms(fact.concept)}
            if fact.kind == "code":
                assert fact.concept.endswith(fact.value)


def test_a_synonym_that_two_concepts_share_is_not_asked_about(drafts: list[Draft], knowledge: Knowledge) -> None:
    for draft in of_kind(drafts, "preferred")[:200]:
        mention = draft.evidence.facts[0]
        owners = {hit.id for hit in knowledge.search(mention.value, limit=5) if hit.score == 1}
        kinds = {owner for owner in owners if owner.split(":")[0] in ("HP", "DISEASE", "DRUG", "LAB")}
        assert len({owner.split(":")[0] for owner in kinds} & {"HP"}) <= 1
        assert mention.concept in owners


def test_yes_and_no_about_the_hierarchy_are_true(drafts: list[Draft], knowledge: Knowledge) -> None:
    answers = Counter[bool]()
    for draft in of_kind(drafts, "hierarchy")[:150]:
        question = draft.evidence.sentences[0]
        narrow, broad = (fact.concept for fact in draft.evidence.facts if fact.id in question.facts)
        first = next(s.text for s in draft.evidence.sentences if s.part == "completion")
        yes = first in ("是。", "属于。", "Yes.", "Yes, it is.")
        answers[yes] += 1
        assert (broad in knowledge.ancestors(narrow)) == yes
    assert min(answers.values()) > 20


def test_the_option_chosen_means_the_mention_and_no_other_does(drafts: list[Draft], knowledge: Knowledge) -> None:
    for draft in of_kind(drafts, "choice")[:100]:
        row = draft.row
        mention = draft.evidence.facts[0]
        right = re.search(r"[A-E]", row.completion.content)  # type: ignore[union-attr]
        assert right is not None
        line = next(line for line in row.prompt[0].content.splitlines() if line.startswith(f"{right[0]}. "))
        code = line.rsplit("(" if row.lang == "en" else "（", 1)[1].rstrip(")）")
        assert mention.concept.endswith(code)
        wrong = {fact.concept for fact in draft.evidence.facts if fact.kind == "code"} - {mention.concept}
        assert wrong
        for curie in wrong:
            assert mention.value.casefold() not in {name.text.casefold() for name in knowledge.synonyms(curie)}


def test_exclusions_are_those_of_the_tabular_list(drafts: list[Draft], knowledge: Knowledge) -> None:
    rows = of_kind(drafts, "exclusion")
    assert rows
    for draft in rows:
        subject, predicate, excluded = next(f.value for f in draft.evidence.facts if f.kind == "rule").split(" ")
        assert any(r.object == excluded for r in knowledge.relations(subject) if r.predicate == predicate)
        answer = draft.evidence.sentences[1].text
        assert answer.startswith("Yes") == (predicate == "excludes2")


def test_an_abbreviation_is_read_by_its_context(drafts: list[Draft]) -> None:
    meanings = {(a.text, a.expansion_zh): a for a in abbreviations()}
    ambiguous = 0
    for draft in of_kind(drafts, "abbreviation"):
        fact = draft.evidence.facts[0].value
        answer = draft.row.completion.content  # type: ignore[union-attr]
        (meant,) = [
            a for (short, zh), a in meanings.items() if fact.startswith(f"{short}: ") and f" {zh};" in f"{fact};"
        ]
        context = meant.context_zh if draft.row.lang == "zh" else meant.context_en
        assert any(word in draft.row.prompt[0].content for word in context)
        rivals = [a for a in meanings.values() if a.text == meant.text and a is not meant]
        for rival in rivals:
            assert (rival.expansion_zh if draft.row.lang == "zh" else rival.expansion_en) in answer
        ambiguous += bool(rivals)
    assert ambiguous > 10


def test_the_same_seed_gives_the_same_rows_and_another_others(knowledge: Knowledge, drafts: list[Draft]) -> None:
    assert [d.row.row_id for d in make(knowledge, 50)] == [d.row.row_id for d in drafts[:50]]
    assert [d.row.row_id for d in make(knowledge, 50, seed=4)] != [d.row.row_id for d in drafts[:50]]


@pytest.mark.parametrize("options", [{"kinds": {}}, {"kinds": {"choice": -1}}, {"kinds": {"poem": 1}}, {"kind": 1}])
def test_options_that_make_no_sense_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Terminology.model_validate(options)


def test_one_kind_alone(knowledge: Knowledge) -> None:
    assert {d.evidence.labels["kind"] for d in make(knowledge, 20, kinds={"translation": 1})} == {"translation"}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Tonsillitis", "急性扁桃体炎", False),
        ("Acute tonsillitis", "急性扁桃体炎", True),
        ("Subacute thyroiditis", "亚急性甲状腺炎", True),
        ("Acute thyroiditis", "亚急性甲状腺炎", False),
        ("慢性丙型肝炎", "Hepatitis C", False),
        ("COPD", "慢性阻塞性肺疾病", True),
        ("慢阻肺", "Chronic obstructive pulmonary disease", True),
        ("Congenital adrenal hyperplasia", "17α-羟化酶缺乏症", False),
        ("Bilateral ptosis", "上睑下垂", False),
        ("左心室肥厚", "Left ventricular hypertrophy", True),
        ("右心室肥厚", "Left ventricular hypertrophy", False),
        ("Levofloxacin", "左氧氟沙星", True),
        ("Urinary urgency", "尿急", True),
    ],
)
def test_names_agree_in_what_narrows_them(one: str, other: str, *, same: bool) -> None:
    assert agree(one, other) is agree(other, one) is same


def test_only_names_that_agree_are_asked_about(knowledge: Knowledge) -> None:
    terms = terms_of(knowledge)
    drawn = [terms.both.draw(np.random.default_rng(seed)) for seed in range(300)]
    assert all(agree(term.preferred["zh"][0], term.preferred["en"][0]) for term in drawn)


def test_a_brand_is_a_synonym_and_an_infection_or_another_syndrome_is_none(knowledge: Knowledge) -> None:
    def named(curie: str, role: str) -> set[str]:
        return {name.text for name in knowledge.synonyms(curie) if name.role == role}

    assert "Nirmatrelvir/ritonavir" in named("DRUG:paxlovid", "preferred")
    assert "Paxlovid" in named("DRUG:paxlovid", "synonym")
    assert "HIV感染" not in named("DISEASE:hiv_aids", "preferred") | named("DISEASE:hiv_aids", "synonym")
    assert "亨特综合征" not in {name.text for name in knowledge.synonyms("ORPHA:580")}
