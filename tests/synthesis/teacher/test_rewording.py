"""Other words and other readers: what survives, what stays as it was, what is given up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from medgo.schema import Lang
from medgo.synthesis.generators.teacher.paraphrase import Paraphrase
from medgo.synthesis.generators.teacher.perspectives import READERS, Perspectives, Reader
from tests.synthesis.teacher.support import PROMPTS, Script, Stub, case, run, source_of

OTHER: dict[Lang, list[str]] = {
    "zh": ["45岁男患者，3天来发热、咳嗽并有胸痛。", "否认咯血。", "化验白细胞为 14.2×10^9/L。", "首先考虑什么诊断？"],
    "en": [
        "A 45-year-old man presents with 3 days of fever, cough and chest pain.",
        "He reports no haemoptysis.",
        "White cell count: 14.2 10^9/L.",
        "Which diagnosis comes first?",
    ],
}


def reworded(sentences: Any, lang: Lang = "zh", **options: Any) -> tuple[list[Any], dict[str, int]]:
    said = {"sentences": sentences} if isinstance(sentences, list) else sentences
    return run(Paraphrase(of=Stub(), **options), Script({"sentences": said}), (lang,))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_prompt_in_other_words_keeps_the_facts_of_each_sentence(lang: Lang) -> None:
    (draft,), rejected = reworded(OTHER[lang], lang)
    before = case(lang)
    assert not rejected
    assert all(words in draft.row.prompt[0].content for words in OTHER[lang])
    assert draft.row.completion == before.row.completion
    prompt = [sentence for sentence in draft.evidence.sentences if sentence.part == "prompt[0]"]
    assert [sentence.facts for sentence in prompt] == [ids for _, ids in PROMPTS[lang]]
    assert [sentence.text for sentence in prompt] == OTHER[lang]


@pytest.mark.parametrize(
    ("place", "words", "why"),
    [
        (0, "45岁男患者，13天来发热、咳嗽并有胸痛。", "number"),
        (1, "有咯血。", "negation"),
        (2, "化验白细胞为 14.2 mg/L。", "unit"),
        (2, "白细胞 14.2×10^9/L。", "same words"),
        (3, "What is the first diagnosis to consider here?", "another language"),
        (3, "", "empty"),
        (3, "首先考虑什么诊断？\n请说明。", "several lines"),
    ],
)
def test_a_sentence_whose_meaning_changes_stays_as_it_was(place: int, words: str, why: str) -> None:
    said = [words if n == place else text for n, text in enumerate(OTHER["zh"])]
    (draft,), _ = reworded(said)
    assert draft.evidence.labels["kept"] == {why: 1}
    assert PROMPTS["zh"][place][0] in draft.row.prompt[0].content


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("rubbish", "not the JSON asked for"),
        ([], "not the JSON asked for"),
        (OTHER["zh"][:3], "not the JSON asked for"),
        ([text for text, _ in PROMPTS["zh"]], "too little in other words"),
        ("{" + "x" * 2000, "cut off"),
    ],
)
def test_what_is_no_paraphrase_is_given_up(said: Any, why: str) -> None:
    assert reworded(said) == ([], {why: 1})


REWRITTEN: dict[Lang, dict[str, Any]] = {
    "zh": {
        "sentences": [
            {"text": "您得的是肺炎。", "sources": [1]},
            {"text": "化验的白细胞 14.2×10^9/L 偏高，也支持感染。", "sources": [2]},
        ]
    },
    "en": {
        "sentences": [
            {"text": "You have pneumonia.", "sources": [1]},
            {"text": "Your count of 14.2 10^9/L fits that.", "sources": [1, 2]},
        ]
    },
}


def read_by(reader: Reader, said: Any, lang: Lang = "zh") -> tuple[list[Any], dict[str, int]]:
    return run(Perspectives(of=Stub(), readers=(reader,)), Script({"sentences": said}), (lang,))


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("reader", READERS)
def test_an_answer_for_a_reader_cites_what_its_sources_cite(reader: Reader, lang: Lang) -> None:
    (draft,), rejected = read_by(reader, REWRITTEN[lang], lang)
    assert not rejected
    assert draft.evidence.labels["reader"] == reader
    stated = [sentence for sentence in draft.evidence.sentences if sentence.part == "completion"]
    assert stated[0].facts == ("f10",)
    assert "f8" in stated[1].facts
    assert draft.row.prompt[-1].content.startswith(case(lang).row.prompt[0].content)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"sentences": []}, "empty"),
        ({"sentences": [{"text": "是肺炎。", "sources": []}]}, "no source for a sentence"),
        ({"sentences": [{"text": "是肺炎。", "sources": [3]}]}, "no source for a sentence"),
        ({"sentences": [{"text": "白细胞支持感染。", "sources": [2]}]}, "leaves out what leads"),
        ({"sentences": [{"text": "用日常语言，不用缩写和编码，说清楚。", "sources": [1]}]}, "repeats its instruction"),
        ({"sentences": [{"text": "是肺炎，要治疗 7 天。", "sources": [1]}]}, "number not in its source"),
        ({"sentences": [{"text": "It is pneumonia and will get better.", "sources": [1]}]}, "another language"),
        ({"sentences": [{"text": "是肺炎，药物请按 bid 服用。", "sources": [1]}]}, "jargon for a patient"),
        ({"sentences": [{"text": "很抱歉，我无法提供医疗建议。", "sources": [1]}]}, "refused"),
        ("rubbish", "not the JSON asked for"),
    ],
)
def test_an_answer_that_says_more_is_given_up(said: Any, why: str) -> None:
    assert read_by("patient", said) == ([], {why: 1})


def test_each_row_draws_its_reader() -> None:
    source = source_of(Script({"sentences": REWRITTEN["zh"]}))
    drafts = list(Perspectives(of=Stub(count=60)).rows(source, np.random.default_rng(1)))
    assert {draft.evidence.labels["reader"] for draft in drafts} == set(READERS)
