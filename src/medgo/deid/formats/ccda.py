"""C-CDA and other CDA R2 documents: header fields by their place, section texts as narratives.

Source: HL7 CDA R2, C-CDA R2.1. Codes, units and template ids stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import ClassVar

from medgo.deid.classes import IdentifierClass
from medgo.deid.formats.encapsulated import encapsulated_parts, is_text
from medgo.deid.formats.markup import Element, etree, local_name, narrative, parse_xml, xml_text
from medgo.deid.formats.protocol import Format, HeldBackError, Part, Record, Unit, data_of
from medgo.deid.formats.units import whole_file
from medgo.deid.formats.values import (
    birth_part,
    date_part,
    field_part,
    has_han,
    is_encoded,
    is_nothing,
    known_of,
    language_said,
    old_births,
    picture_part,
)
from medgo.deid.replacing.protocol import Replaced
from medgo.deid.replacing.sex_cues import sex_in_field
from medgo.text.person_names import compose, decompose

# Whose name ``name`` is, by the element that it stands in; the nearest one that is listed counts.
_PEOPLE: Mapping[str, IdentifierClass] = {
    "patient": "name",
    "guardian": "name_relative",
    "guardianPerson": "name_relative",
    "relatedSubject": "name_relative",
    "associatedPerson": "name_relative",
    "relatedPerson": "name_relative",
    "subject": "name_relative",
    "assignedPerson": "name_clinician",
    "informationRecipient": "name_clinician",
}
_BODIES = frozenset({
    "representedOrganization", "providerOrganization", "serviceProviderOrganization", "receivedOrganization",
    "scopingOrganization", "wholeOrganization", "asOrganizationPartOf", "representedCustodianOrganization",
    "scopingEntity", "location", "place", "birthplace", "healthCareFacility", "custodianOrganization",
    "manufacturerOrganization", "guardianOrganization",
})  # fmt: skip
_THINGS = frozenset(("playingEntity", "manufacturedMaterial", "manufacturedLabeledDrug", "playingDevice", "product"))
_ADDRESS: Mapping[str, IdentifierClass] = {
    "streetAddressLine": "address", "streetName": "address", "houseNumber": "address", "additionalLocator": "address",
    "unitID": "address", "postBox": "address", "censusTract": "address", "precinct": "location", "city": "location",
    "county": "location", "postalCode": "zip_code",
}  # fmt: skip
_ROOTS: Mapping[str, IdentifierClass] = {
    "2.16.840.1.113883.4.1": "ssn",
    "2.16.840.1.113883.4.6": "licence",
    "2.16.840.1.113883.4.330": "passport",
}
_DATE_ELEMENTS = frozenset({
    "effectiveTime", "time", "low", "high", "center", "deceasedTime", "availabilityTime",
    "value", "author", "existenceTime", "manufacturedDate", "expirationTime",
})  # fmt: skip
_COMPACT_DATE = re.compile(r"(?:19|20)\d{2}(?:\d{2}(?:\d{2}(?:\d{2,6}(?:\.\d+)?(?:[+-]\d{4})?)?)?)?")
_NO_DATE = re.compile(r"(?:19|20)\d{3,}(?:\.\d+)?(?:[+-]\d{4})?")
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_PICTURES = frozenset(("thumbnail", "signatureText"))
# Attributes of a narrative that hold addresses and texts.
_HIDDEN = frozenset(("href", "title", "summary", "name", "rel", "rev", "abbr", "axis"))
# Attributes with codes, types and numbers in them, and those that have a rule of their own.
_CODED = frozenset({
    "code", "codeSystem", "codeSystemName", "codeSystemVersion", "displayName", "root", "classCode",
    "moodCode", "typeCode", "determinerCode", "contextControlCode", "contextConductionInd", "unit", "nullFlavor",
    "use", "ID", "mediaType", "language", "{http://www.w3.org/XML/1998/namespace}lang",
    "inversionInd", "negationInd", "operator", "institutionSpecified",
    "valueSet", "valueSetVersion", "qualifier", "independentInd", "partType", _TYPE,
    "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation", "representation", "compression", "inclusive",
    "alignment", "specializationType", "validTimeLow", "validTimeHigh", "currency", "displayable", "unsorted",
    "{urn:hl7-org:sdtc}valueSet", "{urn:hl7-org:sdtc}valueSetVersion", "integrityCheckAlgorithm",
})  # fmt: skip
_RULED: Mapping[str, frozenset[str]] = {
    "telecom": frozenset(("value",)),
    "birthTime": frozenset(("value",)),
    "reference": frozenset(("value",)),
    **dict.fromkeys(("id", "setId", "templateId", "typeId"), frozenset(("extension",))),
}
_WORD = re.compile(r"[^\W\d_]{2}|[\u3400-\u9fff]|\d{7}")


class Ccda(Format):
    """A document, which is one record."""

    name: ClassVar[str] = "ccda"

    def units(self, path: Path) -> Iterator[Unit]:
        """The file."""
        return whole_file(path)

    def record(self, unit: Unit) -> Record:
        """Read the document."""
        root = parse_xml(data_of(unit), "the document")
        if local_name(root) != "ClinicalDocument":
            raise HeldBackError("malformed", "the document is no ClinicalDocument")
        parts = _parts(root)
        code = root.find("{*}languageCode")
        lang = language_said(code.get("code", "")) if code is not None else None
        patient = root.find("{*}recordTarget/{*}patientRole/{*}id")
        key = f"{patient.get('root', '')}|{patient.get('extension', '')}" if patient is not None else unit.name
        coded = tuple(dict.fromkeys(str(value) for value in root.xpath("//@displayName")))
        gender = root.find("{*}recordTarget/{*}patientRole/{*}patient/{*}administrativeGenderCode")
        sex = sex_in_field(gender.get("code", "")) if gender is not None else None
        encoding = unit.original or xml_text(data_of(unit), "the document")[1]
        return Record(unit.name, key, lang, parts, known_of(parts), partial(_bytes, root), coded, encoding, sex)


def _bytes(root: Element) -> bytes:
    return bytes(etree().tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True)) + b"\n"


def _parts(root: Element) -> list[Part]:
    parts: list[Part] = []
    births: list[Element] = []
    _walk(root, (), parts, births)
    found = [
        birth_part(birth.get("value", ""), _attribute(birth, "value"), partial(_mask, birth), "birthTime")
        for birth in births
    ]
    # The year of birth of somebody over 89 is an identifier (45 CFR 164.514(b)(2)(i)(C)).
    return old_births([*parts, *found], lambda name: name == "birthTime")


def _mask(birth: Element) -> None:
    del birth.attrib["value"]
    birth.set("nullFlavor", "MSK")


def _walk(element: Element, above: tuple[str, ...], parts: list[Part], births: list[Element]) -> None:
    if not isinstance(element.tag, str):
        return
    tag = local_name(element)
    if tag == "text" and above and above[-1] == "section" and not _is_encapsulated(element):
        parts += _narrative(element)
        return
    if tag == "text" and above and above[-1] == "nonXMLBody":
        parts += _body(element)
        return
    if tag == "name" and (not set(above[-2:]) & _THINGS or _is_person(element)):
        parts += _name(element, above)
        return
    if tag == "name" and _is_place(element):
        part = narrative(element, "name")
        parts += [] if part is None else [Part(part.text, part.put, "hospital", "name")]
        return
    if tag in _PICTURES or _is_encapsulated(element):
        parts += _content(element)
        return
    if tag == "addr":
        parts += _address(element)
        return
    if tag == "birthTime":
        births.append(element)
    elif tag == "telecom":
        parts += _telecom(element)
    elif tag in ("id", "setId"):
        element.attrib.pop("assigningAuthorityName", None)  # the hospital's, and nothing that a reader needs
        parts += _id(element, above)
    elif tag == "reference" and "value" in element.attrib and not element.get("value", "").startswith("#"):
        element.set("value", "")
    parts += (_date(element) if tag in _DATE_ELEMENTS else []) or _attributes(element)
    parts += _text(element, "text", tag)
    for child in element:
        _walk(child, (*above, tag), parts, births)
        parts += _text(child, "tail", tag)


def _text(element: Element, which: str, name: str) -> list[Part]:
    text = getattr(element, which)
    if not text or not text.strip() or not isinstance(element.tag, str):
        return []
    return [field_part(text, partial(setattr, element, which), None, name)]


def _attribute(element: Element, name: str) -> Callable[[str], None]:
    return partial(element.set, name)


def _date(element: Element) -> list[Part]:
    value, kind = element.get("value", ""), element.get(_TYPE, "")
    if "unit" in element.attrib or (local_name(element) == "value" and "TS" not in kind):
        return []  # an observation's value may be a number
    if _NO_DATE.fullmatch(value) and not _COMPACT_DATE.fullmatch(value):
        # Digits too many or too few: nothing but the year may stay.
        odd = field_part(value, _attribute(element, "value"), "date", local_name(element))
        return [replace(odd, fits=lambda _: value[:4])]
    if not _COMPACT_DATE.fullmatch(value):
        return []
    part = date_part(value, _attribute(element, "value"), local_name(element), typed=True)
    return [] if part is None else [part]


def _name(element: Element, above: tuple[str, ...]) -> list[Part]:
    owner = next((one for one in reversed(above) if one in _PEOPLE or one in _BODIES), "")
    if owner in _BODIES or (above and above[-1].endswith("Organization")):
        part = narrative(element, "name")
        return [] if part is None else [Part(part.text, part.put, "hospital", "name")]
    label = _PEOPLE.get(owner, "name")
    families = [one for one in element if isinstance(one.tag, str) and local_name(one) == "family" and one.text]
    given = [one for one in element if isinstance(one.tag, str) and local_name(one) == "given" and one.text]
    if not families and not given:
        part = narrative(element, "name")
        return [] if part is None or is_nothing(part.text) else [Part(part.text, part.put, label, "name")]
    whole = compose(" ".join(one.text or "" for one in families), [one.text or "" for one in given])

    def put(new: Replaced) -> None:
        if new.text == whole:
            return
        family, names = decompose(new.text, len(given))
        for number, one in enumerate(families):
            one.text = "" if number else family
        for one, text in zip(given, names, strict=True):
            one.text = text

    return [Part(whole, put, label, "name")] if not is_nothing(whole) else []


def _is_person(element: Element) -> bool:
    return any(isinstance(one.tag, str) and local_name(one) in ("given", "family") for one in element)


def _is_place(element: Element) -> bool:
    """Whether a playing entity plays the place where something was done, and is no drug or device."""
    role = element.getparent().getparent()
    return role is not None and role.get("classCode") in ("SDLOC", "DSDLOC", "ISDLOC")


def _address(element: Element) -> list[Part]:
    found: list[Part] = []
    if element.text and element.text.strip():
        found.append(field_part(element.text, partial(setattr, element, "text"), "address", "addr"))
    for child in element.iter():
        if not isinstance(child.tag, str) or child is element:
            continue
        label = _ADDRESS.get(local_name(child))
        if local_name(child) == "state" and has_han(child.text or ""):
            label = "location"  # a Chinese province moves with its city; others stay
        if label is not None and child.text and child.text.strip():
            found.append(field_part(child.text, partial(setattr, child, "text"), label, "addr"))
        elif local_name(child) in ("low", "high"):
            found += _date(child)
        if child.tail and child.tail.strip():
            found.append(field_part(child.tail, partial(setattr, child, "tail"), "address", "addr"))
    return found


def _telecom(element: Element) -> list[Part]:
    scheme, colon, number = element.get("value", "").rpartition(":")
    if not number.strip():
        return []
    labels: dict[str, IdentifierClass] = {"mailto": "email", "fax": "fax", "http": "url", "https": "url"}
    label = "email" if "@" in number else labels.get(scheme.lower(), "phone")
    if label == "url":
        scheme, colon, number = "", "", element.get("value", "")
    put = _attribute(element, "value")
    return [field_part(number, lambda text: put(scheme + colon + text), label, "telecom")]


def _id(element: Element, above: tuple[str, ...]) -> list[Part]:
    value = element.get("extension", "")
    if not value.strip():
        return []
    label = _ROOTS.get(element.get("root", ""))
    if label is None:
        inside = set(above[-2:])
        label = "medical_record_number" if inside & {"patientRole", "encompassingEncounter"} else "other_id"
        label = "licence" if inside & {"assignedAuthor", "assignedEntity"} else label
    return [field_part(value, _attribute(element, "extension"), label, "id")]


def _body(element: Element) -> list[Part]:
    """The body of an unstructured document: a text, or something that nobody can search."""
    if not element.get("mediaType", "text/plain").startswith("text/plain"):
        raise HeldBackError("unreadable_attachment", "the document's body is no text")
    if element.get("representation") != "B64":
        return [*_text(element, "text", "body"), *(part for child in element for part in _unknown(child))]
    put = partial(setattr, element, "text")
    return encapsulated_parts(element.text or "", "text/plain", put, "the document's body")


def _unknown(element: Element) -> list[Part]:
    part = narrative(element, "body")
    return [] if part is None else [part]


def _is_encapsulated(element: Element) -> bool:
    """Whether an element's text is no text to be read as it stands (an ED with bytes in it)."""
    if element.get("representation") == "B64" or is_encoded(element.text or ""):
        return True
    if element.get("nullFlavor") == "MSK" and local_name(element) != "birthTime" and not element.text:
        return len(element) == 0  # left out by an earlier run
    kind = element.get("mediaType", "")
    return kind != "" and not is_text(kind) and not kind.startswith("text/x-hl7-")


def _content(element: Element) -> list[Part]:
    """Texts are searched; pictures, documents and signatures are left out, since nobody looks into them."""
    kind = element.get("mediaType", "text/plain")
    is_signed = local_name(element) in _PICTURES
    if not is_signed and element.get("representation") == "B64" and is_text(kind) and element.text and not len(element):
        put = partial(setattr, element, "text")
        return encapsulated_parts(element.text, kind, put, "a text in the document")
    is_there = len(element) > 0 or bool((element.text or "").strip())
    if is_there:
        kept = {name: element.get(name) for name in ("mediaType", _TYPE) if name in element.attrib}
        element.clear(keep_tail=True)
        element.attrib.update({**kept, "nullFlavor": "MSK"})
    return [picture_part(local_name(element), is_there=is_there)]


def _narrative(element: Element) -> list[Part]:
    """The text of a section; links into the house and titles, which no reader sees, are left out."""
    for one in element.iter():
        for name in [name for name in one.attrib if name in _HIDDEN and not one.get(name).startswith("#")]:
            del one.attrib[name]
    part = narrative(element, "section.text")
    return [] if part is None else [part]


def _attributes(element: Element) -> list[Part]:
    """Attributes that the standard has no code, number or identifier in, and that hold a word or a long number."""
    known = _CODED | _RULED.get(local_name(element), frozenset())
    return [
        field_part(value, _attribute(element, name), None, name)
        for name, value in element.attrib.items()
        if name not in known and _WORD.search(value)
    ]
