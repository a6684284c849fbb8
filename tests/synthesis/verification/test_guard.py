"""What a paraphrase must keep, and what it may change: seventy faithful pairs, thirty unfaithful ones, spoiled ones."""

from __future__ import annotations

import pytest

from medgo.knowledge.lexicon import Lexicon
from medgo.schema import Lang
from medgo.synthesis.verification import ParaphraseGuard
from tests.support.paraphrases import FAITHFUL, TRANSLATED, UNFAITHFUL, spoiled
from tests.support.small_knowledge import SmallKnowledge


@pytest.fixture(scope="module")
def guard() -> ParaphraseGuard:
    knowledge = SmallKnowledge()
    return ParaphraseGuard(Lexicon.build(knowledge), knowledge)


def test_faithful_paraphrases_pass(guard: ParaphraseGuard) -> None:
    refused = [(source, said) for lang, source, said in FAITHFUL if guard.compare(source, said, lang)]
    assert len(refused) <= 2, refused
    turned = [(source, said) for lang, source, said in FAITHFUL if guard.compare(said, source, lang)]
    assert len(turned) <= 2, turned


@pytest.mark.parametrize(("lang", "to_lang", "source", "said"), TRANSLATED)
def test_translations_pass(guard: ParaphraseGuard, lang: Lang, to_lang: Lang, source: str, said: str) -> None:
    assert guard.compare(source, said, lang, to_lang) == []
    assert guard.compare(said, source, to_lang, lang) == []


@pytest.mark.parametrize(("lang", "source", "said", "kind"), UNFAITHFUL)
def test_what_is_changed_is_found_both_ways(
    guard: ParaphraseGuard, lang: Lang, source: str, said: str, kind: str
) -> None:
    assert kind in [difference.kind for difference in guard.compare(source, said, lang)]
    assert kind in [difference.kind for difference in guard.compare(said, source, lang)]


def test_spoiled_paraphrases_are_refused(guard: ParaphraseGuard) -> None:
    tried, passed = 0, []
    for lang, source, said in FAITHFUL:
        for kind, text in spoiled(said, lang):
            tried += 1
            if not guard.compare(source, text, lang):
                passed.append((kind, source, text))
    assert tried > 60
    assert len(passed) <= tried // 100, passed


@pytest.mark.parametrize(
    ("source", "said", "kind"),
    [
        ("口服二甲双胍0.5g，每日3次。", "Metformin 500 mg twice daily.", "number"),
        ("否认胸痛。", "She has chest pain.", "negation"),
        ("左膝疼痛。", "Right knee pain.", "side"),
        ("口服阿司匹林。", "He takes warfarin.", "drug"),
    ],
)
def test_changes_are_found_across_languages(guard: ParaphraseGuard, source: str, said: str, kind: str) -> None:
    assert kind in [difference.kind for difference in guard.compare(source, said, "zh", "en")]
    assert kind in [difference.kind for difference in guard.compare(said, source, "en", "zh")]


@pytest.mark.parametrize(
    ("lang", "source", "said", "kind"),
    [
        ("en", "Aspirin 100 mg and warfarin 5 mg.", "Aspirin 5 mg and warfarin 100 mg.", "owner"),
        ("zh", "血钾4.0mmol/L，空腹血糖5.1mmol/L。", "血钾5.1mmol/L，空腹血糖4.0mmol/L。", "owner"),
        ("en", "Metformin 500 mg and aspirin 100 mg.", "Metformin 100 mg and aspirin 500 mg.", "owner"),
        ("en", "Her mother has diabetes.", "She has diabetes.", "person"),
        ("zh", "母亲患糖尿病。", "患者患糖尿病。", "person"),
        ("en", "She had asthma in the past.", "She has asthma.", "time"),
        ("en", "Cough and fever.", "Cough.", "concept"),
        ("zh", "发热、咳嗽、胸痛3天。", "咳嗽3天。", "concept"),
        ("zh", "患者无咳血，心肺查体正常。", "患者咳出鲜血，心肺查体正常。", "negation"),
        (
            "en",
            "Unremarkable course; he does not vomit blood.",
            "Unremarkable course; he brings up red fluid.",
            "negation",
        ),
    ],
)
def test_what_moves_or_goes_is_found(guard: ParaphraseGuard, lang: Lang, source: str, said: str, kind: str) -> None:
    assert kind in [difference.kind for difference in guard.compare(source, said, lang)]


@pytest.mark.parametrize(
    ("lang", "source", "said"),
    [
        ("en", "Glucose 5.1 mmol/L and potassium 4.0 mmol/L.", "Potassium was 4.0 mmol/L, glucose 5.1 mmol/L."),
        ("zh", "高血压病史10年。", "患高血压已10年。"),
        ("en", "She has a history of asthma.", "Asthma was diagnosed previously in this woman."),
        ("en", "Cough and fever.", "The patient coughs and runs a high temperature."),
        ("en", "There is no fever.", "Temperature is normal."),
    ],
)
def test_what_is_told_in_other_words_passes(guard: ParaphraseGuard, lang: Lang, source: str, said: str) -> None:
    assert guard.compare(source, said, lang) == []
