"""Patients, practitioners and places of FHIR as headers, under the names that de-identification knows."""

from __future__ import annotations

from typing import Any

from medgo.corpus.clinical.fhir_values import Node, codes, day, nodes, text_of
from medgo.corpus.clinical.records import Values, put
from medgo.text.person_names import compose

_TELECOM = {"email": "email", "fax": "fax", "url": "url"}
# Types of identifiers (HL7 table 0203).
_TYPES = {
    "SS": "ssn", "SB": "ssn", "DL": "drivers_license", "PPN": "passport", "NI": "id_card", "NNCHN": "id_card",
    "MC": "medicare_number", "MA": "medicaid_number", "NH": "insurance_number", "HC": "insurance_number", "NPI": "npi",
}  # fmt: skip
_SYSTEMS = {"us-ssn": "ssn", "us-npi": "npi", "us-medicare": "medicare_number"}
_BIRTHPLACE, _MAIDEN = "patient-birthPlace", "patient-mothersMaidenName"
PEOPLE = {
    "Practitioner": "clinician", "RelatedPerson": "family_member", "Organization": "hospital", "Location": "hospital",
    "HealthcareService": "hospital",
}  # fmt: skip


def patient_header(resource: Node) -> Values:
    """What a Patient says of itself and of its relatives."""
    values: Values = {}
    _names(values, resource.get("name"), "name")
    _contacts(values, resource, "phone")
    for one in nodes(resource.get("identifier")):
        put(values, _kind(one, "mrn"), text_of(one.get("value")))
    put(values, "patient_id", text_of(resource.get("id")))
    put(values, "birth_date", day(resource.get("birthDate")))
    put(values, "sex", text_of(resource.get("gender")))
    put(values, "date_of_death", day(resource.get("deceasedDateTime")))
    for one in nodes(resource.get("contact")):
        _names(values, one.get("name"), "next_of_kin")
        _contacts(values, one, "contact_phone")
    for extension in nodes(resource.get("extension")):
        url = text_of(extension.get("url"))
        if url.endswith(_MAIDEN):
            put(values, "mothers_maiden_name", text_of(extension.get("valueString")))
        elif url.endswith(_BIRTHPLACE) and isinstance(extension.get("valueAddress"), dict):
            put(values, "birthplace", text_of(extension["valueAddress"].get("city")))
    for one in nodes(resource.get("generalPractitioner")):
        put(values, "physician", text_of(one.get("display")))
    return values


def person_header(resource: Node) -> Values:
    """A practitioner, relative, organisation or place."""
    values: Values = {}
    key = PEOPLE[str(resource["resourceType"])]
    if isinstance(resource.get("name"), str):
        put(values, key, text_of(resource["name"]))
    else:
        _names(values, resource.get("name"), key)
    _contacts(values, resource, "phone")
    if key == "clinician":
        for one in nodes(resource.get("identifier")):
            put(values, _kind(one, "provider_id"), text_of(one.get("value")))
    return values


def _names(values: Values, names: Any, key: str) -> None:
    for one in nodes(names):
        family, given = text_of(one.get("family")), [text_of(given) for given in one.get("given") or ()]
        whole = compose(family, given) or text_of(one.get("text"))
        put(values, "alias" if key == "name" and values.get("name", whole) != whole else key, whole)


def _contacts(values: Values, resource: Node, phone: str) -> None:
    for one in nodes(resource.get("telecom")):
        put(values, _TELECOM.get(text_of(one.get("system")), phone), text_of(one.get("value")))
    for one in nodes(resource.get("address")):
        for line in one.get("line") or ([one.get("text")] if one.get("text") else ()):
            put(values, "address", text_of(line))
        for name, key in (("city", "city"), ("district", "district"), ("postalCode", "zip_code")):
            put(values, key, text_of(one.get(name)))


def _kind(identifier: Node, other: str) -> str:
    by_type = next((_TYPES[code] for code in codes(identifier.get("type")) if code in _TYPES), "")
    system = text_of(identifier.get("system"))
    return by_type or next((key for name, key in _SYSTEMS.items() if system.endswith(name)), "") or other
