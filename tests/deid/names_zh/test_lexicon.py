"""The lists are whole, and say what they are believed to say."""

from __future__ import annotations

import pytest

from medgo.deid.names_zh import lexicon as module
from medgo.deid.names_zh.contexts import contexts
from medgo.deid.names_zh.lexicon import NEVER, LexiconMissingError, lexicon


def test_common_surnames_and_given_names_are_likelier() -> None:
    known = lexicon()
    assert known.surnames["王"] > known.surnames["岑"] > known.surnames["和"]
    assert known.given["伟"] > known.given["岚"]
    assert known.given["癌"] == NEVER


def test_words_divide_as_they_are_read() -> None:
    known = lexicon()
    assert known.path("高血压") > known.path("高") + known.path("血压")
    assert known.path("患者高血压") == pytest.approx(known.path("患者") + known.path("高血压"))


def test_names_of_the_dictionary_are_no_words() -> None:
    assert "史密斯" not in lexicon().words


def test_every_kind_of_context_is_read() -> None:
    known = contexts()
    assert set(known.labels.values()) == {"name", "name_relative", "name_clinician"}
    assert known.weak <= set(known.labels)
    assert known.title("张主任医师", 1) is not None


def test_a_missing_dictionary_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    module.lexicon.cache_clear()
    with pytest.raises(LexiconMissingError, match="medgo"):
        module.lexicon()
    module.lexicon.cache_clear()
