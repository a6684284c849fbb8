"""Documents from cases: complete, in time, the same facts in both languages, and supported sentence by sentence."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from medgo.errors import RecipeError
from medgo.knowledge import Knowledge, open_knowledge
from medgo.knowledge.lexicon import Lexicon
from medgo.schema import Lang
from medgo.synthesis.generators.cases.realise import Names
from medgo.synthesis.generators.cases.tables import Tables, read_tables
from medgo.synthesis.generators.records import CaseRecords
from medgo.synthesis.generators.records.building import input_of, output_of
from medgo.synthesis.generators.records.case_records import encounters
from medgo.synthesis.generators.records.drawing import encounter, who_codes
from medgo.synthesis.generators.records.encounter import Encounter
from medgo.synthesis.generators.records.note import STAY
from medgo.synthesis.generators.records.notes import compose, kinds_of
from medgo.synthesis.generators.records.pen import Pen
from medgo.synthesis.generators.records.scenes import CONTRADICTED, PLACES, SCENES
from medgo.synthesis.generators.records.scribe import Scribe
from medgo.synthesis.protocol import Draft, Source
from medgo.synthesis.verification import Verifier
from medgo.tasks.definition import Form

LANGS: tuple[Lang, ...] = ("zh", "en")
FORMS: tuple[Form, ...] = ("text", "json")


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return open_knowledge()


@pytest.fixture(scope="module")
def tables(knowledge: Knowledge) -> Tables:
    return read_tables(knowledge)


@pytest.fixture(scope="module")
def drawn(knowledge: Knowledge, tables: Tables) -> list[Encounter]:
    source = Source(knowledge, seed="t", stage="stage2")
    return list(islice(encounters(tables, source, np.random.default_rng(21), inpatient=False), 60))


def make(knowledge: Knowledge, count: int, seed: int = 4, **options: object) -> list[Draft]:
    generator = CaseRecords.model_validate(options)
    source = Source(knowledge, seed="t", stage="stage2")
    return list(islice(generator.rows(source, np.random.default_rng(seed)), count))


def test_every_document_passes_its_tasks_checks_and_reads_back_in_both_forms(
    drawn: list[Encounter], tables: Tables
) -> None:
    names = Names(tables.names)
    for enc in drawn:
        for kind in kinds_of(enc):
            for lang in LANGS:
                note = compose(kind, Scribe(lang, enc, names))
                value, output = input_of(note, lang), output_of(note, lang)
                assert note.task.check(value, output, lang) == []
                for form in FORMS:
                    assert note.task.read(note.task.render(output, lang, form), lang, form) == output


def test_both_languages_state_the_same_facts(drawn: list[Encounter], tables: Tables) -> None:
    names = Names(tables.names)
    for enc in drawn:
        for kind in kinds_of(enc):
            zh, en = (compose(kind, Scribe(lang, enc, names)) for lang in LANGS)
            for one, other in ((zh.given, en.given), (zh.written, en.written)):
                assert list(one) == list(other)
                for field, lines in one.items():
                    stated = [(line.key, [fact for fact in line.facts if not is_code(enc, fact)]) for line in lines]
                    english = [(line.key, [f for f in line.facts if not is_code(enc, f)]) for line in other[field]]
                    assert stated == english


def is_code(enc: Encounter, fact: str) -> bool:
    return enc.case.book[fact].kind == "code"


def test_a_stay_has_its_five_documents_and_a_visit_one(drawn: list[Encounter]) -> None:
    assert {kinds_of(enc) for enc in drawn} == {("outpatient_record", *STAY), ("outpatient_record",)}


def test_values_move_towards_normal_and_the_state_says_where_they_are(drawn: list[Encounter], tables: Tables) -> None:
    for enc in drawn:
        for first, last in ((enc.vitals[0][curie], enc.vitals[3][curie]) for curie in enc.vitals[0]):
            before, after = enc.case.book[first], enc.case.book[last]
            if before.attributes["state"] != "normal":
                quantity = tables.quantities[before.concept]
                assert quantity.low <= float(after.value) <= quantity.high
                assert after.attributes["state"] == "normal"


def test_no_drug_that_the_patient_must_not_have(drawn: list[Encounter], tables: Tables) -> None:
    for enc in drawn:
        states = [*enc.case.labels["states"], *([enc.case.book[enc.allergy].concept] if enc.allergy else [])]
        taken = [enc.case.book[fact].concept for fact in (*enc.case.orders, *filter(None, [enc.treatment]))]
        given = [enc.case.book[enc.treatment].concept] if enc.treatment else []
        assert all(tables.drugs.against(drug, states) is None for drug in given)
        assert all(tables.drugs.clash(drug, [one for one in taken if one != drug]) is None for drug in given)


@pytest.mark.parametrize("code", ["I26.99", "I82.409", "B02.9", "N39.0"])
def test_a_scene_gives_its_own_dose_and_says_how_it_goes_on(knowledge: Knowledge, tables: Tables, code: str) -> None:
    """Labels: rivaroxaban 15 mg bid for 21 days, apixaban 10 mg bid for 7, valacyclovir 1 g tid for 7 (zoster)."""
    rng = np.random.default_rng(5)
    disease = next(one for one in tables.common.diseases.values() if one.icd10 == code)
    codes = who_codes(knowledge, tables)
    names = Names(tables.names)
    expected = {
        "DRUG:rivaroxaban": ("15", "twice daily", "21 days in all, then 20 mg once daily"),
        "DRUG:apixaban": ("10", "twice daily", "7 days in all, then 5 mg twice daily"),
        "DRUG:valacyclovir": ("1000", "three times daily", "7 days in all"),
        "DRUG:trimethoprim": ("200", "twice daily", ""),
        "DRUG:ciprofloxacin": ("500", "twice daily", ""),
    }
    made = [enc for _ in range(60) if (enc := encounter(tables, disease, LANGS, codes, rng)) is not None]
    assert made
    for enc in made[:8]:
        given = enc.case.book[enc.treatment]
        dose, frequency, then = expected[given.concept]
        assert (given.value, given.attributes["frequency"]) == (dose, frequency)
        plan = " ".join(line.text for line in Pen(Scribe("en", enc, names)).decided())
        assert then in plan
        if "discharge_summary" in kinds_of(enc):
            advice = compose("discharge_summary", Scribe("en", enc, names)).written["advice"]
            assert then in " ".join(line.text for line in advice)


def test_no_normal_finding_contradicts_a_sign_that_the_patient_has(drawn: list[Encounter], tables: Tables) -> None:
    for enc in drawn:
        facts = [enc.case.book[fact] for found in enc.normal.values() for fact in found]
        texts = [str(fact.attributes["zh"]) for fact in facts if fact.sources[0].startswith("medgo:findings/")]
        for sign in enc.case.signs:
            assert not any(tables.names[sign.key]["zh"] in text for text in texts)
            told = {fact.sources[0].removeprefix("medgo:findings/") for fact in facts}
            assert told.isdisjoint(CONTRADICTED.get(sign.key, ()))


def test_a_diagnosis_that_is_only_weighed_is_no_diagnosis_of_the_patient(drawn: list[Encounter]) -> None:
    for enc in drawn:
        for fact, _, _ in enc.differential:
            assert enc.case.book[fact].polarity == "absent"
            assert enc.case.book[fact].concept not in {enc.case.book[one].concept for one in enc.diagnoses}


def test_codes_are_those_of_the_index(drawn: list[Encounter], knowledge: Knowledge) -> None:
    for enc in drawn:
        for lang, system in (("zh", "ICD10:"), ("en", "ICD10CM:")):
            for fact in enc.codes[lang].values():  # type: ignore[index]
                concept = enc.case.book[fact].concept
                assert concept.startswith(system)
                assert knowledge.lookup(concept).id == concept


def test_no_symptom_of_the_disease_is_denied(drawn: list[Encounter], tables: Tables) -> None:
    for enc in drawn:
        own = set(tables.common.diseases[enc.case.truth].symptoms)
        assert own.isdisjoint(one.key for one in enc.case.negatives)


@pytest.mark.slow
def test_the_verifier_finds_every_sentence_supported(knowledge: Knowledge) -> None:
    verifier = Verifier(Lexicon.build(knowledge), knowledge)
    drafts = make(knowledge, 300)
    passed = [draft for draft in drafts if not verifier.verify(draft)]
    assert len(passed) >= 0.98 * len(drafts)


def test_sentences_stand_in_their_parts_in_order(knowledge: Knowledge) -> None:
    for draft in make(knowledge, 80):
        ids = {fact.id for fact in draft.evidence.facts}
        row = draft.row
        texts = {"prompt[1]": row.prompt[1].content, "completion": row.completion.content}  # type: ignore[union-attr]
        for sentence in draft.evidence.sentences:
            assert sentence.text in texts[sentence.part]
            assert set(sentence.facts) <= ids


def test_the_same_seed_gives_the_same_rows_and_another_one_others(knowledge: Knowledge) -> None:
    first, again, other = make(knowledge, 40), make(knowledge, 40), make(knowledge, 40, seed=5)
    assert first == again
    assert [draft.row.row_id for draft in first] != [draft.row.row_id for draft in other]


@pytest.mark.parametrize("lang", LANGS)
def test_one_language_alone_will_do(knowledge: Knowledge, lang: Lang) -> None:
    source = Source(knowledge, langs=(lang,), seed="t", stage="stage2")
    drafts = list(islice(CaseRecords().rows(source, np.random.default_rng(3)), 12))
    assert {draft.row.lang for draft in drafts} == {lang}


def test_documents_and_form_are_chosen_by_options(knowledge: Knowledge) -> None:
    drafts = make(knowledge, 20, documents=("discharge_summary",), json_share=1.0)
    assert {draft.row.task for draft in drafts} == {"discharge_summary"}
    assert all(draft.row.completion.content.startswith("{") for draft in drafts)  # type: ignore[union-attr]
    assert {draft.evidence.labels["form"] for draft in make(knowledge, 20, json_share=0.0)} == {"text"}


def test_an_index_without_such_diseases_is_said_at_once(knowledge: Knowledge, tables: Tables) -> None:
    bare = replace(tables, common=replace(tables.common, diseases={}))
    with pytest.raises(RecipeError, match="no disease"):
        next(encounters(bare, Source(knowledge), np.random.default_rng(1), inpatient=True))


def test_scenes_are_of_diseases_and_drugs_that_the_index_has(tables: Tables) -> None:
    codes = {one.icd10 for one in tables.common.diseases.values()}
    assert set(SCENES) <= codes
    for scene in SCENES.values():
        assert set(scene.drugs) <= set(tables.drugs.ladders), scene.code
        assert scene.exam[0].lower().count("{side}") == scene.exam[1].count("{side}")
    assert all(any(code.startswith(block) for code in SCENES) for block in PLACES)
