"""Units as clinicians write them, in both languages, and which of them are the same. Knows no analyte.

Only spellings and powers of ten are converted here; what depends on the substance (mg/dL to mmol/L) is knowledge.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from medgo.text.folding import fold_width

# canonical: (dimension, factor to the dimension's base, spellings). Spellings are folded and in lower case.
_TABLE: dict[str, tuple[str, str, str]] = {
    "kg": ("mass", "1e9", "kg kgs 千克 公斤 kilogram kilograms"),
    "g": ("mass", "1e6", "g 克 gram grams gm"),
    "mg": ("mass", "1e3", "mg 毫克 milligram milligrams mgs"),
    "μg": ("mass", "1", "μg ug mcg 微克 microgram micrograms"),
    "ng": ("mass", "1e-3", "ng 纳克 nanogram nanograms"),
    "pg": ("mass", "1e-6", "pg 皮克 picogram picograms"),
    "L": ("volume", "1e6", "l 升 liter liters litre litres"),
    "dL": ("volume", "1e5", "dl 分升 deciliter decilitre"),
    "mL": ("volume", "1e3", "ml 毫升 milliliter milliliters millilitre millilitres cc"),
    "μL": ("volume", "1", "μl ul 微升 microliter microlitre"),
    "fL": ("volume", "1e-9", "fl 飞升 femtoliter"),
    "mol": ("substance", "1e6", "mol 摩尔"),
    "mmol": ("substance", "1e3", "mmol 毫摩尔 毫摩 millimole millimoles"),
    "μmol": ("substance", "1", "μmol umol mcmol 微摩尔 微摩"),
    "nmol": ("substance", "1e-3", "nmol 纳摩尔"),
    "pmol": ("substance", "1e-6", "pmol 皮摩尔"),
    "mEq": ("equivalent", "1", "meq 毫当量"),
    "mOsm": ("osmolality", "1", "mosm mosmol 毫渗"),
    "U": ("activity", "1", "u iu 单位 国际单位 unit units"),
    "mU": ("activity", "1e-3", "mu miu"),
    "μU": ("activity", "1e-6", "μu μiu uiu uu"),
    "kU": ("activity", "1e3", "ku kiu"),
    "m": ("length", "1e3", "m 米 meter meters metre metres"),
    "cm": ("length", "10", "cm 厘米 公分 centimeter centimeters centimetre centimetres"),
    "mm": ("length", "1", "mm 毫米 millimeter millimeters millimetre millimetres"),
    "μm": ("length", "1e-3", "μm um 微米"),
    "km": ("length", "1e6", "km 公里 千米 kilometers kilometres"),
    "m²": ("area", "1", "m2 m² 平方米"),
    "1.73m²": ("bsa", "1", "1.73m2 1.73m² 1.73㎡"),
    "mmHg": ("pressure", "1", "mmhg 毫米汞柱"),
    "kPa": ("pressure_si", "1", "kpa 千帕"),
    "cmH2O": ("pressure_water", "1", "cmh2o 厘米水柱"),
    "s": ("time", "1", "s 秒 秒钟 sec secs second seconds"),
    "minute": ("time", "60", "min mins minute minutes 分钟"),
    "hour": ("time", "3600", "h hr hrs hour hours 小时 个小时 钟头 个钟头"),
    "day": ("time", "86400", "d day days 天 日"),
    "week": ("time", "604800", "w wk wks week weeks 周 星期 个星期 礼拜 个礼拜"),
    "month": ("calendar", "1", "mo mos month months 月 个月 月余 个月余"),
    "year": ("calendar", "12", "y yr yrs year years 年 岁 周岁 y/o yo"),
    "°C": ("celsius", "1", "℃ °c ºc 度 摄氏度 celsius degc"),
    "°F": ("fahrenheit", "1", "℉ °f ºf 华氏度 fahrenheit degf"),
    "%": ("percent", "1", "% percent 个百分点"),
    "times": ("times", "1", "次 times"),
    "beat": ("", "1", "次 beats beat breaths breath bpm"),
    "tablet": ("tablet", "1", "片 tab tabs tablet tablets"),
    "capsule": ("capsule", "1", "粒 cap caps capsule capsules"),
    "drop": ("drop", "1", "滴 drop drops"),
    "puff": ("puff", "1", "吸 喷 揿 puff puffs"),
    "ampoule": ("ampoule", "1", "支 安瓿 ampoule ampoules vial vials"),
    "cigarette": ("cigarette", "1", "cigarette cigarettes"),
    "point": ("point", "1", "分 point points"),
    "fold": ("fold", "1", "倍 fold"),
    "case": ("case", "1", "例"),
    "10^9": ("cells", "1e9", "10^9 e9 10e9"),
    "10^12": ("cells", "1e12", "10^12 e12 10e12"),
    "10^6": ("cells", "1e6", "10^6 e6 10e6"),
    "10^3": ("cells", "1e3", "10^3 e3 10e3"),
    "HPF": ("field", "1", "hp hpf 高倍视野"),
    "kcal": ("energy", "1", "kcal 千卡 大卡"),
    "Gy": ("dose_gray", "1", "gy"),
    "mSv": ("dose_sievert", "1", "msv"),
    "msec": ("milliseconds", "1", "ms msec 毫秒"),
}
_ATOMS = {
    spelling: (name, dimension, Decimal(factor))
    for name, (dimension, factor, spellings) in _TABLE.items()
    if name != "beat"
    for spelling in spellings.split()
}
# Rates: beats, breaths and "次/分" are all "per minute".
_PER_MINUTE = frozenset(
    [
        "次/分",
        "次/分钟",
        "次/min",
        "次每分",
        "次每分钟",
        "beats/min",
        "beats/minute",
        "bpm",
        "/min",
        "/分",
        "breaths/min",
        "breaths/minute",
    ]
)
_SLASH = re.compile(r"\s*(?:/|每| per )\s*|(?<=\w)·")
_POWER = re.compile(r"^(?:[x×*]\s*)?10\s*(?:\^|\*\*?|e)?\s*(\d{1,2})|^([⁰¹²³⁴-⁹]+)")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit with what it measures.

    Args:
        name: Canonical spelling (``mg/dL``, ``10^9/L``, ``day``); the text itself where nobody knows it.
        dimension: Units of one dimension can be compared; unknown ones are a dimension of their own.
        factor: Multiplies a value into the dimension's base.
    """

    name: str
    dimension: str
    factor: Decimal = Decimal(1)


@lru_cache(maxsize=4096)
def parse_unit(text: str) -> Unit:
    """Read a unit.

    Args:
        text: As written: ``mg/dl``, ``毫摩尔/升``, ``×10⁹/L``, ``次/分``; may be empty.

    Returns:
        The unit; for one that is not in the table its own text in lower case, comparable with itself only.
    """
    folded = fold_width(text).strip().lower().translate(_SUPERSCRIPTS)
    if not folded:
        return Unit("", "")
    if folded in _PER_MINUTE or folded == "beats per minute" or folded == "breaths per minute":
        return Unit("/min", "per_minute")
    parts = [_power(part.strip()) for part in _SLASH.split(folded)]
    known = [_ATOMS.get(part) if part else ("", "", Decimal(1)) for part in parts]
    atoms = [atom for atom in known if atom is not None]
    if len(atoms) < len(known):
        return Unit(folded, folded)
    factor = atoms[0][2]
    for _, _, divisor in atoms[1:]:
        factor /= divisor
    name, dimension = "/".join(atom[0] for atom in atoms), "/".join(atom[1] for atom in atoms)
    return Unit(name, dimension, factor)


def normalise_unit(text: str) -> str:
    """The canonical spelling of a unit, ``""`` for none."""
    return parse_unit(text).name


def same_amount(value: Decimal, unit: str, other: Decimal, other_unit: str) -> bool:
    """Whether two amounts are equal: 0.5 g and 500 mg, 两周 and 14 days. A missing unit matches any.

    A month is not a number of days; half a month is taken as two weeks or fifteen days, as both are said of it.
    """
    if not unit or not other_unit:
        return value == other
    first, second = parse_unit(unit), parse_unit(other_unit)
    if first.dimension == second.dimension:
        return value * first.factor == other * second.factor
    pair = {first.dimension: value * first.factor, second.dimension: other * second.factor}
    if pair.keys() == {"time", "calendar"}:
        return pair["calendar"] == Decimal("0.5") and pair["time"] / 86400 in (14, 15)
    return False


def spellings() -> tuple[str, ...]:
    """All spellings of simple units, longest first, for a pattern that finds them."""
    return tuple(sorted(_ATOMS, key=lambda spelling: (-len(spelling), spelling)))


def _power(part: str) -> str:
    """``×10⁹`` and its kin as ``10^9``."""
    match = _POWER.match(part)
    return f"10^{match[1]}" if match and match[1] and match.end() == len(part) else part
