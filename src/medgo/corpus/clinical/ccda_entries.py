"""Entries of a CDA section as lines, for sections that come without a narrative."""

from __future__ import annotations

from collections.abc import Iterator

from medgo.corpus.clinical.hl7_values import when
from medgo.corpus.clinical.rendering import direct_text
from medgo.corpus.clinical.wording import amount_of, number_of, without_tag
from medgo.corpus.xml import Element, local_name

_STATEMENTS = frozenset({
    "observation", "act", "substanceAdministration", "procedure", "encounter", "supply", "organizer",
})  # fmt: skip
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
# Codes of an act that say what kind of entry it is, and nothing of the patient.
_SNOMED = "2.16.840.1.113883.6.96"
_FRAMES = frozenset(("CONC", "ASSERTION"))


def entry_lines(section: Element) -> Iterator[str]:
    """A line a statement: what, its value, when; statements inside others follow them."""
    for entry in section.iterfind("{*}entry"):
        for statement in entry.iter():
            if local_name(statement) in _STATEMENTS and (line := _line(statement)):
                yield line


def names_in_entries(section: Element) -> list[str]:
    """Displays of values and products: what the narrative should tell too."""
    found: dict[str, None] = {}
    for entry in section.iterfind("{*}entry"):
        for element in entry.iter():
            inside = local_name(element)
            name = element.get("displayName", "")
            product = inside == "code" and local_name(element.getparent()) == "manufacturedMaterial"
            if name and (inside == "value" or product):
                found[" ".join(name.split())] = None
    return list(found)


def _line(statement: Element) -> str:
    code = statement.find("{*}code")
    shown = "" if code is None or code.get("code") in _FRAMES else _coded(code)
    products = [
        *statement.iterfind("{*}consumable/{*}manufacturedProduct/{*}manufacturedMaterial/{*}code"),
        *statement.iterfind("{*}participant/{*}participantRole/{*}playingEntity/{*}code"),
    ]
    values = [_value(one) for one in statement.iterfind("{*}value")]
    doses = [_quantity(one) for one in (*statement.iterfind("{*}doseQuantity"), *statement.iterfind("{*}rateQuantity"))]
    texts = [direct_text(one) for one in statement.iterfind("{*}text")]
    said = [shown, *map(_coded, products), *values, *doses, *texts]
    line = " ".join(dict.fromkeys(one for one in said if one))
    time = _time(statement.find("{*}effectiveTime"))
    negated = "not: " if statement.get("negationInd") == "true" else ""
    return f"{negated}{line}{f' ({time})' if time else ''}" if line else ""


def _coded(element: Element) -> str:
    name = " ".join(element.get("displayName", "").split())
    original = element.find("{*}originalText")
    translated = (" ".join(one.get("displayName", "").split()) for one in element.iterfind("{*}translation"))
    name = without_tag(name) if element.get("codeSystem") == _SNOMED else name
    return name or (direct_text(original) if original is not None else "") or next(filter(None, translated), "")


def _value(element: Element) -> str:
    kind = element.get(_TYPE, "")
    if "PQ" in kind and "IVL" not in kind:
        return _quantity(element)
    if "IVL" in kind:
        low, high = element.find("{*}low"), element.find("{*}high")
        return " – ".join(_quantity(one) for one in (low, high) if one is not None and one.get("value"))
    if kind.endswith("TS"):
        return when(element.get("value", ""))
    return _coded(element) or element.get("value", "") or direct_text(element)


def _quantity(element: Element) -> str:
    return amount_of(number_of(element.get("value", "")), element.get("unit", ""))


def _time(element: Element | None) -> str:
    if element is None:
        return ""
    found = [element.get("value", "")]
    for name in ("low", "high"):
        inner = element.find(f"{{*}}{name}")
        found.append(inner.get("value", "") if inner is not None else "")
    return " – ".join(when(one) for one in found if one)
