"""Where identifiers lie in HL7 v2 segments, by field. Tables only.

Source: HL7 v2.9, chapters 2 to 16; fields that older versions have at the same place are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from medgo.deid.classes import IdentifierClass

# How a field is built; what is not listed is searched as text, component by component.
#   person     XPN: family^given^further given^suffix^prefix
#   clinician  XCN: id^family^given^further given^suffix^prefix^degree
#   performer  NDL: what a clinician is, as subcomponents of the first component, then times, room, bed, facility
#   address    XAD: street^other^city^state^zip^country^type^geographic^county
#   telecom    XTN: number^use^equipment^email^…
#   id         CX: id^digit^scheme^authority^type^facility; EI: id^authority
#   body       XON: name^type^id^…^authority^…^facility; HD: namespace^id
#   place      PL: ward^room^bed^facility
#   date       TS, DTM, DR in its first components
#   value      the whole of each component
#   code       left as it is
Shape = Literal[
    "person", "clinician", "performer", "address", "telecom", "id", "body", "place", "date", "value", "code"
]
Rule = tuple[Shape, IdentifierClass]

_PATIENT: Rule = ("person", "name")
_RELATIVE: Rule = ("person", "name_relative")
_DOCTOR: Rule = ("clinician", "name_clinician")
_ADDRESS: Rule = ("address", "address")
_PHONE: Rule = ("telecom", "phone")
_RECORD: Rule = ("id", "medical_record_number")
_INSURANCE: Rule = ("id", "insurance_number")
_BODY: Rule = ("body", "hospital")
_EMPLOYER: Rule = ("body", "organisation")
_PLACE: Rule = ("place", "medical_record_number")
_DATE: Rule = ("date", "date")
# Dates of birth: of the patient, next of kin, guarantor, insured.
BIRTHS = frozenset(("PID-7", "NK1-16", "GT1-8", "IN1-18"))
_SSN: Rule = ("value", "ssn")
_CODE: Rule = ("code", "other_id")


def _rules(*groups: tuple[Rule, str]) -> Mapping[int, Rule]:
    return {int(number): rule for rule, numbers in groups for number in numbers.split()}


FIELDS: Mapping[str, Mapping[int, Rule]] = {
    "MSH": _rules(
        (_CODE, "1 2 3 5 9 10 11 12 13 14 15 16 17 18 19 20 21"), (_BODY, "4 6 22 23 24 25"), (_DATE, "7"),
        (("value", "other_id"), "8"),
    ),
    "FHS": _rules((_CODE, "1 2 3 5"), (_BODY, "4 6"), (_DATE, "7")),
    "BHS": _rules((_CODE, "1 2 3 5"), (_BODY, "4 6"), (_DATE, "7")),
    "SFT": _rules((_CODE, "2 3 4 5"), (_DATE, "6")),
    "EVN": _rules((_DATE, "2 3 6"), (_DOCTOR, "5"), (_BODY, "7"), (_CODE, "1 4")),
    "PID": _rules(
        (_RECORD, "2 3 4 18"), (_PATIENT, "5 9"), (_RELATIVE, "6"), (_DATE, "7 29 33"), (_ADDRESS, "11"),
        (("value", "location"), "12 23"), (_PHONE, "13 14 40"), (_SSN, "19"), (("id", "licence"), "20"),
        (_RECORD, "21"), (_BODY, "34"), (_CODE, "1 8 10 15 16 17 22 24 25 26 27 28 30 31 32 35 36 39"),
    ),
    "PD1": _rules(
        (_BODY, "3"), (_DOCTOR, "4"), (("id", "other_id"), "10"), (_DATE, "13 17 18"), (_EMPLOYER, "14"),
    ),
    "NK1": _rules(
        (_RELATIVE, "2 26 30"), (_ADDRESS, "4 32"), (_PHONE, "5 6 31 40 41"), (_DATE, "8 9 16"), (_RECORD, "12 33"),
        (_EMPLOYER, "13"), (_SSN, "37"), (_CODE, "1 3 7 14 15"),
    ),
    "PV1": _rules(
        (_PLACE, "3 6 11 40 42 43"), (_RECORD, "5 19 50 54"), (_DOCTOR, "7 8 9 17 52"), (_DATE, "25 44 45"),
        (("value", "location"), "37"), (_BODY, "39"), (_CODE, "1 2 4 10 13 14 15 16 18 20 22 36 38 41"),
    ),
    "PV2": _rules((_PLACE, "1"), (_DATE, "8 9 14 17 26 28 29 33 47"), (_DOCTOR, "13"), (_BODY, "23")),
    "MRG": _rules((_RECORD, "1 2 3 4 5 6"), (_PATIENT, "7")),
    "GT1": _rules(
        (_RECORD, "2 19 29"), (_RELATIVE, "3 4 16 42 45"), (_ADDRESS, "5 17"), (_PHONE, "6 7 18 46"),
        (_DATE, "8 13 14 24 30 31 32"), (_SSN, "12"), (("id", "other_id"), "25 33"), (_EMPLOYER, "21 51"),
        (_CODE, "1 9 10 11"),
    ),
    "IN1": _rules(
        (("id", "organisation_code"), "3"), (_EMPLOYER, "4 9 11"), (_ADDRESS, "5 19 44"), (_RELATIVE, "6"),
        (_PHONE, "7"), (("value", "insurance_number"), "8 36"), (_INSURANCE, "10 49"), (_DATE, "12 13 18 24 26 29"),
        (_RELATIVE, "16"), (_DOCTOR, "30"), (_CODE, "1 2 15 17 43"),
    ),
    "IN2": _rules(
        (_INSURANCE, "1 6 8 10 25 26 50 61 62"), (_SSN, "2"), (_DOCTOR, "3 4"), (_RELATIVE, "7 9 16 22 40 49 52"),
        (_PHONE, "63 64"), (_EMPLOYER, "69 70"),
    ),
    "ORC": _rules(
        (_RECORD, "2 3 4 8"), (_DATE, "9 15 27"), (_DOCTOR, "10 11 12 19"), (_PLACE, "13"), (_PHONE, "14 23"),
        (_BODY, "21"), (_ADDRESS, "22 24"), (("value", "organisation"), "17 18"), (_CODE, "1 5 6 16 25 29"),
    ),
    "OBR": _rules(
        (_RECORD, "2 3 29"), (_DATE, "6 7 8 14 22 36"), (_DOCTOR, "10 16 28"), (_PHONE, "17"),
        (("performer", "name_clinician"), "32 33 34 35"), (_RECORD, "18 19 20 21"),
        (_CODE, "1 4 5 9 11 15 24 25 44 45"),
    ),
    "OBX": _rules(
        (_DATE, "12 14 19"), (_DOCTOR, "16 25"), (("id", "device"), "18"), (_BODY, "15 23"), (_ADDRESS, "24"),
        (_CODE, "1 2 3 4 6 7 8 9 10 11 17 20 21 22"),
    ),
    "NTE": _rules((_DOCTOR, "5"), (_DATE, "6 7 8"), (_CODE, "1 2 4")),
    "TXA": _rules(
        (_DATE, "4 6 7 8"), (_DOCTOR, "5 9 10 11 22 23"), (_RECORD, "12 13 14 15"), (_CODE, "1 2 3 17 18 19 20"),
    ),
    "AL1": _rules((_DATE, "6"), (_CODE, "1 2 3 4")),
    "DG1": _rules((_DATE, "5 19 24"), (_DOCTOR, "16"), (_CODE, "1 2 3 6 15 17")),
    "PR1": _rules((_DATE, "5"), (_DOCTOR, "8 11 12"), (_CODE, "1 2 3 6")),
    "ROL": _rules((_RECORD, "1"), (_DOCTOR, "4"), (_DATE, "5 6"), (_ADDRESS, "11"), (_PHONE, "12"), (_CODE, "2 3")),
    "PRT": _rules((_RECORD, "1"), (_DOCTOR, "5"), (_BODY, "8"), (_PLACE, "9"), (_DATE, "11 12"), (_ADDRESS, "14"),
               (_PHONE, "15")),
    "SCH": _rules(
        (_RECORD, "1 2 26 27"), (_DOCTOR, "12 16 20"), (_PHONE, "13 17 21"), (_ADDRESS, "14 18"), (_PLACE, "15 19"),
        (_DATE, "11"), (_CODE, "3 6 7 8 9 10 25"),
    ),
    "AIP": _rules((_DOCTOR, "3"), (_DATE, "6"), (_CODE, "1 2 4 5 8 10 11 12")),
    "AIL": _rules((_PLACE, "3"), (_DATE, "6"), (_CODE, "1 2 4 5 8 10 11 12")),
    "AIS": _rules((_DATE, "4"), (_CODE, "1 2 3 6 8 9 10")),
    "SPM": _rules((_RECORD, "2 3 30 31"), (_DATE, "17 18 19"), (_CODE, "1 4 5 6 7 8 9")),
    "SAC": _rules((_RECORD, "1 2 3 4"), (_DATE, "7")),
    "FT1": _rules((_DATE, "4 5"), (_PLACE, "16"), (_DOCTOR, "20 21 24"), (_RECORD, "2 3 23"), (_CODE, "1 6 7 19 25")),
    "ACC": _rules((_DATE, "1"), (_DOCTOR, "7"), (_ADDRESS, "11"), (_CODE, "2")),
    "RXA": _rules((_DATE, "3 4 16 22"), (_DOCTOR, "10"), (_PLACE, "11"), (("value", "device"), "15"),
               (_CODE, "1 2 5 6 7 8 17")),
    "RXE": _rules((_DOCTOR, "13 14"), (("value", "medical_record_number"), "15"), (_DATE, "18"), (_CODE, "2 3 4 5 6")),
    "RXD": _rules((_DATE, "3"), (("value", "medical_record_number"), "7"), (_DOCTOR, "10"), (_CODE, "1 2 4 5 6")),
    "RXO": _rules((_DOCTOR, "14"), (_CODE, "1 2 3 4 5")),
    "TQ1": _rules((_DATE, "7 8"), (_CODE, "1 2 3 9 12")),
    "CTD": _rules((("person", "name_clinician"), "2"), (_ADDRESS, "3"), (_PLACE, "4"), (_PHONE, "5")),
    "PRD": _rules((("person", "name_clinician"), "2"), (_ADDRESS, "3"), (_PLACE, "4"), (_PHONE, "5"),
               (("id", "licence"), "7")),
    "PDA": _rules((_PLACE, "2"), (_DATE, "4 6 9"), (_DOCTOR, "5"), (_CODE, "1")),
    "UB2": {},
}  # fmt: skip
# Types of OBX-5 whose value is a number, a code or a time of day.
MEASURED = frozenset(("NM", "SN", "SI", "CE", "CWE", "CNE", "IS", "ID", "TM", "CQ", "MO", "CP", "NA", "MA"))
TEXTS = frozenset(("FT", "TX", "ST"))
DATED = frozenset(("DT", "DTM", "TS", "DR"))
SHAPES: Mapping[str, Rule] = {
    "XPN": _PATIENT, "PN": _PATIENT, "XCN": _DOCTOR, "CN": _DOCTOR, "XAD": _ADDRESS, "AD": _ADDRESS, "XTN": _PHONE,
    "TN": _PHONE, "CX": _RECORD, "CK": _RECORD, "EI": _RECORD, "XON": _BODY, "PL": _PLACE,
}  # fmt: skip
IDENTIFIER_TYPES: Mapping[str, IdentifierClass] = {
    "SS": "ssn", "DL": "licence", "PPN": "passport", "NI": "id_card", "NNCHN": "id_card", "NH": "insurance_number",
    "MC": "insurance_number", "MA": "insurance_number", "HC": "insurance_number", "BC": "bank_account",
    "NPI": "licence", "PRN": "licence", "XX": "organisation_code",
}  # fmt: skip
