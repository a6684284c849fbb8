"""Probe items of our own for tests."""

from medgo.schema import Message
from medgo.training.probes.items import ProbeItem, ProbeKind


def made_item(kind: ProbeKind, number: int, **fields: object) -> ProbeItem:
    value = {
        "id": f"{kind}-{number}",
        "kind": kind,
        "sort": "fact" if kind == "general" else "synonym",
        "lang": "zh" if number % 2 == 0 else "en",
        "about": f"c{number}",
        "prompt": (Message("user", f"What is {number}?"),),
        "options": (f"it is {number}", f"it is {number + 1}", "nothing at all"),
        "gold": str(number),
    }
    return ProbeItem(**{**value, **fields})  # type: ignore[arg-type]
