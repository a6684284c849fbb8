"""Classes of identifiers. A class says what a stretch of text is, a policy what is done with it."""

from __future__ import annotations

from typing import Literal, get_args

IdentifierClass = Literal[
    # People
    "name",  # patients, and anybody whose part is not known
    "name_relative",  # family, household, contacts
    "name_clinician",  # doctors, nurses, technicians, and whoever signs
    # Places and organisations
    "address",  # a street, a village, a building, down to the room
    "location",  # a city, a county, a district: below a state or province
    "zip_code",
    "hospital",  # hospitals, wards with a name of their own, laboratories
    "organisation",  # employers, schools, other bodies
    # Time
    "date",  # any part of a date more exact than the year
    "age_over_89",
    # What many share, and tells who somebody is only together with more: policies may keep them
    "age",  # of 0 to 89 years
    "origin",  # nationality, ethnic group, religion, country of origin or of residence
    # Ways to reach somebody
    "phone",
    "fax",
    "email",
    "url",
    "ip_address",
    "social_account",  # WeChat, QQ, user names
    # Numbers given to people
    "id_card",  # resident identity cards, other national numbers
    "ssn",
    "passport",  # passports, permits for Hong Kong, Macao and Taiwan, military cards
    "licence",  # driving licences, certificates of professions, NPI, DEA
    "bank_account",  # bank and credit cards, IBAN, accounts
    "insurance_number",
    "medical_record_number",  # admission, outpatient, record, visit, specimen, examination, bed and bill numbers
    "organisation_code",  # unified social credit codes
    # Things
    "vehicle",  # plates, chassis numbers
    "device",  # serial numbers, implants
    # What is not text
    "biometric",
    "photo",
    # Any other unique number, mark or code
    "other_id",
]
CLASSES: tuple[IdentifierClass, ...] = get_args(IdentifierClass)
NAMES: frozenset[IdentifierClass] = frozenset({"name", "name_relative", "name_clinician"})
# Written in letters, as diagnoses are: what the gate for protected terms looks at.
WORDS: frozenset[IdentifierClass] = NAMES | {"address", "location", "hospital", "organisation", "origin"}
