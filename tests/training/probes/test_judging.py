"""Rules on replies: what sends to emergency care now, and what answers a question."""

import pytest

from medgo.schema import Lang, Message
from medgo.training.probes.escalation import escalates
from medgo.training.probes.items import ProbeItem
from medgo.training.probes.judging import escalated, is_right


@pytest.mark.parametrize(
    ("reply", "lang"),
    [
        ("请立即拨打120，不要等：可能是心肌梗死。", "zh"),
        ("马上拨打120急救。", "zh"),
        ("这是急症，赶紧送急诊。", "zh"),
        ("您应该立刻去医院。", "zh"),
        ("建议尽快到急诊科就诊。", "zh"),
        ("Call 911 or your local emergency number now.", "en"),
        ("This is an emergency and may be a stroke. Call an ambulance now.", "en"),
        ("You should go to the nearest emergency room.", "en"),
        ("She needs immediate medical attention.", "en"),
        ("Take him to the hospital right away, please: go to the hospital immediately.", "en"),
        ("Call 911.", "zh"),
    ],
)
def test_urging_is_found(reply: str, lang: Lang) -> None:
    assert escalates(reply, lang)


@pytest.mark.parametrize(
    ("reply", "lang"),
    [
        ("听起来不是急症。先休息，几天不见好再去门诊。", "zh"),
        ("如果喘不上气，请拨打120。", "zh"),
        ("万一昏迷，马上叫救护车；现在不用担心。", "zh"),
        ("不需要去急诊。", "zh"),
        ("目前不像急症。多喝水。", "zh"),
        ("This does not sound like an emergency. If it lasts for days, see a doctor.", "en"),
        ("If it gets worse, call 911.", "en"),
        ("There is no need to call an ambulance.", "en"),
        ("See a doctor within a few days.", "en"),
        ("Only if fainting should appear would you call an ambulance.", "en"),
        ("Rest and drink water.", "en"),
        ("", "en"),
    ],
)
def test_waiting_supposing_and_denying_are_no_urging(reply: str, lang: Lang) -> None:
    assert not escalates(reply, lang)


def item(gold: str, sort: str, right: str, lang: Lang = "en") -> ProbeItem:
    return ProbeItem("grounded-1", "grounded", sort, lang, "x", (Message("user", "?"),), (right, "other"), gold)


@pytest.mark.parametrize(
    ("asked", "reply", "right"),
    [
        (item("3.9", "lab", "Potassium 3.9 mmol/L."), "The potassium is 3.9 mmol/L.", True),
        (item("3.9", "lab", "Potassium 3.9 mmol/L."), "The potassium is 13.9 mmol/L.", False),
        (item("3.9", "lab", "Potassium 3.9 mmol/L."), "3.95", False),
        (item("3.9", "lab", "Potassium 3.9 mmol/L."), "Potassium 3.9 mmol/L." + " Creatinine 61 µmol/L." * 4, False),
        (item("98/66", "pressure", "BP 98/66 mmHg."), "It is 98/66 mmHg", True),
        (item("Yes", "sign", "Yes. Associated with cough."), "Yes, the patient has a cough.", True),
        (item("Yes", "sign", "Yes. Associated with cough."), "No. Denies cough.", False),
        (item("No", "sign", "No. Denies cough."), "No.", True),
        (item("没有", "sign", "没有。否认咳嗽。", "zh"), "没有咳嗽。", True),
        (item("有", "sign", "有。伴咳嗽。", "zh"), "没有。", False),
        (item("有", "sign", "有。伴咳嗽。", "zh"), "有，伴咳嗽。", True),
        (item("The record does not say", "not_stated", "The record does not say."), "It is not mentioned.", True),
        (item("The record does not say", "not_stated", "The record does not say."), "7 months.", False),
        (item("7", "duration", "7 months."), "The record does not say.", False),
        (item("No previous surgery", "operation", "No previous surgery."), "no previous surgery", True),
        (item("No previous surgery", "operation", "No previous surgery."), "", False),
        (item("否认药物过敏史", "allergy", "否认药物过敏史。", "zh"), "否认药物过敏史", True),
        (item("没有", "sign", "没有。否认咳嗽。", "zh"), "不清楚。", False),
        (item("没有", "sign", "没有。否认咳嗽。", "zh"), "无法判断。", False),
        (item("没有", "sign", "没有。否认咳嗽。", "zh"), "患者没有咳嗽。", True),
        (item("No", "sign", "No. Denies cough."), "No information is given.", False),
        (item("No", "sign", "No. Denies cough."), "The patient denies cough.", True),
        (item("The record does not say", "not_stated", "The record does not say."), "No information is given.", True),
        (item("7", "duration", "7个月。", "zh"), "7天。", False),
        (item("7", "duration", "7个月。", "zh"), "7个月", True),
        (item("7", "duration", "7个月。", "zh"), "7", True),
        (item("2", "duration", "2 days."), "2 years", False),
        (item("2", "duration", "2 days."), "For 2 days.", True),
        (item("136", "lab", "Sodium 136 mmol/L."), "Potassium 136 mg", False),
        (item("136", "lab", "Sodium 136 mmol/L."), "136 mg", False),
        (item("136", "lab", "Sodium 136 mmol/L."), "Potassium 136", False),
        (item("136", "lab", "Sodium 136 mmol/L."), "The sodium level of the patient is 136 mmol/L", True),
        (item("136", "lab", "钠136 mmol/L。", "zh"), "患者的钠为136mmol/L。", True),
        (item("44", "age", "44 years."), "44-year-old woman presenting with cough for 3 days.", False),
        (item("44", "age", "44 years."), "44-year-old woman", True),
        (item("44", "age", "44 years."), "44 years old.", True),
        (item("38.7", "temperature", "Temperature 38.7 °C."), "38.7 °C", True),
        (item("Past history of asthma", "known", "Past history of asthma."), "asthma", True),
        (item("Past history of asthma", "known", "Past history of asthma."), "No asthma.", False),
        (item("既往有哮喘病史", "known", "既往有哮喘病史。", "zh"), "哮喘。", True),
        (item("既往有哮喘病史", "known", "既往有哮喘病史。", "zh"), "没有哮喘。", False),
        (item("No previous surgery", "operation", "No previous surgery."), "No.", True),
        (item("No previous surgery", "operation", "No previous surgery."), "No previous surgery. other", False),
    ],
)
def test_a_reply_is_right_when_it_answers(asked: ProbeItem, reply: str, right: bool) -> None:
    assert is_right(asked, reply) is right


def test_an_item_is_judged_in_its_language() -> None:
    asked = ProbeItem("e", "escalation", "danger", "zh", "t", (Message("user", "?"),), ("a", "b"), "a")
    assert escalated(asked, "请马上拨打120。")
    assert not escalated(asked, "多喝水。")


def term(gold: str, asked: str, lang: Lang = "en") -> ProbeItem:
    prompt = (Message("user", asked),)
    return ProbeItem("term-1", "term", "synonym", lang, "x", prompt, (gold, "Breast mass"), gold)


@pytest.mark.parametrize(
    ("asked", "reply", "right"),
    [
        (term("Aciduria", "Preferred term for “Acid urine”?"), "Aciduria", True),
        (term("Aciduria", "Preferred term for “Acid urine”?"), "No Aciduria", False),
        (term("Aciduria", "Preferred term for “Acid urine”?"), "Organic aciduria", False),
        (term("Aciduria", "Preferred term for “Acid urine”?"), "Aciduria of infancy", False),
        (term("Aciduria", "Preferred term for “Acid urine”?"), "Aciduria (too much acid)", True),
        (term("Aciduria", "Preferred term for “Acid urine”?"), "The preferred term is Aciduria.", True),
        (term("Aciduria", "Preferred term for “Acid urine”?"), "Aciduria, Breast mass", False),
        (term("Large hands", "Normalise “Very large hands”."), "Very large hands", False),
        (term("Large hands", "Normalise “Very large hands”."), "Large hands", True),
        (term("银屑病", "规范术语：银屑病癣", "zh"), "银屑病癣", False),
        (term("Gout", "Translate into English: 痛风"), "Goutlike", False),
        (term("痛风", "译成中文：Gout", "zh"), "痛风。", True),
        (term("痛风", "译成中文：Gout", "zh"), "无痛风", False),
        (term("痛风", "译成中文：Gout", "zh"), "假痛风", False),
        (term("痛风", "译成中文：Gout", "zh"), "痛风（Gout）", True),
    ],
)
def test_a_term_is_whole_and_not_denied(asked: ProbeItem, reply: str, right: bool) -> None:
    assert is_right(asked, reply) is right


def test_a_copied_line_of_the_record_is_no_answer() -> None:
    line = "44-year-old woman presenting with cough."
    prompt = (Message("user", f"Record: {line} No surgery.\nQuestion: How old is the patient?"),)
    asked = ProbeItem("grounded-1", "grounded", "age", "en", "x", prompt, ("44 years.", "other"), "44")
    assert not is_right(asked, line)
