"""Addresses, places, hospitals and employers in Latin letters, and the numbers and words that are none."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgo.deid.names_en.gazetteer import gazetteer
from medgo.deid.places_en import EnglishPlaceDetector
from medgo.deid.protocol import Finding, Note

STREETS = ("Thornapple", "Larkspur Hollow", "Old Quarry", "Brindlewick", "Saint Orla", "82nd", "Kettle Creek")
TOWNS = ("Orlavale", "Brindlemoor", "Kestrelby", "Tamworth Green", "Zelkovia")
TYPES = ("Street", "St", "Ave", "Road", "Rd.", "Blvd", "Lane", "Ct", "Way", "Terrace", "Parkway")
UNITS = ("", ", Apt 4B", " Suite 210", ", Unit 7", " #12")
TAILS = ("", ", {}, OH 44101", ", {}, Texas 75001-2210", "\n{}, MA 02139")

addresses = st.builds(
    lambda number, side, street, kind, unit, tail, town: f"{number} {side}{street} {kind}{unit}{tail.format(town)}",
    st.integers(1, 99999),
    st.sampled_from(("", "N. ", "West ")),
    st.sampled_from(STREETS),
    st.sampled_from(TYPES),
    st.sampled_from(UNITS),
    st.sampled_from(TAILS),
    st.sampled_from(TOWNS),
)


def found(text: str) -> list[Finding]:
    return list(EnglishPlaceDetector().find(Note(text, "en")))


def covers(text: str, wanted: str) -> bool:
    start = text.index(wanted)
    mask = {at for one in found(text) for at in range(one.start, one.end)}
    return all(at in mask for at in range(start, start + len(wanted)) if text[at].isalnum())


def test_the_towns_of_these_tests_stand_in_no_list() -> None:
    assert not [town for town in TOWNS if town.lower() in gazetteer().cities | gazetteer().towns]


@settings(max_examples=120, deadline=None)
@given(addresses, st.sampled_from(("She lives at {}.", "Address: {}\nPhone: none", "Home is {} and she drives.", "{}")))
def test_whole_addresses_are_found(address: str, template: str) -> None:
    text = template.format(address)
    assert covers(text, address)


@pytest.mark.parametrize(
    "address",
    [
        "P.O. Box 4417",
        "PSC 4102, Box 88\nAPO AE 09128",
        "Unit 5146 Box 1772\nDPO AE 91410",
        "Blumenstrasse 14",
        "Kirkegata 22",
        "12 rue des Lilas",
        "Calle Mayor 45",
        "ul. Lipowa 9",
        "17 Fennel Mews, Flat 3",
        "0605 Aasa 43 Apt. 999",
    ],
)
def test_addresses_of_many_countries(address: str) -> None:
    assert covers(f"Letters go to {address}.", address)


def test_the_lines_of_a_block_belong_to_the_address() -> None:
    text = "Ombeline Drummelow\n4512 Larkspur Hollow Rd\nApt 4\nOrlavale\nNew Zealand 70651\nPhone: none"
    assert covers(text, "4512 Larkspur Hollow Rd\nApt 4\nOrlavale\nNew Zealand 70651")
    assert not covers(text, "Phone")


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(TOWNS),
    st.sampled_from(
        ("He lives in {}.", "{}, OH", "She was born in {}", "A resident of {} since 2010", "grew up in {}.")
    ),
)
def test_places_that_no_list_has(town: str, template: str) -> None:
    assert covers(template.format(town), town)


@pytest.mark.parametrize("city", ["Tulsa", "Poughkeepsie", "Corpus Christi", "Guangzhou", "Reykjavik"])
@pytest.mark.parametrize(
    "template", ["A 60-year-old from {} with gout.", "Transferred from {}", "She moved to {} in May."]
)
def test_cities_of_rank(city: str, template: str) -> None:
    assert covers(template.format(city), city)


@pytest.mark.parametrize(
    ("text", "name", "label"),
    [
        ("Admitted to St. Orla's Hospital on Monday.", "St. Orla's Hospital", "hospital"),
        ("Seen at the Kestrelby Thyroid Clinic.", "Kestrelby Thyroid Clinic", "hospital"),
        ("Transferred to Brindlewick Regional Medical Center.", "Brindlewick Regional Medical Center", "hospital"),
        ("She works at Zelkovia Dynamics Inc. in sales.", "Zelkovia Dynamics Inc", "organisation"),
        ("He is employed by Kestrelby.", "Kestrelby", "organisation"),
        ("A student at Orlavale High School.", "Orlavale High School", "organisation"),
        ("She teaches at the University of Brindlemoor.", "University of Brindlemoor", "organisation"),
    ],
)
def test_hospitals_and_employers(text: str, name: str, label: str) -> None:
    assert covers(text, name)
    assert label in {one.label for one in found(text)}


@pytest.mark.parametrize(
    "text",
    [
        "Lopressor 25 mg b.i.d. and Lasix 40 mg daily; take 2 tablets by mouth.",
        "Seen in the Emergency Department, then the Pain Clinic; follow up in Orthopedic Clinic in 2 weeks.",
        "He lives in Ohio with his wife. She is from Germany.",
        "Transferred from an outside hospital to a skilled nursing facility.",
        "Glasgow Coma Scale 15. Lyme titer negative. Norwalk virus.",
        "12 Lead EKG; 30 Day supply; 3 Way catheter; L4-L5 stenosis.",
        "LASIX 40 MG DAILY, LOPRESSOR 25 MG. HEART REGULAR. FOLLOW UP IN CLINIC.",
        "Works as a teacher. Home Health to follow.",
    ],
)
def test_medicine_regions_and_common_places_stay(text: str) -> None:
    assert found(text) == []


def test_a_text_without_capitals() -> None:
    text = "he lives at 77 thornapple ct in tulsa"
    assert covers(text, "77 thornapple ct") and covers(text, "tulsa")


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("Aa Bb.,:;'-\n()StRd12 Apt#李住")))
def test_any_text_gives_findings_inside_it(text: str) -> None:
    note = Note(text, "en")
    assert all(0 <= one.start < one.end <= len(note.view.text) for one in EnglishPlaceDetector().find(note))


@pytest.mark.parametrize(
    "unit",
    [
        "A",
        "12 ",
        "12 Old ",
        "Old Town ",
        "1 A ",
        "Apt 4 ",
        "of the ",
        "12 Oak St, ",
        "lives in ",
        "St. ",
        "A\n",
        "Old Clinic ",
    ],
)
def test_time_grows_with_length_only(unit: str) -> None:
    detector = EnglishPlaceDetector()

    def seconds(length: int) -> float:
        note = Note((unit * length)[:length], "en")
        start = time.process_time()
        list(detector.find(note))
        return time.process_time() - start

    seconds(1_000)
    assert seconds(80_000) < 25 * max(seconds(8_000), 0.01)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("SEEN AT BRINDLEMOOR GENERAL HOSPITAL ON ARRIVAL.", "BRINDLEMOOR GENERAL HOSPITAL"),
        ("HE WORKS AT KETTLE CREEK FOUNDRY LLC.", "KETTLE CREEK FOUNDRY LLC"),
        (
            "She was transferred yesterday from Orlavale\nCommunity Hospital for surgery.",
            "Orlavale\nCommunity Hospital",
        ),
        ("admitted to brindlemoor memorial hospital last night", "brindlemoor memorial hospital"),
        ("Lives with brother Ansel in Port Zelkovia.", "Port Zelkovia"),
        ("LIVES WITH HER SISTER IN KESTRELBY.", "KESTRELBY"),
        ("a woman from Orlavale with a cough", "Orlavale"),
        ("Returned from Brindlemoor on Monday.", "Brindlemoor"),
        ("City: Kestrelby", "Kestrelby"),
        ("an Orlavale resident", "Orlavale"),
        ("found down on Thornapple Street", "Thornapple Street"),
        ("at the corner of Thornapple Street and Kettle Road", "the corner of Thornapple Street and Kettle Road"),
        ("77 Thornapple\nHill Drive Apt 3, Orlavale, ME 04101", "77 Thornapple\nHill Drive Apt 3, Orlavale, ME 04101"),
        ("14 Thornapple Road Unit\n44, Orlavale, VT 83103", "14 Thornapple Road Unit\n44, Orlavale, VT 83103"),
        ("Brindlevej 75", "Brindlevej 75"),
        ("68 Orlavagade 100, København K, Sweden 36018", "68 Orlavagade 100, København K, Sweden 36018"),
        ("I'm in Orlavale, with my son.", "Orlavale"),
        ("We moved here from KESTRELBY.", "KESTRELBY"),
        ("She arrived at Brindlemoor this morning.", "Brindlemoor"),
        ("Where: Kestrelby", "Kestrelby"),
        ("in her home city Orlavale.", "Orlavale"),
        ("He grew up in Kestrelby nad Orlavou.", "Kestrelby nad Orlavou"),
        ("a man who grew up in ΑΣΠΡΟΛΟΦΟΣ.", "ΑΣΠΡΟΛΟΦΟΣ"),
        ("the patient grew up in brindlemoor and has two sons.", "brindlemoor"),
        ("Meet me at Kestrelbyntie 72 Larkspur Street\n Suite 4\n Orlavale", "Kestrelbyntie 72 Larkspur Street"),
        ("His new address is 85 Trg orlave 12, Kestrelby", "85 Trg orlave 12"),
        ("a taxi to the corner of kestrelbystrasse 7 and larkspur street", "kestrelbystrasse 7 and larkspur street"),
    ],
)
def test_places_in_capitals_on_broken_lines_and_by_their_cues(text: str, wanted: str) -> None:
    assert covers(text, wanted)


@pytest.mark.parametrize(
    "text",
    [
        "BP 148/82, HR 104, RR 26",
        "The National Institute of Mental Health and the National Library of Medicine",
        "You can use the MedlinePlus Medical Dictionary.",
        "Two kinds of dialysis: Peritoneal Dialysis is done at home.",
        "PAIN IN ABDOMEN. RETURNED FROM RADIOLOGY. HOME IN STABLE CONDITION.",
        "He lives in a nursing home with his wife.",
        "She is from the Netherlands; he moved to South Africa.",
        "I'm in Pain today. I am in Afib again. We are in Agreement.",
        "Where: Left knee. She arrived at Triage. He is back in Remission.",
        "the patient lives in poverty and grew up in poor housing; i'm in remission.",
        "Return to Lisinopril 40 mg; go on with Metoprolol 25 twice a day.",
    ],
)
def test_what_looks_like_a_place_stays(text: str) -> None:
    assert found(text) == []
