"""Negation and its kin: every sentence is one that a plain keyword search reads wrongly."""

from __future__ import annotations

import pytest

from medgo.schema import Lang
from medgo.text import Assertions, Span, polarity_of

CASES = [
    ("zh", "否认胸痛、胸闷、气促。", "气促", "absent"),
    ("zh", "无明显诱因出现胸痛3天", "胸痛", "present"),
    ("zh", "胸痛无缓解", "胸痛", "present"),
    ("zh", "胸痛无放射，伴大汗", "胸痛", "present"),
    ("zh", "胸痛无放射，伴大汗", "大汗", "present"),
    ("zh", "肺栓塞已排除", "肺栓塞", "absent"),
    ("zh", "已排除肺栓塞", "肺栓塞", "absent"),
    ("zh", "不能除外肺栓塞", "肺栓塞", "uncertain"),
    ("zh", "肺栓塞不能除外", "肺栓塞", "uncertain"),
    ("zh", "无关节肿胀", "关节肿胀", "absent"),
    ("zh", "发热与感染无关，伴头痛", "头痛", "present"),
    ("en", "Relative macrocephaly and fever are present.", "fever", "present"),
    ("en", "Bradycardia relative to the fever and rash.", "rash", "present"),
    ("en", "One relative has epilepsy.", "epilepsy", "family"),
    ("en", "A relative with epilepsy is alive.", "epilepsy", "family"),
    ("en", "Her relatives have epilepsy.", "epilepsy", "family"),
    ("zh", "父亲患有高血压", "高血压", "family"),
    ("zh", "既往有高血压病史10年", "高血压", "past"),
    ("zh", "若出现胸痛，请立即就诊", "胸痛", "conditional"),
    ("zh", "□胸痛 □发热", "胸痛", "conditional"),
    ("zh", "有没有胸痛？", "胸痛", "conditional"),
    ("zh", "患儿母亲诉患儿发热2天", "发热", "present"),
    ("zh", "既往体健，3天前出现发热", "发热", "present"),
    ("zh", "否认高血压、糖尿病、冠心病史，肝炎、结核病史", "结核", "absent"),
    ("zh", "无发热，伴咳嗽", "咳嗽", "present"),
    ("zh", "无发热但有咳嗽", "咳嗽", "present"),
    ("zh", "压痛及反跳痛阴性", "压痛", "absent"),
    ("zh", "肝脾未触及", "肝脾", "absent"),
    ("zh", "未触及包块", "包块", "absent"),
    ("zh", "全身无力、头晕", "头晕", "present"),
    ("zh", "考虑肺炎", "肺炎", "uncertain"),
    ("zh", "需与肺结核相鉴别", "肺结核", "uncertain"),
    ("zh", "否认家族高血压史", "高血压", "absent"),
    ("zh", "若无胸痛可出院", "胸痛", "conditional"),
    ("zh", "患者無發熱、咳嗽", "咳嗽", "absent"),
    ("zh", "青霉素过敏史", "青霉素", "past"),
    ("zh", "发热：无；咳嗽：有", "发热", "absent"),
    ("zh", "发热：无；咳嗽：有", "咳嗽", "present"),
    ("zh", "肺炎？", "肺炎", "uncertain"),
    ("zh", "胸痛未缓解，气促加重", "气促", "present"),
    ("zh", "无意识障碍", "意识障碍", "absent"),
    ("zh", "无高血压、糖尿病等慢性病史", "糖尿病", "absent"),
    ("zh", "呒发热", "发热", "absent"),
    ("en", "Denies chest pain, dyspnea, or cough.", "cough", "absent"),
    ("en", "She denies chest pain but jaw pressure is present", "jaw pressure", "present"),
    ("en", "The pain was not relieved by rest", "pain", "present"),
    ("en", "no increase in cough", "cough", "present"),
    ("en", "Pulmonary embolism cannot be excluded.", "Pulmonary embolism", "uncertain"),
    ("en", "We cannot exclude pulmonary embolism.", "pulmonary embolism", "uncertain"),
    ("en", "Pulmonary embolism was ruled out by CT.", "Pulmonary embolism", "absent"),
    ("en", "His mother had diabetes.", "diabetes", "family"),
    ("en", "Mother reports fever for two days", "fever", "present"),
    ("en", "She has a history of asthma.", "asthma", "past"),
    ("en", "presents with a 3-day history of cough", "cough", "present"),
    ("en", "No history of asthma", "asthma", "absent"),
    ("en", "If you develop chest pain, call 911.", "chest pain", "conditional"),
    ("en", "Do you have chest pain?", "chest pain", "conditional"),
    ("en", "He does not have fever or chills, and reports a cough.", "chills", "absent"),
    ("en", "He does not have fever or chills, and reports a cough.", "cough", "present"),
    ("en", "No fever, chills, or night sweats.", "night sweats", "absent"),
    ("en", "Chest pain without radiation", "Chest pain", "present"),
    ("en", "Without obvious cause he developed chest pain", "chest pain", "present"),
    ("en", "Fever, chills and cough were denied.", "Fever", "absent"),
    ("en", "Neither fever nor cough was reported", "cough", "absent"),
    ("en", "Family history of breast cancer", "breast cancer", "family"),
    ("en", "Pneumonia is unlikely.", "Pneumonia", "uncertain"),
    ("en", "Past medical history: hypertension", "hypertension", "past"),
    ("en", "There is no evidence of pneumonia", "pneumonia", "absent"),
    ("en", "The fever has not resolved", "fever", "present"),
    ("en", "[ ] Chest pain  [x] fever", "Chest pain", "conditional"),
    ("en", "Patient denies headache; reports vomiting", "vomiting", "present"),
    ("en", "He doesn't have a headache", "headache", "absent"),
    ("en", "no fever but productive cough", "productive cough", "present"),
    ("en", "stroke in his father", "stroke", "family"),
    ("en", "Chest pain: denied", "Chest pain", "absent"),
    ("en", "Cough is present; fever is absent.", "Cough", "present"),
    ("en", "Cough is present; fever is absent.", "fever", "absent"),
    ("en", "denies a history of diabetes", "diabetes", "absent"),
    ("en", "The patient has fever, no cough, and headache for 3 days", "headache", "present"),
    ("en", "The patient has fever, no cough, and headache for 3 days", "fever", "present"),
    ("en", "non-Hodgkin lymphoma", "lymphoma", "present"),
    ("en", "Return if fever persists", "fever", "conditional"),
]


@pytest.mark.parametrize(("lang", "text", "words", "expected"), CASES)
def test_a_mention_is_read_as_a_clinician_reads_it(lang: Lang, text: str, words: str, expected: str) -> None:
    start = text.index(words)
    assert polarity_of(text, start, start + len(words), lang) == expected


def test_hidden_characters_do_not_shift_what_is_denied() -> None:
    text = "无发热、咳\u200b嗽，胸痛明显"
    cough, pain = text.index("咳"), text.index("胸痛")
    assert polarity_of(text, cough, cough + 3, "zh") == "absent"
    assert polarity_of(text, pain, pain + 2, "zh") == "present"


def test_full_width_and_traditional_cues_are_cues() -> None:
    assert polarity_of("患者無發熱", 3, 5, "zh") == "absent"
    assert polarity_of("Murphy征（－）", 0, 7, "zh") == "absent"


def test_only_the_sentence_of_the_mention_counts() -> None:
    text = "否认发热。咳嗽3天。"
    assert polarity_of(text, 5, 7, "zh") == "present"
    assert polarity_of("No fever. Cough for days.", 10, 15, "en") == "present"


def test_a_negation_inside_a_name_is_part_of_the_name() -> None:
    text = "无脉症、头晕"
    assert Assertions(text, "zh", [Span(0, 3)]).of(4, 6) == "present"
