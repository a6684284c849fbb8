"""Answers and replies by their words alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from medgo.inference.protocol import Completion
from medgo.schema import Evidence, Fact, Lang, Message, SftRow
from medgo.synthesis.generators.teacher.matching import chosen_option, gold_answers, names_one, same_answer
from medgo.synthesis.generators.teacher.replies import check_text, text_of
from medgo.synthesis.teacher import RejectionError
from tests.synthesis.teacher.support import FACTS, FakeKnowledge, case

PNEUMONIA = ("肺炎", "pneumonia", "community-acquired pneumonia")


@pytest.mark.parametrize(
    "answer",
    ["肺炎", "考虑肺炎。", "诊断为：肺炎", "最可能的诊断是肺炎", "肺炎可能", "Pneumonia", "The diagnosis is pneumonia.",
     "Community acquired pneumonia", "ＰＮＥＵＭＯＮＩＡ"],
)  # fmt: skip
def test_courtesy_and_spelling_do_not_count(answer: str) -> None:
    assert same_answer(answer, PNEUMONIA)


@pytest.mark.parametrize("answer", ["", "。", "支气管肺炎", "aspiration pneumonia", "not pneumonia", "排除肺炎"])
def test_another_answer_is_another(answer: str) -> None:
    assert not same_answer(answer, PNEUMONIA)


@pytest.mark.parametrize(
    ("text", "accepted", "found"),
    [
        ("结合以上，首先考虑肺炎，建议胸片", PNEUMONIA, True),
        ("不支持肺炎，考虑肺结核", PNEUMONIA, False),
        ("肺炎可能性小，考虑肺结核", PNEUMONIA, False),
        ("考虑非小细胞肺癌", ("非小细胞肺癌",), True),
        ("This is non-Hodgkin lymphoma.", ("non-Hodgkin lymphoma",), True),
        ("It is not gout but pneumonia.", ("pneumonia",), True),
        ("It is not gout but pneumonia.", ("gout",), False),
        ("une goutte", ("gout",), False),
        ("Pneumonia was ruled out.", PNEUMONIA, False),
        ("", PNEUMONIA, False),
    ],
)
def test_a_text_names_an_answer_unless_it_denies_it(text: str, accepted: tuple[str, ...], found: bool) -> None:
    assert names_one(text, accepted) is found


@pytest.mark.parametrize(
    ("labels", "facts", "answers"),
    [
        ({"answer": "B"}, FACTS, ("B",)),
        ({"answer": ["B", "乙"]}, FACTS, ("B", "乙")),
        ({}, FACTS, ("肺炎", "社区获得性肺炎")),
        ({}, (*FACTS, Fact("f11", "diagnosis", "DISEASE:gout")), ()),
        ({}, (*FACTS, Fact("f11", "diagnosis", "DISEASE:gout", polarity="absent")), ("肺炎", "社区获得性肺炎")),
        ({}, (Fact("f1", "diagnosis", "DISEASE:unknown"),), ()),
        ({"answer": 3}, (), ()),
    ],
)
def test_gold_is_the_label_or_the_only_diagnosis(
    labels: dict[str, object], facts: tuple[Fact, ...], answers: tuple[str, ...]
) -> None:
    assert gold_answers(Evidence(facts, (), labels), FakeKnowledge(), "zh") == answers  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("prompt", "completion", "option"),
    [
        ("哪一种？\nA. 痛风\nB. 肺炎", "答案：B。因为……", ("B", "肺炎")),
        ("哪一种？\nA. 痛风\nB. 肺炎", "正确答案是B。", ("B", "肺炎")),
        ("Which?\nA. gout\nB. flu", "Answer: A. Since", ("A", "gout")),
        ("Which?\nA. gout\nB. flu", "The answer is C.", ()),
        ("Which?\nA. gout\nB. flu", "Both are possible.", ()),
        ("Which?\nA. gout", "A. Since", ()),
        ("Why?", "A fever has many causes.", ()),
    ],
)
def test_the_right_option_is_its_letter_and_its_text(prompt: str, completion: str, option: tuple[str, ...]) -> None:
    row = case("zh").row
    assert isinstance(row, SftRow)
    asked = replace(row, prompt=(Message("user", prompt),), completion=Message("assistant", completion))
    assert chosen_option(asked) == option


def test_a_letter_names_nothing_in_a_text() -> None:
    assert not names_one("This is a fever.", ("A", "gout"))


@pytest.mark.parametrize(
    ("text", "lang", "why"),
    [
        ("", "zh", "empty"),
        (" \n ", "en", "empty"),
        ("很抱歉，我不能回答。", "zh", "refused"),
        ("作为一个人工智能语言模型，我……", "zh", "refused"),
        ("I\u2019m sorry, but I can\u2019t help with that.", "en", "refused"),
        ("As an AI, I cannot diagnose.", "en", "refused"),
        ("我无法为您提供诊断", "en", "refused"),
        ("The patient should rest and drink.", "zh", "another language"),
        ("患者应当多休息，多饮水，按时服药。", "en", "another language"),
        ("多喝水。" * 3 + "多喝热水。" * 4, "zh", "repeats itself"),
        ("The the the the the the the the the the", "en", "repeats itself"),
        ("发热 咳嗽 发热 咳嗽 发热 咳嗽 发热 咳嗽 发热 咳嗽 发热 咳嗽", "zh", "repeats itself"),
    ],
)
def test_a_reply_that_is_no_use_says_why(text: str, lang: Lang, why: str) -> None:
    with pytest.raises(RejectionError) as caught:
        check_text(text, lang)
    assert caught.value.reason == why


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("患者口服 amoxicillin 500 mg bid，复查 CRP 12 mg/L，体温正常。", "zh"),
        ("I cannot rule out pneumonia; get a chest film.", "en"),
        ("Sorry to hear of your cough; how long has it lasted?", "en"),
        ("No.", "en"),
        ("没有。", "zh"),
        ("| a | b |\n|-----------------|-----------------|", "en"),
        ("1. 是\n2. 是\n3. 是\n4. 是", "zh"),
    ],
)
def test_a_reply_that_is_some_use_passes(text: str, lang: Lang) -> None:
    assert check_text(f" {text}\n", lang) == text


def test_a_reply_that_was_cut_off_is_given_up() -> None:
    with pytest.raises(RejectionError, match="cut off"):
        text_of(Completion("a", "考虑肺", "length"), "zh")
