"""FHIR's types as text: concepts, quantities, times, references. Knows no resource.

Source: HL7 FHIR R4 (4.0.1), datatypes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from medgo.corpus.clinical.wording import amount_of, number_of, without_tag

Node = Mapping[str, Any]
_HAN = re.compile("[\u3400-\u9fff]")
# Fields that refer to people and bodies; in some of them the reference lies further in.
_PEOPLE: Mapping[str, str] = {
    **dict.fromkeys(("subject", "patient"), "name"),
    **dict.fromkeys(
        ("performer", "requester", "recorder", "asserter", "author", "individual", "attester", "party", "actor",
         "authenticator", "informationSource", "interpreter", "resultsInterpreter", "receiver", "sender"),
        "clinician",
    ),
    **dict.fromkeys(("serviceProvider", "custodian", "managingOrganization", "organization", "location"), "hospital"),
}  # fmt: skip
_WITHIN = ("actor", "party", "location")
_LOINC = "http://loinc.org"
_SNOMED = "http://snomed.info/sct"


def as_list(value: Any) -> list[Any]:
    """What stands under a key as a list; a single value is a list of one."""
    return value if isinstance(value, list) else [] if value is None else [value]


def nodes(value: Any) -> list[Node]:
    """The objects among what stands under a key."""
    return [one for one in as_list(value) if isinstance(one, dict)]


def text_of(value: Any) -> str:
    """A string, cleaned; empty for anything else."""
    return " ".join(value.split()) if isinstance(value, str) else ""


def concept(value: Any) -> str:
    """CodeableConcept or Coding: its text, a Chinese display before others, a display, a code."""
    said = []
    for one in nodes(value):
        codings = nodes(one.get("coding")) or ([one] if "code" in one or "display" in one else [])
        displays = [shown for coding in codings if (shown := text_of(coding.get("display")))]
        chinese = next((shown for shown in displays if _HAN.search(shown)), "")
        codes = [code for coding in codings if (code := text_of(coding.get("code")))]
        name = text_of(one.get("text")) or chinese or next(iter((*displays, *codes)), "")
        said.append(without_tag(name) if any(coding.get("system") == _SNOMED for coding in codings) else name)
    return "; ".join(one for one in said if one)


def codes(value: Any) -> list[str]:
    """All codes of a CodeableConcept."""
    return [text_of(coding.get("code")) for one in nodes(value) for coding in nodes(one.get("coding"))]


def loinc(value: Any) -> str:
    """The LOINC code of a CodeableConcept; empty for none."""
    codings = (coding for one in nodes(value) for coding in nodes(one.get("coding")))
    return next((text_of(one.get("code")) for one in codings if one.get("system") == _LOINC), "")


def quantity(value: Any) -> str:
    """Quantity: comparator, value, unit."""
    number = _number(value)
    return amount_of(f"{text_of(value.get('comparator'))}{number}", _unit(value)) if number else ""


def _number(value: Any) -> str:
    number = value.get("value") if isinstance(value, dict) else None
    return "" if number is None else number_of(str(number))


def _unit(value: Node) -> str:
    return text_of(value.get("unit")) or text_of(value.get("code"))


def interval(value: Any) -> str:
    """Range: low and high, the unit once."""
    if not isinstance(value, dict):
        return ""
    low, high = (one if isinstance(one, dict) else {} for one in (value.get("low"), value.get("high")))
    if _number(low) and _number(high):
        if _unit(low) in ("", _unit(high)):
            return amount_of(f"{_number(low)}–{_number(high)}", _unit(high))
        return f"{quantity(low)}–{quantity(high)}"
    return f"≥{quantity(low)}" if _number(low) else f"≤{quantity(high)}" if _number(high) else ""


def reference_ranges(value: Any) -> str:
    """``Observation.referenceRange``."""
    said = (text_of(one.get("text")) or interval(one) for one in nodes(value))
    return "; ".join(one for one in said if one)


def value_of(node: Node, name: str = "value") -> str:
    """``value[x]`` of any type as people write it."""
    for key, value in node.items():
        if not key.startswith(name) or key == name or not key[len(name)].isupper():
            continue
        kind = key.removeprefix(name)
        if kind in ("CodeableConcept", "Coding"):
            return concept(value)
        if kind in ("Quantity", "SimpleQuantity", "Age", "Duration"):
            return quantity(value)
        if kind == "Range":
            return interval(value)
        if kind == "Ratio" and isinstance(value, dict):
            return f"{quantity(value.get('numerator'))}/{quantity(value.get('denominator'))}"
        if kind == "Period":
            return period(value)
        if kind in ("DateTime", "Date", "Instant", "Time"):
            return when(value)
        if kind == "Reference" and isinstance(value, dict):
            return text_of(value.get("display"))
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, str | int):
            return str(value).strip()
    return ""


def when(value: Any) -> str:
    """A date or time, to the minute."""
    text = text_of(value)
    date, mark, time = text.partition("T")
    return f"{date} {time[:5]}" if mark else date


def day(value: Any) -> str:
    """The day of a date or time."""
    return text_of(value)[:10]


def period(value: Any) -> str:
    """Period: days, or one of them."""
    if not isinstance(value, dict):
        return ""
    start, end = day(value.get("start")), day(value.get("end"))
    return start if start == end else f"{start} – {end}".strip(" –") if end else start


def dated(node: Node, *names: str) -> str:
    """The first of several fields that says when, as days."""
    for name in names:
        if isinstance(node.get(name), dict):
            if said := period(node[name]):
                return said
        elif said := day(node.get(name)):
            return said
    return ""


def key_of(reference: Any) -> str:
    """The id that a Reference, or a reference's text, points to; ``#id`` of a contained resource stays so."""
    text = text_of(reference.get("reference") if isinstance(reference, dict) else reference)
    return text if text.startswith("#") else text.partition("/_history")[0].rpartition("/")[2].removeprefix("urn:uuid:")


def notes(node: Node) -> str:
    """``note``: annotations."""
    return "; ".join(said for one in nodes(node.get("note")) if (said := text_of(one.get("text"))))


def people_of(node: Node) -> Iterator[tuple[str, str, str]]:
    """Who stands in a resource: the key that a header has for them, their id, and their name where it is given."""
    for key, value in node.items():
        if key == "contained":
            continue
        for one in nodes(value):
            if key in _PEOPLE:
                for inner in (one, *(one[name] for name in _WITHIN if isinstance(one.get(name), dict))):
                    if "reference" in inner or "display" in inner:
                        yield _PEOPLE[key], key_of(inner), text_of(inner.get("display"))
            yield from people_of(one)
