"""Properties of generated cases: every fact stands, both languages agree, nothing impossible is told."""

from __future__ import annotations

import json
from itertools import islice, pairwise

import numpy as np
import pytest

from medgo.errors import RecipeError
from medgo.knowledge import Knowledge
from medgo.schema import SftRow
from medgo.synthesis.generators.cases import ComplexCases
from medgo.synthesis.generators.cases.generator import TASK
from medgo.synthesis.generators.cases.tables import read_tables
from medgo.synthesis.protocol import Draft, Source
from medgo.tasks.reasoning.differential_diagnosis import DifferentialInput


def as_bytes(draft: Draft) -> bytes:
    row = draft.row
    return json.dumps([row.to_dict(), draft.evidence.to_dict(row.row_id)], ensure_ascii=False).encode()


def test_same_seed_same_bytes(invented: Knowledge) -> None:
    def make(seed: int) -> list[bytes]:
        rows = ComplexCases().rows(Source(invented, seed="1"), np.random.default_rng(seed))
        return [as_bytes(draft) for draft in islice(rows, 60)]

    assert make(5) == make(5)
    assert make(5) != make(6)


def test_both_languages_state_the_same_facts(drafts: list[Draft]) -> None:
    for zh, en in zip(drafts[::2], drafts[1::2], strict=True):
        assert (zh.row.lang, en.row.lang) == ("zh", "en")
        assert zh.evidence.facts == en.evidence.facts
        assert [(one.part, one.section, one.facts) for one in zh.evidence.sentences] == [
            (one.part, one.section, one.facts) for one in en.evidence.sentences
        ]


def test_cited_facts_exist_and_no_fact_follows_from_itself(drafts: list[Draft]) -> None:
    for draft in drafts:
        facts = {fact.id: fact for fact in draft.evidence.facts}
        order = {curie: at for at, curie in enumerate(facts)}
        assert all(cited in facts for one in draft.evidence.sentences for cited in one.facts)
        for fact in facts.values():
            assert fact.sources, fact
            assert all(order[basis] < order[fact.id] for basis in fact.basis)


def test_sentences_stand_in_the_row(drafts: list[Draft]) -> None:
    for draft in drafts:
        row = draft.row
        assert isinstance(row, SftRow)
        texts = {"prompt[1]": row.prompt[1].content, "completion": row.completion.content}
        texts["reasoning"] = row.completion.reasoning_content or ""
        assert all(one.text in texts[one.part] for one in draft.evidence.sentences)


def test_no_excluded_sign_is_there(drafts: list[Draft], invented: Knowledge) -> None:
    tables = read_tables(invented)
    seen = 0
    for draft in drafts:
        disease = tables.rare.diseases.get(draft.evidence.labels["truth"])
        if disease is None:
            continue
        assert disease.excluded
        present = {one.concept for one in draft.evidence.facts if one.kind == "sign" and one.polarity == "present"}
        assert present.isdisjoint(disease.excluded)
        seen += 1
    assert seen > 100


def test_nothing_is_said_to_be_there_and_not(drafts: list[Draft], invented: Knowledge) -> None:
    ontology = read_tables(invented).ontology
    denied = 0
    for draft in drafts:
        signs = [fact for fact in draft.evidence.facts if fact.kind == "sign"]
        present = {fact.concept for fact in signs if fact.polarity == "present"}
        kin = {term for sign in present for term in (sign, *ontology.ancestors(sign))}
        absent = {fact.concept for fact in signs if fact.polarity == "absent"}
        assert absent.isdisjoint(kin)
        denied += len(absent)
    assert denied > 100


def test_no_drug_is_contraindicated(drafts: list[Draft], invented: Knowledge) -> None:
    given = 0
    for draft in drafts:
        drugs = [fact for fact in draft.evidence.facts if fact.kind == "drug"]
        conditions = {fact.concept for fact in draft.evidence.facts if fact.kind in ("diagnosis", "history")}
        conditions = {one for one in conditions if one == draft.evidence.labels["truth"]} | {
            fact.concept for fact in draft.evidence.facts if fact.kind == "history"
        }
        conditions |= set(draft.evidence.labels.get("states", ()))
        for drug in drugs:
            forbidden = {one.object for one in invented.relations(drug.concept, "contraindicated_in")}
            assert forbidden.isdisjoint(conditions), (drug, conditions)
            doses = {f"{dose:g}" for dose in invented.lookup(drug.concept).attributes["doses"]}
            assert drug.attributes["dose"] in doses
            given += 1
    assert given > 30


def test_every_value_is_inside_its_state(drafts: list[Draft], invented: Knowledge) -> None:
    states = set()
    for draft in drafts:
        for fact in draft.evidence.facts:
            if fact.kind not in ("lab", "vital"):
                continue
            scale = invented.lookup(fact.concept).attributes
            value = float(fact.value)
            assert scale["min"] <= value <= scale["max"]
            state = "low" if value < scale["low"] else "high" if value > scale["high"] else "normal"
            assert fact.attributes["state"] == state, fact
            assert state == "normal" or fact.basis, "a value is moved by something"
            states.add(state)
    assert states == {"low", "normal", "high"}


def test_sex_and_age_fit_the_diseases(drafts: list[Draft], invented: Knowledge) -> None:
    diseases = read_tables(invented).common.diseases
    for draft in drafts:
        facts = draft.evidence.facts
        sex = next(fact.value for fact in facts if fact.kind == "sex")
        age = next(fact for fact in facts if fact.kind == "age")
        years = float(age.value) / (12 if age.unit == "months" else 1)
        mine = {fact.concept for fact in facts if fact.kind == "history"} | {draft.evidence.labels["truth"]}
        for disease in (diseases[one] for one in mine if one in diseases):
            assert disease.sex in (None, sex)
            assert disease.ages[0] - 0.1 <= years <= disease.ages[1] + 1
        if any(fact.kind == "drug" for fact in facts):
            assert years >= 18


def test_answers_pass_the_checks_of_their_task(drafts: list[Draft]) -> None:
    for draft in drafts:
        row = draft.row
        assert isinstance(row, SftRow)
        output = TASK.read(row.completion.content, row.lang)
        case = "\n".join(one.text for one in draft.evidence.sentences if one.section == "case")
        errors = [one for one in TASK.check(DifferentialInput(case=case), output, row.lang) if one.severity == "error"]
        assert not errors, errors


def test_the_true_disease_is_listed_and_the_ranking_is_honest(drafts: list[Draft]) -> None:
    for draft in drafts:
        ranking = draft.evidence.labels["ranking"]
        assert draft.evidence.labels["truth"] in [one["disease"] for one in ranking]
        assert all(first["log_likelihood"] >= second["log_likelihood"] for first, second in pairwise(ranking))


def test_rare_answers_say_that_confidence_is_limited_and_common_ones_do_not(drafts: list[Draft]) -> None:
    words = {"zh": "把握有限", "en": "onfidence is limited"}
    review = {"zh": "临床医师审核", "en": "clinician review"}
    for draft in drafts:
        text = draft.row.completion.content if isinstance(draft.row, SftRow) else ""
        assert (words[draft.row.lang] in text) == (draft.evidence.labels["kind"] != "common")
        assert text.count(review[draft.row.lang]) == 1


def test_difficulty_makes_cases_harder(invented: Knowledge) -> None:
    def mean(level: int, what: str) -> float:
        rows = ComplexCases(difficulty=(level, level), kinds=("rare",)).rows(
            Source(invented, langs=("en",), seed="1"), np.random.default_rng(2)
        )
        return float(np.mean([draft.evidence.labels["realised"][what] for draft in islice(rows, 80)]))

    assert mean(1, "imprecise") == mean(1, "distractors") == 0
    assert mean(5, "imprecise") > 0.5
    assert mean(5, "distractors") > 0.5
    assert mean(5, "lead") < mean(1, "lead")


@pytest.mark.parametrize("options", [{"difficulty": (0, 5)}, {"difficulty": (4, 2)}, {"kinds": ()}])
def test_options_that_make_no_sense_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(RecipeError):
        ComplexCases.model_validate(options)


def test_what_was_given_up_is_counted(invented: Knowledge) -> None:
    source = Source(invented, langs=("en",), seed="1")
    rows = ComplexCases(kinds=("common",), difficulty=(1, 1)).rows(source, np.random.default_rng(1))
    assert len(list(islice(rows, 100))) == 100
    assert all(reason.startswith("common:") for reason in source.rejected)
