"""English layouts that once let an identifier through, or took an ordinary word for one."""

from __future__ import annotations

import re
import time
from functools import lru_cache

import pytest

from medgo.deid.assembling import deidentifier
from medgo.deid.deidentifier import Deidentifier
from medgo.deid.protocol import KnownIdentifier, Note

# In [brackets label|value] what has to be found, with its class; nothing else may be.
FOUND = (
    "Call back at [phone|614.555.0187]. [date|October 16, 2021] seen.",
    "Fax [fax|614-555-1949]. [date|Oct 3] visit.",
    "He was born on [date|5. March 1961] abroad.",
    "Seen [date|3-4-12] in clinic.",
    "S/p CABG [date|3-4-12], doing well.",
    "MRN : [medical_record_number|00 77 34 56]",
    "mrn      :  [medical_record_number|00 12 34 56]",
    "MRN: [medical_record_number|00 77 34 56] [date|12 May 2020]",
    "MRN [medical_record_number|12 34 56 78] seen today",
    "Read and signed by: [name_clinician|Anna Ormsbridge, MD], [hospital|Pelzhaven General Hospital]",
    "Read by: [name_clinician|Jane Ormsbridge MD] [hospital|Pelzhaven General Hospital]",
    "[name|KETTLEWRAY, OMBELINE] Medical record number [medical_record_number|7731234]",
    "ADMITTED THROUGH THE EMERGENCY DEPARTMENT OF [hospital|PELZHAVEN MEMORIAL HOSPITAL]",
    "She works at [organisation|Sternwick, Fyrbank & Sons Inc.] in town",
    "[name_clinician|Dr Parkinson] came. Levodopa for Parkinson's. His Parkinson's is worse.",
    "[name|Mr Parkinson] came. [name|Parkinson]'s wife called.",
    "[name_clinician|Dr White] came. White plaques on tongue. Told [name_clinician|White] of it.",
    "[name_clinician|Dr Rice] came. Rice cereal was begun.",
    "[name|Mr Hill] came. [name|Hill] drove home. [name|Hill] prefers tea.",
    "[name_clinician|Dr Drew] came. Drew blood at noon. [name_clinician|Drew] will follow.",
    "[name_clinician|Dr Grace] came. Grace period over. [name_clinician|Grace] agreed.",
    "[name_clinician|Drs. Ormsbridge], [name_clinician|Lee] and [name_clinician|Fyrbank] saw her.",
    "Paged [name|Smith] at noon.",
    "He tweets [social_account|@chef_orms]. Wife's maiden name is unknown.",
    "Received: [name|Kettlewray, Z] - left breast",
    "Pathology [medical_record_number|S24-77123-A] shows",
    "Acc [medical_record_number|7712-33-4] reported.",
    "Plate [vehicle|MA 7XZ 221] seen at the scene.",
    "FOB [name_relative|Bao] present.",
    "Senator [name|Ormsbridge] was seen.",
    "[name_relative|Chase] (brother) drove her.",
    "lives at [address|rt 2 box 14, truth or consequences nm 87901]",
    "[address|Flat B, 12/F, Wing Lok Court, Tai Wai]",
    "[name|Ms. Orms\nbridge] was seen. [name|Ms. Ormsbridge] is well.",
    "Discussed with [name_clinician|Orms-\nbridge] by [name_clinician|Ormsbridge, MD].",
    "Her brother [name_relative|Ala\nric] came. [name_relative|Alaric] is well.",
)
KEPT = (
    "Apgars 9-10-10 at birth.",
    "MMT 5-5-10 throughout.",
    "ratio 3-4-12",
    "8-9-10",
    "Strength 5/5/10 in both arms.",
    "Plate culture grew 10 CFU. Plate 2 A.",
    "Contact (brother) unknown; Mother (sister) too.",
    "Hepatitis B, C - negative",
    "Vitamins: Thiamine, B - given",
)
_BRACKET = re.compile(r"\[(\w+)\|([^\]]*)\]")


@lru_cache(maxsize=1)
def _deidentifier() -> Deidentifier:
    return deidentifier("a")


def _found(text: str) -> list[tuple[str, str]]:
    return [(one.label, text[one.start : one.end]) for one in _deidentifier().find(Note(text, "en")).findings]


@pytest.mark.parametrize("marked", FOUND)
def test_identifiers_are_found_whole_and_nothing_else(marked: str) -> None:
    assert _found(_BRACKET.sub(r"\2", marked)) == _BRACKET.findall(marked)


@pytest.mark.parametrize("text", KEPT)
def test_scores_and_ordinary_words_stay(text: str) -> None:
    assert _found(text) == []


def test_a_verb_behind_a_given_name_is_no_surname() -> None:
    assert _found("jose luis will drive him home") == [("name", "jose luis")]


def test_a_number_that_ends_a_sentence_is_no_day_of_the_month_behind_it() -> None:
    assert ("date", "March 2021") in _found("She is in room 12. March 2021 was cold.")


@pytest.mark.parametrize("broken", ["Orms\nbridge", "Ormsbr-\nidge", "ORMS\nBRIDGE", "Or\n> msbridge"])
def test_a_known_name_is_found_where_a_line_ends_within_it(broken: str) -> None:
    note = Note(f"Told {broken} today.", "en", (KnownIdentifier("name", "Ylvara Ormsbridge"),))
    assert [note.text[one.start : one.end] for one in _deidentifier().find(note).findings] == [broken]


def test_a_name_in_capitals_is_found_where_a_line_ends_within_it() -> None:
    assert ("name_clinician", "ORMS\nBRIDGE") in _found("DR. ORMSBRIDGE SAW HIM. PER ORMS\nBRIDGE REST")


def test_many_broken_lines_take_linear_time() -> None:
    def seconds(count: int) -> float:
        text = "Ms. Orms\nbridge was seen. " * count + "Ormsbridge"
        begun = time.process_time()
        _found(text)
        return time.process_time() - begun

    seconds(10)
    assert min(seconds(800) for _ in range(3)) < 40 * max(seconds(80), 0.005)
