"""Addresses of the United States, Britain, Canada and Australia in the layouts of letters and forms; what is none."""

from __future__ import annotations

import pytest

from medgo.deid.deidentifier import Deidentifier
from medgo.deid.numbers import NumberDetector
from medgo.deid.places_en import EnglishPlaceDetector
from medgo.deid.protection import ProtectedTerms
from medgo.deid.protocol import Note

WHOLE = (
    "The Old Tannery, Fennelby Lane, Brindlemoor, PO12 3AB",
    "Larch Cottage, Fennelby Lane, Tamworth Green, GU21 4XX",
    "14, Fennelby Road, Orlavale, OX4 2RB",
    "14 Fennelby Cl, Brindlemoor, OX4 2RB",
    "Flat 2B Kestrelby House, 40 Larkspur Gardens, Orlavale LS6 3QP",
    "Unit 2/45 Kestrelby St, Brindlemoor NSW 2150",
    "Suite 12, Level 3, 45 Kestrelby Street, Brindlemoor WA 6000",
    "Lot 5 Kestrelby Road, Brindlemoor SA 5000",
    "14 Larkspur Pde, Brindlemoor NSW 2150",
    "GPO Box 1234, Brindlemoor QLD 4001",
    "Locked Bag 12, Brindlemoor NSW 2150",
    "RR 2, Site 4, Comp 12, Orlavale, BC V0H 1X0",
    "Box 217, Orlavale, SK S0G 1A0",
    "PO Box 12 Stn Main, Orlavale AB T5J 2R7",
    "1204-88 Larkspur Blvd, Orlavale, ON M4B 1B3",
    "POB 4417, Orlavale, OH 44101",
    "N89W16790 Larkspur Ave, Orlavale, WI 53051",
    "One Larkspur Plaza, Suite 400, Orlavale, TX 75001",
    "4417 Larkspur Rd Bldg C, Apt 12-B, Orlavale OH 44101-2210",
    "4417 Camino de las Alondras, Orlavale, NM 87501",
    "4417 larkspur road, apt 4, orlavale, oh 44101",
    "c/o Larkspur Manor, 4417 Fennel Way, Orlavale, OH 44101",
    "171 Larkspur Street\nApt. 421\nΑΣΠΡΟΛΟΦΟΣ\n72550",
)


def uncovered(text: str, wanted: str) -> str:
    """Letters and digits of a part of a text that no finding covers."""
    note = Note(text, "en")
    assert note.view.text == text
    found = Deidentifier((EnglishPlaceDetector(), NumberDetector()), ProtectedTerms()).find(note).findings
    covered = {at for one in found for at in range(one.start, one.end)}
    start = text.index(wanted)
    return "".join(letter for at, letter in enumerate(wanted, start) if letter.isalnum() and at not in covered)


@pytest.mark.parametrize("address", WHOLE)
@pytest.mark.parametrize("template", ["She lives at {}.", "Address: {}\nPhone: none", "{}"])
def test_every_part_of_an_address_is_found(address: str, template: str) -> None:
    assert uncovered(template.format(address), address) == ""


@pytest.mark.parametrize("street", ["Kaldravegur 12", "Fennelbystr. 15", "Zelkoviagaten 206"])
def test_both_streets_of_a_corner(street: str) -> None:
    assert uncovered(f"Please return to Larkspur and {street} today.", f"Larkspur and {street}") == ""


@pytest.mark.parametrize(
    "text",
    [
        "RR 18, SpO2 97 on room air; HR 88, BP 120/80.",
        "Na 140 K 4.0 Cl 102 HCO3 24.",
        "One Touch glucometer. Two Way catheter, Level 3 care.",
        "Under the care of the night team; resides at home, Apt noted.",
        "In 2019, the left lower lobe nodule was 4, then 6 mm.",
        "Lot 5512 of the vaccine; unit 2 of packed cells given.",
        "Segment 8 lesion; zone 3 prostate; level 4 lymph nodes.",
        "Aspirin and Plavix 75 mg daily; return to Lasix 40 mg.",
        "Mild and Moderate pain 4/10. Box 2 of the form is ticked.",
    ],
)
def test_measurements_doses_and_levels_are_no_addresses(text: str) -> None:
    assert [one for one in EnglishPlaceDetector().find(Note(text, "en")) if one.label == "address"] == []


def test_the_care_of_a_clinician_does_not_begin_an_address() -> None:
    text = "She is under the care of Dr. Brandywine. He resides at 12 Larkspur Road."
    starts = [one.start for one in EnglishPlaceDetector().find(Note(text, "en")) if one.label == "address"]
    assert starts and min(starts) >= text.index("12 Larkspur")
