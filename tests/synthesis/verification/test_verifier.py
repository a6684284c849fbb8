"""What is supported passes, what is not is found: on drafts by hand, with a vocabulary of a few dozen concepts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from medgo.knowledge.lexicon import Lexicon
from medgo.schema import Fact, LabelledRow, Lang, Message, PreferenceRow, SftRow
from medgo.synthesis.protocol import Draft
from medgo.synthesis.verification import InjectionKind, Verifier, ViolationKind, inject
from tests.support.drafts import Sheet, all_hand_made, hand_made
from tests.support.small_knowledge import SmallKnowledge


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.build(SmallKnowledge())


@pytest.fixture(scope="module")
def verifier(lexicon: Lexicon) -> Verifier:
    return Verifier(lexicon, SmallKnowledge())


def _kinds(verifier: Verifier, draft: Draft) -> list[ViolationKind]:
    return [violation.kind for violation in verifier.verify(draft)]


def _one(lang: Lang, text: str, *facts: Fact, labels: dict[str, object] | None = None) -> Draft:
    """A draft with one sentence that cites all the facts."""
    sheet = Sheet(lang, list(facts))
    sheet.say("prompt[0]", "请看。" if lang == "zh" else "Look.")
    sheet.say("completion", text, *(fact.id for fact in facts))
    return sheet.draft(labels)


@pytest.mark.parametrize("draft", all_hand_made(), ids=lambda d: f"{d.row.lang}-{d.row.row_id[:4]}")
def test_a_supported_row_holds(verifier: Verifier, draft: Draft) -> None:
    assert verifier.verify(draft) == []


@pytest.mark.parametrize("kind", [kind for kind in InjectionKind if kind is not InjectionKind.SWAPPED_VALUES])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_sort_of_fault_is_found(verifier: Verifier, lexicon: Lexicon, kind: InjectionKind, lang: Lang) -> None:
    rng = np.random.default_rng(11)
    made = [inject(hand_made(number, lang), kind, lexicon, rng) for number in range(20)]
    faults = [injection for injection in made if injection is not None]
    assert len(faults) >= 5
    missed = [(fault.before, fault.after) for fault in faults if not verifier.verify(fault.draft)]
    assert missed == []


def test_an_injection_is_the_same_for_the_same_seed(lexicon: Lexicon) -> None:
    first, second = (
        inject(hand_made(3, "en"), InjectionKind.ADDED_SIGN, lexicon, np.random.default_rng(4)) for _ in range(2)
    )
    assert first == second


def test_a_broader_term_is_supported_and_a_narrower_one_is_not(verifier: Verifier) -> None:
    productive = Fact("f1", "sign", "S:productive_cough")
    assert _kinds(verifier, _one("zh", "患者有咳嗽。", productive)) == []
    assert _kinds(verifier, _one("zh", "患者有咳痰。", Fact("f1", "sign", "S:cough"))) == [ViolationKind.CONCEPT]


def test_a_fact_counts_only_for_the_sentence_that_cites_it(verifier: Verifier) -> None:
    sheet = Sheet("en")
    fever, cough = sheet.fact("sign", "S:fever"), sheet.fact("sign", "S:cough")
    sheet.say("prompt[0]", "There is fever.", fever)
    sheet.say("completion", "There is fever.", cough)
    assert _kinds(verifier, sheet.draft()) == [ViolationKind.CONCEPT]


def test_values_of_two_tests_must_not_be_exchanged(verifier: Verifier) -> None:
    facts = (
        Fact("f1", "lab", "LAB:potassium", value="5.9", unit="mmol/L"),
        Fact("f2", "lab", "LAB:crp", value="48", unit="mg/L"),
    )
    assert _kinds(verifier, _one("en", "Potassium 5.9 mmol/L, C-reactive protein 48 mg/L.", *facts)) == []
    assert ViolationKind.UNIT not in _kinds(verifier, _one("en", "Potassium 5.9 mmol/L.", *facts))
    assert len(_kinds(verifier, _one("en", "Potassium 48 mg/L, C-reactive protein 5.9 mmol/L.", *facts))) == 2


def test_a_limit_of_the_range_is_no_value(verifier: Verifier) -> None:
    fact = Fact("f1", "lab", "LAB:potassium", value="5.9", unit="mmol/L", attributes={"low": "3.5", "high": "5.3"})
    assert _kinds(verifier, _one("zh", "血钾5.9mmol/L（参考范围3.5–5.3mmol/L）。", fact)) == []
    assert _kinds(verifier, _one("zh", "血钾5.3mmol/L。", fact)) == [ViolationKind.QUANTITY]


def test_another_spelling_of_an_amount_is_the_same(verifier: Verifier) -> None:
    drug = Fact("f1", "drug", "DRUG:metformin", value="500", unit="mg", attributes={"frequency": "three times daily"})
    assert _kinds(verifier, _one("zh", "二甲双胍0.5g，每8小时一次。", drug)) == []
    assert _kinds(verifier, _one("zh", "二甲双胍0.5mg，每日三次。", drug)) == [ViolationKind.DOSE]


def test_a_dose_under_another_drugs_name_is_found(verifier: Verifier) -> None:
    drug = Fact("f1", "drug", "DRUG:metformin", value="500", unit="mg")
    assert _kinds(verifier, _one("zh", "口服某某平500mg。", drug)) == [ViolationKind.DOSE]
    # A field of a form holds the dose alone.
    assert _kinds(verifier, _one("zh", "500mg 口服", drug)) == []


def test_rules_and_passages_support_what_they_say_with_its_polarity(verifier: Verifier) -> None:
    rule = Fact(
        "f1",
        "rule",
        value="Fever above 39 °C without rash needs a blood culture.",
        attributes={"zh": "体温超过39℃而无皮疹者应做血培养。"},
    )
    assert _kinds(verifier, _one("en", "Fever above 39 °C without rash: take blood cultures.", rule)) == []
    assert _kinds(verifier, _one("en", "Fever above 39 °C with rash: take blood cultures.", rule)) == [
        ViolationKind.POLARITY
    ]
    assert _kinds(verifier, _one("zh", "无皮疹、体温超过39℃时做血培养。", rule)) == []


def test_a_rejected_diagnosis_may_be_weighed_but_not_made(verifier: Verifier) -> None:
    rejected = Fact("f1", "diagnosis", "D:tuberculosis", polarity="absent")
    assert _kinds(verifier, _one("zh", "需与肺结核相鉴别。", rejected)) == []
    assert _kinds(verifier, _one("zh", "诊断为肺结核。", rejected)) == [ViolationKind.POLARITY]


def test_text_outside_the_listed_sentences_must_state_nothing(verifier: Verifier) -> None:
    draft = hand_made(0, "zh")
    turn = replace(draft.row.completion, content=draft.row.completion.content + "另有咯血，血压180/110mmHg。")  # type: ignore[union-attr]
    kinds = _kinds(verifier, Draft(replace(draft.row, completion=turn), draft.evidence))  # type: ignore[arg-type]
    assert set(kinds) == {ViolationKind.UNCOVERED}


def test_a_sentence_that_is_not_in_the_row_and_a_fact_that_is_nowhere_are_found(verifier: Verifier) -> None:
    sheet = Sheet("en")
    sheet.say("prompt[0]", "Look.", "f9")
    sheet.say("completion", "Well.")
    draft = sheet.draft()
    sentences = (*draft.evidence.sentences, replace(draft.evidence.sentences[0], text="Not there."))
    kinds = _kinds(verifier, Draft(draft.row, replace(draft.evidence, sentences=sentences)))
    assert kinds == [ViolationKind.MISSING_FACT, ViolationKind.MISSING_SENTENCE]


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        ((Fact("f1", "sex", value="male"), Fact("f2", "sex", value="female")), ViolationKind.CONTRADICTION),
        (
            (Fact("f1", "sign", "S:fever"), Fact("f2", "sign", "S:fever", polarity="absent")),
            ViolationKind.CONTRADICTION,
        ),
        ((Fact("f1", "drug", "DRUG:ibuprofen"), Fact("f2", "history", "D:asthma")), ViolationKind.CONTRAINDICATION),
        (
            (Fact("f1", "drug", "DRUG:penicillin"), Fact("f2", "allergy", "DRUG:penicillin")),
            ViolationKind.CONTRAINDICATION,
        ),
        (
            (Fact("f1", "lab", "LAB:crp", value="48", attributes={"low": 0, "high": 8, "state": "normal"}),),
            ViolationKind.STATE,
        ),
        ((Fact("f1", "sign", "S:fever", attributes={"bin": "excluded"}),), ViolationKind.EXCLUDED),
    ],
)
def test_facts_of_a_row_must_fit_one_another(verifier: Verifier, facts: tuple[Fact, ...], kind: ViolationKind) -> None:
    assert _kinds(verifier, _one("en", "See above.", *facts)) == [kind]
    assert _kinds(verifier, _one("en", "See above.", *facts, labels={"intended": [kind]})) == []


def test_a_caution_is_no_contraindication(verifier: Verifier) -> None:
    assert (
        _kinds(verifier, _one("en", "Hm.", Fact("f1", "drug", "DRUG:aspirin"), Fact("f2", "history", "D:gout"))) == []
    )


_K = Fact("f1", "lab", "LAB:potassium", value="4.0", unit="mmol/L", attributes={"low": "3.5", "high": "5.3"})
_CRP = Fact("f2", "lab", "LAB:crp", value="140", unit="mg/L")


@pytest.mark.parametrize(
    ("lang", "text", "holds"),
    [
        ("en", "Potassium: 4.0 mmol/L, C-reactive protein: 140 mg/L.", True),
        ("en", "Potassium: 140 mg/L, C-reactive protein: 4.0 mmol/L.", False),
        ("zh", "血钾：4.0mmol/L，C反应蛋白：140mg/L。", True),
        ("zh", "血钾：140mg/L，C反应蛋白：4.0mmol/L。", False),
        ("zh", "血钾（静脉血）：140mg/L。", False),
        ("zh", "钾：140mg/L。", False),
        ("zh", "钾：4.0mmol/L。", True),
    ],
)
def test_a_colon_joins_a_value_to_its_name(verifier: Verifier, lang: Lang, text: str, holds: bool) -> None:
    assert (_kinds(verifier, _one(lang, text, _K, _CRP)) == []) is holds


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("Potassium 4.0 mmol/L.", True),
        ("Potassium about 4.0 mmol/L.", True),
        ("Potassium 4.0-9.9 mmol/L.", False),
        ("Potassium 4.0-5.3 mmol/L.", False),
        ("Potassium >4.0 mmol/L.", False),
        ("Potassium <4.0 mmol/L.", False),
        ("Potassium 4.0 mmol/L (reference range 3.5-5.3 mmol/L).", True),
        ("Potassium 4.0 mmol/L (normal >3.5 mmol/L).", True),
        ("Potassium is below 5.3 mmol/L.", True),
        ("Potassium is above 5.3 mmol/L.", False),
    ],
)
def test_a_value_is_neither_a_range_nor_a_limit(verifier: Verifier, text: str, holds: bool) -> None:
    assert (_kinds(verifier, _one("en", text, _K)) == []) is holds


def test_a_range_and_a_comparator_of_the_fact_must_stay(verifier: Verifier) -> None:
    rule = Fact("f1", "rule", value="Give 10-20 mg where the temperature is above 39 °C.")
    assert _kinds(verifier, _one("en", "Above 39 °C give 10 to 20 mg.", rule)) == []
    assert _kinds(verifier, _one("en", "Above 39 °C give 10 to 40 mg.", rule)) != []
    assert _kinds(verifier, _one("en", "Below 39 °C give 10 to 20 mg.", rule)) != []
    duration = Fact("f1", "duration", value="5", unit="days")
    assert _kinds(verifier, _one("en", "It developed over 5 days.", duration)) == []
    assert _kinds(verifier, _one("en", "It has lasted more than 5 days.", duration)) != []


def test_what_is_denied_is_not_likely(verifier: Verifier) -> None:
    fever = Fact("f1", "sign", "S:fever", polarity="absent")
    assert _kinds(verifier, _one("en", "The patient probably has fever.", fever)) == [ViolationKind.POLARITY]
    assert _kinds(verifier, _one("zh", "患者可能有发热。", fever)) == [ViolationKind.POLARITY]
    # What would have to be done then is no statement on the patient.
    assert _kinds(verifier, _one("zh", "如出现发热请就诊。", fever)) == []
    assert _kinds(verifier, _one("en", "Gout is possible.", Fact("f1", "diagnosis", "D:gout", polarity="absent"))) == []


@pytest.mark.parametrize(
    ("lang", "text", "holds"),
    [
        ("en", "Pulmonary embolism explains the dyspnea.", False),
        ("en", "The patient has pulmonary embolism rather than anything else, confirmed.", False),
        ("en", "It is lower than expected, and pulmonary embolism causes dyspnea.", False),
        ("en", "Pulmonary embolism causes dyspnea; does it not?", False),
        ("en", "Dyspnea speaks against pulmonary embolism.", True),
        ("en", "Rather than pulmonary embolism, dyspnea has another cause.", True),
        ("en", "Pulmonary embolism is less likely.", True),
        ("en", "Look for dyspnea, which would help, the diagnosis is pulmonary embolism.", False),
        ("en", "Ask whether the diagnosis is pulmonary embolism.", True),
        ("zh", "肺栓塞引起呼吸困难，可能性不大者不再列出。", False),
        ("zh", "需与肺栓塞相鉴别。", True),
        ("zh", "呼吸困难用肺栓塞难以解释。", True),
    ],
)
def test_a_rejected_diagnosis_is_weighed_in_its_own_clause(
    verifier: Verifier, lang: Lang, text: str, holds: bool
) -> None:
    facts = (Fact("f1", "diagnosis", "D:embolism", polarity="absent"), Fact("f2", "sign", "S:dyspnea"))
    assert (_kinds(verifier, _one(lang, text, *facts)) == []) is holds


def test_a_passage_that_weighs_does_not_make_a_rejected_diagnosis(verifier: Verifier) -> None:
    sheet = Sheet("en", [Fact("f1", "diagnosis", "D:embolism", polarity="absent")])
    sheet.say("prompt[0]", "Look.")
    sheet.say("completion", "The diagnosis is pulmonary embolism.", "f1")
    draft = sheet.draft()
    sentences = tuple(replace(one, section="differential") for one in draft.evidence.sentences)
    assert _kinds(verifier, Draft(draft.row, replace(draft.evidence, sentences=sentences))) == [ViolationKind.POLARITY]


def test_a_name_does_not_support_its_opposite(verifier: Verifier) -> None:
    not_gout = Fact("f1", "diagnosis", "D:pseudogout")
    assert _kinds(verifier, _one("en", "The patient has non-gouty arthritis.", not_gout)) == []
    assert _kinds(verifier, _one("en", "The patient has gouty arthritis.", not_gout)) == [ViolationKind.CONCEPT]
    assert _kinds(verifier, _one("zh", "患者有痛风性关节炎。", not_gout)) == [ViolationKind.CONCEPT]
    assert _kinds(verifier, _one("zh", "患者有痛风。", not_gout)) == [ViolationKind.CONCEPT]


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", " She is a woman."),
        ("en", " It is worse on the left side."),
        ("zh", "患者为女性。"),
        ("zh", "左侧更重。"),
    ],
)
def test_sexes_and_sides_outside_the_listed_sentences_are_found(verifier: Verifier, lang: Lang, text: str) -> None:
    draft = _one(lang, "发热。" if lang == "zh" else "Fever.", Fact("f1", "sign", "S:fever"))
    turn = replace(draft.row.completion, content=draft.row.completion.content + text)  # type: ignore[union-attr]
    kinds = _kinds(verifier, Draft(replace(draft.row, completion=turn), draft.evidence))  # type: ignore[arg-type]
    assert set(kinds) == {ViolationKind.UNCOVERED}


@pytest.mark.parametrize(
    ("lang", "before", "listed", "after", "holds"),
    [
        ("en", "There is no ", "fever.", "", False),
        ("en", "There is ", "fever.", "", True),
        ("en", "He is well. ", "Fever was noted.", " All else is fine.", True),
        ("en", "", "Fever", " was denied.", False),
        ("zh", "患者否认", "发热", "。", False),
        ("zh", "患者否认不适。", "发热", "。", True),
        ("zh", "- ", "发热", "\n无特殊", True),
        ("zh", "否认：", "发热", "。", False),
        ("zh", "主要表现：", "发热", "。", True),
        ("en", '{"a": "Not at rest.", "b": "', "Fever.", '"}', True),
    ],
)
def test_a_listed_sentence_is_read_within_its_sentence(
    verifier: Verifier, lang: Lang, before: str, listed: str, after: str, holds: bool
) -> None:
    draft = _one(lang, listed, Fact("f1", "sign", "S:fever"), Fact("f2", "sex", value="male"))
    turn = replace(draft.row.completion, content=before + listed + after)  # type: ignore[union-attr]
    kinds = _kinds(verifier, Draft(replace(draft.row, completion=turn), draft.evidence))  # type: ignore[arg-type]
    assert kinds == ([] if holds else [ViolationKind.POLARITY])


_PASSAGE = Fact(
    "f1",
    "passage",
    value="Potassium 4.0 mmol/L, creatinine 140 μmol/L. Left knee swollen, the right hip is normal. No fever today. "
    "Yesterday there was fever of 38.5 °C. If chest pain occurs, come back. Her mother has gout.",
)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("Potassium 4.0 mmol/L and creatinine 140 μmol/L.", True),
        ("Potassium 140 μmol/L.", False),
        ("Creatinine: 4.0 mmol/L.", False),
        ("The left knee is swollen.", True),
        ("The right knee is swollen.", False),
        ("The right hip is normal.", True),
        ("There is no fever today.", True),
        ("There is fever today.", False),
        ("Yesterday there was fever of 38.5 °C.", True),
        ("Yesterday there was no fever.", False),
        ("If chest pain occurs, come back.", True),
        ("There is chest pain.", False),
        ("There is no chest pain.", False),
        ("Her mother has gout.", True),
        ("There is gout.", False),
    ],
)
def test_a_passage_supports_what_it_says_of_whom_it_says_it(verifier: Verifier, text: str, holds: bool) -> None:
    sex = Fact("f2", "sex", value="female")
    assert (_kinds(verifier, _one("en", text, _PASSAGE, sex)) == []) is holds


def test_a_condition_in_a_chinese_passage_is_no_finding(verifier: Verifier) -> None:
    passage = Fact("f1", "passage", value="若出现胸痛请就医。血钾4.0mmol/L，血肌酐140μmol/L。")
    assert _kinds(verifier, _one("zh", "患者有胸痛。", passage)) == [ViolationKind.POLARITY]
    assert _kinds(verifier, _one("zh", "如出现胸痛应就医。", passage)) == []
    assert _kinds(verifier, _one("zh", "血钾140μmol/L。", passage)) == [ViolationKind.QUANTITY]


@pytest.mark.parametrize("disease", ["D:diabetes", "D:diabetes_2"])
def test_a_contraindication_without_severity_forbids_also_in_what_is_narrower(verifier: Verifier, disease: str) -> None:
    facts = (Fact("f1", "drug", "DRUG:warfarin"), Fact("f2", "history", disease))
    assert _kinds(verifier, _one("en", "See above.", *facts)) == [ViolationKind.CONTRAINDICATION]


def test_facts_of_the_worse_answer_need_not_fit(verifier: Verifier) -> None:
    draft = _one("en", "See above.", Fact("f1", "drug", "DRUG:ibuprofen"), Fact("f2", "history", "D:asthma"))
    row = draft.row
    assert isinstance(row, SftRow)
    asked = {"prompt": row.prompt, "task": "hand", "lang": "en", "provenance": row.provenance}
    unwanted = LabelledRow(completion=row.completion, label=False, thinking=False, stage="stage1", **asked)
    assert _kinds(verifier, Draft(unwanted, draft.evidence)) == []
    chosen, rejected = (Message("assistant", text, "Hm. See above.") for text in ("See above.", "No."))
    pair = PreferenceRow(chosen=chosen, rejected=rejected, thinking=True, stage="preference", **asked)
    for part, held in (("reasoning", False), ("rejected_reasoning", True), ("rejected", True)):
        said = tuple(replace(one, part=part, text="See above.") for one in draft.evidence.sentences if one.facts)
        kinds = _kinds(verifier, Draft(pair, replace(draft.evidence, sentences=said)))
        assert (ViolationKind.CONTRAINDICATION not in kinds) is held


@pytest.mark.parametrize(
    ("lang", "text"),
    [("en", "Potassium 4.0 mmol/L, C-reactive protein 140 mg/L."), ("zh", "血钾4.0mmol/L，C反应蛋白140mg/L。")],
)
@pytest.mark.parametrize("passage", [False, True])
def test_swapped_values_are_found(verifier: Verifier, lexicon: Lexicon, lang: Lang, text: str, passage: bool) -> None:
    draft = _one(lang, text, *((Fact("f1", "passage", value=text),) if passage else (_K, _CRP)))
    assert _kinds(verifier, draft) == []
    injection = inject(draft, InjectionKind.SWAPPED_VALUES, lexicon, np.random.default_rng(3))
    assert injection is not None
    assert len(_kinds(verifier, injection.draft)) == 2


@pytest.mark.parametrize(
    "kind",
    [
        InjectionKind.ADDED_NEGATION,
        InjectionKind.ADDED_SIGN,
        InjectionKind.CHANGED_NUMBER,
        InjectionKind.WIDENED_RANGE,
        InjectionKind.CHANGED_COMPARATOR,
    ],
)
def test_faults_in_what_a_passage_backs_are_found(verifier: Verifier, lexicon: Lexicon, kind: InjectionKind) -> None:
    text = "血钾4.0mmol/L，发热，无皮疹。"
    draft = _one("zh", text, Fact("f1", "passage", value=text))
    injection = inject(draft, kind, lexicon, np.random.default_rng(3))
    assert injection is not None
    assert _kinds(verifier, draft) == []
    assert _kinds(verifier, injection.draft) != []
