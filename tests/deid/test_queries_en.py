"""Questions of clinicians: identifiers in brackets are found, and questions without any are left alone."""

from __future__ import annotations

import re
from functools import lru_cache

import pytest

from medgo.deid.assembling import deidentifier
from medgo.deid.deidentifier import Deidentifier
from medgo.deid.protocol import Note

QUERIES = (
    "Can I restart apixaban in [Margarethe Oystermann], 71 y/o with CKD 4, after her GI bleed on [March 3, 2023]?",
    (
        "[Odalys Kettlewell], DOB [07/19/1958], seen at [Brindle Creek Medical Center] fo"
        "r NSTEMI: ticagrelor or clopidogrel?"
    ),
    (
        "Dr. [Hestia Vandermolen] at [St. Brannock Hospital] asked whether to switch from"
        " lisinopril to sacubitril/valsartan."
    ),
    "Called by nurse [Ambrose Quillon] about K 6.4 in room [512B]; does calcium gluconate come first?",
    "For [Barnaby Ollerenshaw], phone [(614) 555-0187], is azithromycin OK with a QTc of 505 ms?",
    (
        "62M [Evander Thistlewood] admitted [02/11/2024] to [Larchmere General] with DKA,"
        " when to add dextrose to the fluids?"
    ),
    "Our resident [Caspian Drewitt] wonders if [Mrs. Hollowbread] needs bridging before colonoscopy.",
    "Medicare [1EG4-TE5-MK73]: [Araminta Swithinbank] needs a CPAP, is AHI of 12 enough?",
    "I saw [Mr. Applegarth] in the [Dunmorrow Clinic] today, FEV1 48%, add a LAMA?",
    "Please advise on [J. Winterbourne], 45F, with Graves disease and WBC 1.1 on methimazole.",
    "Is [Dr. Peverell Stroud]'s plan to stop DAPT on [April 1st, 2024] reasonable after a Xience stent?",
    "[Emrys Llewellyn-Tate] from [Oakhampton County] has a tick bite and Bell's palsy, doxycycline dose?",
    "The driver, [Horatio Pumphrey], licence [D4471-22890], had a seizure; when can he drive again?",
    (
        "My 8-year-old patient [Tansy Bickerstaff] was discharged from [Maplethorpe Child"
        "ren's Hospital] yesterday with KD; aspirin for how long?"
    ),
    "Accession [ACC-5520931]: [Philippa Tredinnick]'s nodule is 8 mm, Fleischner follow-up?",
    "[Thaddeus Quarrington]'s daughter [Isadora] reports melena since [Sunday]; hold naproxen?",
    "Wife ([Euphemia]) of [Lucian Oddfellow] asks about CJD; MRI on [Sept 9, 2022] showed cortical ribboning.",
    (
        "[Ezekiel Fairweather] was transferred from [Northcote Regional Medical Center] t"
        "o us; does he still need airborne isolation?"
    ),
    (
        "Which anticoagulant for [Montague Scrimshaw], who moved to [Port Ellery] in [202"
        "1-06] and cannot get INR checks?"
    ),
    "Quick question about [Hermelinda Ostrowska-Vane], 34F, PE at 22 weeks: is tinzaparin fine?",
    "[Wendeline Straker] (MRN: [4471-22-09]) got Cipro and now has Achilles pain, what next?",
    "hi, this is [Dr. Imogen Fairclough-Nys] from [Tarnwell Community Hospital], need advice on a K of 2.1",
    "Please review [Octavia Pemberton]'s labs from [2023-12-28]: ferritin 1800, TSAT 88 %, HFE C282Y/C282Y",
    "[Bertrand Lacklustre-Hume] works as a welder at [Ironbridge Fabrication Ltd.], SOB with nodules: silicosis?",
    "[Jemima Puckering-Lloyd], bed [14B], spiked to 39.4 on day 3 of Zosyn, add vancomycin?",
    "[T. Bramblecote] was in a crash in [Nether Wallop] and has a GCS of 7; intubate before CT?",
    "patient [oswin harcastle] from [denver] with altitude headache, acetazolamide dose?",
    (
        "Who should manage [Petronella Rusk] at [Wickhamford Nursing Home] with scabies, "
        "and is ivermectin safe with warfarin?"
    ),
    (
        "[Lorcan O'Shaughnessy-Pike], 6 mo, weight 7.2 kg, fever 39, born at [St. Etheldr"
        "eda's Hospital]; dose of ibuprofen?"
    ),
    "Attending [Dr. Fitzwilliam Astor] wants CRRT for [Pandora Leighton] with pH 7.02, agree?",
    "Our social worker [Linnet Caversham] says [Emeric Dufresne-Holt] can't afford Harvoni.",
    "Ref: [Osric Penfold] DOB [1949-11-30] NHS [943 476 5919]: is denosumab OK with eGFR 22?",
    "My colleague at [Greywater Oncology Associates] started [Severine Haldane] on FOLFOX; when to add G-CSF?",
    "Seen yesterday by [Peregrine Lockhart, PA-C]: is Augmentin enough for a cat bite?",
    "Pt of [Dr. Ravensworth] at [Coldharbour Family Practice] with FIT positive, age [91], scope?",
    "[Ingram Fotheringay] moved from [Lower Quinton] to [Astoria, Oregon] in [July 2022]; where to report TB?",
    (
        "[Calixta Morrowind] BMI 52 wants a sleeve at [Meadowlark Surgical Center]; is Hi"
        "ll grade III GERD a contraindication?"
    ),
)
WITHOUT = (
    "What is the first-line treatment of Graves' disease in the first trimester?",
    "Per the FDA label, is Xarelto contraindicated in Child-Pugh class C?",
    "When should Lasix be switched to Bumex in refractory edema?",
    "What does a positive Murphy sign mean in a patient with prior cholecystectomy?",
    "Should Plavix be stopped before a Whipple procedure?",
    "WHO definition of severe malaria in children under 5?",
    "How often should the CDC Tdap booster be repeated in pregnancy?",
    "Can Tylenol and Advil be alternated in a 6-month-old with fever?",
    "What is Beck's triad and how sensitive is it for tamponade?",
    "What size Foley catheter is right for clot retention?",
    "How is Hashimoto encephalopathy distinguished from CJD?",
    "When is the Ottawa ankle rule not applicable?",
    "What is the Glasgow-Blatchford score cutoff for outpatient care?",
    "Does USPSTF recommend AAA screening in women who smoked?",
    "What is the Duke treadmill score and the modified Duke criteria for endocarditis?",
    "Should patients with von Willebrand disease receive DDAVP before dental work?",
    "How does the Framingham risk score treat diabetes?",
    "What are the Kings College criteria in acetaminophen overdose?",
    "How is Addison disease diagnosed with the cosyntropin test?",
    "What is the New York Heart Association class for dyspnea at rest?",
)


@lru_cache(maxsize=1)
def _deidentifier() -> Deidentifier:
    return deidentifier("a")


def _read(marked: str) -> tuple[str, list[tuple[int, int]]]:
    """The text without brackets, and where what they held stands."""
    text, spans = "", []
    for at, piece in enumerate(re.split(r"[\[\]]", marked)):
        if at % 2:
            spans.append((len(text), len(text) + len(piece)))
        text += piece
    return text, spans


@pytest.mark.parametrize("marked", QUERIES)
def test_every_identifier_of_a_question_is_found(marked: str) -> None:
    text, spans = _read(marked)
    covered = {at for one in _deidentifier().find(Note(text, "en")).findings for at in range(one.start, one.end)}
    missed = [text[a:b] for a, b in spans if any(text[at].isalnum() and at not in covered for at in range(a, b))]
    assert missed == []


@pytest.mark.parametrize("marked", QUERIES)
def test_the_clinical_question_stays(marked: str) -> None:
    text, spans = _read(marked)
    marks = {at for start, end in spans for at in range(start, end)}
    spurious = [
        text[one.start : one.end]
        for one in _deidentifier().find(Note(text, "en")).findings
        if marks.isdisjoint(range(one.start, one.end))
    ]
    assert spurious == []


@pytest.mark.parametrize("text", WITHOUT)
def test_a_question_without_identifiers_is_left_alone(text: str) -> None:
    assert [text[one.start : one.end] for one in _deidentifier().find(Note(text, "en")).findings] == []
