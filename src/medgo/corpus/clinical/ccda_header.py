"""Whom a CDA document is about and who stands in it, under the names that de-identification knows.

Everybody counts, wherever in the document: a narrative may name whoever an entry names.
"""

from __future__ import annotations

from collections.abc import Mapping

from medgo.corpus.clinical.hl7_values import when
from medgo.corpus.clinical.records import Draft, Values, first, put
from medgo.corpus.clinical.rendering import direct_text
from medgo.corpus.xml import Element, local_name
from medgo.text.person_names import compose

# Whose name it is, by the element that it stands in; the nearest one that is listed counts.
_PEOPLE: Mapping[str, str] = {
    "patient": "name", "guardianPerson": "guardian", "guardian": "guardian", "relatedSubject": "family_member",
    "associatedPerson": "next_of_kin", "relatedPerson": "family_member", "subject": "family_member",
    "assignedPerson": "clinician", "informationRecipient": "clinician",
}  # fmt: skip
_BODIES = frozenset({
    "representedOrganization", "providerOrganization", "serviceProviderOrganization", "receivedOrganization",
    "scopingOrganization", "wholeOrganization", "representedCustodianOrganization", "location", "healthCareFacility",
    "guardianOrganization",
})  # fmt: skip
_ROOTS = {
    "2.16.840.1.113883.4.1": "ssn", "2.16.840.1.113883.4.6": "npi", "2.16.840.1.113883.4.330": "passport",
    "2.16.156.10011.1.3": "id_card",
}  # fmt: skip
_ADDRESS = {
    "streetAddressLine": "address", "streetName": "address", "houseNumber": "address", "additionalLocator": "address",
    "city": "city", "county": "county", "postalCode": "zip_code",
}  # fmt: skip
_SCHEMES = {"mailto": "email", "fax": "fax", "http": "url", "https": "url"}
_NOT_OURS = frozenset(("playingEntity", "manufacturedMaterial", "manufacturedLabeledDrug", "playingDevice", "section"))
_MAPS_NO = frozenset(("entry", "organizer"))


def read_header(root: Element, draft: Draft) -> None:
    """Put everybody's names, numbers and addresses into a draft's header."""
    for element in root.iter():
        name = local_name(element)
        if name in _HANDLED:
            above = [local_name(one) for one in element.iterancestors()]
            values = draft.header if _is_patients(above) else draft.encounter
            _HANDLED[name](values, element, above)
    role = root.find("{*}recordTarget/{*}patientRole")
    if role is not None:
        _patient(draft.header, role)
    stay = root.find("{*}componentOf/{*}encompassingEncounter/{*}effectiveTime")
    if stay is not None:
        put(draft.encounter, "admission_date", when(stay.get("value", "") or _bound(stay, "low")))
        put(draft.encounter, "discharge_date", when(_bound(stay, "high")))
    written = root.find("{*}effectiveTime")
    put(draft.encounter, "note_date", when(written.get("value", "")) if written is not None else "")
    draft.patient = next(filter(None, (first(draft.header, key) for key in ("mrn", "id_card", "ssn"))), "")


def _is_patients(above: list[str]) -> bool:
    return "recordTarget" in above and not set(above) & _BODIES


def _patient(values: Values, role: Element) -> None:
    birth, sex = role.find("{*}patient/{*}birthTime"), role.find("{*}patient/{*}administrativeGenderCode")
    put(values, "birth_date", when(birth.get("value", "")) if birth is not None else "")
    put(values, "sex", (sex.get("displayName", "") or sex.get("code", "")) if sex is not None else "")


def _bound(element: Element, name: str) -> str:
    inner = element.find(f"{{*}}{name}")
    return str(inner.get("value", "")) if inner is not None else ""


def _name(values: Values, element: Element, above: list[str]) -> None:
    parts = {tag: [one.text or "" for one in element.iterfind(f"{{*}}{tag}")] for tag in ("family", "given")}
    whole = compose(" ".join(parts["family"]), parts["given"]) if any(parts.values()) else direct_text(element)
    if not any(parts.values()) and above[0] in _NOT_OURS:
        return
    owner = next((one for one in above if one in _PEOPLE or one in _BODIES), "")
    key = "hospital" if owner in _BODIES or above[0].endswith("Organization") else _PEOPLE.get(owner, "clinician")
    put(values, "alias" if key == "name" and "name" in values else key, whole)


def _address(values: Values, element: Element, above: list[str]) -> None:
    del above
    put(values, "address", element.text or "")
    for child in element:
        if key := _ADDRESS.get(local_name(child)):
            put(values, key, child.text or "")


def _telecom(values: Values, element: Element, above: list[str]) -> None:
    del above
    value = element.get("value", "")
    scheme, _, number = value.rpartition(":")
    key = _SCHEMES.get(scheme.lower(), "email" if "@" in number else "phone")
    put(values, key, value if key == "url" else number)


def _id(values: Values, element: Element, above: list[str]) -> None:
    value = element.get("extension", "")
    key = _ROOTS.get(element.get("root", ""))
    if above[0] == "patientRole":
        put(values, key or "mrn", value or ("" if "nullFlavor" in element.attrib else element.get("root", "")))
    elif above[0] == "encompassingEncounter":
        put(values, "encounter_number", value)
    elif above[0] == "ClinicalDocument":
        put(values, "record_number", value)
    elif above[0] in ("assignedAuthor", "assignedEntity") and not set(above) & _MAPS_NO:
        put(values, key or "provider_id", value)


_HANDLED = {"name": _name, "addr": _address, "telecom": _telecom, "id": _id}
