"""Clinical sources on the published files under $MEDGO_DATA: no word of them is lost.

The other extraction knows nothing of sections: it takes all leaves of texts out of a file with the standard library.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from medgo.corpus.clinical.ccda import CcdaReader
from medgo.corpus.clinical.fhir import FhirReader
from medgo.corpus.clinical.hl7 import Hl7Reader
from tests.corpus.clinical.reading import read_records

REAL = Path(os.environ.get("MEDGO_DATA", "")) / "clinical"
pytestmark = pytest.mark.data
_WORD = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]")
_CDA = "{urn:hl7-org:v3}"


def _files(pattern: str) -> list[Path]:
    found = sorted(REAL.glob(pattern))
    if not found:
        pytest.skip(f"{pattern} is not there")
    return found


def _letters(text: str) -> str:
    """Every character but spaces, hidden ones and what marks cells and items."""
    return re.sub(r"[\s|\-\u200b]+", "", text)


def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text.lower()))


def test_every_character_of_every_narrative_of_c_cda_is_there_in_order() -> None:
    for path in _files("ccda/hl7-examples/*"):
        reading = read_records(CcdaReader(), path)
        root = ElementTree.fromstring(path.read_bytes())
        texts = [text for section in root.iter(f"{_CDA}section") for text in section.findall(f"{_CDA}text")]
        known = [_letters(text) for text in reading.one.sections.values()]
        for said in (_letters("".join(text.itertext())) for text in texts):
            assert any(said in one for one in known), (path.name, said)
        assert reading.one.patient and reading.one.meta["patient"]["name"]


def _leaves(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _leaves(value, (*path, key))
    elif isinstance(node, list):
        for value in node:
            yield from _leaves(value, path)
    else:
        yield path, str(node)


# Displays of codes that say what kind of resource it is, what repeats another resource, and who was there.
_FRAME = {"category", "system", "type", "subject", "patient", "result", "sopClass", "div", "url", "reference"}


# What a concept of SNOMED CT is, behind its name; and numbers that were computed, which are rounded to four digits.
_TAG = re.compile(r" ?\((?:disorder|finding|procedure|situation|regime/therapy|person)\)$")
_COMPUTED = re.compile(r"-?\d+\.\d{7,}")


class _Known:
    """What a record says, for one question after another."""

    def __init__(self, text: str) -> None:
        self._words, self._bare = set(_words(text)), _bare(text)
        self._numbers = [float(one) for one in re.findall(r"-?\d+\.?\d*", text)]

    def says(self, text: str, *, is_unit: bool) -> bool:
        if _COMPUTED.fullmatch(text):
            return any(abs(float(text) - one) <= abs(float(text)) / 1000 for one in self._numbers)
        if is_unit:  # 10*3/uL is written 10³/uL, mm[Hg] mmHg
            return text.startswith("{") or _bare(text.replace("Cel", "°C")) in self._bare
        return not set(_words(_TAG.sub("", text))) - self._words


def _bare(text: str) -> str:
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text)).lower()


def _said(resource: dict[str, Any]) -> Iterator[tuple[bool, str]]:
    for path, value in _leaves(resource):
        if set(path[:-1]) & _FRAME or path[0] in ("meta", "text", "identifier"):
            continue
        if path[-1] in ("display", "text", "valueString", "title", "description", "conclusion") or path[-2:] in (
            ("valueQuantity", "value"),
            ("valueQuantity", "unit"),
        ):
            yield path[-1] == "unit", value


def test_every_word_of_every_clinical_resource_is_there() -> None:
    left_out: Counter[str] = Counter()
    for path in _files("synthea-r4/*.json"):
        reading = read_records(FhirReader(), path)
        left_out += reading.ledger.omitted
        known, types = _Known(reading.text), Counter[str]()
        for entry in json.loads(path.read_bytes(), parse_float=str)["entry"]:
            resource = entry["resource"]
            types[resource["resourceType"]] += 1
            if resource["resourceType"] in ("Patient", "Organization", "Practitioner", "Claim", "ExplanationOfBenefit"):
                continue
            for is_unit, text in _said(resource):
                assert known.says(text, is_unit=is_unit), (path.name, resource["resourceType"], text)
        visits = {record.meta.get("encounter", {}).get("encounter_id") for record in reading.records} - {None}
        assert len(visits) == types["Encounter"]
    assert set(left_out) <= {"administrative resource"}


_FIELDS = {
    "OBX": (3, 5, 6, 7), "NTE": (3,), "AL1": (3, 5), "DG1": (3, 4), "PR1": (3,), "OBR": (4, 13, 31), "RXA": (5, 6, 7),
    "RXO": (1, 2, 4, 6, 7), "RXE": (2, 3, 5, 7, 21), "RXD": (2, 4, 9, 15), "RXR": (1, 2), "PRB": (3,), "PV2": (3, 12),
    "IAM": (3, 5), "RXC": (2, 3), "RXG": (4, 5, 13), "SCH": (7,), "AIS": (3,), "TQ1": (10, 11), "SPM": (4, 8, 14),
}  # fmt: skip


def _texts(message: str) -> Iterator[tuple[str, str]]:
    """All that is said in a message, cut by nothing but its delimiters."""
    for line in re.split("[\r\n]+", message):
        fields = line.lstrip("\ufeff\x0b").split("|")
        if fields[0] == "OBX" and (fields[2] in ("ED", "RP") or not fields[5].strip('"^~&')):
            continue  # a picture, a document elsewhere, a result without a value
        for number in _FIELDS.get(fields[0], ()):
            if number < len(fields):
                for repetition in fields[number].split("~"):
                    parts = re.sub(r"\\[A-Z.][^\\]*\\", " ", repetition).split("^")
                    is_person = number == 31 and parts[6:7] == ["MD"] and len(parts[2]) > 1
                    if is_person or (fields[0], number, parts[0]) == ("RXA", 6, "999"):
                        continue  # an amount that nobody knows, a person where a reason should stand
                    if fields[0] in ("NTE",) or (
                        number == 5 and fields[0] == "OBX" and fields[2] in ("TX", "FT", "ST")
                    ):
                        yield fields[0], " ".join(parts)
                    elif number == 5 and fields[0] == "OBX" and fields[2] in ("DT", "TM", "TS", "DTM", "DR"):
                        continue
                    elif parts[2:3] == ["UCUM"]:
                        yield fields[0], parts[0]  # mL, not "MilliLiter [SI Volume Units]"
                    elif len(parts) > 1:
                        yield fields[0], parts[1].partition("&")[0]
                    else:
                        yield fields[0], parts[0].partition("&")[0]


def test_every_word_of_every_message_is_there() -> None:
    missing: Counter[str] = Counter()
    for path in _files("hl7v2/messages/*.hl7"):
        reading = read_records(Hl7Reader(), path)
        message = path.read_bytes().decode()
        known = set(_words(reading.text))
        for segment, text in _texts(message):
            if lost := set(_words(_TAG.sub("", text))) - known:
                missing[f"{path.name} {segment} {text!r} {sorted(lost)}"] += 1
    assert not missing


@pytest.mark.parametrize("kind", ["ADT_A01", "MDM_T02", "ORU_R01"])
def test_one_message_reads_the_same_in_every_character_set(kind: str) -> None:
    readings = [read_records(Hl7Reader(), path) for path in _files(f"hl7v2/zh-synthetic/{kind}_*.hl7")]
    assert len(readings) == 3
    assert len({reading.text for reading in readings}) == 1
    assert "\ufffd" not in readings[0].text and readings[0].one.lang == "zh"
