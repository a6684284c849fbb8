"""Only what single states of a module say: causes, probabilities and reasons that are written there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from medgo.errors import KnowledgeSourceError
from medgo.knowledge.sources import synthea
from medgo.schema import Concept, Relation


def onset(title: str, code: str = "1", **more: str) -> dict[str, Any]:
    return {"type": "ConditionOnset", "codes": [{"system": "SNOMED-CT", "code": code, "display": title}], **more}


def module(**states: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return dict(states)


def test_the_installed_modules_give_conditions_symptoms_and_orders() -> None:
    statements = list(synthea.reader().read())
    relations = [item for item in statements if isinstance(item, Relation)]
    concepts = [item for item in statements if isinstance(item, Concept)]
    assert len({item.id for item in concepts}) == len(concepts) > 200
    assert (
        Relation("DISEASE:rheumatoid_arthritis", "has_sign", "HP:0002829", "synthea", {"name_en": "Joint pain"})
        in relations
    )
    for item in relations:
        low = item.attributes.get("low")
        assert low is None or (0 <= low == item.attributes["high"] <= 1)
        assert item.predicate != "treated_by" or item.object.startswith("DRUG:")


def test_a_state_that_ends_a_symptom_is_no_symptom() -> None:
    states = module(
        a={"type": "Symptom", "symptom": "cough", "range": {"low": 1, "high": 9}},
        b={"type": "Symptom", "symptom": "cough", "exact": {"quantity": 0}},
    )
    assert list(synthea.symptoms_of(states)) == [synthea.Symptom("Cough", "", None)]


def test_a_symptom_without_cause_belongs_to_the_only_condition_or_to_none() -> None:
    one = list(synthea.conditions_of(module(a=onset("Gout (disorder)"))))
    two = [*one, *synthea.conditions_of(module(b=onset("Asthma (disorder)", "2")))]
    assert synthea.owner("", one) == one[0]
    assert synthea.owner("", two) is None
    assert synthea.owner("b", two) == two[1]
    assert synthea.owner("Asthma (disorder)", two) == two[1]
    assert synthea.owner("another", one) is None


def test_an_attribute_that_holds_several_conditions_names_none() -> None:
    states = module(
        a=onset("Viral x (disorder)", "1", assign_to_attribute="x"),
        b=onset("Bacterial x (disorder)", "2", assign_to_attribute="x"),
    )
    conditions = list(synthea.conditions_of(states))
    assert synthea.owner("x", conditions) is None
    assert synthea.owner("a", conditions) == conditions[0]


def test_what_is_no_disease_is_no_condition() -> None:
    states = module(a=onset("Full-time employment (finding)"), b=onset("Gout (disorder)"))
    assert [item.title for item in synthea.conditions_of(states)] == ["Gout (disorder)"]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"states": []}'])
def test_a_damaged_module_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "module.json"
    path.write_text(text)
    with pytest.raises(KnowledgeSourceError, match=r"module\.json"):
        synthea._module(path)
