"""What training rows say is no probe; neither are doubtful pairs and options of which two may be right."""

import json
from pathlib import Path

import pytest

from medgo.schema import Lang, Message
from medgo.training.probes.items import ProbeItem, ProbeKind
from medgo.training.probes.purity import Taught, impossible, not_golden
from tests.training.probes.made import made_item

RECORD = "Record: Denies nausea and acid urine. 无蛋白尿。\nQuestion: Is there nausea?"


@pytest.fixture
def taught(tmp_path: Path) -> Taught:
    def row(prompt: str, answer: str, task: str, lang: str) -> str:
        value = {
            "prompt": [{"role": "user", "content": prompt}],
            "completion": [{"role": "assistant", "content": answer, "reasoning_content": ""}],
            "chat_template_kwargs": {"enable_thinking": False},
            "task": task,
            "stage": "stage1",
            "lang": lang,
            "row_id": "x",
            "provenance": {
                "sources": [{"id": "a", "source": "medgo", "licence": "Apache-2.0", "retrieved": ""}],
                "generator": "g",
                "version": "1",
                "seed": "1",
                "teacher": "",
                "certificate": "",
            },
        }
        return json.dumps(value, ensure_ascii=False) + "\n"

    path = tmp_path / "rows.jsonl"
    path.write_text(
        row(RECORD, "No. Denies nausea.", "record_questions", "en")
        + row("Translate into English: 痛风", "Gout", "terminology_normalisation", "en")
    )
    return Taught.read((path,))


def term(mention: str, gold: str, *wrong: str, kind: ProbeKind = "term", lang: Lang = "en") -> ProbeItem:
    prompt = (Message("user", f"Preferred term for “{mention}”?"),)
    options = (gold, *(wrong or ("something else",)))
    return made_item(kind, 1, sort="synonym", lang=lang, prompt=prompt, options=options, gold=gold)


def test_a_term_anywhere_in_training_text_is_taught(taught: Taught) -> None:
    assert taught.holds(term("Feeling sick", "Nausea"), "Feeling sick") == "right term stands in training"
    assert taught.holds(term("Acid urine", "Aciduria"), "Acid urine") == "asked term stands in training"
    assert taught.holds(term("Protein in urine", "蛋白尿", lang="zh"), "Protein in urine")
    # Taught from Chinese to English, asked from English to Chinese.
    assert taught.holds(term("Gout", "痛风", lang="zh"), "Gout")
    assert taught.holds(term("Gout", "高尿酸血症", lang="zh"), "Gout") == "asked term stands in training"
    assert not taught.holds(term("Nauseant", "Emetic"), "Nauseant")
    assert not taught.holds(term("Goutlike pain", "Pseudogout"), "Goutlike pain")


def test_pairs_that_are_not_golden() -> None:
    assert not_golden(term("Renal failure", "Acute kidney injury"), "Renal failure")
    assert not_golden(term("慢性支气管炎", "支气管炎", lang="zh"), "慢性支气管炎")
    assert not not_golden(term("Acute renal failure", "Acute kidney injury"), "Acute renal failure")
    assert not_golden(term("奈玛特韦", "Paxlovid"), "奈玛特韦") == "a brand as preferred term"
    assert not_golden(term("HIV感染", "艾滋病", lang="zh"), "HIV感染") == "an infection and its disease"
    assert not_golden(term("艾滋病", "HIV感染", lang="zh"), "艾滋病") == "an infection and its disease"


def test_a_wrong_option_with_the_asked_words_may_be_right() -> None:
    assert not_golden(term("Rigid toe", "Hallux rigidus", "Rigidity of the small toe"), "Rigid toe")
    assert not_golden(term("肾衰", "肾功能不全", "肾衰竭", lang="zh"), "肾衰")
    assert not not_golden(
        term("Nocturnal hypopnea", "Nocturnal hypoventilation", "Episodic apnea"), "Nocturnal hypopnea"
    )


def grounded(sort: str, *options: str) -> ProbeItem:
    return made_item("grounded", 1, sort=sort, options=options, gold=options[0])


def test_grounded_options_of_which_two_may_be_right() -> None:
    known = ("Past history of asthma.", "Known gout.", "The record does not say.")
    assert not_golden(grounded("known", *known, "Knee arthroscopy in 2010."), "")
    assert not not_golden(grounded("known", *known, "Temperature 37.0 °C."), "")
    assert not_golden(grounded("impression", "诊断考虑急性阑尾炎。", "考虑急性阑尾炎。", "记录未提及。"), "")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("BP 52/73 mmHg.", True),
        ("血压80/73 mmHg。", True),
        ("BP 120/80 mmHg.", False),
        ("Sodium 68 mmol/L.", True),
        ("钠68 mmol/L。", True),
        ("Sodium 128 mmol/L.", False),
        ("Temperature 44.1 °C.", True),
        ("118岁。", True),
        ("Potassium 3.9 mmol/L.", False),
    ],
)
def test_values_outside_life(text: str, wrong: bool) -> None:
    assert impossible(text) is wrong
