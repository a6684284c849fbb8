"""Names in running text: spelling, word boundaries, ambiguity, exclusions, and that positions lead back."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.knowledge.lexicon import Lexicon
from medgo.schema import Concept, ConceptKind, Lang, Name, NameRole
from tests.support.small_knowledge import SmallKnowledge


def _concept(curie: str, kind: ConceptKind, *names: tuple[str, Lang, NameRole]) -> Concept:
    return Concept(curie, kind, tuple(Name(text, lang, role, "test") for text, lang, role in names), "test")


CONCEPTS = (
    _concept("HP:1", "sign", ("Chest pain", "en", "preferred"), ("胸痛", "zh", "preferred")),
    _concept("HP:2", "sign", ("Seizure", "en", "preferred"), ("癫痫发作", "zh", "preferred")),
    _concept("HP:3", "sign", ("Left-sided chest pain", "en", "preferred")),
    _concept("HP:4", "sign", ("Cold", "en", "synonym"), ("异常", "zh", "synonym"), ("A" * 90, "en", "synonym")),
    _concept("HP:5", "sign", ("Chronic pulmonary obstruction", "en", "preferred"), ("COPD", "en", "abbreviation")),
    _concept("ORPHA:1", "disease", ("Alzheimer's disease", "en", "preferred"), ("2 型糖尿病", "zh", "preferred")),
    _concept("ORPHA:2", "disease", ("Seizure", "en", "synonym"), ("ALL", "en", "abbreviation")),
    _concept(
        "DRUG:1", "drug", ("Metformin", "en", "preferred"), ("二甲双胍", "zh", "preferred"), ("white", "en", "brand")
    ),
    _concept("LAB:1", "lab", ("Na", "en", "abbreviation"), ("Sodium", "en", "preferred")),
)


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.of(CONCEPTS)


def _found(lexicon: Lexicon, text: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(text[m.start : m.end], m.concepts) for m in lexicon.find(text)]


def test_the_longest_name_wins_and_case_width_and_hyphens_do_not_matter(lexicon: Lexicon) -> None:
    assert _found(lexicon, "LEFT SIDED chest‐pain, ｃｈｅｓｔ pain") == [
        ("LEFT SIDED chest‐pain", ("HP:3",)),
        ("ｃｈｅｓｔ pain", ("HP:1",)),
    ]


def test_plurals_and_possessives(lexicon: Lexicon) -> None:
    assert _found(lexicon, "seizures in Alzheimer disease") == [
        ("seizures", ("HP:2", "ORPHA:2")),
        ("Alzheimer disease", ("ORPHA:1",)),
    ]


def test_an_ambiguous_name_gives_all_concepts(lexicon: Lexicon) -> None:
    assert _found(lexicon, "a seizure")[0][1] == ("HP:2", "ORPHA:2")


def test_latin_names_end_at_words_but_chinese_ones_need_no_space(lexicon: Lexicon) -> None:
    assert _found(lexicon, "sodiums metformine") == [("sodiums", ("LAB:1",))]
    assert _found(lexicon, "口服metformin治疗，2型糖尿病患者胸痛") == [
        ("metformin", ("DRUG:1",)),
        ("2型糖尿病", ("ORPHA:1",)),
        ("胸痛", ("HP:1",)),
    ]


def test_acronyms_count_in_capitals_only(lexicon: Lexicon) -> None:
    assert _found(lexicon, "all of them have ALL and COPD, not copd; Na 140, na") == [
        ("ALL", ("ORPHA:2",)),
        ("COPD", ("HP:5",)),
        ("Na", ("LAB:1",)),
    ]


def test_ordinary_words_are_left_out_and_counted(lexicon: Lexicon) -> None:
    assert _found(lexicon, "a cold white room, 异常") == []
    assert lexicon.excluded == {"ordinary word": 3, "longer than running text holds": 1}


def test_hidden_characters_and_traditional_ones_do_not_hide_a_name(lexicon: Lexicon) -> None:
    text = "胸\u200b痛、二甲雙胍"
    assert _found(lexicon, text) == [("胸\u200b痛", ("HP:1",)), ("二甲雙胍", ("DRUG:1",))]


def test_it_survives_pickling(lexicon: Lexicon) -> None:
    again = pickle.loads(pickle.dumps(lexicon))
    assert again.find("chest pain, 胸痛") == lexicon.find("chest pain, 胸痛")


@given(before=st.text(alphabet="，。 中文ab1-", max_size=8), after=st.text(alphabet="，。 中文-1", max_size=8))
def test_a_chinese_name_is_found_wherever_it_stands(before: str, after: str) -> None:
    text = f"{before}二甲双胍{after}"
    assert ("二甲双胍", ("DRUG:1",)) in _found(Lexicon.of(CONCEPTS), text)


def test_a_built_lexicon_is_kept_beside_its_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    knowledge = SmallKnowledge()
    knowledge.path = tmp_path / "index.sqlite"
    knowledge.path.write_bytes(b"")
    monkeypatch.setattr(SmallKnowledge, "fingerprint", "one", raising=False)
    first = Lexicon.build(knowledge)
    assert len(list(tmp_path.glob("*.lexicon"))) == 1
    monkeypatch.setattr(SmallKnowledge, "concepts", lambda *_: pytest.fail("read again"))
    again = Lexicon.build(knowledge)
    assert again.find("发热 and cough") == first.find("发热 and cough") != []


def test_a_type_number_has_no_plural() -> None:
    lexicon = Lexicon.of([_concept("ORPHA:9", "disease", ("Lynch syndrome I", "en", "preferred"))])
    assert _found(lexicon, "Lynch syndrome is likely") == []
