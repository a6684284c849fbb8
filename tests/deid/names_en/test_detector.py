"""Names in Latin letters: what context, lists, shape and repetition find, and what medicine keeps."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgo.deid.names_en import EnglishNameDetector
from medgo.deid.names_en.lexicon import NAME, lexicon
from medgo.deid.protocol import CERTAIN, Finding, Note

# In no list of the detector.
GIVEN = (
    "Quorlen",
    "Zephyrane",
    "Ylvara",
    "Thandrick",
    "Mirelwyn",
    "Jorvik",
    "Cassiveth",
    "Ombeline",
    "Fenwicka",
    "Draziel",
)
FAMILY = (
    "Vosklund",
    "Ormsbridge",
    "Kettlewray",
    "Pelzhaven",
    "Drummelow",
    "Abiodunye",
    "Sternwick",
    "Wroclavsen",
    "Fyrbank",
)
given_names = st.sampled_from(GIVEN)
family_names = st.sampled_from(FAMILY)

WITH_FAMILY = (
    "Seen by Dr. {} today.",
    "Discussed with Dr {} at bedside.",
    "dr. {} will follow.",
    "Mrs. {} tolerated the procedure well.",
    "MR. {} IS STABLE.",
    "PCP: {}",
    "Attending: {}\nService: Medicine",
    "Consulting physician: {}.",
    "Prof. {} reviewed the films.",
)
WITH_BOTH = (
    "Patient Name: {} {}\nMRN: 1",
    "Can {} {} (DOB 3/4/1961) restart warfarin?",
    "{} {}, a 67-year-old woman with COPD, was admitted.",
    "{} {} is a 45 y/o male with chest pain.",
    "Electronically signed by: {} {}, MD",
    "Dictated by {} {}.",
    "Reviewed with {} {}, RN.",
    "Emergency contact: {} {}",
    "Her husband, {} {}, is at bedside.",
    "Should we give heparin to {} {} before surgery?",
    "患者{} {},男,45岁,因胸痛入院。",
    "联系人：{} {}",
)
MEDICINE = (
    "History of Parkinson's disease and Crohn disease.",
    "A Foley catheter and a Jackson-Pratt drain were placed.",
    "Babinski sign negative, Murphy's sign positive, Kernig sign absent.",
    "Hashimoto's autoimmune thyroiditis on Synthroid; Graves disease in her mother.",
    "She takes Lasix, Coumadin, Lopressor and Macrodantin.",
    "Closed with Vicryl and Monocryl. Swan-Ganz catheter removed.",
    "Whipple procedure in 2010; Barrett esophagus; Wilms tumor.",
    "Glasgow Coma Scale 15, Child-Pugh class B, NYHA Class III, Apgar score 9.",
    "Patient denies Fever, Chills or Night Sweats. Lungs: Clear to auscultation.",
    "ASSESSMENT AND PLAN: CONTINUE HEPARIN DRIP. CONSULT CARDIOLOGY.",
    "Epstein-Barr virus IgG positive, Lyme titer negative.",
    "Status post Roux-en-Y bypass, Le Fort II fracture and Colles fracture.",
    "May discharge home. Will follow. Mark the site. Grant access.",
    "Implanted: Biliary Stent, May 5, 2013; Cane, June 2, 2003. No Antibodies Detected.",
    "Colon polyp removed. Loratadine 5 MG Chewable Tablet. Bacteria identified in Stool by Culture.",
)


# Questions of clinicians; the name may stand anywhere.
QUERIES = (
    "Is metformin contraindicated for {} given eGFR 28?",
    "{} has stage 3 CKD. Which antihypertensive?",
    "Following up on {}'s potassium of 6.1 - next steps?",
    "When can {} fly after pneumothorax?",
    "Spoke with {} by phone about the A1c.",
    "Would {} qualify for TAVR?",
    "{} - 58 - male - new cough. Imaging?",
    "{} had a STEMI last year; which P2Y12 inhibitor?",
)
QUESTIONS_ABOUT_NOBODY = (
    "Should I order a Holter or a Zio patch for palpitations?",
    "Compare Ozempic and Mounjaro. Does Keytruda cause hypothyroidism? Humira was stopped.",
    "How to perform the Dix-Hallpike maneuver and the Epley maneuvers?",
    "Can Nurse Practitioners prescribe Suboxone?",
    "Treat with Bactrim DS, Macrobid 5 days or Keflex 10 days?",
    "Bosniak II cyst, Mallampati III, Killip class I, Fontaine stage IIb.",
    "Wernicke is likely. Takotsubo was suspected. Mirena was placed. A Bovie was used.",
)


def found(text: str) -> list[Finding]:
    return list(EnglishNameDetector().find(Note(text, "en")))


def covers(text: str, wanted: str) -> bool:
    start = text.index(wanted)
    mask = {at for one in found(text) for at in range(one.start, one.end)}
    return all(at in mask for at in range(start, start + len(wanted)) if text[at].isalnum())


def test_the_names_of_these_tests_stand_in_no_list() -> None:
    assert not [word for word in GIVEN + FAMILY if lexicon().flags(word.lower()) & NAME]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(WITH_FAMILY), family_names)
def test_a_title_or_a_label_makes_a_name_of_an_unknown_word(template: str, family: str) -> None:
    text = template.format(family)
    assert covers(text, family)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(WITH_BOTH), given_names, family_names)
def test_context_finds_whole_unknown_names(template: str, first: str, family: str) -> None:
    text = template.format(first, family)
    assert covers(text, f"{first} {family}")


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(QUERIES), given_names, family_names)
def test_names_in_questions_of_clinicians(template: str, first: str, family: str) -> None:
    assert covers(template.format(f"{first} {family}"), f"{first} {family}")


@pytest.mark.parametrize("name", ["Grace Hill", "Mark White", "Dawn Price", "Jordan Black", "Taylor Best"])
@pytest.mark.parametrize("template", QUERIES)
def test_names_made_of_ordinary_words(template: str, name: str) -> None:
    assert covers(template.format(name), name)


@pytest.mark.parametrize("text", MEDICINE + QUESTIONS_ABOUT_NOBODY)
def test_medicine_stays(text: str) -> None:
    assert found(text) == []


def test_a_clinician_called_like_a_disease_is_certain() -> None:
    text = "Seen by Dr. Parkinson for Parkinson's disease."
    findings = found(text)
    assert {(one.end, one.label) for one in findings} == {(21, "name_clinician")}
    assert min(one.start for one in findings) == 8
    assert max(one.score for one in findings) >= CERTAIN


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Her daughter Ombeline called.", "name_relative"),
        ("Seen by Dr. Kettlewray.", "name_clinician"),
        ("Pt: DRUMMELOW, JORVIK A.", "name"),
    ],
)
def test_the_label_says_whose_name_it_is(text: str, label: str) -> None:
    assert label in {one.label for one in found(text)}


@settings(max_examples=40, deadline=None)
@given(
    given_names,
    family_names,
    st.sampled_from(("{1} was told.", "{0}'s pain is better.", "{1}, {0} called.", "{2} SEEN.")),
)
def test_a_sure_name_is_found_again_in_part(first: str, family: str, template: str) -> None:
    again = template.format(first, family, family.upper())
    text = f"Patient Name: {first} {family}\nThe wound is clean. {again}"
    at = text.index("clean.")
    mask = {place for one in found(text) for place in range(one.start, one.end)}
    for part in (first, family, family.upper()):
        place = text.find(part, at)
        assert place < 0 or all(index in mask for index in range(place, place + len(part)))


@pytest.mark.parametrize(
    "name",
    [
        "Anna-Lena O'Sullivan",
        "Maria van der Meer",
        "J. R. McAllister",
        "Zhang Weiming",
        "Joao da Silva",
        "LaRRY LeoNarD",
    ],
)
@pytest.mark.parametrize("template", ["{} was seen in clinic.", "We saw {} in clinic.", "Signed: {}"])
def test_names_of_many_shapes(name: str, template: str) -> None:
    assert covers(template.format(name), name)


def test_a_text_without_capitals() -> None:
    text = "seen by dr kettlewray, wife mary present, john smith denies pain"
    assert all(covers(text, name) for name in ("kettlewray", "john smith"))


def test_a_text_in_capitals() -> None:
    text = "PATIENT: JOHN SMITH WAS SEEN BY DR. KETTLEWRAY. LUNGS CLEAR. HEART REGULAR. CONTINUE ASPIRIN."
    assert all(covers(text, name) for name in ("JOHN SMITH", "KETTLEWRAY"))
    assert not covers(text, "LUNGS CLEAR")


def test_members_of_a_list_with_a_name() -> None:
    assert covers("Present were Elizabeth, Kettlewray and Thomas.", "Kettlewray")


def test_a_chinese_text_without_latin_letters_is_skipped() -> None:
    assert found("患者无发热，双肺呼吸音清。") == []


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("Aa Bb.,:;'-\n()DrMs李患者:0179")))
def test_any_text_gives_findings_inside_it(text: str) -> None:
    note = Note(text, "en")
    assert all(0 <= one.start < one.end <= len(note.view.text) for one in EnglishNameDetector().find(note))


@pytest.mark.parametrize(
    "unit", ["A", "Dr. ", "A. ", "Ann ", "a-", "Mc'", "Kettlewray, ", "van der ", "Name: ", "JOHN SMITH "]
)
def test_time_grows_with_length_only(unit: str) -> None:
    detector = EnglishNameDetector()

    def seconds(length: int) -> float:
        note = Note((unit * length)[:length], "en")
        start = time.process_time()
        list(detector.find(note))
        return time.process_time() - start

    seconds(1_000)
    # The best of three: a collection of garbage takes as long.
    assert min(seconds(80_000) for _ in range(3)) < 25 * max(seconds(8_000), 0.01)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Seen by Dr. Drummelow today.", "Dr. Drummelow"),
        ("MR. ANSEL PELZHAVEN IS STABLE.", "MR. ANSEL PELZHAVEN"),
        ("Patient:\nMirelwyn Sternwick\nMRN: 1", "Mirelwyn Sternwick"),
        ("Patient: Mirelwyn\nSternwick\nMRN: 1", "Mirelwyn\nSternwick"),
        ("Mr. Jorvik\nSternwick was admitted.", "Mr. Jorvik\nSternwick"),
        ("everyone calls me Zephyrane", "Zephyrane"),
        ("What's your last name? Vosklund", "Vosklund"),
        ("Draziel, can I speak to your wife?", "Draziel"),
        ("PAIN IS BETTER TODAY. NEXT OF KIN: YLVARA KETTLEWRAY (WIFE)", "YLVARA KETTLEWRAY"),
        ("PAIN IS BETTER TODAY. REPORT RECEIVED FROM YLVARA FYRBANK, RN", "YLVARA FYRBANK"),
        ("PAIN IS BETTER TODAY. PT'S SISTER YLVARA VISITING.", "YLVARA"),
        ("入院后好转。Patient: Ylvara Kettlewray", "Ylvara Kettlewray"),
    ],
)
def test_names_with_titles_over_lines_and_in_capitals(text: str, wanted: str) -> None:
    start = text.index(wanted)
    covered = {at for one in found(text) for at in range(one.start, one.end)}
    assert [at for at in range(start, start + len(wanted)) if text[at].isalnum() and at not in covered] == []


@pytest.mark.parametrize(
    "text",
    [
        "Mantle cell lymphoma, Sertoli cell tumor and Leydig cell hypoplasia. Beta cell failure.",
        "People with SAD, DEB or IVA; types IA and IB; ELISA of the serum.",
        "Filamin B and Cathepsin D bind. Chest X Ray was clear.",
        "Increasing age is a risk. Babies born to mothers with PKU need a diet.",
        "Reported in Europe, Saudi Arabia and the Netherlands.",
        "LUNGS CLEAR. KERLEY B LINES AND SMALL BILATERAL EFFUSIONS. MOTHER HYPERTENSIVE, FATHER ALCOHOLIC.",
        "Cases were reviewed by NIDDK scientists.",
    ],
)
def test_medicine_in_general_texts_is_no_name(text: str) -> None:
    assert found(text) == []


def test_a_title_elsewhere_makes_a_full_name_sure() -> None:
    text = "Taylor Quillory came. Ms. Quillory smiled at Taylor."
    marked = [(one.start, one.end) for one in EnglishNameDetector().find(Note(text, "en"))]
    assert any(start <= text.rindex("Taylor") < end for start, end in marked)
