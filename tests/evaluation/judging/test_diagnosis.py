"""Diagnoses: what a reply lists, what is certainly the same, top-1 and top-5, and lists of several."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.errors import BenchmarkDataError
from medgo.evaluation.judging import Grade, Grader
from medgo.evaluation.judging.diagnosis import RANKED_PROMPT, surely_same
from medgo.evaluation.judging.read_diagnoses import read_diagnoses
from medgo.inference.protocol import GenerationRequest
from tests.evaluation.judging.items import diagnosis_item, judge
from tests.support.judge_engine import Answer, JudgeEngine

FIVE = ["Acute appendicitis", "Ovarian torsion", "Crohn disease", "Diverticulitis", "Ureteric stone"]
LISTS = {
    "dots": "1. {}\n2. {}\n3. {}\n4. {}\n5. {}",
    "brackets": "1) {}\n2) {}\n3) {}\n4) {}\n5) {}",
    "chinese comma": "1、{}\n2、{}\n3、{}\n4、{}\n5、{}",
    "full-width brackets": "（1）{}\n（2）{}\n（3）{}\n（4）{}\n（5）{}",
    "circled": "①{}\n②{}\n③{}\n④{}\n⑤{}",
    "chinese numbers": "一、{}\n二、{}\n三、{}\n四、{}\n五、{}",
    "bold": "**1. {}**\n**2. {}**\n**3. {}**\n**4. {}**\n**5. {}**",
    "bold names": "1. **{}**\n2. **{}**\n3. **{}**\n4. **{}**\n5. **{}**",
    "bullets": "- {}\n- {}\n- {}\n- {}\n- {}",
    "stars": "The diagnoses are:\n* {}\n* {}\n* {}\n* {}\n* {}",
    "named": "Diagnosis 1: {}\nDiagnosis 2: {}\nDiagnosis 3: {}\nDiagnosis 4: {}\nDiagnosis 5: {}",
    "named zh": "诊断1：{}\n诊断2：{}\n诊断3：{}\n诊断4：{}\n诊断5：{}",
    "semicolons": "1. {};\n2. {};\n3. {};\n4. {};\n5. {};",
    "one line": "1. {} 2. {} 3. {} 4. {} 5. {}",
    "bare lines": "{}\n{}\n{}\n{}\n{}",
    "heading and end": "## Differential diagnosis\n\n1. {}\n2. {}\n\n3. {}\n4. {}\n5. {}\n\nI recommend imaging.",
    "reasons": "1. {} - 1) fever 2) pain\n2. {} – a cyst\n3. {}: chronic\n4. {} (less likely, given the age)\n"
    "5. {} — colic",
    "nested": "1. {}\n   - fever\n   1) guarding\n2. {}\n   - cyst\n3. {}\n4. {}\n5. {}",
    "json list": '["{}", "{}", "{}", "{}", "{}"]',
    "json object": '```json\n{{"diagnoses": ["{}", "{}", "{}", "{}", "{}"]}}\n```',
    "after thinking": "<think>1. Gastritis\n2. Ulcer</think>\n1. {}\n2. {}\n3. {}\n4. {}\n5. {}",
    "reasons follow": "1. {}\n2. {}\n3. {}\n4. {}\n5. {}\n\n**Rationale:**\n1. The pain wandered.\n2. No bleeding.",
}


@pytest.mark.parametrize("form", LISTS)
def test_lists_are_read_in_their_order(form: str) -> None:
    listed = read_diagnoses(LISTS[form].format(*FIVE), 20)
    assert len(listed) == 5
    assert all(name in diagnosis.spellings for name, diagnosis in zip(FIVE, listed, strict=True))


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ('[{"rank": 1, "diagnosis": "Gout"}, {"rank": 2, "diagnosis": "Sepsis"}]', ["Gout", "Sepsis"]),
        ("1. 2型糖尿病\n2. 1型糖尿病", ["2型糖尿病", "1型糖尿病"]),
        ("1、急性阑尾炎\n2、急性阑尾炎\n3、肠梗阻", ["急性阑尾炎", "肠梗阻"]),
        ("Acute appendicitis", ["Acute appendicitis"]),
        ("急性阑尾炎", ["急性阑尾炎"]),
        ("The most likely diagnosis is acute appendicitis. Surgery is advised.", ["acute appendicitis"]),
        ("患者右下腹痛，考虑为急性阑尾炎。建议手术。", ["急性阑尾炎"]),
        ("Final diagnosis: Gout", ["Gout"]),
        ("综合资料，诊断考虑：痛风；建议查血尿酸。", ["痛风"]),
        ("Mucopolysaccharidosis type I", ["Mucopolysaccharidosis type I"]),
        ("", []),
        ("...", []),
        ("I cannot give a diagnosis without an examination.", []),
        ("抱歉，我无法给出诊断，请就医。", []),
        ("<think>1. Gout\n2. Sepsis", []),
        ("The pain began in the middle and wandered, there was fever, and many diseases do that.", []),
    ],
)
def test_other_replies(reply: str, expected: list[str]) -> None:
    listed = read_diagnoses(reply, 5)
    assert len(listed) == len(expected)
    assert all(name in diagnosis.spellings for name, diagnosis in zip(expected, listed, strict=True))


@pytest.mark.parametrize(
    ("gold", "proposed", "same"),
    [
        ("Microvenular hemangioma (MVH)", "microvenular haemangioma", False),  # for a judge
        ("Microvenular hemangioma (MVH)", "Microvenular Hemangioma.", True),
        ("Microvenular hemangioma", "Microvenular hemangioma (MVH)", True),
        ("Drug-induced lupus", "drug induced lupus", True),
        ("急性阑尾炎", "急性阑尾炎。", True),
        ("Left maxillary granuloma (MG)", "MG", False),
        ("Aspergillosis (invasive)", "Aspergillosis", False),  # a bracket that says something
        ("HER2+ carcinoma", "HER2- carcinoma", False),
        ("Type 1 diabetes", "Type 2 diabetes", False),
        ("Lupus", "Lupus nephritis", False),
    ],
)
def test_only_what_is_certain_is_settled_without_a_judge(gold: str, proposed: str, same: bool) -> None:
    assert surely_same(gold, [proposed]) is same


def graded(gold: str, reply: str, engine: JudgeEngine, task: str = "diagnosis") -> Grade:
    return next(Grader(task, [judge(engine)]).grade([(diagnosis_item(gold), reply)]))  # type: ignore[arg-type]


def grades(**by_name: int) -> JudgeEngine:
    def answer(request: GenerationRequest) -> Answer:
        proposed = request.messages[-1].content.rpartition("<proposed>")[2].partition("</proposed>")[0].strip()
        return json.dumps({"explanation": "", "grade": by_name.get(proposed.split()[0], 0)})

    return JudgeEngine(answer)


def test_top_1_and_top_5_count_only_the_same_disease() -> None:
    reply = LISTS["dots"].format(*FIVE)
    assert graded("Perforated appendix", reply, grades(Acute=2)).scores == {
        "listed": 5.0,
        "score": 1.0,
        "top1": 1.0,
        "top5": 1.0,
    }
    fifth = graded("Kidney stone", reply, grades(Ureteric=2, Acute=1))
    assert (fifth.scores["top1"], fifth.scores["top5"]) == (0.0, 1.0)
    broader = graded("Meckel diverticulum", reply, grades(Acute=1, Diverticulitis=1))
    assert (broader.scores["top1"], broader.scores["top5"]) == (0.0, 0.0)


def test_a_sixth_diagnosis_does_not_count() -> None:
    reply = LISTS["dots"].format(*FIVE) + "\n6. Gout"
    assert graded("Gout", reply, grades(Gout=2)).scores["top5"] == 0.0


def test_what_cannot_matter_any_more_is_not_asked() -> None:
    reply = LISTS["dots"].format(*FIVE)
    first, third = grades(), grades()
    assert graded("acute appendicitis", reply, first).scores["top1"] == 1.0
    assert not first.asked
    assert graded("CROHN DISEASE", reply, third).scores == {"listed": 5.0, "score": 0.0, "top1": 0.0, "top5": 1.0}
    assert len(third.asked) == 1  # whether the first one is the same disease


def test_no_diagnosis_is_wrong_without_asking_and_shows_that_none_was_read() -> None:
    engine = grades()
    grade = graded("Gout", "I would rather not say.", engine)
    assert grade.scores == {"listed": 0.0, "score": 0.0, "top1": 0.0, "top5": 0.0}
    assert not engine.asked


def test_an_unavailable_grade_leaves_out_only_what_it_would_decide() -> None:
    def answer(request: GenerationRequest) -> Answer:
        text = request.messages[-1].content
        if "Ovarian" in text:
            return "hm"
        return json.dumps({"explanation": "", "grade": 2 if "Crohn" in text else 0})

    reply = LISTS["dots"].format(*FIVE)
    assert graded("Ileitis", reply, JudgeEngine(answer)).scores == {
        "listed": 5.0,
        "score": 0.0,
        "top1": 0.0,
        "top5": 1.0,
    }
    assert "top5" not in graded("Ileitis", reply.replace("Crohn", "Other"), JudgeEngine(answer)).scores


def test_a_case_without_gold_is_refused() -> None:
    with pytest.raises(BenchmarkDataError, match="cases/d"):
        graded(" \n", "Gout", grades())


def matches(**by_gold: int) -> JudgeEngine:
    def answer(request: GenerationRequest) -> Answer:
        gold = request.messages[-1].content.rpartition("<confirmed>")[2].split()[0]
        return json.dumps({"explanation": "", "match": by_gold.get(gold, 0)})

    return JudgeEngine(answer)


def test_lists_are_matched_one_to_one() -> None:
    reply = "1. Gallstones\n2. Fatty liver\n3. Pancreatitis\n4. Gout"
    engine = matches(Cholelithiasis=1, Steatosis=2)
    grade = graded("Cholelithiasis\nSteatosis\nPancreatitis\nHepatic cyst", reply, engine, "diagnosis-list")
    assert grade.scores["recall"] == 3 / 4
    assert grade.scores["precision"] == 3 / 4
    assert grade.scores["f1"] == pytest.approx(0.75)
    assert len(engine.asked) == 3  # pancreatitis is the same word
    assert all("Pancreatitis" not in request.messages[-1].content for request in engine.asked)


def test_two_golds_do_not_share_one_entry() -> None:
    grade = graded("Hepatitis\nCirrhosis", "1. Liver disease", matches(Hepatitis=1, Cirrhosis=1), "diagnosis-list")
    assert (grade.scores["recall"], grade.scores["precision"]) == (0.5, 1.0)


def test_a_judge_can_only_name_entries_that_there_are() -> None:
    grade = graded("Hepatitis", "1. Gout\n2. Sepsis", matches(Hepatitis=7), "diagnosis-list")
    assert grade.unavailable == 1
    assert grade.scores == {"listed": 2.0}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_prompt_for_the_judged_model_holds_the_case(lang: str) -> None:
    text = RANKED_PROMPT[lang].format(context="CASE\n", question="Which?")  # type: ignore[index]
    assert "CASE" in text
    assert "5" in text


@pytest.mark.parametrize("unit", ["*", " ", "1.", "1. ", "- ", "诊断：", "(", "[{", "**a", "考虑", "#_ *", "\n1."])
def test_degenerate_replies_cost_no_time(unit: str) -> None:
    begun = time.monotonic()
    assert len(read_diagnoses(unit * (100_000 // len(unit)) + "x", 5)) <= 5
    assert time.monotonic() - begun < 2


@given(st.text())
def test_any_text_is_read(reply: str) -> None:
    assert all(diagnosis.text and diagnosis.spellings for diagnosis in read_diagnoses(reply, 5))
