"""Doctor and patient: what is told, what leaks, how a talk ends, and what becomes of it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from medgo.inference.protocol import GenerationRequest
from medgo.schema import Evidence, Fact, Lang, SftRow
from medgo.synthesis.generators.teacher.consultation_simulation import ConsultationSimulation
from medgo.synthesis.generators.teacher.patient_card import PatientCard, mentions
from tests.synthesis.teacher.support import FACTS, FakeKnowledge, Script, Stub, run, source_of

CARDS: dict[Lang, PatientCard] = {
    lang: PatientCard.of(Evidence(FACTS), FakeKnowledge(), lang, names)  # type: ignore[arg-type]
    for lang, names in (("zh", ("肺炎", "社区获得性肺炎")), ("en", ("pneumonia",)))
}  # fmt: skip
QUESTIONS: dict[Lang, list[str]] = {
    "zh": ["您胸痛吗？", "有没有咯血？", "化验过血吗，结果怎么样？"],
    "en": ["Do you have any chest pain?", "Have you coughed up blood, any haemoptysis?", "Did you have blood tests?"],
}
ANSWERS: dict[Lang, list[str]] = {
    "zh": ["医生，我发热、咳嗽，3天了。", "胸痛，一咳就疼。", "没有咯血。", "验过，白细胞 14.2 10^9/L。"],
    "en": [
        "I have had fever and a cough for 3 days, doctor.",
        "Yes, chest pain.",
        "No haemoptysis.",
        "The white cell count was 14.2 10^9/L.",
    ],
}
ENDS: dict[Lang, dict[str, str]] = {
    "zh": {"say": "根据您说的，考虑肺炎，先拍个胸片。", "action": "conclude", "diagnosis": "肺炎"},
    "en": {"say": "This looks like pneumonia; we need a film.", "action": "conclude", "diagnosis": "Pneumonia"},
}
MARKS = {"history": 4, "communication": 5, "safety": 3, "why": "好"}


def turns(lang: Lang, *more: Any) -> list[Any]:
    return [*({"say": say, "action": "ask", "diagnosis": ""} for say in QUESTIONS[lang]), *more]


def simulate(
    doctor: Any, patient: Any, marks: Any = MARKS, lang: Lang = "zh", **options: Any
) -> tuple[list[Any], dict[str, int], Script]:
    script = Script({"say": doctor, "text": patient, "history": marks})
    drafts, rejected = run(ConsultationSimulation(of=Stub(), **options), script, (lang,))
    return drafts, rejected, script


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_talk_that_reaches_the_diagnosis_gives_a_row_per_doctors_turn(lang: Lang) -> None:
    drafts, rejected, script = simulate(turns(lang, ENDS[lang]), list(ANSWERS[lang]), lang=lang)
    assert not rejected
    assert [draft.row.completion.content for draft in drafts] == [*QUESTIONS[lang], ENDS[lang]["say"]]
    last = drafts[-1]
    assert isinstance(last.row, SftRow)
    assert [message.role for message in last.row.prompt] == ["system", *["user", "assistant"] * 3, "user"]
    assert [message.content for message in last.row.prompt[1::2]] == ANSWERS[lang]
    assert "45" in last.row.prompt[0].content
    assert [draft.evidence.labels["turn"] for draft in drafts] == [1, 2, 3, 4]
    said = [sentence for sentence in last.evidence.sentences if sentence.part == "completion"]
    assert {"f4", "f6", "f8", "f10"} <= set(said[0].facts)
    asked_for = [one for one in drafts[0].evidence.sentences if one.part == "completion"]
    assert "f6" in asked_for[0].facts, "a question may be about what was not told yet"
    assert "f7" not in next(one.facts for one in drafts[0].evidence.sentences if one.part == "prompt[1]")
    diagnosis = ENDS[lang]["diagnosis"].lower()
    asked = [request for request in script.asked if not (request.json_schema or "").count("safety")]
    assert not any(diagnosis in str(request.messages).lower() for request in asked), "nobody is told what it is"


def test_the_patient_is_shown_only_what_was_asked() -> None:
    _, _, script = simulate(turns("zh", ENDS["zh"]), list(ANSWERS["zh"]))
    patient = [request.messages[-1].content for request in script.asked if not request.json_schema]
    assert "发烧；咳嗽；3天" in patient[0]
    assert "胸痛" in patient[1]
    assert "14.2" not in "".join(patient[:3])
    assert "没有咯血" in patient[2]
    assert "白细胞 14.2 10^9/L" in patient[3]


def test_what_the_patient_was_not_asked_about_is_a_leak() -> None:
    leaks = ["我发热、咳嗽3天，胸痛厉害。", "我发热、咳嗽3天，医生说是肺炎。"]
    _, rejected, script = simulate(turns("zh"), leaks)
    assert rejected == {"patient leaks": 1}
    assert len(script.asked) == 2, "it is asked once more"
    drafts, rejected, _ = simulate(turns("zh", ENDS["zh"]), [leaks[0], *ANSWERS["zh"]])
    assert drafts
    assert not rejected


@pytest.mark.parametrize(
    ("end", "why"),
    [
        ({"say": "考虑心肌梗死，马上做心电图。", "action": "conclude", "diagnosis": "心肌梗死"}, "wrong diagnosis"),
        ({"say": "考虑心肌梗死。", "action": "conclude", "diagnosis": "肺炎"}, "contradicts itself"),
        ({"say": "", "action": "ask", "diagnosis": ""}, "empty"),
        ({"say": "抱歉，我不能提供诊断。", "action": "ask", "diagnosis": ""}, "refused"),
        ({"say": "Do you have any other symptoms at all?", "action": "ask", "diagnosis": ""}, "another language"),
        ({"say": QUESTIONS["zh"][0], "action": "ask", "diagnosis": ""}, "doctor repeats a question"),
        ("rubbish", "not the JSON asked for"),
        ("{" + "x" * 2000, "cut off"),
    ],
)
def test_a_talk_that_ends_badly_is_given_up(end: Any, why: str) -> None:
    _, rejected, _ = simulate(turns("zh", end), list(ANSWERS["zh"]))
    assert rejected == {why: 1}


@pytest.mark.parametrize(("said", "why"), [("", "empty"), ("I feel very ill today, doctor.", "another language")])
def test_a_patient_who_is_no_use_ends_the_talk(said: str, why: str) -> None:
    _, rejected, _ = simulate(turns("zh"), said)
    assert rejected == {why: 1}


def test_a_hasty_or_endless_doctor_is_given_up() -> None:
    _, rejected, _ = simulate(ENDS["zh"], ANSWERS["zh"][0])
    assert rejected == {"concluded too soon": 1}
    _, rejected, script = simulate(turns("zh"), list(ANSWERS["zh"]), turns=3)
    assert rejected == {"no diagnosis in time": 1}
    doctor = [request for request in script.asked if '"action"' in (request.json_schema or "")]
    assert ["最后一次机会" in request.messages[-1].content for request in doctor] == [False, False, True]


def test_a_critic_may_be_dissatisfied() -> None:
    _, rejected, _ = simulate(turns("zh", ENDS["zh"]), list(ANSWERS["zh"]), MARKS | {"safety": 2})
    assert rejected == {"critic": 1}


def test_a_case_with_too_few_signs_or_no_diagnosis_is_not_begun() -> None:
    _, rejected, script = simulate({}, "", fewest_signs=6)
    assert rejected == {"case with too few signs": 1}
    drafts, rejected = run(ConsultationSimulation(of=Stub(without_diagnosis=True)), Script({}))
    assert rejected == {"no single right answer": 1}
    assert not drafts
    assert not script.asked


def test_what_the_doctor_asks_for_in_vain_stands_in_the_evidence_as_absent() -> None:
    asked = {"say": "以前得过心肌梗死吗？", "action": "ask", "diagnosis": ""}
    drafts, _, _ = simulate([asked, *turns("zh", ENDS["zh"])], [ANSWERS["zh"][0], "没有过。", *ANSWERS["zh"][1:]])
    new = next(fact for fact in drafts[0].evidence.facts if fact.concept == "DISEASE:infarction")
    assert (new.polarity, new.sources) == ("absent", ("medgo:asked",))
    question = next(one for one in drafts[0].evidence.sentences if one.part == "completion")
    assert new.id in question.facts


class TestCard:
    @pytest.mark.parametrize(
        ("lang", "question", "ids"),
        [
            ("zh", "您发烧吗？", ["f4"]),
            ("zh", "胸口疼不疼，有胸痛吗？", ["f6"]),
            ("zh", "这样多久了？", ["f3"]),
            ("zh", "平时吃什么药？", ["f9"]),
            ("zh", "还有其他不舒服吗？", ["f4", "f5"]),
            ("zh", "您叫什么名字？", []),
            ("en", "Any fever or high temperature?", ["f4"]),
            ("en", "How long has this been going on?", ["f3"]),
            ("en", "Are you taking any medicines?", ["f9"]),
            ("en", "Did you have a blood test?", ["f8"]),
            ("en", "What else is bothering you?", ["f4", "f5"]),
            ("en", "Where do you work?", []),
        ],
    )
    def test_a_question_asks_for_its_facts_and_no_more(self, lang: Lang, question: str, ids: list[str]) -> None:
        assert [one.fact.id for one in CARDS[lang].asked(question, (), 2)] == ids

    def test_what_was_told_is_not_told_again(self) -> None:
        assert CARDS["zh"].asked("您发烧吗？", ("f4",), 2) == ()

    def test_reticence_bounds_an_answer(self) -> None:
        assert len(CARDS["zh"].asked("发热、咳嗽、胸痛都有吗？", (), 1)) == 1

    def test_repeating_the_question_is_no_leak(self) -> None:
        card = CARDS["zh"]
        assert card.leaks("没有咯血", "咯血吗？", (), ()) == ()
        assert card.leaks("没有咯血", "还有呢？", (), ()) == ("咯血",)
        assert card.leaks("可能是肺炎吧", "还有呢？", (), ()) == ("肺炎",)

    def test_the_words_of_facts(self) -> None:
        words = {one.fact.id: one.words for one in CARDS["zh"].holdings}
        assert words["f4"] == "发烧", "what a patient says, where that is known"
        assert words["f3"] == "3天"
        assert words["f7"] == "没有咯血"
        assert words["f9"] == "阿司匹林 100 mg"
        english = {one.fact.id: one.words for one in CARDS["en"].holdings}
        assert english["f7"] == "no haemoptysis"
        one = Fact("d", "duration", value="1", unit="years")
        card = PatientCard.of(Evidence((one,)), FakeKnowledge(), "en", ())  # type: ignore[arg-type]
        assert card.holdings[0].words == "1 year"
        assert "f10" not in words, "the diagnosis is not the patient's to tell"
        allergic = PatientCard.of(Evidence((Fact("a", "allergy", "DRUG:aspirin"),)), FakeKnowledge(), "zh", ())  # type: ignore[arg-type]
        assert allergic.holdings[0].words == "对阿司匹林过敏"

    def test_latin_names_are_whole_words(self) -> None:
        assert mentions("I had a Fever.", "fever")
        assert not mentions("feverish", "fever")
        assert not mentions("feverish", "")


def test_personas_differ() -> None:
    def answer(request: GenerationRequest) -> str:
        if request.json_schema is None:
            return ANSWERS["zh"][0]
        return json.dumps({"say": "您好？", "action": "ask", "diagnosis": ""})

    source = source_of(answer)
    list(ConsultationSimulation(of=Stub(count=40)).rows(source, np.random.default_rng(0)))
    asked = source.teacher.engine.requests  # type: ignore[union-attr]
    systems = {request.messages[0].content for request in asked if request.json_schema is None}
    assert len(systems) > 10
