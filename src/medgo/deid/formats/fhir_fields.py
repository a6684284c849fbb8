"""Where identifiers lie in FHIR R4, by datatype and by resource. Tables only.

Source: HL7 FHIR R4 (4.0.1), datatypes and resource definitions.
"""

from __future__ import annotations

from collections.abc import Mapping

from medgo.deid.classes import IdentifierClass

# Whose name a HumanName is, by the resource that it stands in.
PEOPLE: Mapping[str, IdentifierClass] = {
    "Patient": "name",
    "Person": "name",
    "RelatedPerson": "name_relative",
    "Practitioner": "name_clinician",
}
# What a Reference.display says, by what it refers to.
REFERENCED: Mapping[str, IdentifierClass] = {
    **PEOPLE,
    "PractitionerRole": "name_clinician",
    "Organization": "hospital",
    "Location": "hospital",
}
# The same by the key of the reference, for references that do not say (``urn:uuid:…``).
REFERRING: Mapping[str, IdentifierClass] = {
    "subject": "name",
    "patient": "name",
    "beneficiary": "name",
    "individual": "name_clinician",
    "practitioner": "name_clinician",
    "recorder": "name_clinician",
    "requester": "name_clinician",
    "performer": "name_clinician",
    "serviceProvider": "hospital",
    "managingOrganization": "hospital",
    "custodian": "hospital",
    "provider": "hospital",
}
# Resources whose own name is that of a place or a body.
NAMED_PLACES = frozenset(("Organization", "Location", "HealthcareService", "Endpoint", "InsurancePlan"))
# Strings that are codes, modes and addresses of definitions: the standard says what may stand there.
CODES = frozenset({
    "resourceType", "code", "system", "unit", "status", "use", "type", "language", "mode", "kind", "intent",
    "priority", "gender", "contentType", "comparator", "versionId", "linkId", "relation", "criticality",
    "category", "verificationStatus", "clinicalStatus", "profile", "url", "version", "implicitRules",
    "outcome", "method", "action", "direction", "sort", "event", "subtype", "severity", "repeat", "when",
    "dayOfWeek", "durationUnit", "periodUnit", "creation", "sigFormat", "targetFormat", "relationship",
    "docStatus", "daysOfWeek", "aggregation",
})  # fmt: skip
# Of type instant, which is a date to the day with its time.
INSTANTS = frozenset(("issued", "lastUpdated", "lastModified", "recorded", "timestamp", "when", "valueInstant"))
# Resources whose own ``start`` and ``end`` are instants; those of a Period are not.
TIMED = frozenset(("Appointment", "AppointmentResponse", "Slot"))
ADDRESS: Mapping[str, IdentifierClass] = {
    "text": "address",
    "line": "address",
    "city": "location",
    "district": "location",
    "state": "location",  # a Chinese one moves with its city; others stay
    "postalCode": "zip_code",
}
TELECOM: Mapping[str, IdentifierClass] = {
    "phone": "phone",
    "fax": "fax",
    "email": "email",
    "pager": "phone",
    "url": "url",
    "sms": "phone",
    "other": "other_id",
}
# By the code of Identifier.type (HL7 table 0203).
IDENTIFIER_TYPES: Mapping[str, IdentifierClass] = {
    "MR": "medical_record_number", "MRN": "medical_record_number", "PI": "medical_record_number",
    "PT": "medical_record_number", "VN": "medical_record_number", "AN": "medical_record_number",
    "ACSN": "medical_record_number", "FILL": "medical_record_number", "PLAC": "medical_record_number",
    "SS": "ssn", "SB": "ssn", "DL": "licence", "NPI": "licence", "PRN": "licence", "MD": "licence", "DEA": "licence",
    "LN": "licence", "PPN": "passport", "NI": "id_card", "NNCHN": "id_card", "NH": "insurance_number",
    "MB": "insurance_number", "MC": "insurance_number", "MA": "insurance_number", "SN": "insurance_number",
    "BC": "bank_account", "BA": "bank_account", "XX": "organisation_code", "UDI": "device", "SNO": "device",
}  # fmt: skip
# By a part of Identifier.system; the first that fits counts.
IDENTIFIER_SYSTEMS: tuple[tuple[str, IdentifierClass], ...] = (
    ("us-ssn", "ssn"),
    ("2.16.840.1.113883.4.1", "ssn"),
    ("us-npi", "licence"),
    ("2.16.840.1.113883.4.6", "licence"),
    ("4.3.25", "licence"),
    ("passport", "passport"),
    ("us-medicare", "insurance_number"),
    ("insurance", "insurance_number"),
)
IDENTIFIER_KEYS = frozenset({
    "identifier", "valueIdentifier", "masterIdentifier", "groupIdentifier", "requisition",
    "packageIdentifier", "barcodeIdentifier", "accessionIdentifier", "setIdentifier", "preAuthIdentifier",
})  # fmt: skip
# Numbers of things: Device, its UDI, lots of what was given.
THINGS: Mapping[str, IdentifierClass] = {
    "serialNumber": "device",
    "lotNumber": "device",
    "deviceIdentifier": "device",
    "carrierHRF": "device",
    "distinctIdentifier": "device",
    "subscriberId": "insurance_number",
    "policyNumber": "insurance_number",
}
# Left out altogether: exact places, hashes of what was there before.
DROPPED = frozenset(("hash", "latitude", "longitude", "altitude"))
# Extensions whose value is an identifier.
EXTENSIONS: Mapping[str, IdentifierClass] = {
    "patient-mothersMaidenName": "name_relative",
    "humanname-own-name": "name",
    "humanname-mothers-family": "name_relative",
}
