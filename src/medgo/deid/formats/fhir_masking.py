"""Values of a FHIR resource that are taken out; ``data-absent-reason`` says in their place that they were masked."""

from __future__ import annotations

from typing import Any

MASKED = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}]}


def mask(node: dict[str, Any], name: str) -> None:
    """Mask a value where it stands among the keys."""
    items = [("_" + name, MASKED) if key == name else (key, value) for key, value in node.items() if key != "_" + name]
    node.clear()
    node.update(items)


def is_masked(node: dict[str, Any], name: str) -> bool:
    """Whether an earlier run has masked it."""
    return name not in node and node.get("_" + name) == MASKED
