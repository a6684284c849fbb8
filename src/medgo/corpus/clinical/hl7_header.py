"""Whom an HL7 v2 message is about, and who wrote it: identifiers under the names that de-identification knows.

Source: HL7 v2.9, chapters 2 to 4, 6 and 9; fields that older versions have at the same place are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from medgo.corpus.clinical.hl7_values import Fields, person, when
from medgo.corpus.clinical.records import Draft, Values, first, put

Shape = Literal["person", "clinician", "performer", "address", "phone", "id", "name", "time", "value", "place"]
Rule = tuple[Shape, str]

_PATIENT: Mapping[str, Mapping[int, Rule]] = {
    "PID": {
        3: ("id", "mrn"), 2: ("id", "mrn"), 4: ("id", "mrn"), 5: ("person", "name"), 9: ("person", "alias"),
        6: ("person", "mothers_maiden_name"), 7: ("time", "birth_date"), 8: ("value", "sex"), 11: ("address", ""),
        13: ("phone", "phone"), 14: ("phone", "phone"), 18: ("id", "patient_number"), 19: ("value", "ssn"),
        20: ("value", "drivers_license"), 21: ("id", "patient_number"), 23: ("value", "birthplace"),
        29: ("time", "date_of_death"), 40: ("phone", "phone"),
    },
    "NK1": {
        2: ("person", "next_of_kin"), 4: ("address", ""), 5: ("phone", "contact_phone"), 6: ("phone", "contact_phone"),
        13: ("name", "employer"), 30: ("person", "next_of_kin"), 31: ("phone", "contact_phone"),
        32: ("address", ""), 37: ("value", "ssn"),
    },
    "GT1": {
        2: ("id", "patient_number"), 3: ("person", "guardian"), 4: ("person", "guardian"), 5: ("address", ""),
        6: ("phone", "contact_phone"), 7: ("phone", "contact_phone"), 12: ("value", "ssn"), 16: ("person", "guardian"),
        17: ("address", ""), 18: ("phone", "contact_phone"), 21: ("name", "employer"),
    },
    "IN1": {
        5: ("address", ""), 6: ("person", "family_member"), 7: ("phone", "contact_phone"),
        8: ("value", "group_number"), 10: ("value", "group_number"), 11: ("name", "employer"),
        16: ("person", "family_member"), 19: ("address", ""), 36: ("value", "policy_number"), 44: ("address", ""),
        49: ("id", "insurance_number"),
    },
    "IN2": {
        1: ("id", "insurance_number"), 2: ("value", "ssn"), 6: ("value", "medicare_number"),
        8: ("value", "medicaid_number"), 61: ("id", "member_id"),
    },
    "MRG": {
        1: ("id", "mrn"), 2: ("id", "mrn"), 3: ("id", "patient_number"), 4: ("id", "mrn"), 5: ("id", "visit_number"),
        7: ("person", "alias"),
    },
}  # fmt: skip
_ENCOUNTER: Mapping[str, Mapping[int, Rule]] = {
    "MSH": {4: ("name", "facility")},
    "EVN": {5: ("clinician", "clinician"), 7: ("name", "facility")},
    "PD1": {3: ("name", "facility"), 4: ("clinician", "physician")},
    "PV1": {
        2: ("value", "class"), 3: ("place", "room"), 6: ("place", "room"), 7: ("clinician", "attending_physician"),
        8: ("clinician", "referring_physician"), 9: ("clinician", "physician"), 17: ("clinician", "physician"),
        10: ("value", "service"), 19: ("id", "visit_number"), 39: ("name", "facility"), 44: ("time", "admission_date"),
        45: ("time", "discharge_date"), 50: ("id", "visit_number"), 52: ("clinician", "physician"),
    },
    "PV2": {13: ("clinician", "referring_physician")},
    "ORC": {
        2: ("id", "order_number"), 3: ("id", "order_number"), 4: ("id", "order_number"), 10: ("clinician", "clinician"),
        11: ("clinician", "clinician"), 12: ("clinician", "ordering_provider"), 14: ("phone", "phone"),
        21: ("name", "facility"), 22: ("address", ""), 23: ("phone", "phone"), 24: ("address", ""),
    },
    "OBR": {
        2: ("id", "order_number"), 3: ("id", "order_number"), 7: ("time", "collection_date"),
        10: ("clinician", "technician"),
        14: ("time", "specimen_date"), 16: ("clinician", "ordering_provider"), 17: ("phone", "phone"),
        22: ("time", "report_date"), 28: ("clinician", "physician"), 32: ("performer", "reported_by"),
        33: ("performer", "reported_by"), 34: ("performer", "technician"), 35: ("performer", "dictated_by"),
    },
    "OBX": {
        15: ("name", "facility"), 16: ("clinician", "physician"), 18: ("id", "device_id"), 23: ("name", "facility"),
        24: ("address", ""), 25: ("clinician", "physician"),
    },
    "TXA": {
        4: ("time", "note_date"), 5: ("clinician", "physician"), 9: ("clinician", "author"),
        10: ("clinician", "clinician"), 11: ("clinician", "dictated_by"), 12: ("id", "record_number"),
        13: ("id", "record_number"), 14: ("id", "order_number"), 15: ("id", "order_number"),
        22: ("clinician", "signed_by"), 23: ("clinician", "clinician"),
    },
    "DG1": {16: ("clinician", "physician")},
    "PR1": {8: ("clinician", "physician"), 11: ("clinician", "surgeon"), 12: ("clinician", "physician")},
    "ROL": {4: ("clinician", "clinician")},
    "PRT": {
        5: ("clinician", "clinician"), 8: ("name", "facility"), 9: ("place", "room"), 14: ("address", ""),
        15: ("phone", "phone"),
    },
    "NTE": {5: ("clinician", "clinician")},
    "CTD": {2: ("person", "next_of_kin"), 3: ("address", ""), 5: ("phone", "contact_phone")},
    "PRD": {2: ("person", "clinician"), 3: ("address", ""), 5: ("phone", "phone"), 7: ("id", "provider_id")},
    "SCH": {
        12: ("clinician", "clinician"), 13: ("phone", "phone"), 14: ("address", ""), 16: ("clinician", "clinician"),
        17: ("phone", "phone"), 20: ("clinician", "clinician"),
    },
    "AIP": {3: ("clinician", "clinician")},
    "AIL": {3: ("place", "room")},
    "FT1": {20: ("clinician", "clinician"), 21: ("clinician", "clinician")},
    "RXA": {10: ("clinician", "nurse"), 11: ("place", "facility")},
    "RXE": {13: ("clinician", "physician"), 14: ("clinician", "clinician"), 15: ("value", "order_number")},
    "RXO": {14: ("clinician", "physician")},
    "RXD": {7: ("value", "order_number"), 10: ("clinician", "clinician")},
    "SPM": {2: ("id", "specimen_number")},
}  # fmt: skip
# Types of identifiers (table 0203), where they are no numbers of the hospital.
_TYPES = {
    "SS": "ssn", "DL": "drivers_license", "PPN": "passport", "NI": "id_card", "NNCHN": "id_card",
    "NH": "insurance_number", "MC": "medicare_number", "MA": "medicaid_number", "HC": "insurance_number",
    "BC": "bank_account",
}  # fmt: skip
_ADDRESS = ("address", "address", "city", "", "zip_code", "", "", "", "county")


def read_header(draft: Draft, segments: Iterable[Fields]) -> None:
    """Put what segments say of people and places into a draft's header."""
    for fields in segments:
        for values, table in ((draft.header, _PATIENT), (draft.encounter, _ENCOUNTER)):
            for number, (shape, key) in table.get(fields.name, {}).items():
                for components in fields.field(number):
                    if any(components):
                        _put(values, shape, key, fields, components)
    draft.patient = first(draft.header, "mrn") or first(draft.header, "id_card")


def _put(values: Values, shape: Shape, key: str, fields: Fields, components: list[str]) -> None:
    parts = [fields.delimiters.printed(one, fields.encoding) if one != '""' else "" for one in components]
    if shape == "address":
        for name, part in zip(_ADDRESS, parts, strict=False):
            if name:
                put(values, name, part.split(fields.delimiters.subcomponent)[0])
        return
    if shape == "id":
        kind = parts[4].upper() if len(parts) > 4 else ""
        put(values, _TYPES.get(kind, key) if key == "mrn" else key, parts[0])
        return
    if shape == "clinician":
        put(values, key, person(parts[1:]))
        put(values, "provider_id", parts[0]) if len(parts) > 1 else put(values, key, parts[0])
        return
    if shape == "performer":
        inner = components[0].split(fields.delimiters.subcomponent)
        put(values, key, person([fields.delimiters.printed(one, fields.encoding) for one in inner[1:]]))
        put(values, "provider_id" if len(inner) > 1 else key, inner[0])
        return
    for name, value in _plain(shape, key, parts, fields.delimiters.subcomponent):
        put(values, name, value)


def _plain(shape: Shape, key: str, parts: list[str], sub: str) -> Iterable[tuple[str, str]]:
    if shape == "person":
        return [(key, person(parts))]
    if shape == "phone":
        email = parts[3] if len(parts) > 3 else ""
        rest = " ".join(one for one in (*parts[4:7], *parts[11:12]) if one)
        return [(key, parts[0]), ("email", email), (key, rest if not parts[0] else "")]
    if shape == "time":
        return [(key, when(parts[0]))]
    if shape == "place":
        return [(key, " ".join(part.split(sub)[0] for part in parts[:3] if part))]
    return [(key, parts[0].split(sub)[0])]
